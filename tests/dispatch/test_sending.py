import time
from datetime import timedelta
from itertools import chain, repeat

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.utils import timezone

from cxportal.dispatch import claiming, reaping, tasks
from cxportal.dispatch.gateways.base import Outcome
from cxportal.dispatch.mailings import decide_unknown, hold, release, stop
from cxportal.dispatch.models import (
    LAPSES_TO_GO_ALONE,
    GatewayState,
    Message,
    OutboxMail,
    Reason,
    Suppression,
)
from cxportal.dispatch.outcomes import MOST_TRIES
from cxportal.dispatch.queueing import new_batch, queue
from cxportal.dispatch.sending import send_due
from cxportal.dispatch.suppression import suppress
from tests.dispatch.fake_gateway import FakeGateway
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def queued(number=1, **changes):
    return queue(
        **{
            "cause": f"wave1:member{number}:invitation",
            "purpose": "invitation",
            "channel": "email",
            "address": f"person{number}@example.org",
            "template": "test",
            "language": "en",
            "unsubscribe_scope": "panel:1",
            **changes,
        }
    )


def states(*fields):
    return list(Message.objects.order_by("pk").values_list(*(fields or ["state"]), flat=len(fields) < 2))


def minutes_until_due(message):
    message.refresh_from_db()
    return round((message.due_at - timezone.now()).total_seconds() / 60)


def test_due_messages_are_handed_over_and_accepted():
    queued(1), queued(2)
    gateway = FakeGateway()
    assert send_due(gateway=gateway) == 2
    assert gateway.sent == ["person1@example.org", "person2@example.org"]
    assert states("state", "tries") == [("accepted", 1), ("accepted", 1)]


def test_mailing_that_runs_well_is_written_down_message_by_message():
    """From the third fence on, one statement writes what was accepted and fences the next."""
    batch = new_batch(name="Spring")
    for number in range(6):
        queued(number, batch=batch)
    gateway = FakeGateway()
    assert send_due(gateway=gateway) == 6
    assert len(set(gateway.sent)) == 6
    assert states("state", "reason", "tries") == [("accepted", "", 1)] * 6


def test_message_of_another_channel_is_left_alone():
    queued(channel="sms", address="+358401234567")
    assert send_due(gateway=FakeGateway(), channel="email") == 0


def test_accepted_message_is_never_sent_again():
    queued()
    send_due(gateway=FakeGateway())
    again = FakeGateway()
    assert send_due(gateway=again) == 0
    assert again.sent == []


def test_message_due_later_waits():
    queued(due_at=timezone.now() + timedelta(hours=1))
    assert send_due(gateway=FakeGateway()) == 0
    assert states() == ["queued"]


def test_urgent_message_goes_before_a_mailing():
    batch = new_batch(name="Spring")
    queued(1, batch=batch), queued(2, batch=batch), queued(3)
    gateway = FakeGateway()
    send_due(gateway=gateway)
    assert gateway.sent == ["person3@example.org", "person1@example.org", "person2@example.org"]


def test_opt_out_between_claim_and_fence_stops_the_message():
    queued()
    opt_out = FakeGateway(
        before_fence=lambda message: suppress(address=message.address, scope="panel:1", reason="opt_out")
    )
    send_due(gateway=opt_out)
    assert opt_out.sent == []
    assert states("state", "reason") == [("cancelled", "unsubscribed")]


def test_suppressed_before_it_was_queued_is_cancelled_at_the_fence():
    suppress(address="person1@example.org", scope="panel:1", reason="opt_out")
    queued()
    gateway = FakeGateway()
    send_due(gateway=gateway)
    assert gateway.sent == []
    assert states("state", "reason") == [("cancelled", "unsubscribed")]


