"""When a question is shown, written with rows of a form: question, comparison, value."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms
from django.forms.utils import flatatt
from django.utils.functional import Promise, cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cxportal.organisation.texts import text_in
from surveys import scales
from surveys.conditions import (
    WITH_NUMBER,
    AllOf,
    AnyOf,
    BadCondition,
    Comparison,
    Condition,
    Not,
    read_condition,
)
from surveys.models import Question

ALWAYS, ALL, ANY, TREE = "always", "all", "any", "tree"
COMPARISONS: dict[str, str | Promise] = {
    "equals": gettext_lazy("is"),
    "one_of": gettext_lazy("is one of"),
    "at_most": gettext_lazy("is at most"),
    "at_least": gettext_lazy("is at least"),
    "less_than": gettext_lazy("is less than"),
    "more_than": gettext_lazy("is more than"),
    "answered": gettext_lazy("is answered"),
}
CANNOT_BE_LOOKED_AT = {Question.Kind.GRID, Question.Kind.RANKING, Question.Kind.INFORMATION}
ROWS_AT_MOST = 20


class Answerable:
    """An earlier question with the codes that can be given to it."""

    def __init__(self, question: Question, source: str):
        self.code = question.code
        self.kind = question.kind
        self.text = text_in(question, "text", source)
        self.codes = dict(codes_of(question, source))

    @cached_property
    def codes_as_text(self) -> str:
        return "\n".join(f"{code}\t{label}" for code, label in self.codes.items())

    @property
    def label(self) -> str:
        return f"{self.code}: {self.text[:60]}" if self.text else self.code

    @property
    def is_number(self) -> bool:
        return self.kind == Question.Kind.NUMBER or (
            bool(self.codes) and all(code.isdecimal() for code in self.codes)
        )


def codes_of(question: Question, source: str) -> Iterable[tuple[str, str]]:
    """(code, label) of the answers that can be given."""
    if question.kind in {Question.Kind.SINGLE, Question.Kind.MULTIPLE}:
        return [
            (choice.code, text_in(choice, "text", source) or choice.code) for choice in question.choices.all()
        ]
    if question.kind == Question.Kind.RATING and question.own_scale:
        return [
            (point.code, text_in(point, "label", source) or point.code)
            for point in question.own_scale.points.all()
        ]
    names: dict[str, str] = {
        Question.Kind.RATING: question.standard_scale,
        Question.Kind.YES_NO: "yes_no",
        Question.Kind.THUMBS: "thumbs",
    }
    scale = scales.STANDARD.get(names.get(question.kind, ""))
    return [(point.code, str(point.label) or point.code) for point in scale.points] if scale else []


def answerable_before(question: Question | None, survey) -> dict[str, Answerable]:
    """The questions that are asked before this one, in their order; all of them for a question to come."""
    found: dict[str, Answerable] = {}
    parts = survey.parts.prefetch_related(
        "questions__choices", "questions__own_scale__points", "questions__own_scale"
    )
    for part in parts:
        for earlier in part.questions.all():
            if question is not None and earlier.pk == question.pk:
                return found
            if earlier.kind not in CANNOT_BE_LOOKED_AT:
                found[earlier.code] = Answerable(earlier, survey.source_language)
    return found


# ---------- the rows ----------


class QuestionSelect(forms.Select):
    """Tells the page which codes each question has, so that they can be picked."""

    answerable: Mapping[str, Answerable] = {}

    def render(self, name, value, attrs=None, renderer=None):
        """Without a template for each option: a long survey has thousands of them on this page."""
        attrs = self.build_attrs(self.attrs, {"name": name, **(attrs or {})})
        options = format_html_join(
            "\n", "<option{}>{}</option>", (self._option(code, label, value) for code, label in self.choices)
        )
        return format_html("<select{}>{}</select>", flatatt(attrs), options)

    def _option(self, code: str, label: str, chosen: str | None) -> tuple[SafeString, str]:
        attrs: dict[str, str | bool] = {"value": code, "selected": code == (chosen or "")}
        if known := self.answerable.get(code):
            attrs["data-cx-codes"] = known.codes_as_text
        return flatatt(attrs), label


class ComparisonRow(forms.Form):
    question = forms.ChoiceField(label=gettext_lazy("Question"), required=False, widget=QuestionSelect)
    op = forms.ChoiceField(
        label=gettext_lazy("Comparison"), choices=list(COMPARISONS.items()), required=False
    )
    value = forms.CharField(label=gettext_lazy("Value"), required=False, max_length=500)

    def __init__(self, *args, answerable: Mapping[str, Answerable], **kwargs):
        super().__init__(*args, **kwargs)
        self.answerable = answerable
        choices = [("", _("Choose a question"))] + [(code, row.label) for code, row in answerable.items()]
        given = self.initial.get("question")
        if given and given not in answerable:
            choices.append((given, given))
        question = cast(forms.ChoiceField, self.fields["question"])
        question.choices = choices
        question.widget.answerable = answerable  # type: ignore[attr-defined]
        self.fields["value"].widget.attrs["dir"] = "ltr"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("question"):
            try:
                cleaned["comparison"] = self._comparison(cleaned)
            except forms.ValidationError as error:
                self.add_error("value", error)
        return cleaned

    def _comparison(self, cleaned: dict[str, Any]) -> Comparison:
        op, value = cleaned.get("op") or "equals", cleaned.get("value", "").strip()
        known = self.answerable.get(cleaned["question"])
        if known is None:
            raise forms.ValidationError(_("This question is not asked before."))
        if op == "answered":
            return Comparison(known.code, op)
        if op in WITH_NUMBER:
            return Comparison(known.code, op, self._number(known, value))
        codes = tuple(dict.fromkeys(code for code in value.replace(",", " ").split() if code))
        if not codes:
            raise forms.ValidationError(_("Say which answer."))
        if unknown := [code for code in codes if known.codes and code not in known.codes]:
            raise forms.ValidationError(
                _("“%(question)s” has no answer with the code “%(code)s”.")
                % {"question": known.code, "code": unknown[0]}
            )
        if op == "equals" and len(codes) == 1:
            return Comparison(known.code, "equals", codes[0])
        return Comparison(known.code, "one_of", codes)

    def _number(self, known: Answerable, value: str) -> float:
        if not known.is_number:
            raise forms.ValidationError(
                _("The answers to “%(question)s” are no numbers.") % {"question": known.code}
            )
        try:
            number = float(value.replace(",", "."))
        except ValueError as error:
            raise forms.ValidationError(_("Write a number.")) from error
        return int(number) if number.is_integer() else number


class ComparisonRows(forms.BaseFormSet):
    pass


Rows = forms.formset_factory(
    ComparisonRow, formset=ComparisonRows, extra=2, max_num=ROWS_AT_MOST, absolute_max=ROWS_AT_MOST
)


class ShownIf:
    """The part of the question's form that says when it is shown. A nested tree is edited as JSON instead."""

    def __init__(
        self, tree: Any, answerable: Mapping[str, Answerable], data: Mapping[str, str] | None = None
    ):
        self.answerable = answerable
        self.group, initial = rows_of(tree)
        self.is_nested = self.group == TREE
        self.faults: list[str] = []
        posted = data if data and "shown_if-TOTAL_FORMS" in data else None
        self.rows = Rows(
            posted,
            prefix="shown_if",
            initial=None
            if posted
            else initial,  # a row like the stored one would count as untouched, and be empty
            form_kwargs={"answerable": answerable},
        )
        self.data = data
        if data and data.get("shown_when") in {ALWAYS, ALL, ANY, TREE}:
            self.group = data["shown_when"]

    @property
    def groups(self) -> list[tuple[str, str]]:
        choices = [
            (ALWAYS, _("Always")),
            (ALL, _("When all of these hold")),
            (ANY, _("When one of these holds")),
        ]
        return choices + ([(TREE, _("As written below, in groups"))] if self.is_nested else [])

    def read(self, as_json: Any) -> dict | None:
        """The tree that was put together, or `None` for always; then `faults` may say what is wrong."""
        if self.group == ALWAYS:
            return None
        if self.group == TREE:
            return self._checked(as_json)
        if not self.rows.is_valid():
            self.faults.append(_("Look at the rows that say when the question is shown."))
            return None
        found = tuple(
            row.cleaned_data["comparison"] for row in self.rows if row.cleaned_data.get("comparison")
        )
        if not found:
            self.faults.append(_("Choose at least one earlier question, or show this one always."))
            return None
        if len(found) == 1:
            return found[0].as_json()
        return (AllOf(found) if self.group == ALL else AnyOf(found)).as_json()

    def _checked(self, tree: Any) -> dict | None:
        try:
            condition = read_condition(tree)
        except BadCondition as error:
            self.faults.append(str(error))
            return None
        for comparison in condition.comparisons():
            if comparison.question not in self.answerable:
                self.faults.append(
                    _("“%(question)s” is not asked before.") % {"question": comparison.question}
                )
        return condition.as_json()


