from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from surveys import paper_entry, waves
from surveys.models import Answer, Comment, Mark, PaperBatch, Response, Sheet, Submission, Typist, Wave
from surveys.models.wave import LATE_DAYS
from surveys.paper_entry import NotNow
from surveys.questionnaire import Questionnaire
from surveys.recount import recount
from surveys.release import release, shuffle_closed
from tests.factories import CollectorFactory, StaffRoleFactory, UserFactory
from tests.surveys.broad import broad_wave, paper_collector

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


@pytest.fixture
def collector(chiara, unit_b):
    return paper_collector(broad_wave(chiara), unit=unit_b)


@pytest.fixture
def batch(collector, bram):
    return paper_entry.start_batch(collector=collector, by=bram)


@pytest.fixture
def gerd(unit_b):
    """A second typist of unit B."""
    return StaffRoleFactory(user=UserFactory(username="gerd"), role="staff", unit=unit_b).user


GIVEN = {
    "overall": ["4"],
    "ways": ["way2", "way10"],
    "visited": ["yes"],
    "visits": ["3"],
    ":language": ["fi"],
}


def typed(batch, by, count=1, **given):
    return [
        paper_entry.type_sheet(batch=batch, number=f"A-{number}", given=GIVEN | given, by=by)
        for number in range(count)
    ]


def typed_again(batch, by, changed=None):
    for sheet in list(paper_entry.sheets_to_type_again(batch, by)):
        paper_entry.type_again(sheet=sheet, given=sheet.first | (changed or {}), by=by)
    batch.refresh_from_db()


def ready(batch, first, second, count=6):
    typed(batch, first, count)
    paper_entry.finish_typing(batch=batch, by=first)
    typed_again(batch, second)
    return batch


# ---------- first typing ----------


@pytest.mark.parametrize(
    ("sheets", "again"), [(1, 1), (4, 4), (5, 5), (6, 5), (50, 5), (51, 6), (60, 6), (500, 50)]
)
def test_a_tenth_and_at_least_five_sheets_are_typed_again(sheets, again):
    assert paper_entry.how_many_again(sheets) == again


def test_the_sheets_to_be_typed_again_are_drawn_at_random(batch, bram):
    typed(batch, bram, 40)
    draws = set()
    for _ in range(6):
        PaperBatch.objects.update(state="typing")
        Sheet.objects.update(is_drawn=False)
        paper_entry.finish_typing(batch=batch, by=bram)
        draws.add(tuple(Sheet.objects.filter(is_drawn=True).order_by("pk").values_list("pk", flat=True)))
    assert {len(draw) for draw in draws} == {5}
    assert len(draws) > 3


def test_a_number_stands_once_in_a_batch_however_it_is_written(batch, bram):
    paper_entry.type_sheet(batch=batch, number=" a-7", given={}, by=bram)
    with pytest.raises(NotNow, match="A-7"):
        paper_entry.type_sheet(batch=batch, number="A-7 ", given={}, by=bram)


@pytest.mark.parametrize("number", ["", "  ", "x" * 21, "7\x00", "a b", "<b>"])
def test_what_is_no_number_of_a_sheet_is_refused(batch, bram, number):
    with pytest.raises(NotNow):
        paper_entry.type_sheet(batch=batch, number=number, given={}, by=bram)


def test_a_typist_corrects_a_sheet_of_their_own(batch, bram):
    (sheet,) = typed(batch, bram)
    paper_entry.type_sheet(batch=batch, number="A-0", given={"overall": ["1"]}, by=bram, sheet=sheet)
    assert list(Sheet.objects.values_list("number", "first")) == [("A-0", {"overall": ["1"]})]


def test_nobody_opens_the_sheet_of_somebody_else_before_it_may_be_drawn(batch, bram, gerd):
    (sheet,) = typed(batch, bram)
    with pytest.raises(NotNow):
        paper_entry.type_sheet(batch=batch, number="A-0", given={}, by=gerd, sheet=sheet)


def test_an_empty_batch_is_not_finished(batch, bram):
    with pytest.raises(NotNow):
        paper_entry.finish_typing(batch=batch, by=bram)


def test_a_wave_that_is_not_open_takes_no_batch(collector, bram, chiara):
    waves.pause(wave=collector.wave, by=chiara)
    with pytest.raises(NotNow, match="paused"):
        paper_entry.start_batch(collector=collector, by=bram)


def test_sheets_are_typed_into_a_way_in_for_paper_only(collector, bram):
    link = CollectorFactory(wave=collector.wave, kind="link")
    with pytest.raises(NotNow):
        paper_entry.start_batch(collector=link, by=bram)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"visits": ["some"]}, "no_number"),
        ({"visits": ["100"]}, "out_of_range"),
        ({"town": ["x" * 51]}, "too_long"),
    ],
)
def test_what_could_not_be_stored_has_to_be_corrected(batch, given, fault):
    problems = paper_entry.problems_in(Questionnaire(batch.version.content), given)
    assert [problem.fault for problem in problems] == [fault]