@pytest.mark.parametrize(
    ("scope_of_message", "scope", "reason", "is_sent"),
    [
        ("panel:1", "panel:1", "opt_out", False),
        ("panel:1", "panel:2", "opt_out", True),
        ("panel:1", "", "opt_out", False),
        ("panel:1", "", "erased", False),
        ("", "", "opt_out", True),
        ("", "", "complaint", True),
        ("", "", "hard_bounce", False),
        ("", "", "erased", False),
        ("", "", "staff", False),
        ("", "panel:1", "opt_out", True),
    ],
)
def test_suppression_stops_what_it_names(scope_of_message, scope, reason, is_sent):
    suppress(address="person1@example.org", scope=scope, reason=reason)
    queued(unsubscribe_scope=scope_of_message)
    gateway = FakeGateway()
    send_due(gateway=gateway)
    assert bool(gateway.sent) is is_sent


@pytest.mark.parametrize(
    ("scope_of_message", "scope", "reason"),
    [("panel:1", "panel:1", "opt_out"), ("panel:1", "", "complaint"), ("", "", "erased")],
)
def test_suppression_cancels_what_waits(scope_of_message, scope, reason):
    queued(1, unsubscribe_scope=scope_of_message), queued(2)
    suppress(address="Person1@Example.org", scope=scope, reason=reason)
    assert states() == ["cancelled", "queued"]


def test_lease_over_before_the_fence_leaves_the_message_to_others():
    queued()
    slept = FakeGateway(
        before_fence=lambda message: Message.objects.update(lease_until=Now() - timedelta(seconds=1))
    )
    send_due(gateway=slept, worker="sleeper", stop_when=chain([False, False], repeat(True)).__next__)
    assert slept.sent == []
    gateway = FakeGateway()
    send_due(gateway=gateway)
    assert gateway.sent == ["person1@example.org"]


def test_claim_whose_lease_is_over_is_taken_up_by_another_worker():
    queued()
    claiming.claim(worker="dead", channel="email")
    Message.objects.update(lease_until=Now() - timedelta(seconds=1))
    gateway = FakeGateway()
    send_due(gateway=gateway)
    assert states("state", "tries") == [("accepted", 1)]


def dead_in_the_middle(**changes):
    message = queued(**changes)
    claiming.claim(worker="dead", channel="email")
    claiming.fence(worker="dead", ids=[message.pk])
    Message.objects.update(lease_until=Now() - timedelta(seconds=1))
    return message


def test_message_in_the_hands_of_a_dead_worker_becomes_unknown_and_stays():
    dead_in_the_middle()
    assert reaping.reap() == 1
    assert send_due(gateway=FakeGateway()) == 0
    assert states("state", "reason") == [("unknown", "worker_lost")]


def test_message_that_must_not_be_missed_is_sent_once_more_and_flagged():
    message = dead_in_the_middle(policy="never_missed")
    reaping.reap()
    send_due(gateway=FakeGateway())
    assert states("state", "is_possible_double", "message_id") == [("accepted", True, message.message_id)]


def test_message_that_must_not_be_missed_is_not_sent_a_third_time():
    dead_in_the_middle(policy="never_missed")
    reaping.reap()
    send_due(gateway=FakeGateway(Outcome.unknown("cut")))
    assert states("state", "reason") == [("unknown", "cut_after_body")]


def test_message_that_must_not_be_missed_is_sent_again_as_long_as_only_workers_die():
    message = dead_in_the_middle(policy="never_missed")
    for deaths in range(2, MOST_TRIES + 1):
        reaping.reap()
        assert states() == ["queued"]
        claiming.claim(worker=f"dead {deaths}", channel="email")
        claiming.fence(worker=f"dead {deaths}", ids=[message.pk])
        Message.objects.update(lease_until=Now() - timedelta(seconds=1))
    reaping.reap()
    assert states("state", "reason", "tries") == [("unknown", "worker_lost", MOST_TRIES)]


def test_slow_acceptance_turns_unknown_into_accepted():
    def reaped_meanwhile(message):
        Message.objects.update(lease_until=Now() - timedelta(seconds=1))
        reaping.reap()
        assert states() == ["unknown"]

    queued()
    send_due(gateway=FakeGateway(after_fence=reaped_meanwhile))
    assert states() == ["accepted"]


