"""What staff themselves see at the desk. Who saw it is kept nowhere."""

import hashlib
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MinLengthValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cxportal.organisation.models import Stage, Topic, User
from feedback.desks import desks_of
from feedback.intake import Arrival, take_in
from feedback.masking import masked
from feedback.models import Assignment, Item, Kind, Tone
from feedback.screening import screen

SHORTEST, LONGEST = 3, 2000
OLDEST = timedelta(days=31)
UNDO_WITHIN = timedelta(hours=2)
NO_TOPIC = "-"  # no code begins with it


class ObservationForm(forms.Form):
    draft = forms.UUIDField(widget=forms.HiddenInput)
    unit: forms.ModelChoiceField = forms.ModelChoiceField(None, label=_("Where"))
    day = forms.DateField(
        label=_("Day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), localize=False
    )
    concerns = forms.ChoiceField(
        label=pgettext_lazy("seen of whom", "Who"), choices=Item.Concerns.choices, initial="customer"
    )
    stage: forms.ModelChoiceField = forms.ModelChoiceField(
        Stage.objects.all(), label=_("Stage"), required=False
    )
    topic = forms.CharField(label=_("What was it about?"))
    tone = forms.ChoiceField(label=_("How did it go?"), choices=Tone.choices)
    text = forms.CharField(
        label=_("What happened?"),
        max_length=LONGEST,
        validators=[MinLengthValidator(SHORTEST)],
        widget=forms.Textarea,
    )
    blacken = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = desks_of(by)  # type: ignore[attr-defined]
        self.topics = list(Topic.objects.filter(is_active=True))

    def clean_day(self) -> date:
        day, today = self.cleaned_data["day"], timezone.localdate()
        if not today - OLDEST <= day <= today:
            raise ValidationError(_("Choose today or one of the last 31 days."))
        return day

    def clean_topic(self) -> Topic | None:
        code = self.cleaned_data["topic"]
        chosen = next((topic for topic in self.topics if topic.code == code), None)
        if not chosen and code != NO_TOPIC:
            raise ValidationError(_("Choose what it was about."))
        return chosen

    def clean_text(self) -> str:
        return self.cleaned_data["text"].replace("\r\n", "\n")


def found_in(text: str) -> list[str]:
    """What would be blacked out, by kind, to be named before it is saved."""
    return list(dict.fromkeys(kind for _start, _end, kind in screen(text).marks))


def observe(
    *,
    draft: UUID,
    unit: Any,
    day: date,
    concerns: str,
    stage: Stage | None,
    topic: Topic | None,
    tone: str,
    text: str,
    at: datetime | None = None,
) -> Item:
    """Kept with personal data blacked out for good. The same draft sent again counts once.

    Only the hour is kept: the minute would tell who stood at the desk.
    """
    at = (at or timezone.now()).replace(minute=0, second=0, microsecond=0)
    item = Item(
        kind=Kind.OBSERVATION,
        way_in=Item.WayIn.OBSERVED,
        source=Item.Source.OBSERVED,
        received_at=at if day == timezone.localdate(at) else _noon_of(day),
        text=masked(text, screen(text).marks),
        tone=tone,
        unit=unit,
        stage=stage,
        concerns=concerns,
        intake_key=_key_of(draft),
    )
    return take_in(Arrival(item, topics=[topic.pk] if topic else []), at=at)


def take_back(*, draft: UUID, by: User, at: datetime | None = None) -> Item | None:
    """Undone, within two hours and while nobody has worked on it: as if it had never been written."""
    at = at or timezone.now()
    taken_up = Assignment.objects.exclude(status=Assignment.Status.NEW)
    item = (
        Item.objects.for_user(by)
        .filter(intake_key=_key_of(draft), assignments__assigned_at__gte=at - UNDO_WITHIN)
        .exclude(assignments__in=taken_up)
        .prefetch_related("topics")
        .first()
    )
    if not item or item.supporters.exists() or item.merged_into_id:
        return None
    Item.objects.filter(pk=item.pk).delete()
    return item


def _noon_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))


def _key_of(draft: UUID) -> str:
    return hashlib.sha256(b"observation:" + draft.bytes).hexdigest()
