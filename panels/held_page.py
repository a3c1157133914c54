"""What we hold about a person, in words and as a JSON file."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.utils.translation import gettext_noop as _

from cxportal.interface import said
from cxportal.organisation.texts import Text

SECTIONS = {
    "person": _("You"),
    "memberships": _("Groups you are in"),
    "consents": _("What you agreed to"),
    "invitations": _("Surveys we asked you to answer"),
    "messages": _("Messages we sent you"),
    "confidential_answers": _("Your confidential answers"),
}
LABELS = {
    "name": _("Name"),
    "organisation": _("Organisation"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "language": _("Language"),
    "further_languages": _("Further languages"),
    "paused_until": _("Pause until"),
    "wants_news": _("You want to hear what came of it"),
    "email_address_works": _("State of the e-mail address"),
    "phone_number_works": _("State of the phone number"),
    "wants_no_messages_since": _("You want no messages since"),
    "in_the_register_since": _("With us since"),
    "panel": _("Group"),
    "purpose": _("Purpose"),
    "attributes": _("What the group knows of you"),
    "unit": _("Office"),
    "channel": _("Channel"),
    "joined_on": _("Joined"),
    "wanted_to_stay_on": _("You wanted to stay, said on"),
    "what": _("What"),
    "how": _("How"),
    "at": _("When"),
    "wording_version": _("Version of the text"),
    "wording_language": _("Language of the text"),
    "wording": _("Text"),
    "survey": _("Survey"),
    "asked_at": _("Asked on"),
    "address": _("Address"),
    "state": _("What became of it"),
    "made_at": _("Written on"),
    "wave": _("Survey, short name"),
    "wave_name": _("Survey"),
    "answers": _("Answers"),
}


class Section(NamedTuple):
    title: Text
    entries: list[list[tuple[Text, list[str]]]]
    """Each entry: label and its lines; what is empty is left out."""


def sections_of(content: Mapping[str, Any]) -> list[Section]:
    return [
        Section(
            said(title), [_lines_of(entry) for entry in (content[key] if key != "person" else [content[key]])]
        )
        for key, title in SECTIONS.items()
    ]


def _lines_of(entry: Mapping[str, Any]) -> list[tuple[Text, list[str]]]:
    return [
        (said(LABELS[key]), _as_lines(value))
        for key, value in entry.items()
        if value not in ("", None, [], {}) and value is not False
    ]


def _as_lines(value: Any) -> list[str]:
    if value is True:
        return [said(_("Yes")).text]
    if isinstance(value, Mapping):
        return [f"{key}: {one}" for key, one in value.items()]
    if isinstance(value, list):
        return [f"{one['text'] or one['question']}: {one['value']}" for one in value]
    return [line for line in str(value).splitlines() if line.strip()]


def json_file(content: Mapping[str, Any]) -> HttpResponse:
    text = json.dumps(content, ensure_ascii=False, indent=2)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response