def test_refused_recipient_is_final_with_its_reason_and_without_the_address():
    queued()
    send_due(
        gateway=FakeGateway(Outcome.refused(Reason.RECIPIENT_REFUSED, "550 <person1@example.org>\r\nunknown"))
    )
    assert states("state", "reason", "reason_text") == [
        ("refused", "recipient_refused", "550 <[address]> unknown")
    ]


def test_dead_address_is_marked():
    message = queued()
    send_due(gateway=FakeGateway(Outcome.refused(Reason.RECIPIENT_REFUSED, "no", is_address_dead=True)))
    assert list(Suppression.objects.values_list("address_hash", "reason")) == [
        (message.address_hash, "hard_bounce")
    ]


@pytest.mark.parametrize(("tries", "minutes"), [(0, 1), (1, 5), (2, 15), (3, 60), (4, 240), (6, 240)])
def test_message_asked_to_come_later_waits_longer_each_time(tries, minutes):
    message = queued()
    Message.objects.update(tries=tries)
    send_due(gateway=FakeGateway(Outcome.later(Reason.TRY_LATER, "451 later")))
    assert (states("state", "tries"), minutes_until_due(message)) == ([("queued", tries + 1)], minutes)


def test_eighth_try_is_the_last():
    queued()
    Message.objects.update(tries=7)
    send_due(gateway=FakeGateway(Outcome.later(Reason.TRY_LATER, "451 later")))
    assert states("state", "reason") == [("expired", "try_later")]


def test_message_is_given_up_three_days_after_its_first_try():
    queued()
    Message.objects.update(tries=1, first_tried_at=timezone.now() - timedelta(days=3))
    send_due(gateway=FakeGateway(Outcome.later(Reason.TRY_LATER, "451 later")))
    assert states() == ["expired"]


def test_message_that_waited_long_before_its_first_try_is_not_given_up():
    queued()
    Message.objects.update(created_at=timezone.now() - timedelta(days=30))
    send_due(gateway=FakeGateway(Outcome.later(Reason.TRY_LATER, "451 later")))
    assert states() == ["queued"]


def lost_by_workers(times):
    """Claimed by workers that die before they do anything."""
    for _ in range(times):
        claiming.claim(worker="dead", channel="email") or claiming.claim_lapsed(
            worker="dead", channel="email"
        )
        Message.objects.filter(state="claimed").update(lease_until=Now() - timedelta(seconds=1))


def test_workers_that_die_before_they_try_a_message_cost_it_no_try():
    queued()
    lost_by_workers(10)
    send_due(gateway=FakeGateway(Outcome.later(Reason.TRY_LATER, "451 later")))
    assert states("state", "tries") == [("queued", 1)]


def test_messages_lost_again_and_again_are_claimed_alone():
    queued(1), queued(2), queued(3)
    lost_by_workers(LAPSES_TO_GO_ALONE + 1)
    assert len(claiming.claim_lapsed(worker="careful", channel="email")) == 1


def test_days_of_trying_do_not_begin_with_a_claim_that_was_given_back():
    batch = new_batch(name="Spring")
    queued(batch=batch)
    staff = UserFactory()
    send_due(gateway=FakeGateway(before_fence=lambda message: hold(batch=batch, by=staff)))
    assert states("state", "tries", "first_tried_at") == [("queued", 0, None)]


def test_error_of_ours_before_the_fence_does_not_stop_the_others():
    def fails_for_the_first(message):
        if message.address == "person1@example.org":
            raise KeyError("name")

    queued(1), queued(2)
    send_due(gateway=FakeGateway(before_fence=fails_for_the_first))
    assert states("state", "reason", "reason_text") == [
        ("queued", "not_rendered", "KeyError"),
        ("accepted", "", ""),
    ]


