"""What a person may tell on the public page, and what becomes of it when it is sent."""

import hashlib
from dataclasses import dataclass

from django import forms
from django.core.validators import MinLengthValidator
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from cxportal.interface import said
from cxportal.organisation.models import Channel, Service
from cxportal.organisation.receipts import Receipt
from cxportal.organisation.texts import Text
from feedback.intake import Arrival, take_in
from feedback.models import Contact, Item, Kind, Tone
from feedback.receipts import receipt_for

SHORTEST_STORY, SHORTEST, LONGEST = 100, 3, 2000
KINDS = (
    Kind.STORY,
    Kind.REMARK,
    Kind.TIP,
    Kind.TECHNICAL_FAILURE,
    Kind.COMPLAINT,
    Kind.PRAISE,
)
CONSENT = _("You may write to me at this address about what I have told here. It is deleted afterwards.")


@dataclass(frozen=True)
class Problem:
    """One thing to fix: at which field, and in which words."""

    field: str
    text: Text


class TellForm(forms.Form):
    """Django's own messages are not used: each fault is said in a whole sentence of the page, see `problems`."""

    tone = forms.ChoiceField(choices=Tone.choices, required=False)
    service: forms.ModelChoiceField = forms.ModelChoiceField(
        Service.objects.none(), to_field_name="code", required=False
    )
    text = forms.CharField(max_length=LONGEST, strip=True)
    page_address = forms.CharField(max_length=1000, required=False)
    publish = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")], required=False)
    on_behalf_of = forms.ChoiceField(choices=Item.OnBehalfOf.choices, required=False)
    email = forms.EmailField(max_length=254, required=False)
    consent = forms.BooleanField(required=False)

    def __init__(self, *args, kind: str, services: QuerySet[Service], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.fields["service"].queryset = services  # type: ignore[attr-defined]
        self.shortest = SHORTEST_STORY if kind == Kind.STORY else SHORTEST
        self.fields["text"].validators.append(MinLengthValidator(self.shortest))

    def clean_text(self) -> str:
        return self.cleaned_data["text"].replace("\r\n", "\n")

    def clean(self) -> dict:
        data = super().clean() or self.cleaned_data
        if self.kind == Kind.STORY and not data.get("publish"):
            self.add_error("publish", "publish")
        if data.get("email") and not data.get("consent"):
            self.add_error("consent", "consent")
        return data

    @property
    def problems(self) -> list[Problem]:
        return [Problem(name, self._words(name)) for name in self.fields if name in self.errors]

    def _words(self, name: str) -> Text:
        if name == "text":
            return self._words_of_text(len((self.data.get("text") or "").replace("\r\n", "\n").strip()))
        return {
            "publish": lambda: said(_("Say whether others may read your story.")),
            "email": lambda: said(_("This does not look like an e-mail address.")),
            "consent": lambda: said(_("Agree that we may write to you, or take the address out.")),
            "page_address": lambda: said(_("The address of the page is too long.")),
        }.get(name, lambda: said(_("Choose one of the list.")))()

    def _words_of_text(self, count: int) -> Text:
        if count > LONGEST:
            return said(
                _("There are %(count)s characters here. Please use at most %(most)s."),
                count=count,
                most=LONGEST,
            )
        if count == 0:
            return said(_("There is no text yet."))
        return said(
            _("There are %(count)s characters here. Please write at least %(least)s."),
            count=count,
            least=self.shortest,
        )


def receive(form: TellForm, *, form_number: bytes, language: str) -> Receipt:
    """Keeps what was told; the same form sent again counts once and has the same code."""
    data, receipt = form.cleaned_data, receipt_for(form_number)
    item = Item(
        kind=form.kind,
        way_in=Item.WayIn.PAGE,
        channel=Channel.WEB,
        received_at=timezone.now(),
        text=data["text"].replace("\0", ""),
        tone=data["tone"],
        service=data["service"],
        page_address=data["page_address"].split("?")[0].split("#")[0],
        on_behalf_of=data["on_behalf_of"],
        may_publish=data["publish"] == "yes",
        intake_key=hashlib.sha256(b"page:" + form_number).hexdigest(),
        receipt_hash=receipt.digest,
    )
    take_in(Arrival(item, contact=_contact(data, language)))
    return receipt


def _contact(data: dict, language: str) -> Contact | None:
    if not data["email"]:
        return None
    return Contact(
        by=Contact.By.EMAIL,
        address=data["email"],
        language=language,
        purpose=Contact.Purpose.REPLY,
        consent=str(said(CONSENT)),
        consented_at=timezone.now(),
    )
