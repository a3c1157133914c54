"""Weighted figures and the change within the same people tell of nobody: random waves whose people come twice, are
weighted and taken out again, attacked with everything that was published of them."""

import random

import pytest

from surveys import pseudonymous, publication_making, weighting
from surveys.audit import audit_wave
from surveys.models import Submission, Wave, WeightingRun
from surveys.release import release
from surveys.weighting import MarginGiven
from tests.surveys.contents import content, rating
from tests.surveys.counted import close, opened, weighed

pytestmark = pytest.mark.django_db

ASKED = content([rating("overall")])
INDICATORS = {
    "mood": {"questions": ["overall"], "name": "Mood"},
    "good": {"questions": ["overall"], "formula": "share"},
}
POINTS = ["1", "2", "3", "4", "5", ":empty"]
LANGUAGES = ["fi", "sv", "ar", "so"]
EQUAL = MarginGiven(("language",), {"fi": 1, "sv": 1})
WAVES, CHUNKS = 30, 10
Row = tuple[str, str, str]
"""person, language, answer"""


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


def allowed(*_arguments) -> bool:
    return True


def two_waves(by, code="w") -> tuple[Wave, Wave]:
    first = opened(
        by, ASKED, indicators=INDICATORS, code=f"{code}1", opens_at="2025-03-01T08:00Z",
        breakdowns=["language"],
    )  # fmt: skip
    second = opened(
        by, None, survey=first.survey, version=first.version, code=f"{code}2", opens_at="2026-03-01T08:00Z",
        breakdowns=["language"],
    )  # fmt: skip
    return first, second


def send(wave: Wave, rows: list[Row]) -> None:
    way = wave.collectors.get()
    Submission.objects.bulk_create(
        Submission(
            wave=wave,
            version=wave.version,
            collector=way,
            language=language,
            pseudonym=person,
            content={"values": [["overall", point]], "texts": []},
        )
        for person, language, point in rows
    )
    release(wave)


# ---------- random waves ----------


def random_answers(rng: random.Random, people: list[str], languages: dict[str, str]) -> list[Row]:
    taste = [rng.random() ** 2 + 0.01 for _ in POINTS]
    return [(person, languages[person], rng.choices(POINTS, taste)[0]) for person in people]


def weigh(rng: random.Random, wave: Wave, by) -> None:
    """As the CX team may: by the languages that enough people speak."""
    sizes = weighting.cells_of(wave, ["language"])
    population = {name: rng.randint(50, 500) for name, n in sizes.items() if n >= wave.threshold}
    if len(population) > 1:
        weighting.use(run=weighed(wave=wave, margins=[MarginGiven(("language",), population)], by=by), by=by)


def random_wave(seed: int, by) -> Wave:
    rng = random.Random(seed)
    first, second = two_waves(by, code=f"w{seed}_")
    skew, languages_spoken = rng.uniform(0, 1.5), LANGUAGES[: rng.randint(2, 4)]
    spoken = [1 / (1 + place) ** skew for place in range(len(languages_spoken))]
    people = [f"{seed}-{number}" for number in range(rng.choice([15, 25, 60, 120]))]
    new = [f"{seed}-new-{number}" for number in range(rng.choice([0, 3, 15, 60]))]
    languages = {person: rng.choices(languages_spoken, spoken)[0] for person in people + new}
    send(first, random_answers(rng, people, languages))
    publication_making.make(wave=close(first, by))
    pseudonymous.withdraw(rng.sample(people, rng.choice([0, 0, 2, 12])))
    again = [*rng.sample(people, len(people) - rng.choice([0, 0, 2, 12])), *new]
    rng.shuffle(again)
    cut = rng.randint(0, len(again))
    send(second, random_answers(rng, again[:cut], languages))
    publication_making.make(wave=second)
    send(second, random_answers(rng, again[cut:], languages))
    close(second, by)
    weigh(rng, second, by)
    publication_making.make(wave=second)
    pseudonymous.withdraw(rng.sample(again, rng.choice([0, 1, 3, 12])))
    publication_making.make(wave=second)
    weigh(rng, second, by)
    publication_making.show_weights(wave=second, by=by)
    return second


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_nothing_comes_out_of_thirty_random_waves_with_weights_and_pairs(chiara, chunk):
    seeds = range(chunk, WAVES, CHUNKS)
    assert {seed: audit_wave(random_wave(seed, chiara)).broken for seed in seeds} == {
        seed: [] for seed in seeds
    }


def test_without_the_rules_some_of_them_are_broken(chiara, monkeypatch):
    """And all the figures that are attacked are there."""
    monkeypatch.setattr(publication_making, "_may_stand_beside", allowed)
    monkeypatch.setattr(publication_making, "_may_be_told", allowed)
    found = [
        one.place[0].partition(" ")[0]
        for seed in range(6)
        for one in audit_wave(random_wave(seed, chiara)).broken
    ]
    assert {"weighted", "paired", "language"} <= set(found)


# ---------- one rule at a time ----------


def of(points: str, *, language="fi", name="") -> list[Row]:
    return [(f"{name}{number}" if name else "", language, point) for number, point in enumerate(points)]


