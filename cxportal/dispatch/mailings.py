"""Hold, release and stop a mailing; decide what nobody could know."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from cxportal.dispatch.models import OPEN_STATES, Batch, Message, Reason, State
from cxportal.dispatch.waking import wake_after_commit
from cxportal.organisation.models import User

ROWS_AT_A_TIME = 2000


def hold(*, batch: Batch, by: User | None) -> bool:
    """From the moment this returns no message of the mailing passes its fence. False if it was stopped before."""
    return _change(batch, [Batch.State.RUNNING], Batch.State.HELD, by)


def release(*, batch: Batch, by: User | None) -> bool:
    released = _change(batch, [Batch.State.HELD], Batch.State.RUNNING, by)
    for channel in ("email", "sms"):
        wake_after_commit(channel)
    return released


def stop(*, batch: Batch, by: User | None) -> int:
    """For good: everything not yet handed over is cancelled. Returns how many messages that were."""
    _change(batch, [Batch.State.RUNNING, Batch.State.HELD], Batch.State.STOPPED, by)
    cancelled = 0
    while changed := _cancel_some(batch):
        cancelled += changed
    return cancelled


def decide_unknown(*, message: Message, send_again: bool, by: User) -> bool:
    """Send once more under the same Message-ID, marked as a possible double, or leave it and stop asking."""
    return bool(decide_unknowns(messages=[message.pk], send_again=send_again, by=by))


def decide_unknowns(*, messages: Iterable[int], send_again: bool, by: User) -> int:
    undecided = Message.objects.undecided().filter(pk__in=list(messages))
    decision = {"decided_at": Now(), "decided_by": by}
    if not send_again:
        return undecided.update(**decision)
    with transaction.atomic():
        changed = undecided.exclude(address="").update(
            state=State.QUEUED, due_at=Now(), is_possible_double=True, worker="", lease_until=None, **decision
        )
        for channel in ("email", "sms"):
            wake_after_commit(channel)
    return changed


def _change(batch: Batch, states: list[str], to: str, by: User | None) -> bool:
    changed = Batch.objects.filter(pk=batch.pk, state__in=states).update(
        state=to, changed_at=Now(), changed_by=by
    )
    batch.refresh_from_db(fields=["state", "changed_at", "changed_by"])
    return bool(changed)


def _cancel_some(batch: Batch) -> int:
    """In small commits. A row a worker holds right now is skipped: its fence reads that the mailing is stopped."""
    with transaction.atomic():
        ids = list(
            _open(batch).select_for_update(skip_locked=True).values_list("pk", flat=True)[:ROWS_AT_A_TIME]
        )
        return Message.objects.filter(pk__in=ids, state__in=OPEN_STATES).update(
            state=State.CANCELLED, reason=Reason.STOPPED, final_at=Now(), lease_until=None
        )


def _open(batch: Batch) -> QuerySet[Message]:
    return Message.objects.open().filter(batch=batch).order_by("pk")
