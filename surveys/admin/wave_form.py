"""The form of a wave: what may still be decided, and what its opening has frozen."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cxportal.languages import LANGUAGES
from surveys import breakdowns, editing, offering
from surveys.breakdowns import ATTRIBUTE, QUESTION
from surveys.models import Version, Wave
from surveys.publishing import questions_in

BREAKDOWN_LABELS = {
    "unit": gettext_lazy("Unit"),
    "service": gettext_lazy("Service"),
    "stage": gettext_lazy("Stage"),
    "channel": gettext_lazy("Channel"),
    "collector": gettext_lazy("Way in"),
    "language": gettext_lazy("Language used"),
    "mode": gettext_lazy("Full or easier version, paper, staff"),
    "assisted": gettext_lazy("Somebody helped"),
}
KINDS_OF_QUESTIONS = {"single", "yes_no", "thumbs", "rating"}
FROZEN_BY_THE_PROMISE = ("survey", "privacy", "smallest_profile")
FROZEN_BY_OPENING = (
    *FROZEN_BY_THE_PROMISE,
    *("code", "unit", "opens_at", "languages", "fixed", "questions", "attributes", "threshold"),
)
PAIRS_AT_MOST = 12


def latest_version(wave: Wave) -> Version | None:
    if wave.version_id:
        return wave.version
    return wave.survey.versions.order_by("-number").first() if wave.survey_id else None


class PairRow(forms.Form):
    first = forms.ChoiceField(label=gettext_lazy("Breakdown"), required=False)
    second = forms.ChoiceField(label=gettext_lazy("Crossed with"), required=False)

    def __init__(self, *args, names: list[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("first", "second"):
            cast(forms.ChoiceField, self.fields[name]).choices = [("", "–"), *names]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, second = cleaned.get("first"), cleaned.get("second")
        if bool(first) != bool(second):
            raise forms.ValidationError(_("A pair needs two breakdowns."))
        if first and first == second:
            raise forms.ValidationError(_("A pair needs two different breakdowns."))
        return cleaned


Pairs = forms.formset_factory(PairRow, extra=2, max_num=PAIRS_AT_MOST, absolute_max=PAIRS_AT_MOST)


class WaveForm(forms.ModelForm):
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages"), required=False, widget=forms.CheckboxSelectMultiple
    )
    fixed = forms.MultipleChoiceField(
        label=gettext_lazy("By"),
        required=False,
        choices=list(BREAKDOWN_LABELS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    questions = forms.MultipleChoiceField(
        label=gettext_lazy("By the answer to a question, at most six"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    attributes = forms.CharField(
        label=gettext_lazy("By an attribute of invited people"),
        required=False,
        max_length=300,
        help_text=gettext_lazy(
            "Names of attributes of the panel, with commas, for example: age_group, permit_kind"
        ),
    )
    pairs: forms.BaseFormSet

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        wave = self.instance
        if "code" in self.fields:
            self.fields["code"].required = False
            self.fields["code"].widget.attrs["dir"] = "ltr"
            self.fields["code"].help_text = _("Left empty, it is made from the name.")
        if wave.pk is None:
            for name in ("languages", "fixed", "questions", "attributes"):
                del self.fields[name]
            return
        self._set_up_languages()
        self._set_up_breakdowns()
        for name in self.frozen:
            if name in self.fields:
                self.fields[name].disabled = True
        posted = (
            self.data if self.is_bound and "pairs-TOTAL_FORMS" in self.data and not self.is_begun else None
        )
        stored = [{"first": first, "second": second} for first, second in wave.pairs]
        self.pairs = Pairs(
            posted,
            prefix="pairs",
            initial=None
            if posted
            else stored,  # a row like the stored one would count as untouched, and be empty
            form_kwargs={"names": self.breakdown_names},
        )

    @property
    def is_begun(self) -> bool:
        return self.instance.state != Wave.State.DRAFT

    @property
    def frozen(self) -> tuple[str, ...]:
        if self.is_begun:
            return FROZEN_BY_OPENING
        return FROZEN_BY_THE_PROMISE if self.instance.privacy_frozen_at else ()

    @cached_property
    def content(self) -> dict[str, Any] | None:
        version = latest_version(self.instance)
        return version.content if version else None

    @cached_property
    def readiness(self) -> list[offering.Readiness]:
        return offering.readiness_of(self.instance.survey, self.content) if self.content else []

    @property
    def not_ready(self) -> list[offering.Readiness]:
        return [row for row in self.readiness if not row.is_ready]

    def _set_up_languages(self) -> None:
        chosen = self.instance.languages
        ready = [row.language.code for row in self.readiness if row.is_ready]
        codes = list(dict.fromkeys([*ready, *(chosen if self.is_begun else [])]))
        self._choose("languages").choices = [(code, LANGUAGES[code].native_name) for code in codes]
        self.initial["languages"] = chosen or ready

    def _set_up_breakdowns(self) -> None:
        declared = self.instance.breakdowns
        asked = questions_in(self.content) if self.content else []
        source = self.content["source"] if self.content else ""
        self._choose("questions").choices = [
            (f"{QUESTION}{question['code']}", _shown(question, source))
            for question in asked
            if question["kind"] in KINDS_OF_QUESTIONS
        ]
        self.initial["fixed"] = [name for name in declared if name in BREAKDOWN_LABELS]
        self.initial["questions"] = [name for name in declared if name.startswith(QUESTION)]
        self.initial["attributes"] = ", ".join(
            name.removeprefix(ATTRIBUTE) for name in declared if name.startswith(ATTRIBUTE)
        )

    def _choose(self, name: str) -> forms.MultipleChoiceField:
        return cast(forms.MultipleChoiceField, self.fields[name])

    @property
    def breakdown_names(self) -> list[tuple[str, str]]:
        attributes = [name for name in self.instance.breakdowns if name.startswith(ATTRIBUTE)]
        return [
            *((name, str(label)) for name, label in BREAKDOWN_LABELS.items()),
            *self._choose("questions").choices,
            *((name, name.removeprefix(ATTRIBUTE)) for name in attributes),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        wave = self.instance
        if "code" in self.fields and not cleaned.get("code"):
            taken = set(Wave.objects.exclude(pk=wave.pk).values_list("code", flat=True))
            cleaned["code"] = editing.code_from(cleaned.get("name", ""), taken, fallback="wave")
        if wave.pk is not None and not self.is_begun:
            wave.languages = cleaned.get("languages", [])
            self._take_breakdowns(cleaned)
        return cleaned

    def _take_breakdowns(self, cleaned: dict[str, Any]) -> None:
        attributes = cleaned.get("attributes", "").replace(",", " ").split()
        declared = [
            *cleaned.get("fixed", []),
            *cleaned.get("questions", []),
            *(f"{ATTRIBUTE}{name}" for name in dict.fromkeys(attributes)),
        ]
        pairs: list[list[str]] = self.instance.pairs
        if self.pairs.is_bound:
            if not self.pairs.is_valid():
                self.add_error(None, _("Look at the pairs of breakdowns."))
            pairs = _without_doubles(row.cleaned_data for row in self.pairs if hasattr(row, "cleaned_data"))
        codes = {question["code"] for question in questions_in(self.content)} if self.content else set()
        for fault in breakdowns.faults_in(declared, pairs, codes):
            self.add_error(None, fault)
        self.instance.breakdowns, self.instance.pairs = declared, pairs


def _shown(question: dict[str, Any], source: str) -> str:
    return f"{question['code']}: {question['text'].get(source, '')[:70]}"


def _without_doubles(rows: Iterable[dict[str, str]]) -> list[list[str]]:
    pairs: list[list[str]] = []
    for row in rows:
        pair = [row.get("first", ""), row.get("second", "")]
        if all(pair) and pair not in pairs and pair[::-1] not in pairs:
            pairs.append(pair)
    return pairs
