import random

import pytest

from surveys import comparison
from surveys.comparison import Break
from surveys.models import Change, Version
from surveys.statistics import change, estimates
from surveys.statistics.change import Kind, Verdict
from surveys.statistics.estimates import Sums
from tests.factories import CollectorFactory
from tests.surveys.contents import content, grid, rating, yes_no
from tests.surveys.counted import answer, figures, opened

pytestmark = [pytest.mark.django_db]

ASKED = content(
    [rating("overall"), rating("recommend", "recommend11"), yes_no("solved"), grid("things", ["a", "b"])]
)
INDICATORS = {
    "overall": {"questions": ["overall"]},
    "solved": {"questions": ["solved"], "formula": "share"},
    "nps": {"questions": ["recommend"], "formula": "nps"},
    "pooled": {"questions": ["things.a", "things.b"], "formula": "pooled_share"},
}


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


@pytest.fixture
def first(chiara):
    return opened(chiara, ASKED, indicators=INDICATORS)


def next_wave(by, first, *, changed: dict[str, str] | None = None, **more):
    """A later wave of the same survey, of a new version with these changes."""
    version = Version.objects.create(
        survey=first.survey,
        number=first.survey.versions.count() + 1,
        content=ASKED,
        digest=f"{first.survey.versions.count()}" * 64,
        published_at=first.version.published_at,
    )
    for code, kind in (changed or {}).items():
        Change.objects.create(version=version, question_code=code, kind=kind)
    return opened(by, version=version, **more)


# ---------- breaks ----------


@pytest.mark.parametrize(
    ("kind", "breaks"),
    [("typo", []), ("language_added", []), ("reworded", ["overall"]), ("scale_changed", ["overall"])],
)
def test_only_other_words_and_other_scales_break_the_series(chiara, first, kind, breaks):
    second = next_wave(chiara, first, changed={"overall": kind})
    found = comparison.breaks_between(first, second, ["overall"])
    assert [one.question for one in found] == breaks


def test_a_break_of_another_question_is_none(chiara, first):
    second = next_wave(chiara, first, changed={"solved": "reworded"})
    assert comparison.breaks_between(first, second, ["overall"]) == []


def test_a_change_of_a_grid_breaks_each_of_its_rows(chiara, first):
    second = next_wave(chiara, first, changed={"things": "scale_changed"})
    assert comparison.breaks_between(first, second, ["things.a"]) == [Break("things", "scale_changed")]


def test_a_break_between_two_waves_counts_backwards_too(chiara, first):
    between = next_wave(chiara, first, changed={"overall": "reworded"})
    last = next_wave(chiara, first)
    assert comparison.breaks_between(last, first, ["overall"]) == [Break("overall", "reworded")]
    assert comparison.breaks_between(between, last, ["overall"]) == []


def test_an_indicator_that_counts_otherwise_is_another_one(chiara, first):
    first.survey.indicators.filter(code="solved").update(favourable="chosen", values="no")
    second = next_wave(chiara, first)
    assert comparison.breaks_of_indicator(first, second, "solved") == [Break("", "definition")]
    assert comparison.breaks_of_indicator(first, second, "overall") == []


# ---------- many at once ----------


def test_hidden_figures_are_compared_with_nothing_and_not_counted(first):
    one, other = estimates.share(400, 500), estimates.share(330, 500)
    found = comparison.compare([(one, other), (one, None), (None, None)], kind=Kind.SHARE)
    assert [row.verdict for row in found] == [Verdict.WORSE, Verdict.CANNOT_SAY, Verdict.CANNOT_SAY]
    assert found[1].difference is None


def test_units_are_judged_together():
    whole = estimates.share(8000, 10000)
    units = [estimates.share(80 - (3 if number else 10), 100) for number in range(15)]
    alone = comparison.compare([(whole, units[0])], kind=Kind.SHARE)
    together = comparison.compare([(whole, unit) for unit in units], kind=Kind.SHARE)
    assert (alone[0].verdict, together[0].verdict) == (Verdict.WORSE, Verdict.NO_CLEAR_CHANGE)


# ---------- constant mix ----------


def test_the_comparison_at_constant_mix_rests_on_cells_shown_in_both_waves():
    first = {"fi": estimates.mean(100, 400, 1700), "sv": estimates.mean(50, 150, 500), "ar": None}
    second = {
        "fi": estimates.mean(40, 160, 680),
        "sv": estimates.mean(160, 480, 1600),
        "so": estimates.mean(9, 9, 9),
    }
    found = comparison.at_constant_mix(first, second, kind=Kind.MEAN)
    assert found.difference.value == pytest.approx(0)
    assert (found.verdict, found.covered) == (Verdict.NO_CLEAR_CHANGE, 1)
    assert found.moved == pytest.approx(100 / 150 - 40 / 200)


