"""A topic from every side: counts that hide small numbers, ratings of publications, nothing out of scope."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cxportal import slots
from feedback.models import Tombstone
from feedback.topic_counts import Step, count_by_topic, count_voices, months_of_all, months_until
from surveys import waves
from surveys.models import Version, Wave
from surveys.publication_making import make
from surveys.publications import about
from tests.factories import (
    AssignmentFactory,
    CollectorFactory,
    PublicationFactory,
    TopicFactory,
    VoiceFactory,
    WaveFactory,
)
from tests.surveys.results import closed, fill

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MONTHS = months_until(date(2026, 11, 20), 6)  # June to November; the last three are shown
PAGE = "/en/admin/feedback/topics/waiting/"


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


@pytest.fixture
def topic():
    return TopicFactory(code="waiting", name="Waiting time")


def voices(topic, count, *, month=11, **fields):
    made = VoiceFactory.create_batch(count, received_at=datetime(2026, month, 5, 12, tzinfo=UTC), **fields)
    for item in made:
        item.topics.add(topic)
    return made


def counted(user, topic, code, units=None):
    return next(one for one in count_voices(user, topic, units=units, months=MONTHS) if one.code == code)


def test_kinds_stand_side_by_side(chiara, topic):
    voices(topic, 5, kind="survey_comment")
    voices(topic, 6, kind="observation")
    voices(topic, 7, kind="complaint")
    voices(topic, 5, kind="tip")
    voices(topic, 3, kind="praise")
    found = count_voices(chiara, topic, units=None, months=MONTHS)
    assert [(one.code, one.number) for one in found] == [
        ("comments", 5),
        ("observations", 6),
        ("complaints", 7),
        ("others", 8),
    ]


def test_a_small_number_is_not_told(chiara, topic):
    voices(topic, 4, kind="complaint", tone="negative")
    one = counted(chiara, topic, "complaints")
    assert (one.number, one.negative, one.steps) == (None, None, [])


def test_a_part_is_not_told_where_it_or_the_rest_is_small(chiara, topic):
    voices(topic, 8, kind="complaint", tone="negative")
    voices(topic, 1, kind="complaint", tone="neutral")
    one = counted(chiara, topic, "complaints")
    assert (one.number, one.negative) == (9, None)


def test_time_is_shown_in_the_finest_steps_without_a_small_number(chiara, topic):
    voices(topic, 5, month=9, kind="complaint")
    voices(topic, 10, month=11, kind="complaint")
    assert counted(chiara, topic, "complaints").steps == [
        Step(date(2026, 9, 1), date(2026, 9, 1), 5, 50),
        Step(date(2026, 10, 1), date(2026, 10, 1), 0, 0),
        Step(date(2026, 11, 1), date(2026, 11, 1), 10, 100),
    ]
    voices(topic, 1, month=10, kind="complaint")
    assert counted(chiara, topic, "complaints").steps == []


def test_months_are_joined_where_one_of_them_is_small(chiara, topic):
    voices(topic, 6, month=9, kind="tip")
    voices(topic, 2, month=5, kind="tip")
    voices(topic, 6, month=4, kind="tip")
    found = count_voices(chiara, topic, units=None, months=months_until(date(2026, 9, 20), 12))
    steps = next(one for one in found if one.code == "others").steps
    assert [(step.first.month, step.last.month, step.number) for step in steps] == [(4, 6, 8), (7, 9, 6)]


def test_the_period_before_is_compared(chiara, topic):
    voices(topic, 5, month=7, kind="observation")
    voices(topic, 9, month=10, kind="observation")
    assert counted(chiara, topic, "observations").change == 4


def test_what_was_purged_still_counts_without_complaints_for_units(chiara, bram, topic, unit_b):
    for kind in ["tip", "complaint"]:
        for _ in range(5):
            stone = Tombstone.objects.create(kind=kind, unit=unit_b, month=date(2026, 10, 1))
            stone.topics.add(topic)
    of_team = {one.code: one.number for one in count_voices(chiara, topic, units=None, months=MONTHS)}
    of_unit = {one.code: one.number for one in count_voices(bram, topic, units=None, months=MONTHS)}
    assert (of_team["others"], of_team["complaints"]) == (5, 5)
    assert (of_unit["others"], of_unit["complaints"]) == (5, 0)


def test_all_time_counts_the_oldest_voice_and_compares_with_nothing(chiara_client, topic):
    for year, n in [(2021, 6), (2026, 7)]:
        for item in VoiceFactory.create_batch(
            n, kind="complaint", received_at=datetime(year, 3, 5, tzinfo=UTC)
        ):
            item.topics.add(topic)
    stone = Tombstone.objects.create(kind="tip", month=date(2019, 2, 1))
    stone.topics.add(topic)
    page = chiara_client.get(PAGE, {"months": "all"})
    numbers = {one.code: one.number for _words, one in page.context["counted"]}
    assert numbers["complaints"] == 13
    assert "period before" not in page.content.decode()
    page = chiara_client.get("/en/admin/feedback/topics/", {"months": "all"}).content.decode()
    assert '<span class="cx-th">Complaints</span>13' in page.replace("\n", "")


def test_all_time_is_as_many_years_as_the_oldest_voice_or_tombstone_needs(chiara, topic):
    today = date(2026, 11, 20)
    assert months_of_all(chiara, topic, units=None, today=today) == 12
    VoiceFactory(received_at=datetime(2025, 11, 30, 12, tzinfo=UTC)).topics.add(topic)
    assert months_of_all(chiara, topic, units=None, today=today) == 24
    Tombstone.objects.create(kind="tip", month=date(2024, 11, 1)).topics.add(topic)
    assert months_of_all(chiara, topic, units=None, today=today) == 36


def test_many_months_are_shown_in_longer_steps(chiara, topic):
    for month in (1, 6, 11):
        voices(topic, 5, month=month, kind="complaint")
    found = count_voices(chiara, topic, units=None, months=months_until(date(2026, 11, 20), 2 * 60))
    steps = next(one for one in found if one.code == "complaints").steps
    assert [(len(steps), step.number) for step in steps[-2:]] == [(20, 5), (20, 5)]


def test_a_wave_of_long_ago_stands_in_all_time(rated, chiara_client):
    Wave.objects.filter(pk=rated.pk).update(opens_at=LONG_AGO)
    assert "14 answers" not in chiara_client.get(PAGE).content.decode()
    assert "14 answers" in chiara_client.get(PAGE, {"months": "all"}).content.decode()


def test_spam_does_not_count(chiara, topic):
    for item in voices(topic, 5, kind="complaint"):
        AssignmentFactory(item=item, done=True, outcome="spam")
    assert counted(chiara, topic, "complaints").number == 0


def test_nothing_out_of_scope_counts(bram, topic, unit_a, unit_b, agency_unit):
    voices(topic, 5, kind="complaint", unit=unit_b)
    voices(topic, 20, kind="complaint", unit=unit_a)
    for item in voices(topic, 20, kind="complaint", unit=unit_b, passes_unit=True):
        AssignmentFactory(item=item, unit=agency_unit)
    assert counted(bram, topic, "complaints").number == 5
    assert count_by_topic(bram, units=None, since=MONTHS[0])[topic.pk]["complaints"] == 5


@pytest.fixture
def rated(chiara, agency_unit, unit_a, unit_b, topic):
    """A wave that asks about the topic: twelve answers at counter A, two at counter B."""
    wave = WaveFactory(confidential=True, unit=agency_unit, breakdowns=["unit"], pairs=[])
    content = wave.version.content
    for part in content["parts"]:
        for question in part["questions"]:
            question["topic"] = "waiting" if question["code"] == "overall" else None
    Version.objects.filter(pk=wave.version_id).update(content=content)
    wave = Wave.objects.get(pk=wave.pk)
    for unit in (unit_a, unit_b):
        CollectorFactory(wave=wave, unit=unit, name=unit.code)
    waves.open_wave(wave=wave, by=chiara)
    for name, n in {"A": 12, "B": 2}.items():
        way_in = wave.collectors.select_related("wave").get(name=name)
        fill(way_in, [("fi", {"overall": "4"})] * n)
    make(wave=closed(wave))
    return wave


def test_ratings_come_from_what_was_published(rated, chiara, aino_client):
    shown = about("waiting", chiara, since=LONG_AGO)
    assert [[(one.asked.code, one.n) for one in point.figures.questions] for point in shown] == [
        [("overall", 14)]
    ]
    assert "14 answers" in aino_client.get(PAGE).content.decode()


def test_ratings_of_a_small_group_stay_hidden(rated, chiara_client):
    page = chiara_client.get(PAGE, {"unit": "B"}).content.decode()
    assert "Hidden to protect a small group" in page
    assert "2 answers" not in page


def test_staff_of_a_desk_read_no_ratings(rated, bram_client):
    page = bram_client.get(PAGE).content.decode()
    assert "No wave of this period has published figures" in page


def test_a_manager_reads_no_ratings_of_another_unit(rated, aino):
    assert about("waiting", aino, ("unit", "B"), since=LONG_AGO) == []


def test_a_wave_that_asked_nothing_about_it_is_left_out(rated, chiara):
    assert about("food", chiara, since=LONG_AGO) == []


@pytest.mark.parametrize("months", ["12", "all"])
def test_the_page_takes_a_fixed_number_of_queries(chiara_client, topic, unit_a, rated, months):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert chiara_client.get(PAGE, {"unit": "A", "months": months}).status_code == 200
        return len(captured)

    queries()  # what the first page of a process reads besides
    first = queries()
    voices(topic, 12, unit=unit_a, kind="complaint")
    PublicationFactory.create_batch(3, wave__opens_at=timezone.now())
    assert queries() == first


@pytest.mark.parametrize(
    ("client", "query", "status"),
    [
        ("bram_client", {"unit": "B"}, 200),
        ("bram_client", {"unit": "A"}, 404),
        ("bram_client", {"months": "1"}, 404),
        ("aino_client", {"unit": "agency"}, 404),
        ("chiara_client", {"unit": "agency", "months": "24"}, 200),
        ("elif_client", {}, 403),
        ("dimitri_client", {}, 403),
    ],
)
def test_the_page_opens_for_what_is_in_scope(request, topic, unit_a, unit_b, client, query, status):
    assert request.getfixturevalue(client).get(PAGE, query).status_code == status


def test_the_list_names_every_topic_with_its_counts(chiara_client, topic):
    for item in VoiceFactory.create_batch(6, kind="complaint", received_at=timezone.now()):
        item.topics.add(topic)
    page = chiara_client.get("/en/admin/feedback/topics/").content.decode()
    assert "Waiting time" in page
    assert '<span class="cx-th">Complaints</span>6' in page.replace("\n", "")


def test_an_upper_room_may_put_a_button_beside_the_topic(chiara_client, topic, monkeypatch):
    asked = []
    filling = slots.Filling("portal/brand.html", lambda request, **keywords: asked.append(keywords))
    monkeypatch.setitem(slots._fillings, "topic.actions", [filling])
    chiara_client.get(PAGE)
    assert [(given["topic"], given["unit"]) for given in asked] == [(topic, None)]
