"""The board: actions by where they stand, those past their day on top. Fixed queries, however many there are."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import QueryDict

from actions.effect import say_effects, with_effect_state
from actions.evidence import voices_behind
from actions.models import Action, Move, Status
from actions.models.action import ActionQuerySet
from actions.moves import parts_of
from cxportal.organisation.models import Unit, User

CARDS_IN_A_COLUMN = 20
LATE_SHOWN = 6
ENDED = "ended"


@dataclass(frozen=True)
class Filters:
    """What the links of the board narrow it to; what makes no sense narrows nothing."""

    unit: int | None = None
    horizon: str = ""
    topic: int | None = None
    mine: bool = False

    @classmethod
    def read(cls, sent: QueryDict) -> "Filters":
        horizon = sent.get("horizon", "")
        return cls(
            unit=_number(sent.get("unit", "")),
            horizon=horizon if horizon in Action.Horizon.values else "",
            topic=_number(sent.get("topic", "")),
            mine=sent.get("mine") == "1",
        )

    def apply(self, actions: ActionQuerySet, user: User) -> ActionQuerySet:
        if self.unit:
            actions = actions.filter(unit=self.unit)
        if self.horizon:
            actions = actions.filter(horizon=self.horizon)
        if self.topic:
            actions = actions.filter(topics=self.topic)
        return actions.of(user) if self.mine else actions

    def query(self, **other: Any) -> str:
        """These filters in an address, some of them changed."""
        values = {"unit": self.unit, "horizon": self.horizon, "topic": self.topic, "mine": self.mine} | other
        query = QueryDict(mutable=True)
        query.update({name: "1" if value is True else str(value) for name, value in values.items() if value})
        return query.urlencode()

    def query_of_list(self, *, state: str = "") -> str:
        """The same rows in the list of the admin."""
        query = QueryDict(mutable=True)
        names = {
            "unit__id__exact": self.unit,
            "horizon__exact": self.horizon,
            "topics__id__exact": self.topic,
        }
        query.update({name: str(value) for name, value in names.items() if value})
        if state or self.mine:
            query["state"] = state or "mine"
        return query.urlencode()


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@dataclass
class Card:
    action: Action
    back: Status | None = None
    on: Status | None = None
    days_late: int = 0


@dataclass
class Column:
    code: str
    name: str
    statuses: list[Status]
    count: int = 0
    cards: list[Card] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.count - len(self.cards)


@dataclass
class Board:
    columns: list[Column]
    late: list[Card]
    late_count: int
    open_count: int
    units: list[Unit]


def board_for(user: User, filters: Filters) -> Board:
    mine = Action.objects.for_user(user)
    shown = filters.apply(mine, user)
    line = list(Status.objects.all())
    columns = _columns(line)
    counts = dict(shown.order_by().values_list("status").annotate(n=Count("pk")))
    steps = _Steps(user, line)
    for action in _cards(shown, columns, user):
        column = next(one for one in columns if action.status in one.statuses)
        column.cards.append(steps.card(action))
    for column in columns:
        column.count = sum(counts.get(status.pk, 0) for status in column.statuses)
    late = shown.overdue().order_by("due_on", "pk")
    return Board(
        columns=columns,
        late=[steps.card(one) for one in late.select_related("status", "unit", "owner")[:LATE_SHOWN]],
        late_count=late.count(),
        open_count=sum(counts.get(status.pk, 0) for status in line if status.is_open),
        units=list(Unit.objects.filter(pk__in=mine.order_by().values("unit"))),
    )


def _columns(line: Iterable[Status]) -> list[Column]:
    """One for each place of the line; where actions end they stand together, with how they ended."""
    columns = [Column(one.code, str(one), [one]) for one in line if not one.ends_here]
    return [*columns, Column(ENDED, "", [one for one in line if one.ends_here])]


def _cards(actions: QuerySet, columns: Iterable[Column], user: User) -> list[Action]:
    """The first of each column: by day, those without one last; where it is over, the newest first."""
    over = [status.pk for column in columns for status in column.statuses if not status.is_open]
    shown = [*_first(actions.exclude(status__in=over)), *_first_over(actions, over)]
    counted = with_effect_state(voices_behind(Action.objects.filter(pk__in=shown)), reader=user)
    cards = list(counted.select_related("status", "unit", "owner"))
    say_effects(cards, reader=user)
    return cards


def _first(actions: QuerySet) -> list[int]:
    place = Window(
        RowNumber(), partition_by="status", order_by=[F("due_on").asc(nulls_last=True), F("pk").asc()]
    )
    ranked = actions.order_by().annotate(place=place).filter(place__lte=CARDS_IN_A_COLUMN)
    return list(ranked.values_list("pk", flat=True))


def _first_over(actions: QuerySet, over: list[int]) -> list[int]:
    place = Window(
        RowNumber(),
        partition_by="status__ends_here",
        order_by=[F("ended_on").desc(nulls_last=True), F("pk").desc()],
    )
    ranked = actions.filter(status__in=over).order_by().annotate(place=place)
    return list(ranked.filter(place__lte=CARDS_IN_A_COLUMN).values_list("pk", flat=True))


class _Steps:
    """Which arrows a card has: the nearest places that this person may move it to, one query for all cards."""

    def __init__(self, user: User, line: list[Status]):
        self.user = user
        self.place = {status.pk: number for number, status in enumerate(line)}
        self.line = line
        self.allowed: dict[tuple[int, str], set[int]] = {}
        for before, after, who in Move.objects.values_list("before", "after", "who"):
            self.allowed.setdefault((before, who), set()).add(after)

    def card(self, action: Action) -> Card:
        here = self.place[action.status_id]
        after = {
            self.place[status]
            for part in parts_of(self.user, action)
            for status in self.allowed.get((action.status_id, part), ())
        }
        on = [place for place in after if place > here and not self.line[place].needs_reason]
        back = [place for place in after if place < here]
        return Card(
            action,
            back=self.line[max(back)] if back else None,
            on=self.line[min(on)] if on else None,
            days_late=action.days_late(),
        )
