"""Operational figures of units and periods from a file. Everything is checked first; then all is written, or nothing.

A row is refused for: a unit or figure that is not known; a day or period that cannot be read; a last day before the
first; a value that is no number, has more than four decimals or could be read in two ways; a unit, figure and period
that stand in the file already. Unless `skip_refused` is given, one refused row refuses the whole file.
"""

import calendar
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from cxportal.organisation.importing import (
    FileRefused,
    Outcome,
    Refusal,
    Row,
    RowRefused,
    Table,
    open_table,
    words_of,
)
from cxportal.organisation.models import Figure, Unit, UnitFigure

KNOWN_HEADINGS = {
    "unit": "unit",
    "unit code": "unit",
    "figure": "figure",
    "figure code": "figure",
    "first day": "first_day",
    "first_day": "first_day",
    "starts on": "first_day",
    "starts_on": "first_day",
    "last day": "last_day",
    "last_day": "last_day",
    "ends on": "last_day",
    "ends_on": "last_day",
    "period": "period",
    "month": "period",
    "quarter": "period",
    "year": "period",
    "value": "value",
    "source": "source",
}
ISO_DAY = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
EUROPEAN_DAY = re.compile(r"(?P<day>\d{1,2})([./])(?P<month>\d{1,2})\2(?P<year>\d{4})")
YEAR = re.compile(r"(?P<year>\d{4})")
MONTH = re.compile(r"(?P<year>\d{4})[-/](?P<month>\d{1,2})|(?P<month_2>\d{1,2})[./](?P<year_2>\d{4})")
QUARTER = re.compile(
    r"(?P<year>\d{4})[-/ ]?Q(?P<quarter>[1-4])|Q(?P<quarter_2>[1-4])[-/ ]?(?P<year_2>\d{4})", re.I
)
SPACES = re.compile(r"[\s\u00a0\u202f'’]")
AMBIGUOUS = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}")
DECIMALS = 4
LARGEST = Decimal(10) ** 12
LONGEST_SOURCE = UnitFigure._meta.get_field("source").max_length or 0
BATCH = 500


class Key(NamedTuple):
    unit: int
    figure: int
    starts_on: date
    ends_on: date


class FigureRow(NamedTuple):
    line: int
    value: Decimal
    source: str | None


def import_unit_figures(
    file: Path,
    *,
    columns: Mapping[str, str] | None = None,
    encoding: str = "",
    delimiter: str = "",
    decimal: str = "",
    skip_refused: bool = False,
    check: bool = False,
) -> tuple[Table, Outcome]:
    """`decimal` is "," or "."; "" reads both, and refuses what could be a thousand or a decimal."""
    table = open_table(
        file,
        known_headings=KNOWN_HEADINGS,
        chosen=columns or {},
        required=["unit", "figure", "value"],
        encoding=encoding,
        delimiter=delimiter,
    )
    if "period" not in table.columns and not {"first_day", "last_day"} <= set(table.columns):
        raise FileRefused(file, _("There is neither a period nor a first and a last day."), line=1)
    outcome = Outcome()
    rows = _read(table, decimal, outcome.refused)
    with transaction.atomic():
        new, changed = _differences(rows, outcome)
        if not check and (skip_refused or not outcome.refused):
            UnitFigure.objects.bulk_create(new, batch_size=BATCH)
            UnitFigure.objects.bulk_update(changed, ["value", "source"], batch_size=BATCH)
            outcome.is_written = True
    return table, outcome


def period_of(text: str) -> tuple[date, date]:
    """First and last day of "2026-03", "3/2026", "2026-Q1", "Q1 2026" or "2026". Raises RowRefused."""
    year, month, months = 0, 1, 12
    if match := MONTH.fullmatch(text):
        year, month, months = (
            int(match["year"] or match["year_2"]),
            int(match["month"] or match["month_2"]),
            1,
        )
    elif match := QUARTER.fullmatch(text):
        year = int(match["year"] or match["year_2"])
        month, months = 3 * int(match["quarter"] or match["quarter_2"]) - 2, 3
    elif match := YEAR.fullmatch(text):
        year = int(match["year"])
    last_month = month + months - 1
    if not year or not 1 <= month <= last_month <= 12:
        raise RowRefused(
            _("“%(text)s” is no period: write a month as 2026-03, a quarter as 2026-Q1, a year as 2026.")
            % {"text": text[:40]}
        )
    return date(year, month, 1), date(year, last_month, calendar.monthrange(year, last_month)[1])


