"""Joining a panel by oneself: what was typed travels in the link of one message and is stored when the link is used.

Nothing about a person is kept who never confirms. Whoever types the address of somebody else makes one message a day
at most, and learns nothing about them: the page always says the same.
"""

import base64
import binascii
import json
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation

from cxportal.dispatch.queueing import queue
from cxportal.keys import store
from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.texts import text_of
from panels import opt_out
from panels.contact import Contact, contact_from, member_with, take_contact
from panels.models import Consent, ConsentKind, Member, Membership, Panel, Way, Wording
from panels.purge import JOINING

KEY = "panels"
PURPOSE = "joining"
TEMPLATE = "panels.joining"
DAYS_VALID = 7


class Wish(NamedTuple):
    """Somebody wants to join, and agreed to these words."""

    panel: Panel
    wording: Wording
    language: str
    contact: Contact
    asked_at: datetime


def ask(*, panel: Panel, wording: Wording, typed: str, language: str, at: datetime | None = None) -> None:
    """Send the message with the link. Raises AddressNotPossible."""
    contact = contact_from(typed)
    at = at or timezone.now()
    language = language if language in LANGUAGES else SOURCE
    digest = contact.email_hash or contact.phone_hash
    queue(
        cause=f"joining:{panel.pk}:{digest[:32]}:{timezone.localdate(at)}",
        purpose=JOINING,
        channel=contact.channel,
        address=contact.address,
        template=TEMPLATE,
        language=language,
        data={
            "panel": text_of(panel, "name", language).text,
            "days": DAYS_VALID,
            "link": link_of(panel, wording, language, contact.address, at),
        },
    )


def link_of(panel: Panel, wording: Wording, language: str, address: str, at: datetime) -> str:
    content = json.dumps(
        [panel.pk, wording.pk, language, address, int(at.timestamp())],
        ensure_ascii=False,
        separators=(",", ":"),
    )
    store.get_or_create(KEY)
    token = base64.urlsafe_b64encode(store.encrypt(KEY, content.encode(), PURPOSE)).decode().rstrip("=")
    with translation.override(language if translation.check_for_language(language) else SOURCE):
        return settings.BASE_URL + reverse("panels:confirm", args=[token])


def wish_of(token: str, *, at: datetime | None = None) -> Wish | None:
    """`None` for a link that is too old or was changed, and for a panel that cannot be joined any more."""
    at = at or timezone.now()
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        panel_id, wording_id, language, address, seconds = json.loads(store.decrypt(KEY, sealed, PURPOSE))
    except (binascii.Error, ValueError, store.KeyMissing):
        return None
    asked_at = datetime.fromtimestamp(seconds, at.tzinfo)
    wording = Wording.objects.filter(pk=wording_id).select_related("panel").first()
    if wording is None or wording.panel_id != panel_id or not wording.panel.is_joinable:
        return None
    if (at - asked_at).days >= DAYS_VALID:
        return None
    contact = contact_from(address)
    if opt_out.is_erased(contact):
        return None
    return Wish(wording.panel, wording, language, contact, asked_at)


def join(*, wish: Wish, at: datetime | None = None) -> Member:
    """The person is in the panel after this, with their consent. Asking twice changes nothing."""
    try:
        return _join(wish, at or timezone.now())
    except IntegrityError:  # the same link was opened twice at the same moment
        return _join(wish, at or timezone.now())


@transaction.atomic
def _join(wish: Wish, at: datetime) -> Member:
    member = member_with(wish.contact) or Member(language=wish.language)
    take_contact(member, wish.contact)
    member.save()
    membership, is_new = Membership.objects.get_or_create(
        member=member, panel=wish.panel, defaults={"joined_on": timezone.localdate(at)}
    )
    last = membership.consents.first()
    if is_new or last is None or last.kind == ConsentKind.WITHDRAWN or membership.opted_out_at:
        Consent.objects.create(
            membership=membership,
            panel=wish.panel,
            wording=wish.wording,
            kind=ConsentKind.GIVEN,
            way=Way.WEB,
            at=at,
        )
    opt_out.write_again(member=member, panel=wish.panel)
    return member
