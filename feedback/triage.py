"""What a person decides about feedback: who handles it, how it ended, what belongs together.

Every function takes rows that `by` has been shown, looks again whether the person may, and leaves a line in the audit.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from auditlog.models import LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from cxportal.organisation.audit import acting, note_change
from cxportal.organisation.models import Topic, Unit, User
from feedback.models import NEED_A_REASON, Assignment, Item, Outcome, Reply
from feedback.models.item import HANDLING_ROLES
from feedback.routing import DUE_DAYS, Router

Status = Assignment.Status


class Refused(Exception):
    """Says in a sentence why it is not done."""


def may_handle(assignment: Assignment, by: User) -> bool:
    return by.scope.is_cx_team or assignment.unit_id in by.scope.unit_ids(*HANDLING_ROLES)


def assign(
    *, item: Item, unit: Unit | None, by: User, due_at: datetime | None = None, at: datetime | None = None
) -> Assignment:
    """One more unit is concerned; what it has ended before is taken up again. Without a unit: the CX team."""
    at = at or timezone.now()
    _require_sight([item], by)
    _refuse_passed(item, unit)
    due_at = due_at or at + timedelta(days=DUE_DAYS)
    if due_at < at:
        raise Refused(_("The due date lies in the past."))
    with transaction.atomic():
        assignment, is_new = Assignment.objects.select_for_update().get_or_create(
            item=item, unit=unit, defaults={"assigned_at": at, "due_at": due_at}
        )
        if not is_new:
            _open_again(assignment, assigned_at=at, due_at=due_at)
        _note(by, [assignment], "unit", "due_at")
    return assignment


def hand_over(
    *,
    assignment: Assignment,
    unit: Unit | None,
    by: User,
    due_at: datetime | None = None,
    at: datetime | None = None,
) -> Assignment:
    """Somebody else's instead. Whoever hands it over may lose sight of it by that."""
    _require_open(assignment, by)
    if unit and unit.pk == assignment.unit_id:
        return assignment
    with transaction.atomic():
        moved = assign(item=assignment.item, unit=unit, by=by, due_at=due_at, at=at)
        if assignment.pk != moved.pk:
            if assignment.replies.sent().exists():
                raise Refused(_("This unit has answered already."))
            assignment.delete()
    return moved


def withdraw(*, assignment: Assignment, by: User) -> None:
    """The unit is not concerned after all. The last unit can only hand over."""
    _require_open(assignment, by)
    with transaction.atomic():
        others = (
            Assignment.objects.select_for_update().filter(item=assignment.item_id).exclude(pk=assignment.pk)
        )
        if not others.exists():
            raise Refused(_("Somebody has to handle it. Hand it over instead."))
        _note(by, [assignment], "unit")
        assignment.delete()


def take_up(*, assignment: Assignment, by: User) -> None:
    _require_open(assignment, by)
    assignment.status = Status.UNDER_WAY
    assignment.save(update_fields=["status"])
    _note(by, [assignment], "status")


def postpone(*, assignment: Assignment, due_at: datetime, reason: str, by: User) -> None:
    """Another due date, never without saying why."""
    _require_open(assignment, by)
    if not reason.strip():
        raise Refused(_("Say why in a sentence."))
    if due_at < assignment.assigned_at:
        raise Refused(_("The due date lies before the day it was assigned."))
    assignment.due_at, assignment.reason = due_at, reason.strip()
    assignment.save(update_fields=["due_at", "reason"])
    _note(by, [assignment], "due_at", "reason")


def close(
    *, assignment: Assignment, outcome: Outcome | str, by: User, reason: str = "", at: datetime | None = None
) -> None:
    """How this unit ended its part. "Answered" follows from a reply that was sent; see `feedback.replies`."""
    _require_open(assignment, by)
    reason = reason.strip()
    if outcome in NEED_A_REASON and not reason:
        raise Refused(_("Say why in a sentence."))
    if outcome == Outcome.ANSWERED and not Reply.objects.sent().filter(assignment=assignment).exists():
        raise Refused(_("No answer has been sent yet."))
    closed = Assignment.objects.filter(pk=assignment.pk, outcome="").update(
        status=Status.DONE, outcome=outcome, reason=reason, closed_at=at or timezone.now()
    )
    if not closed:
        raise Refused(_("Somebody else has just ended it."))
    assignment.refresh_from_db()
    _note(by, [assignment], "outcome", "reason")


def reopen(*, assignment: Assignment, by: User, due_at: datetime | None = None) -> None:
    _require(may_handle(assignment, by))
    _open_again(assignment, due_at=due_at or max(timezone.now(), assignment.due_at))
    _note(by, [assignment], "outcome")