def test_what_is_odd_on_the_paper_is_taken_as_it_stands(batch):
    given = {"ways": ["way1", "none"], "first.price": ["1"], "first.speed": ["1"]}
    assert paper_entry.problems_in(Questionnaire(batch.version.content), given) == []


# ---------- second typing ----------


def test_the_second_typing_is_for_somebody_else(batch, bram):
    (sheet,) = typed(batch, bram)
    paper_entry.finish_typing(batch=batch, by=bram)
    with pytest.raises(NotNow, match="Somebody else"):
        paper_entry.type_again(sheet=sheet, given=GIVEN, by=bram)


def test_the_database_too_wants_a_second_person(batch, bram):
    (sheet,) = typed(batch, bram)
    with pytest.raises(IntegrityError), transaction.atomic():
        Sheet.objects.filter(pk=sheet.pk).update(second_by=bram)


def test_only_drawn_sheets_wait_for_a_second_typing_by_others(batch, bram, gerd):
    typed(batch, bram, 8)
    paper_entry.finish_typing(batch=batch, by=bram)
    drawn = set(Sheet.objects.filter(is_drawn=True))
    assert len(drawn) == 5
    assert set(paper_entry.sheets_to_type_again(batch, gerd)) == drawn
    assert set(paper_entry.sheets_to_type_again(batch, bram)) == set()


def test_a_sheet_is_typed_a_second_time_once(batch, bram, gerd):
    sheet, _other = typed(batch, bram, 2)
    paper_entry.finish_typing(batch=batch, by=bram)
    paper_entry.type_again(sheet=sheet, given=GIVEN, by=gerd)
    with pytest.raises(NotNow):
        paper_entry.type_again(sheet=sheet, given={}, by=gerd)


def test_a_sheet_that_was_not_drawn_is_not_typed_again(batch, bram, gerd):
    typed(batch, bram, 6)
    paper_entry.finish_typing(batch=batch, by=bram)
    with pytest.raises(NotNow):
        paper_entry.type_again(sheet=Sheet.objects.get(is_drawn=False), given={}, by=gerd)


def test_typings_that_agree_make_the_batch_ready(batch, bram, gerd):
    ready(batch, bram, gerd)
    # five sheets of five fields each
    assert (batch.state, batch.fields_compared, batch.fields_differing) == ("ready", 25, 0)


def test_order_of_ticks_spaces_and_zeros_are_no_differences(batch, bram, gerd):
    typed(batch, bram, 1, town=["Turku  city"])
    paper_entry.finish_typing(batch=batch, by=bram)
    typed_again(batch, gerd, {"ways": ["way10", "way2"], "visits": ["3.0"], "town": [" Turku city"]})
    assert (batch.state, batch.fields_differing) == ("ready", 0)


def test_each_field_that_differs_is_counted_once(batch, bram, gerd):
    typed(batch, bram, 2)
    paper_entry.finish_typing(batch=batch, by=bram)
    typed_again(batch, gerd, {"overall": ["5"], "likely": ["7"], ":language": ["sv"]})
    # overall, ways, visited, visits, language and the likely of the second typing, twice
    assert (batch.state, batch.fields_compared, batch.fields_differing) == ("differences", 12, 6)
    assert batch.error_rate == 0.5


# ---------- third look ----------


def test_what_is_settled_counts_and_the_rest_stays(batch, bram, gerd):
    (sheet,) = typed(batch, bram)
    paper_entry.finish_typing(batch=batch, by=bram)
    typed_again(batch, gerd, {"overall": ["5"], "ways": ["way3"]})
    sheet.refresh_from_db()
    paper_entry.settle(sheet=sheet, given={"overall": ["1"], "visited": ["no"]}, by=bram)
    sheet.refresh_from_db()
    batch.refresh_from_db()
    assert sheet.settled == {"overall": ["1"], "visited": ["yes"], "visits": ["3"], ":language": ["fi"]}
    assert batch.state == "ready"


def test_a_batch_with_differences_left_is_not_ready(batch, bram, gerd):
    first, _second = typed(batch, bram, 2)
    paper_entry.finish_typing(batch=batch, by=bram)
    typed_again(batch, gerd, {"overall": ["5"]})
    paper_entry.settle(sheet=first, given={"overall": ["5"]}, by=gerd)
    batch.refresh_from_db()
    assert batch.state == "differences"


# ---------- confirming ----------


