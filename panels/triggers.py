"""Asking people soon after they were in contact with the agency.

Contacts come in during the day, from a system of the agency or as a file. A random share of them is asked once, by one
message within some hours, and not again until a rest has passed. An address is wiped as soon as it is not needed.
"""

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from cxportal.dispatch import queueing
from cxportal.dispatch.addresses import AddressNotPossible, address_hash, normal_address
from cxportal.dispatch.models import ChannelOfMessage, Suppression
from cxportal.keys import api_keys
from cxportal.languages import LANGUAGES
from cxportal.organisation.models import Unit
from panels import contact_rules, invitation_texts, progress
from panels.audience import Reading
from panels.mailing import freeze_promise, new_token
from panels.models import Mailing, Trigger, TriggerContact
from surveys import declining
from surveys.ballot_box import hash_of
from surveys.models import Profile, Ticket, Wave

ROWS_AT_A_TIME = 500
CLOCKS_DIFFER = timedelta(minutes=10)


@dataclass
class Taken:
    """What became of a delivery of contacts."""

    taken: int = 0
    known: int = 0
    """Had come before, by their reference."""
    refused: list[tuple[int, str]] = field(default_factory=list)
    """(number of the contact, from 1; why)."""


# ---------- keys of the systems that send contacts ----------


def new_key(*, trigger: Trigger) -> str:
    """A key for the system that sends contacts: shown once, kept as a hash. The one before ends."""
    made = api_keys.new_key()
    Trigger.objects.filter(pk=trigger.pk).update(key_hash=made.hash)
    return made.key


def trigger_for(*, code: str, key: str) -> Trigger | None:
    found = Trigger.objects.filter(code=code, key_hash=api_keys.hash_of(key)).exclude(key_hash="")
    return found.select_related("collector__wave").first()


# ---------- taking contacts ----------


def take_contacts(
    *, trigger: Trigger, contacts: Iterable[Mapping[str, Any]], at: datetime | None = None
) -> Taken:
    """Each contact has `email` or `phone`, and may have `language`, `at`, `unit` (code) and `reference`.

    Whether somebody is drawn into the share is decided here, so that addresses of the others are never kept.
    """
    at = at or timezone.now()
    taken = Taken()
    units = dict(Unit.objects.values_list("code", "pk"))
    numbered = enumerate(contacts, start=1)
    while chunk := list(islice(numbered, ROWS_AT_A_TIME)):
        rows = []
        for number, contact in chunk:
            try:
                rows.append(_contact(trigger, contact, units, at))
            except ValueError as why:
                taken.refused.append((number, str(why)))
        _write(trigger, rows, taken)
    return taken


def _write(trigger: Trigger, rows: list[TriggerContact], taken: Taken) -> None:
    references = [row.reference for row in rows if row.reference]
    with transaction.atomic():
        known = set(
            TriggerContact.objects.filter(trigger=trigger, reference__in=references).values_list(
                "reference", flat=True
            )
        )
        new = []
        for row in rows:
            if row.reference and row.reference in known:
                continue
            known.add(row.reference)
            new.append(row)
        TriggerContact.objects.bulk_create(new, ignore_conflicts=True)
    taken.taken += len(new)
    taken.known += len(rows) - len(new)


def _contact(
    trigger: Trigger, contact: Mapping[str, Any], units: Mapping[str, int], at: datetime
) -> TriggerContact:
    if not isinstance(contact, Mapping):
        raise ValueError(_("This is no contact."))
    email, phone = _text(contact, "email"), _text(contact, "phone")
    if bool(email) == bool(phone):
        raise ValueError(_("A contact needs either an e-mail address or a phone number."))
    channel = ChannelOfMessage.EMAIL if email else ChannelOfMessage.SMS
    try:
        address = normal_address(email or phone, channel)
    except AddressNotPossible as error:
        raise ValueError(_("Nobody can write to this address.")) from error
    unit = _text(contact, "unit")
    if unit and unit not in units:
        raise ValueError(_("There is no such unit."))
    contact_at = _moment(_text(contact, "at"), at)
    reference = _text(contact, "reference")
    row = TriggerContact(
        trigger=trigger,
        reference=hashlib.sha256(f"{trigger.pk}:{reference}".encode()).hexdigest() if reference else "",
        channel=channel,
        address=address,
        address_hash=address_hash(address, channel),
        language=_language(contact),
        unit_id=units.get(unit),
        contact_at=contact_at,
        due_at=contact_rules.next_moment(
            contact_rules.current(), max(at, contact_at + timedelta(minutes=trigger.delay_minutes))
        ),
    )
    if why := _why_not_at_all(trigger, row, at):
        _settle(row, why, at)
    return row


