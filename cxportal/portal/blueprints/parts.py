"""What a blueprint is made of. Structure and codes stand here, the words in `texts/`, one file per language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from panels.models import Mailing, Panel, Sample
from surveys.models import Collector, Indicator, Question, Wave

Kind = Question.Kind
Formula = Indicator.Formula
OTHER, EXCLUSIVE = "+", "-"
"""Before the code of a choice: it comes with a text box; it excludes the others."""


@dataclass(frozen=True)
class Ask:
    """One question. `items`: code of each thing of a grid -> topic."""

    code: str
    kind: str
    scale: str = ""
    topic: str = ""
    items: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    fills: str = ""
    band_of: str = ""
    shown_if: dict[str, Any] | None = None
    is_required: bool = False
    not_for_me: bool = False
    max_length: int = 2000


@dataclass(frozen=True)
class Figure:
    """An indicator. `target` is in its unit: a mean, or per cent for shares."""

    code: str
    questions: tuple[str, ...]
    formula: str = Formula.MEAN
    target: float | None = None


@dataclass(frozen=True)
class Way:
    """A way in. `each`: one for every unit of this kind, or one for all where there is no such unit."""

    kind: str = Collector.Kind.LINK
    channel: str = "web"
    each: str = ""


@dataclass(frozen=True)
class Mail:
    """A mailing in draft to one panel, which is made where there is none with this code."""

    panel: str
    kind: str = Panel.Kind.CUSTOMER
    channel: str = Mailing.By.EITHER
    method: str = Sample.Method.EVERYBODY
    size: int | None = None
    reminder_days: tuple[int, ...] = ()

    @property
    def wipes(self) -> str:
        return Panel.Wipes.AFTER_LAST_MESSAGE if self.kind == Panel.Kind.CONTACT_LIST else Panel.Wipes.KEEPS


@dataclass(frozen=True)
class Pair:
    """Two answers that cannot both be true."""

    code: str
    first: str
    first_values: str
    second: str
    second_values: str


@dataclass(frozen=True, eq=False)
class Blueprint:
    """A ready-made survey for one way of measuring, with everything around it."""

    code: str
    survey: str
    parts: tuple[tuple[Ask, ...], ...]
    figures: tuple[Figure, ...]
    ways: tuple[Way, ...]
    breakdowns: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...] = ()
    privacy: str = Wave.Privacy.ANONYMOUS
    repeat: str = Wave.Repeat.NEVER
    mails: tuple[Mail, ...] = ()
    contradictions: tuple[Pair, ...] = ()

    @property
    def number(self) -> int:
        """C2 stands before C13, and C3-CHILDREN beside C3."""
        return int(self.code.lstrip("C").partition("-")[0])

    @property
    def questions(self) -> tuple[Ask, ...]:
        return tuple(ask for part in self.parts for ask in part)


# ---------- questions, shortly ----------


def rating(code: str, scale: str, **more: Any) -> Ask:
    return Ask(code, Kind.RATING, scale=scale, **more)


def grid(code: str, scale: str, items: Mapping[str, str], **more: Any) -> Ask:
    return Ask(code, Kind.GRID, scale=scale, items=items, **more)


def single(code: str, *choices: str, **more: Any) -> Ask:
    return Ask(code, Kind.SINGLE, choices=choices, **more)


def yes_no(code: str, *reasons: str, **more: Any) -> Ask:
    return Ask(code, Kind.YES_NO, choices=reasons, **more)


def thumbs(code: str, *reasons: str, **more: Any) -> Ask:
    return Ask(code, Kind.THUMBS, choices=reasons, **more)


def text(code: str, **more: Any) -> Ask:
    return Ask(code, Kind.LONG_TEXT, **more)


def shares(*codes: str, target: float | None = None) -> tuple[Figure, ...]:
    """The share of favourable answers to each of these questions."""
    return tuple(Figure(code, (code,), Formula.SHARE, target) for code in codes)
