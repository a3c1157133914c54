"""What stands in the weekly digest of a member of staff. Each room registers its part; the portal sends them together.

A room says in its `AppConfig.ready()`: `register("results", results_of_week, position=10)`. The function gets the
person and the week and returns a `Section`, or None where there is nothing new. It is called when the mail is handed
over, in the language of the mail, so it has to ask for the rights the person has then.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.utils import timezone

if TYPE_CHECKING:
    from cxportal.organisation.models import User


class Week(NamedTuple):
    first: date
    """A Monday."""

    @classmethod
    def before(cls, at: datetime) -> "Week":
        """The last whole week."""
        today = timezone.localdate(at)
        return cls(today - timedelta(days=today.weekday() + 7))

    @property
    def last(self) -> date:
        return self.first + timedelta(days=6)

    @property
    def number(self) -> int:
        return self.first.isocalendar().week

    @property
    def begins(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.first, time()))

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        return timezone.make_aware(datetime.combine(self.first + timedelta(days=7), time()))


class Line(NamedTuple):
    """One figure or one thing that happened."""

    name: str
    value: str = ""
    note: str = ""
    look: str = ""
    """ "up", "down" or nothing."""
    percent: int | None = None
    """Length of the bar under it; None: no bar."""


@dataclass(frozen=True)
class Block:
    heading: str
    lines: list[Line] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    """Whole sentences that stand above the lines."""


@dataclass(frozen=True)
class Section:
    title: str
    blocks: list[Block]
    path: str = ""
    """Of the page where all of it stands, in the language of the mail."""


SectionFunction = Callable[["User", Week], Section | None]
_sections: dict[str, tuple[int, SectionFunction]] = {}


def register(code: str, function: SectionFunction, *, position: int) -> None:
    _sections[code] = (position, function)


def sections_for(user: "User", week: Week) -> list[Section]:
    in_order = sorted(_sections.items(), key=lambda item: (item[1][0], item[0]))
    found = [function(user, week) for _code, (_position, function) in in_order]
    return [section for section in found if section]
