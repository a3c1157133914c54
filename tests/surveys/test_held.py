"""What came in a flood waits for a person."""

import random
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cxportal.dispatch import due
from surveys import abuse, ballot_box, held, waves
from surveys.abuse import Decision, Verdict
from surveys.brought_in import NotOpen
from surveys.models import HeldSubmission, Mark, Response, Submission
from surveys.models.wave import LATE_DAYS
from surveys.recount import recount
from surveys.release import release, shuffle_closed
from tests.factories import CollectorFactory, UnitFactory
from tests.surveys.contents import content, rating, short_text
from tests.surveys.filled import send
from tests.surveys.respondent import Respondent, open_survey

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hurried_respondents"), pytest.mark.services]

FLOOD = Verdict(Decision.HOLD, is_frequent=False)


@pytest.fixture
def way():
    return open_survey(content([rating("overall"), short_text("city")]))


@pytest.fixture
def flood(monkeypatch):
    monkeypatch.setattr(abuse, "verdict", lambda *_args, **_more: FLOOD)


@pytest.fixture
def collector(chiara):
    collector = CollectorFactory(unit=UnitFactory(code="A"))
    collector.wave = waves.open_wave(wave=collector.wave, by=chiara)
    return collector


def fill(collector, n: int, **more) -> None:
    rng = random.Random(7)
    for _ in range(n):
        assert send(collector, rng, **more).result == "accepted"


def close(collector, *, days_ago: float = 0) -> None:
    type(collector.wave).objects.update(opens_at=timezone.now() - timedelta(days=90))
    waves.close_wave(wave=collector.wave, by=None, at=timezone.now() - timedelta(days=days_ago))
    collector.wave.refresh_from_db()


def boxes() -> tuple[int, int]:
    return Submission.objects.count(), HeldSubmission.objects.count()


# ---------- sending ----------


def test_an_answer_in_a_flood_is_kept_apart(way, flood):
    person = Respondent(f"/en/s/{way.address}/").open().press("send", overall="4", city="Turku")
    assert boxes() == (0, 1)
    assert HeldSubmission.objects.get().content["texts"] == [["city", "Turku"]]
    assert "a person looks at this before they are counted" in person.page


def test_a_double_click_in_a_flood_is_held_once(way, flood):
    person = Respondent(f"/en/s/{way.address}/").open()
    page = person.page
    person.press("send", overall="4")
    person.page = page
    person.press("send", overall="4")
    assert (boxes(), Mark.objects.count()) == ((0, 1), 1)


def test_where_nothing_more_can_be_held_the_answers_stay_on_the_page(way, flood, monkeypatch):
    monkeypatch.setattr(held, "MOST_HELD", 0)
    person = Respondent(f"/en/s/{way.address}/").open().press("send", overall="4", city="Turku")
    assert (person.status, boxes()) == (429, (0, 0))
    assert "Turku" in person.page


def test_room_is_kept_for_those_who_do_not_send_again_and_again(collector, monkeypatch):
    monkeypatch.setattr(held, "MOST_HELD", 3)
    monkeypatch.setattr(held, "FOR_ALL_BUT_FREQUENT", 1)
    fill(collector, 2, is_held=True)
    rooms = [held.has_room(collector.pk, is_frequent=is_frequent) for is_frequent in (True, False)]
    assert rooms == [False, True]


def test_a_small_flood_through_the_pages_is_counted_up_to_the_limit_and_held_beyond(way, monkeypatch):
    monkeypatch.setattr("surveys.views.respond.SECONDS_TO_READ_A_QUESTION", 0)
    type(way).objects.filter(pk=way.pk).update(expected_per_hour=120)  # six a minute from one address
    for _ in range(20):
        Respondent(f"/en/s/{way.address}/").open().press("send", overall="4")
    counted, kept = boxes()
    assert counted + kept == 20
    assert 6 <= counted <= 12  # the minute may end meanwhile


def test_nothing_beside_a_held_answer_says_who_sent_it_or_when(collector):
    fill(collector, 1, is_held=True)
    names = {field.name for field in HeldSubmission._meta.get_fields()}
    assert names == {field.name for field in Submission._meta.get_fields()}


# ---------- deciding ----------


def test_held_answers_are_not_counted_by_a_release(collector):
    fill(collector, 40, is_held=True)
    assert release(collector.wave) == 0
    assert boxes() == (0, 40)


def test_held_answers_that_a_person_counts_are_released_with_the_others(collector, chiara):
    fill(collector, 20)
    fill(collector, 25, is_held=True)
    assert held.count_all(collector=collector, by=chiara) == 25
    assert boxes() == (45, 0)
    assert release(collector.wave) == 35
    assert recount(collector.wave) == []


def test_held_answers_of_another_way_in_stay_held(collector, chiara):
    other = CollectorFactory(wave=collector.wave)
    other.wave = collector.wave
    fill(collector, 3, is_held=True)
    fill(other, 2, is_held=True)
    held.count_all(collector=collector, by=chiara)
    assert list(HeldSubmission.objects.values_list("collector", flat=True)) == [other.pk] * 2


