"""How many voices there are on a topic, kind by kind and over time, without showing a small number.

Voices are counted in steps of time, the finest in which no step that has any holds fewer than `LEAST`. So nothing can
be worked out by taking what is shown from the sum.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils import timezone

from cxportal.organisation.models import Topic, Unit, User
from feedback.models import Item, Kind, Tombstone, Tone
from feedback.models.item import HANDLING_ROLES

LEAST = 5
STEPS = (1, 3, 6, 12)
"""Months in one step of the trend."""
MOST_STEPS = 24
GROUPS: tuple[tuple[str, tuple[Kind, ...]], ...] = (
    ("comments", (Kind.SURVEY_COMMENT,)),
    ("observations", (Kind.OBSERVATION,)),
    ("complaints", (Kind.COMPLAINT,)),
    ("others", tuple(set(Kind) - {Kind.SURVEY_COMMENT, Kind.OBSERVATION, Kind.COMPLAINT})),
)


class Step(NamedTuple):
    first: date
    last: date
    """The first day of its last month."""
    number: int
    percent: int
    """Of the highest step."""


class Counted(NamedTuple):
    """`number` is None where it is small; `before` is the same for as many months before."""

    code: str
    number: int | None
    before: int | None
    negative: int | None
    steps: list[Step]

    @property
    def change(self) -> int | None:
        return self.number - self.before if self.number is not None and self.before is not None else None


def units_below(user: User, unit: Unit | None) -> frozenset[int] | None:
    """The unit and everything below it; None: no narrowing."""
    if unit is None:
        return None
    return frozenset(unit.descendants(include_self=True).values_list("pk", flat=True))


def count_voices(
    user: User, topic: Topic | None, *, units: frozenset[int] | None, months: list[date]
) -> list[Counted]:
    """`months` are the first days of those to show, with as many before them; the oldest first. Two queries."""
    shown = len(months) // 2
    counts = _by_kind_and_month(user, topic, units, months[0])
    return [_counted(code, kinds, counts, months[:shown], months[shown:]) for code, kinds in GROUPS]


def count_by_topic(
    user: User, *, units: frozenset[int] | None, since: date
) -> dict[int, dict[str, int | None]]:
    """topic -> group of kinds -> how many. One query."""
    items = _items(user, units).filter(received_at__date__gte=since, topics__isnull=False)
    rows = items.order_by().values("topics", "kind").annotate(n=Count("pk"))
    found: dict[int, Counter[str]] = {}
    for row in rows:
        found.setdefault(row["topics"], Counter())[row["kind"]] += row["n"]
    return {
        topic: {code: safe(sum(counts[kind] for kind in kinds)) for code, kinds in GROUPS}
        for topic, counts in found.items()
    }


def safe(number: int) -> int | None:
    return number if number == 0 or number >= LEAST else None


def months_of_all(user: User, topic: Topic | None, *, units: frozenset[int] | None, today: date) -> int:
    """How many months back the oldest voice lies, this one included: whole years, so that steps come out even.

    Two queries.
    """
    items, stones = _items(user, units), _tombstones(user, units)
    if topic:
        items, stones = items.filter(topics=topic), stones.filter(topics=topic)
    first = items.aggregate(at=Min("received_at"))["at"]
    known = [timezone.localdate(first)] if first else []
    oldest = min([*known, stones.aggregate(month=Min("month"))["month"] or today])
    return 12 * (max(0, 12 * (today.year - oldest.year) + today.month - oldest.month) // 12 + 1)


def months_until(today: date, count: int) -> list[date]:
    """First days of the last so many months, this one included, the oldest first."""
    index = today.year * 12 + today.month - 1
    return [date(at // 12, at % 12 + 1, 1) for at in range(index - count + 1, index + 1)]


Counts = dict[tuple[str, date], Counter[str]]


def _by_kind_and_month(user: User, topic: Topic | None, units: frozenset[int] | None, since: date) -> Counts:
    counts: Counts = {}
    items = _items(user, units).filter(received_at__date__gte=since)
    if topic:
        items = items.filter(topics=topic)
    rows = (
        items.order_by()
        .annotate(month=TruncMonth("received_at"))
        .values("kind", "month", "tone")
        .annotate(n=Count("pk"))
    )
    for row in rows:
        counts.setdefault((row["kind"], row["month"].date()), Counter())[row["tone"]] += row["n"]
    stones = _tombstones(user, units).filter(month__gte=since)
    if topic:
        stones = stones.filter(topics=topic)
    for row in stones.order_by().values("kind", "month", "tone").annotate(n=Count("pk")):
        counts.setdefault((row["kind"], row["month"]), Counter())[row["tone"]] += row["n"]
    return counts


def _items(user: User, units: frozenset[int] | None) -> QuerySet[Item]:
    items = Item.objects.for_user(user).not_spam()
    return items if units is None else items.filter(unit__in=units)


def _tombstones(user: User, units: frozenset[int] | None) -> QuerySet[Tombstone]:
    """A tombstone does not tell whether a complaint went past its unit, so only the CX team counts those."""
    stones = Tombstone.objects.exclude(outcome="spam")
    if not user.scope.is_cx_team:
        mine = Q(unit__in=user.scope.unit_ids(*HANDLING_ROLES))
        stones = stones.filter(mine).exclude(kind=Kind.COMPLAINT)
    return stones if units is None else stones.filter(unit__in=units)


def _counted(code: str, kinds: Iterable[str], counts: Counts, before: list[date], now: list[date]) -> Counted:
    per_month = [_of(kinds, counts, month) for month in now]
    negative = sum(counter[Tone.NEGATIVE] for counter in per_month)
    total = sum(counter.total() for counter in per_month)
    return Counted(
        code,
        safe(total),
        safe(sum(_of(kinds, counts, month).total() for month in before)),
        _safe_part(negative, total),
        _steps([counter.total() for counter in per_month], now),
    )


def _of(kinds: Iterable[str], counts: Counts, month: date) -> Counter[str]:
    return sum((counts.get((kind, month), Counter()) for kind in kinds), Counter())


def _safe_part(part: int, total: int) -> int | None:
    """Shown only where neither the part nor the rest is small."""
    return part if safe(part) is not None and safe(total - part) is not None else None


def _steps(numbers: list[int], months: list[date]) -> list[Step]:
    for size in STEPS:
        starts = range(0, len(months), size)
        if len(starts) > MOST_STEPS:
            continue
        sums = [sum(numbers[start : start + size]) for start in starts]
        if len(sums) > 1 and all(safe(number) is not None for number in sums):
            highest = max(sums)
            return [
                Step(
                    months[start],
                    months[min(start + size, len(months)) - 1],
                    number,
                    round(100 * number / highest) if highest else 0,
                )
                for start, number in zip(starts, sums, strict=True)
            ]
    return []
