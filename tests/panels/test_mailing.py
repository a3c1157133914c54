"""From the preview to the queue: nothing unseen is started, nobody is asked twice, nobody is missed."""

from datetime import timedelta

import pytest

from cxportal.dispatch import mailings as dispatch_mailings
from cxportal.dispatch.models import Message, Suppression
from cxportal.dispatch.suppression import suppress
from panels import mailing as mailings
from panels import upkeep
from panels.models import Exclusion, Invitation, Mailing, Member, Reason
from panels.preview import preview_of
from surveys import bulk_rows, ways_in
from surveys.models import Profile, Ticket, Wave
from tests.panels.mailings import (
    MONDAY,
    any_hour,
    consent,
    fill,
    new_mailing,
    new_panel,
    open_wave,
    started,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keys(settings, tmp_path):
    settings.KEYS_FOLDER = tmp_path / "keys"


@pytest.fixture
def panel():
    any_hour()
    return new_panel()


def sent(mailing: Mailing, *, at=MONDAY) -> Mailing:
    upkeep.carry_on(mailing=started(mailing, at=at), at=at)
    mailing.refresh_from_db()
    return mailing


def excluded(mailing) -> dict[int, str]:
    return {row.member_id: row.reason for row in Exclusion.objects.filter(mailing=mailing)}


# ---------- who is asked ----------


def test_everybody_in_the_panel_gets_one_message_with_a_link_of_their_own(panel):
    fill(panel, 3)
    mailing = sent(new_mailing(open_wave(), panel))
    messages = Message.objects.filter(batch=mailing.batch)
    assert sorted(messages.values_list("address", "channel")) == [
        (f"person{n}@mail.example", "email") for n in range(3)
    ]
    assert len({message.data["link"] for message in messages}) == 3


def test_the_link_of_an_invitation_opens_the_survey(panel):
    fill(panel, 1)
    mailing = sent(new_mailing(open_wave(), panel))
    token = Message.objects.get().data["link"].rsplit("/", 1)[1]
    link = ways_in.by_token(token)
    assert (link.way.wave_id, link.is_spent) == (mailing.wave_id, False)


def test_a_person_in_two_panels_is_asked_once(panel):
    other = new_panel("employers", kind="employer")
    (row,) = fill(panel, 1)
    consent(other, [other.memberships.create(member=row.member)])
    sent(new_mailing(open_wave(), panel, other))
    assert Message.objects.count() == 1


NOT_ASKED = {
    Reason.OPTED_OUT: {"opted_out_at": MONDAY},
    Reason.PAUSED: {"paused_until": (MONDAY + timedelta(days=3)).date()},
    Reason.BOUNCED: {"mail_state": "hard"},
    Reason.NO_CHANNEL: {"email": "", "phone": "+358401234567"},
    Reason.NO_CONSENT: {"consents": False},
}


@pytest.mark.parametrize("reason", NOT_ASKED)
def test_whoever_is_not_asked_is_kept_with_the_reason(panel, reason):
    fill(panel, 1)
    (row,) = fill(panel, 1, first=1, **NOT_ASKED[reason])
    mailing = sent(new_mailing(open_wave(), panel, channel="email"))
    assert excluded(mailing) == {row.member_id: reason}
    assert Message.objects.get().address == "person0@mail.example"


def test_opted_out_member_gets_no_invitation_of_this_panel(panel):
    fill(panel, 1)
    (row,) = fill(panel, 1, first=1, left_panel_at=MONDAY)
    mailing = sent(new_mailing(open_wave(), panel))
    assert excluded(mailing) == {row.member_id: Reason.OPTED_OUT}


@pytest.mark.parametrize("scope", ["", "panel"])
def test_an_address_on_the_suppression_list_is_not_asked(panel, scope):
    one, _two = fill(panel, 2)
    suppress(
        address=one.member.email,
        scope=scope and panel.unsubscribe_scope,
        reason=Suppression.Reason.OPT_OUT,
    )
    assert excluded(sent(new_mailing(open_wave(), panel))) == {one.member_id: Reason.OPTED_OUT}


def test_who_unsubscribed_from_another_panel_is_asked(panel):
    (row,) = fill(panel, 1)
    suppress(address=row.member.email, scope="panel:999", reason=Suppression.Reason.OPT_OUT)
    assert excluded(sent(new_mailing(open_wave(), panel))) == {}


def test_who_declined_this_wave_is_not_asked(panel):
    one, _two = fill(panel, 2)
    wave = open_wave()
    suppress(address=one.member.email, scope=f"wave:{wave.pk}", reason=Suppression.Reason.OPT_OUT)
    assert excluded(sent(new_mailing(wave, panel))) == {one.member_id: Reason.DECLINED}


def test_a_second_mailing_of_the_wave_leaves_out_who_was_asked(panel):
    wave = open_wave()
    (first,) = fill(panel, 1)
    sent(new_mailing(wave, panel))
    fill(panel, 1, first=1)
    assert excluded(sent(new_mailing(wave, panel))) == {first.member_id: Reason.SAME_WAVE}


def test_who_was_asked_lately_for_another_wave_has_a_rest(panel):
    (first,) = fill(panel, 1)
    sent(new_mailing(open_wave(), panel))
    fill(panel, 1, first=1)
    later = MONDAY + timedelta(days=10)
    assert excluded(sent(new_mailing(open_wave(), panel), at=later)) == {first.member_id: Reason.TOO_RECENT}


def test_who_waits_to_be_asked_for_another_wave_is_left_out(panel):
    (first,) = fill(panel, 1)
    waiting = started(new_mailing(open_wave(), panel, starts_at=MONDAY + timedelta(days=90)))
    upkeep.carry_on(mailing=waiting, at=MONDAY)
    fill(panel, 1, first=1)
    assert excluded(sent(new_mailing(open_wave(), panel))) == {first.member_id: Reason.OTHER_WAVE}


# ---------- language and channel ----------


def test_everybody_is_written_to_in_their_language_or_the_one_of_the_survey(panel):
    fill(panel, 3, language=lambda n: ["fi", "en", "so"][n])
    sent(new_mailing(open_wave(), panel))
    said = Message.objects.order_by("address").values_list("language", "data__title")
    assert list(said) == [
        ("fi", "How was it? (fi)"),
        ("en", "How was it? (en)"),
        ("en", "How was it? (en)"),
    ]


def test_the_preferred_channel_is_taken_if_the_mailing_uses_it(panel):
    fill(panel, 2, phone=lambda n: f"+35840123456{n}", channel=lambda n: ["sms", ""][n])
    sent(new_mailing(open_wave(), panel))
    assert sorted(Message.objects.values_list("channel", "address")) == [
        ("email", "person1@mail.example"),
        ("sms", "+358401234560"),
    ]


def test_a_dead_address_leads_to_the_phone(panel):
    fill(panel, 1, phone="+358401234567", mail_state="hard")
    sent(new_mailing(open_wave(), panel))
    assert Message.objects.get().address == "+358401234567"


# ---------- starting ----------


def faults(mailing, *, seen=None, at=MONDAY) -> list[str]:
    with pytest.raises(mailings.CannotStart) as error:
        mailings.start(
            mailing=mailing,
            seen=preview_of(mailing, at=at).seen_hash if seen is None else seen,
            by=None,
            at=at,
        )
    return error.value.faults


def test_nothing_is_started_unseen(panel):
    fill(panel, 1)
    assert faults(new_mailing(open_wave(), panel), seen="") == [
        "Look at the preview first, and say that you have seen it."
    ]


def test_start_pressed_twice_starts_once(panel):
    fill(panel, 1)
    mailing = new_mailing(open_wave(), panel)
    seen = preview_of(mailing, at=MONDAY).seen_hash
    mailings.start(mailing=mailing, seen=seen, by=None, at=MONDAY)
    assert faults(mailing, seen=seen) == ["This mailing was started before."]


CHANGED = "Who is asked or what they read has changed since the preview: look at it again, then start."


def test_a_changed_audience_is_refused(panel):
    fill(panel, 2)
    mailing = new_mailing(open_wave(), panel)
    seen = preview_of(mailing, at=MONDAY).seen_hash
    Member.objects.first().delete()
    assert faults(mailing, seen=seen) == [CHANGED]


def test_a_changed_text_is_refused(panel):
    fill(panel, 1)
    mailing = new_mailing(open_wave(), panel)
    seen = preview_of(mailing, at=MONDAY).seen_hash
    mailing.texts.create(language="en", subject="Another heading")
    assert faults(mailing, seen=seen) == [CHANGED]


def test_a_language_in_use_without_a_message_is_refused(panel):
    fill(panel, 2, language="sv")
    wave = open_wave(languages=("en", "fi"))
    wave.languages = ["en", "sv"]
    wave.save()
    assert faults(new_mailing(wave, panel)) == ["There is no message in Svenska, which 2 people would get."]


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (
            "draft",
            "The wave is not open: open it first, or let it open by itself before the mailing goes out.",
        ),
        ("paused", "The wave is paused: let it go on first."),
        ("closed", "The wave is closed before the mailing goes out."),
    ],
)
def test_a_wave_that_is_not_open_is_refused(panel, state, sentence):
    fill(panel, 1)
    mailing = new_mailing(open_wave(), panel)
    Wave.objects.filter(pk=mailing.wave_id).update(state=state)
    mailing.wave.refresh_from_db()
    assert faults(mailing) == [sentence]