def test_counting_twice_does_no_harm(collector, chiara):
    fill(collector, 3, is_held=True)
    assert [held.count_all(collector=collector, by=chiara) for _ in range(2)] == [3, 0]
    assert boxes() == (3, 0)


def test_discarded_answers_are_gone(collector, chiara):
    fill(collector, 3, is_held=True)
    assert held.discard_all(collector=collector, by=chiara) == 3
    assert boxes() == (0, 0)


def test_a_form_that_was_discarded_is_not_counted_when_it_is_sent_again(collector, chiara):
    number = b"n" * 16
    fill(collector, 1, is_held=True, form_number=number)
    held.discard_all(collector=collector, by=chiara)
    assert send(collector, random.Random(1), form_number=number).result == ballot_box.Result.AGAIN


def test_held_answers_are_counted_after_the_close_and_do_not_lie_apart(collector, chiara):
    fill(collector, 30)
    fill(collector, 5, is_held=True)
    close(collector)
    release(collector.wave)
    shuffle_closed(collector.wave)
    before = set(Response.objects.values_list("pk", flat=True))
    held.count_all(collector=collector, by=chiara)
    release(collector.wave)
    shuffle_closed(collector.wave)
    after = set(Response.objects.values_list("pk", flat=True))
    assert (len(before), len(after), before & after) == (30, 35, set())
    assert recount(collector.wave) == []


def test_long_after_the_close_held_answers_are_not_counted(collector, chiara):
    fill(collector, 3, is_held=True)
    close(collector, days_ago=LATE_DAYS + 1)
    with pytest.raises(NotOpen):
        held.count_all(collector=collector, by=chiara)
    assert boxes() == (0, 3)


@pytest.mark.parametrize(("days", "left"), [(LATE_DAYS - 1, 3), (LATE_DAYS + 1, 0)])
def test_what_nobody_decides_on_expires(collector, days, left):
    fill(collector, 3, is_held=True)
    close(collector, days_ago=days)
    held.let_expire()
    assert HeldSubmission.objects.count() == left


def test_in_an_open_wave_nothing_expires(collector):
    fill(collector, 3, is_held=True)
    held.let_expire(at=timezone.now() + timedelta(days=400))
    assert HeldSubmission.objects.count() == 3


def test_what_expires_is_looked_at_every_day():
    assert "surveys.held_answers_expire" in due.due_jobs()


# ---------- the page ----------


def address(collector, verb: str = "") -> str:
    if verb:
        return reverse("admin:surveys_wave_decide_held", args=[collector.wave_id, collector.pk, verb])
    return reverse("admin:surveys_wave_held", args=[collector.wave_id])


def test_the_page_shows_how_many_are_held(chiara_client, collector):
    fill(collector, 7, is_held=True)
    page = chiara_client.get(address(collector))
    assert page.context["ways_in"] == [(collector, 7)]
    assert address(collector, "count") in page.content.decode()


def test_how_it_goes_says_that_answers_are_held(chiara_client, collector):
    fill(collector, 7, is_held=True)
    page = chiara_client.get(reverse("admin:surveys_wave_progress", args=[collector.wave_id]))
    assert "7 answers came in a flood" in page.content.decode()


@pytest.mark.parametrize(("verb", "left"), [("count", (7, 0)), ("discard", (0, 0))])
def test_deciding_asks_first_and_leaves_a_line(chiara_client, chiara, collector, verb, left):
    fill(collector, 7, is_held=True)
    assert "7 held answers" in chiara_client.get(address(collector, verb)).content.decode()
    assert boxes() == (0, 7)
    chiara_client.post(address(collector, verb))
    assert boxes() == left
    line = chiara.logentry_set.get()
    assert line.change_message == f"held answers of way in {collector.pk}: {verb} 7"


def test_a_manager_sees_the_held_answers_of_the_own_ways_in_and_decides_nothing(
    aino_client, chiara, unit_a, unit_b
):
    mine = CollectorFactory(wave__unit=unit_a, unit=unit_a)
    mine.wave = waves.open_wave(wave=mine.wave, by=chiara)
    other = CollectorFactory(wave=mine.wave, unit=unit_b)
    other.wave = mine.wave
    fill(mine, 2, is_held=True)
    fill(other, 3, is_held=True)
    assert aino_client.get(address(mine)).context["ways_in"] == [(mine, 2)]
    codes = [aino_client.post(address(one, "count")).status_code for one in (mine, other)]
    assert (codes, boxes()) == ([403, 403], (0, 5))


def test_nobody_out_of_scope_reaches_held_answers(collector, bram_client, dimitri_client, elif_client):
    clients = (bram_client, dimitri_client, elif_client)
    pages = {
        client.get(page).status_code
        for client in clients
        for page in (address(collector), address(collector, "count"))
    }
    assert pages <= {403, 404}


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_held_answers_needs_a_fixed_number_of_queries(
    chiara_client, collector, count, django_assert_num_queries
):
    for _ in range(count):
        more = CollectorFactory(wave=collector.wave)
        more.wave = collector.wave
        fill(more, 1, is_held=True)
    chiara_client.get(address(collector))
    with django_assert_num_queries(10):
        chiara_client.get(address(collector))
