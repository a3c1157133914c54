"""Feedback collected elsewhere, from a file. Everything is checked first; then it is written in short chunks.

A row is refused for: a code that is not known, a date, a score or an address that cannot be read, an `id` that stands in the
file already. Rows without a text are left out and counted. A file that is imported again adds only what is new.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone
from django.utils.translation import gettext as _

from cxportal.languages import LANGUAGES
from cxportal.organisation import importing
from cxportal.organisation.audit import note_import
from cxportal.organisation.importing import Refusal, Row, RowRefused, Table, open_table
from cxportal.organisation.models import Channel, Service, Stage, Topic, Unit
from feedback.intake import BATCH, Arrival, Intake
from feedback.models import Item, Kind, Tone

COLUMNS = (
    *("text", "title", "id", "received", "kind", "channel", "tone", "language", "unit", "service", "stage"),
    *("topics", "on_behalf_of", "page", "score"),
)
CODED = ("kind", "channel", "tone", "language", "unit", "service", "stage", "topics", "on_behalf_of")
DATE_FORMS = ("%d/%m/%Y %H:%M", "%d/%m/%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y/%m/%d", "%Y-%m-%d %H:%M")
BETWEEN_TOPICS = re.compile(r"\s*[|;,]\s*")
TICKED = {"1", "1.0", "x", "yes", "true"}
NOT_TICKED = {"", "0", "0.0", "no", "false"}


@dataclass(frozen=True)
class Scale:
    """From the worst to the best score, whichever is the higher number; and codes that say that there is none."""

    worst: Decimal
    best: Decimal
    none: frozenset[str] = frozenset()

    def read(self, cell: str) -> Decimal | None:
        if not cell or cell in self.none:
            return None
        try:
            score = Decimal(cell)
        except InvalidOperation:
            raise RowRefused(_("“%(cell)s” is no score.") % {"cell": cell[:40]}) from None
        if not min(self.worst, self.best) <= score <= max(self.worst, self.best):
            raise RowRefused(
                _("The score %(score)s lies outside %(worst)s to %(best)s.")
                % {"score": cell[:40], "worst": self.worst, "best": self.best}
            )
        return score


@dataclass(frozen=True)
class Plan:
    """How a file is to be read, as far as it does not say so itself."""

    source: str = ""
    defaults: Mapping[str, str] = field(default_factory=dict)
    """Column -> code for rows that say nothing."""
    values: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(column, what stands in the cell) -> code."""
    topic_headings: Mapping[str, str] = field(default_factory=dict)
    """Heading that is ticked -> code of the topic."""
    blank_unknown: frozenset[str] = frozenset()
    """Columns of which unknown codes are left empty and counted."""
    no_text: frozenset[str] = frozenset()
    date_forms: tuple[str, ...] = DATE_FORMS
    scale: Scale | None = None


@dataclass
class Outcome(importing.Outcome):
    without_text: int = 0
    left_empty: int = 0
    with_personal_data: int = 0


def import_feedback(
    file: Path,
    *,
    plan: Plan,
    columns: Mapping[str, str] | None = None,
    encoding: str = "",
    delimiter: str = "",
    skip_refused: bool = False,
    check: bool = False,
    progress: Callable[[int], None] = lambda count: None,
) -> tuple[Table, Outcome]:
    """Raises FileRefused when the file cannot be read as a table. `check` changes nothing."""
    known = {name: name for name in COLUMNS} | {
        heading.casefold(): heading for heading in plan.topic_headings
    }
    table = open_table(
        file,
        known_headings=known,
        chosen=dict(columns or {}),
        required=["text"],
        encoding=encoding,
        delimiter=delimiter,
    )
    reader = Reader(table, plan)
    outcome = Outcome()
    readable = sum(1 for _arrival in reader.arrivals(outcome))
    outcome.refused.sort()
    if check or (outcome.refused and not skip_refused):
        outcome.new = readable
        return table, outcome
    _write(reader, outcome, progress)
    return table, outcome


def _write(reader: "Reader", outcome: Outcome, progress: Callable[[int], None]) -> None:
    intake, at = Intake(), timezone.now()
    batch: list[Arrival] = []

    def take() -> None:
        taken = intake.take(batch, at=at)
        outcome.new += len(taken.new)
        outcome.unchanged += taken.known
        outcome.with_personal_data += sum(item.has_personal_data for item in taken.new)
        batch.clear()
        progress(outcome.new + outcome.unchanged)

    try:
        for arrival in reader.arrivals(Outcome()):
            batch.append(arrival)
            if len(batch) == BATCH:
                take()
        if batch:
            take()
    finally:  # also of a file that was cut off, as far as it came
        note_import(Item, new=outcome.new, unchanged=outcome.unchanged, refused=len(outcome.refused))
    outcome.is_written = True


