"""What waits, where and how long; and what is late, for everybody above the unit that has it."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Min, Q
from django.utils import timezone

from cxportal.organisation.models import User
from feedback.models import Assignment

WEEK, MONTH = timedelta(days=7), timedelta(days=30)


class Waiting(NamedTuple):
    """Open assignments of one unit by the age of the voice; without a unit those of the CX team."""

    unit_id: int | None
    week: int
    month: int
    older: int
    late: int
    first_due_at: datetime

    @property
    def total(self) -> int:
        return self.week + self.month + self.older


def backlog(user: User, *, at: datetime | None = None) -> list[Waiting]:
    """One row per unit in scope that has something open, most of it late first. One query."""
    at = at or timezone.now()
    received = "item__received_at"
    rows = (
        Assignment.objects.for_user(user)
        .open()
        .order_by()
        .values("unit_id")
        .annotate(
            week=Count("pk", filter=Q(**{f"{received}__gt": at - WEEK})),
            month=Count("pk", filter=Q(**{f"{received}__lte": at - WEEK, f"{received}__gt": at - MONTH})),
            older=Count("pk", filter=Q(**{f"{received}__lte": at - MONTH})),
            late=Count("pk", filter=Q(due_at__lt=at)),
            first_due_at=Min("due_at"),
        )
        .order_by("-late", "-older", "unit_id")
    )
    return [Waiting(**row) for row in rows]


def late(user: User, *, at: datetime | None = None):
    """Late assignments in the scope of the person, so of every unit below too; the latest first."""
    return Assignment.objects.for_user(user).late(at).select_related("item", "unit").order_by("due_at", "pk")