def mark_spam(*, items: Collection[Item], by: User, at: datetime | None = None) -> int:
    """Ends whatever the person may end of these items; returns how many assignments that were."""
    _require_sight(items, by)
    open_ones = _open_in_hands(items, by)
    with transaction.atomic():
        for assignment in open_ones:
            close(assignment=assignment, outcome=Outcome.SPAM, by=by, at=at)
    return len(open_ones)


def merge(*, items: Sequence[Item], into: Item, by: User) -> int:
    """The others support one item and end as it ends; they keep their text, their unit and their receipt.

    It needs sight of all of them. Units that see only a part see how many say the same, and nothing else.
    """
    others = [item for item in items if item.pk != into.pk]
    _require_sight([into, *others], by)
    if into.merged_into_id:
        raise Refused(_("This one supports another itself. Choose that one."))
    with transaction.atomic():
        keys = [item.pk for item in others]
        known = set(Item.objects.filter(merged_into__in=keys).values_list("pk", flat=True))
        if known and Item.objects.for_user(by).filter(pk__in=known).count() != len(known):
            raise PermissionDenied
        Item.objects.filter(pk__in={*keys, *known}).update(merged_into=into)
        _note(by, others, "merged_into")
    return len(others)


def split(*, item: Item, by: User) -> None:
    """Stands on its own again, with the assignments it had."""
    _require_sight([item], by)
    Item.objects.filter(pk=item.pk).update(merged_into=None)
    item.merged_into = None
    _note(by, [item], "merged_into")


def set_topics(*, items: Iterable[Item], topics: Iterable[Topic], by: User) -> None:
    items, topics = list(items), list(topics)
    _require_sight(items, by)
    with transaction.atomic():
        for item in items:
            item.topics.set(topics)
        _note(by, items, "topics")


def add_topic(*, items: Collection[Item], topic: Topic, by: User) -> int:
    """To those they have; returns how many items that were."""
    _require_sight(items, by)
    with transaction.atomic():
        for item in items:
            item.topics.add(topic)
        _note(by, items, "topics")
    return len(items)


def route_all(*, items: Collection[Item], unit: Unit | None, by: User) -> int:
    """What the person has of each goes to another unit; what nobody has is assigned to it."""
    _require_sight(items, by)
    with transaction.atomic():
        for item in items:
            part = _first_open(item, by)
            if part:
                hand_over(assignment=part, unit=unit, by=by)
            else:
                assign(item=item, unit=unit, by=by)
    return len(items)


def note_all(*, items: Collection[Item], reason: str, by: User) -> int:
    """Ends as noted, for one reason, whatever the person may end of these items; returns how many assignments."""
    _require_sight(items, by)
    open_ones = _open_in_hands(items, by)
    with transaction.atomic():
        for assignment in open_ones:
            close(assignment=assignment, outcome=Outcome.NOTED, reason=reason, by=by)
    return len(open_ones)


def reveal(*, item: Item, by: User) -> str:
    """The text with everything in it, for a manager or the CX team in whose hands it is. That it was looked at is kept."""
    handled = Assignment.objects.filter(item=item, unit__in=by.scope.unit_ids("manager")).exists()
    _require(by.scope.is_cx_team or handled)
    with acting(by):
        LogEntry.objects.log_create(item, action=LogEntry.Action.ACCESS, changes={"text": ["", ""]})
    return item.text


def _open_in_hands(items: Collection[Item], by: User) -> list[Assignment]:
    waiting = Assignment.objects.open().filter(item__in=items).select_related("item")
    return [assignment for assignment in waiting if may_handle(assignment, by)]


def _first_open(item: Item, by: User) -> Assignment | None:
    return next(iter(_open_in_hands([item], by)), None)


def _open_again(assignment: Assignment, **fields: datetime) -> None:
    for name, value in fields.items():
        setattr(assignment, name, value)
    assignment.status, assignment.outcome, assignment.closed_at = Status.NEW, "", None
    assignment.save(update_fields=["status", "outcome", "closed_at", *fields])


def _refuse_passed(item: Item, unit: Unit | None) -> None:
    if unit and Router().is_passed(item, unit.pk):
        raise Refused(_("It is about the staff of this unit, so it cannot be handled there."))


def _require_open(assignment: Assignment, by: User) -> None:
    _require(may_handle(assignment, by))
    if assignment.outcome:
        raise Refused(_("This part has ended already."))


def _require_sight(items: Collection[Item], by: User) -> None:
    keys = {item.pk for item in items}
    _require(Item.objects.for_user(by).filter(pk__in=keys).count() == len(keys))


def _require(may: bool) -> None:
    if not may:
        raise PermissionDenied


def _note(by: User, rows: Iterable[Model], *names: str) -> None:
    with acting(by):
        note_change(rows, *names)
