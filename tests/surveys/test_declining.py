"""Not taking part in one wave, said before anybody is asked."""

from datetime import UTC, datetime

import pytest

from cxportal.dispatch.models import Suppression
from cxportal.dispatch.suppression import suppress
from surveys import declining, waves
from surveys.models import Wave
from tests.factories import CollectorFactory, MessageFactory, WaveFactory
from tests.surveys.declined import has_declined

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hurried_respondents")]


@pytest.fixture
def wave():
    return WaveFactory()


def test_whoever_declined_has_declined_in_every_spelling(wave):
    declining.decline(wave=wave, address="Aino@Mail.Example")
    declining.decline(wave=wave, address="+358 40 1234567")
    spellings = ["aino@mail.example", "AINO@mail.example", "+358401234567", "+358 (40) 123 4567"]
    assert [has_declined(wave, address) for address in spellings] == [True] * 4


def test_somebody_else_has_not_declined(wave):
    declining.decline(wave=wave, address="aino@mail.example")
    assert not has_declined(wave, "bram@mail.example")


def test_declining_holds_for_one_wave(wave):
    declining.decline(wave=wave, address="aino@mail.example")
    assert not has_declined(WaveFactory(), "aino@mail.example")


def test_who_unsubscribed_from_something_else_has_not_declined_this_wave(wave):
    suppress(address="aino@mail.example", scope="panel:1", reason="opt_out")
    assert not has_declined(wave, "aino@mail.example")


def test_the_address_itself_is_not_kept(wave):
    declining.decline(wave=wave, address="aino@mail.example")
    kept = " ".join(str(value) for value in Suppression.objects.values_list(flat=False).get())
    assert ("aino" in kept, "mail.example" in kept) == (False, False)


def test_what_is_queued_under_the_scope_of_the_wave_is_not_sent(wave):
    ours = MessageFactory(address="aino@mail.example", unsubscribe_scope=declining.scope_of(wave))
    other = MessageFactory(address="aino@mail.example", unsubscribe_scope="panel:1")
    declining.decline(wave=wave, address="aino@mail.example")
    for message in (ours, other):
        message.refresh_from_db()
    assert (ours.state, other.state) == ("cancelled", "queued")


def test_when_the_wave_closes_nothing_is_remembered_of_who_declined(wave):
    other = WaveFactory()
    for one in (wave, other):
        declining.decline(wave=one, address="aino@mail.example")
    CollectorFactory(wave=wave)
    waves.open_wave(wave=wave, by=None)
    waves.close_wave(wave=wave, by=None)
    assert Suppression.objects.get().scope == declining.scope_of(other)


def test_who_declined_a_continuous_survey_is_not_asked_in_its_next_wave():
    ends = datetime(2026, 4, 1, tzinfo=UTC)
    wave = CollectorFactory(wave__repeat="monthly", wave__closes_at=ends).wave
    waves.open_wave(wave=wave, by=None, at=datetime(2026, 3, 1, tzinfo=UTC))
    Wave.objects.update(closes_at=ends)
    declining.decline(wave=wave, address="aino@mail.example")
    waves.keep_the_calendar(at=ends)
    following = wave.survey.waves.exclude(pk=wave.pk).get()
    assert [has_declined(one, "aino@mail.example") for one in (wave, following)] == [False, True]
