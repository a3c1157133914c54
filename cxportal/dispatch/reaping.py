"""What dead workers left: a message in their hands becomes unknown; queued again only if it must not be missed."""

from django.db.models.functions import Now

from cxportal.dispatch.models import Batch, Message, Reason, State
from cxportal.dispatch.outcomes import WHILE_WORKERS_DIE, become_unknown

MOST_LAPSES = 20


def reap() -> int:
    """How many messages were in the hands of workers whose lease is over."""
    _give_up_on_killers()
    _cancel_stopped()
    left = Message.objects.filter(state=State.HANDING, lease_until__lte=Now())
    lost = {"reason": Reason.WORKER_LOST, "reason_text": ""}
    return become_unknown(left, lost, again=WHILE_WORKERS_DIE)


def _give_up_on_killers() -> None:
    """A message during whose making workers die again and again must not take the rest down with it."""
    lapsed = Message.objects.filter(state=State.CLAIMED, lease_until__lte=Now(), lapses__gte=MOST_LAPSES)
    lapsed.update(state=State.EXPIRED, reason=Reason.WORKER_LOST, final_at=Now(), lease_until=None)


def _cancel_stopped() -> None:
    """What came back to the queue after its mailing was stopped."""
    stopped = Message.objects.filter(
        state=State.QUEUED, batch__in=Batch.objects.filter(state=Batch.State.STOPPED)
    )
    stopped.update(state=State.CANCELLED, reason=Reason.STOPPED, final_at=Now(), lease_until=None)