def day_of(text: str) -> date:
    """2026-03-31, 31.3.2026 or 31/3/2026: the day before the month. Raises RowRefused."""
    match = ISO_DAY.fullmatch(text) or EUROPEAN_DAY.fullmatch(text)
    try:
        if match:
            return date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        pass  # the 31st of a month that has 30
    raise RowRefused(_("“%(text)s” is no day: write 2026-03-31 or 31.3.2026.") % {"text": text[:40]})


def number_of(text: str, decimal: str = "") -> Decimal:
    """12.5, 12,5, 1 234,5 and 1.234,5. Raises RowRefused for what could be read in two ways, such as 1.234."""
    written = SPACES.sub("", text).replace("−", "-")
    if not decimal:
        if AMBIGUOUS.fullmatch(written):
            raise RowRefused(
                _("“%(text)s” can be read in two ways; say --decimal comma or --decimal point.")
                % {"text": text}
            )
        decimal = "," if written.rfind(",") > written.rfind(".") else "."
    thousands = "." if decimal == "," else ","
    shape = rf"-?(?:\d+|\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+)(?:{re.escape(decimal)}\d+)?"
    if not re.fullmatch(shape, written, re.ASCII):
        raise RowRefused(_("“%(text)s” is no number.") % {"text": text[:40]})
    value = Decimal(written.replace(thousands, "").replace(decimal, "."))
    if value != round(value, DECIMALS) or abs(value) >= LARGEST:
        raise RowRefused(
            _("“%(text)s” has more than four decimals or twelve digits before them.") % {"text": text[:40]}
        )
    return value


def _read(table: Table, decimal: str, refused: list[Refusal]) -> dict[Key, FigureRow]:
    units = dict(Unit.objects.values_list("code", "pk"))
    figures = dict(Figure.objects.values_list("code", "pk"))
    rows: dict[Key, FigureRow] = {}
    for row in table.rows(refused):
        try:
            key, figure_row = _understand(row, units, figures, decimal)
            if key in rows:
                raise RowRefused(
                    _("Unit, figure and period stand in line %(line)d already.") % {"line": rows[key].line}
                )
            rows[key] = figure_row
        except RowRefused as error:
            refused.append(Refusal(row.line, row.cells["unit"], str(error)))
    refused.sort()
    return rows


def _understand(
    row: Row, units: Mapping[str, int], figures: Mapping[str, int], decimal: str
) -> tuple[Key, FigureRow]:
    cells = row.cells
    if cells["unit"] not in units:
        raise RowRefused(_("There is no unit %(code)s.") % {"code": cells["unit"][:80] or "-"})
    if cells["figure"] not in figures:
        raise RowRefused(_("There is no figure %(code)s.") % {"code": cells["figure"][:80] or "-"})
    starts_on, ends_on = _days(cells)
    source = words_of(cells["source"]) if "source" in cells else None
    if source and len(source) > LONGEST_SOURCE:
        raise RowRefused(_("The source is longer than %(count)d letters.") % {"count": LONGEST_SOURCE})
    key = Key(units[cells["unit"]], figures[cells["figure"]], starts_on, ends_on)
    return key, FigureRow(row.line, number_of(cells["value"], decimal), source)


def _days(cells: Mapping[str, str]) -> tuple[date, date]:
    if cells.get("period"):
        return period_of(cells["period"])
    starts_on, ends_on = day_of(cells.get("first_day", "")), day_of(cells.get("last_day", ""))
    if ends_on < starts_on:
        raise RowRefused(_("The last day must not lie before the first."))
    return starts_on, ends_on


def _differences(
    rows: Mapping[Key, FigureRow], outcome: Outcome
) -> tuple[list[UnitFigure], list[UnitFigure]]:
    existing = {}
    if rows:
        stored = UnitFigure.objects.filter(
            figure__in={key.figure for key in rows},
            starts_on__gte=min(key.starts_on for key in rows),
            ends_on__lte=max(key.ends_on for key in rows),
        ).select_for_update()
        existing = {Key(row.unit_id, row.figure_id, row.starts_on, row.ends_on): row for row in stored}
    new, changed = [], []
    for key, row in rows.items():
        figure = existing.get(key)
        if figure is None:
            new.append(
                UnitFigure(
                    unit_id=key.unit,
                    figure_id=key.figure,
                    starts_on=key.starts_on,
                    ends_on=key.ends_on,
                    value=row.value,
                    source=row.source or "",
                )
            )
        elif figure.value != row.value or row.source not in {None, figure.source}:
            figure.value = row.value
            figure.source = figure.source if row.source is None else row.source
            changed.append(figure)
    outcome.new, outcome.changed = len(new), len(changed)
    outcome.unchanged = len(rows) - len(new) - len(changed)
    return new, changed
