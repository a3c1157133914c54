"""All texts of a survey as a spreadsheet for translators, and back again with a report of what changed."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from cxportal.languages import LANGUAGES
from cxportal.organisation.models import User
from cxportal.organisation.spreadsheets import write_workbook
from surveys.interchange.forms import Refused
from surveys.interchange.language_names import code_of
from surveys.interchange.sheets import Row, check_size, is_workbook, read_workbook
from surveys.interchange.xlsform_writer import heading_of
from surveys.models import OwnScalePoint, Survey
from surveys.translating import Line, Section, fingerprint, languages_of, save_texts, sections_of

SHEET = "translations"
PLACE, WHERE, WHAT = "place", "question", "kind"
FIXED = (PLACE, WHERE, WHAT)
MADE_OF = "made of"
"""Names of the translations as they were when the sheet was made, so that it overwrites nothing newer."""


@dataclass
class Outcome:
    """What became of a spreadsheet, per language."""

    changed: dict[str, list[str]] = field(default_factory=dict)
    """Language -> places whose text is another one now."""
    read: dict[str, int] = field(default_factory=dict)
    """Language -> texts that the person who brought the file says to have read."""
    conflicts: list[str] = field(default_factory=list)
    """Texts whose source was changed after the file was made: they stay as they are."""
    changed_here: list[str] = field(default_factory=list)
    """Translations that were changed here after the file was made, and otherwise in the file: ours stay."""
    too_long: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """Places that the survey does not have (any more), and columns that name no language of ours."""


def write(survey: Survey) -> bytes:
    """A column per language; places name each text, so that rows may be sorted or left out."""
    sections = sections_of(survey)
    languages = languages_of(survey, sections)
    headings = [*FIXED, *(heading_of(code) for code in languages), MADE_OF]
    file = io.BytesIO()
    write_workbook(file, title=SHEET, headings=headings, rows=_rows(survey, sections, languages))
    return file.getvalue()


def _rows(survey: Survey, sections: Sequence[Section], languages: Sequence[str]) -> Iterator[list[str]]:
    for place, line, where in _placed(sections):
        if line.text(survey.source_language):
            made_of = " ".join(f"{code}={_name_of(line, code)}" for code in languages)
            yield [place, where, line.label, *(line.text(code) for code in languages), made_of]


def _name_of(line: Line, code: str) -> str:
    return fingerprint("", _as_in_a_cell(line.text(code))).partition("-")[2]


def _placed(sections: Sequence[Section]) -> Iterator[tuple[str, Line, str]]:
    """Places made of codes rather than keys, so that a copy of the survey understands them too."""
    for number, section in enumerate(sections):
        for group in section.groups:
            for line in group.lines:
                if line.model is OwnScalePoint:
                    yield f"scale.{group.title}.{line.code}.{line.field}", line, group.title
                    continue
                kind = line.model._meta.model_name
                code = group.title or (f"part_{number}" if number else "survey")
                own = f".{kind}.{line.code}" if kind in {"choice", "item"} else ""
                yield f"{code}{own}.{line.field}", line, group.title


def read(
    survey: Survey,
    content: bytes,
    *,
    by: User,
    has_read: bool = False,
    overwrite: bool = False,
    check: bool = False,
) -> Outcome:
    """Takes what was changed in any language but the one the survey is written in. Raises `Refused`.

    `overwrite`: also what was changed here meanwhile.
    """
    check_size(content)
    if not is_workbook(content):
        raise Refused(_("This is no spreadsheet. Translations come back as the .xlsx file that went out."))
    sheets = read_workbook(content, wanted=frozenset({SHEET}))
    if not sheets.get(SHEET):
        raise Refused(
            _(
                "The spreadsheet has no sheet “translations”. Translations come back as the file that went out."
            )
        )
    head, *rows = sheets[SHEET]
    columns = {heading.strip(): number for number, heading in enumerate(head.cells)}
    if PLACE not in columns:
        raise Refused(
            _("Sheet translations, row %(row)d: the column “place” is missing.") % {"row": head.number}
        )
    outcome = Outcome()
    languages = {}
    for heading, number in columns.items():
        if heading and heading not in (*FIXED, MADE_OF):
            code = code_of(heading)
            languages[number] = code
            if not code:
                outcome.unknown.append(heading)
    source = next((number for number, code in languages.items() if code == survey.source_language), None)
    if source is None:
        language = LANGUAGES[survey.source_language].name
        raise Refused(
            _("The column of the language the survey is written in is missing: %(language)s.")
            % {"language": language}
        )
    with transaction.atomic():
        made_of = None if overwrite else columns.get(MADE_OF)
        _take(survey, rows, columns[PLACE], source, made_of, languages, outcome, by=by, has_read=has_read)
        if check:
            transaction.set_rollback(True)
    return outcome


def _take(
    survey: Survey,
    rows: Sequence[Row],
    place_column: int,
    source_column: int,
    made_of_column: int | None,
    languages: Mapping[int, str],
    outcome: Outcome,
    *,
    by: User,
    has_read: bool,
) -> None:
    lines = {place: line for place, line, _where in _placed(sections_of(survey))}
    source = survey.source_language
    fresh: dict[str, Line] = {}
    cells_of: dict[str, list[str]] = {}
    for row in rows:
        cells = [*row.cells, *[""] * (max([*languages, made_of_column or 0]) + 1 - len(row.cells))]
        place = cells[place_column]
        if place not in lines:
            outcome.unknown.append(f"{place or '-'} ({row.number})")
        elif cells[source_column] != _as_in_a_cell(lines[place].text(source)):
            outcome.conflicts.append(place)
        else:
            fresh[place], cells_of[place] = lines[place], cells
    named = {line.place: place for place, line in lines.items()}
    for number, language in languages.items():
        if not language or language == source:
            continue
        # an empty cell says nothing: a translation is not taken away by a spreadsheet
        texts = {}
        newer_here = set()
        for place, line in fresh.items():
            text = cells_of[place][number]
            if not text or text == _as_in_a_cell(line.text(language)):
                continue
            was = _was(cells_of[place], made_of_column, language)
            if was and was != _name_of(line, language):
                newer_here.add(place)
                if was != fingerprint("", text).partition("-")[2]:
                    outcome.changed_here.append(f"{place} ({LANGUAGES[language].name})")
            else:
                texts[line.place] = text
        shown = {line.place: fingerprint(line.text(source), line.text(language)) for line in fresh.values()}
        read_now = (
            [
                line.place
                for place, line in fresh.items()
                if cells_of[place][number] and place not in newer_here
            ]
            if has_read
            else []
        )
        saved = save_texts(survey=survey, language=language, texts=texts, shown=shown, read=read_now, by=by)
        too_long = {line.place for line in saved.too_long}
        outcome.too_long += [f"{named[place]} ({LANGUAGES[language].name})" for place in too_long]
        if done := [named[place] for place in texts if place not in too_long]:
            outcome.changed[language] = done
        if saved.read:
            outcome.read[language] = saved.read


def _was(cells: Sequence[str], column: int | None, language: str) -> str:
    """The name of the translation that the sheet was made of; empty where it says nothing."""
    named = dict(
        pair.split("=", 1) for pair in (cells[column].split() if column is not None else ()) if "=" in pair
    )
    return named.get(language, "")


def _as_in_a_cell(text: str) -> str:
    """A text after the way through a spreadsheet."""
    return text.replace("\r\n", "\n").replace("\xa0", " ").strip()