@pytest.mark.parametrize("state", ["typing", "again", "differences"])
def test_a_batch_is_not_confirmed_before_it_is_checked(batch, bram, gerd, chiara, state):
    typed(batch, bram)
    if state != "typing":
        paper_entry.finish_typing(batch=batch, by=bram)
    if state == "differences":
        typed_again(batch, gerd, {"overall": ["5"]})
    with pytest.raises(NotNow):
        paper_entry.confirm(batch=batch, by=chiara)
    assert (Sheet.objects.count(), Submission.objects.count()) == (1, 0)


def test_confirming_puts_the_answers_into_the_ballot_box_and_deletes_the_sheets(batch, bram, gerd, chiara):
    ready(batch, bram, gerd)
    assert paper_entry.confirm(batch=batch, by=chiara) == 6
    assert (Sheet.objects.count(), Submission.objects.count(), Mark.objects.count()) == (0, 6, 0)
    submission = Submission.objects.first()
    assert (submission.mode, submission.language, submission.collector) == ("paper", "fi", batch.collector)
    assert [row for row in submission.content["values"] if row[1] != ":empty"] == [
        ["overall", "4"],
        ["visited", "yes"],
        ["visits", "3"],
        ["ways", "way2"],
        ["ways", "way10"],
    ]


def test_no_number_of_a_sheet_is_left_anywhere_in_the_database(batch, bram, gerd, chiara):
    typed(batch, bram, 5)
    for row in Sheet.objects.all():
        Sheet.objects.filter(pk=row.pk).update(number=f"SECRETNUMBER{row.pk}")
    paper_entry.finish_typing(batch=batch, by=bram)
    typed_again(batch, gerd)
    assert rows_with("SECRETNUMBER") == {"surveys_sheet"}
    paper_entry.confirm(batch=batch, by=chiara)
    assert rows_with("SECRETNUMBER") == set()


def rows_with(text: str) -> set[str]:
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            if any(text in str(value) for row in cursor.fetchall() for value in row):
                found.add(table)
    return found


def test_the_order_of_typing_is_lost(batch, bram, gerd, chiara):
    towns = [f"Town {number}" for number in range(30)]
    for town in towns:
        paper_entry.type_sheet(batch=batch, number=town.replace(" ", ""), given={"town": [town]}, by=bram)
    paper_entry.finish_typing(batch=batch, by=bram)
    typed_again(batch, gerd)
    paper_entry.confirm(batch=batch, by=chiara)
    place = "ctid" if connection.vendor == "postgresql" else "rowid"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM surveys_submission ORDER BY {place}")
        keys = [row[0] for row in cursor.fetchall()]
    stored = {str(row.pk).replace("-", ""): row.content["texts"][0][1] for row in Submission.objects.all()}
    in_order = [stored[str(key).replace("-", "")] for key in keys]
    assert sorted(in_order) == sorted(towns)
    assert in_order != towns


def test_confirming_twice_counts_once(batch, bram, gerd, chiara):
    ready(batch, bram, gerd)
    stale = PaperBatch.objects.get(pk=batch.pk)
    assert [paper_entry.confirm(batch=one, by=chiara) for one in (batch, stale)] == [6, 0]
    assert Submission.objects.count() == 6


def test_error_rate_and_typists_stay_on_the_batch(batch, bram, gerd, chiara):
    typed(batch, bram, 2)
    paper_entry.finish_typing(batch=batch, by=bram)
    typed_again(batch, gerd, {"overall": ["5"]})
    for sheet in Sheet.objects.all():
        paper_entry.settle(sheet=sheet, given={"overall": ["5"]}, by=chiara)
    paper_entry.confirm(batch=batch, by=chiara)
    batch.refresh_from_db()
    assert (batch.sheets_typed, batch.sheets_typed_again, batch.error_rate) == (2, 2, 0.2)
    assert set(Typist.objects.values_list("person__username", "look", "sheets")) == {
        ("bram", "first", 2),
        ("gerd", "second", 2),
        ("chiara", "third", 2),
    }


def test_answers_that_would_not_have_been_asked_are_left_out_and_counted(batch, bram, gerd, chiara):
    typed(batch, bram, 1, visited=["no"], visits=["3"])
    paper_entry.finish_typing(batch=batch, by=bram)
    typed_again(batch, gerd)
    paper_entry.confirm(batch=batch, by=chiara)
    batch.refresh_from_db()
    assert batch.answers_left_out == 1
    assert "visits" not in dict(Submission.objects.get().content["values"])


@pytest.mark.parametrize(("helped", "stored"), [(["yes"], True), (["no"], False), ([], None)])
def test_whether_somebody_helped_is_kept(batch, bram, gerd, chiara, helped, stored):
    typed(batch, bram, 1, **{":helped": helped})
    paper_entry.finish_typing(batch=batch, by=bram)
    typed_again(batch, gerd)
    paper_entry.confirm(batch=batch, by=chiara)
    assert Submission.objects.get().is_assisted is stored


