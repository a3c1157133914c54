"""What an invitation says in each language: the words of the mailing, else title and purpose of the survey."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from cxportal.dispatch.models import ChannelOfMessage, Message
from cxportal.dispatch.rendering import render
from cxportal.dispatch.sms_length import SmsLength, sms_length
from cxportal.languages import LANGUAGES
from panels.models import Mailing, MailingText
from surveys.publishing import questions_in
from surveys.questionnaire import Questionnaire

TEMPLATE = "panels.invitation"
NOBODY = "0" * 24
"""In place of a token where a message is only shown."""


class Words(NamedTuple):
    subject: str
    intro: str
    sms: str


def words_of(mailing: Mailing) -> dict[str, Words]:
    """Language -> words. A language without a heading or a first paragraph is not there."""
    content = mailing.wave.version.content if mailing.wave.version else {"title": {}, "purpose": {}}
    own = {row.language: row for row in mailing.texts.all()}
    found = {code: _words(content, code, own.get(code)) for code in {*content["title"], *own}}
    return {code: words for code, words in found.items() if words.subject and words.intro}


def _words(content: Mapping[str, Any], code: str, own: MailingText | None) -> Words:
    subject = (own.subject if own else "") or content["title"].get(code, "")
    intro = (own.intro if own else "") or content["purpose"].get(code, "")
    return Words(subject, intro, (own.sms if own else "") or subject)


def data_of(mailing: Mailing, words: Words, language: str) -> dict[str, Any]:
    """Everything the template needs but the link, the panel and the number of a reminder."""
    wave = mailing.wave
    content = wave.version.content if wave.version else {"parts": []}
    with translation.override(language if language in LANGUAGES else "en"):
        closes = date_format(timezone.localtime(wave.closes_at), "DATE_FORMAT") if wave.closes_at else ""
    return {
        "title": words.subject,
        "intro": words.intro,
        "sms": words.sms,
        "questions": sum(1 for _question in questions_in(content)),
        "minutes": Questionnaire(content).minutes_from() if content["parts"] else 1,
        "closes_on": closes,
        "privacy": wave.privacy,
        "reminders": len(mailing.reminder_days),
        "reminder": 0,
        "other_languages": [
            [code, LANGUAGES[code].native_name]
            for code in wave.languages
            if code != language and code in LANGUAGES
        ],
    }


def link_with(token: str) -> str:
    return settings.BASE_URL + reverse("survey_short_personal", args=[token])


def digest_of(mailing: Mailing, languages: Iterable[str]) -> str:
    """Of everything that the messages in these languages say, but for names, dates of sending and links."""
    words = words_of(mailing)
    said = {code: data_of(mailing, words[code], code) for code in sorted(languages) if code in words}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


class Shown(NamedTuple):
    """A message of nobody, as it would go out."""

    language: str
    subject: str
    text: str
    html: str
    sms: str
    sms_length: SmsLength


def shown(
    mailing: Mailing,
    language: str,
    *,
    scope: str,
    panel_name: tuple[str, str] | None = None,
    reminder: int = 0,
) -> Shown:
    words = words_of(mailing)[language]
    data = data_of(mailing, words, language) | {
        "link": link_with(NOBODY),
        "panel": panel_name,
        "reminder": reminder,
    }
    mail, sms = (
        render(
            Message(
                template=TEMPLATE,
                channel=channel,
                language=language,
                data=data,
                unsubscribe_scope=scope,
                address_hash="0" * 64,
            )
        )
        for channel in (ChannelOfMessage.EMAIL, ChannelOfMessage.SMS)
    )
    return Shown(language, mail.subject, mail.text, mail.html, sms.text, sms_length(sms.text))
