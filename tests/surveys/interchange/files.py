"""Small forms of other systems, written for a test."""

import io
import zipfile
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import Workbook

from surveys.interchange.formats import read_form
from surveys.interchange.forms import Form, Report

Table = list[list[Any]]


def workbook(**sheets: Table) -> bytes:
    """Sheets by name; the first row of each holds the headings."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def zipped(**files: bytes) -> bytes:
    """An archive of these files, by their path in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return out.getvalue()


def xlsform(*survey: list[Any], choices: Table = (), head: list[str] | None = None, **settings: str) -> bytes:
    """Rows of type, name, label and what `head` says more; choices of list, name, label."""
    sheets = {"survey": [head or ["type", "name", "label", "relevant"], *survey]}
    if choices:
        wide = ["list_name", "name", "label"] if len(choices[0]) == 3 else []
        sheets["choices"] = [wide, *choices] if wide else list(choices)
    if settings:
        sheets["settings"] = [list(settings), list(settings.values())]
    return workbook(**sheets)


KINDS_IN_TURN = ["select_one colours", "select_multiple colours", "integer", "text"]
YES_NO = [["yn", "yes", "Yes"], ["yn", "no", "No"]]


def read(content: bytes, said: dict[str, str] | None = None) -> tuple[Form, Report]:
    return read_form("form.xlsx", content, said)


def lines(report: Report, verdict: str) -> list[tuple[str, str, str]]:
    """(place, name, original) of everything with this verdict."""
    return [(row.place, row.name, row.original) for row in report.entries if row.verdict == verdict]


def large_form(questions: int) -> bytes:
    """Parts of 14 questions in two languages, with conditions."""
    survey = [["type", "name", "label::English (en)", "label::Français (fr)", "relevant"]]
    for number in range(questions):
        if number % 14 == 0:
            survey += [["end group"]] if number else []
            survey.append(["begin group", f"g{number}", f"Part {number}", f"Partie {number}"])
        condition = f"selected(${{q{number - 16}}}, 'c1')" if number >= 16 and number % 4 == 0 else None
        survey.append(
            [
                KINDS_IN_TURN[number % 4],
                f"q{number}",
                f"Question {number}?",
                f"Question {number} ?",
                condition,
            ]
        )
    survey.append(["end group"])
    choices = [["list_name", "name", "label::English (en)", "label::Français (fr)"]]
    choices += [["colours", f"c{n}", f"Colour {n}", f"Couleur {n}"] for n in range(8)]
    return workbook(survey=survey, choices=choices, settings=[["form_title", "form_id"], ["Large", "large"]])


def lss(
    *questions: dict[str, str],
    subquestions: list[dict[str, str]] = (),
    answers: list[dict[str, str]] = (),
    attributes: list[dict[str, str]] = (),
    conditions: list[dict[str, str]] = (),
    groups: list[dict[str, str]] = (),
    languages: tuple[str, ...] = ("en",),
    kind: str = "Survey",
) -> bytes:
    """A structure file as LimeSurvey 2 writes it: a row per question and language."""
    basis = {
        "gid": "1",
        "parent_qid": "0",
        "language": "en",
        "mandatory": "N",
        "other": "N",
        "relevance": "1",
    }
    rows = [
        {
            "qid": str(number),
            "title": f"q{number}",
            "question": f"Question {number}?",
            "question_order": str(number),
        }
        for number in range(1, len(questions) + 1)
    ]
    tables = {
        "answers": answers,
        "conditions": conditions,
        "groups": groups or [{"gid": "1", "group_name": "Part", "group_order": "1", "language": "en"}],
        "questions": [basis | row | question for row, question in zip(rows, questions, strict=True)],
        "subquestions": [basis | one for one in subquestions],
        "question_attributes": attributes,
        "surveys": [{"sid": "7", "language": languages[0], "additional_languages": " ".join(languages[1:])}],
        "surveys_languagesettings": [
            {"surveyls_language": language, "surveyls_title": f"Visit {language}"} for language in languages
        ],
    }
    sections = "".join(
        f"<{name}><rows>{''.join(map(_row, rows))}</rows></{name}>" for name, rows in tables.items() if rows
    )
    named = "".join(f"<language>{language}</language>" for language in languages)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><document><LimeSurveyDocType>{kind}</LimeSurveyDocType>'
        f"<DBVersion>177</DBVersion><languages>{named}</languages>{sections}</document>"
    ).encode()


def _row(row: dict[str, str]) -> str:
    return "<row>" + "".join(f"<{name}>{escape(text)}</{name}>" for name, text in row.items()) + "</row>"
