"""From a message row to what is handed to a gateway: subject, text, HTML and headers in the person's language."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.template import Context, Template
from django.template.loader import get_template
from django.utils import translation
from django.utils.functional import Promise

from cxportal.dispatch.unsubscribe import Wish, unsubscribe_url
from cxportal.interface import said
from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.models import Agency
from cxportal.organisation.texts import direction_of, text_of

if TYPE_CHECKING:
    from cxportal.dispatch.models import Message

Sample = Mapping[str, Any] | Callable[[], Mapping[str, Any]]
LONGEST_SUBJECT = 200
LOOSE_LINES = {"ar", "fa", "prs", "ps", "ckb", "th"}
NOT_IN_A_HEADER = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
BLANK_LINES = re.compile(r"(?:[ \t]*\n){3,}")


class UnknownTemplate(Exception):
    """No room has registered a template of this code for this channel: the message can never be sent."""


class NotToBeSent(Exception):
    """Since it was queued it has turned out that the person may not or does not want to have the message."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Rendered:
    subject: str
    text: str
    html: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MessageTemplate:
    """Files `dispatch/mail/<code>.subject.txt`, `.txt` and `.html` for mail, `.sms.txt` for text messages."""

    code: str
    name: Promise | str
    sample: Sample
    purposes: tuple[str, ...]
    channels: tuple[str, ...]
    sample_scope: str
    written_when_sent: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None

    @property
    def sample_data(self) -> dict[str, Any]:
        return dict(self.sample() if callable(self.sample) else self.sample)


_templates: dict[str, MessageTemplate] = {}


def register_template(
    code: str,
    *,
    name: Promise | str,
    sample: Sample,
    purposes: tuple[str, ...] = (),
    channels: tuple[str, ...] = ("email",),
    sample_scope: str = "",
    written_when_sent: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
) -> None:
    """Called by the room that sends it, in its `message_templates.py`, which is found by itself.

    `sample` is data of nobody, which the preview shows; every value a file uses must be in it. `sample_scope` is for
    messages that people can unsubscribe from: an example of their `unsubscribe_scope`.

    `written_when_sent` makes the values of the files from the data of the message at the moment it is handed over, in
    the language of the message; it raises `NotToBeSent` where the person no longer may have it.
    """
    _templates[code] = MessageTemplate(
        code, name, sample, purposes, channels, sample_scope, written_when_sent
    )


def message_templates() -> list[MessageTemplate]:
    return sorted(_templates.values(), key=lambda template: template.code)


def message_template(code: str) -> MessageTemplate | None:
    return _templates.get(code)


def render(message: "Message") -> Rendered:
    """Raises `UnknownTemplate`, `NotToBeSent`. Values from data are escaped in HTML and cannot begin a header of their own."""
    template = _templates.get(message.template)
    if template is None or message.channel not in template.channels:
        raise UnknownTemplate(f"{message.template} by {message.channel}")
    language = message.language if message.language in LANGUAGES else SOURCE
    with translation.override(language):
        written = template.written_when_sent
        values = written(message.data) if written else message.data
        context = dict(values) | _frame(message, language)
        if message.channel == "sms":
            return Rendered(subject="", text=_text(message.template, "sms.txt", context).strip())
        context["subject"] = subject = _subject(message.template, context)
        return Rendered(
            subject=subject,
            text=_tidy(_text(message.template, "txt", context)),
            html=_file(message.template, "html").render(Context(context)),
            headers=_headers(language, context["unsubscribe_url"]),
        )


def _frame(message: "Message", language: str) -> dict[str, Any]:
    agency = Agency.current()
    is_rtl = direction_of(language) == "rtl"
    return {
        "agency": text_of(agency, "name", language) if agency.name else said("Customer experience portal"),
        "contact": _contact_lines(agency),
        "language": language,
        "direction": direction_of(language),
        "start": "right" if is_rtl else "left",
        "line_height": "1.8" if language in LOOSE_LINES else "1.5",
        "base_url": settings.BASE_URL,
        "unsubscribe_url": _unsubscribe_url(message, language),
    }


def _unsubscribe_url(message: "Message", language: str) -> str:
    if not message.unsubscribe_scope:
        return ""
    return unsubscribe_url(Wish(message.address_hash, message.unsubscribe_scope), language)


def _contact_lines(agency: Agency) -> list[str]:
    lines = [*agency.contact_address.splitlines(), agency.contact_phone, agency.contact_email]
    return [line.strip() for line in lines if line.strip()]


def _headers(language: str, unsubscribe: str) -> dict[str, str]:
    headers = {"Content-Language": language, "Auto-Submitted": "auto-generated"}
    if unsubscribe:
        headers["List-Unsubscribe"] = f"<{unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


@cache
def _file(code: str, ending: str) -> Template:
    backend: Any = get_template(f"dispatch/mail/{code}.{ending}")
    return backend.template


def _text(code: str, ending: str, context: dict[str, Any]) -> str:
    return _file(code, ending).render(Context(context, autoescape=False))


def _subject(code: str, context: dict[str, Any]) -> str:
    subject = NOT_IN_A_HEADER.sub(" ", _text(code, "subject.txt", context))
    return " ".join(subject.split())[:LONGEST_SUBJECT]


def _tidy(text: str) -> str:
    return BLANK_LINES.sub("\n\n", text).strip() + "\n"
