"""The sheets of an XLSForm as rows with known columns, checked as its own tools check them."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert

from surveys.interchange.forms import Refused, Report, Texts
from surveys.interchange.measures import SHEETS as MEASURES
from surveys.interchange.sheets import Row, Sheets
from surveys.interchange.xlsform_words import NO, TEXTS, YES, Column, column_of, type_of

SHEETS = frozenset(
    {
        *("survey", "choices", "settings", "external_choices", "entities", "osm"),
        *("cx_survey", "cx_scales", *MEASURES),
    }
)
OF_PYXFORM = ("survey", "choices", "settings", "external_choices", "entities", "osm")
FAULTS_SHOWN = 30


@dataclass
class SheetRow:
    sheet: str
    number: int
    cells: dict[Column, str]

    @property
    def place(self) -> str:
        return _("sheet %(sheet)s, row %(row)d") % {"sheet": self.sheet, "row": self.number}

    def get(self, field: str) -> str:
        """Of a column that is the same in every language."""
        return self.cells.get(Column(field), "")

    def in_any_language(self, field: str) -> Iterator[tuple[str, str]]:
        return ((column.language, text) for column, text in self.cells.items() if column.field == field)

    def says_yes(self, field: str) -> bool:
        return self.get(field).lower() in YES


@dataclass
class Workbook:
    survey: list[SheetRow]
    lists: dict[str, list[SheetRow]]
    settings: SheetRow
    ours: list[SheetRow] = field(default_factory=list)
    scales: dict[str, SheetRow] = field(default_factory=dict)
    measures: dict[str, list[SheetRow]] = field(default_factory=dict)
    disabled: list[SheetRow] = field(default_factory=list)
    stray: list[SheetRow] = field(default_factory=list)
    """Choices without a list or without a name."""

    @property
    def labels(self) -> list[str]:
        """Names of languages in the order of the columns."""
        below = (row for rows in (*self.lists.values(), *self.measures.values()) for row in rows)
        rows = [*self.survey, *below, *self.ours]
        return list(
            dict.fromkeys(column.language for row in rows for column in row.cells if column.field in TEXTS)
        )


def read_sheets(sheets: Sheets) -> Workbook:
    """Raises `Refused` with everything that is wrong."""
    if "survey" not in sheets:
        raise Refused(
            _("This is no XLSForm: it has no sheet “survey”. A LimeSurvey survey comes as a .lss file.")
        )
    faults: list[str] = []
    survey = rows_of("survey", sheets["survey"], faults, needed=["type", "name"])
    choices = rows_of("choices", sheets.get("choices", []), faults, needed=["list_name", "name"])
    settings = rows_of("settings", sheets.get("settings", []), faults)
    if faults:
        raise Refused(*faults)
    lists: dict[str, list[SheetRow]] = {}
    for row in choices:
        if row.get("list_name") and row.get("name"):
            lists.setdefault(row.get("list_name"), []).append(row)
    one = settings[0] if settings else SheetRow("settings", 2, {})
    book = Workbook(
        [row for row in survey if not row.says_yes("disabled")],
        lists,
        one,
        rows_of("cx_survey", sheets.get("cx_survey", []), []),
        {row.get("code"): row for row in rows_of("cx_scales", sheets.get("cx_scales", []), [])},
        {name: rows_of(name, sheets.get(name, []), []) for name in MEASURES},
        [row for row in survey if row.says_yes("disabled")],
        [row for row in choices if not (row.get("list_name") and row.get("name"))],
    )
    faults += faults_of(book)
    if not faults:
        faults += faults_by_pyxform(sheets)
    if faults:
        raise Refused(*faults[:FAULTS_SHOWN])
    return book


def rows_of(name: str, rows: list[Row], faults: list[str], needed: list[str] | None = None) -> list[SheetRow]:
    if not rows:
        if name == "survey":
            faults.append(_("Sheet “survey” is empty."))
        return []
    head, *below = rows
    columns = [column_of(heading) if heading.strip() else None for heading in head.cells]
    known = [column for column in columns if column]
    headings = Counter(" ".join(heading.split()) for heading in head.cells if heading.strip())
    for heading, count in headings.items():
        if count > 1:
            names = {"sheet": name, "row": head.number, "heading": heading}
            faults.append(
                _(
                    "Sheet %(sheet)s, row %(row)d: the column “%(heading)s” is there twice. Rename or delete one."
                )
                % names
            )
    for field_name in needed or []:
        if Column(field_name) not in known:
            names = {"sheet": name, "row": head.number, "heading": field_name}
            faults.append(
                _(
                    "Sheet %(sheet)s, row %(row)d: the column “%(heading)s” is missing. The first row holds the headings."
                )
                % names
            )
    found = []
    for row in below:
        cells: dict[Column, str] = {}
        for column, text in zip(columns, row.cells, strict=False):
            if column and text:
                cells.setdefault(column, text)
        if cells:
            found.append(SheetRow(name, row.number, cells))
    return found


# ---------- what is wrong ----------


def faults_of(book: Workbook) -> list[str]:
    return [
        *_faults_of_types(book),
        *_faults_of_names(book),
        *_faults_of_groups(book),
        *_faults_of_lists(book),
    ]


def _at(row: SheetRow, sentence: str, **names: str) -> str:
    return f"{row.place[:1].upper()}{row.place[1:]}: {sentence % names}"


def _faults_of_types(book: Workbook) -> Iterator[str]:
    for row in book.survey:
        written = row.get("type")
        if not written and (row.get("name") or any(row.in_any_language("label"))):
            yield _at(row, _("“%(name)s” has no type."), name=row.get("name"))
        elif written and not type_of(written).kind:
            yield _at(
                row,
                _(
                    "“%(name)s” has the type “%(type)s”, which XLSForm does not know. Correct it, for example to integer or text."
                ),
                name=row.get("name"),
                type=written,
            )


def _faults_of_names(book: Workbook) -> Iterator[str]:
    open_groups: list[set[str]] = [set()]
    for row in book.survey:
        kind, name = type_of(row.get("type")).kind, row.get("name")
        if kind.startswith("end_"):
            if len(open_groups) > 1:
                open_groups.pop()
            continue
        if kind and not name and kind not in {"note", "unasked"} and not kind.startswith("begin_"):
            yield _at(row, _("the question has no name. Write one into the column “name”."))
        if name and name.lower() in open_groups[-1]:
            yield _at(row, _("the name “%(name)s” is there twice. Give one of them another name."), name=name)
        if name:
            open_groups[-1].add(name.lower())
        if kind.startswith("begin_"):
            open_groups.append(set())


def _faults_of_groups(book: Workbook) -> Iterator[str]:
    opened: list[tuple[str, SheetRow]] = []
    for row in book.survey:
        edge, _under, kind = type_of(row.get("type")).kind.partition("_")
        if edge == "begin":
            opened.append((kind, row))
        elif edge == "end":
            if not opened or opened[-1][0] != kind:
                yield _at(row, _("“%(type)s” ends nothing that was begun."), type=row.get("type"))
                return
            opened.pop()
    for _kind, row in opened:
        yield _at(row, _("“%(name)s” is begun and never ended."), name=row.get("name") or row.get("type"))


def _faults_of_lists(book: Workbook) -> Iterator[str]:
    for row in book.survey:
        found = type_of(row.get("type"))
        chooses = found.kind in {"select_one", "select_multiple", "rank"}
        if chooses and not found.list_name.startswith("${") and found.list_name not in book.lists:
            yield _at(
                row,
                _("“%(name)s” chooses from the list “%(list)s”, which is not on the sheet “choices”."),
                name=row.get("name"),
                list=found.list_name,
            )
    if not book.settings.says_yes("allow_choice_duplicates"):
        for list_name, rows in book.lists.items():
            seen: set[str] = set()
            for row in rows:
                if row.get("name") in seen:
                    yield _at(
                        row,
                        _(
                            "the list “%(list)s” has the choice “%(name)s” twice. Give one of them another name."
                        ),
                        list=list_name,
                        name=row.get("name"),
                    )
                seen.add(row.get("name"))


def faults_by_pyxform(sheets: Sheets) -> list[str]:
    """What the tool of XLSForm itself says. It meets broken forms with every kind of error."""
    book: dict = {"sheet_names": list(sheets)}
    for name in OF_PYXFORM:
        if rows := sheets.get(name):
            book[name], book[f"{name}_header"] = _for_pyxform(rows)
    try:
        convert(book, warnings=[], form_name="data")
    except PyXFormError as error:
        return [_faults_in_words(str(error))]
    except RecursionError:
        return [_("The form is nested too deeply.")]
    except Exception:
        return [_("The form is damaged in a way that the tools of XLSForm cannot read it either.")]
    return []


def _for_pyxform(rows: list[Row]) -> tuple[list[dict[str, str]], list[dict[str, None]]]:
    head = [" ".join(heading.split()) for heading in rows[0].cells]
    found: list[dict[str, str]] = []
    for row in rows[1:]:
        found += [{} for _gap in range(min(row.number - rows[0].number - 1 - len(found), 70_000))]
        found.append({name: text for name, text in zip(head, row.cells, strict=False) if name and text})
    return found, [dict.fromkeys(name for name in head if name)]


def _faults_in_words(said: str) -> str:
    place = re.search(r"\[row ?: ?(\d+)\]", said)
    on_choices = "'choices' sheet" in said or "choices sheet" in said.lower()
    words = " ".join(re.sub(r"\[row ?: ?\d+\]\s*", "", said).split())[:600]
    if not place:
        return _("The tools of XLSForm refuse the form: %(words)s") % {"words": words}
    names = {"sheet": "choices" if on_choices else "survey", "row": int(place[1]), "words": words}
    return _("Sheet %(sheet)s, row %(row)d: the tools of XLSForm refuse it: %(words)s") % names


# ---------- texts ----------


class TextsOf:
    """Texts of rows by our codes; of languages that are not ours the report keeps them."""

    def __init__(self, report: Report, clean: Callable[[str, str, str], str]):
        self.codes: Mapping[str, str] = {language.label: language.code for language in report.languages}
        self.report, self.clean = report, clean

    def __call__(self, row: SheetRow, name: str, called: str) -> Texts:
        found: Texts = {}
        unnamed = ""
        for language, text in row.in_any_language(name):
            code = self.codes.get(language, "")
            if not code:
                kept = self.report.kept_texts.setdefault(language, [])
                kept.append([f"{row.place}, {called}, {name}", text])
            elif language:
                found[code] = self.clean(row.place, called, text)
            else:
                unnamed = text
        fallback = self.codes.get("", "")
        if unnamed and fallback not in found:
            found[fallback] = self.clean(row.place, called, unnamed)
        elif unnamed and found[fallback] != self.clean(row.place, called, unnamed):
            note = _("There are two texts for one language; the one that names its language was taken.")
            self.report.dropped(row.place, called, note, unnamed)
        return {code: text for code, text in found.items() if text}


__all__ = ["NO", "SHEETS", "SheetRow", "TextsOf", "Workbook", "read_sheets"]
