"""Answers collected elsewhere, from a file with a column per question. Everything is checked first; then all is put
into the ballot box in random order, or nothing.

    question                 a rating, one choice, yes or no: its code. A number. A text as it is
    question                 any of several choices: their codes with | between
    question.thing           one thing of a grid; question.choice: the rank of a choice
    question.reasons         reasons after a no; question.other: the text of an "other" choice
    collector, unit, channel which way in; language: a code such as fi. With a colon before it where a question has
                             that code

An empty cell was left empty if the question is asked after the other answers, and not asked otherwise; a question
without a column was not asked. ":not_for_me" and ":dont_know" are taken where the question offers them. A row is
refused for anything else: codes are never guessed.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cxportal.organisation.importing import FileRefused, Refusal, Row, Table, open_table
from surveys.answering import EMPTY, Given, final, is_in_range, number_of, usable
from surveys.brought_in import (
    Ballot,
    NotOpen,
    Shape,
    Stack,
    laid_out,
    left_out,
    put_in_laid_out,
    shapes_of,
    take_open,
    why_not_open,
)
from surveys.models import Collector, ImportedFile, Mode, Wave
from surveys.questionnaire import DONT_KNOW, NOT_FOR_ME, Content, Form, Questionnaire

BESIDE = ("collector", "unit", "channel", "language")
BETWEEN_CHOICES = "|"
MOST_REFUSALS_KEPT = 1000
MODE_OF = {Collector.Kind.PAPER: Mode.PAPER, Collector.Kind.STAFF: Mode.STAFF}


class Refused(Exception):
    """Why the file is not taken, in one sentence."""


class Fault(NamedTuple):
    """What is wrong in one cell, or in the row if no column is named."""

    column: str
    reason: str


@dataclass
class Outcome:
    taken: int = 0
    refused: int = 0
    cells_left_out: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    """What was wrong, by line and column; after the first thousand only counted in `refused`."""
    is_written: bool = False

    @property
    def lists_all(self) -> bool:
        return len(self.refusals) < MOST_REFUSALS_KEPT


def import_responses(
    wave: Wave,
    file: Path,
    *,
    columns: Mapping[str, str] | None = None,
    leave_out: Collection[str] = (),
    collector: str = "",
    encoding: str = "",
    delimiter: str = "",
    drop_not_asked: bool = False,
    skip_refused: bool = False,
    check: bool = False,
    again: bool = False,
    at: date | None = None,
) -> tuple[Table, Outcome]:
    """Raises `Refused` or `FileRefused`; rows that are refused stand in the outcome.

    `columns` maps our columns to headings of the file, `leave_out` names headings that are not read, `collector` the
    way in of every row. `drop_not_asked` takes rows without the answers to what the questionnaire would not have
    asked; else such rows are refused.
    """
    if reason := why_not_open(wave):
        raise Refused(reason)
    questionnaire = Questionnaire(wave.version.content)  # type: ignore[union-attr]
    table = open_responses(file, questionnaire, columns or {}, leave_out, encoding, delimiter)
    digest = digest_of(file)
    if not again:
        refuse_known(wave, digest)
    reader = Reader(wave, questionnaire, table, collector, drop_not_asked)
    outcome = Outcome()
    with Stack() as stack:
        for ballot in reader.ballots(outcome):
            stack.add(ballot)
        outcome.taken = len(stack)
        if stack and not check and (skip_refused or not outcome.refused):
            with laid_out(wave=wave, version_id=wave.version_id, stack=stack):  # type: ignore[arg-type]
                _write(wave, stack, digest, outcome, again=again, at=at or timezone.localdate())
    return table, outcome


@transaction.atomic
def _write(wave: Wave, stack: Stack, digest: str, outcome: Outcome, *, again: bool, at: date) -> None:
    try:
        held = take_open(wave.pk)
    except NotOpen as error:
        raise Refused(str(error)) from error
    if not again:
        refuse_known(held, digest)
    put_in_laid_out(wave=held, stack=stack)
    counts = {"rows": outcome.taken, "refused": outcome.refused, "imported_on": at}
    known, is_new = ImportedFile.objects.get_or_create(wave=held, digest=digest, defaults=counts)
    if not is_new:
        ImportedFile.objects.filter(pk=known.pk).update(times=known.times + 1, **counts)
    outcome.is_written = True


def refuse_known(wave: Wave, digest: str) -> None:
    known = ImportedFile.objects.filter(wave=wave, digest=digest).first()
    if known:
        raise Refused(
            _("This very file was imported on %(day)s (%(rows)d rows). Say --again to count it once more.")
            % {"day": known.imported_on.isoformat(), "rows": known.rows}
        )


def digest_of(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


# ---------- headings ----------


def open_responses(
    file: Path,
    questionnaire: Questionnaire,
    columns: Mapping[str, str],
    leave_out: Collection[str],
    encoding: str,
    delimiter: str,
) -> Table:
    known = known_headings(questionnaire)
    table = open_table(
        file, known_headings=known, chosen=columns, required=[], encoding=encoding, delimiter=delimiter
    )
    read = set(table.columns.values())
    unknown = [
        heading
        for place, heading in enumerate(table.headings)
        if place not in read and heading not in leave_out
    ]
    if unknown:
        reason = _(
            "No question has the code of these headings: %(headings)s. Say --leave-out for what is not to be read."
        )
        raise FileRefused(
            file, reason % {"headings": " | ".join(heading or "-" for heading in unknown)}, line=1
        )
    if not set(table.columns) - {f":{name}" for name in BESIDE}:
        raise FileRefused(file, _("No heading is the code of a question."), line=1)
    return table


def known_headings(questionnaire: Questionnaire) -> dict[str, str]:
    """Heading -> our column. Headings are compared in small letters, as all codes are."""
    codes = {name: name for name in shapes_of(questionnaire) if not name.endswith(":skip")}
    beside = {name: f":{name}" for name in BESIDE if name not in codes}
    return {f":{name}": f":{name}" for name in BESIDE} | beside | codes


# ---------- rows ----------


class Reader:
    """Turns rows of one table into what the ballot box takes."""

    def __init__(
        self, wave: Wave, questionnaire: Questionnaire, table: Table, collector: str, drop_not_asked: bool
    ) -> None:
        self.wave, self.questionnaire, self.table = wave, questionnaire, table
        self.drop_not_asked = drop_not_asked
        self.shapes = shapes_of(questionnaire)
        self.ways_in = WaysIn(wave, collector)
        self.languages = frozenset(wave.languages)
        self.columns = [name for name in table.columns if not name.startswith(":")]
        self.stored_names = self._stored_names()

    def _stored_names(self) -> frozenset[str]:
        """Names under which answers are stored for the columns of the file: what has no column was not asked."""
        codes = set(self.columns)
        rankings = {
            name.partition(".")[0] for name in self.columns if self.shapes[name].question["kind"] == "ranking"
        }
        return frozenset(codes | rankings)

    def ballots(self, outcome: Outcome) -> Iterator[Ballot]:
        wrong_width: list[Refusal] = []
        for row in self.table.rows(wrong_width):
            self._note(outcome, wrong_width)
            faults: list[Fault] = []
            ballot = self.ballot_of(row, faults, outcome)
            if ballot and not faults:
                yield ballot
            else:
                self._note(
                    outcome, [Refusal(row.line, fault.column, fault.reason) for fault in faults], rows=1
                )
        self._note(outcome, wrong_width)

    def _note(self, outcome: Outcome, refusals: list[Refusal], rows: int | None = None) -> None:
        outcome.refused += len(refusals) if rows is None else rows
        outcome.refusals += refusals[: MOST_REFUSALS_KEPT - len(outcome.refusals)]
        refusals.clear()

    def ballot_of(self, row: Row, faults: list[Fault], outcome: Outcome) -> Ballot | None:
        """One row; what is wrong with it is added to `faults`."""
        given: Given = {}
        for name in self.columns:
            if cell := row.cells[name]:
                self._read(name, cell, given, faults)
        way_in = self.ways_in.find(row.cells, faults)
        language = self._language(row.cells.get(":language", ""), faults)
        if faults or way_in is None:
            return None
        content = self._content(given, faults, outcome)
        return Ballot(way_in.pk, content, language, MODE_OF.get(way_in.kind, Mode.FULL))  # type: ignore[call-overload]

    def _read(self, name: str, cell: str, given: Given, faults: list[Fault]) -> None:
        shape = self.shapes[name]
        if cell == EMPTY:
            return
        if shape.field.form == Form.TYPED:
            self._read_typed(name, cell, shape, given, faults)
            return
        codes = (
            [code.strip() for code in cell.split(BETWEEN_CHOICES)]
            if shape.field.form == Form.MANY
            else [cell]
        )
        for code in codes:
            if code not in shape.field.codes:
                faults.append(Fault(name, _("“%(code)s” is no code of this question.") % {"code": code[:60]}))
        if len(set(codes)) != len(codes):
            faults.append(Fault(name, _("“%(cell)s” names a choice twice.") % {"cell": cell[:60]}))
        given[name] = codes

    def _read_typed(self, name: str, cell: str, shape: Shape, given: Given, faults: list[Fault]) -> None:
        skip = self.shapes.get(f"{name}:skip")
        if cell in {NOT_FOR_ME, DONT_KNOW} and skip and cell in skip.field.codes:
            given[f"{name}:skip"] = [cell]
            return
        if reason := self._fault_of_typed(cell, shape):
            faults.append(Fault(name, reason))
        given[name] = [usable(cell)]

    def _fault_of_typed(self, cell: str, shape: Shape) -> str:
        if shape.is_number:
            number = number_of(cell)
            if number is None:
                return _("“%(cell)s” is no number.") % {"cell": cell[:60]}
            if not is_in_range(shape.question, number):
                return _("%(number)s lies outside what may be answered.") % {"number": number}
        elif len(cell) > shape.field.max_length:
            return _("The text is %(count)d characters long, %(most)d are allowed.") % {
                "count": len(cell),
                "most": shape.field.max_length,
            }
        return ""

    def _content(self, given: Given, faults: list[Fault], outcome: Outcome) -> Content:
        content = final(self.questionnaire, given)
        dropped = left_out(self.questionnaire, given, content)
        if dropped and self.drop_not_asked:
            outcome.cells_left_out += len(dropped)
        else:
            reason = _("After the other answers in this row, this is not asked or cannot be answered so.")
            faults += [Fault(name.removesuffix(":skip"), reason) for name in dropped]
        values = [row for row in content["values"] if row[0] in self.stored_names]
        return {"values": values, "texts": content["texts"]}

    def _language(self, code: str, faults: list[Fault]) -> str:
        if code and code not in self.languages:
            faults.append(Fault("language", _("The wave has no language “%(code)s”.") % {"code": code[:20]}))
        return code


class WaysIn:
    """The collectors of a wave, found by what stands in a row."""

    def __init__(self, wave: Wave, chosen: str) -> None:
        collectors = wave.collectors.exclude(kind=Collector.Kind.TICKETS).select_related("unit")
        self.wave, self.collectors = wave, list(collectors)
        self._found: dict[tuple[str, ...], Collector | Fault] = {}
        self.chosen = self._by_name(chosen) if chosen else None
        if isinstance(self.chosen, Fault):
            raise Refused(self.chosen.reason)

    def find(self, cells: Mapping[str, str], faults: list[Fault]) -> Collector | None:
        told = tuple(cells.get(f":{name}", "") for name in ("collector", "unit", "channel"))
        if told not in self._found:
            self._found[told] = self._look_up(*told)
        found = self._found[told]
        if isinstance(found, Fault):
            faults.append(found)
            return None
        return found

    def _look_up(self, name: str, unit: str, channel: str) -> Collector | Fault:
        if not (name or unit or channel) and self.chosen:
            return self.chosen
        fitting = [
            one
            for one in (self.collectors if not name else self._named.get(name, []))
            if unit in {"", one.unit.code if one.unit else ""} and channel in {"", one.channel}
        ]
        column = "collector" if name else "unit" if unit else "channel"
        told = ", ".join(filter(None, [name, unit, channel])) or "-"
        if len(fitting) == 1:
            reason = why_not_open(self.wave, fitting[0])
            return Fault(column, reason) if reason else fitting[0]
        if not fitting:
            return Fault(column, _("The wave has no way in for “%(told)s”.") % {"told": told})
        return Fault(
            column, _("More than one way into the wave fits “%(told)s”; name its address.") % {"told": told}
        )

    def _by_name(self, name: str) -> Collector | Fault:
        return self._look_up(name, "", "")

    @cached_property
    def _named(self) -> dict[str, list[Collector]]:
        named: dict[str, list[Collector]] = defaultdict(list)
        for one in self.collectors:
            for name in {one.name, one.address}:
                named[name].append(one)
        return named