def with_a_small_group(by) -> Wave:
    """Three who speak Arabic, hidden, and with them the sixteen who speak Swedish."""
    wave = opened(by, ASKED, indicators=INDICATORS, breakdowns=["language"])
    send(wave, of("45" * 15) + of("2355" * 4, language="sv") + of("123", language="ar"))
    close(wave, by)
    weighting.use(run=weighed(wave=wave, margins=[EQUAL], by=by), by=by)
    return wave


@pytest.mark.parametrize("held", [0, 1])
def test_a_weighted_figure_would_tell_of_a_small_group(chiara, monkeypatch, held):
    """By the weights alone, which are 1 on average unless some were held, and by the figures under them."""
    wave = with_a_small_group(chiara)
    WeightingRun.objects.update(held=held)
    monkeypatch.setattr(publication_making, "_may_stand_beside", allowed)
    publication_making.make(wave=wave)
    assert ("language", "ar") in {one.place for one in audit_wave(wave).broken}


def test_the_audit_finds_nothing_where_the_weighted_figure_is_left_out(chiara):
    wave = with_a_small_group(chiara)
    publication_making.make(wave=wave)
    assert audit_wave(wave).broken == []


@pytest.fixture
def taken_out(chiara) -> Wave:
    """Three of 45 are taken out after the publication, and the rest is weighted once more."""
    wave = opened(chiara, ASKED, indicators=INDICATORS, breakdowns=["language"])
    send(wave, of("45" * 15) + of("23" * 6, language="sv") + of("111", language="sv", name="gone"))
    publication_making.make(wave=close(wave, chiara))
    pseudonymous.withdraw(["gone0", "gone1", "gone2"])
    weighting.use(run=weighed(wave=wave, margins=[EQUAL], by=chiara), by=chiara)
    return wave


def test_a_weighted_figure_is_given_over_the_same_people_only(chiara, taken_out):
    publication_making.show_weights(wave=taken_out, by=chiara)
    weighted = taken_out.publications.order_by("number").last().content["weighted"]
    assert (weighted["reason"], audit_wave(taken_out).broken) == ("small_group", [])


def test_a_weighted_figure_without_a_few_would_tell_of_them(chiara, taken_out, monkeypatch):
    monkeypatch.setattr(publication_making, "_may_stand_beside", allowed)
    publication_making.show_weights(wave=taken_out, by=chiara)
    found = {(one.place[0], one.question, one.truth) for one in audit_wave(taken_out).broken}
    assert {("weighted 2", "mood", 3), ("weighted 2", "good", 3)} <= found


def pair(by, before: str, after: str, *, withdrawn: int = 0, only_second: str = "") -> Wave:
    """A point in each wave for each person; `withdrawn` more are taken out of the first after it was published."""
    first, second = two_waves(by)
    send(first, of(before, name="p") + of("2" * withdrawn, name="gone"))
    send(second, of(after, name="p") + of(only_second))
    publication_making.make(wave=close(first, by))
    pseudonymous.withdraw([f"gone{number}" for number in range(withdrawn)])
    publication_making.make(wave=close(second, by))
    return second


TELLING = {
    "a few more came": {"before": "1234" * 3, "after": "3545" * 3, "only_second": "123"},
    "a few were taken out": {"before": "1234" * 3, "after": "3545" * 3, "withdrawn": 3},
    "all of them were content": {"before": "1245" * 3, "after": "4554" * 3, "only_second": "1" * 20},
}


@pytest.mark.parametrize("name", TELLING)
def test_the_same_people_are_not_told_of_where_that_gives_some_away(chiara, name):
    wave = pair(chiara, **TELLING[name])
    told = wave.publications.get().content["paired"] or {"indicators": {}}
    assert ("good" in told["indicators"], audit_wave(wave).broken) == (False, [])


@pytest.mark.parametrize("name", TELLING)
def test_the_audit_finds_what_the_same_people_would_give_away(chiara, name, monkeypatch):
    monkeypatch.setattr(publication_making, "_may_be_told", allowed)
    found = {(one.place[0], one.question) for one in audit_wave(pair(chiara, **TELLING[name])).broken}
    assert ("paired", "good") in found


def test_the_few_who_are_left_of_a_shown_group_are_hidden_and_the_audit_would_find_them(chiara):
    wave = opened(chiara, ASKED, indicators=INDICATORS, breakdowns=["language"])
    send(wave, of("2345" * 10) + of("1234" * 3, language="sv", name="p"))
    publication_making.make(wave=close(wave, chiara))
    pseudonymous.withdraw([f"p{number}" for number in range(10)])
    publication = publication_making.make(wave=wave)
    by_language = publication.breakdowns.get(breakdown="language")
    swedish = by_language.cells["sv"]
    assert (swedish["n"], swedish["from"], audit_wave(wave).broken) == (12, 1, [])
    by_language.cells["sv"] = {"n": 2, "questions": {}, "indicators": {}}
    by_language.save()
    assert [(one.place, one.truth) for one in audit_wave(wave).broken][:1] == [(("language", "sv"), 2)]
