"""Moving an action along its line: the one place that knows what is allowed."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from actions.models import Action, Event, Move, Status
from cxportal.organisation.models import User


class NotAllowed(Exception):
    """Says in one sentence why the action stays where it is."""


def first_status() -> Status:
    return Status.objects.get(is_first=True)


def parts_of(user: User, action: Action) -> set[str]:
    """As whom this person may move this action."""
    parts = set()
    if user.scope.is_cx_team:
        parts.add(Move.Who.CX_TEAM.value)
    if action.unit_id in user.scope.unit_ids("manager"):
        parts.add(Move.Who.MANAGER.value)
    if action.owner_id == user.pk and not user.scope.is_empty:
        parts.add(Move.Who.OWNER.value)
    return parts


def moves_open_to(user: User, action: Action) -> list[Status]:
    """Where this person may move it now, in the order of the line."""
    moves = Move.objects.filter(before=action.status_id, who__in=parts_of(user, action))
    return list(Status.objects.filter(pk__in=moves.values("after")))


@transaction.atomic
def move(
    *,
    action: Action,
    to: Status,
    by: User,
    note: str = "",
    reason: str = "",
    at: datetime | None = None,
) -> Event:
    """Take one step. `reason` says why it ended so; where the public may read it, it is worded for them."""
    at = at or timezone.now()
    action = Action.objects.select_for_update(of=("self",)).select_related("status").get(pk=action.pk)
    reason = reason.strip()
    if fault := fault_of(action, to, by, reason):
        raise NotAllowed(fault)
    before = action.status
    action.status = to
    action.reason = reason
    action.ended_on = None if to.is_open else timezone.localdate(at)
    action.save(update_fields=["status", "reason", "ended_on"])
    return Event.objects.create(action=action, before=before, after=to, by=by, at=at, note=note.strip())


def fault_of(action: Action, to: Status, by: User, reason: str) -> str:
    """Why this step cannot be taken; empty when it can."""
    if to.pk == action.status_id:
        return _("It is there already.")
    allowed = Move.objects.filter(before=action.status_id, after=to, who__in=parts_of(by, action))
    if not allowed.exists():
        return _("You cannot move this action from “%(before)s” to “%(after)s”.") % {
            "before": action.status,
            "after": to,
        }
    if action.status.is_first and not to.ends_here and not action.evidence.exists():
        return _("It has no evidence yet: say what it comes from first.")
    if to.needs_reason == Status.Reason.PUBLIC and not reason:
        return _("“%(status)s” needs a reason in words for the public.") % {"status": to}
    if to.needs_reason and not reason:
        return _("“%(status)s” needs a reason.") % {"status": to}
    return ""


def may_change(user: User, action: Action) -> bool:
    """Whoever may move an action at all may also write in it."""
    return bool(parts_of(user, action))
