"""Reminders go to those whose link was not used, once per round."""

import random
from datetime import timedelta

import pytest

from cxportal.dispatch.models import Message
from cxportal.keys import store
from panels import mailing as mailings
from panels import reminders, upkeep
from panels.models import Invitation, Mailing, Member, Reminder
from surveys import ballot_box
from surveys.models import Ticket, Wave
from tests.panels.mailings import MONDAY, any_hour, fill, new_mailing, new_panel, open_wave, started
from tests.surveys.filled import content

pytestmark = pytest.mark.django_db
AFTER_A_WEEK = MONDAY + timedelta(days=7)


@pytest.fixture
def mailing(settings, tmp_path) -> Mailing:
    """Three people were invited and got their message."""
    settings.KEYS_FOLDER = tmp_path / "keys"
    any_hour()
    panel = new_panel()
    fill(panel, 3)
    mailing = started(new_mailing(open_wave(), panel, reminder_days=[7]))
    upkeep.carry_on(mailing=mailing, at=MONDAY)
    arrive()
    return mailing


def arrive() -> None:
    Message.objects.filter(state="queued").update(state="accepted", final_at=MONDAY, fenced_at=MONDAY)


def answer(mailing: Mailing, invitation: Invitation) -> None:
    outcome = ballot_box.put_in(
        collector=mailing.collector,
        version=mailing.wave.version,
        content=content(random.Random(1)),
        form_number=b"1234567890123456",
        token=mailings.token_of(invitation),
    )
    assert outcome.result == "accepted"


def reminded() -> list[str]:
    return sorted(Message.objects.filter(purpose="reminder").values_list("address", flat=True))


def test_who_answered_is_not_reminded(mailing):
    answer(mailing, Invitation.objects.select_related("member", "ticket", "wave").first())
    upkeep.carry_on(mailing=mailing, at=AFTER_A_WEEK)
    assert reminded() == ["person1@mail.example", "person2@mail.example"]


def test_a_round_says_how_many_were_reminded_had_answered_and_were_left_out(mailing):
    first, second, _third = Invitation.objects.select_related("member", "ticket", "wave").order_by("pk")
    answer(mailing, first)
    Member.objects.filter(pk=second.member_id).update(opted_out_at=MONDAY)
    upkeep.carry_on(mailing=mailing, at=AFTER_A_WEEK)
    row = Reminder.objects.get()
    assert (row.reminded, row.answered, row.left_out) == (1, 1, 1)


def test_nobody_is_reminded_before_the_day(mailing):
    upkeep.carry_on(mailing=mailing, at=AFTER_A_WEEK - timedelta(hours=1))
    assert reminded() == []


def test_a_round_that_runs_twice_reminds_once(mailing):
    upkeep.carry_on(mailing=mailing, at=AFTER_A_WEEK)
    upkeep.carry_on(mailing=mailing, at=AFTER_A_WEEK)
    reminders.remind(reminder=Reminder.objects.get(), at=AFTER_A_WEEK)
    assert len(reminded()) == 3


def test_a_round_that_was_cut_off_goes_on_behind_what_was_done(mailing, monkeypatch):
    monkeypatch.setattr(reminders, "ROWS_AT_A_TIME", 1)
    some = reminders._remind_some
    calls = []

    def dies(*args):
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("killed")
        return some(*args)

    monkeypatch.setattr(reminders, "_remind_some", dies)
    with pytest.raises(RuntimeError):
        upkeep.carry_on(mailing=mailing, at=AFTER_A_WEEK)
    upkeep.carry_on(mailing=mailing, at=AFTER_A_WEEK)
    assert (len(reminded()), Reminder.objects.get().reminded) == (3, 3)


@pytest.mark.parametrize("state", ["bounced", "refused", "cancelled", "expired"])
def test_whom_the_first_message_did_not_reach_is_not_reminded_of_it(mailing, state):
    Message.objects.filter(address="person0@mail.example").update(state=state)
    upkeep.carry_on(mailing=mailing, at=AFTER_A_WEEK)
    assert reminded() == ["person1@mail.example", "person2@mail.example"]


def test_a_message_of_unknown_fate_is_followed_by_its_reminder(mailing):
    Message.objects.filter(address="person0@mail.example").update(state="unknown", final_at=None)
    upkeep.carry_on(mailing=mailing, at=AFTER_A_WEEK)
    assert len(reminded()) == 3


def test_the_link_of_a_reminder_is_that_of_the_invitation(mailing):
    upkeep.carry_on(mailing=mailing, at=AFTER_A_WEEK)
    links = Message.objects.filter(address="person0@mail.example").values_list("data__link", flat=True)
    assert (len(links), len(set(links))) == (2, 1)


def test_a_paused_wave_puts_the_round_off(mailing):
    Wave.objects.update(state="paused")
    upkeep.carry_on(mailing=mailing, at=AFTER_A_WEEK)
    assert (reminded(), Reminder.objects.get().queued_at) == ([], None)


def test_a_closed_wave_is_not_reminded_of(mailing):
    Wave.objects.update(state="closed")
    upkeep.carry_on(mailing=mailing, at=AFTER_A_WEEK)
    assert reminded() == []


def test_without_the_key_nobody_can_know_so_nobody_is_reminded(mailing):
    store.destroy(mailing.wave.key_name)
    upkeep.carry_on(mailing=mailing, at=AFTER_A_WEEK)
    assert reminded() == []


def test_after_the_last_round_nobody_can_compute_who_answered(mailing):
    upkeep.carry_on(mailing=mailing, at=AFTER_A_WEEK)
    arrive()
    upkeep.carry_on(mailing=mailing, at=AFTER_A_WEEK)
    mailing.refresh_from_db()
    links = [message.data.get("link") for message in Message.objects.all()]
    sealed = list(Ticket.objects.values_list("sealed_token", flat=True))
    assert (mailing.state, set(sealed), set(links)) == ("done", {None}, {None})
