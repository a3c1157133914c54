"""Asking a body outside for a change: a letter with a signed link, reminders, and its answer without an account."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from actions import moves
from actions.models import Action, Adjustment, Move
from cxportal.dispatch.models import Reason
from cxportal.dispatch.queueing import queue
from cxportal.dispatch.rendering import NotToBeSent
from cxportal.keys.api_keys import hash_of
from cxportal.languages import SOURCE
from cxportal.organisation.models import User
from cxportal.organisation.texts import direction_of

REQUEST, ANSWERED = "actions.request", "actions.answered"
SALT = "actions.adjustment"
State = Adjustment.State
REMINDED_BEFORE = timedelta(days=3)
REMINDED_AFTER = timedelta(days=3)
LINK_WORKS_AFTER = timedelta(days=60)
"""Late answers are better than none; then the link is closed."""
LETTER, BEFORE, AFTER = "letter", "before", "after"


class Refused(Exception):
    """Says in one sentence why the request is not sent."""


# ---------- asking ----------


def may_ask(user: User, action: Action) -> bool:
    return bool(moves.parts_of(user, action) & {Move.Who.CX_TEAM, Move.Who.MANAGER})


@transaction.atomic
def ask(*, adjustment: Adjustment, by: User, at: datetime | None = None) -> Adjustment:
    """Send the letter. `adjustment` is a draft, saved or not."""
    at = at or timezone.now()
    if not may_ask(by, adjustment.action):
        raise Refused(_("Only the manager of the unit and the CX team ask bodies outside."))
    if adjustment.state != State.DRAFT:
        raise Refused(_("It has been sent already."))
    if adjustment.answer_until <= timezone.localdate(at):
        raise Refused(_("The day for the answer must lie ahead."))
    adjustment.state, adjustment.asked_at = State.ASKED, at
    adjustment.save()
    adjustment.token_hash = hash_of(_token(adjustment))
    adjustment.save(update_fields=["token_hash"])
    _write(adjustment, LETTER)
    return adjustment


def remind_due(*, at: datetime | None = None) -> int:
    """Once shortly before the day and once after it, as long as there is no answer; returns how many new letters."""
    today = timezone.localdate(at)
    asked = Adjustment.objects.filter(state=State.ASKED)
    soon = asked.filter(answer_until__gte=today, answer_until__lte=today + REMINDED_BEFORE)
    late = asked.filter(answer_until__lte=today - REMINDED_AFTER, answer_until__gt=today - LINK_WORKS_AFTER)
    return sum(_write(one, kind) for kind, rows in ((BEFORE, soon), (AFTER, late)) for one in rows)


def _write(adjustment: Adjustment, kind: str) -> bool:
    message = queue(
        cause=f"adjustment:{adjustment.pk}:{kind}",
        purpose="request",
        channel="email",
        address=adjustment.email,
        template=REQUEST,
        language=adjustment.language,
        data={"adjustment": adjustment.pk, "kind": kind},
    )
    return message is not None


def written(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the letter says; nothing once it has been answered."""
    if "text" in data:
        return dict(data)
    found = Adjustment.objects.filter(pk=data["adjustment"], state=State.ASKED).first()
    if found is None:
        raise NotToBeSent(Reason.STAFF)
    return {
        "kind": data["kind"],
        "body": found.body,
        "text": found.text,
        "text_language": found.language,
        "text_direction": direction_of(found.language),
        "until": date_format(found.answer_until),
        "link": link_of(found),
    }


# ---------- the link ----------


def link_of(adjustment: Adjustment) -> str:
    language = adjustment.language if translation.check_for_language(adjustment.language) else SOURCE
    with translation.override(language):
        return settings.BASE_URL + reverse("adjustment", args=[_token(adjustment)])


def _token(adjustment: Adjustment) -> str:
    """The same again for a reminder. Nothing of it is kept but its hash."""
    moment = int(adjustment.asked_at.timestamp()) if adjustment.asked_at else 0
    return signing.Signer(salt=SALT).sign_object([adjustment.pk, moment])


def read_link(token: str) -> Adjustment | None:
    """`None` for a link that was changed, and for a request that is no longer there."""
    try:
        signing.Signer(salt=SALT).unsign_object(token)
    except (signing.BadSignature, ValueError):
        return None
    return Adjustment.objects.filter(token_hash=hash_of(token)).first()


def is_over(adjustment: Adjustment, *, at: datetime | None = None) -> bool:
    return timezone.localdate(at) > adjustment.answer_until + LINK_WORKS_AFTER


# ---------- the answer ----------


@transaction.atomic
def answer(*, adjustment: Adjustment, state: str, text: str, at: datetime | None = None) -> bool:
    """False if somebody has answered it before. Reasons are needed for all that is not accepted as asked."""
    if state not in {State.ACCEPTED, State.PARTLY, State.NOT_ACCEPTED}:
        raise Refused(_("Choose one of the list."))
    if state != State.ACCEPTED and not text:
        raise Refused(_("Say why in a sentence."))
    waiting = Adjustment.objects.filter(pk=adjustment.pk, state=State.ASKED)
    if not waiting.update(state=state, answer=text, answered_at=at or timezone.now()):
        return False
    _tell_owner(Adjustment.objects.select_related("action__owner").get(pk=adjustment.pk))
    return True


def _tell_owner(adjustment: Adjustment) -> None:
    owner = adjustment.action.owner
    if owner and owner.is_active and owner.email:
        queue(
            cause=f"adjustment:{adjustment.pk}:answered",
            purpose="notice",
            channel="email",
            address=owner.email,
            template=ANSWERED,
            language=owner.language or SOURCE,
            data={
                "title": adjustment.action.title,
                "state": adjustment.state,
                "link": page_of(adjustment.action, owner),
            },
        )


def page_of(action: Action, reader: User) -> str:
    """The address of the action in the language of whoever reads the mail."""
    with translation.override(reader.language or SOURCE):
        return settings.BASE_URL + reverse("admin:actions_action_change", args=[action.pk])
