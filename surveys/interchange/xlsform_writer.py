"""A survey as XLSForm: KoBo and ODK open it, translation bureaus work in it, this portal reads it back as it was.

What XLSForm has no word for stands in columns that begin with “cx_”; its tools pass over them.
"""

import io
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cxportal.languages import LANGUAGES
from cxportal.organisation.spreadsheets import write_sheets
from surveys import publishing, scales
from surveys.conditions import AllOf, Comparison, Condition, Not, read_condition
from surveys.editing import free_code
from surveys.interchange.measures import COLUMNS
from surveys.interchange.measures import rows_of as measures_of
from surveys.models import OwnScale, Question, Survey
from surveys.questionnaire import ASKS_REASONS_AFTER

Kind = Question.Kind
Cells = dict[str, str]
SIGNS = {"at_most": "<=", "at_least": ">=", "less_than": "<", "more_than": ">"}
TYPES = {Kind.NUMBER: "decimal", Kind.SHORT_TEXT: "text", Kind.LONG_TEXT: "text", Kind.INFORMATION: "note"}
SURVEY = ["type", "name", "label", "hint", "required", "relevant", "constraint", "appearance", "media::image"]
SURVEY += [
    "media::audio",
    "cx_alt",
    "cx_kind",
    "cx_scale",
    "cx_own_scale",
    "cx_options",
    "cx_topic",
    "cx_fills",
]
SURVEY += ["cx_band_of", "cx_of", "cx_role", "cx_item"]
CHOICES = ["list_name", "name", "label", "cx_value", "cx_favourable", "cx_exclusive", "cx_text"]
CHOICES += ["cx_unit", "cx_service", "cx_stage", "cx_topic", "cx_channel"]
BY_LANGUAGE = {"label", "hint", "media::image", "media::audio", "cx_alt", "text"}


class Sheet(NamedTuple):
    title: str
    columns: list[str]
    rows: list[Cells]


def heading_of(code: str) -> str:
    return f"{LANGUAGES[code].name} ({code})"


def write(survey: Survey) -> bytes:
    file = io.BytesIO()
    write_sheets(file, [_table(sheet) for sheet in Writer(survey).sheets()])
    return file.getvalue()


def _table(sheet: Sheet) -> tuple[str, list[str], list[list[str]]]:
    """Columns with a language behind them stand once for each language that has anything."""
    languages = [
        code for code in LANGUAGES if any(f"::{heading_of(code)}" in key for row in sheet.rows for key in row)
    ]
    headings = []
    for column in sheet.columns:
        if column in BY_LANGUAGE:
            named = [f"{column}::{heading_of(code)}" for code in languages]
            headings += [
                name
                for name in named
                if column in {"label", "text"} or any(row.get(name) for row in sheet.rows)
            ]
        elif column in {"type", "name", "list_name"} or any(row.get(column) for row in sheet.rows):
            headings.append(column)
    return sheet.title, headings, [[row.get(heading, "") for heading in headings] for row in sheet.rows]


def by_language(column: str, texts: Mapping[str, str]) -> Cells:
    return {f"{column}::{heading_of(code)}": text for code, text in texts.items() if text}


