"""Telling the owner of an action that its day comes or has passed, and the manager of the unit when it is very late.

Each of them once for each due date: a date that is moved begins anew.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from actions.models import Action
from cxportal.dispatch.models import Message, Reason
from cxportal.dispatch.queueing import queue
from cxportal.dispatch.rendering import NotToBeSent
from cxportal.languages import SOURCE
from cxportal.organisation.models import Role, StaffRole, Unit, User

REMINDER = "actions.reminder"
SOON, LATE, VERY_LATE = "soon", "late", "very_late"
LOOKED_BACK = timedelta(days=30)
"""After a longer stop of the portal nobody is written to about what passed before."""


def queue_due(*, at: datetime | None = None) -> int:
    """Returns how many mails are new."""
    today = timezone.localdate(at)
    wanted = list(_wanted(today))
    causes = [cause for cause, _kind, _action, _person in wanted]
    known = set(Message.objects.filter(cause__in=causes).values_list("cause", flat=True))
    return sum(
        _queue(cause, kind, action, person)
        for cause, kind, action, person in wanted
        if cause not in known and person.email
    )


def _wanted(today: date) -> Iterator[tuple[str, str, Action, User]]:
    soon = timedelta(days=settings.ACTION_REMIND_DAYS)
    waiting = Action.objects.open().select_related("owner", "unit")
    day = timedelta(days=1)
    for kind, first, last in ((SOON, today, today + soon), (LATE, today - LOOKED_BACK, today - day)):
        for action in waiting.filter(due_on__range=(first, last), owner__is_active=True):
            if action.owner:
                yield _cause(kind, action, action.owner), kind, action, action.owner
    last = today - max(day, timedelta(days=settings.ACTION_ESCALATE_DAYS))
    very_late = list(waiting.filter(due_on__range=(last - LOOKED_BACK, last)))
    managers = managers_of(action.unit for action in very_late)
    for action in very_late:
        for person in managers[action.unit_id]:
            yield _cause(VERY_LATE, action, person), VERY_LATE, action, person


def _cause(kind: str, action: Action, person: User) -> str:
    return f"action:{action.pk}:{action.due_on}:{kind}:{person.pk}"


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


def _queue(cause: str, kind: str, action: Action, person: User) -> bool:
    """The mail holds no title until it is sent: what the person may read is looked up then."""
    message = queue(
        cause=cause,
        purpose="notice",
        channel="email",
        address=person.email,
        template=REMINDER,
        language=person.language or SOURCE,
        data={"action": action.pk, "person": person.pk, "due": str(action.due_on), "kind": kind},
    )
    return message is not None


def written(data: Mapping[str, Any]) -> dict[str, Any]:
    """Nothing when it was finished, moved to another day or taken from the person since."""
    if "title" in data:
        return dict(data)
    person = User.objects.filter(pk=data["person"], is_active=True).first()
    due = date.fromisoformat(data["due"])
    rows = Action.objects.for_user(person).open().filter(pk=data["action"], due_on=due) if person else None
    action = rows.select_related("status", "unit").first() if rows is not None else None
    if person is None or action is None or (data["kind"] != VERY_LATE and action.owner_id != person.pk):
        raise NotToBeSent(Reason.STAFF)
    return {
        "kind": data["kind"],
        "title": action.title,
        "unit": str(action.unit),
        "due": date_format(due),
        "days": action.days_late(),
        "link": settings.BASE_URL + reverse("admin:actions_action_change", args=[action.pk]),
    }
