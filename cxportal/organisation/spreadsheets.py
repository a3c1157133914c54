"""Tables for spreadsheets, out and in. What goes out is inert: no cell is taken for a formula.

A text that begins with a sign which a spreadsheet takes for the beginning of a formula gets an apostrophe before it, in
CSV; in a workbook it is marked as text. Numbers stay numbers. What comes in loses that apostrophe again.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils.exceptions import InvalidFileException

BEGINS_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
SKIPPED = " \t\r\n\f\v\u00a0\u200b\ufeff"
"""Some programs cut these off before they look."""
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
APOSTROPHE = "'"
LARGEST_UNPACKED_BYTES = 400 * 1024 * 1024
LONGEST_CELL = 32_767
"""What a spreadsheet takes."""
LONGEST_TITLE = 31

Value = str | int | float | Decimal | date | datetime | bool | None


class NotAWorkbook(ValueError):
    """Says in one sentence why the file cannot be read."""


def inert(value: Value) -> str:
    """The cell of a CSV file that shows this value and does nothing."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value.isoformat() if isinstance(value, date) else str(value)
    text = value.replace("\x00", "")
    return APOSTROPHE + text if _is_dangerous(text) else text


def alive(cell: str) -> str:
    """What was meant before `inert`."""
    return cell[1:] if cell[:1] == APOSTROPHE and _is_dangerous(cell[1:]) else cell


def _is_dangerous(text: str) -> bool:
    return text.startswith(("\t", "\r", "\n")) or text.lstrip(SKIPPED).startswith(BEGINS_FORMULA)


def csv_lines(
    headings: Sequence[str], rows: Iterable[Sequence[Value]], *, delimiter: str = ";"
) -> Iterator[str]:
    """A CSV file line by line, to be streamed. The byte-order mark tells spreadsheets that it is UTF-8."""
    line = io.StringIO()
    writer = csv.writer(line, delimiter=delimiter)
    yield "\ufeff"
    for row in chain([headings], rows):
        yield _written(writer, line, row)


def _written(writer: Any, line: io.StringIO, row: Sequence[Value]) -> str:
    line.seek(0)
    line.truncate()
    writer.writerow([inert(value) for value in row])
    return line.getvalue()


def write_workbook(
    file: io.BufferedIOBase | io.BytesIO,
    *,
    title: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[Value]],
) -> None:
    """One sheet, written row by row, so that memory stays small."""
    write_sheets(file, [(title, headings, rows)])


def write_sheets(
    file: io.BufferedIOBase | io.BytesIO,
    sheets: Iterable[tuple[str, Sequence[str], Iterable[Sequence[Value]]]],
) -> None:
    """Several sheets, each (title, headings, rows)."""
    book = Workbook(write_only=True)
    for title, headings, rows in sheets:
        sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:LONGEST_TITLE] or "1")
        for row in chain([headings], rows):
            sheet.append([_cell(sheet, value) for value in row])
    book.save(file)


def _cell(sheet: Any, value: Value) -> Any:
    if not isinstance(value, str):
        return value.replace(tzinfo=None) if isinstance(value, datetime) else value
    cell = WriteOnlyCell(sheet, value=NOT_IN_XML.sub("", value)[:LONGEST_CELL])
    cell.data_type = "s"  # never a formula
    if _is_dangerous(value):
        cell.quotePrefix = True  # stays a text when somebody edits it
    return cell


def cells_of_workbook(file: Path) -> Iterator[tuple[int, list[str]]]:
    """(number of the row, its cells as text) of the first sheet. A formula comes as it is written, with its "="."""
    _check_size(file)
    try:
        book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
    except (InvalidFileException, KeyError, ValueError, OSError, zipfile.BadZipFile, SyntaxError) as error:
        raise NotAWorkbook(_("This is not a spreadsheet that can be read.")) from error
    try:
        if not book.worksheets:
            raise NotAWorkbook(_("The spreadsheet has no sheet."))
        width = 0
        for number, row in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
            cells = [_as_text(value) for value in row]
            if number == 1:
                while cells and not cells[-1]:
                    cells.pop()
                width = len(cells)
            yield number, _fitted(cells, width)
    finally:
        book.close()


def _check_size(file: Path) -> None:
    try:
        with zipfile.ZipFile(file) as packed:
            size = sum(part.file_size for part in packed.infolist())
    except zipfile.BadZipFile as error:
        raise NotAWorkbook(_("This is not a spreadsheet that can be read.")) from error
    if size > LARGEST_UNPACKED_BYTES:
        raise NotAWorkbook(_("The spreadsheet is too large. Save it as CSV (UTF-8) and import that."))


def _fitted(cells: list[str], width: int) -> list[str]:
    """Rows of a sheet end where somebody last typed: empty cells are added, or taken away beyond the headings."""
    while len(cells) > width and not cells[-1]:
        cells.pop()
    return cells + [""] * (width - len(cells))


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return (
            value.date().isoformat() if not (value.hour or value.minute) else value.isoformat(" ", "minutes")
        )
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