class Writer:
    def __init__(self, survey: Survey):
        self.survey = survey
        self.content = publishing.content_of(survey)
        self.questions = {question["code"]: question for question in publishing.questions_in(self.content)}
        self.names = set(self.questions)
        self.rows_of_grid: dict[str, list[str]] = {}
        self.lists: dict[str, list[Cells]] = {}
        self.own_scales: set[str] = set()

    def sheets(self) -> list[Sheet]:
        rows = [
            row for number, part in enumerate(self.content["parts"], 1) for row in self._part(number, part)
        ]
        choices = [row for rows_of_list in self.lists.values() for row in rows_of_list]
        texts = [
            {"field": name} | by_language("text", self.content[name])
            for name in ("title", "purpose", "thanks")
        ]
        sheets = [
            Sheet("survey", SURVEY, rows),
            Sheet("choices", CHOICES, choices),
            Sheet("settings", list(self._settings()), [self._settings()]),
            Sheet("cx_survey", ["field", "text"], texts),
        ]
        if self.own_scales:
            sheets.append(
                Sheet("cx_scales", ["code", "name", "is_numeric", "high_is_good"], list(self._scales()))
            )
        for title, measures in measures_of(self.survey):
            if measures:
                cells = [row | by_language("text", texts) for row, texts in measures]
                sheets.append(Sheet(title, COLUMNS[title], cells))
        return sheets

    def _settings(self) -> Cells:
        source = self.content["source"]
        return {
            "form_title": self.content["title"].get(source, self.survey.code),
            "form_id": self.survey.code,
            "default_language": heading_of(source),
            "style": "pages",
            "cx_format": "1",
            "cx_source": source,
            "cx_best_first": "yes" if self.content["best_first"] else "no",
            "cx_simple": "yes" if self.content["offers_simple_mode"] else "no",
        }

    def _scales(self) -> Iterator[Cells]:
        known = {True: "yes", False: "no", None: ""}
        for scale in OwnScale.objects.filter(code__in=self.own_scales):
            yield {
                "code": scale.code,
                "name": scale.name,
                "is_numeric": known[scale.is_numeric],
                "high_is_good": known[scale.high_is_good],
            }

    # ---------- rows ----------

    def _part(self, number: int, part: dict[str, Any]) -> Iterator[Cells]:
        name = self._free(f"part_{number}")
        yield {
            "type": "begin_group",
            "name": name,
            "appearance": "field-list",
            "cx_kind": "part",
        } | by_language("label", part["title"])
        for question in part["questions"]:
            yield from self._grid(question) if question["kind"] == Kind.GRID else self._question(question)
        yield {"type": "end_group", "name": name}

    def _free(self, name: str) -> str:
        free = free_code(name, self.names)
        self.names.add(free)
        return free

    def _basis(self, question: dict[str, Any]) -> Cells:
        offers = {"not_for_me": question["not_for_me"], "dont_know": question["dont_know"]}
        cells = {
            "name": question["code"],
            "cx_kind": question["kind"],
            "required": "yes" if question["required"] else "",
            "relevant": self._relevant(question),
            "cx_options": " ".join(name for name, is_offered in offers.items() if is_offered),
            "cx_topic": question["topic"] or "",
            "cx_fills": question["fills"] or "",
            "cx_band_of": question.get("band_of") or "",
        }
        for kind, column in (("picture", "media::image"), ("audio", "media::audio")):
            clips = question.get("clips", {}).get(kind, {})
            cells |= by_language(column, {code: clip["file"] for code, clip in clips.items()})
            cells |= by_language("cx_alt", {code: clip.get("alt", "") for code, clip in clips.items()})
        return cells | by_language("label", question["text"]) | by_language("hint", question["help"])

    def _question(self, question: dict[str, Any]) -> Iterator[Cells]:
        cells, kind, code = self._basis(question), question["kind"], question["code"]
        match kind:
            case Kind.RATING | Kind.YES_NO | Kind.THUMBS:
                cells |= self._rated(question)
            case Kind.SINGLE | Kind.MULTIPLE | Kind.RANKING:
                types = {Kind.SINGLE: "select_one", Kind.MULTIPLE: "select_multiple", Kind.RANKING: "rank"}
                cells["type"] = f"{types[kind]} {self._choices(code, question)}"
            case _:
                cells["type"] = TYPES[kind]
        if kind == Kind.LONG_TEXT:
            cells["appearance"] = "multiline"
        yield cells | {"constraint": constraint_of(question)}
        asked = code
        if kind in ASKS_REASONS_AFTER and question["choices"]:
            asked = self._free(f"{code}_reasons")
            yield {
                "type": f"select_multiple {self._choices(asked, question)}",
                "name": asked,
                "relevant": f"selected(${{{code}}}, '{ASKS_REASONS_AFTER[kind]}')",
                "cx_of": code,
                "cx_role": "reasons",
            } | by_language("label", question["text"])
        for choice in question.get("choices", ()):
            if choice["asks_for_text"]:
                yield {
                    "type": "text",
                    "name": self._free(f"{asked}_{choice['code']}"),
                    "relevant": f"selected(${{{asked}}}, '{choice['code']}')",
                    "cx_of": code,
                    "cx_role": "other",
                } | by_language("label", choice["text"])

    def _rated(self, question: dict[str, Any]) -> Cells:
        scale = question["scale"]
        is_ready = scale["code"] in scales.STANDARD
        cells = {
            "type": f"select_one {self._points(scale)}",
            "appearance": "likert" if question["kind"] == Kind.RATING else "",
        }
        return cells | {"cx_scale" if is_ready else "cx_own_scale": scale["code"]}

    def _grid(self, question: dict[str, Any]) -> Iterator[Cells]:
        cells = self._basis(question)
        scale = self._rated(question)
        required = cells.pop("required")
        yield {"type": "begin_group", "appearance": "field-list"} | cells
        header = self._free(f"{question['code']}_heading")
        yield {"type": scale["type"], "name": header, "appearance": "label"} | by_language(
            "label", question["text"]
        )
        names = self.rows_of_grid.setdefault(question["code"], [])
        for item in question["items"]:
            name = self._free(f"{question['code']}_{item['code']}"[:60])
            names.append(name)
            yield (
                scale
                | {
                    "name": name,
                    "appearance": "list-nolabel",
                    "required": required,
                    "cx_item": item["code"],
                    "cx_topic": item["topic"] or "",
                }
                | by_language("label", item["text"])
            )
        yield {"type": "end_group", "name": question["code"]}

    # ---------- choices ----------

    def _choices(self, name: str, question: dict[str, Any]) -> str:
        def mark(is_so: bool) -> str:
            return "yes" if is_so else ""

        self.lists[name] = [
            {
                "list_name": name,
                "name": choice["code"],
                "cx_exclusive": mark(choice["exclusive"]),
                "cx_text": mark(choice["asks_for_text"]),
                **{f"cx_{kind}": code for kind, code in choice["stands_for"].items()},
            }
            | by_language("label", choice["text"])
            for choice in question["choices"]
        ]
        return name

    def _points(self, scale: dict[str, Any]) -> str:
        name = f"scale_{scale['code']}"
        if scale["code"] not in scales.STANDARD:
            self.own_scales.add(scale["code"])
        self.lists[name] = [
            {
                "list_name": name,
                "name": point["code"],
                "cx_value": "" if point["value"] is None else str(point["value"]),
                "cx_favourable": "yes" if point["favourable"] else "",
            }
            | by_language("label", point["label"] or {self.content["source"]: point["code"]})
            for point in scale["points"]
        ]
        return name

    # ---------- conditions ----------

    def _relevant(self, question: dict[str, Any]) -> str:
        if not question["shown_if"]:
            return ""
        return self.xpath(read_condition(question["shown_if"]))

    def xpath(self, condition: Condition) -> str:
        if isinstance(condition, Comparison):
            return self._compared(condition)
        if isinstance(condition, Not):
            return f"not({self.xpath(condition.part)})"
        word = " and " if isinstance(condition, AllOf) else " or "
        return word.join(
            self.xpath(part) if isinstance(part, Not) or self._is_one(part) else f"({self.xpath(part)})"
            for part in condition.parts
        )

    def _is_one(self, condition: Condition) -> bool:
        """Whether it is written without “or”."""
        is_grid = isinstance(condition, Comparison) and condition.question in self.rows_of_grid
        return isinstance(condition, Comparison) and condition.op != "one_of" and not is_grid

    def _compared(self, comparison: Comparison) -> str:
        names = self.rows_of_grid.get(comparison.question, [comparison.question])
        kind = self.questions.get(comparison.question, {}).get("kind", "")
        return " or ".join(text for name in names for text in _written(comparison, f"${{{name}}}", kind))


def _written(comparison: Comparison, name: str, kind: str) -> Iterator[str]:
    value = comparison.value
    if comparison.op == "answered":
        yield f"{name} != ''"
    elif comparison.op in SIGNS:
        yield f"{name} {SIGNS[comparison.op]} {value}"
    else:
        for code in value if isinstance(value, tuple) else (value,):
            if kind == Kind.NUMBER:
                yield f"{name} = {code}"
            elif kind == Kind.RANKING:
                yield f"selected-at({name}, 0) = '{code}'"
            else:
                yield f"selected({name}, '{code}')"


def constraint_of(question: dict[str, Any]) -> str:
    match question["kind"]:
        case Kind.NUMBER:
            bounds = ((">=", question["low"]), ("<=", question["high"]))
            return " and ".join(f". {sign} {bound}" for sign, bound in bounds if bound is not None)
        case Kind.SHORT_TEXT | Kind.LONG_TEXT:
            return f"string-length(.) <= {question['max_length']}"
        case Kind.MULTIPLE:
            alone = [
                f"selected(., '{choice['code']}')" for choice in question["choices"] if choice["exclusive"]
            ]
            if alone:
                return f"not(({' or '.join(alone)}) and count-selected(.) > 1)"
    return ""
