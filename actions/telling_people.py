"""Telling those who are behind an action what became of it: once for each person and action.

Behind it are those who said it and left an address or a phone number with consent, and members of panels who were
asked in a wave that is a source of it and want to hear what comes of it. Who answered what is not looked at, and not
known.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone, translation

from actions.models import Evidence, ToldBack
from cxportal.dispatch import gateways
from cxportal.dispatch.addresses import AddressNotPossible, address_hash, normal_address
from cxportal.dispatch.models import ChannelOfMessage, Message, Reason
from cxportal.dispatch.queueing import new_batch, queue_many
from cxportal.dispatch.rendering import NotToBeSent
from cxportal.languages import SOURCE
from cxportal.organisation.texts import Text, text_of
from cxportal.public import public_languages
from feedback.models import Contact, Item
from panels.models import AddressState, Invitation, Member, Membership
from panels.preferences import SCOPE_OF_NEWS

TOLD = "actions.told"


class Person(NamedTuple):
    channel: str
    address: str
    language: str
    known_as: dict[str, Any]
    """How to find out at the last moment whether the person is still to be told."""


def tell_due(*, at: datetime | None = None) -> int:
    """Of everything that was released and not told yet; returns how many are told."""
    waiting = ToldBack.objects.released().filter(people_told_at__isnull=True)
    return sum(tell(told_back=told, at=at) for told in waiting)


@transaction.atomic
def tell(*, told_back: ToldBack, at: datetime | None = None) -> int:
    told = ToldBack.objects.select_for_update(of=("self",)).get(pk=told_back.pk)
    if told.people_told_at or told.state != ToldBack.State.RELEASED:
        return 0
    told.people_told_at = at or timezone.now()
    told.save(update_fields=["people_told_at"])
    messages = list(_messages(told))
    return queue_many(messages, batch=new_batch(name=told.title[:200])) if messages else 0


def _messages(told: ToldBack) -> Iterator[dict[str, Any]]:
    seen = set()
    for person in (*_writers(told.action_id), *_members(told.action_id)):
        cause = _cause(told.action_id, person)
        if cause and cause not in seen and _can_go_out(person):
            seen.add(cause)
            yield {
                "cause": cause,
                "purpose": "told",
                "channel": person.channel,
                "address": person.address,
                "template": TOLD,
                "language": person.language,
                "data": {"told": told.pk} | person.known_as,
                "unsubscribe_scope": SCOPE_OF_NEWS,
            }


def _cause(action_id: int, person: Person) -> str:
    """Empty where no gateway could write to the address."""
    try:
        digest = address_hash(normal_address(person.address, person.channel), person.channel)
    except AddressNotPossible:
        return ""
    return f"told:{action_id}:{digest}"


def _can_go_out(person: Person) -> bool:
    """A number left with a voice is kept for a short time only: a message to it does not wait for a gateway to come."""
    is_number_of_writer = "item" in person.known_as and person.channel == ChannelOfMessage.SMS
    return not is_number_of_writer or gateways.is_set(person.channel)


def writers_not_told(told_back: ToldBack) -> int:
    """How many left an address or number and were not written to when the others were."""
    if told_back.people_told_at is None:
        return 0
    causes = [_cause(told_back.action_id, person) for person in _writers(told_back.action_id)]
    known = set(Message.objects.filter(cause__in=causes).values_list("cause", flat=True))
    return causes.count("") + len({cause for cause in causes if cause} - known)


def _writers(action_id: int) -> Iterator[Person]:
    """Of voices that are evidence, and of those that say the same."""
    named = Evidence.objects.filter(action=action_id, item__isnull=False)
    heads = named.values(head=Coalesce("item__merged_into", "item"))
    items = Item.objects.filter(Q(pk__in=heads) | Q(merged_into__in=heads))
    for contact in Contact.objects.filter(item__in=items.values("pk")).order_by("pk"):
        known_as = {"item": str(contact.pk)}
        yield Person(contact.message_channel, contact.address, contact.language, known_as)


def _members(action_id: int) -> Iterator[Person]:
    waves = Evidence.objects.filter(action=action_id, wave__isnull=False).values("wave")
    asked = Invitation.objects.filter(member=OuterRef("pk"), wave__in=waves, state=Invitation.State.QUEUED)
    for member in _wanting().filter(Exists(asked)).order_by("pk").iterator():
        known_as = {"member": member.pk}
        if member.email and member.mail_state != AddressState.HARD:
            yield Person(ChannelOfMessage.EMAIL, member.email, member.language, known_as)
        elif member.phone and member.sms_state != AddressState.HARD:
            yield Person(ChannelOfMessage.SMS, member.phone, member.language, known_as)


def _wanting():
    today = timezone.localdate()
    belongs = Membership.objects.current().filter(member=OuterRef("pk"), opted_out_at__isnull=True)
    members = Member.objects.filter(Exists(belongs), wants_news=True, opted_out_at__isnull=True)
    return members.filter(Q(paused_until__isnull=True) | Q(paused_until__lte=today))


def written(data: Mapping[str, Any]) -> dict[str, Any]:
    """In the language of the message. Nothing when it was taken back from the public, or the person took the wish back."""
    if "title" in data:
        return dict(data)
    told = ToldBack.objects.released().filter(pk=data["told"]).first()
    if told is None:
        raise NotToBeSent(Reason.STAFF)
    if "item" in data and not Contact.objects.filter(pk=data["item"]).exists():
        raise NotToBeSent(Reason.ERASED)
    if "member" in data and not _wanting().filter(pk=data["member"]).exists():
        raise NotToBeSent(Reason.UNSUBSCRIBED)
    language = translation.get_language() or SOURCE
    return {
        "title": text_of(told, "title", language),
        "did": text_of(told, "did" if told.did else "cannot", language),
        "is_writer": "item" in data,
        "link": _page(told, language),
    }


def _page(told: ToldBack, language: str) -> str:
    offered = public_languages()
    with translation.override(language if language in offered else offered[0]):
        return settings.BASE_URL + reverse("did_one", args=[told.pk])


def sample() -> dict[str, Any]:
    return {
        "title": Text("Your place in the queue is shown", SOURCE, "ltr"),
        "did": Text("A screen in the hall shows the number and how long it takes.", SOURCE, "ltr"),
        "is_writer": True,
        "link": f"{settings.BASE_URL}/en/did/",
    }
