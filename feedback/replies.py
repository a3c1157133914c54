"""What a unit answers: drafted by one person, approved by another, sent. It always stands under the receipt code; it goes
out as mail where the writer agreed to that; whoever left a number is told by text message that it is there.
"""

from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max, Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cxportal.dispatch.queueing import queue
from cxportal.languages import LANGUAGES
from cxportal.organisation.audit import acting, note_change
from cxportal.organisation.models import User
from cxportal.organisation.texts import direction_of
from cxportal.public import public_languages
from feedback.message_templates import REPLY
from feedback.models import Assignment, Contact, Outcome, Reply
from feedback.screening import Screener
from feedback.triage import Refused, close, may_handle

State = Reply.State
LONGEST = 5000


def draft(*, assignment: Assignment, text: str, language: str, by: User) -> Reply:
    """The words of the unit, or other words in place of those not sent yet, which have to be approved again."""
    _require(may_handle(assignment, by))
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if not text:
        raise Refused(_("There is no text yet."))
    if len(text) > LONGEST:
        raise Refused(_("The answer is too long."))
    if language not in LANGUAGES:
        raise Refused(_("Choose one of the list."))
    words = {"text": text, "language": language, "drafted_by": by}
    with transaction.atomic(), acting(by):
        # two who write at the same moment must not both take the next number
        Assignment.objects.select_for_update().get(pk=assignment.pk)
        reply = assignment.replies.exclude(state=State.SENT).order_by("number").last()
        if reply is None:
            last = assignment.replies.aggregate(last=Max("number"))["last"] or 0
            return Reply.objects.create(assignment=assignment, number=last + 1, **words)
        for name, value in (words | _unapproved()).items():
            setattr(reply, name, value)
        reply.save()
        return reply


def may_approve(reply: Reply, by: User) -> bool:
    """Somebody else than who wrote it: the CX team, or a manager of the unit."""
    return reply.drafted_by_id != by.pk and (
        by.scope.is_cx_team or reply.assignment.unit_id in by.scope.unit_ids("manager")
    )


def approve(*, reply: Reply, by: User, is_public: bool = True, at: datetime | None = None) -> None:
    """These words may go out. With personal data in them they never stand beside a published story."""
    if reply.drafted_by_id == by.pk:
        raise Refused(_("Somebody else has to approve what you wrote."))
    _require(may_approve(reply, by))
    is_public = is_public and not Screener.of_agency().screen(reply.text).has_personal_data
    # the words are named, so that nobody approves what was rewritten a moment ago
    approved = Reply.objects.filter(pk=reply.pk, state=State.DRAFT, text=reply.text).update(
        state=State.APPROVED, approved_by=by, approved_at=at or timezone.now(), is_public=is_public
    )
    if not approved:
        raise Refused(_("Somebody has just changed it. Read it once more."))
    reply.refresh_from_db()
    _note(reply, by)


def send(*, reply: Reply, by: User, at: datetime | None = None) -> int:
    """Returns how many people are written to: the writer, and those who said the same. Ends the part of the unit."""
    at = at or timezone.now()
    _require(may_handle(reply.assignment, by))
    with transaction.atomic():
        sent = Reply.objects.filter(pk=reply.pk, state=State.APPROVED).update(state=State.SENT, sent_at=at)
        if not sent:
            raise Refused(_("Only an approved answer is sent, and only once."))
        reply.refresh_from_db()
        mailed = sum(_mail(reply, contact) for contact in _contacts(reply))
        _note(reply, by)
        if reply.assignment.is_open:
            close(assignment=reply.assignment, outcome=Outcome.ANSWERED, by=by, at=at)
    return mailed


def _contacts(reply: Reply):
    head = reply.assignment.item_id
    return Contact.objects.filter(Q(item=head) | Q(item__merged_into=head)).order_by("pk")


def _mail(reply: Reply, contact: Contact) -> bool:
    message = queue(
        cause=f"feedback:{contact.pk}:reply:{reply.pk}",
        purpose="reply",
        channel=contact.message_channel,
        address=contact.address,
        template=REPLY,
        language=contact.language,
        data={
            "text": reply.text,
            "text_language": reply.language,
            "text_direction": direction_of(reply.language),
            "link": _receipt_page(contact.language),
        },
    )
    return message is not None


def _receipt_page(language: str) -> str:
    offered = public_languages()
    with translation.override(language if language in offered else offered[0]):
        return f"{settings.BASE_URL}{reverse('receipt')}"


def _unapproved() -> dict:
    return {"state": State.DRAFT, "approved_by": None, "approved_at": None}


def _require(may: bool) -> None:
    if not may:
        raise PermissionDenied


def _note(reply: Reply, by: User) -> None:
    with acting(by):
        note_change([reply], "state")
