"""Tables from files: what spreadsheets and other systems write, read row by row, with the place of each mistake.

Handles Excel files, a byte-order mark (also inside a quoted first heading), semicolons, commas, tabs and bars, all line
endings, UTF-8, UTF-16 and Windows-1252. What cannot be read for certain is refused, never guessed into wrong letters.
"""

import codecs
import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext as _

from cxportal.organisation.spreadsheets import NotAWorkbook, cells_of_workbook

DELIMITERS = ";,\t|"
LONGEST_CELL = 100_000
WORKBOOK = "xlsx"
"""Stands in place of an encoding."""
UTF8_LETTER = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
BYTE_ORDER_MARKS = [
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]


class FileRefused(Exception):
    """Names the file, and the line if there is one, and says what is wrong with it."""

    def __init__(self, file: Path, reason: str, line: int | None = None):
        place = _("%(file)s, line %(line)d") % {"file": file, "line": line} if line else str(file)
        super().__init__(f"{place}: {reason}")


class RowRefused(Exception):
    """Why one row is not taken."""


class Refusal(NamedTuple):
    line: int
    code: str
    reason: str


@dataclass
class Outcome:
    """What an import did, or would do when it only checks."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    is_written: bool = False

    def add(self, part: "Outcome") -> None:
        """What came of some more rows."""
        self.new += part.new
        self.changed += part.changed
        self.unchanged += part.unchanged
        self.refused += part.refused


class Row(NamedTuple):
    line: int
    cells: dict[str, str]
    """Column of ours -> what stands in the cell, without spaces around it."""


@dataclass(frozen=True)
class Table:
    """An opened file: how it is read and which of its headings is which of our columns."""

    file: Path
    encoding: str
    delimiter: str
    headings: list[str]
    columns: dict[str, int]
    """Column of ours -> place in the row."""
    named_by: str
    """The column that names a row in the list of the refused."""

    def rows(self, refused: list[Refusal]) -> Iterator[Row]:
        """Each row that has as many cells as the heading; the others are added to `refused`. Empty rows are left out."""
        records = _records(self.file, self.encoding, self.delimiter)
        next(records)
        for line, cells in records:
            if not any(cell.strip() for cell in cells):
                continue
            taken = {name: cells[place].strip() for name, place in self.columns.items() if place < len(cells)}
            if len(cells) != len(self.headings):
                refused.append(Refusal(line, taken.get(self.named_by, ""), self._wrong_width(len(cells))))
            else:
                yield Row(line, taken)

    def _wrong_width(self, count: int) -> str:
        return _("The row has %(count)d cells, the heading has %(expected)d.") % {
            "count": count,
            "expected": len(self.headings),
        }


def open_table(
    file: Path,
    *,
    known_headings: Mapping[str, str],
    chosen: Mapping[str, str],
    required: Sequence[str],
    encoding: str = "",
    delimiter: str = "",
) -> Table:
    """Find out how the file is written. Raises FileRefused.

    `known_headings` maps headings in small letters to our columns; `chosen` maps our columns to headings of this file
    and wins over them. The first of the `required` columns names a row in the list of the refused.
    """
    encoding = _encoding_of(file, encoding)
    delimiter = "" if encoding == WORKBOOK else delimiter or _delimiter_of(file, encoding, known_headings)
    _line, cells = next(_records(file, encoding, delimiter), (1, []))
    headings = [_clean_heading(cell) for cell in cells]
    if not any(headings):
        raise FileRefused(file, _("The file is empty."))
    columns = _columns(file, headings, known_headings, chosen)
    for name in required:
        if name not in columns:
            raise FileRefused(
                file,
                _(
                    "No heading is known for “%(column)s”. The headings are: %(headings)s."
                    " Say which one it is with --column %(column)s=HEADING."
                )
                % {"column": name, "headings": " | ".join(headings)},
                line=1,
            )
    return Table(file, encoding, delimiter, headings, columns, named_by=required[0] if required else "")


def words_of(cell: str) -> str:
    """One line of text: line breaks and runs of spaces become one space, letters their composed form."""
    return " ".join(unicodedata.normalize("NFC", cell).split())


def _columns(
    file: Path, headings: list[str], known_headings: Mapping[str, str], chosen: Mapping[str, str]
) -> dict[str, int]:
    columns: dict[str, int] = {}
    for place, heading in enumerate(headings):
        name = known_headings.get(heading.casefold())
        if name and name not in chosen:
            if name in columns:
                raise FileRefused(
                    file,
                    _("Two headings mean “%(column)s”: “%(first)s” and “%(second)s”. Choose with --column.")
                    % {"column": name, "first": headings[columns[name]], "second": heading},
                    line=1,
                )
            columns[name] = place
    for name, heading in chosen.items():
        if headings.count(heading) != 1:
            raise FileRefused(
                file,
                _("There is no single heading “%(heading)s”. The headings are: %(headings)s.")
                % {"heading": heading, "headings": " | ".join(headings)},
                line=1,
            )
        columns[name] = headings.index(heading)
    return columns


def _clean_heading(cell: str) -> str:
    """Some exports put the byte-order mark, and quotes again, inside the quotes of the first heading."""
    return words_of(cell.replace("\ufeff", "")).strip('"').strip()


def _records(
    file: Path, encoding: str, delimiter: str, *, strict: bool = True
) -> Iterator[tuple[int, list[str]]]:
    """(line on which the record begins, its cells)."""
    if encoding == WORKBOOK:
        try:
            yield from cells_of_workbook(file)
        except NotAWorkbook as error:
            raise FileRefused(file, str(error)) from error
        return
    with file.open(encoding=encoding, newline="") as opened:
        reader = csv.reader(opened, delimiter=delimiter, strict=strict)
        line = 1
        try:
            for cells in reader:
                yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            reason = _("The row cannot be read (%(error)s). Is a quotation mark missing?") % {"error": error}
            raise FileRefused(file, reason, line) from error


def _delimiter_of(file: Path, encoding: str, known_headings: Mapping[str, str]) -> str:
    def headings_found(delimiter: str) -> tuple[int, int]:
        _line, cells = next(_records(file, encoding, delimiter, strict=False), (1, []))
        return sum(_clean_heading(cell).casefold() in known_headings for cell in cells), len(cells)

    return max(DELIMITERS, key=headings_found)


def _encoding_of(file: Path, chosen: str) -> str:
    try:
        content = file.read_bytes()
    except FileNotFoundError as error:
        raise FileRefused(file, _("There is no such file.")) from error
    except OSError as error:
        raise FileRefused(
            file, _("The file cannot be read: %(error)s.") % {"error": error.strerror}
        ) from error
    if content.startswith(b"PK\x03\x04"):
        return WORKBOOK
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused(file, _("This is an old spreadsheet. Save it as .xlsx or as CSV (UTF-8)."))
    if chosen:
        return _chosen_encoding(file, content, chosen)
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            _decode(file, content, encoding)
            return encoding
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        if UTF8_LETTER.search(content):
            # some letters are UTF-8 and some are not: any reading of the whole would be wrong somewhere
            raise _not_in(file, content, "UTF-8", error.start) from error
        _decode(file, content, "cp1252")
        return "cp1252"
    if b"\0" in content:
        raise FileRefused(file, _("This is not a text file."), _line_at(content, content.index(b"\0")))
    return "utf-8"


def _chosen_encoding(file: Path, content: bytes, chosen: str) -> str:
    try:
        name = codecs.lookup(chosen).name
    except LookupError as error:
        raise FileRefused(file, _("No encoding is called “%(name)s”.") % {"name": chosen}) from error
    letter = None if name.startswith("utf") else UTF8_LETTER.search(content)
    if letter and _is_utf8(content):
        raise FileRefused(
            file,
            _("The file is UTF-8; read as %(name)s its letters would be wrong.") % {"name": chosen},
            _line_at(content, letter.start()),
        )
    _decode(file, content, name)
    return "utf-8-sig" if name == "utf-8" else name


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decode(file: Path, content: bytes, encoding: str) -> None:
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        raise _not_in(file, content, encoding, error.start) from error


def _not_in(file: Path, content: bytes, encoding: str, position: int) -> FileRefused:
    reason = _(
        "The letters here are not %(encoding)s. Save the file as UTF-8, or name its encoding with --encoding."
    )
    return FileRefused(file, reason % {"encoding": encoding}, _line_at(content, position))


def _line_at(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1
