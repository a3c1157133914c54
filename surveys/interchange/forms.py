"""What a reader makes of a file: a form in our words, and a report on how it got there."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from surveys.conditions import Condition

Texts = dict[str, str]
"""Code of a language -> text."""


class Refused(ValueError):
    """The file is not taken. `faults` say in one sentence each where the trouble is and what to do."""

    def __init__(self, *faults: str):
        self.faults = list(faults)
        super().__init__(" ".join(faults))


@dataclass
class FormChoice:
    name: str
    """As the file has it: what conditions speak of."""
    code: str
    texts: Texts
    is_exclusive: bool = False
    asks_for_text: bool = False
    stands_for: Texts = field(default_factory=dict)
    value: int | None = None
    is_favourable: bool = False


@dataclass
class FormScale:
    """A scale of the agency's own, unless `standard` names a ready one."""

    points: list[FormChoice] = field(default_factory=list)
    standard: str = ""
    code: str = ""
    name: str = ""
    is_numeric: bool = False
    high_is_good: bool | None = None


@dataclass
class FormItem:
    name: str
    code: str
    texts: Texts
    topic: str = ""


@dataclass
class FormQuestion:
    name: str
    """As the file has it."""
    code: str
    kind: str
    texts: Texts
    place: str
    help: Texts = field(default_factory=dict)
    is_required: bool = False
    choices: list[FormChoice] = field(default_factory=list)
    items: list[FormItem] = field(default_factory=list)
    scale: FormScale | None = None
    low: int | None = None
    high: int | None = None
    max_length: int = 2000
    condition: Condition | None = None
    offers_not_for_me: bool = False
    offers_dont_know: bool = False
    topic: str = ""
    fills: str = ""
    band_of: str = ""
    clips: dict[tuple[str, str], str] = field(default_factory=dict)
    """(kind, language) -> name of the file that the form asks for."""
    alt: Texts = field(default_factory=dict)
    """What its pictures show."""

    def rows(self) -> "Iterator[FormChoice | FormItem]":
        """Everything beside the question that has a text in this form: not the points of a ready scale."""
        yield from self.choices
        yield from self.items
        if self.scale and not self.scale.standard:
            yield from self.scale.points


@dataclass
class FormPart:
    texts: Texts = field(default_factory=dict)
    questions: list[FormQuestion] = field(default_factory=list)


@dataclass
class FormMeasure:
    """A contradiction or an indicator, as a sheet of this portal has it."""

    sheet: str
    place: str
    cells: dict[str, str]
    texts: Texts


@dataclass
class Form:
    code: str = ""
    title: Texts = field(default_factory=dict)
    purpose: Texts = field(default_factory=dict)
    thanks: Texts = field(default_factory=dict)
    source: str = ""
    parts: list[FormPart] = field(default_factory=list)
    best_first: bool = True
    offers_simple_mode: bool = True
    is_ours: bool = False
    """Written by this portal: its pages stay as they are."""
    measures: list[FormMeasure] = field(default_factory=list)

    @property
    def questions(self) -> list[FormQuestion]:
        return [question for part in self.parts for question in part.questions]


# ---------- the report ----------


class Verdict(StrEnum):
    TAKEN = "taken"
    CHANGED = "changed"
    DROPPED = "dropped"


class What(StrEnum):
    """What a line of the report is about."""

    QUESTION = "question"
    REST = "rest"
    """Conditions, constraints, media, settings: what stands beside the questions."""


@dataclass
class Entry:
    verdict: Verdict
    what: What
    place: str
    """Sheet and row, or element."""
    name: str
    note: str = ""
    original: str = ""
    """As it was written, where it could not be taken over."""
    has_counterpart: bool = True
    """Whether there is a kind of question here that asks such a thing."""


@dataclass
class FoundLanguage:
    label: str
    """How the file calls it; empty for texts that name none."""
    code: str
    """Empty: not one of ours, its texts stay in the report."""
    is_sure: bool = True


@dataclass
class Report:
    file: str = ""
    format: str = ""
    entries: list[Entry] = field(default_factory=list)
    languages: list[FoundLanguage] = field(default_factory=list)
    kept_texts: dict[str, list[list[str]]] = field(default_factory=dict)
    """Language that is not ours -> [place, text]."""
    missing: dict[str, list[str]] = field(default_factory=dict)
    """Language -> codes of the questions of which a text is missing."""

    def taken(self, place: str, name: str) -> None:
        self._add(Verdict.TAKEN, What.QUESTION, place, name)

    def changed(
        self, place: str, name: str, note: str, original: str = "", *, question: bool = False
    ) -> None:
        self._add(Verdict.CHANGED, What.QUESTION if question else What.REST, place, name, note, original)

    def dropped(
        self,
        place: str,
        name: str,
        note: str,
        original: str = "",
        *,
        question: bool = False,
        has_counterpart: bool = False,
    ) -> None:
        what = What.QUESTION if question else What.REST
        self._add(Verdict.DROPPED, what, place, name, note, original, has_counterpart)

    def _add(self, *columns: Any) -> None:
        self.entries.append(Entry(*columns))

    def of(self, verdict: Verdict, what: What | None = None) -> list[Entry]:
        return [row for row in self.entries if row.verdict == verdict and what in (None, row.what)]

    @property
    def questions_in(self) -> int:
        return len([row for row in self.entries if row.what == What.QUESTION])

    @property
    def with_counterpart(self) -> int:
        return len([row for row in self.entries if row.what == What.QUESTION and row.has_counterpart])

    @property
    def unsure(self) -> list[FoundLanguage]:
        return [language for language in self.languages if not language.is_sure]

    def counts(self) -> dict[str, int]:
        return {
            "questions": self.questions_in,
            "with_counterpart": self.with_counterpart,
            **{verdict.value: len(self.of(verdict, What.QUESTION)) for verdict in Verdict},
            "rest_changed": len(self.of(Verdict.CHANGED, What.REST)),
            "rest_dropped": len(self.of(Verdict.DROPPED, What.REST)),
        }

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Report":
        entries = [
            Entry(**(row | {"verdict": Verdict(row["verdict"]), "what": What(row["what"])}))
            for row in stored["entries"]
        ]
        languages = [FoundLanguage(**row) for row in stored["languages"]]
        return cls(**(stored | {"entries": entries, "languages": languages}))
