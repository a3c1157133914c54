from datetime import UTC, datetime

import pytest
from django.core.exceptions import PermissionDenied

from cxportal.dispatch.models import Message
from cxportal.dispatch.rendering import render
from cxportal.organisation.receipts import digest_of
from feedback import replies
from feedback.models import Assignment, Contact, Item
from feedback.receipts import voices_of
from feedback.triage import Refused
from tests.factories import AssignmentFactory, ReplyFactory, VoiceFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TEXT = "Thank you. There is a second queue now."


@pytest.fixture
def of_a(unit_a):
    return AssignmentFactory(item=VoiceFactory(unit=unit_a), unit=unit_a)


@pytest.fixture
def approved(of_a, chiara, aino):
    reply = replies.draft(assignment=of_a, text=TEXT, language="en", by=chiara)
    replies.approve(reply=reply, by=aino, at=NOW)
    return reply


def contact(item, address="mina@mail.example", by="email"):
    return Contact.objects.create(
        item=item, by=by, address=address, language="fi", purpose="reply", consent="Yes.", consented_at=NOW
    )


def test_a_draft_waits_for_somebody_else(of_a, aino):
    reply = replies.draft(assignment=of_a, text=TEXT, language="en", by=aino)
    with pytest.raises(Refused):
        replies.approve(reply=reply, by=aino)


def test_desk_staff_draft_and_do_not_approve(bram, chiara, unit_b):
    reply = replies.draft(assignment=AssignmentFactory(unit=unit_b), text=TEXT, language="en", by=chiara)
    with pytest.raises(PermissionDenied):
        replies.approve(reply=reply, by=bram)


def test_nobody_drafts_for_another_unit(bram, of_a):
    with pytest.raises(PermissionDenied):
        replies.draft(assignment=of_a, text=TEXT, language="en", by=bram)


def test_words_changed_after_approval_are_approved_again(approved, of_a, aino):
    changed = replies.draft(assignment=of_a, text="Other words.", language="en", by=aino)
    assert (changed.pk, changed.state, changed.approved_by, changed.text) == (
        approved.pk,
        "draft",
        None,
        "Other words.",
    )


def test_nobody_approves_words_rewritten_a_moment_ago(of_a, aino, chiara):
    reply = replies.draft(assignment=of_a, text=TEXT, language="en", by=chiara)
    replies.draft(assignment=of_a, text="Something quite different.", language="en", by=chiara)
    with pytest.raises(Refused):
        replies.approve(reply=reply, by=aino)


def test_a_draft_is_not_sent(of_a, aino):
    with pytest.raises(Refused):
        replies.send(reply=ReplyFactory(assignment=of_a), by=aino)


def test_what_is_sent_ends_the_part_of_the_unit_as_answered(approved, aino):
    replies.send(reply=approved, by=aino, at=NOW)
    assert Assignment.objects.values_list("status", "outcome", "closed_at").get() == ("done", "answered", NOW)


def test_what_is_sent_stands_under_the_receipt_code(approved, aino):
    code = "2345-6789-ABCD-EFGH-JKMN"
    Item.objects.update(receipt_hash=digest_of(code))
    before = [reply.text for part in voices_of(code)[0].parts for reply in part.replies]
    replies.send(reply=approved, by=aino, at=NOW)
    after = [reply.text for part in voices_of(code)[0].parts for reply in part.replies]
    assert (before, after) == ([], [TEXT])


def test_who_agreed_gets_the_answer_as_mail(approved, aino):
    contact(approved.assignment.item)
    assert replies.send(reply=approved, by=aino) == 1
    message = Message.objects.get()
    assert (message.address, message.language, message.purpose) == ("mina@mail.example", "fi", "reply")
    assert TEXT in render(message).text


def test_those_who_said_the_same_get_it_too(approved, aino):
    contact(approved.assignment.item)
    contact(VoiceFactory(merged_into=approved.assignment.item), "omar@mail.example")
    assert replies.send(reply=approved, by=aino) == 2


def test_who_left_no_address_gets_no_mail(approved, aino):
    contact(VoiceFactory(), "somebody.else@mail.example")
    replies.send(reply=approved, by=aino)
    assert Message.objects.count() == 0


def test_who_left_a_number_is_told_by_text_message_where_the_answer_is(approved, aino):
    contact(approved.assignment.item, "+358401234567", by="phone")
    assert replies.send(reply=approved, by=aino) == 1
    message = Message.objects.get()
    assert (message.channel, message.address) == ("sms", "+358401234567")
    text = render(message).text
    assert ("/receipt/" in text, TEXT in text) == (True, False)


def test_a_second_click_sends_nothing(approved, aino):
    contact(approved.assignment.item)
    replies.send(reply=approved, by=aino)
    with pytest.raises(Refused):
        replies.send(reply=approved, by=aino)
    assert Message.objects.count() == 1


def test_a_second_answer_has_the_next_number(approved, aino, of_a):
    replies.send(reply=approved, by=aino)
    assert replies.draft(assignment=of_a, text="One thing more.", language="en", by=aino).number == 2


def test_an_answer_with_personal_data_is_never_public(of_a, aino, chiara):
    reply = replies.draft(assignment=of_a, text="We wrote to mina@mail.example.", language="en", by=chiara)
    replies.approve(reply=reply, by=aino, is_public=True)
    assert reply.is_public is False


def test_markup_in_an_answer_is_text_in_the_mail(of_a, aino, chiara):
    reply = replies.draft(assignment=of_a, text="<script>alert(1)</script>", language="en", by=chiara)
    replies.approve(reply=reply, by=aino)
    contact(of_a.item)
    replies.send(reply=reply, by=aino)
    html = render(Message.objects.get()).html
    assert "<script" not in html
    assert "&lt;script&gt;" in html