def test_error_of_ours_after_the_fence_is_unknown():
    def fails(message):
        raise KeyError("name")

    queued()
    send_due(gateway=FakeGateway(after_fence=fails))
    assert states("state", "reason_text") == [("unknown", "KeyError")]


def test_slow_gateway_is_not_given_what_would_lose_its_lease_meanwhile(settings):
    """What is left is given back in time, so every message is claimed once more instead of lapsing again and again."""
    settings.DISPATCH_LEASE_SECONDS = 3
    for number in range(30):
        queued(number)
    gateway = FakeGateway(before_fence=lambda message: time.sleep(0.15))
    send_due(gateway=gateway)
    assert len(gateway.sent) == 30
    assert set(states("state", "tries")) == {("accepted", 1)}


def test_held_mailing_is_not_claimed_and_goes_on_when_released(chiara):
    batch = new_batch(name="Spring")
    queued(batch=batch)
    hold(batch=batch, by=chiara)
    gateway = FakeGateway()
    assert send_due(gateway=gateway) == 0
    release(batch=batch, by=chiara)
    assert send_due(gateway=gateway) == 1
    assert (batch.state, batch.changed_by) == ("running", chiara)


def test_mailing_held_between_claim_and_fence_goes_back_to_the_queue(chiara):
    batch = new_batch(name="Spring")
    queued(batch=batch)
    gateway = FakeGateway(before_fence=lambda message: hold(batch=batch, by=chiara))
    send_due(gateway=gateway)
    assert gateway.sent == []
    assert states("state", "tries") == [("queued", 0)]


def test_mailing_held_while_it_is_sent_is_not_claimed_over_and_over(chiara):
    batch = new_batch(name="Spring")
    for number in range(6):
        queued(number, batch=batch)
    gateway = FakeGateway(before_fence=lambda message: hold(batch=batch, by=chiara))
    send_due(gateway=gateway)
    assert (gateway.sent, set(states("state", "tries"))) == ([], {("queued", 0)})


def test_stopped_mailing_cancels_everything_not_yet_handed_over(chiara):
    batch = new_batch(name="Spring")
    queued(1, batch=batch)
    send_due(gateway=FakeGateway())
    queued(2, batch=batch), queued(3)
    assert stop(batch=batch, by=chiara) == 1
    assert states("state", "reason") == [("accepted", ""), ("cancelled", "stopped"), ("queued", "")]


def test_mailing_stopped_between_claim_and_fence_is_cancelled(chiara):
    batch = new_batch(name="Spring")
    queued(batch=batch)
    gateway = FakeGateway(before_fence=lambda message: stop(batch=batch, by=chiara))
    send_due(gateway=gateway)
    assert gateway.sent == []
    assert states("state", "reason") == [("cancelled", "stopped")]


def test_stopped_mailing_cannot_be_released(chiara):
    batch = new_batch(name="Spring")
    stop(batch=batch, by=chiara)
    assert release(batch=batch, by=chiara) is False
    assert batch.state == "stopped"


def test_message_that_came_back_after_the_stop_is_cancelled_by_the_reaper(chiara):
    batch = new_batch(name="Spring")
    stop(batch=batch, by=chiara)
    queued(batch=batch)
    reaping.reap()
    assert states("state", "reason") == [("cancelled", "stopped")]


def test_unknown_message_is_sent_again_when_staff_say_so(chiara):
    message = dead_in_the_middle()
    reaping.reap()
    assert decide_unknown(message=message, send_again=True, by=chiara)
    gateway = FakeGateway()
    send_due(gateway=gateway)
    assert gateway.sent == ["person1@example.org"]
    assert states("state", "is_possible_double", "decided_by") == [("accepted", True, chiara.pk)]


def test_unknown_message_is_left_when_staff_say_so(chiara):
    message = dead_in_the_middle()
    reaping.reap()
    assert decide_unknown(message=message, send_again=False, by=chiara)
    assert (states(), list(Message.objects.undecided())) == (["unknown"], [])


