"""The figures that four bodies published come out of data with those margins, through ballot box and release."""

import random

import pytest

from surveys import comparison, response_rates
from surveys.models import Collector, Count, Version
from surveys.response_rates import Rate
from surveys.statistics.change import Kind, Verdict
from tests.factories import CollectorFactory, WaveFactory
from tests.surveys.contents import content, rating, single, yes_no
from tests.surveys.counted import answer, close, figures, opened

pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


def ratings(n: int, mean: float, seed: int = 1) -> list[str]:
    """n points from 1 to 5 with this mean, as near as whole numbers come to it, spread as ratings are."""
    rng = random.Random(seed)
    points = [min(5, max(1, round(rng.gauss(mean, 1.2)))) for _each in range(n)]
    while missing := round(mean * n) - sum(points):
        step = 1 if missing > 0 else -1
        place = rng.randrange(n)
        if 1 <= points[place] + step <= 5:
            points[place] += step
    return [str(point) for point in points]


def printed(figure, digits=2) -> str:
    return f"{figure.estimate.value:.{digits}f}"


def percent(figure, digits=0) -> str:
    return f"{100 * figure.estimate.value:.{digits}f}"


# ---------- C1: Migri, waves 2020 and 2021/2 ----------

MIGRI = content([rating("overall", "satisfied5")])


@pytest.fixture
def c1(chiara):
    first = opened(chiara, MIGRI, indicators={"overall": {"questions": ["overall"]}})
    answer(first, [[["overall", point]] for point in ratings(310, 3.46)])
    second = opened(chiara, version=first.version, breakdowns=["channel"])
    for channel, n, mean in [("desk", 200, 3.80), ("email", 120, 3.72), ("web", 310, None)]:
        others = 3.55 * 630 - 200 * 3.80 - 120 * 3.72
        points = ratings(n, mean or others / 310, seed=n)
        collector = CollectorFactory(wave=second, channel=channel)
        answer(second, [[["overall", point]] for point in points], collector=collector)
    return first, second


def test_c1_the_means_of_two_waves(c1):
    assert [printed(figures(wave)["overall"]) for wave in c1] == ["3.46", "3.55"]


def test_c1_the_means_by_channel(c1):
    _first, second = c1
    by_channel = {
        channel: printed(figures(second, "channel", channel)["overall"]) for channel in ("desk", "email")
    }
    assert by_channel == {"desk": "3.80", "email": "3.72"}


def test_c1_a_rise_from_3_46_to_3_55_is_no_clear_change(c1):
    first, second = (figures(wave)["overall"].estimate for wave in c1)
    breaks = comparison.breaks_of_indicator(*c1, "overall")
    (found,) = comparison.compare([(first, second)], kind=Kind.MEAN, breaks=breaks)
    assert (round(found.difference.value, 2), found.verdict) == (0.09, Verdict.NO_CLEAR_CHANGE)
    assert comparison.is_self_selected(c1[1])


# ---------- C2: Migri's reputation, 2019 ----------


def test_c2_three_means_and_their_dimension(chiara):
    asked = ["overall", "friendly", "efficient"]
    wave = opened(
        chiara,
        content([rating(code, "agree5") for code in asked]),
        indicators={code: {"questions": [code]} for code in asked}
        | {"interaction": {"questions": asked, "formula": "composite"}},
    )
    columns = [ratings(200, 3.84, 1), ratings(200, 3.85, 2), ratings(200, 3.52, 3)]
    answer(wave, [[*map(list, zip(asked, row, strict=True))] for row in zip(*columns, strict=True)])
    found = figures(wave)
    assert [printed(found[code]) for code in [*asked, "interaction"]] == ["3.84", "3.85", "3.52", "3.74"]


def test_c2_segments_are_compared_together(chiara):
    wave = opened(
        chiara,
        content([rating("overall", "agree5"), single("ground", "work", "study", "family")]),
        indicators={"overall": {"questions": ["overall"]}},
        breakdowns=["question:ground"],
    )
    for ground, mean in [("work", 4.2), ("study", 3.5), ("family", 3.8)]:
        answer(wave, [[["overall", point], ["ground", ground]] for point in ratings(70, mean, len(ground))])
    all_of = figures(wave)["overall"].estimate
    grounds = [
        figures(wave, "question:ground", ground)["overall"].estimate for ground in ("work", "study", "family")
    ]
    found = comparison.compare([(all_of, one) for one in grounds], kind=Kind.MEAN)
    assert [one.verdict for one in found] == [
        Verdict.BETTER,
        Verdict.NO_CLEAR_CHANGE,
        Verdict.NO_CLEAR_CHANGE,
    ]