def _text(contact: Mapping[str, Any], name: str) -> str:
    value = contact.get(name) or ""
    return str(value).strip()[:400]


def _language(contact: Mapping[str, Any]) -> str:
    wanted = _text(contact, "language").lower()
    return wanted if wanted in LANGUAGES else ""


def _moment(said: str, at: datetime) -> datetime:
    if not said:
        return at
    try:
        moment = parse_datetime(said)
    except ValueError:
        moment = None
    if moment is None:
        raise ValueError(_("The time of the contact is not written like 2026-11-23T08:30:00+02:00."))
    moment = moment if timezone.is_aware(moment) else timezone.make_aware(moment)
    if moment > at + CLOCKS_DIFFER:
        raise ValueError(_("The contact lies in the future."))
    return moment


def _why_not_at_all(trigger: Trigger, row: TriggerContact, at: datetime) -> str:
    if row.contact_at + timedelta(hours=trigger.within_hours) < max(at, row.due_at):
        return TriggerContact.Why.TOO_LATE
    drawn = secrets.randbelow(100) < trigger.share_percent
    return "" if drawn else TriggerContact.Why.NOT_DRAWN


def _settle(row: TriggerContact, why: str, at: datetime) -> None:
    row.state, row.why = TriggerContact.State.LEFT_OUT, why
    row.settled_at, row.address = at, ""


# ---------- asking ----------


def carry_on(*, trigger: Trigger, at: datetime | None = None) -> int:
    """Ask whoever is due, in short transactions; how many. Two workers at once ask nobody twice."""
    at = at or timezone.now()
    asked = 0
    while True:
        with transaction.atomic():
            # the lock makes two workers take turns, so that the rest of one address is seen by the other
            locked = Trigger.objects.select_for_update(of=("self",)).select_related(
                "collector__wave__version", "collector__wave__survey"
            )
            row = locked.get(pk=trigger.pk)
            due = row.contacts.filter(state=TriggerContact.State.WAITING, due_at__lte=at).order_by("pk")
            chunk = list(due[:ROWS_AT_A_TIME])
            if not chunk:
                break
            asked += _ask_some(row, chunk, at)
    if asked:
        progress.write_counts(collector=trigger.collector)
    return asked


def _ask_some(trigger: Trigger, contacts: list[TriggerContact], at: datetime) -> int:
    wave = trigger.collector.wave
    reasons = Reasons(trigger, contacts, at)
    going = []
    for contact in contacts:
        if why := reasons.why_not(contact):
            _settle(contact, why, at)
        else:
            going.append(contact)
    messages = _messages(trigger, wave, going) if going else []
    queueing.queue_many(messages, batch=_batch(trigger))
    for contact in going:
        contact.state, contact.settled_at, contact.address = TriggerContact.State.QUEUED, at, ""
    TriggerContact.objects.bulk_update(contacts, ["state", "why", "settled_at", "address"])
    return len(going)


class Reasons:
    """Why contacts of one chunk are not asked, with a fixed number of queries."""

    def __init__(self, trigger: Trigger, contacts: list[TriggerContact], at: datetime) -> None:
        self.trigger, self.at = trigger, at
        self.wave = trigger.collector.wave
        hashes = {contact.address_hash for contact in contacts}
        since = at - timedelta(days=trigger.cooldown_days)
        asked = TriggerContact.objects.filter(
            address_hash__in=hashes, state=TriggerContact.State.QUEUED, settled_at__gt=since
        )
        self.asked = set(asked.values_list("address_hash", flat=True))
        scopes = Q(scope__in=["", scope_of(trigger), declining.scope_of(self.wave)])
        stopped = Suppression.objects.filter(scopes, address_hash__in=hashes)
        self.stopped = set(stopped.values_list("address_hash", flat=True))

    def why_not(self, contact: TriggerContact) -> str:
        if self.wave.state != Wave.State.OPEN or not self.trigger.is_active:
            return TriggerContact.Why.CLOSED
        if contact.contact_at + timedelta(hours=self.trigger.within_hours) < self.at:
            return TriggerContact.Why.TOO_LATE
        if contact.address_hash in self.stopped:
            return TriggerContact.Why.OPTED_OUT
        if contact.address_hash in self.asked:
            return TriggerContact.Why.COOLDOWN
        self.asked.add(contact.address_hash)
        return ""


