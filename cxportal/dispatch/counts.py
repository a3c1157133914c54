"""How many messages are in which state: read from the rows in one grouped query, summed up in memory."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from django.db.models import Count

from cxportal.dispatch.models import Message, Reason, State

UNDER_WAY = (State.CLAIMED, State.HANDING)
ARRIVED = (State.ACCEPTED, State.DELIVERED)
FAILED = (State.REFUSED, State.BOUNCED, State.EXPIRED)
WAITING = (State.QUEUED, *UNDER_WAY)


class Group(NamedTuple):
    batch_id: int | None
    channel: str
    state: str
    reason: str
    messages: int


class ReasonCount(NamedTuple):
    state: State
    reason: Reason
    messages: int


class Counts:
    """Sums over groups of messages."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self.groups = list(groups)

    @classmethod
    def of_all(cls) -> "Counts":
        return cls(_read(Message.objects.all()))

    @classmethod
    def of_batches(cls, batch_ids: Iterable[int]) -> "Counts":
        return cls(_read(Message.objects.filter(batch__in=list(batch_ids))))

    def of_batch(self, batch_id: int) -> "Counts":
        return Counts(group for group in self.groups if group.batch_id == batch_id)

    @property
    def total(self) -> int:
        return self._sum(lambda group: True)

    @property
    def waiting(self) -> int:
        return self.in_states(*WAITING)

    @property
    def queued(self) -> int:
        return self.in_states(State.QUEUED)

    @property
    def under_way(self) -> int:
        return self.in_states(*UNDER_WAY)

    @property
    def arrived(self) -> int:
        return self.in_states(*ARRIVED)

    @property
    def failed(self) -> int:
        return self.in_states(*FAILED)

    @property
    def unknown(self) -> int:
        return self.in_states(State.UNKNOWN)

    @property
    def cancelled(self) -> int:
        return self.in_states(State.CANCELLED)

    @property
    def percent_done(self) -> int:
        """Rounded down, so that 100 means that nothing waits."""
        return 100 * (self.total - self.waiting) // self.total if self.total else 0

    def in_states(self, *states: str) -> int:
        return self._sum(lambda group: group.state in states)

    def in_state(self, state: str, channel: str) -> int:
        return self._sum(lambda group: group.state == state and group.channel == channel)

    def of_channel(self, channel: str) -> int:
        return self._sum(lambda group: group.channel == channel)

    def by_reason(self) -> list[ReasonCount]:
        """Most frequent first; messages that need no reason are left out."""
        sums: dict[tuple[str, str], int] = {}
        for group in self.groups:
            if group.reason:
                sums[group.state, group.reason] = sums.get((group.state, group.reason), 0) + group.messages
        ordered = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
        return [ReasonCount(State(state), Reason(reason), messages) for (state, reason), messages in ordered]

    def _sum(self, wanted: Callable[[Group], bool]) -> int:
        return sum(group.messages for group in self.groups if wanted(group))


def _read(messages) -> Iterable[Group]:
    rows = (
        messages.order_by()
        .values_list("batch_id", "channel", "state", "reason")
        .annotate(messages=Count("*"))
    )
    return (Group(*row) for row in rows)
