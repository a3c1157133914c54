"""Everything comes in here, one voice or thousands: screened, routed, and what is sent twice counted once."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from feedback.folding import folded
from feedback.masking import masked
from feedback.models import Assignment, Contact, Item
from feedback.routing import Router
from feedback.screening import Screener
from feedback.screening.screen import fingerprint

BATCH = 500
DUPLICATE_WITHIN = timedelta(hours=24)
SHORTEST_DUPLICATE = 20
"""Shorter texts ("Thank you!") are the same by chance."""


@dataclass
class Arrival:
    """What came in, not saved yet."""

    item: Item
    topics: Collection[int] = ()
    contact: Contact | None = None


@dataclass
class Taken:
    new: list[Item] = field(default_factory=list)
    known: int = 0
    """Had come in before, by their intake key."""


class Intake:
    """Rules and lists are read once; then any number of batches."""

    def __init__(self) -> None:
        self.screener = Screener.of_agency()
        self.router = Router()

    def take(self, arrivals: Sequence[Arrival], *, at: datetime | None = None) -> Taken:
        """Each batch in a transaction of its own. `at` is when it is assigned, and due times are counted from."""
        taken = Taken()
        for start in range(0, len(arrivals), BATCH):
            self._take_batch(arrivals[start : start + BATCH], at or timezone.now(), taken)
        return taken

    def screen(self, item: Item) -> None:
        screened = self.screener.screen(item.text)
        item.marks = screened.marks
        item.has_personal_data = screened.has_personal_data
        item.looks_like_spam = screened.looks_like_spam
        item.has_hidden_signs = screened.has_hidden_signs
        item.folded = folded(masked(item.text, item.marks))
        item.fingerprint = fingerprint(item.text) if len(item.text) >= SHORTEST_DUPLICATE else ""

    def _take_batch(self, batch: Sequence[Arrival], at: datetime, taken: Taken) -> None:
        with transaction.atomic():
            fresh = _without_known(batch)
            for arrival in fresh:
                self.screen(arrival.item)
            items = [arrival.item for arrival in fresh]
            _mark_duplicates(items)
            Item.objects.bulk_create(items)
            Assignment.objects.bulk_create(
                assignment
                for arrival in fresh
                for assignment in self.router.assignments(arrival.item, arrival.topics, at=at)
            )
            _keep_topics(fresh)
            Contact.objects.bulk_create(
                _contact_of(arrival.contact, arrival.item) for arrival in fresh if arrival.contact
            )
        taken.new += items
        taken.known += len(batch) - len(fresh)


def take_in(arrival: Arrival, *, at: datetime | None = None) -> Item:
    """One voice. What was sent twice comes back as it was kept the first time."""
    try:
        taken = Intake().take([arrival], at=at)
    except IntegrityError:
        taken = Taken()  # the same was being taken at the same moment, or something is really wrong
        if not Item.objects.filter(intake_key=arrival.item.intake_key or "").exists():
            raise
    return taken.new[0] if taken.new else Item.objects.get(intake_key=arrival.item.intake_key)


def _without_known(batch: Sequence[Arrival]) -> list[Arrival]:
    keys = [arrival.item.intake_key for arrival in batch if arrival.item.intake_key]
    comments = [arrival.item.comment_id for arrival in batch if arrival.item.comment_id]
    seen: set[Any] = (
        set(Item.objects.filter(intake_key__in=keys).values_list("intake_key", flat=True)) if keys else set()
    )
    if comments:
        seen |= set(Item.objects.filter(comment_id__in=comments).values_list("comment_id", flat=True))
    fresh = []
    for arrival in batch:
        key = arrival.item.intake_key or arrival.item.comment_id
        if key is None or key not in seen:
            seen.add(key)
            fresh.append(arrival)
    return fresh


def _mark_duplicates(items: Iterable[Item]) -> None:
    """Of each text the first of the last day stands; later ones point to it."""
    dated = sorted((item for item in items if item.fingerprint), key=lambda item: item.received_at)
    if not dated:
        return
    first: dict[str, Item] = {}
    earlier = (
        Item.objects.filter(
            fingerprint__in={item.fingerprint for item in dated},
            received_at__gte=dated[0].received_at - DUPLICATE_WITHIN,
            duplicate_of=None,
        )
        .order_by("received_at")
        .only("pk", "fingerprint", "received_at")
    )
    for known in earlier:
        first.setdefault(known.fingerprint, known)
    for item in dated:
        original = first.get(item.fingerprint)
        if original and abs(item.received_at - original.received_at) <= DUPLICATE_WITHIN:
            item.duplicate_of = original
        else:
            first[item.fingerprint] = item


def _keep_topics(arrivals: Iterable[Arrival]) -> None:
    through = Item.topics.through
    through.objects.bulk_create(
        through(item_id=arrival.item.pk, topic_id=topic)
        for arrival in arrivals
        for topic in dict.fromkeys(arrival.topics)
    )


def _contact_of(contact: Contact, item: Item) -> Contact:
    contact.item = item
    return contact
