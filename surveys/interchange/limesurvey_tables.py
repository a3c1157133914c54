"""The tables of a LimeSurvey structure file (.lss), whichever of its versions wrote it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree as SafeTree
from defusedxml import DefusedXmlException
from django.utils.translation import gettext as _

from surveys.interchange.forms import Refused, Texts

MOST_ROWS = 200_000
READ = {
    *("surveys", "surveys_languagesettings", "groups", "group_l10ns", "questions", "question_l10ns"),
    *("subquestions", "answers", "answer_l10ns", "question_attributes", "conditions", "languages"),
}
Row = dict[str, str]
ByLabel = dict[str, str]
"""Language as the file calls it -> text as it is written."""


def is_xml(content: bytes) -> bool:
    head = content[:400].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \r\n\t").replace(b"\x00", b"")
    return head.startswith((b"<?xml", b"<document", b"<!DOCTYPE", b"<!"))


@dataclass
class LimeRow:
    """A question, subquestion, answer or group with its texts."""

    row: Row
    texts: dict[str, ByLabel] = field(default_factory=dict)

    def __getattr__(self, name: str) -> str:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.row.get(name, "")

    def number(self, name: str) -> int:
        text = self.row.get(name, "").strip()
        return int(text) if text.lstrip("-").isdecimal() and len(text) < 12 else 0


@dataclass
class Tables:
    survey: Row
    languages: list[str]
    settings: dict[str, Row]
    """Language -> title, description and other texts of the survey."""
    groups: list[LimeRow]
    questions: dict[str, list[LimeRow]]
    """gid -> its questions in order."""
    subquestions: dict[str, list[LimeRow]]
    answers: dict[str, list[LimeRow]]
    attributes: dict[str, dict[str, ByLabel]]
    """qid -> attribute -> language (or nothing) -> value."""
    conditions: dict[str, list[Row]]
    beside: dict[str, list[Row]] = field(default_factory=dict)
    """What has no counterpart here: quotas, assessments, values filled in beforehand ..."""


def read_tables(content: bytes) -> Tables:
    """Raises `Refused`."""
    root = _root(content)
    kind = (root.findtext("LimeSurveyDocType") or "").strip()
    if root.tag != "document" or not kind:
        raise Refused(
            _(
                "This is an XML file, but not one of LimeSurvey. In LimeSurvey, export the survey structure (.lss)."
            )
        )
    if kind != "Survey":
        raise Refused(
            _("This LimeSurvey file holds a “%(kind)s” only. Export the whole survey structure (.lss).")
            % {"kind": kind[:40]}
        )
    rows = {section.tag: list(_rows(section)) for section in root}
    if not rows.get("questions") or not rows.get("groups"):
        raise Refused(
            _(
                "The LimeSurvey file has no questions: the element “questions” or “groups” is missing or empty."
            )
        )
    survey = (rows.get("surveys") or [{}])[0]
    languages = [(one.text or "").strip() for one in root.findall("languages/language")]
    languages += [survey.get("language", ""), *survey.get("additional_languages", "").split()]
    languages = [label for label in dict.fromkeys(languages) if label] or ["en"]
    tables = Tables(
        survey,
        languages,
        {row.get("surveyls_language", ""): row for row in rows.get("surveys_languagesettings", [])},
        _with_texts(rows, "groups", "gid", ["group_name", "description"], languages),
        _by(_with_texts(rows, "questions", "qid", ["question", "help"], languages), "gid"),
        _by(_with_texts(rows, "subquestions", "qid", ["question", "help"], languages), "parent_qid"),
        _by(_answers(rows, languages), "qid"),
        _attributes(rows.get("question_attributes", [])),
        defaultdict(list),
        {name: rows[name] for name in rows if name not in READ and rows[name]},
    )
    for row in rows.get("conditions", []):
        tables.conditions[row.get("qid", "")].append(row)
    tables.groups.sort(key=lambda group: group.number("group_order"))
    _refuse_double_names(tables)
    return tables


def _root(content: bytes) -> Element:
    try:
        return SafeTree.fromstring(content, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    except ParseError as error:
        line, column = error.position
        raise Refused(
            _("The file is damaged: it is no XML from line %(line)d, column %(column)d on. Export it again.")
            % {"line": line, "column": column}
        ) from error
    except DefusedXmlException as error:
        raise Refused(_("The XML file defines entities. For safety such files are not read.")) from error
    except (ValueError, LookupError, OverflowError) as error:
        raise Refused(_("The file is damaged: its letters cannot be read. Export it again.")) from error


def _rows(section: Element) -> Iterator[Row]:
    for number, row in enumerate(section.iterfind("rows/row")):
        if number > MOST_ROWS:
            raise Refused(
                _("The file has more rows in “%(name)s” than a survey can have.") % {"name": section.tag[:40]}
            )
        yield {cell.tag: (cell.text or "").strip() for cell in row}


def _with_texts(
    rows: dict[str, list[Row]], table: str, key: str, fields: list[str], languages: list[str]
) -> list[LimeRow]:
    """Old files have a row per language, new ones a table of texts beside."""
    found: dict[str, LimeRow] = {}
    beside = {"groups": "group_l10ns"}.get(table, "question_l10ns")
    for row in rows.get(table, []):
        one = found.setdefault(row.get(key, ""), LimeRow(row))
        _put_texts(one, row, fields, row.get("language") or languages[0])
    for row in rows.get(beside, []):
        if owner := found.get(row.get(key, "")):
            _put_texts(owner, row, fields, row.get("language") or languages[0])
    return list(found.values())


def _put_texts(one: LimeRow, row: Row, fields: list[str], language: str) -> None:
    for name in fields:
        if text := row.get(name, ""):
            one.texts.setdefault(name, {}).setdefault(language, text)


def _answers(rows: dict[str, list[Row]], languages: list[str]) -> list[LimeRow]:
    found: dict[tuple[str, ...], LimeRow] = {}
    by_id: dict[str, LimeRow] = {}
    for row in rows.get("answers", []):
        key = (row.get("qid", ""), row.get("scale_id", ""), row.get("code", ""))
        one = found.setdefault(key, LimeRow(row))
        by_id[row.get("aid", "")] = one
        _put_texts(one, row, ["answer"], row.get("language") or languages[0])
    for row in rows.get("answer_l10ns", []):
        if owner := by_id.get(row.get("aid", "")):
            _put_texts(owner, row, ["answer"], row.get("language") or languages[0])
    return list(found.values())


def _by(found: list[LimeRow], key: str) -> dict[str, list[LimeRow]]:
    sorted_by: dict[str, list[LimeRow]] = defaultdict(list)
    order = "sortorder" if key == "qid" else "question_order"
    for one in sorted(found, key=lambda one: (one.number("scale_id"), one.number(order))):
        sorted_by[one.row.get(key, "")].append(one)
    return sorted_by


def _attributes(rows: list[Row]) -> dict[str, dict[str, ByLabel]]:
    found: dict[str, dict[str, ByLabel]] = defaultdict(dict)
    for row in rows:
        if value := row.get("value", ""):
            found[row.get("qid", "")].setdefault(row.get("attribute", ""), {})[row.get("language", "")] = (
                value
            )
    return found


def _refuse_double_names(tables: Tables) -> None:
    seen: dict[str, str] = {}
    faults = []
    for group in tables.groups:
        for question in tables.questions.get(group.gid, []):
            name = question.title.lower()
            if name and name in seen:
                faults.append(
                    _(
                        "Element questions, qid %(qid)s: the code “%(name)s” is there twice. Give one of them another code in LimeSurvey."
                    )
                    % {"qid": question.qid, "name": question.title}
                )
            seen[name] = question.qid
    known = {group.gid for group in tables.groups}
    for gid, questions in tables.questions.items():
        if gid not in known:
            faults.append(
                _(
                    "Element questions, qid %(qid)s: its group %(gid)s is not in the file. Export the survey again."
                )
                % {"qid": questions[0].qid, "gid": gid or "?"}
            )
    if faults:
        raise Refused(*faults[:30])


def merged(*texts: Texts, between: str) -> Texts:
    """Texts one behind the other, in each language that has any of them."""
    codes = dict.fromkeys(code for one in texts for code in one)
    return {code: between.join(one[code] for one in texts if one.get(code)) for code in codes}