def closed_days_ago(wave, chiara, days):
    waves.close_wave(wave=wave, by=chiara, at=timezone.now() - timedelta(days=days))


@pytest.mark.parametrize(
    "stop",
    [
        lambda wave, chiara: waves.pause(wave=wave, by=chiara),
        lambda wave, chiara: closed_days_ago(wave, chiara, LATE_DAYS + 1),
    ],
    ids=["paused", "closed too long ago"],
)
def test_a_wave_that_takes_no_answers_keeps_the_sheets(batch, bram, gerd, chiara, stop):
    ready(batch, bram, gerd)
    Wave.objects.update(opens_at=timezone.now() - timedelta(days=90))
    stop(batch.collector.wave, chiara)
    with pytest.raises(NotNow):
        paper_entry.confirm(batch=batch, by=chiara)
    assert (Sheet.objects.count(), Submission.objects.count()) == (6, 0)


@pytest.mark.parametrize("days", [0, LATE_DAYS - 1])
def test_a_stack_typed_in_time_is_counted_after_the_wave_has_closed(batch, bram, gerd, chiara, days):
    ready(batch, bram, gerd)
    Wave.objects.update(opens_at=timezone.now() - timedelta(days=90))
    closed_days_ago(batch.collector.wave, chiara, days)
    paper_entry.confirm(batch=batch, by=chiara)
    batch.collector.wave.refresh_from_db()
    release(batch.collector.wave)
    assert (Sheet.objects.count(), Response.objects.count()) == (0, 6)
    assert recount(batch.collector.wave) == []


def earlier_response(batch):
    return Response.objects.create(
        wave=batch.collector.wave, version=batch.version, collector=batch.collector, is_shuffled=True
    )


def test_those_who_come_after_the_last_count_do_not_lie_apart(batch, bram, gerd, chiara):
    """What was copied in random order before is copied once more, together with them."""
    ready(batch, bram, gerd)
    wave = batch.collector.wave
    earlier = [earlier_response(batch).pk for _ in range(3)]
    closed_days_ago(wave, chiara, 0)
    paper_entry.confirm(batch=batch, by=chiara)
    wave.refresh_from_db()
    release(wave)
    shuffle_closed(wave)
    assert set(Response.objects.values_list("is_shuffled", flat=True)) == {True}
    assert not Response.objects.filter(pk__in=earlier).exists()


def test_confirmed_sheets_are_counted_by_the_next_release(chiara, unit_b, bram, gerd):
    collector = paper_collector(broad_wave(chiara, confidential=True), unit=unit_b)
    batch = paper_entry.start_batch(collector=collector, by=bram)
    typed(batch, bram, 3, why=["Long wait"])
    paper_entry.finish_typing(batch=batch, by=bram)
    typed_again(batch, gerd)
    paper_entry.confirm(batch=batch, by=chiara)
    assert release(collector.wave) == 3
    assert Answer.objects.filter(question="overall", value="4").count() == 3
    assert list(Comment.objects.values_list("text", flat=True)) == ["Long wait"] * 3
    assert recount(collector.wave) == []


# ---------- throwing away ----------


def test_a_batch_that_is_thrown_away_leaves_no_sheet_and_no_answer(batch, bram):
    typed(batch, bram, 3)
    paper_entry.discard(batch=batch, by=bram)
    batch.refresh_from_db()
    assert (batch.state, Sheet.objects.count(), Submission.objects.count()) == ("discarded", 0, 0)


def test_a_counted_batch_is_not_thrown_away(batch, bram, gerd, chiara):
    ready(batch, bram, gerd)
    paper_entry.confirm(batch=batch, by=chiara)
    with pytest.raises(NotNow):
        paper_entry.discard(batch=batch, by=chiara)


# ---------- who sees what ----------


def test_batches_are_seen_in_their_unit_and_by_the_cx_team(batch, aino, bram, chiara, dimitri, elif_):
    may = {
        user.username: PaperBatch.objects.for_user(user).exists()
        for user in (aino, bram, chiara, dimitri, elif_)
    }
    assert may == {"aino": False, "bram": True, "chiara": True, "dimitri": False, "elif": False}


def test_batches_of_a_way_in_without_a_unit_are_for_the_cx_team(chiara, bram):
    collector = paper_collector(broad_wave(chiara))
    paper_entry.start_batch(collector=collector, by=chiara)
    assert PaperBatch.objects.for_user(chiara).count() == 1
    assert PaperBatch.objects.for_user(bram).count() == 0
    assert not paper_entry.collectors_to_type_into(bram).exists()
