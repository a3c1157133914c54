"""LimeSurvey structure files (.lss): groups become parts, arrays become grids, HTML becomes plain text."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.conditions import Condition
from surveys.interchange import plain_text, words
from surveys.interchange.codes import Codes
from surveys.interchange.expressions import EXPRESSION_SCRIPT, CannotTranslate, questions_named
from surveys.interchange.fitting import fitted, longest_of
from surveys.interchange.forms import (
    Form,
    FormChoice,
    FormItem,
    FormPart,
    FormQuestion,
    FormScale,
    Refused,
    Report,
    Texts,
)
from surveys.interchange.language_names import match
from surveys.interchange.limesurvey_tables import LimeRow, Row, Tables, is_xml, merged, read_tables
from surveys.interchange.logic import Target, Translator, both, circle_in, number_or_none, while_shown
from surveys.models import Choice, Item, OwnScalePoint, Question

Kind = Question.Kind
MOST_POINTS = 11
MOST_CELLS = 60
ALWAYS = {"", "1"}
SUFFIX = re.compile(r"\.(?:NAOK|value|valueNAOK|code)\Z")
SGQA = re.compile(r"\d+X\d+X(\d+)(\w*)\Z")

SIMPLE = {
    "S": (Kind.SHORT_TEXT, 255),
    "T": (Kind.LONG_TEXT, 2000),
    "U": (Kind.LONG_TEXT, 4000),
    "N": (Kind.NUMBER, 0),
    "X": (Kind.INFORMATION, 0),
    "Y": (Kind.YES_NO, 0),
}
CHOOSING = {"L": Kind.SINGLE, "!": Kind.SINGLE, "O": Kind.SINGLE, "G": Kind.SINGLE, "R": Kind.RANKING}
SEVERAL = {"M", "P"}
WITH_OTHER = {*CHOOSING, *SEVERAL} - {"R"}
ARRAYS = {"A", "B", "C", "E", "F", "H", "1"}
IN_LINES = {"K": Kind.NUMBER, "Q": Kind.SHORT_TEXT}
IN_CELLS = {":": Kind.NUMBER, ";": Kind.SHORT_TEXT}
WITHOUT_COUNTERPART = {
    "I": "The portal lets people choose the language on every page.",
    "|": "Files of respondents are not collected here.",
    "*": "It is worked out from other answers, not asked.",
}
LEFT_TABLES = {
    "quota": gettext_lazy("Quotas do not stop a survey here: %(count)d were left out."),
    "assessments": gettext_lazy(
        "Answers are not turned into points for respondents: %(count)d rules were left out."
    ),
    "defaultvalues": gettext_lazy("Nothing is filled in beforehand here: %(count)d values were left out."),
}
READY: dict[str, list[tuple[str, str | Promise]]] = {
    "5": [(str(number), str(number)) for number in range(1, 6)],
    "A": [(str(number), str(number)) for number in range(1, 6)],
    "B": [(str(number), str(number)) for number in range(1, 11)],
    "C": [("Y", words.YES), ("U", words.UNCERTAIN), ("N", words.NO)],
    "E": [("I", words.INCREASE), ("S", words.SAME), ("D", words.DECREASE)],
    "G": [("F", words.FEMALE), ("M", words.MALE)],
}
USED_BY = {
    **{name: set(SIMPLE) for name in ("maximum_chars", "min_num_value_n", "max_num_value_n")},
    **{name: {"1"} for name in ("dualscale_headerA", "dualscale_headerB")},
    "exclude_all_others": SEVERAL,
    "other_replace_text": WITH_OTHER,
    "multiflexible_checkbox": set(IN_CELLS),
}
"""Attributes that are read here, and the types of question that they mean something for."""
NOUGHT_IS_A_LIMIT = {
    *("min_num_value", "max_num_value", "min_num_value_n", "max_num_value_n", "equals_num_value"),
    *("multiflexible_min", "multiflexible_max", "slider_min", "slider_max"),
}
RULES = {
    *("array_filter", "array_filter_exclude", "em_validation_q", "em_validation_sq", "max_answers"),
    *("min_answers", "min_num_value", "max_num_value", "equals_num_value", "num_value_int_only"),
    *("multiflexible_min", "multiflexible_max", "multiflexible_step", "time_limit", "random_group"),
    *("random_order", "exclude_all_others_auto", "date_min", "date_max", "slider_min", "slider_max"),
    *("prefix", "suffix", "other_comment_mandatory", "other_numbers_only", "numbers_only", "preg"),
}


def read(content: bytes, report: Report, said: Mapping[str, str]) -> Form:
    """Raises `Refused`. `said`: name of a language in the file -> our code."""
    return Reader(read_tables(content), report, said).form()


class Reader:
    def __init__(self, tables: Tables, report: Report, said: Mapping[str, str]):
        self.tables, self.report = tables, report
        report.languages = match(tables.languages, said, fallback="")
        self.language_of = {language.label: language.code for language in report.languages}
        if not any(self.language_of.values()):
            raise Refused(
                _("None of the languages of the form is known here: %(names)s. Say which one they are.")
                % {"names": ", ".join(f"“{label}”" for label in tables.languages)}
            )
        self.codes = Codes("q")
        self.targets: dict[str, Target] = {}
        self.hidden_counts: dict[str, Condition] = {}
        self.translator = Translator(EXPRESSION_SCRIPT, self._find)
        self.scales: dict[Any, FormScale] = {}
        self.left: dict[str, Counter[str]] = {}
        self.part = FormPart()
        self.all_names = self._names()
        self.title_of = {one.qid: one.title for questions in tables.questions.values() for one in questions}
        self.looked_at: set[str] = set()

    # ---------- the whole ----------

    def form(self) -> Form:
        self._refuse_circles()
        form = Form(source=self._source())
        self._survey_texts(form)
        for group in self.tables.groups:
            form.parts.append(self._group(group))
        form.parts = [part for part in form.parts if part.questions]
        self._list_left_over()
        return form

    def _source(self) -> str:
        main = self.language_of.get(self.tables.survey.get("language", ""), "")
        return main or next(code for code in self.language_of.values() if code)

    def _survey_texts(self, form: Form) -> None:
        place = "surveys_languagesettings"
        found = {
            name: self._texts(
                {label: row.get(f"surveyls_{name}", "") for label, row in self.tables.settings.items()},
                place,
                name,
            )
            for name in ("title", "description", "welcometext", "endtext", "policy_notice")
        }
        form.title, form.thanks = found["title"], found["endtext"]
        form.purpose = merged(found["description"], found["welcometext"], between="\n\n")
        for text in found["policy_notice"].values():
            note = _("The portal shows its own notice on data protection.")
            self.report.dropped(place, "policy_notice", note, text)
        mails = [
            name for row in self.tables.settings.values() for name in row if "email" in name and row[name]
        ]
        if mails:
            note = _("Texts of mails are kept with mailings here; they were left out.")
            self.report.dropped(place, "email", note, ", ".join(dict.fromkeys(mails)))

    def _texts(self, by_label: Mapping[str, str], place: str, name: str) -> Texts:
        found: Texts = {}
        for label, text in by_label.items():
            code = self.language_of.get(label, "")
            if not text:
                continue
            if not code:
                self.report.kept_texts.setdefault(label, []).append([f"{place}, {name}", text])
                continue
            plain = plain_text.of_html(text)
            if plain.lost_format:
                self.report.changed(place, name, _("The text was formatted; it is plain text now."), text)
            if plain.lost_answers:
                note = _("The text shows an earlier answer; “…” stands there now. Reword it.")
                self.report.changed(place, name, note, text)
            if plain.text:
                found[code] = plain.text
        return found

    # ---------- groups ----------

    def _group(self, group: LimeRow) -> FormPart:
        place = f"groups, gid {group.gid}"
        self.part = FormPart(self._texts(group.texts.get("group_name", {}), place, group.gid))
        condition, is_shown = self._relevance(group.grelevance, place, "grelevance")
        if group.randomization_group:
            note = _("The order of parts is the same for everybody here.")
            self.report.dropped(place, "randomization_group", note, group.randomization_group)
        description = self._texts(group.texts.get("description", {}), place, "description")
        if description and is_shown:
            code = self.codes.of(f"about_part_{group.gid}")
            about = FormQuestion(code, code, Kind.INFORMATION, description, place, condition=condition)
            self.part.questions.append(about)
            self.report.changed(
                place, code, _("The description of the part is information at its beginning now.")
            )
        for question in self.tables.questions.get(group.gid, []):
            self._question(question, condition, is_shown)
        return self.part

    # ---------- conditions ----------

    def _names(self) -> dict[str, str]:
        """Every name by which an expression may call something -> title of its question."""
        found: dict[str, str] = {}
        for questions in self.tables.questions.values():
            for question in questions:
                found[question.title] = question.title
                for sub in self.tables.subquestions.get(question.qid, []):
                    found[f"{question.title}_{sub.title}"] = question.title
        return found

    def _refuse_circles(self) -> None:
        looks_at: dict[str, set[str]] = {}
        for group in self.tables.groups:
            above = questions_named(group.grelevance, EXPRESSION_SCRIPT)
            for question in self.tables.questions.get(group.gid, []):
                named = above | questions_named(self._relevance_text(question), EXPRESSION_SCRIPT)
                plain = {self._plain_name(name) for name in named}
                self.looked_at |= plain
                looks_at[question.title] = {self.all_names.get(name, name) for name in plain}
        if circle := circle_in(looks_at):
            qids = {title: qid for qid, title in self.title_of.items()}
            places = ", ".join(f"questions, qid {qids.get(name, '?')} (“{name}”)" for name in circle)
            raise Refused(
                _(
                    "These depend on each other in a circle: %(places)s. Change the condition of one of them in LimeSurvey."
                )
                % {"places": places}
            )

    def _plain_name(self, name: str) -> str:
        """“that.name.NAOK” and “267333X26X777SQ001” as the name of a question or subquestion."""
        plain = SUFFIX.sub("", name.removeprefix("that.").removeprefix("INSERTANS:"))
        if found := SGQA.match(plain):
            digits, rest = found.groups()
            # where the number of the question ends and the code of the subquestion begins is not written
            for end in range(len(digits), 0, -1):
                title, sub = self.title_of.get(digits[:end], ""), f"{digits[end:]}{rest}"
                name = f"{title}_{sub}" if sub else title
                if title and (name in self.all_names or not digits[end:]):
                    return name
        return plain

    def _find(self, name: str) -> Target | None:
        plain = self._plain_name(name)
        target = self.targets.get(plain)
        if target is None and plain in self.all_names:
            raise CannotTranslate(_("It looks at “%(name)s”, which is asked later.") % {"name": plain})
        if target and target.condition and not name.lower().endswith("naok"):
            self.hidden_counts[target.code] = target.condition
        return target

    def _relevance_text(self, question: LimeRow) -> str:
        relevance = question.relevance.strip()
        if relevance not in ALWAYS:
            return relevance
        return self._old_conditions(self.tables.conditions.get(question.qid, []))

    def _old_conditions(self, rows: Sequence[Row]) -> str:
        """Scenarios are alternatives; in one of them every question looked at must fit, by any of its answers."""
        scenarios: dict[str, dict[str, list[str]]] = {}
        for row in rows:
            name = row.get("cfieldname", "").removeprefix("+")
            method = row.get("method", "").strip() or "=="
            value = row.get("value", "").strip()
            quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
            if value.startswith("@") and value.endswith("@"):
                quoted = f"{value.strip('@')}.NAOK"
            one = f"regexMatch({quoted}, {name}.NAOK)" if method == "RX" else f"{name}.NAOK {method} {quoted}"
            scenarios.setdefault(row.get("scenario", "1"), {}).setdefault(row.get("cqid", name), []).append(
                one
            )
        joined = [
            " and ".join(f"({' or '.join(ones)})" for ones in by_question.values())
            for by_question in scenarios.values()
        ]
        return " or ".join(f"({one})" for one in joined)

    def _relevance(self, text: str, place: str, name: str) -> tuple[Condition | None, bool]:
        """The condition, and whether anything can be shown at all."""
        if text.strip() in ALWAYS:
            return None, True
        self.hidden_counts = {}
        try:
            logic = self.translator.condition(text.strip().removeprefix("{").removesuffix("}"))
        except CannotTranslate as error:
            note = _("When it is shown could not be taken over: %(why)s It is shown always.") % {"why": error}
            self.report.dropped(place, name, note, text)
            return None, True
        if isinstance(logic, bool):
            return None, logic
        return while_shown(logic, self.hidden_counts), True

    # ---------- questions ----------

    def _question(self, row: LimeRow, above: Condition | None, is_shown: bool) -> None:
        place = f"questions, qid {row.qid}"
        attributes = self.tables.attributes.get(row.qid, {})
        own, may_be_shown = self._relevance(self._relevance_text(row), place, row.title)
        why = WITHOUT_COUNTERPART.get(row.type, "")
        if why:
            self._drop(row, _(why), has_counterpart=False)
            return
        if not is_shown or not may_be_shown or attributes.get("hidden", {}).get("") == "1":
            self._drop(row, _("It is never shown."), has_counterpart=True)
            return
        made = self._made(row, place)
        if not made:
            known = {*CHOOSING, *SEVERAL, *ARRAYS, *IN_LINES, *IN_CELLS}
            why = (
                _("It has too few choices or rows to be asked.")
                if row.type in known
                else _("Nothing of this kind can be asked here.")
            )
            self._drop(row, why, has_counterpart=False)
            return
        condition = both(above, own)
        for question in made:
            question.condition = condition
            question.is_required = row.mandatory in {"Y", "S"} and question.kind != Kind.INFORMATION
            self._know_condition(question)
        self.part.questions += made
        self._sub_relevance(row)
        self._attributes(row, place)
        if row.other == "Y" and row.type not in WITH_OTHER:
            note = _("A question of this type cannot use “%(name)s” here.") % {"name": "other"}
            self.report.dropped(place, row.title, note, row.other)

    def _drop(self, row: LimeRow, why: str, *, has_counterpart: bool) -> None:
        self.report.dropped(
            f"questions, qid {row.qid}",
            row.title,
            why,
            f"type {row.type}",
            question=True,
            has_counterpart=has_counterpart,
        )
        for name, title in self.all_names.items():
            if title == row.title:
                why_not = _("It looks at “%(name)s”, which was not taken over.") % {"name": name}
                self.targets[name] = Target(name, "", why_not=why_not)

    def _know_condition(self, question: FormQuestion) -> None:
        for name, target in self.targets.items():
            if target.code == question.code and question.condition:
                self.targets[name] = Target(
                    target.code, target.kind, target.answers, target.only, question.condition, target.why_not
                )

    def _made(self, row: LimeRow, place: str) -> list[FormQuestion]:
        kind = row.type
        if kind in SIMPLE:
            return [self._simple(row, place)]
        if kind == "5":
            self._taken(row)
            question = self._new(row, Kind.RATING, place)
            question.scale = self._ready_scale(kind)
            self._know(row.title, question, question.scale.points)
            return [question]
        if kind == "D":
            self._changed(row, _("A date is typed as text here."))
            question = self._new(row, Kind.SHORT_TEXT, place, max_length=40)
            self._know(row.title, question)
            return [question]
        if kind in CHOOSING:
            return self._choosing(row, place)
        if kind in SEVERAL:
            return self._several(row, place)
        if kind in ARRAYS:
            return self._array(row, place)
        if kind in IN_LINES:
            return self._lines(row, place, IN_LINES[kind])
        if kind in IN_CELLS:
            return self._cells(row, place, IN_CELLS[kind])
        return []

    def _new(self, row: LimeRow, kind: str, place: str, name: str = "", **more: Any) -> FormQuestion:
        title = name or row.title or f"q{row.qid}"
        question = FormQuestion(title, self.codes.of(title), kind, {}, place, **more)
        question.texts = self._texts(row.texts.get("question", {}), place, row.title)
        question.help = self._texts(row.texts.get("help", {}), place, row.title)
        return question

    def _taken(self, row: LimeRow) -> None:
        self.report.taken(f"questions, qid {row.qid}", row.title)

    def _changed(self, row: LimeRow, note: str) -> None:
        self.report.changed(f"questions, qid {row.qid}", row.title, note, f"type {row.type}", question=True)

    def _know(
        self, name: str, question: FormQuestion, rows: Sequence[FormChoice] = (), kind: str = ""
    ) -> None:
        answers = {row.name: row.code for row in rows}
        if question.kind == Kind.YES_NO and not rows:
            answers = {"Y": "yes", "N": "no"}
        self.targets[name] = Target(question.code, kind or question.kind, answers)

    def _simple(self, row: LimeRow, place: str) -> FormQuestion:
        kind, longest = SIMPLE[row.type]
        self._taken(row)
        question = self._new(row, kind, place)
        question.max_length = longest or question.max_length
        self._bounds(row, question)
        self._know(row.title, question)
        return question

    def _bounds(self, row: LimeRow, question: FormQuestion) -> None:
        attributes = self.tables.attributes.get(row.qid, {})
        for name, side in (
            ("min_num_value_n", "low"),
            ("max_num_value_n", "high"),
            ("maximum_chars", "max_length"),
        ):
            written = attributes.get(name, {}).get("", "")
            number = number_or_none(written) if written else None
            if not written:
                continue
            whole = (
                int(number) if number is not None and number == int(number) and abs(number) < 2e9 else None
            )
            fits = (question.kind == Kind.NUMBER) == (side != "max_length") and question.kind in (
                Kind.NUMBER,
                *Question.TEXTS,
            )
            if whole is None or not fits or (side == "max_length" and not 10 <= whole <= 4000):
                note = _("The limit “%(name)s” could not be taken over.") % {"name": name}
                self.report.dropped(question.place, row.title, note, written)
            else:
                setattr(question, side, whole)
        if question.low is not None and question.high is not None and question.low > question.high:
            note = _("The lowest number is above the highest; both were left out.")
            self.report.dropped(question.place, row.title, note, f"{question.low}, {question.high}")
            question.low = question.high = None

    # ---------- choices ----------

    def _answers(self, row: LimeRow, place: str, scale: int = 0) -> list[FormChoice]:
        codes = Codes("a", may_begin_with_digit=True)
        found = []
        for answer in self.tables.answers.get(row.qid, []):
            if answer.number("scale_id") == scale:
                texts = self._texts(answer.texts.get("answer", {}), f"answers, {place}", answer.code)
                found.append(FormChoice(answer.code, codes.of(answer.code), texts))
        return found

    def _ready(self, kind: str) -> list[FormChoice]:
        codes = Codes("a", may_begin_with_digit=True)
        begun = {code for code in self.language_of.values() if code}
        found = []
        for name, label in READY[kind]:
            texts = (
                dict.fromkeys(begun, str(label)) if isinstance(label, str) else words.in_every_language(label)
            )
            found.append(
                FormChoice(
                    name, codes.of(name), {code: text for code, text in texts.items() if code in begun}
                )
            )
        return found

    def _short(self, rows: list[Any], model: type, place: str) -> None:
        field = "label" if model is OwnScalePoint else "text"
        longest = longest_of(model, field)
        for row in rows:
            row.texts = fitted(row.texts, longest, self.report, place, row.name)

    def _other(self, row: LimeRow, choices: list[FormChoice]) -> None:
        if row.other != "Y":
            return
        begun = {code for code in self.language_of.values() if code}
        said = self.tables.attributes.get(row.qid, {}).get("other_replace_text", {})
        texts = {code: text for code, text in words.in_every_language(words.OTHER).items() if code in begun}
        texts |= self._texts(
            {label or self.tables.languages[0]: text for label, text in said.items()},
            f"questions, qid {row.qid}",
            "other_replace_text",
        )
        codes = Codes("a", may_begin_with_digit=True)
        codes.taken = {choice.code for choice in choices}
        choices.append(FormChoice("-oth-", codes.of("other"), texts, asks_for_text=True))

    def _choosing(self, row: LimeRow, place: str) -> list[FormQuestion]:
        choices = self._ready("G") if row.type == "G" else self._answers(row, place)
        if row.type == "R" and not choices:
            # newer versions keep what is ranked with the subquestions
            choices = self._subs_as_choices(row)
        self._other(row, choices)
        self._short(choices, Choice, place)
        if len(choices) < 2:
            return []
        question = self._new(row, CHOOSING[row.type], place, choices=choices)
        self._know(row.title, question, choices)
        if question.kind == Kind.RANKING:
            # what stands first is all that a condition can see of a ranking
            self._know(f"{row.title}_1", question, choices, kind="single")
        if row.type != "O":
            self._taken(row)
            return [question]
        self._changed(row, _("The comment beside the choices became a question of its own."))
        comment = self._comment(row, question, place)
        return [question, comment]

    def _comment(self, row: LimeRow, question: FormQuestion, place: str) -> FormQuestion:
        name = f"{row.title}_comment"
        begun = set(question.texts)
        label = {code: text for code, text in words.in_every_language(words.COMMENT).items() if code in begun}
        texts = {code: label.get(code) or text for code, text in question.texts.items()}
        comment = FormQuestion(name, self.codes.of(name), Kind.LONG_TEXT, texts, place)
        self._know(name, comment)
        return comment

    def _subs_as_choices(self, row: LimeRow) -> list[FormChoice]:
        codes = Codes("a", may_begin_with_digit=True)
        choices = []
        for sub in self.tables.subquestions.get(row.qid, []):
            texts = self._texts(sub.texts.get("question", {}), f"subquestions, qid {sub.qid}", sub.title)
            choices.append(FormChoice(sub.title, codes.of(sub.title), texts))
        return choices

    def _several(self, row: LimeRow, place: str) -> list[FormQuestion]:
        choices = self._subs_as_choices(row)
        alone = self.tables.attributes.get(row.qid, {}).get("exclude_all_others", {}).get("", "")
        named = set(re.split(r"[;,\s]+", alone)) - {""}
        for choice in choices:
            choice.is_exclusive = choice.name in named
        if unknown := named - {choice.name for choice in choices}:
            note = _("The rule “%(name)s” has no counterpart here.") % {"name": "exclude_all_others"}
            self.report.dropped(place, row.title, note, ", ".join(sorted(unknown)))
        if not any(choice.name == "other" for choice in choices):
            self._other(row, choices)
        self._short(choices, Choice, place)
        if len(choices) == 1:
            self._changed(row, _("The only choice became yes or no; the choice stands in the hint."))
            question = self._new(row, Kind.YES_NO, place)
            question.help = merged(question.help, choices[0].texts, between="\n")
            self.targets[f"{row.title}_{choices[0].name}"] = Target(question.code, "yes_no", {"Y": "yes"})
            return [question]
        if not choices:
            return []
        question = self._new(row, Kind.MULTIPLE, place, choices=choices)
        self._know(row.title, question, choices)
        for choice in choices:
            name = f"{row.title}_{'other' if choice.name == '-oth-' else choice.name}"
            self.targets[name] = Target(question.code, question.kind, only=choice.code)
        if row.type == "M":
            self._taken(row)
            return [question]
        self._changed(row, _("The comments beside the choices became one question behind them."))
        return [question, self._comment(row, question, place)]

    # ---------- arrays ----------

    def _array(self, row: LimeRow, place: str) -> list[FormQuestion]:
        if row.type != "1":
            points = self._ready(row.type) if row.type in READY else self._answers(row, place)
            return self._rated(row, place, points, "", {}, counted=False)
        made: list[FormQuestion] = []
        attributes = self.tables.attributes.get(row.qid, {})
        for number in (0, 1):
            head = attributes.get(f"dualscale_header{'AB'[number]}", {})
            texts = self._texts(
                {label or self.tables.languages[0]: text for label, text in head.items()}, place, row.title
            )
            name = "" if number == 0 else f"{row.title}_2"
            made += self._rated(
                row,
                place,
                self._answers(row, place, number),
                name,
                texts,
                counted=number == 1 or bool(made),
                scale_number=number,
            )
        return made

    def _rated(
        self,
        row: LimeRow,
        place: str,
        points: list[FormChoice],
        name: str,
        head: Texts,
        *,
        counted: bool,
        scale_number: int | None = None,
    ) -> list[FormQuestion]:
        subs = [sub for sub in self.tables.subquestions.get(row.qid, []) if sub.number("scale_id") == 0]
        if len(points) < 2 or not subs:
            return []
        tail = "" if scale_number is None else f"_{scale_number}"
        names = {f"{row.title}_{sub.title}{tail}" for sub in subs}
        texts_of = {
            sub.qid: self._texts(sub.texts.get("question", {}), f"subquestions, qid {sub.qid}", sub.title)
            for sub in subs
        }
        fits = len(points) <= MOST_POINTS and all(
            len(text) <= longest_of(Item) for texts in texts_of.values() for text in texts.values()
        )
        if not fits or names & self.looked_at:
            return self._rows_apart(
                row, place, subs, texts_of, points, tail, fits=len(points) <= MOST_POINTS, counted=counted
            )
        if not counted:
            note = {
                "1": _("The two scales became two grids, one behind the other."),
                "H": _("Columns became rows of a grid."),
            }.get(row.type, "")
            if note:
                self._changed(row, note)
            else:
                self._taken(row)
        question = self._new(row, Kind.GRID, place, name)
        question.texts = merged(question.texts, head, between=" – ")
        question.scale = (
            self._ready_scale(row.type)
            if row.type in READY
            else self._scale(row, points, place, scale_number)
        )
        codes = Codes("item")
        question.items = [FormItem(sub.title, codes.of(sub.title), texts_of[sub.qid]) for sub in subs]
        for one in names:
            self.targets[one] = Target(question.code, Kind.GRID, why_not=_("It looks at one row of a grid."))
        return [question]

    def _rows_apart(
        self,
        row: LimeRow,
        place: str,
        subs: Sequence[LimeRow],
        texts_of: Mapping[str, Texts],
        points: list[FormChoice],
        tail: str,
        *,
        fits: bool,
        counted: bool,
    ) -> list[FormQuestion]:
        """A condition looks at one of its rows, or it is too large for a grid: each row is a question."""
        if not counted:
            self._changed(row, _("Each row of the array became a question of its own."))
        whole = self._texts(row.texts.get("question", {}), place, row.title)
        made: list[FormQuestion] = []
        if not fits:
            self._short(points, Choice, place)
        for sub in subs:
            name = f"{row.title}_{sub.title}{tail}"
            question = FormQuestion(
                name, self.codes.of(name), Kind.RATING if fits else Kind.SINGLE, {}, place
            )
            question.texts = merged(whole, texts_of[sub.qid], between=" – ")
            if fits:
                question.scale = (
                    self._ready_scale(row.type)
                    if row.type in READY
                    else self._scale(row, points, place, None)
                )
            else:
                question.choices = points
            self._know(name, question, points)
            made.append(question)
        return made

    def _ready_scale(self, kind: str) -> FormScale:
        if kind not in self.scales:
            points = self._ready(kind)
            is_numeric = points[0].name.isdigit()
            for place, point in enumerate(points, 1):
                point.value = int(point.name) if is_numeric else place
            name = {"5": "1–5", "A": "1–5", "B": "1–10"}.get(kind) or " / ".join(
                str(label) for _n, label in READY[kind]
            )
            code = {"5": "limesurvey_1_5", "A": "limesurvey_1_5", "B": "limesurvey_1_10"}.get(
                kind, f"limesurvey_{kind}"
            )
            self.scales[kind] = FormScale(points, code=code, name=name, is_numeric=is_numeric)
        return self.scales[kind]

    def _scale(self, row: LimeRow, points: list[FormChoice], place: str, number: int | None) -> FormScale:
        """Arrays with the same answers share one scale."""
        self._short(points, OwnScalePoint, place)
        key = tuple((point.code, tuple(sorted(point.texts.items()))) for point in points)
        if key not in self.scales:
            for position, point in enumerate(points, 1):
                point.value = position
            name = f"{row.title}{'' if number is None else number + 1}"
            self.scales[key] = FormScale(points, code=name, name=name)
            note = _("Its answers became a scale of your own. Say which points are good.")
            self.report.changed(place, row.title, note)
        return self.scales[key]

    # ---------- several things to type ----------

    def _lines(self, row: LimeRow, place: str, kind: str) -> list[FormQuestion]:
        subs = self.tables.subquestions.get(row.qid, [])
        return self._typed(row, place, kind, [(sub.title, [sub]) for sub in subs])

    def _cells(self, row: LimeRow, place: str, kind: str) -> list[FormQuestion]:
        subs = self.tables.subquestions.get(row.qid, [])
        rows = [sub for sub in subs if sub.number("scale_id") == 0]
        columns = [sub for sub in subs if sub.number("scale_id") == 1]
        if self.tables.attributes.get(row.qid, {}).get("multiflexible_checkbox", {}).get("") == "1":
            return self._ticked(row, place, rows, columns)
        cells = [(f"{sub.title}_{column.title}", [sub, column]) for sub in rows for column in columns]
        return self._typed(row, place, kind, cells) if len(cells) <= MOST_CELLS else []

    def _typed(
        self, row: LimeRow, place: str, kind: str, cells: Sequence[tuple[str, list[LimeRow]]]
    ) -> list[FormQuestion]:
        if not cells:
            return []
        self._changed(
            row, _("It became %(count)d questions, one for each thing to type.") % {"count": len(cells)}
        )
        whole = self._texts(row.texts.get("question", {}), place, row.title)
        hint = self._texts(row.texts.get("help", {}), place, row.title)
        made: list[FormQuestion] = []
        for tail, subs in cells:
            name = f"{row.title}_{tail}"
            own = [
                self._texts(sub.texts.get("question", {}), f"subquestions, qid {sub.qid}", sub.title)
                for sub in subs
            ]
            question = FormQuestion(
                name, self.codes.of(name), kind, merged(whole, *own, between=" – "), place
            )
            question.max_length = 255
            question.help = dict(hint) if not made else {}
            self._know(name, question)
            made.append(question)
        return made

    def _ticked(
        self, row: LimeRow, place: str, rows: Sequence[LimeRow], columns: Sequence[LimeRow]
    ) -> list[FormQuestion]:
        if len(columns) < 2:
            return []
        self._changed(row, _("Each row of boxes to tick became a question of its own."))
        whole = self._texts(row.texts.get("question", {}), place, row.title)
        made: list[FormQuestion] = []
        for sub in rows:
            name = f"{row.title}_{sub.title}"
            codes = Codes("a", may_begin_with_digit=True)
            choices = [
                FormChoice(
                    column.title,
                    codes.of(column.title),
                    self._texts(
                        column.texts.get("question", {}), f"subquestions, qid {column.qid}", column.title
                    ),
                )
                for column in columns
            ]
            self._short(choices, Choice, place)
            own = self._texts(sub.texts.get("question", {}), f"subquestions, qid {sub.qid}", sub.title)
            question = FormQuestion(
                name,
                self.codes.of(name),
                Kind.MULTIPLE,
                merged(whole, own, between=" – "),
                place,
                choices=choices,
            )
            self._know(name, question, choices)
            for choice in choices:
                self.targets[f"{name}_{choice.name}"] = Target(question.code, question.kind, only=choice.code)
            made.append(question)
        return made

    # ---------- what is left ----------

    def _sub_relevance(self, row: LimeRow) -> None:
        for sub in self.tables.subquestions.get(row.qid, []):
            if sub.relevance.strip() not in {*ALWAYS, sub.title}:
                note = _("Choices and rows are shown to everybody who is asked the question.")
                self.report.dropped(f"subquestions, qid {sub.qid}", sub.title, note, sub.relevance)

    def _attributes(self, row: LimeRow, place: str) -> None:
        for name, values in self.tables.attributes.get(row.qid, {}).items():
            value = " · ".join(values.values())
            if not value or (value == "0" and name not in NOUGHT_IS_A_LIMIT):
                continue
            if name == "other_replace_text" and row.type in WITH_OTHER and row.other != "Y":
                note = _("The question does not offer “other”.")
                self.report.dropped(place, row.title, note, value)
                continue
            if row.type in USED_BY.get(name, ()):
                continue
            if name in RULES:
                note = _("The rule “%(name)s” has no counterpart here.") % {"name": name}
                self.report.dropped(place, row.title, note, value)
            elif name in USED_BY:
                note = _("A question of this type cannot use “%(name)s” here.") % {"name": name}
                self.report.dropped(place, row.title, note, value)
            else:
                self.left.setdefault(name, Counter())[value[:60]] += 1
        if row.preg:
            note = _("The answer is not checked like this here: the rule was left out.")
            self.report.dropped(place, row.title, note, row.preg)

    def _list_left_over(self) -> None:
        for name, values in self.left.items():
            note = _(
                "How it is drawn or counted there has no counterpart here; %(count)d questions say it."
            ) % {"count": sum(values.values())}
            original = ", ".join(f"{value} ({count})" for value, count in values.most_common(8))
            self.report.dropped("question_attributes", name, note, original)
        for qid, attributes in self.tables.attributes.items():
            for name, by_language in attributes.items() if qid not in self.title_of else ():
                note = _("It belongs to no question of the file.")
                place = f"question_attributes, qid {qid}"
                self.report.dropped(place, name, note, " · ".join(by_language.values()))
        for name, rows in self.tables.beside.items():
            said = LEFT_TABLES.get(
                name,
                gettext_lazy("The portal has no counterpart of this table; %(count)d rows say something."),
            )
            original = " · ".join(
                " ".join(f"{key}={text}" for key, text in row.items() if text) for row in rows[:8]
            )
            self.report.dropped(name, name, str(said) % {"count": len(rows)}, original[:2000])
        switched_on = [name for name, text in self.tables.survey.items() if text == "Y" and name != "active"]
        if switched_on:
            note = _("How a survey is run is set with its wave here; these settings were left out.")
            self.report.dropped("surveys", "settings", note, ", ".join(switched_on))


__all__ = ["Reader", "is_xml", "read"]
