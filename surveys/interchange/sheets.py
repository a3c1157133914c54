"""Workbooks of strangers as rows of text: .xlsx by openpyxl, .xls by xlrd, both within bounds."""

import io
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import xlrd
from django.utils.translation import gettext as _
from openpyxl import load_workbook

from surveys.interchange.forms import Refused
from surveys.interchange.plain_text import UNUSABLE

MOST_BYTES = 20 * 1024 * 1024
MOST_UNPACKED_BYTES = 60 * 1024 * 1024
MOST_FILES = 2000
MOST_ROWS = 70_000
"""Spreadsheets of the old format end there; many carry empty rows down to their last one."""
MOST_COLUMNS = 400
MOST_CELLS = 1_500_000
MOST_FILLED_ROWS = 30_000
MOST_EMPTY_ROWS = 60
"""After so many the tools of XLSForm take the sheet for ended, and so do we."""
LONGEST_CELL = 32_767
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass
class Row:
    number: int
    """As the spreadsheet shows it."""
    cells: list[str]


Sheets = dict[str, list[Row]]
"""Name of the sheet in small letters -> its rows that hold anything."""


def is_workbook(content: bytes) -> bool:
    return content.startswith((ZIP, OLE))


def read_workbook(content: bytes, *, wanted: frozenset[str]) -> Sheets:
    """The sheets whose names are wanted. Raises `Refused` for what cannot be read in full."""
    check_size(content)
    # Only what these libraries meet in broken files can be raised here; they meet nearly everything.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read_old(content, wanted) if content.startswith(OLE) else _read_new(content, wanted)
    except Refused:
        raise
    except MemoryError:
        raise Refused(_too_large()) from None
    except Exception as error:
        raise Refused(
            _(
                "The spreadsheet is damaged and cannot be read. Open it, save it as a new .xlsx file and try that."
            )
        ) from error


def check_size(content: bytes) -> None:
    if len(content) > MOST_BYTES:
        raise Refused(_("The file is larger than 20 MB."))
    if not content.strip(b"\x00 \r\n\t"):
        raise Refused(_("The file is empty."))


def _too_large() -> str:
    return _("The spreadsheet unpacks to far more than a form holds. Nothing was read.")


# ---------- .xlsx ----------


def _read_new(content: bytes, wanted: frozenset[str]) -> Sheets:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = packed.infolist()
        if len(parts) > MOST_FILES or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
            raise Refused(_too_large())
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    sheets: Sheets = {}
    try:
        for sheet in book.worksheets:
            name = sheet.title.strip().lower()
            if name in wanted and name not in sheets:
                sheet.reset_dimensions()
                rows = sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS, max_row=MOST_ROWS + 1)
                sheets[name] = _bounded((list(row) for row in rows), name)
    finally:
        with suppress(Exception):
            book.close()
    return sheets


# ---------- .xls ----------


def _read_old(content: bytes, wanted: frozenset[str]) -> Sheets:
    book = xlrd.open_workbook(file_contents=content, logfile=io.StringIO(), on_demand=True)
    sheets: Sheets = {}
    try:
        for place, title in enumerate(book.sheet_names()):
            name = title.strip().lower()
            if name in wanted and name not in sheets:
                sheet = book.sheet_by_index(place)
                width = min(sheet.ncols, MOST_COLUMNS)
                rows = (
                    [_old_value(sheet.cell(row, column), book.datemode) for column in range(width)]
                    for row in range(sheet.nrows)
                )
                sheets[name] = _bounded(rows, name)
                book.unload_sheet(place)
    finally:
        book.release_resources()
    return sheets


def _old_value(cell: Any, datemode: int) -> Any:
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_DATE:
        with suppress(xlrd.XLDateError):
            return xlrd.xldate_as_datetime(cell.value, datemode)
    return None if cell.ctype == xlrd.XL_CELL_ERROR else cell.value


# ---------- both ----------


def _bounded(rows: Iterator[list[Any]], sheet: str) -> list[Row]:
    found: list[Row] = []
    cells = 0
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS or len(found) > MOST_FILLED_ROWS:
            raise Refused(_("Sheet “%(sheet)s” has more rows than a form can have.") % {"sheet": sheet})
        texts = [text_of_cell(value) for value in row]
        while texts and not texts[-1]:
            texts.pop()
        if not texts and number - (found[-1].number if found else 0) > MOST_EMPTY_ROWS:
            break
        if texts:
            cells += len(texts)
            if cells > MOST_CELLS:
                raise Refused(_too_large())
            found.append(Row(number, texts))
    return found


def text_of_cell(value: Any) -> str:
    """As it reads in the spreadsheet: 1 and not 1.0, TRUE and not True."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if hasattr(value, "isoformat"):
        return value.isoformat()
    text = str(value).replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    return UNUSABLE.sub("", text).strip()[:LONGEST_CELL]
