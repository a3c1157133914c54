"""What goes, and the tombstone that still counts. Contact data goes first."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from cxportal import free_space
from cxportal.dispatch import suppression
from cxportal.dispatch.models import Message, OutboxMail
from feedback.models import (
    Assignment,
    Contact,
    Item,
    Outcome,
    Publication,
    PublicationText,
    Reply,
    RetentionRule,
    Tombstone,
)
from surveys.models import Comment

BATCH = 500
WRITTEN_ANEW = (
    *(Item, Item.topics.through, Contact, Assignment, Reply, Publication, PublicationText),
    *(Comment, Message, OutboxMail),
)


class Burial(NamedTuple):
    item: Item
    heir: Item | None
    """What takes its place among those who say the same; the item it supported, if it did."""
    tombstone: Tombstone | None
    """None where the writer took it back: then it does not count any more."""


_told: list[Callable[[Sequence[Burial]], None]] = []


def before_burial(tell: Callable[[Sequence[Burial]], None]) -> None:
    """For a room above that keeps what leads to items: it is told while they are still there."""
    _told.append(tell)


def purge_due(*, at: datetime | None = None) -> dict[str, int]:
    """Everything whose time is over, by the rule of its kind; returns how much of what. Safe to run twice."""
    at = at or timezone.now()
    gone = {"contacts": 0, "items": 0}
    for rule in RetentionRule.objects.all():
        gone["contacts"] += _purge_contacts(rule, at)
        due = Item.objects.filter(kind=rule.kind, received_at__lt=at - timedelta(days=rule.days))
        while batch := list(due[:BATCH]):
            gone["items"] += purge(batch, at=at)
    # every night: what writers took back by day is to leave the disk too
    free_space.wipe(WRITTEN_ANEW)
    return gone


def would_purge(*, at: datetime | None = None) -> dict[str, int]:
    at = at or timezone.now()
    rules = list(RetentionRule.objects.all())
    return {
        "contacts": sum(_due_contacts(rule, at).count() for rule in rules),
        "items": sum(
            Item.objects.filter(kind=rule.kind, received_at__lt=at - timedelta(days=rule.days)).count()
            for rule in rules
        ),
    }


@transaction.atomic
def purge(items: Iterable[Item], *, at: datetime, is_taken_back: bool = False) -> int:
    """Each item leaves a tombstone. Where others supported it, the oldest of them takes its place."""
    items = list(items)
    keys = [item.pk for item in items]
    outcomes = dict(Item.objects.with_outcome().filter(pk__in=keys).values_list("pk", "derived_outcome"))
    topics: dict = {}
    for key, topic in Item.topics.through.objects.filter(item__in=keys).values_list("item_id", "topic_id"):
        topics.setdefault(key, []).append(topic)
    burials = []
    for item in items:
        stone = Tombstone.objects.create(
            kind=item.kind,
            tone=item.tone,
            unit_id=item.unit_id,
            month=timezone.localdate(item.received_at).replace(day=1),
            outcome=outcomes.get(item.pk, ""),
        )
        stone.topics.set(topics.get(item.pk, []))
        burials.append(Burial(item, _heir_of(item, without=keys), None if is_taken_back else stone))
    for tell in _told:
        tell(burials)
    for item in items:
        _pass_on(item, without=keys)
    forget_contacts(Contact.objects.filter(item__in=keys))
    Item.objects.filter(merged_into__in=keys, pk__in=keys).update(merged_into=None)
    Item.objects.filter(pk__in=keys).delete()
    return len(items)


def _heir_of(item: Item, *, without: list) -> Item | None:
    head = item.merged_into or item
    others = Item.objects.filter(Q(pk=head.pk) | Q(merged_into=head)).exclude(pk__in=without)
    if item.merged_into and item.merged_into.pk not in without:
        return item.merged_into
    return others.order_by("received_at", "pk").first()


def _pass_on(item: Item, *, without: list) -> None:
    supporters = list(item.supporters.exclude(pk__in=without).order_by("received_at", "pk"))
    if not supporters:
        return
    heir, *others = supporters
    Item.objects.filter(pk=heir.pk).update(merged_into=None)
    Item.objects.filter(pk__in=[other.pk for other in others]).update(merged_into=heir)
    Assignment.objects.filter(item=heir).delete()
    Assignment.objects.filter(item=item).update(item=heir)


def forget_contacts(contacts: QuerySet[Contact]) -> int:
    """How to reach the writers goes, and with it the mails and text messages to them; what is not sent yet stays unsent."""
    found = list(contacts)
    for contact in found:
        suppression.take_back(messages_to(contact))
    Contact.objects.filter(pk__in=[contact.pk for contact in found]).delete()
    return len(found)


def messages_to(contact: Contact) -> QuerySet[Message]:
    """Answers that went, or are to go, to this writer about this item."""
    return Message.objects.filter(cause__startswith=f"feedback:{contact.pk}:")


def _purge_contacts(rule: RetentionRule, at: datetime) -> int:
    return forget_contacts(_due_contacts(rule, at))


def _due_contacts(rule: RetentionRule, at: datetime) -> QuerySet[Contact]:
    """Of items that ended so long ago, and of spam at once."""
    ended = (
        Item.objects.filter(kind=rule.kind)
        .closed()
        .annotate(ended_at=Max("assignments__closed_at"))
        .filter(ended_at__lt=at - timedelta(days=rule.contact_days))
    )
    spam = Assignment.objects.filter(item__kind=rule.kind, outcome=Outcome.SPAM)
    return Contact.objects.filter(Q(item__in=ended.values("pk")) | Q(item__in=spam.values("item")))