def test_a_mailing_to_nobody_is_refused(panel):
    assert faults(new_mailing(open_wave(), panel)) == ["Nobody is left to be invited."]


def test_more_reminders_than_the_rule_allows_are_refused(panel):
    fill(panel, 1)
    mailing = new_mailing(open_wave(), panel, reminder_days=[3, 7, 14])
    assert faults(mailing) == ["The contact rule allows at most 2 reminders."]


def test_a_list_wiped_after_the_last_message_cannot_be_reminded(panel):
    contacts = new_panel("calls", kind="contact_list", wipes="after_last_message")
    fill(contacts, 1)
    assert faults(new_mailing(open_wave(), contacts, reminder_days=[7])) == [
        "A list that is wiped after the last message cannot be reminded: take the reminders away."
    ]


# ---------- between starting and sending ----------


def test_a_change_before_the_freezing_sends_the_mailing_back_with_the_reason(panel):
    fill(panel, 2)
    mailing = started(new_mailing(open_wave(), panel))
    fill(panel, 1, first=2)
    upkeep.carry_on(mailing=mailing, at=MONDAY)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.refusal, Message.objects.count()) == ("draft", CHANGED, 0)


def test_a_scheduled_mailing_waits_for_its_time(panel):
    fill(panel, 1)
    mailing = started(new_mailing(open_wave(), panel, starts_at=MONDAY + timedelta(days=2)))
    upkeep.carry_on(mailing=mailing, at=MONDAY + timedelta(days=1))
    assert (Invitation.objects.count(), Message.objects.count()) == (1, 0)
    upkeep.carry_on(mailing=mailing, at=MONDAY + timedelta(days=2))
    assert Message.objects.count() == 1


