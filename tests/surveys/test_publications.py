import random
import re
from pathlib import Path

import pytest

import surveys
from surveys import publications, waves
from surveys.models import Comment, Publication
from surveys.publication_making import make
from tests.factories import CollectorFactory, UnitFactory, WaveFactory
from tests.surveys.results import closed, fill

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


@pytest.fixture
def wave(chiara, agency_unit, unit_a, unit_b):
    """An open wave with a way in at each of two counters."""
    wave = WaveFactory(
        confidential=True, unit=agency_unit, breakdowns=["unit", "language"], pairs=[["unit", "language"]]
    )
    CollectorFactory(wave=wave, unit=unit_a, name="A")
    CollectorFactory(wave=wave, unit=unit_b, name="B")
    return waves.open_wave(wave=wave, by=chiara)


def way_into(wave, name):
    return wave.collectors.select_related("wave").get(name=name)


def answers(n, seed=1, **fixed):
    rng = random.Random(seed)
    return [
        (
            fixed.get("language", rng.choice(["fi", "ar"])),
            {"overall": fixed.get("overall", str(rng.randint(1, 5)))},
        )
        for _ in range(n)
    ]


def answer(wave, **at_counters):
    for number, (name, n) in enumerate(at_counters.items()):
        fill(way_into(wave, name), answers(n, seed=number))


def shown_n(wave, breakdown="unit"):
    part = wave.publications.order_by("number").last().breakdowns.get(breakdown=breakdown)
    return {cell: found["n"] for cell, found in part.cells.items()}


@pytest.mark.parametrize(("n", "is_made"), [(0, False), (9, False), (10, True)])
def test_a_wave_with_fewer_than_ten_answers_is_never_shown(wave, n, is_made):
    answer(wave, A=n)
    assert (make(wave=wave) is not None) is is_made
    assert Publication.objects.count() == is_made


def test_figures_are_those_of_the_answers(wave):
    fill(way_into(wave, "A"), [("fi", {"overall": value}) for value in "1455555555"])
    made = make(wave=wave)
    assert made.content["everybody"]["n"] == 10
    found = made.content["everybody"]["questions"]["overall"]
    assert (found["n"], found["counts"]) == (10, {"1": 1, "4": 1, "5": 8})
    assert found["mean"][0] == pytest.approx(4.5)


def test_a_group_under_the_threshold_is_hidden_together_with_one_that_would_give_it_away(wave):
    answer(wave, A=30, B=4)
    make(wave=wave)
    assert shown_n(wave) == {"A": None, "B": None, "agency": 34}


def test_groups_of_ten_are_shown(wave):
    answer(wave, A=30, B=10)
    make(wave=wave)
    assert shown_n(wave) == {"A": 30, "B": 10, "agency": 40}


def test_a_hidden_group_carries_no_figure_at_all(wave):
    answer(wave, A=30, B=4)
    made = make(wave=wave)
    assert made.breakdowns.get(breakdown="unit").cells["B"] == {"n": None, "reason": "small_group"}


def test_the_same_answer_by_all_is_hidden_under_twenty(wave):
    fill(way_into(wave, "A"), answers(15, overall="1"))
    fill(way_into(wave, "B"), answers(40))
    cells = make(wave=wave).breakdowns.get(breakdown="unit").cells
    assert (cells["A"]["n"], cells["A"]["questions"]["overall"]["n"]) == (15, None)


def test_the_same_answer_by_twenty_is_shown(wave):
    wave.pairs = []
    wave.save()
    fill(way_into(wave, "A"), answers(20, overall="1"))
    fill(way_into(wave, "B"), answers(40))
    cells = make(wave=wave).breakdowns.get(breakdown="unit").cells
    assert cells["A"]["questions"]["overall"]["counts"] == {"1": 20}


def test_the_next_one_needs_ten_that_changed(wave):
    answer(wave, A=20)
    first = make(wave=wave)
    answer(wave, A=9)
    assert make(wave=wave) is None
    answer(wave, A=1)
    second = make(wave=wave)
    assert (second.number, second.supersedes, second.n) == (2, first, 30)


def test_the_close_is_a_reason_for_the_next_one(wave):
    answer(wave, A=20)
    make(wave=wave)
    assert make(wave=closed(wave)).is_final
    assert make(wave=wave) is None


def test_what_few_added_is_not_told_by_the_difference_of_two_publications(wave):
    answer(wave, A=40, B=20)
    make(wave=wave)
    answer(wave, A=20, B=3)
    made = make(wave=wave)
    cells = made.breakdowns.get(breakdown="unit").cells
    assert (cells["B"]["n"], cells["B"]["from"]) == (20, 1)
    assert (cells["A"]["n"], cells["A"]["from"]) == (40, 1)
    assert cells["agency"]["n"] == 83


def test_a_publication_stays_as_it_was_made(wave):
    answer(wave, A=20)
    first = make(wave=wave)
    answer(wave, A=20)
    make(wave=wave)
    assert Publication.objects.get(number=1).content == first.content


def test_pairs_of_breakdowns_are_shown_after_the_close(wave):
    answer(wave, A=200)
    assert not make(wave=wave).breakdowns.filter(breakdown="unit×language").exists()
    assert make(wave=closed(wave)).breakdowns.filter(breakdown="unit×language").exists()


def test_a_unit_with_nobody_is_listed_after_the_close(wave):
    answer(wave, A=30)
    make(wave=closed(wave))
    assert shown_n(wave) == {"A": 30, "B": 0, "agency": 30}


def test_a_question_nobody_answered_says_so(wave):
    answer(wave, A=30)
    assert make(wave=wave).content["everybody"]["questions"]["staff"] == {"n": 0, "reason": "nobody"}