def scope_of(trigger: Trigger) -> str:
    """What the link in a message stops: questions after contacts of this kind."""
    return f"trigger:{trigger.pk}"


def _messages(trigger: Trigger, wave: Wave, contacts: list[TriggerContact]) -> Iterator[dict[str, Any]]:
    """A profile of contacts that come one by one says nothing in an anonymous wave: nobody knows yet how many will
    share it. The way in says unit, service and channel.
    """
    if wave.privacy_frozen_at is None:
        freeze_promise(wave)
    mailing = Mailing(wave=wave, collector=trigger.collector)
    words = _words(mailing)
    reading = Reading.of(wave)
    profiles = _profiles(wave, reading, contacts)
    tokens = [new_token() for _contact in contacts]
    tickets = Ticket.objects.bulk_create(
        Ticket(
            wave=wave,
            collector_id=trigger.collector_id,
            profile=profiles[_group(wave, reading, contact)],
            token_hash=hash_of(token),
        )
        for contact, token in zip(contacts, tokens, strict=True)
    )
    for contact, token, _ticket in zip(contacts, tokens, tickets, strict=True):
        language = reading.language(contact.language)
        language = language if language in words else wave.survey.source_language
        yield {
            "cause": f"trigger:{trigger.pk}:{contact.pk}:invitation",
            "purpose": "invitation",
            "channel": contact.channel,
            "address": contact.address,
            "template": invitation_texts.TEMPLATE,
            "language": language,
            "data": words[language] | {"link": invitation_texts.link_with(token), "panel": None},
            "unsubscribe_scope": scope_of(trigger),
        }


def _words(mailing: Mailing) -> dict[str, dict[str, Any]]:
    content = mailing.wave.version.content if mailing.wave.version else {"title": {}}
    words = {
        code: invitation_texts.Words(title, content["purpose"].get(code, ""), title)
        for code, title in content["title"].items()
    }
    return {code: invitation_texts.data_of(mailing, said, code) for code, said in words.items()}


Group = tuple[Any, str]


def _group(wave: Wave, reading: Reading, contact: TriggerContact) -> Group:
    if wave.is_anonymous:
        return None, ""
    return (
        contact.unit_id if reading.has_unit else None,
        reading.language(contact.language) if reading.has_language else "",
    )


def _profiles(wave: Wave, reading: Reading, contacts: list[TriggerContact]) -> dict[Group, Profile]:
    found: dict[Group, Profile] = {}
    for contact in contacts:
        group = _group(wave, reading, contact)
        if group not in found:
            unit, language = group
            found[group], _created = Profile.objects.get_or_create(
                wave=wave, unit_id=unit, language=language, attributes={}
            )
        found[group].invited += 1
    Profile.objects.bulk_update(found.values(), ["invited"])
    return found


def _batch(trigger: Trigger):
    if trigger.batch is None:
        trigger.batch = queueing.new_batch(name=trigger.name)
        trigger.save(update_fields=["batch"])
    return trigger.batch


# ---------- forgetting ----------


def forget_contacts(*, at: datetime | None = None) -> int:
    """Settled contacts, when the rest of their address is over: then nothing is left of them."""
    at = at or timezone.now()
    forgotten = 0
    for trigger in Trigger.objects.all():
        since = at - timedelta(days=max(trigger.cooldown_days, 1))
        settled = trigger.contacts.exclude(state=TriggerContact.State.WAITING)
        forgotten += settled.filter(settled_at__lte=since).delete()[0]
    return forgotten