def test_nobody_is_added_after_the_freezing_and_who_says_no_is_left_out(panel):
    one, two = fill(panel, 2)
    mailing = started(new_mailing(open_wave(), panel, starts_at=MONDAY + timedelta(days=2)))
    upkeep.carry_on(mailing=mailing, at=MONDAY)
    fill(panel, 1, first=2)
    Member.objects.filter(pk=one.member_id).update(opted_out_at=MONDAY)
    upkeep.carry_on(mailing=mailing, at=MONDAY + timedelta(days=2))
    assert [message.address for message in Message.objects.all()] == [two.member.email]
    assert Invitation.objects.get(member=one.member).reason == Reason.OPTED_OUT


def test_a_scheduled_mailing_can_be_taken_back_and_leaves_nothing_behind(panel, chiara):
    fill(panel, 2)
    mailing = started(new_mailing(open_wave(), panel, starts_at=MONDAY + timedelta(days=2)))
    upkeep.carry_on(mailing=mailing, at=MONDAY)
    assert mailings.take_back(mailing=mailing, by=chiara)
    left = [model.objects.count() for model in (Invitation, Ticket, Profile, Exclusion)]
    assert (mailing.state, left) == ("draft", [0, 0, 0, 0])


def test_a_mailing_whose_wave_is_paused_waits(panel):
    fill(panel, 1)
    mailing = started(new_mailing(open_wave(), panel))
    Wave.objects.update(state="paused")
    upkeep.carry_on(mailing=mailing, at=MONDAY)
    assert Message.objects.count() == 0
    Wave.objects.update(state="open")
    upkeep.carry_on(mailing=mailing, at=MONDAY)
    assert Message.objects.count() == 1


def test_a_mailing_ends_with_its_wave(panel):
    fill(panel, 2)
    mailing = sent(new_mailing(open_wave(), panel, reminder_days=[7]))
    Wave.objects.update(state="closed")
    upkeep.carry_on(mailing=mailing, at=MONDAY + timedelta(days=1))
    mailing.refresh_from_db()
    assert (mailing.state, set(Message.objects.values_list("state", flat=True))) == ("stopped", {"cancelled"})


def test_a_mailing_stopped_on_the_pages_of_dispatch_reminds_nobody(panel, chiara):
    fill(panel, 1)
    mailing = sent(new_mailing(open_wave(), panel, reminder_days=[7]))
    dispatch_mailings.stop(batch=mailing.batch, by=chiara)
    upkeep.carry_on(mailing=mailing, at=MONDAY + timedelta(days=8))
    mailing.refresh_from_db()
    assert (mailing.state, Message.objects.count()) == ("stopped", 1)