def test_a_way_in_that_is_all_of_a_hidden_unit_is_hidden_with_it(chiara, unit_a, unit_b):
    wave = WaveFactory(confidential=True, breakdowns=["unit", "collector"], pairs=[])
    for unit, name in [(unit_a, "A"), (unit_b, "B")]:
        CollectorFactory(wave=wave, unit=unit, name=name)
    wave = waves.open_wave(wave=wave, by=chiara)
    answer(wave, A=30, B=4)
    make(wave=wave)
    assert set(shown_n(wave, "collector").values()) == {None}


# ---------- who reads what ----------


def test_the_cx_team_reads_every_unit(wave, chiara):
    answer(wave, A=30, B=30)
    make(wave=wave)
    assert set(publications.latest(wave, chiara).by("unit")) == {"A", "B", "agency"}


def test_a_manager_reads_the_own_unit_and_those_above(wave, aino):
    answer(wave, A=30, B=30)
    make(wave=wave)
    results = publications.latest(wave, aino)
    assert set(results.by("unit")) == {"A", "agency"}
    assert results.everybody.n == 60


def test_a_manager_reads_no_pair_and_no_way_in_of_another_unit(wave, aino, unit_b):
    wave.breakdowns = [*wave.breakdowns, "collector"]
    wave.save()
    answer(wave, A=100, B=100)
    make(wave=closed(wave))
    results = publications.latest(wave, aino)
    assert [cell for cell in results.by("unit×language") if cell.startswith("B")] == []
    assert set(results.by("collector")) == {str(way_into(wave, "A").pk)}


def test_whoever_has_no_results_to_read_gets_none(wave, bram):
    answer(wave, A=30, B=30)
    make(wave=wave)
    assert publications.latest(wave, bram) is None


def test_the_public_reads_only_what_was_made_public(wave, chiara):
    answer(wave, A=30, B=30)
    made = make(wave=wave)
    assert publications.public(wave) is None
    publications.make_public(publication=made, by=chiara)
    assert publications.public(wave).publication == made


def test_a_later_publication_is_not_public_by_itself(wave, chiara):
    answer(wave, A=30)
    first = make(wave=wave)
    publications.make_public(publication=first, by=chiara)
    answer(wave, A=30)
    make(wave=wave)
    assert publications.public(wave).publication == first


def test_comments_show_the_unit_only_where_enough_wrote(wave, chiara, unit_a, unit_b):
    answer(wave, A=30, B=30)
    for unit, n in [(unit_a, 40), (unit_b, 3)]:
        Comment.objects.bulk_create(
            Comment(wave=wave, question="why", text=f"{unit.code} {i}", unit=unit, band="middle")
            for i in range(n)
        )
    make(wave=closed(wave))
    shown = publications.latest(wave, chiara).comments(question="why")
    assert len(shown) == 43
    assert {comment.unit for comment in shown} == {"agency"}


def test_few_comments_are_not_shown(wave, chiara, unit_a):
    answer(wave, A=30)
    Comment.objects.bulk_create(Comment(wave=wave, question="why", text="x", unit=unit_a) for _ in range(9))
    make(wave=closed(wave))
    assert publications.latest(wave, chiara).comments() == []


def test_an_erased_comment_is_gone_from_the_publication(wave, chiara, unit_a):
    answer(wave, A=30)
    Comment.objects.bulk_create(Comment(wave=wave, question="why", text="x", unit=unit_a) for _ in range(12))
    make(wave=closed(wave))
    Comment.objects.first().delete()
    assert len(publications.latest(wave, chiara).comments()) == 11


def test_a_trend_has_a_point_for_each_wave(wave, chiara, unit_a, django_assert_num_queries):
    second = WaveFactory(version=wave.version, confidential=True, breakdowns=["unit"], pairs=[])
    CollectorFactory(wave=second, unit=unit_a, name="A")
    second = waves.open_wave(wave=second, by=chiara)
    for one in (wave, second):
        answer(one, A=30)
        make(wave=one)
    survey, _scope = wave.survey, chiara.scope
    with django_assert_num_queries(2):
        points = publications.trend(survey, chiara, ("unit", "A"))
    assert [(point.wave, point.group.n) for point in points] == [(wave, 30), (second, 30)]


@pytest.mark.parametrize("units", [1, 40])
def test_an_overview_needs_a_fixed_number_of_queries(chiara, units, django_assert_num_queries):
    wave = WaveFactory(confidential=True, breakdowns=["unit"], pairs=[])
    for number in range(units):
        CollectorFactory(wave=wave, unit=UnitFactory(), name=str(number))
    wave = waves.open_wave(wave=wave, by=chiara)
    for collector in wave.collectors.select_related("wave"):
        fill(collector, answers(12))
    make(wave=wave)
    chiara.scope  # noqa: B018
    with django_assert_num_queries(2):
        results = publications.latest(wave, chiara)
        assert len(results.by("unit")) == units
        results.matrix("unit")


def test_nobody_but_those_who_count_reads_tallies():
    root = Path(surveys.__file__).resolve().parent.parent
    rooms = ["surveys", "panels", "feedback", "actions", "cxportal"]
    readers = {
        str(path.relative_to(root))
        for room in rooms
        for path in (root / room).rglob("*.py")
        if re.search(r"\bTally\b|surveys_tally", path.read_text()) and "migrations" not in path.parts
    }
    assert readers == {
        "surveys/indicators.py",
        "surveys/models/__init__.py",
        "surveys/models/indicator.py",
        "surveys/models/tally.py",
        "surveys/pseudonymous.py",
        "surveys/publication_making.py",
        "surveys/recount.py",
        "surveys/release.py",
    }
