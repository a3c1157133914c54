"""What an anonymous person finds with the code: status, replies, and the way to take it back. Only the hash of a code is kept."""

import hmac
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from cxportal.organisation.models import Unit
from cxportal.organisation.receipts import LENGTH, LETTERS, Receipt, digest_of
from feedback.models import Assignment, Contact, Item, Outcome, Reply
from feedback.purge import forget_contacts, purge
from surveys.models import Comment


class Part(NamedTuple):
    """What one unit does about it; without a unit the CX team."""

    unit: Unit | None
    status: str
    outcome: str
    due_on: date
    replies: list[Reply]


class Voice(NamedTuple):
    id: UUID
    kind: str
    received_at: datetime
    text: str
    language: str
    parts: list[Part]
    supported_by: int
    """How many others say the same."""
    has_contact: bool
    """Whether we can still reach whoever wrote it."""

    @property
    def is_done(self) -> bool:
        return bool(self.parts) and all(part.outcome for part in self.parts)

    @property
    def is_begun(self) -> bool:
        return any(part.status != Assignment.Status.NEW for part in self.parts)


def receipt_for(form_number: bytes) -> Receipt:
    """The code for one form: the same again when the form is sent twice, and known to nobody without the form."""
    number = int.from_bytes(hmac.digest(settings.SECRET_KEY.encode(), b"receipt:" + form_number, "sha256"))
    letters = []
    for _place in range(LENGTH):
        number, letter = divmod(number, len(LETTERS))
        letters.append(LETTERS[letter])
    code = "-".join("".join(letters[start : start + 4]) for start in range(0, LENGTH, 4))
    return Receipt(code, digest_of(code))


def voices_of(code: str) -> list[Voice]:
    """What was written under this code: the comments of one survey share one. In a fixed number of queries.

    The lookup is by a hash, so that how long it takes tells nothing of the codes there are.
    """
    written = Item.objects.filter(receipt_hash=digest_of(code)).select_related("contact")
    items = list(written.order_by("received_at", "pk"))
    parts = _parts_of({item.head_id for item in items})
    heads = Item.objects.with_supporters().in_bulk([item.head_id for item in items])
    return [
        Voice(
            id=item.pk,
            kind=item.kind,
            received_at=item.received_at,
            text=item.text,
            language=item.language,
            parts=parts.get(item.head_id, []),
            supported_by=heads[item.head_id].supporter_count,
            has_contact=hasattr(item, "contact"),
        )
        for item in items
    ]


def is_waiting(code: str) -> bool:
    """A comment of a survey that has been counted and not fetched yet."""
    return Comment.objects.filter(receipt_hash=digest_of(code)).exists()


@transaction.atomic
def forget_contact(code: str) -> int:
    """What was written stays and is answered under the code; how to reach the writer is deleted at once."""
    return forget_contacts(Contact.objects.filter(item__receipt_hash=digest_of(code)))


def take_back(code: str, *, at: datetime | None = None) -> int:
    """Deletes what was written under this code, at once; returns how many texts that were."""
    digest = digest_of(code)
    items = list(Item.objects.filter(receipt_hash=digest))
    comments, _of_models = Comment.objects.filter(receipt_hash=digest).delete()
    purge(items, at=at or timezone.now(), is_taken_back=True)
    return max(len(items), comments)


def _parts_of(heads: Iterable[UUID]) -> dict[UUID, list[Part]]:
    replies: dict[int, list[Reply]] = {}
    for reply in Reply.objects.sent().filter(assignment__item__in=heads):
        replies.setdefault(reply.assignment_id, []).append(reply)
    parts: dict[UUID, list[Part]] = {}
    for one in Assignment.objects.filter(item__in=heads).select_related("unit"):
        outcome = "" if one.outcome == Outcome.SPAM else one.outcome
        parts.setdefault(one.item_id, []).append(
            Part(one.unit, one.status, outcome, timezone.localdate(one.due_at), replies.get(one.pk, []))
        )
    return parts