def test_with_one_cell_there_is_no_mix():
    only = {"fi": estimates.mean(100, 400, 1700)}
    assert comparison.at_constant_mix(only, only, kind=Kind.MEAN) is None


# ---------- the same people ----------


def people(wave, answers: dict[str, list[list[str]]]):
    for pseudonym, values in answers.items():
        answer(wave, [values], pseudonym=pseudonym)


@pytest.fixture
def panel(chiara, first):
    second = next_wave(chiara, first)
    rng = random.Random(2)
    before = {f"p{n}": rng.randint(1, 4) for n in range(30)}
    after = {
        name: point + rng.choice([0, 0, 1]) for name, point in before.items() if name not in {"p0", "p1"}
    }
    for wave, points in ((first, before), (second, after | {"new": 5})):
        people(
            wave,
            {
                name: [["overall", str(point)], ["solved", "yes" if point > 2 else "no"]]
                for name, point in points.items()
            },
        )
    answer(second, [[["overall", "1"]]] * 5)  # who came without a personal link
    return first, second, before, after


def test_people_who_answered_twice_are_compared_with_themselves(panel):
    first, second, before, after = panel
    found = comparison.within_people(first, second, "overall")
    changes = [after[name] - before[name] for name in after]
    assert found.people == 28
    assert found.difference == change.paired_difference_of_means(
        Sums(28, sum(changes), sum(one * one for one in changes))
    )


def test_a_paired_share_is_compared_person_by_person(panel):
    first, second, before, after = panel
    found = comparison.within_people(first, second, "solved")
    table = [(before[name] > 2, after[name] > 2) for name in after]
    assert found.difference == change.paired_difference_of_shares(
        both=table.count((True, True)),
        only_first=table.count((True, False)),
        only_second=table.count((False, True)),
        neither=table.count((False, False)),
    )


def test_pairing_finds_what_two_separate_means_do_not(panel):
    first, second, *_rest = panel
    pair = tuple(figures(wave)["overall"].estimate for wave in (first, second))
    (apart,) = comparison.compare([pair], kind=Kind.MEAN)
    paired = comparison.within_people(first, second, "overall")
    assert (apart.verdict, paired.verdict) == (Verdict.NO_CLEAR_CHANGE, Verdict.BETTER)


def test_nps_and_pooled_shares_are_paired_in_their_own_units(chiara, first):
    second = next_wave(chiara, first)
    for wave, points, given in ((first, "5", ["4", "2"]), (second, "9", ["4", "5"])):
        values = [["recommend", points], ["things.a", given[0]], ["things.b", given[1]]]
        people(wave, {f"p{n}": values for n in range(12)})
    found = [comparison.within_people(first, second, code).difference.value for code in ("nps", "pooled")]
    assert found == [200, 0.5]


def test_too_few_pairs_are_not_shown(chiara, first):
    second = next_wave(chiara, first)
    for wave in (first, second):
        people(wave, {f"p{n}": [["overall", "3"]] for n in range(9)})
        people(wave, {f"{wave.code}{n}": [["overall", "3"]] for n in range(20)})
    assert comparison.within_people(first, second, "overall") is None


def test_nobody_is_compared_with_themselves_across_a_break_or_in_an_anonymous_wave(chiara, first):
    reworded = next_wave(chiara, first, changed={"overall": "reworded"})
    anonymous = next_wave(chiara, first, confidential=False)
    for wave in (first, reworded, anonymous):
        people(wave, {f"p{n}": [["overall", "3"]] for n in range(12)})
    assert comparison.within_people(first, reworded, "overall") is None
    assert comparison.within_people(first, anonymous, "overall") is None


# ---------- self-selected ----------


@pytest.mark.parametrize(("kind", "is_self_selected"), [("tickets", False), ("link", True), ("paper", True)])
def test_only_personal_links_are_a_sample(chiara, first, kind, is_self_selected):
    collector = CollectorFactory(wave=first, kind=kind)
    CollectorFactory(wave=first, kind="link")  # nobody came this way
    answer(first, [[["overall", "3"]]], collector=collector)
    assert comparison.is_self_selected(first) == is_self_selected
