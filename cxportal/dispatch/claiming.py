"""Claim and fence: the two moments at which the database decides who may send what.

A worker may die or sleep at any point between them. The fence is the last word before the body of a message leaves:
it holds only while the claim is this worker's, its lease runs, and nobody has opted out, stopped or held.
"""

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from cxportal.dispatch import rates, restored
from cxportal.dispatch.by_hand import change, change_both
from cxportal.dispatch.models import LAPSES_TO_GO_ALONE, Batch, Message, State
from cxportal.dispatch.outcomes import ACCEPTED

CHUNK = 100
NEEDED = (  # of each message, by gateways, rendering and outcomes
    "channel",
    "template",
    "language",
    "data",
    "address",
    "address_hash",
    "unsubscribe_scope",
    "policy",
    "message_id",
    "tries",
    "lapses",
)


def claim(*, worker: str, channel: str, batch_id: int | None = None, most: int = CHUNK) -> list[Message]:
    """The next messages of a mailing (of none: the urgent ones), now this worker's until the lease ends."""
    due = _due(channel).filter(batch__isnull=True)
    if batch_id is not None:
        # asked each time: what the fence sends back because the mailing is held must not be claimed at once again
        is_running = Exists(Batch.objects.filter(pk=batch_id, state=Batch.State.RUNNING))
        due = _due(channel).filter(is_running, batch_id=batch_id)
    return _take(worker, channel, due.order_by("due_at"), most)


def claim_lapsed(*, worker: str, channel: str, most: int = CHUNK) -> list[Message]:
    """Messages whose worker died or slept before it handed them over.

    One that was lost again and again goes alone: if it is what kills workers, it takes no other with it.
    """
    lapsed = Message.objects.filter(channel=channel, state=State.CLAIMED, lease_until__lte=Now())
    lapsed = lapsed.order_by("lease_until")
    return _take(
        worker, channel, lapsed.filter(lapses__lt=LAPSES_TO_GO_ALONE), most, is_lapsed=True
    ) or _take(worker, channel, lapsed, 1, is_lapsed=True)


def next_batch(channel: str) -> int | None:
    """The oldest running mailing with something due."""
    running = Batch.objects.filter(
        Exists(_due(channel).filter(batch_id=OuterRef("pk"))), state=Batch.State.RUNNING
    )
    return running.order_by("pk").values_list("pk", flat=True).first()


def has_due(channel: str) -> bool:
    lapsed = Message.objects.filter(channel=channel, state=State.CLAIMED, lease_until__lte=Now())
    return (
        _due(channel).filter(batch__isnull=True).exists()
        or next_batch(channel) is not None
        or lapsed.exists()
    )


def fence(*, worker: str, ids: list[int], accepted: list[int] | None = None) -> set[int]:
    """Ids that may be handed over from now on. The caller awaits the commit: its own, or that of the one statement.

    `accepted` are handed over and taken, and are written down as such by the same statement (PostgreSQL only).
    """
    seconds = settings.DISPATCH_LEASE_SECONDS
    if accepted:
        changed = change_both(ACCEPTED, accepted, FENCE, ids=ids, worker=worker, seconds=seconds)
    else:
        changed = change(FENCE, ids=ids, worker=worker, seconds=seconds)
    if changed == len(ids):
        return set(ids)
    passed = Message.objects.filter(pk__in=ids, worker=worker, state=State.HANDING)
    return set(passed.values_list("pk", flat=True))


# A claim that lapsed was counted before, and its message was never tried.
CLAIM = """
    WITH chosen AS (SELECT id FROM dispatch_message WHERE id {ids})
    UPDATE dispatch_message
    SET state = 'claimed', worker = {worker}, lease_until = {later},
        tries = tries + CASE state WHEN 'claimed' THEN 0 ELSE 1 END,
        lapses = lapses + CASE state WHEN 'claimed' THEN 1 ELSE 0 END,
        first_tried_at = COALESCE(first_tried_at, {now})
    WHERE id IN (SELECT id FROM chosen)
"""

# The conditions on suppressions are those of suppression.suppressions_of_message().
FENCE = """
    UPDATE dispatch_message AS message
    SET state = 'handing', fenced_at = {now}, lease_until = {later}
    WHERE id {ids} AND worker = {worker} AND state = 'claimed' AND lease_until > {now}
    AND NOT EXISTS (SELECT 1 FROM dispatch_hold WHERE released_at IS NULL)
    AND (batch_id IS NULL OR batch_id IN (SELECT id FROM dispatch_batch WHERE state = 'running'))
    AND NOT EXISTS (
        SELECT 1 FROM dispatch_suppression AS suppression
        WHERE suppression.address_hash = message.address_hash
        AND (suppression.scope = '' OR suppression.scope = message.unsubscribe_scope)
        AND (suppression.reason IN ('hard_bounce', 'erased', 'staff') OR message.unsubscribe_scope <> '')
    )
"""


def _due(channel: str) -> QuerySet[Message]:
    return Message.objects.filter(channel=channel, state=State.QUEUED, due_at__lte=Now())


def _take(
    worker: str, channel: str, messages: QuerySet[Message], most: int, *, is_lapsed: bool = False
) -> list[Message]:
    with transaction.atomic():
        wanted = 0 if restored.is_on_hold() else rates.take_allowance(channel, most)
        if not wanted:
            return []
        taken = list(messages.only(*NEEDED).select_for_update(skip_locked=True, of=("self",))[:wanted])
        if len(taken) < wanted:
            rates.give_back_allowance(channel, wanted - len(taken))
        if not taken:
            return []
        ids = [message.pk for message in taken]
        change(CLAIM, ids=ids, worker=worker, seconds=settings.DISPATCH_LEASE_SECONDS)
        ledger = restored.count_claim()
    restored.keep_mark(ledger)
    for message in taken:
        message.tries += not is_lapsed
    return taken
