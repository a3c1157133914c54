"""What is typed and ticked in the queue."""

from datetime import datetime, time

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cxportal.languages import LANGUAGES
from cxportal.organisation.models import Topic, Unit, User
from feedback.models import Item, Outcome

TEAM = "team"
ENDED_BY_HAND = (Outcome.NOTED, Outcome.NOT_ACTIONABLE, Outcome.SPAM)
MOST_AT_ONCE = 100
UNREADABLE = _("Something is missing. Nothing was changed.")


class UnitField(forms.CharField):
    """The key of a unit in use, or the CX team, which is `None`."""

    def clean(self, value):
        value = super().clean(value)
        if value == TEAM or not value:
            return None
        unit = (
            Unit.objects.active().filter(pk=value).first() if value.isdecimal() and len(value) < 10 else None
        )
        if unit is None:
            raise forms.ValidationError(UNREADABLE)
        return unit


class DueField(forms.DateField):
    """The end of that day."""

    def clean(self, value) -> datetime | None:
        day = super().clean(value)
        return timezone.make_aware(datetime.combine(day, time(23, 59))) if day else None


class RouteForm(forms.Form):
    unit = UnitField()
    due = DueField(required=False)
    also = forms.BooleanField(required=False)


class DueForm(forms.Form):
    due = DueField()
    reason = forms.CharField(max_length=1000, required=False)


class EndForm(forms.Form):
    outcome = forms.ChoiceField(choices=[(outcome.value, outcome.label) for outcome in ENDED_BY_HAND])
    reason = forms.CharField(max_length=1000, required=False)


class TopicsForm(forms.Form):
    topics: forms.ModelMultipleChoiceField = forms.ModelMultipleChoiceField(
        Topic.objects.filter(is_active=True), required=False
    )


class WordsForm(forms.Form):
    """An answer, a story as it is published, or its translation."""

    text = forms.CharField(required=False, strip=True, max_length=20_000)
    language = forms.ChoiceField(choices=[(code, code) for code in LANGUAGES])


class ManyForm(forms.Form):
    """One thing done to all that are ticked."""

    do = forms.ChoiceField(choices=[(name, name) for name in ("route", "topic", "noted", "spam", "merge")])
    unit = UnitField(required=False)
    topic: forms.ModelChoiceField = forms.ModelChoiceField(
        Topic.objects.filter(is_active=True), required=False
    )
    reason = forms.CharField(max_length=1000, required=False)
    item: forms.ModelMultipleChoiceField = forms.ModelMultipleChoiceField(Item.objects.none())

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # one of them out of sight, and nothing is done
        self.fields["item"].queryset = Item.objects.for_user(user)  # type: ignore[attr-defined]

    def clean_item(self):
        if len(self.cleaned_data["item"]) > MOST_AT_ONCE:
            raise forms.ValidationError(UNREADABLE)
        return list(self.cleaned_data["item"])

    def clean(self) -> dict:
        data = super().clean() or self.cleaned_data
        if data.get("do") == "topic" and not data.get("topic"):
            raise forms.ValidationError(UNREADABLE)
        if data.get("do") == "route" and not self.data.get("unit"):
            raise forms.ValidationError(UNREADABLE)
        return data