def rows_of(tree: Any) -> tuple[str, list[dict[str, str]]]:
    """How a tree looks in rows; nested ones, and what is no condition at all, do not fit."""
    if not tree:
        return ALWAYS, []
    try:
        condition = read_condition(tree)
    except BadCondition:
        return TREE, []
    if isinstance(condition, Comparison):
        return ALL, [_row(condition)]
    if isinstance(condition, Not):
        return TREE, []
    rows = [_row(part) for part in condition.parts if isinstance(part, Comparison)]
    if len(rows) < len(condition.parts):
        return TREE, []
    return (ALL if isinstance(condition, AllOf) else ANY), rows


def _row(comparison: Comparison) -> dict[str, str]:
    value = comparison.value
    shown = ", ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
    return {"question": comparison.question, "op": comparison.op, "value": shown}


# ---------- in words ----------


def in_words(condition: Condition) -> str:
    """One line for lists: “visited is yes and rating is at most 2”."""
    if isinstance(condition, Comparison):
        if condition.op == "answered":
            return _("%(question)s is answered") % {"question": condition.question}
        row = _row(condition)
        return f"{row['question']} {COMPARISONS[condition.op]} {row['value']}"
    if isinstance(condition, Not):
        return _("not (%(condition)s)") % {"condition": in_words(condition.part)}
    joined = _(" and ") if isinstance(condition, AllOf) else _(" or ")
    return joined.join(
        in_words(part) if isinstance(part, Comparison) else f"({in_words(part)})" for part in condition.parts
    )