# ---------- C16: Office for Foreigners, Poland ----------

ASPECTS = ["accommodation", "food", "medical", "staff", "safety"]


def expectations(aspects: list[str]):
    return content([rating(code, "expectations3") for code in aspects])


def filled_in_poland(aspects: list[str], people: int, at_or_above: int) -> list[list[list[str]]]:
    values = ["at"] * (at_or_above // 2) + ["above"] * (at_or_above - at_or_above // 2)
    values += ["below"] * (len(aspects) * people - len(values))
    random.Random(16).shuffle(values)
    return [
        [[code, values[person * len(aspects) + place]] for place, code in enumerate(aspects)]
        for person in range(people)
    ]


@pytest.fixture
def c16(chiara):
    fields = {"questions": ASPECTS, "formula": "pooled_share", "target": 60}
    wave = opened(chiara, expectations(ASPECTS), indicators={"met": fields})
    return answer(wave, filled_in_poland(ASPECTS, 400, 1801))


def test_c16_the_share_at_or_above_expectations_and_its_target(c16):
    found = figures(c16)["met"]
    assert (percent(found, 2), found.estimate.n) == ("90.05", 2000)
    assert found.target == (0.6, True, True)


def test_c16_70_per_cent_of_the_residents_took_part(c16):
    collector = c16.collectors.get()
    Count.objects.create(collector=collector, kind="offered", n=571)
    (found,) = response_rates.rates_of(response_rates.counts_of_all([collector]), c16.responses.count())
    assert (found.rate, found.numerator, found.denominator, f"{100 * found.value:.0f}") == (
        Rate.PARTICIPATION,
        400,
        571,
        "70",
    )


def test_c16_a_question_added_breaks_the_series(c16, chiara):
    version = Version.objects.create(
        survey=c16.survey,
        number=2,
        content=expectations([*ASPECTS, "children"]),
        digest="2" * 64,
        published_at=c16.version.published_at,
    )
    c16.survey.indicators.update(questions=[*ASPECTS, "children"])
    later = opened(chiara, version=version)
    answer(later, filled_in_poland([*ASPECTS, "children"], 300, 1700))
    breaks = comparison.breaks_of_indicator(c16, later, "met")
    pair = tuple(figures(wave)["met"].estimate for wave in (c16, later))
    (found,) = comparison.compare([pair], kind=Kind.SHARE, breaks=breaks)
    assert found == (None, Verdict.CANNOT_SAY, (("children", "question_added"),))


# ---------- C19: Statens servicecenter, autumn 2020 ----------


def test_c19_three_shares_and_yes_to_all_three(chiara):
    asked = {"treated": 0.94, "helped": 0.92, "in_time": 0.89}
    n, no = 3933, {code: 3933 - round(share * 3933) for code, share in asked.items()}
    yes_to_all = round(0.81 * n)
    shared = sum(no.values()) - (n - yes_to_all)  # said no to both the second and the third
    kinds = {
        (): yes_to_all,
        ("treated",): no["treated"],
        ("helped",): no["helped"] - shared,
        ("in_time",): no["in_time"] - shared,
        ("helped", "in_time"): shared,
    }
    filled = [
        [[code, "no" if code in said_no else "yes"] for code in asked]
        for said_no, people in kinds.items()
        for _each in range(people)
    ]
    wave = opened(
        chiara,
        content([yes_no(code) for code in asked]),
        indicators={code: {"questions": [code], "formula": "share"} for code in asked}
        | {"all_three": {"questions": list(asked), "formula": "all_of"}},
        breakdowns=[],
        confidential=False,
    )
    CollectorFactory(wave=wave, kind=Collector.Kind.PAPER)
    found = figures(close(answer(wave, filled), chiara))
    assert {code: percent(figure) for code, figure in found.items()} == {
        "treated": "94",
        "helped": "92",
        "in_time": "89",
        "all_three": "81",
    }
    assert {figure.estimate.n for figure in found.values()} == {3933}


def test_a_wave_that_nobody_answered_is_self_selected_by_nobody(chiara):
    assert not comparison.is_self_selected(WaveFactory())