class Reader:
    """Rows of the file as arrivals. The agency's codes are looked up once."""

    def __init__(self, table: Table, plan: Plan) -> None:
        self.table, self.plan = table, plan
        self.codes: dict[str, Mapping[str, Any]] = {
            "kind": {kind: kind for kind in Kind.values},
            "channel": {channel: channel for channel in Channel.values},
            "tone": {tone: tone for tone in Tone.values},
            "language": {language: language for language in LANGUAGES},
            "on_behalf_of": {code: code for code in Item.OnBehalfOf.values},
            "unit": dict(Unit.objects.values_list("code", "pk")),
            "service": dict(Service.objects.values_list("code", "pk")),
            "stage": dict(Stage.objects.values_list("code", "pk")),
            "topics": dict(Topic.objects.values_list("code", "pk")),
        }
        self._check_plan()

    def arrivals(self, outcome: Outcome) -> Iterator[Arrival]:
        seen: set[str] = set()
        for row in self.table.rows(outcome.refused):
            text = _text_of(row, self.plan.no_text)
            if not text:
                outcome.without_text += 1
                continue
            try:
                key = self._key(row, seen)
                yield self._arrival(row, text, key, outcome)
            except RowRefused as error:
                outcome.refused.append(Refusal(row.line, row.cells.get("id", ""), str(error)))

    def _arrival(self, row: Row, text: str, key: str, outcome: Outcome) -> Arrival:
        coded = {name: self._coded(name, row, outcome) for name in CODED if name != "topics"}
        scale = self.plan.scale
        score = scale.read(row.cells.get("score", "")) if scale else None
        item = Item(
            text=text,
            kind=coded["kind"] or Kind.OTHER,
            way_in=Item.WayIn.IMPORT,
            received_at=_moment(row.cells.get("received", ""), self.plan.date_forms),
            channel=coded["channel"] or "",
            tone=coded["tone"] or "",
            language=coded["language"] or "",
            on_behalf_of=coded["on_behalf_of"] or "",
            unit_id=coded["unit"],
            service_id=coded["service"],
            stage_id=coded["stage"],
            page_address=_page(row.cells.get("page", "")),
            score=score,
            score_worst=scale.worst if scale and score is not None else None,
            score_best=scale.best if scale and score is not None else None,
            intake_key=key,
        )
        return Arrival(item, self._topics(row, outcome))

    def _coded(self, name: str, row: Row, outcome: Outcome) -> Any:
        cell = row.cells.get(name, "")
        return self._look_up(name, cell, outcome) if cell else self._default(name)

    def _look_up(self, name: str, cell: str, outcome: Outcome) -> Any:
        code = self.plan.values.get((name, cell), cell)
        if not code:
            return None
        known = self.codes[name]
        found = known.get(code, known.get(code.casefold()))
        if found is None and name in self.plan.blank_unknown:
            outcome.left_empty += 1
            return None
        if found is None:
            raise RowRefused(
                _("“%(code)s” is no known code of %(column)s.") % {"code": cell[:60], "column": name}
            )
        return found

    def _default(self, name: str) -> Any:
        code = self.plan.defaults.get(name)
        return self.codes[name][code] if code else None

    def _topics(self, row: Row, outcome: Outcome) -> list[int]:
        cell = row.cells.get("topics", "")
        given = [self._look_up("topics", one, outcome) for one in BETWEEN_TOPICS.split(cell) if one]
        for heading, code in self.plan.topic_headings.items():
            ticked = row.cells.get(heading, "").casefold()
            if ticked in TICKED:
                given.append(self.codes["topics"][code])
            elif ticked not in NOT_TICKED:
                raise RowRefused(
                    _("“%(cell)s” under “%(heading)s” is neither yes nor no.")
                    % {"cell": ticked[:40], "heading": heading}
                )
        return [topic for topic in given if topic]

    def _key(self, row: Row, seen: set[str]) -> str:
        """The same row of the same source again is the same voice."""
        name = row.cells.get("id", "")
        if name in seen:
            raise RowRefused(_("The id stands in the file already."))
        if name:
            seen.add(name)
        source = self.plan.source or self.table.file.name
        told = f"import\0{source}\0{name or f'line {row.line}'}"
        return hashlib.sha256(told.encode()).hexdigest()

    def _check_plan(self) -> None:
        wanted = [
            *self.plan.defaults.items(),
            *((column, code) for (column, _cell), code in self.plan.values.items() if code),
            *(("topics", code) for code in self.plan.topic_headings.values()),
        ]
        for column, code in wanted:
            if code not in self.codes.get(column, {}):
                reason = _("“%(code)s” is no known code of %(column)s.") % {"code": code, "column": column}
                raise importing.FileRefused(self.table.file, reason)
        for heading in self.plan.topic_headings:
            if heading not in self.table.columns:
                reason = _("There is no heading “%(heading)s”.") % {"heading": heading}
                raise importing.FileRefused(self.table.file, reason, line=1)


def _text_of(row: Row, no_text: Sequence[str] | frozenset[str]) -> str:
    title, text = row.cells.get("title", ""), row.cells["text"]
    if text in no_text:
        text = ""
    whole = f"{title}\n\n{text}" if title and text else text
    return whole.replace("\0", "")


def _moment(cell: str, forms: Sequence[str]) -> datetime:
    if not cell:
        return timezone.now()
    moment = _read_moment(cell, forms)
    if moment is None:
        raise RowRefused(_("“%(cell)s” is no date.") % {"cell": cell[:40]})
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    if moment > timezone.now() + timedelta(days=1) or moment < datetime(1990, 1, 1, tzinfo=UTC):
        raise RowRefused(_("The date %(cell)s cannot be right.") % {"cell": cell[:40]})
    return moment


def _read_moment(cell: str, forms: Sequence[str]) -> datetime | None:
    try:
        return datetime.fromisoformat(cell)
    except ValueError:
        pass
    for form in forms:
        try:
            return datetime.strptime(cell, form)
        except ValueError:
            continue
    return None


def _page(cell: str) -> str:
    if not cell:
        return ""
    try:
        parts = urlsplit(cell)
    except ValueError:
        raise RowRefused(_("“%(cell)s” is no address of a page.") % {"cell": cell[:60]}) from None
    return parts._replace(query="", fragment="").geturl()[:1000].split("?")[0].split("#")[0]
