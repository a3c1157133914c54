"""What members decide for themselves by the link in a message: language, channel, pause, leaving, erasure.

The link is signed and names the member by number; it needs no log-in. Whoever has it may change how we write and may
leave, and sees addresses only in part; the link to a copy of everything goes to the member's own address.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from cxportal.dispatch import suppression
from cxportal.dispatch.models import ChannelOfMessage
from cxportal.dispatch.queueing import queue
from cxportal.languages import SOURCE
from panels import opt_out
from panels.models import Member, Membership

SALT = "panels.preferences"
SCOPE_OF_NEWS = "told"
"""What a link in a message stops that says what came of somebody's answers."""
COPY_SALT = "panels.copy"
COPY_SECONDS = 24 * 3600
COPY_TEMPLATE = "panels.copy"
MOST_FURTHER_LANGUAGES = 3
PAUSES = (0, 3, 6, 12)
"""Months."""


def token_of(member: Member) -> str:
    return signing.Signer(salt=SALT).sign_object(member.pk)


def member_of(token: str) -> Member | None:
    """`None` for a link that was changed, and for somebody who is not in the register any more."""
    try:
        key = signing.Signer(salt=SALT).unsign_object(token)
    except (signing.BadSignature, ValueError):
        return None
    return Member.objects.filter(pk=key).first() if isinstance(key, int) else None


def preferences_url(member: Member, language: str = "") -> str:
    """The page of this member, in a language whose addresses work."""
    return settings.BASE_URL + _path(language or member.language).replace("TOKEN", token_of(member))


@cache
def _path(language: str) -> str:
    with translation.override(_addressable(language)):
        return reverse("panels:preferences", args=["TOKEN"])


def _addressable(language: str) -> str:
    """An address in a language without a catalogue is not found."""
    return language if translation.check_for_language(language) else SOURCE


def send_copy_link(*, member: Member, at: datetime | None = None) -> str:
    """Send a link that shows everything we hold, to the member's own address; the channel it went by.

    Whoever got an invitation passed on sees the preferences page, but not this message.
    """
    at = at or timezone.now()
    channel = ChannelOfMessage.EMAIL if member.email else ChannelOfMessage.SMS
    queue(
        cause=f"copy:{member.pk}:{at:%Y-%m-%dT%H}",
        purpose="copy",
        channel=channel,
        address=member.email or member.phone,
        template=COPY_TEMPLATE,
        language=member.language,
        data={"link": copy_url(member), "hours": COPY_SECONDS // 3600},
    )
    return channel


def copy_url(member: Member) -> str:
    token = signing.TimestampSigner(salt=COPY_SALT).sign_object(member.pk)
    with translation.override(_addressable(member.language)):
        return settings.BASE_URL + reverse("panels:held", args=[token])


def member_of_copy(token: str) -> Member | None:
    try:
        key = signing.TimestampSigner(salt=COPY_SALT).unsign_object(token, max_age=COPY_SECONDS)
    except (signing.BadSignature, ValueError):
        return None
    return Member.objects.filter(pk=key).first() if isinstance(key, int) else None


@transaction.atomic
def save(
    *,
    member: Member,
    language: str,
    channel: str,
    pause_months: int | None,
    further_languages: Sequence[str] = (),
    wants_news: bool = False,
    today: date | None = None,
) -> None:
    """`channel` counts for every panel of the member; `pause_months` 0 ends a pause, None leaves it as it is.

    Whoever saves this page wants to stay: the time after which they are forgotten begins anew.
    """
    today = today or timezone.localdate()
    member.language = language
    others = [code for code in dict.fromkeys(further_languages) if code != language]
    member.further_languages = ",".join(others[:MOST_FURTHER_LANGUAGES])
    if pause_months is not None:
        member.paused_until = months_after(today, pause_months) if pause_months else None
    if wants_news and not member.wants_news:
        for digest in opt_out.hashes_of(member):
            suppression.lift(address_hash=digest, scope=SCOPE_OF_NEWS)
    member.wants_news = wants_news
    member.save(update_fields=["language", "further_languages", "paused_until", "wants_news"])
    Membership.objects.filter(member=member).update(renewed_on=today, channel=channel)


def channels_of(member: Member) -> list[str]:
    """By which the member can be reached at all."""
    return [
        channel
        for channel, address in ((ChannelOfMessage.EMAIL, member.email), (ChannelOfMessage.SMS, member.phone))
        if address
    ]


def months_after(day: date, months: int) -> date:
    month = day.year * 12 + day.month - 1 + months
    return date(month // 12, month % 12 + 1, min(day.day, 28))
