from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from cxportal.keys import store
from cxportal.organisation.models import Language
from surveys import waves
from surveys.models import Collector, Wave
from surveys.waves import CannotOpen, keep_the_calendar, open_wave
from tests.factories import (
    ChoiceFactory,
    CollectorFactory,
    QuestionFactory,
    SurveyFactory,
    UnitFactory,
    WaveFactory,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


def test_opening_freezes_promise_version_and_tree_and_makes_the_key(chiara):
    UnitFactory(code="desk", parent=UnitFactory(code="office", parent=UnitFactory(code="region")))
    wave = open_wave(wave=CollectorFactory().wave, by=chiara, at=NOON)
    wave.refresh_from_db()
    assert (wave.state, wave.privacy_frozen_at, wave.opens_at) == ("open", NOON, NOON)
    assert wave.unit_paths == {"desk": ["office", "region"], "office": ["region"]}
    assert store.exists(wave.key_name)


def test_what_keeps_a_wave_from_opening_is_said(chiara):
    wave = WaveFactory(breakdowns=["weather", "question:nothing", "unit"], pairs=[["unit", "mode"]])
    with pytest.raises(CannotOpen) as refused:
        open_wave(wave=wave, by=chiara)
    assert refused.value.faults == [
        "“weather” is no breakdown.",
        "“question:nothing” is no question of this survey.",
        "The pair “unit × mode” has a part that is not declared by itself.",
        "The wave has no way in yet: add a link, a mailing or staff entry.",
    ]


def test_at_most_six_questions_are_breakdowns(chiara):
    wave = CollectorFactory(wave__breakdowns=["question:overall"] * 7, wave__pairs=[]).wave
    with pytest.raises(CannotOpen, match="At most 6 questions"):
        open_wave(wave=wave, by=chiara)


def test_an_unpublished_survey_does_not_open(chiara):
    wave = Wave.objects.create(survey=SurveyFactory(), code="w", name="W")
    with pytest.raises(CannotOpen, match="has not been published"):
        open_wave(wave=wave, by=chiara)


def test_a_wave_opens_once(chiara):
    wave = open_wave(wave=CollectorFactory().wave, by=chiara)
    with pytest.raises(CannotOpen, match="was opened before"):
        open_wave(wave=wave, by=chiara)


def test_the_clock_opens_only_what_a_person_has_made_ready_and_closes_what_is_over():
    ready = CollectorFactory(wave__opens_at=NOON, wave__opens_by_itself=True).wave
    unready = CollectorFactory(wave__opens_at=NOON).wave
    keep_the_calendar(at=NOON - timedelta(minutes=1))
    assert set(Wave.objects.values_list("state", flat=True)) == {"draft"}
    keep_the_calendar(at=NOON)
    ready.refresh_from_db()
    unready.refresh_from_db()
    assert (ready.state, unready.state) == ("open", "draft")
    Wave.objects.filter(pk=ready.pk).update(closes_at=NOON + timedelta(days=1))
    keep_the_calendar(at=NOON + timedelta(days=1))
    ready.refresh_from_db()
    assert (ready.state, ready.closes_at) == ("closed", NOON + timedelta(days=1))


@pytest.mark.parametrize(
    ("repeat", "ends"),
    [("monthly", datetime(2026, 5, 1, tzinfo=UTC)), ("quarterly", datetime(2026, 7, 1, tzinfo=UTC))],
)
def test_a_continuous_survey_opens_its_next_wave_by_itself_under_the_same_address(chiara, repeat, ends):
    first = CollectorFactory(wave__repeat=repeat, wave__closes_at=datetime(2026, 4, 1, tzinfo=UTC))
    address = first.address
    open_wave(wave=first.wave, by=chiara, at=NOON)
    Wave.objects.update(closes_at=datetime(2026, 4, 1, tzinfo=UTC))
    keep_the_calendar(at=datetime(2026, 4, 1, tzinfo=UTC))
    following = Wave.objects.get(state="open")
    assert (following.opens_at, following.closes_at) == (datetime(2026, 4, 1, tzinfo=UTC), ends)
    assert Collector.objects.get(address=address).wave == following
    assert following.key_name != first.wave.key_name


@pytest.mark.parametrize(
    ("repeat", "ends"),
    [("monthly", "2026-12-01T00:00:00+02:00"), ("quarterly", "2027-02-01T00:00:00+02:00")],
)
def test_a_continuous_survey_without_an_end_is_open_until_its_period_is_over(chiara, repeat, ends):
    wave = CollectorFactory(wave__repeat=repeat).wave
    opened = open_wave(wave=wave, by=chiara, at=datetime(2026, 11, 22, 15, 30, tzinfo=UTC))
    assert timezone.localtime(opened.closes_at).isoformat() == ends


def test_a_paused_wave_whose_key_is_lost_does_not_go_on(chiara):
    wave = open_wave(wave=CollectorFactory().wave, by=chiara)
    waves.pause(wave=wave, by=chiara)
    store.destroy(wave.key_name)
    with pytest.raises(CannotOpen, match="key of this wave is lost"):
        waves.resume(wave=wave, by=chiara)


# ---------- languages ----------


@pytest.fixture
def offered():
    for code in ("en", "fi"):
        Language.objects.update_or_create(code=code, defaults={"is_offered": True})


def test_a_wave_does_not_open_in_a_language_that_is_not_ready(chiara, offered):
    wave = CollectorFactory(wave__languages=["en", "fi"]).wave
    with pytest.raises(CannotOpen) as refused:
        open_wave(wave=wave, by=chiara)
    assert refused.value.faults == [
        "These languages are not ready: Suomi. The page of the publication says why."
    ]


def test_a_wave_without_chosen_languages_opens_in_those_that_are_ready(chiara, offered):
    assert open_wave(wave=CollectorFactory().wave, by=chiara).languages == ["en"]


def test_the_next_wave_leaves_out_a_language_that_its_version_lacks(chiara, offered):
    wave = CollectorFactory(wave__repeat="monthly").wave
    open_wave(wave=wave, by=chiara, at=NOON)
    Wave.objects.update(closes_at=NOON + timedelta(days=9), languages=["en", "fi"])
    keep_the_calendar(at=NOON + timedelta(days=9))
    assert Wave.objects.get(state="open").languages == ["en"]


def test_a_next_wave_that_cannot_open_does_not_keep_the_last_one_open(chiara, caplog):
    wave = CollectorFactory(wave__repeat="monthly").wave
    open_wave(wave=wave, by=chiara, at=NOON)
    Wave.objects.update(closes_at=NOON + timedelta(days=9), breakdowns=["weather"])
    keep_the_calendar(at=NOON + timedelta(days=9))
    assert sorted(Wave.objects.values_list("state", flat=True)) == ["closed", "draft"]
    assert "something is missing" in caplog.text


# ---------- who sees which wave ----------


def seen(user) -> list[str]:
    return sorted(Wave.objects.for_user(user).values_list("name", flat=True))


def test_a_manager_sees_a_wave_of_the_whole_agency_that_reaches_their_unit(
    aino, elif_, chiara, unit_a, unit_b, agency_unit
):
    CollectorFactory(wave__name="way in A", unit=unit_a)
    CollectorFactory(wave__name="way in B", unit=unit_b)
    CollectorFactory(wave__name="way in above", unit=agency_unit)
    CollectorFactory(wave__name="no unit")
    wave = WaveFactory(name="choice A")
    part = wave.survey.parts.first()
    ChoiceFactory(question=QuestionFactory(part=part, single=True), unit=unit_a)
    assert seen(aino) == ["choice A", "way in A", "way in above"]
    assert seen(elif_) == ["way in B", "way in above"]
    assert len(seen(chiara)) == 5


def test_a_wave_of_another_unit_is_not_seen_for_its_way_in(aino, unit_a, unit_b):
    CollectorFactory(wave__unit=unit_b, unit=unit_a)
    assert seen(aino) == []


def test_staff_without_results_see_no_wave(bram, unit_b):
    CollectorFactory(unit=unit_b)
    assert seen(bram) == []
