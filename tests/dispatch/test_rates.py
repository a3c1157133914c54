from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from cxportal.dispatch import rates
from cxportal.dispatch.gateways.base import Outcome
from cxportal.dispatch.models import GatewayState, Message, Reason
from cxportal.dispatch.sending import send_due
from tests.dispatch.fake_gateway import FakeGateway
from tests.factories import BatchFactory, MessageFactory

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def gateway_state(**changes):
    return GatewayState.objects.create(channel="email", **changes)


def pause_in_minutes():
    open_until = GatewayState.objects.get().open_until
    return open_until and round((open_until - timezone.now()).total_seconds() / 60)


def test_rate_lets_through_what_has_gathered():
    gateway_state(rate_per_minute=6, tokens=3)  # a fourth never fits in, however slow the machine
    MessageFactory.create_batch(5)
    assert send_due(gateway=FakeGateway()) == 3


def test_looking_for_urgent_messages_uses_up_nothing_of_the_rate():
    gateway_state(rate_per_minute=18, tokens=10)  # no more than ten and a half can gather
    MessageFactory.create_batch(5, batch=BatchFactory())
    assert send_due(gateway=FakeGateway()) == 5
    assert 5 <= GatewayState.objects.get().tokens <= 5.5


def test_rate_gathers_no_more_than_from_tick_to_tick():
    gateway_state(rate_per_minute=60, refilled_at=timezone.now() - timedelta(days=1))
    assert rates.take_allowance("email", 100) == 35


def test_without_a_rate_everything_goes():
    gateway_state()
    assert rates.take_allowance("email", 64) == 64


def test_nineteen_errors_do_not_pause_the_gateway():
    rates.note_errors("email", 19, "connection refused")
    assert pause_in_minutes() is None


def test_twenty_errors_in_a_row_pause_the_gateway():
    rates.note_errors("email", 19, "connection refused")
    rates.note_errors("email", 1, "connection refused")
    assert pause_in_minutes() == 1


def test_paused_gateway_is_left_alone():
    gateway_state(open_until=timezone.now() + timedelta(minutes=1))
    MessageFactory()
    gateway = FakeGateway()
    assert send_due(gateway=gateway) == 0
    assert Message.objects.get().tries == 0


def test_each_further_pause_is_twice_as_long_and_at_most_half_an_hour():
    pauses = []
    rates.note_errors("email", 19, "connection refused")
    for _ in range(7):
        rates.note_errors("email", 1, "connection refused")
        pauses.append(pause_in_minutes())
        GatewayState.objects.update(open_until=Now() - timedelta(seconds=1))
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_errors_that_come_in_while_it_is_paused_do_not_lengthen_the_pause():
    rates.note_errors("email", 20, "connection refused")
    rates.note_errors("email", 8, "connection refused")
    assert pause_in_minutes() == 1


def test_one_message_taken_ends_the_count_and_the_pause():
    gateway_state(
        failures=25, delay_seconds=120, open_until=timezone.now() - timedelta(seconds=1), last_error="x"
    )
    MessageFactory()
    send_due(gateway=FakeGateway())
    state = GatewayState.objects.get()
    assert (state.failures, state.delay_seconds, state.open_until, state.last_error) == (0, 0, None, "")


def test_refusal_of_a_recipient_is_no_error_of_the_gateway():
    MessageFactory.create_batch(30)
    send_due(gateway=FakeGateway(Outcome.refused(Reason.RECIPIENT_REFUSED, "550 no")))
    assert rates.is_paused("email") is False
