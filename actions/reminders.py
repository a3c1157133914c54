"""Telling the owner of an action that its day, or that of a step of it, comes or has passed; and the manager of the
unit when the action is very late.

Each of them once for each due date: a date that is moved begins anew.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from actions.models import Action, Milestone
from cxportal.dispatch.models import Message, Reason
from cxportal.dispatch.queueing import queue
from cxportal.dispatch.rendering import NotToBeSent
from cxportal.languages import SOURCE
from cxportal.organisation.models import Role, StaffRole, Unit, User

REMINDER = "actions.reminder"
SOON, LATE, VERY_LATE = "soon", "late", "very_late"
LOOKED_BACK = timedelta(days=30)
"""After a longer stop of the portal nobody is written to about what passed before."""


class Wanted(NamedTuple):
    cause: str
    person: User
    data: dict[str, Any]


def queue_due(*, at: datetime | None = None) -> int:
    """Returns how many mails are new."""
    today = timezone.localdate(at)
    wanted = [*_of_actions(today), *_of_milestones(today), *_escalated(today)]
    known = set(
        Message.objects.filter(cause__in=[one.cause for one in wanted]).values_list("cause", flat=True)
    )
    return sum(_queue(one) for one in wanted if one.cause not in known and one.person.email)


def _of_actions(today: date) -> Iterator[Wanted]:
    waiting = Action.objects.open().filter(owner__is_active=True).select_related("owner")
    for kind, days in _times(today):
        for action in waiting.filter(due_on__range=days):
            if action.owner:
                yield _wanted(kind, action, action.owner)


def _of_milestones(today: date) -> Iterator[Wanted]:
    waiting = Milestone.objects.filter(
        done_on=None, action__in=Action.objects.open(), action__owner__is_active=True
    )
    for kind, days in _times(today):
        for step in waiting.filter(due_on__range=days).select_related("action__owner"):
            if step.action.owner:
                yield _wanted(kind, step, step.action.owner)


def _times(today: date) -> list[tuple[str, tuple[date, date]]]:
    """What is due between these days is reminded of so."""
    soon, day = timedelta(days=settings.ACTION_REMIND_DAYS), timedelta(days=1)
    return [(SOON, (today, today + soon)), (LATE, (today - LOOKED_BACK, today - day))]


def _escalated(today: date) -> Iterator[Wanted]:
    last = today - timedelta(days=max(1, settings.ACTION_ESCALATE_DAYS))
    very_late = Action.objects.open().filter(due_on__range=(last - LOOKED_BACK, last)).select_related("unit")
    managers = managers_of(action.unit for action in very_late)
    for action in very_late:
        for person in managers[action.unit_id]:
            yield _wanted(VERY_LATE, action, person)


def _wanted(kind: str, due: Action | Milestone, person: User) -> Wanted:
    """The mail holds no title until it is sent: what the person may read is looked up then."""
    what = "milestone" if isinstance(due, Milestone) else "action"
    data = {what: due.pk, "person": person.pk, "due": str(due.due_on), "kind": kind}
    return Wanted(f"{what}:{due.pk}:{due.due_on}:{kind}:{person.pk}", person, data)


def managers_of(units: Iterable[Unit]) -> dict[int, list[User]]:
    """Those of the unit; where it has none, of the nearest unit above that has one. Two queries."""
    parents = dict(Unit.objects.values_list("pk", "parent_id"))
    by_unit: dict[int, list[User]] = {}
    rows = StaffRole.objects.filter(role=Role.MANAGER, user__is_active=True).select_related("user")
    for role in rows.order_by("user"):
        by_unit.setdefault(role.unit_id or 0, []).append(role.user)
    found = {}
    for unit in units:
        near: int | None = unit.pk
        while near is not None and near not in by_unit:
            near = parents.get(near)
        found[unit.pk] = by_unit[near] if near is not None else []
    return found


def _queue(wanted: Wanted) -> bool:
    message = queue(
        cause=wanted.cause,
        purpose="notice",
        channel="email",
        address=wanted.person.email,
        template=REMINDER,
        language=wanted.person.language or SOURCE,
        data=wanted.data,
    )
    return message is not None


def written(data: Mapping[str, Any]) -> dict[str, Any]:
    """Nothing when it was finished, moved to another day or taken from the person since."""
    if "title" in data:
        return dict(data)
    person = User.objects.filter(pk=data["person"], is_active=True).first()
    due = date.fromisoformat(data["due"])
    action, step = _still_due(data, person, due) if person else (None, None)
    if person is None or action is None or (data["kind"] != VERY_LATE and action.owner_id != person.pk):
        raise NotToBeSent(Reason.STAFF)
    return {
        "kind": data["kind"],
        "title": step.text if step else action.title,
        "of_action": action.title if step else "",
        "unit": str(action.unit),
        "due": date_format(due),
        "days": max(0, (timezone.localdate() - due).days),
        "link": settings.BASE_URL + reverse("admin:actions_action_change", args=[action.pk]),
    }


def _still_due(data: Mapping[str, Any], person: User, due: date) -> tuple[Action | None, Milestone | None]:
    actions = Action.objects.for_user(person).open()
    if "milestone" not in data:
        return actions.filter(pk=data["action"], due_on=due).select_related("unit").first(), None
    steps = Milestone.objects.filter(pk=data["milestone"], due_on=due, done_on=None, action__in=actions)
    step = steps.select_related("action__unit").first()
    return (step.action, step) if step else (None, None)
