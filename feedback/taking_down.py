"""What a customer says at the desk, on the phone, in a letter or on social media, written down by staff in their stead."""

import hashlib
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MinLengthValidator
from django.utils import timezone
from django.utils.translation import get_language, gettext_noop, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cxportal.dispatch.addresses import AddressNotPossible, normal_address
from cxportal.interface import said
from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.models import Channel, Service, Stage, Topic, User
from cxportal.organisation.receipts import Receipt
from cxportal.organisation.texts import text_of
from cxportal.public import public_languages
from feedback.desks import desks_of
from feedback.intake import Arrival, take_in
from feedback.models import Contact, Item, Kind, Tone
from feedback.receipts import receipt_for

SHORTEST, LONGEST = 3, 10_000
KINDS = (
    Kind.REMARK,
    Kind.COMPLAINT,
    Kind.PRAISE,
    Kind.TIP,
    Kind.STORY,
    Kind.TECHNICAL_FAILURE,
    Kind.INTERVIEW,
    Kind.OTHER,
)
CHANNELS = (
    Channel.DESK,
    Channel.PHONE,
    Channel.LETTER,
    Channel.SOCIAL_MEDIA,
    Channel.EMAIL,
    Channel.CHAT,
    Channel.EVENT,
)
CONSENT = gettext_noop(
    "You may reach me at this address or number about what I have told here. It is deleted afterwards."
)
ASK_MORE = gettext_noop(
    "You may also call or write to me to ask a few questions about how it went. What I answer is kept without my name."
)
NOT_SAID = [("", "—")]


class NamedRows(forms.Select):
    """Each name carries its language where that is not the language of the page."""

    def create_option(self, name, value, label, *args, **kwargs):
        row = getattr(value, "instance", None)
        text = text_of(row, "name") if row else None
        option = super().create_option(name, value, text.text if text else label, *args, **kwargs)
        if text and text.language != get_language():
            option["attrs"] |= {"lang": text.language, "dir": text.direction}
        return option


class VoiceForm(forms.Form):
    form_id = forms.UUIDField(widget=forms.HiddenInput)
    unit: forms.ModelChoiceField = forms.ModelChoiceField(None, label=_("Where"), widget=NamedRows)
    day = forms.DateField(
        label=_("Day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), localize=False
    )
    channel = forms.ChoiceField(
        label=_("How it reached you"), choices=[(one.value, one.label) for one in CHANNELS]
    )
    kind = forms.ChoiceField(
        label=pgettext_lazy("of feedback", "Kind"), choices=[(kind.value, kind.label) for kind in KINDS]
    )
    text = forms.CharField(
        label=_("In their own words"),
        max_length=LONGEST,
        validators=[MinLengthValidator(SHORTEST)],
        widget=forms.Textarea({"rows": 7, "dir": "auto"}),
        help_text=_("Without names and numbers. Those that slip in are hidden from most readers."),
    )
    language = forms.ChoiceField(
        label=_("Language of these words"),
        choices=[(language.code, language.native_name) for language in LANGUAGES.values()],
    )
    tone = forms.ChoiceField(label=_("How did it go?"), choices=[*NOT_SAID, *Tone.choices], required=False)
    about_staff = forms.BooleanField(
        label=_("It is a complaint about the staff of this unit"),
        required=False,
        help_text=_("Then it goes past the unit, and you do not see it again either."),
    )
    service: forms.ModelChoiceField = forms.ModelChoiceField(
        Service.objects.filter(is_active=True), label=_("Service"), required=False, widget=NamedRows
    )
    stage: forms.ModelChoiceField = forms.ModelChoiceField(
        Stage.objects.all(), label=_("Stage"), required=False, widget=NamedRows
    )
    topics: forms.ModelMultipleChoiceField = forms.ModelMultipleChoiceField(
        Topic.objects.filter(is_active=True),
        label=_("Topics"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    on_behalf_of = forms.ChoiceField(
        label=_("Who speaks for the customer"),
        choices=[("", _("The customer")), *Item.OnBehalfOf.choices],
        required=False,
    )
    may_publish = forms.BooleanField(
        label=_("Others may read it, without names: the customer agreed"), required=False
    )
    email = forms.EmailField(label=_("E-mail for the answer"), max_length=254, required=False)
    phone = forms.CharField(
        label=_("or phone number"),
        max_length=40,
        required=False,
        widget=forms.TextInput({"type": "tel", "dir": "ltr", "autocomplete": "off"}),
    )
    consent = forms.BooleanField(
        label=_("The customer heard these words and agreed:"),
        required=False,
    )
    ask_more = forms.BooleanField(label=_("The customer also agreed to this:"), required=False)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = desks_of(by)  # type: ignore[attr-defined]

    def clean_day(self) -> date:
        day = self.cleaned_data["day"]
        if day > timezone.localdate():
            raise ValidationError(_("This day has not come yet."))
        return day

    def clean_text(self) -> str:
        return self.cleaned_data["text"].replace("\r\n", "\n")

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"]
        try:
            return normal_address(typed, "sms") if typed else ""
        except AddressNotPossible as error:
            raise ValidationError(_("Write the number with + and the code of its country.")) from error

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("about_staff") and data.get("kind") != Kind.COMPLAINT:
            self.add_error("kind", _("Only a complaint goes past the unit."))
        if data.get("email") and data.get("phone"):
            self.add_error("phone", _("One of the two is enough. Take the other out."))
        if (data.get("email") or data.get("phone")) and not data.get("consent"):
            self.add_error("consent", _("Without consent no address is kept."))
        if data.get("ask_more") and not (data.get("email") or data.get("phone")):
            self.add_error(
                "ask_more", _("Write an e-mail address or a number at which the customer can be asked.")
            )
        return data


def take_down(data: dict[str, Any], *, at: datetime | None = None) -> Receipt:
    """Keeps the voice; the same form sent again counts once and has the same code."""
    at = at or timezone.now()
    number = b"desk:" + data["form_id"].bytes
    receipt = receipt_for(number)
    item = Item(
        kind=data["kind"],
        way_in=Item.WayIn.TAKEN_DOWN,
        channel=data["channel"],
        received_at=at if data["day"] == timezone.localdate(at) else _noon_of(data["day"]),
        text=data["text"].replace("\0", ""),
        language=data["language"],
        tone=data["tone"],
        unit=data["unit"],
        passes_unit=data["about_staff"],
        service=data["service"],
        stage=data["stage"],
        on_behalf_of=data["on_behalf_of"],
        may_publish=data["may_publish"],
        intake_key=hashlib.sha256(number).hexdigest(),
        receipt_hash=receipt.digest,
    )
    topics = [topic.pk for topic in data["topics"]]
    take_in(Arrival(item, topics=topics, contact=_contact(data, at)), at=at)
    return receipt


def language_of_slip(language: str) -> str:
    """The customer's, where the public pages speak it."""
    return language if language in public_languages() else SOURCE


def _contact(data: dict[str, Any], at: datetime) -> Contact | None:
    if not data["email"] and not data["phone"]:
        return None
    return Contact(
        by=Contact.By.EMAIL if data["email"] else Contact.By.PHONE,
        address=data["email"] or data["phone"],
        language=language_of_slip(data["language"]),
        purpose=Contact.Purpose.QUESTIONS if data["ask_more"] else Contact.Purpose.REPLY,
        consent=" ".join(
            str(said(words)) for words in ([CONSENT, ASK_MORE] if data["ask_more"] else [CONSENT])
        ),
        consented_at=at,
    )


def _noon_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))
