"""XLSForm (.xlsx, .xls) of KoBo, ODK and others: groups become parts, questions keep their names as codes."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from cxportal.languages import LANGUAGES, SOURCE
from surveys.conditions import Condition
from surveys.interchange import plain_text
from surveys.interchange.choice_filters import fitting_rows
from surveys.interchange.codes import Codes
from surveys.interchange.expressions import XPATH, CannotTranslate, questions_named
from surveys.interchange.fitting import fitted, longest_of
from surveys.interchange.forms import (
    Form,
    FormChoice,
    FormItem,
    FormMeasure,
    FormPart,
    FormQuestion,
    FormScale,
    Refused,
    Report,
    Texts,
)
from surveys.interchange.language_names import code_of, match
from surveys.interchange.logic import Target, Translator, both, circle_in, number_or_none
from surveys.interchange.measures import COLUMNS
from surveys.interchange.sheets import read_workbook
from surveys.interchange.words import OTHER, in_every_language
from surveys.interchange.xlsform_constraints import bounds_in
from surveys.interchange.xlsform_sheets import SHEETS, SheetRow, TextsOf, Workbook, read_sheets
from surveys.interchange.xlsform_words import NO, YES, Type, type_of
from surveys.models import Breakdown, Choice, Item, Question

MOST_POINTS = 11
LONGEST_SHORT_TEXT = 255
SHORTEST_LIMIT, LONGEST_LIMIT = 10, 4000
READ = {
    *("type", "name", "label", "hint", "guidance_hint", "relevant", "required", "constraint", "disabled"),
    *(
        "constraint_message",
        "required_message",
        "image",
        "audio",
        "choice_filter",
        "parameters",
        "repeat_count",
    ),
}
ONLY_OF = {
    "parameters": {"range"},
    "choice_filter": {"select_one", "select_multiple", "rank"},
    "repeat_count": {"begin_repeat", "begin_loop"},
}
"""Columns that are read for rows of these kinds only."""
NOT_OF_GROUPS = {
    *("guidance_hint", "required", "required_message", "constraint", "constraint_message", "image", "audio"),
}
SETTINGS_READ = {"form_title", "form_id", "default_language", "allow_choice_duplicates"}
CHOICES_READ = {"list_name", "name", "label", "image", "audio", "video", "big-image"}
LISTED_ONE_BY_ONE = {"default", "calculation", "readonly", "trigger", "video", "big-image", "save_to"}
Kind = Question.Kind


@dataclass
class Asked:
    row: SheetRow
    type: Type


@dataclass
class Group:
    row: SheetRow | None
    kind: str = "group"
    children: list["Asked | Group"] = field(default_factory=list)


@dataclass
class Grid:
    """Rows that choose from one list, drawn side by side; `header` is the row that shows the choices."""

    rows: list[Asked]
    header: SheetRow | None = None


@dataclass(frozen=True)
class Shown:
    """Where it is written when something is shown."""

    row: SheetRow
    text: str


def read(content: bytes, report: Report, said: Mapping[str, str]) -> Form:
    """Raises `Refused`. `said`: name of a language in the file -> our code."""
    return Reader(read_sheets(read_workbook(content, wanted=SHEETS)), report, said).form()


class Reader:
    def __init__(self, book: Workbook, report: Report, said: Mapping[str, str]):
        self.book, self.report = book, report
        self.default = book.settings.get("default_language")
        report.languages = match(book.labels, said, fallback=self._fallback(said))
        if not any(language.code for language in report.languages):
            names = ", ".join(f"“{language.label}”" for language in report.languages)
            raise Refused(
                _("None of the languages of the form is known here: %(names)s. Say which one they are.")
                % {"names": names or "-"}
            )
        self.texts = TextsOf(report, self._clean)
        self.is_ours = book.settings.get("cx_format") == "1"
        self.codes = Codes("q")
        self.targets: dict[str, Target] = {}
        self.later: set[str] = set()
        self.translator = Translator(XPATH, self._find)
        self.read_conditions: dict[tuple[str, str], Condition | bool | None] = {}
        self.parts: list[FormPart] = [FormPart()]
        self.looked_at: set[str] = set()
        self.only_choice: dict[str, str] = {}
        self.known_choices: dict[tuple[str, int], Texts] = {}
        self.scales: dict[Any, FormScale] = {}
        self.left: dict[str, list[SheetRow]] = {}

    def _fallback(self, said: Mapping[str, str]) -> str:
        if code := said.get(self.default) or code_of(self.default):
            return code
        known = [code for label in self.book.labels if label and (code := said.get(label) or code_of(label))]
        return next((code for code in known if code in LANGUAGES), SOURCE)

    def _clean(self, place: str, name: str, text: str) -> str:
        if self.is_ours:
            return text  # no Markdown: it went out as plain text
        plain = plain_text.of_markdown(text)
        if plain.lost_format:
            self.report.changed(place, name, _("The text was formatted; it is plain text now."), text)
        if plain.lost_answers:
            note = _("The text shows an earlier answer; “…” stands there now. Reword it.")
            self.report.changed(place, name, note, text)
        return plain.text

    # ---------- the whole ----------

    def form(self) -> Form:
        tree = self._tree()
        self._refuse_circles(tree)
        for shown in self._all_shown(tree):
            self.looked_at |= questions_named(shown.text, XPATH)
        self.later = {row.get("name") for row in self.book.survey if row.get("name")}
        self._walk(tree, (), "")
        if not self.is_ours:
            self._list_left_over()
        form = Form(parts=[part for part in self.parts if part.questions], is_ours=self.is_ours)
        form.source = self._source(form)
        form.code = self.book.settings.get("form_id")
        if title := self.book.settings.get("form_title"):
            form.title = {form.source: self._clean(self.book.settings.place, "form_title", title)}
        for row in self.book.ours:
            texts = self.texts(row, "text", row.get("field"))
            if row.get("field") in {"title", "purpose", "thanks"}:
                setattr(form, row.get("field"), texts)
        if self.is_ours:
            form.source = self.book.settings.get("cx_source") or form.source
            form.best_first = self.book.settings.get("cx_best_first") != "no"
            form.offers_simple_mode = self.book.settings.get("cx_simple") != "no"
            form.measures = [
                FormMeasure(
                    sheet,
                    row.place,
                    {name: row.get(name) for name in COLUMNS[sheet]},
                    self.texts(row, "text", row.get("code")),
                )
                for sheet, rows in self.book.measures.items()
                for row in rows
            ]
        return form

    def _source(self, form: Form) -> str:
        """The language in which most is written; between equals the one the form names."""
        written = Counter(
            code for question in form.questions for code, text in question.texts.items() if text
        )
        said = self._fallback({language.label: language.code for language in self.report.languages})
        most = max(written.values(), default=0)
        return said if written[said] == most else max(written, key=lambda code: written[code])

    # ---------- the tree of groups ----------

    def _tree(self) -> Group:
        top = Group(None)
        opened = [top]
        for row in self.book.survey:
            if not row.get("type"):
                continue
            found = type_of(row.get("type"))
            edge, _under, kind = found.kind.partition("_")
            if edge == "begin":
                group = Group(row, kind)
                opened[-1].children.append(group)
                opened.append(group)
            elif edge == "end":
                opened.pop()
            else:
                opened[-1].children.append(Asked(row, found))
        return top

    def _all_shown(self, group: Group) -> Iterator[Shown]:
        for child in group.children:
            row = child.row
            if row and (text := row.get("relevant")):
                yield Shown(row, text)
            if isinstance(child, Group):
                yield from self._all_shown(child)

    def _refuse_circles(self, tree: Group) -> None:
        looks_at: dict[str, set[str]] = {}
        rows: dict[str, SheetRow] = {}
        self._gather(tree, set(), looks_at, rows)
        if circle := circle_in(looks_at):
            places = ", ".join(f"{rows[name].place} (“{name}”)" for name in circle if name in rows)
            raise Refused(
                _(
                    "These depend on each other in a circle: %(places)s. Change what one of them depends on in the column “relevant”."
                )
                % {"places": places}
            )

    def _gather(
        self, group: Group, above: set[str], looks_at: dict[str, set[str]], rows: dict[str, SheetRow]
    ) -> None:
        for child in group.children:
            row = child.row
            own = above | (questions_named(row.get("relevant"), XPATH) if row else set())
            if isinstance(child, Group):
                self._gather(child, own, looks_at, rows)
            elif row and row.get("name"):
                looks_at.setdefault(row.get("name"), set()).update(own)
                rows.setdefault(row.get("name"), row)

    # ---------- walking ----------

    def _walk(self, group: Group, shown: tuple[Shown, ...], repeated: str) -> None:
        for node in self._with_grids(group):
            if isinstance(node, Group):
                self._walk_group(node, shown, repeated)
            elif isinstance(node, Grid):
                self._grid(node, group.row, shown, repeated)
            else:
                self._asked(node, shown, repeated)

    def _walk_group(self, group: Group, shown: tuple[Shown, ...], repeated: str) -> None:
        row = group.row or SheetRow("survey", 1, {})
        name = row.get("name")
        if group.kind in {"repeat", "loop"}:
            note = _(
                "Repeated questions have no counterpart here: each question is asked once. Its questions were left out."
            )
            self.report.dropped(row.place, name, note, row.get("repeat_count") or row.get("type"))
            repeated = repeated or name or row.get("type")
        if text := row.get("relevant"):
            shown = (*shown, Shown(row, text))
        all_grid = self._is_one_grid(group)
        if all_grid:
            self._walk(group, shown, repeated)
            self._note_left(row)
            return
        for _language, text in row.in_any_language("hint"):
            note = _("A row of this type cannot use the column “%(column)s” here.") % {"column": "hint"}
            self.report.dropped(row.place, name, note, text)
        title = self.texts(row, "label", name)
        self._begin_part(title)
        self._walk(group, shown, repeated)
        self._begin_part({})
        self._note_left(row)

    def _is_one_grid(self, group: Group) -> bool:
        """Nothing but one grid, and only one text above it."""
        if self.is_ours and group.row is not None:
            return group.row.get("cx_kind") == Kind.GRID
        match self._with_grids(group):
            case [Grid(header=header)]:
                has_title = group.row is not None and any(group.row.in_any_language("label"))
                return not (has_title and header is not None and any(header.in_any_language("label")))
        return False

    def _begin_part(self, title: Texts) -> None:
        """A page of its own. A title that no page has shown yet stands before the one inside it."""
        last = self.parts[-1]
        if last.questions:
            self.parts.append(FormPart(title))
        elif last.texts and title:
            for code, text in title.items():
                last.texts[code] = f"{last.texts[code]} – {text}" if last.texts.get(code) else text
        elif title:
            last.texts = dict(title)
        if not title and not self.parts[-1].questions:
            self.parts[-1].texts = {}

    def _add(self, question: FormQuestion, *rows: SheetRow) -> None:
        self.parts[-1].questions.append(question)
        for row in rows:
            self._note_left(row)

    # ---------- when it is shown ----------

    def _find(self, name: str) -> Target | None:
        if name in self.targets:
            return self.targets[name]
        if name in self.later:
            raise CannotTranslate(_("It looks at “%(name)s”, which is asked later.") % {"name": name})
        return None

    def _condition(self, shown: Sequence[Shown], row: SheetRow) -> tuple[Condition | None, bool]:
        """The condition, and whether the question can be shown at all."""
        found: Condition | None = None
        own = (*shown, Shown(row, row.get("relevant"))) if row.get("relevant") else tuple(shown)
        for one in own:
            logic = self._read_condition(one)
            if logic is False:
                return None, False
            if logic is not True and logic is not None:
                found = both(found, logic)
        return found, True

    def _read_condition(self, shown: Shown) -> Condition | bool | None:
        key = (shown.row.place, shown.text)
        if key not in self.read_conditions:
            try:
                self.read_conditions[key] = self.translator.condition(shown.text)
            except CannotTranslate as error:
                note = _("When it is shown could not be taken over: %(why)s It is shown always.") % {
                    "why": error
                }
                self.report.dropped(shown.row.place, shown.row.get("name"), note, shown.text)
                self.read_conditions[key] = None
        return self.read_conditions[key]

    # ---------- one question ----------

    def _asked(self, asked: Asked, shown: tuple[Shown, ...], repeated: str) -> None:
        row, kind, name = asked.row, asked.type.kind, asked.row.get("name")
        if self.is_ours and row.get("cx_of"):
            self._belongs_to(asked)
            return
        why = self._why_not(asked, repeated)
        if kind == "unasked":
            self._unasked(row, why)
            return
        condition, may_be_shown = (None, True) if why else self._condition(shown, row)
        if not may_be_shown:
            why = _("It is never shown.")
        question = None if why else self._question(asked)
        if question is None:
            self._drop(row, why or _("It has no choices."), has_counterpart=not why)
            return
        question.condition = condition
        self._texts_of(question, row)
        self._required(question, row)
        self._constraint(question, row, asked.type)
        self._media(question, row)
        self._add(question, row)
        self._know(name, question)

    def _why_not(self, asked: Asked, repeated: str) -> str:
        if repeated:
            return _("It is asked again and again in “%(name)s”, which has no counterpart here.") % {
                "name": repeated
            }
        if asked.type.list_name.startswith("${"):
            return _("Its choices are what was answered before; that has no counterpart here.")
        return {
            "unasked": _("It is not asked but found out by the device or worked out."),
            "file": _("Files and recordings of respondents are not collected here."),
            "position": _("Positions on a map are not collected here."),
            "choices_elsewhere": _("Its choices are in another file."),
        }.get(asked.type.kind, "")

    def _unasked(self, row: SheetRow, why: str) -> None:
        note = why or _("It is not asked.")
        self.report.dropped(row.place, row.get("name"), note, row.get("calculation") or row.get("type"))
        self._forget(row)

    def _drop(self, row: SheetRow, why: str, *, has_counterpart: bool) -> None:
        self.report.dropped(
            row.place, row.get("name"), why, row.get("type"), question=True, has_counterpart=has_counterpart
        )
        self._forget(row)

    def _forget(self, row: SheetRow) -> None:
        name = row.get("name")
        if name and name not in self.targets:
            why = _("It looks at “%(name)s”, which was not taken over.") % {"name": name}
            self.targets[name] = Target(name, "", why_not=why)

    def _know(self, name: str, question: FormQuestion) -> None:
        if name in self.targets:
            why = _("It looks at “%(name)s”, and several questions have that name.") % {"name": name}
            self.targets[name] = Target(question.code, question.kind, why_not=why)
            return
        rows = question.scale.points if question.scale else question.choices
        answers = {row.name: row.code for row in rows}
        if question.kind == Kind.YES_NO:
            answers = {"yes": "yes", "no": "no", self.only_choice.get(question.code, "OK"): "yes"}
        elif question.kind == Kind.THUMBS:
            answers = {"up": "up", "down": "down"}
        self.targets[name] = Target(question.code, question.kind, answers, condition=question.condition)

    def _new(self, row: SheetRow, kind: str, **more: Any) -> FormQuestion:
        name = row.get("name") or f"{type_of(row.get('type')).kind or 'row'}_{row.number}"
        question = FormQuestion(name, "", kind, {}, row.place, **more)
        question.code = self.codes.of(name)
        if self.is_ours:
            offers = row.get("cx_options").split()
            question.offers_not_for_me, question.offers_dont_know = (
                "not_for_me" in offers,
                "dont_know" in offers,
            )
            question.topic = row.get("cx_topic")
            question.fills = row.get("cx_fills") if row.get("cx_fills") in Breakdown.values else ""
            question.band_of = row.get("cx_band_of")
        return question

    def _question(self, asked: Asked) -> FormQuestion | None:
        row = asked.row
        match asked.type.kind:
            case "select_one" | "select_multiple" | "rank":
                return self._choosing(asked)
            case "integer" | "decimal":
                self._taken(row)
                return self._new(row, Kind.NUMBER)
            case "range":
                return self._range(row)
            case "text":
                self._taken(row)
                is_long = "multiline" in row.get("appearance")
                longest = 2000 if is_long else LONGEST_SHORT_TEXT
                return self._new(row, Kind.LONG_TEXT if is_long else Kind.SHORT_TEXT, max_length=longest)
            case "note":
                self._taken(row)
                return self._new(row, Kind.INFORMATION)
            case "acknowledge":
                self._changed(row, _("The box to tick became a question with yes and no."))
                return self._new(row, Kind.YES_NO)
        note = {
            "date": _("A date is typed as text here."),
            "time": _("A time is typed as text here."),
            "datetime": _("Day and time are typed as text here."),
            "barcode": _("A barcode is typed as text here."),
        }[asked.type.kind]
        self._changed(row, note)
        return self._new(row, Kind.SHORT_TEXT, max_length=40 if asked.type.kind != "barcode" else 255)

    def _taken(self, row: SheetRow) -> None:
        self.report.taken(row.place, row.get("name"))

    def _changed(self, row: SheetRow, note: str, original: str = "") -> None:
        self.report.changed(row.place, row.get("name"), note, original or row.get("type"), question=True)

    def _texts_of(self, question: FormQuestion, row: SheetRow) -> None:
        name = row.get("name")
        question.texts = self.texts(row, "label", name)
        question.help = self.texts(row, "hint", name)
        if not question.texts and question.help:
            question.texts, question.help = question.help, {}
        guidance = self.texts(row, "guidance_hint", name)
        if guidance:
            self.report.changed(row.place, name, _("What was meant for interviewers stands in the hint now."))
        for code, text in guidance.items():
            question.help[code] = f"{question.help[code]}\n{text}" if question.help.get(code) else text

    def _required(self, question: FormQuestion, row: SheetRow) -> None:
        written = row.get("required").strip()
        if written.lower() in YES:
            question.is_required = True
        elif written.lower() not in NO:
            note = _("Whether it must be answered depends on other answers; here it may be left empty.")
            self.report.dropped(row.place, row.get("name"), note, written)
        for _language, text in row.in_any_language("required_message"):
            note = _("The portal asks in its own words for what was left empty.")
            self.report.dropped(row.place, row.get("name"), note, text)

    def _constraint(self, question: FormQuestion, row: SheetRow, type_: Type) -> None:
        written = row.get("constraint")
        if not written:
            return
        bounds = bounds_in(written, whole_numbers=type_.kind == "integer")
        messages = [text for _language, text in row.in_any_language("constraint_message")]
        if bounds is None or not self._apply(question, bounds):
            note = _("The answer is not checked like this here: the rule was left out.")
            self.report.dropped(row.place, row.get("name"), note, " · ".join([written, *messages]))
        elif messages:
            note = _("The rule holds; the portal says in its own words what is wrong.")
            self.report.changed(row.place, row.get("name"), note, " · ".join(messages))

    def _apply(self, question: FormQuestion, bounds: Any) -> bool:
        says_number = bounds.low is not None or bounds.high is not None
        if question.kind == Kind.NUMBER:
            if bounds.longest is None and not bounds.alone:
                question.low, question.high = bounds.low, bounds.high
                return True
        elif question.kind in Question.TEXTS:
            fits = bounds.longest is not None and SHORTEST_LIMIT <= bounds.longest <= LONGEST_LIMIT
            if fits and not says_number and not bounds.alone:
                question.max_length = bounds.longest
                return True
        elif question.kind == Kind.MULTIPLE and not says_number and bounds.longest is None:
            known = {choice.name: choice for choice in question.choices}
            if bounds.alone <= set(known):
                for name in bounds.alone:
                    known[name].is_exclusive = True
                return True
        return False

    def _media(self, question: FormQuestion, row: SheetRow) -> None:
        for kind, name in (("picture", "image"), ("audio", "audio")):
            for language, file in row.in_any_language(name):
                code = self.texts.codes.get(language, "")
                if code:
                    question.clips[kind, code] = file
                else:
                    note = _("The language of this file is not known here; the file was left out.")
                    self.report.dropped(row.place, row.get("name"), note, file)
        question.alt = self.texts(row, "cx_alt", row.get("name"))

    def _range(self, row: SheetRow) -> FormQuestion:
        given = dict(
            word.split("=", 1)
            for word in re.split(r"[\s;,]+", re.sub(r"\s*=\s*", "=", row.get("parameters")))
            if "=" in word
        )
        ends = [number_or_none(given.get(name, default)) for name, default in (("start", "0"), ("end", "10"))]
        whole = [int(end) if end is not None and end == int(end) and abs(end) < 2e9 else None for end in ends]
        note = _("The slider became a number to type, within the same bounds.")
        if None in whole:
            note = _("The slider became a number to type; its bounds are no whole numbers and were left out.")
            whole = [None, None]
        self._changed(row, note, row.get("parameters") or "range")
        low, high = whole if None in whole else sorted(whole)  # type: ignore[type-var]
        return self._new(row, Kind.NUMBER, low=low, high=high)

    # ---------- questions with choices ----------

    def _choosing(self, asked: Asked) -> FormQuestion | None:
        row, kind = asked.row, asked.type.kind
        choices = self._choices(asked)
        ours = row.get("cx_kind") if self.is_ours else ""
        if ours in {Kind.RATING, Kind.YES_NO, Kind.THUMBS}:
            self._taken(row)
            question = self._new(row, ours)
            if ours == Kind.RATING:
                question.scale = self._scale(asked, choices)
            return question
        if not choices:
            return None
        if len(choices) == 1:
            self._changed(row, _("The only choice became yes or no; the choice stands in the hint."))
            question = self._new(row, Kind.YES_NO, help=dict(choices[0].texts))
            self.only_choice[question.code] = choices[0].name
            return question
        if kind == "select_one" and "likert" in row.get("appearance") and len(choices) <= MOST_POINTS:
            self._changed(row, _("It became a rating on a scale. Say which points are good."))
            return self._new(row, Kind.RATING, scale=self._scale(asked, choices))
        self._taken(row)
        kinds = {"select_one": Kind.SINGLE, "select_multiple": Kind.MULTIPLE, "rank": Kind.RANKING}
        return self._new(row, kinds[kind], choices=choices)

    def _choices(self, asked: Asked) -> list[FormChoice]:
        row = asked.row
        rows = self.book.lists.get(asked.type.list_name, [])
        if text := row.get("choice_filter"):
            fitting = fitting_rows(text, rows)
            if fitting is None:
                note = _("Which choices are offered depends on other answers; all of them are offered here.")
                self.report.dropped(row.place, row.get("name"), note, text)
            else:
                rows = fitting
        codes = Codes("c", may_begin_with_digit=True)
        found: dict[str, FormChoice] = {}
        for one in rows:
            name = one.get("name")
            texts = self._choice_texts(one, asked.type.list_name)
            if name in found and found[name].texts == texts:
                continue  # the same choice, offered in several cases
            choice = FormChoice(name, codes.of(name), texts)
            if self.is_ours:
                self._our_columns(choice, one)
            found.setdefault(name if name not in found else choice.code, choice)
        choices = list(found.values())
        if asked.type.or_other and "other" not in found:
            offered = {language.code for language in self.report.languages}
            texts = {code: text for code, text in in_every_language(OTHER).items() if code in offered}
            choices.append(FormChoice("other", codes.of("other"), texts, asks_for_text=True))
        return choices

    def _choice_texts(self, row: SheetRow, list_name: str) -> Texts:
        """Said once for each row of the sheet, however many questions choose from the list."""
        if (key := (row.sheet, row.number)) not in self.known_choices:
            self.known_choices[key] = self._fitted(self.texts(row, "label", row.get("name")), row)
            for kind in ("image", "audio", "video", "big-image"):
                for _language, file in row.in_any_language(kind):
                    note = _("Choices are shown in words only; the file was left out.")
                    self.report.dropped(row.place, row.get("name"), note, file)
        return dict(self.known_choices[key])

    def _fitted(self, texts: Texts, row: SheetRow) -> Texts:
        return fitted(texts, longest_of(Choice), self.report, row.place, row.get("name"))

    def _our_columns(self, choice: FormChoice, row: SheetRow) -> None:
        choice.is_exclusive = choice.is_exclusive or row.says_yes("cx_exclusive")
        choice.asks_for_text = row.says_yes("cx_text")
        choice.is_favourable = row.says_yes("cx_favourable")
        value = number_or_none(row.get("cx_value"))
        choice.value = int(value) if value is not None else None
        kinds = ("unit", "service", "stage", "topic", "channel")
        choice.stands_for = {kind: row.get(f"cx_{kind}") for kind in kinds if row.get(f"cx_{kind}")}

    def _scale(self, asked: Asked, choices: list[FormChoice]) -> FormScale:
        standard, own = asked.row.get("cx_scale"), asked.row.get("cx_own_scale")
        if standard:
            return FormScale(choices, standard=standard)
        key = own or asked.type.list_name
        if key not in self.scales:
            numbers = [number_or_none(choice.name) for choice in choices]
            whole = [int(number) for number in numbers if number is not None and number == int(number)]
            is_numeric = len(set(whole)) == len(choices) and all(abs(number) < 30_000 for number in whole)
            for place, choice in enumerate(choices, 1):
                if choice.value is None:
                    choice.value = whole[place - 1] if is_numeric else place
            scale = FormScale(choices, code=key, name=key, is_numeric=is_numeric)
            if own and (row := self.book.scales.get(own)):
                scale.name, scale.is_numeric = row.get("name"), row.says_yes("is_numeric")
                scale.high_is_good = {"yes": True, "no": False}.get(row.get("high_is_good"))
            self.scales[key] = scale
        return self.scales[key]

    def _belongs_to(self, asked: Asked) -> None:
        """A row that this portal wrote beside a question: reasons after a no; the text of “other” is a sign there."""
        owner = next((one for one in self.parts[-1].questions if one.name == asked.row.get("cx_of")), None)
        if owner and asked.row.get("cx_role") == "reasons":
            owner.choices = self._choices(asked)

    # ---------- grids ----------

    def _with_grids(self, group: Group) -> list["Asked | Group | Grid"]:
        found: list[Asked | Group | Grid] = []
        appearance = group.row.get("appearance") if group.row else ""
        children = group.children
        if "table-list" in appearance and self._is_grid(
            [one for one in children if isinstance(one, Asked)], children
        ):
            return [Grid([one for one in children if isinstance(one, Asked)])]
        place = 0
        while place < len(children):
            header, run = None, place
            first = children[place]
            if isinstance(first, Asked) and self._draws(first, "label"):
                header, run = first, place + 1
            rows: list[Asked] = []
            while (
                run < len(children)
                and isinstance(one := children[run], Asked)
                and self._draws(one, "list-nolabel")
            ):
                rows.append(one)
                run += 1
            if rows and self._is_grid([*([header] if header else []), *rows], None):
                found.append(Grid(rows, header.row if header else None))
                place = run
            else:
                found.append(first)
                place += 1
        return found

    def _draws(self, asked: Asked, look: str) -> bool:
        return asked.type.kind == "select_one" and look in asked.row.get("appearance").split()

    def _is_grid(self, rows: list[Asked], among: Sequence[object] | None) -> bool:
        """One list of 2 to 11 choices, shown together, none of them looked at alone."""
        if not rows or (among is not None and len(among) != len(rows)):
            return False
        if {(one.type.kind, one.type.list_name, one.type.or_other) for one in rows} != {
            ("select_one", rows[0].type.list_name, False)
        }:
            return False
        same = {
            (one.row.get("relevant"), one.row.get("choice_filter"), one.row.get("constraint")) for one in rows
        }
        names = {one.row.get("name") for one in rows}
        size = len(self.book.lists.get(rows[0].type.list_name, []))
        is_short = all(
            len(text) <= longest_of(Item)
            for one in rows
            for _language, text in one.row.in_any_language("label")
        )
        is_free = not names & self.looked_at or self.is_ours
        return len(same) == 1 and 2 <= size <= MOST_POINTS and is_short and is_free

    def _grid(self, grid: Grid, group: SheetRow | None, shown: tuple[Shown, ...], repeated: str) -> None:
        first = grid.rows[0].row
        place_row = (group if self.is_ours else grid.header) or group or first
        rows = [*([grid.header] if grid.header else []), *(one.row for one in grid.rows)]
        condition, may_be_shown = (None, True) if repeated else self._condition(shown, first)
        if repeated or not may_be_shown:
            why = self._why_not(grid.rows[0], repeated) or _("It is never shown.")
            for row in rows:
                self._drop(row, why, has_counterpart=not repeated)
            return
        question = self._new(place_row, Kind.GRID)
        question.condition = condition
        question.scale = self._scale(grid.rows[0], self._choices(grid.rows[0]))
        name = place_row.get("name")
        question.texts = self.texts(place_row, "label", name) or (
            self.texts(group, "label", name) if group else {}
        )
        question.help = self.texts(place_row, "hint", name)
        codes = Codes("item")
        for one in grid.rows:
            row = one.row
            item = FormItem(
                row.get("name"),
                codes.of(row.get("cx_item") or row.get("name")),
                self.texts(row, "label", row.get("name")),
                row.get("cx_topic"),
            )
            question.items.append(item)
            self._required(question, row)
            for _language, text in row.in_any_language("hint"):
                self.report.dropped(
                    row.place, item.name, _("Rows of a grid have no hint of their own."), text
                )
            answers = {point.name: point.code for point in question.scale.points}
            why_not = "" if self.is_ours else _("It looks at one row of a grid.")
            # of a grid that this portal wrote, a condition looks at every row
            self.targets.setdefault(
                row.get("name"), Target(question.code, Kind.RATING, answers, why_not=why_not)
            )
        self._report_grid(grid, question)
        self._add(question, *rows)

    def _report_grid(self, grid: Grid, question: FormQuestion) -> None:
        if self.is_ours:
            self.report.taken(question.place, question.name)
            return
        if grid.header:
            self._changed(grid.header, _("It became the heading of a grid."))
        for one in grid.rows:
            note = _("It became a row of the grid “%(code)s”. Say which points are good.") % {
                "code": question.code
            }
            self._changed(one.row, note)

    # ---------- what is left ----------

    def _note_left(self, row: SheetRow) -> None:
        for column, text in row.cells.items():
            name = column.field
            if name in READ or name.startswith("cx_"):
                if text.lower() not in NO and not self._can_use(row, name):
                    note = _("A row of this type cannot use the column “%(column)s” here.") % {"column": name}
                    self.report.dropped(row.place, row.get("name"), note, text)
                continue
            if name in LISTED_ONE_BY_ONE and text.lower() not in NO:
                note = _("The column “%(column)s” has no counterpart here.") % {"column": name}
                self.report.dropped(row.place, row.get("name"), note, text)
            elif name not in LISTED_ONE_BY_ONE:
                self.left.setdefault(name, []).append(row)

    def _can_use(self, row: SheetRow, column: str) -> bool:
        kind = type_of(row.get("type")).kind
        if self.is_ours:
            return True
        if kind.startswith("begin_") and column in NOT_OF_GROUPS:
            return False
        if column == "constraint_message" and not row.get("constraint"):
            return False
        return column not in ONLY_OF or kind in ONLY_OF[column]

    def _list_ends(self) -> None:
        """The row that ends a group says nothing else, and a row without a type nothing at all."""
        for row in self.book.survey:
            kind = type_of(row.get("type")).kind
            if kind and not kind.startswith("end_"):
                continue
            for column, text in row.cells.items():
                if column.field not in {"type", "name", "label"} and text.lower() not in NO:
                    note = _("A row of this type cannot use the column “%(column)s” here.")
                    note %= {"column": column.field}
                    self.report.dropped(row.place, row.get("name"), note, text)

    def _list_left_over(self) -> None:
        self._list_ends()
        for column, rows in self.left.items():
            note = _(
                "The column “%(column)s” has no counterpart here; %(count)d rows have something in it."
            ) % {
                "column": column,
                "count": len(rows),
            }
            values = Counter(row.get(column) for row in rows)
            original = ", ".join(f"{value} ({count})" for value, count in values.most_common(12) if value)
            self.report.dropped(_("sheet %(sheet)s") % {"sheet": "survey"}, column, note, original)
        for row in self.book.disabled:
            self.report.dropped(
                row.place, row.get("name"), _("The row is switched off in the form."), row.get("type")
            )
        self._list_left_settings()
        self._list_left_choices()

    def _list_left_settings(self) -> None:
        row = self.book.settings
        for column, text in row.cells.items():
            if column.field not in SETTINGS_READ and not column.field.startswith("cx_"):
                note = _("This setting has no counterpart here.")
                self.report.dropped(row.place, column.field, note, text)

    def _list_left_choices(self) -> None:
        """Lists that nothing chooses from, and columns that are neither texts nor looked at by a filter."""
        used = {type_of(row.get("type")).list_name for row in self.book.survey}
        filters = " ".join(row.get("choice_filter") for row in self.book.survey)
        for row in self.book.stray:
            note = _("A choice needs a list and a name; the row was left out.")
            self.report.dropped(row.place, row.get("name"), note, ", ".join(row.cells.values()))
        left: Counter[str] = Counter()
        for name, rows in self.book.lists.items():
            if name not in used:
                note = _("No question chooses from this list.")
                names = ", ".join(row.get("name") for row in rows[:12])
                self.report.dropped(rows[0].place, name, note, names)
                continue
            left.update(
                column.field for row in rows for column in row.cells if column.field not in CHOICES_READ
            )
        for column, count in left.items():
            if column not in filters.lower():
                note = _(
                    "The column “%(column)s” has no counterpart here; %(count)d rows have something in it."
                )
                self.report.dropped(
                    _("sheet %(sheet)s") % {"sheet": "choices"},
                    column,
                    note % {"column": column, "count": count},
                )
