"""Which units get what came in, and until when. Rules are read once for many items."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from cxportal.organisation.models import Unit
from feedback.models import Assignment, Item, RoutingRule

DUE_DAYS = 14
"""Where no rule fits."""


class Router:
    def __init__(self) -> None:
        self.rules = list(RoutingRule.objects.filter(is_active=True))
        self.parents: dict[int, int | None] = dict(Unit.objects.values_list("pk", "parent_id"))

    def assignments(self, item: Item, topics: Collection[int] = (), *, at: datetime) -> list[Assignment]:
        """Not saved yet. There is always one, so that nothing lies in nobody's hands; without a unit it is the CX team's."""
        days: dict[int | None, int] = {**dict(self._chosen(item, topics))}
        if not days:
            days = {self._where_it_came_in(item): DUE_DAYS}
        return [
            Assignment(item=item, unit_id=unit, assigned_at=at, due_at=at + timedelta(days=due_days))
            for unit, due_days in days.items()
        ]

    def is_passed(self, item: Item, unit_id: int | None) -> bool:
        """Whether the item goes past this unit: it is about the staff there."""
        return item.passes_unit and unit_id is not None and item.unit_id in self._upwards(unit_id)

    def _chosen(self, item: Item, topics: Collection[int]) -> Iterator[tuple[int, int]]:
        for rule in self.rules:
            if self._fits(rule, item, topics) and not self.is_passed(item, rule.goes_to_id):
                yield rule.goes_to_id, rule.due_days
                if rule.is_last:
                    return

    def _fits(self, rule: RoutingRule, item: Item, topics: Collection[int]) -> bool:
        return (
            (not rule.kind or rule.kind == item.kind)
            and (not rule.channel or rule.channel == item.channel)
            and (rule.service_id is None or rule.service_id == item.service_id)
            and (rule.topic_id is None or rule.topic_id in topics)
            and (rule.unit_id is None or rule.unit_id in self._upwards(item.unit_id))
        )

    def _where_it_came_in(self, item: Item) -> int | None:
        return self.parents.get(item.unit_id) if item.passes_unit and item.unit_id else item.unit_id

    def _upwards(self, unit_id: int | None) -> list[int]:
        """The unit and those above it."""
        found: list[int] = []
        while unit_id is not None and unit_id not in found:
            found.append(unit_id)
            unit_id = self.parents.get(unit_id)
        return found