def test_a_stopped_mailing_cancels_what_was_not_handed_over(panel, chiara):
    fill(panel, 3)
    mailing = sent(new_mailing(open_wave(), panel, reminder_days=[7]))
    assert mailings.stop(mailing=mailing, by=chiara) == 3
    upkeep.carry_on(mailing=mailing, at=MONDAY + timedelta(days=8))
    assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}
    assert Message.objects.count() == 3


def test_a_crash_in_the_middle_of_freezing_leaves_nobody_out_and_nobody_twice(panel, monkeypatch):
    fill(panel, 5)
    mailing = started(new_mailing(open_wave(), panel))
    monkeypatch.setattr(bulk_rows, "MOST_ROWS", 2)
    make = mailings._make_tickets
    calls = []

    def dies(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")
        make(*args, **kwargs)

    monkeypatch.setattr(mailings, "_make_tickets", dies)
    with pytest.raises(RuntimeError):
        upkeep.carry_on(mailing=mailing, at=MONDAY)
    assert Invitation.objects.count() == 2
    monkeypatch.setattr(mailings, "_make_tickets", make)
    upkeep.carry_on(mailing=mailing, at=MONDAY)
    assert (Invitation.objects.count(), Ticket.objects.count(), Message.objects.count()) == (5, 5, 5)


def test_a_crash_in_the_middle_of_sending_leaves_nobody_out_and_nobody_twice(panel, monkeypatch):
    fill(panel, 5)
    mailing = started(new_mailing(open_wave(), panel))
    monkeypatch.setattr(bulk_rows, "MOST_ROWS", 2)
    queue = mailings.Sending.queue
    calls = []

    def dies(self, keys):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return queue(self, keys)

    monkeypatch.setattr(mailings.Sending, "queue", dies)
    with pytest.raises(RuntimeError):
        upkeep.carry_on(mailing=mailing, at=MONDAY)
    assert Message.objects.count() == 2
    upkeep.carry_on(mailing=mailing, at=MONDAY)
    assert len({message.address for message in Message.objects.all()}) == Message.objects.count() == 5


def test_a_worker_that_is_still_at_it_is_left_alone(panel):
    fill(panel, 1)
    mailing = started(new_mailing(open_wave(), panel))
    with mailings.lease(mailing) as is_mine:
        upkeep.carry_on(mailing=mailing, at=MONDAY)
    assert (is_mine, Message.objects.count()) == (True, 0)


# ---------- privacy ----------


def test_the_profile_of_an_anonymous_wave_is_shared_by_enough(panel):
    attributes = {"age": lambda n: {"age": "young"} if n < 30 else {"age": "old"}}
    fill(panel, 55, attributes=attributes["age"])
    wave = open_wave(breakdowns=["attribute:age"], pairs=[], smallest_profile=20)
    sent(new_mailing(wave, panel))
    assert sorted(Profile.objects.values_list("invited", "attributes__age")) == [(25, "old"), (30, "young")]


def test_a_link_is_kept_only_as_long_as_reminders_need_it(panel):
    fill(panel, 1)
    sent(new_mailing(open_wave(), panel))
    assert Ticket.objects.get().sealed_token is None


def test_a_confidential_wave_gets_the_random_name_of_the_membership(panel):
    (row,) = fill(panel, 1)
    sent(new_mailing(open_wave(privacy="confidential"), panel))
    ticket = Ticket.objects.get()
    assert (ticket.subject, ticket.panel_key_name) == (row.subject, panel.key_name)


def test_an_anonymous_ticket_has_no_name_of_the_membership(panel):
    fill(panel, 1)
    sent(new_mailing(open_wave(), panel))
    ticket = Ticket.objects.get()
    assert (ticket.subject, ticket.panel_key_name) == ("", "")


@pytest.mark.parametrize(
    ("language", "further", "invited_in", "falls_back"),
    [
        ("so", "fi,en", "fi", False),
        ("so", "ar,sv", "en", True),
        ("fi", "en", "fi", False),
        ("so", "", "en", True),
    ],
)
def test_an_invitation_is_in_the_first_language_named_that_the_wave_has(
    language, further, invited_in, falls_back
):
    panel = new_panel()
    fill(panel, 1, language=language)
    Member.objects.update(further_languages=further)
    [person] = preview_of(new_mailing(open_wave(languages=("en", "fi")), panel)).audience.invited
    assert (person.language, person.falls_back) == (invited_in, falls_back)
