"""The form of a mailing that is being prepared: who, how many, by which channel, in which words, when."""

import re
from typing import Any, cast

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cxportal.languages import LANGUAGES, KnownLanguage
from cxportal.organisation.models import User
from panels import invitation_texts, mailing
from panels.audience import strata_of
from panels.models import Mailing, MailingText, Panel, Sample
from surveys.breakdowns import ATTRIBUTE
from surveys.models import Wave

GROUPS = {"unit": gettext_lazy("Unit"), "language": gettext_lazy("Language")}


class MailingForm(forms.ModelForm):
    panels: forms.ModelMultipleChoiceField = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Panels"), queryset=Panel.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Mailing
        fields = ["wave", "name", "panels"]

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self._choose("panels").queryset = Panel.objects.for_user(user)
        self.fields["name"].required = False
        self.fields["name"].help_text = _("Left empty, it has the name of the wave.")
        open_ones = [Wave.State.DRAFT, Wave.State.OPEN]
        self._choose("wave").queryset = (
            Wave.objects.for_user(user).filter(state__in=open_ones, survey__versions__isnull=False).distinct()
        )
        self._choose("wave").help_text = _("Only waves of published surveys that are not closed.")

    def _choose(self, name: str) -> Any:
        return cast(forms.ModelChoiceField, self.fields[name])

    def prepare(self) -> Mailing:
        said = self.cleaned_data
        return mailing.prepare(wave=said["wave"], panels=said["panels"], name=said["name"], by=self.user)


class LaunchForm(MailingForm):
    method = forms.ChoiceField(label=gettext_lazy("How many"), choices=Sample.Method.choices)
    size = forms.IntegerField(
        label=gettext_lazy("Number"),
        required=False,
        min_value=1,
        help_text=gettext_lazy("All together; with “the same number from each group”: of each group."),
    )
    strata = forms.ChoiceField(label=gettext_lazy("Groups by"), required=False)
    seed = forms.CharField(
        label=gettext_lazy("Seed"),
        max_length=40,
        help_text=gettext_lazy("The same seed draws the same people."),
    )
    reminders = forms.CharField(
        label=gettext_lazy("Reminders after days"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("For example: 7, 14. Empty: nobody is reminded."),
    )

    class Meta:
        model = Mailing
        fields = ["name", "panels", "channel", "starts_at"]
        widgets = {
            "starts_at": forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
        }

    def __init__(self, *args, user: User, **kwargs):
        super(MailingForm, self).__init__(*args, **kwargs)
        self.user = user
        self._choose("panels").queryset = Panel.objects.for_user(user)
        self._choose("strata").choices = [
            ("", "–"),
            *((name, _group_name(name)) for name in strata_of(self.instance)),
        ]
        self.initial["panels"] = list(self.instance.panels.values_list("pk", flat=True))
        sample = self.instance.sample
        self.initial.update({name: getattr(sample, name) for name in ("method", "size", "strata", "seed")})
        self.initial["reminders"] = ", ".join(map(str, self.instance.reminder_days))
        self.texts = [
            TextForm(
                self.data or None, prefix=f"text-{code}", language=LANGUAGES[code], mailing=self.instance
            )
            for code in self.instance.wave.languages
            if code in LANGUAGES
        ]

    def is_valid(self) -> bool:
        return all([super().is_valid(), *(text.is_valid() for text in self.texts)])

    def clean_reminders(self) -> list[int]:
        said = re.split(r"[\s,;]+", self.cleaned_data["reminders"].strip(" ,;"))
        if said == [""]:
            return []
        if not all(day.isdecimal() and 1 <= int(day) <= 365 for day in said):
            raise forms.ValidationError(_("Write days as numbers from 1 to 365, with commas."))
        return sorted({int(day) for day in said})

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("method") != Sample.Method.EVERYBODY and not said.get("size"):
            self.add_error("size", _("Say how many are to be drawn."))
        if said.get("method") in (Sample.Method.PROPORTIONAL, Sample.Method.FIXED) and not said.get("strata"):
            self.add_error("strata", _("Say by what the groups are formed."))
        return said

    @transaction.atomic
    def save(self, commit: bool = True) -> Mailing:
        said = self.cleaned_data
        self.instance.reminder_days = said["reminders"]
        self.instance.refusal = ""
        row = super().save(commit=commit)
        has_groups = said["method"] in (Sample.Method.PROPORTIONAL, Sample.Method.FIXED)
        Sample.objects.filter(mailing=row).update(
            method=said["method"],
            size=said["size"],
            seed=said["seed"],
            strata=said["strata"] if has_groups else "",
        )
        for text in self.texts:
            text.save()
        return row


class TextForm(forms.Form):
    """Words in one language. Empty boxes take title and purpose of the survey, which stand in them in grey."""

    subject = forms.CharField(label=gettext_lazy("Heading"), required=False, max_length=150)
    intro = forms.CharField(
        label=gettext_lazy("First paragraph"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    sms = forms.CharField(label=gettext_lazy("Text message, before the link"), required=False, max_length=300)

    def __init__(self, data: Any, *, prefix: str, language: KnownLanguage, mailing: Mailing):
        own = next((row for row in mailing.texts.all() if row.language == language.code), None)
        initial = {name: getattr(own, name) for name in ("subject", "intro", "sms")} if own else {}
        super().__init__(data, prefix=prefix, initial=initial)
        self.language, self.mailing = language, mailing
        words = invitation_texts.words_of(mailing).get(language.code)
        for name, field in self.fields.items():
            field.widget.attrs |= {"lang": language.code, "dir": language.direction}
            if words and not initial.get(name):
                field.widget.attrs["placeholder"] = getattr(words, name)

    @property
    def is_missing(self) -> bool:
        return self.language.code not in invitation_texts.words_of(self.mailing)

    def save(self) -> None:
        said = {name: self.cleaned_data[name] for name in self.fields}
        rows = MailingText.objects.filter(mailing=self.mailing, language=self.language.code)
        if any(said.values()):
            MailingText.objects.update_or_create(
                mailing=self.mailing, language=self.language.code, defaults=said
            )
        else:
            rows.delete()


def _group_name(name: str) -> str:
    return str(GROUPS.get(name, name.removeprefix(ATTRIBUTE)))
