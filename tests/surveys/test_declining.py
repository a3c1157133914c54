"""Not taking part in one wave, said before anybody is asked."""

import pytest

from cxportal.dispatch.models import Suppression
from cxportal.dispatch.suppression import suppress
from surveys import declining, waves
from tests.factories import CollectorFactory, MessageFactory, WaveFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hurried_respondents")]


@pytest.fixture
def wave():
    return WaveFactory()


def test_whoever_declined_has_declined_in_every_spelling(wave):
    declining.decline(wave=wave, address="Aino@Mail.Example")
    declining.decline(wave=wave, address="+358 40 1234567")
    spellings = ["aino@mail.example", "AINO@mail.example", "+358401234567", "+358 (40) 123 4567"]
    assert [declining.has_declined(wave, address) for address in spellings] == [True] * 4


def test_somebody_else_has_not_declined(wave):
    declining.decline(wave=wave, address="aino@mail.example")
    assert not declining.has_declined(wave, "bram@mail.example")


def test_declining_holds_for_one_wave(wave):
    declining.decline(wave=wave, address="aino@mail.example")
    assert not declining.has_declined(WaveFactory(), "aino@mail.example")


def test_who_unsubscribed_from_something_else_has_not_declined_this_wave(wave):
    suppress(address="aino@mail.example", scope="panel:1", reason="opt_out")
    assert not declining.has_declined(wave, "aino@mail.example")


def test_the_address_itself_is_not_kept(wave):
    declining.decline(wave=wave, address="aino@mail.example")
    kept = " ".join(str(value) for value in Suppression.objects.values_list(flat=False).get())
    assert ("aino" in kept, "mail.example" in kept) == (False, False)


def test_of_many_addresses_those_that_declined_are_named_as_they_were_given(wave, django_assert_num_queries):
    many = [f"Person{number}@mail.example" for number in range(1200)]
    for address in (many[0], many[600], many[1199], "+358401234567"):
        declining.decline(wave=wave, address=address.lower())
    asked = [*many, "+358 40 1234567", "no address", ""]
    declining.has_declined(wave, "the key is read once")
    with django_assert_num_queries(4):  # is there any, and three times 500
        found = declining.declined_among(wave, asked)
    assert found == {many[0], many[600], many[1199], "+358 40 1234567"}


def test_a_batch_without_a_possible_address_does_not_end_the_search(wave):
    declining.decline(wave=wave, address="aino@mail.example")
    assert declining.declined_among(wave, [*["nothing"] * 600, "aino@mail.example"]) == {"aino@mail.example"}


def test_where_nobody_declined_no_key_is_needed(wave, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert declining.declined_among(wave, ["aino@mail.example"]) == set()


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