def test_unknown_message_is_decided_on_once(chiara):
    message = dead_in_the_middle()
    reaping.reap()
    decide_unknown(message=message, send_again=False, by=chiara)
    assert decide_unknown(message=message, send_again=True, by=chiara) is False
    assert states() == ["unknown"]


def test_message_that_kills_every_worker_is_given_up():
    queued()
    claiming.claim(worker="dead", channel="email")
    Message.objects.update(lapses=20, lease_until=Now() - timedelta(seconds=1))
    reaping.reap()
    assert states("state", "reason") == [("expired", "worker_lost")]


def test_gateway_that_is_away_costs_no_try_and_gives_everything_back():
    class Away(FakeGateway):
        def deliver(self, messages, desk):
            desk.report(next(messages), Outcome.not_tried("connection refused"))

    queued(1), queued(2)
    turns = chain([False, False], repeat(True))
    assert send_due(gateway=Away(), stop_when=turns.__next__) == 0
    assert states("state", "tries", "worker") == [("queued", 0, ""), ("queued", 0, "")]
    assert GatewayState.objects.get().failures == 1


def test_lost_commit_of_a_fence_sends_nothing_and_loses_nothing(monkeypatch):
    """The worker cannot know whether the database took it."""
    queued(1), queued(2)
    real, calls = claiming.fence, []

    def breaks_once(**arguments):
        calls.append(arguments)
        passed = real(**arguments)
        if len(calls) == 1:
            raise OperationalError("server closed the connection unexpectedly")
        return passed

    monkeypatch.setattr(claiming, "fence", breaks_once)
    gateway = FakeGateway()
    send_due(gateway=gateway)
    assert sorted(gateway.sent) == ["person1@example.org", "person2@example.org"]
    assert states("state", "tries") == [("accepted", 1), ("accepted", 1)]


@pytest.mark.parametrize(("channel", "address"), [("email", "p@example.org"), ("sms", "+358401234567")])
def test_in_production_a_message_waits_for_a_gateway(settings, channel, address):
    """The local outbox would count it as accepted, and nobody would have got it."""
    settings.EMAIL_URL = settings.SMS_URL = ""
    settings.PRODUCTION = True
    queued(channel=channel, address=address)
    assert send_due(channel=channel) == 0
    assert states("state", "tries") == [("queued", 0)]
    assert OutboxMail.objects.count() == 0


def test_workers_are_not_woken_for_text_messages_that_wait_for_a_gateway(settings, monkeypatch):
    settings.SMS_URL, settings.EMAIL_URL, settings.PRODUCTION = "", "smtp://mail.example", True
    queued(1, channel="sms", address="+358401234567"), queued(2)
    woken = []
    monkeypatch.setattr(tasks.waking, "wake", lambda channel, workers=1: woken.append(channel))
    monkeypatch.setattr(tasks.due, "due_jobs", list)
    tasks.tick()
    assert woken == ["email"]


def test_while_trying_the_portal_out_text_messages_go_to_the_local_outbox(settings):
    settings.SMS_URL, settings.PRODUCTION = "", False
    queued(channel="sms", address="+358401234567")
    assert send_due(channel="sms") == 1
    assert OutboxMail.objects.get().address == "+358401234567"


def test_without_a_gateway_mail_is_kept_in_the_local_outbox(settings):
    settings.EMAIL_URL = ""
    message = queued()
    send_due()
    kept = OutboxMail.objects.get()
    assert (kept.address, kept.message_id, kept.headers["List-Unsubscribe-Post"]) == (
        "person1@example.org",
        message.message_id,
        "List-Unsubscribe=One-Click",
    )
    assert states() == ["accepted"]


def test_on_sqlite_a_second_sender_of_the_process_steps_back():
    if connection.vendor != "sqlite":
        pytest.skip("other databases have as many senders as wanted")
    queued(1), queued(2)
    second = []
    send_due(gateway=FakeGateway(after_fence=lambda message: second.append(send_due(gateway=FakeGateway()))))
    assert second == [0, 0]
    assert states() == ["accepted", "accepted"]
