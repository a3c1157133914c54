"""Writing down what became of messages. Only the worker that handed a message over may say so."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Case, F, Q, QuerySet, Subquery, When
from django.db.models.functions import Greatest, Now

from cxportal.dispatch import rates
from cxportal.dispatch.by_hand import change
from cxportal.dispatch.gateways.base import Fate, Outcome
from cxportal.dispatch.models import Batch, Message, Policy, Reason, State, Suppression
from cxportal.dispatch.suppression import REASON_OF_CANCELLATION, suppressions_of_message

MINUTES_TO_NEXT_TRY = (1, 5, 15, 60, 240)
MOST_TRIES = 8
LONGEST_TRYING = timedelta(days=3)
FREE = {"worker": "", "lease_until": None}
UNTRIED = {
    "tries": Greatest(F("tries") - 1, 0),
    "first_tried_at": Case(When(tries__gt=1, then=F("first_tried_at")), default=None),
}

NOT_YET_TWICE = Q(is_possible_double=False)
WHILE_WORKERS_DIE = NOT_YET_TWICE | Q(tries__lt=MOST_TRIES)


def write(*, worker: str, channel: str, outcomes: list[tuple[Message, Outcome]]) -> None:
    """Inside a transaction; may run again after a lost commit, because each change names the state it starts from."""
    accepted = [message.pk for message, outcome in outcomes if outcome.fate is Fate.ACCEPTED]
    if accepted:
        change(ACCEPTED, ids=accepted, worker=worker)
    for message, outcome in outcomes:
        if outcome.fate is not Fate.ACCEPTED:
            _write_one(worker, message, outcome)
    _note_health(channel, [outcome for _, outcome in outcomes])


ACCEPTED = """
    UPDATE dispatch_message
    SET state = 'accepted', final_at = {now}, reason = '', reason_text = '', lease_until = NULL
    WHERE id {ids} AND worker = {worker} AND state IN ('handing', 'unknown')
"""


def _write_one(worker: str, message: Message, outcome: Outcome) -> None:
    mine = _mine(worker, [message.pk])
    said = {"reason": outcome.reason, "reason_text": outcome.text}
    if outcome.fate is Fate.REFUSED:
        mine.update(state=State.REFUSED, final_at=Now(), lease_until=None, **said)
        if outcome.is_address_dead:
            _suppress_dead(message)
    elif outcome.fate is Fate.LATER:
        _try_later(mine, message, said)
    elif outcome.fate is Fate.NOT_TRIED:
        mine.update(state=State.QUEUED, **UNTRIED, **FREE, **(said if outcome.reason else {}))
    elif outcome.fate is Fate.UNKNOWN:
        become_unknown(mine, said)
    else:
        _withheld(mine)


def become_unknown(messages: QuerySet[Message], said: dict[str, str], *, again: Q = NOT_YET_TWICE) -> int:
    """Handed over, and nobody can know: sent `again` only where a double does less harm than a loss."""
    missed = messages.filter(again, policy=Policy.NEVER_MISSED)
    changed = missed.update(state=State.QUEUED, due_at=Now(), is_possible_double=True, **FREE, **said)
    return changed + messages.update(state=State.UNKNOWN, lease_until=None, **said)


def _mine(worker: str, ids: Iterable[int]) -> QuerySet[Message]:
    return Message.objects.filter(
        pk__in=ids, worker=worker, state__in=[State.CLAIMED, State.HANDING, State.UNKNOWN]
    )


def _try_later(mine: QuerySet[Message], message: Message, said: dict[str, str]) -> None:
    is_over = mine.filter(first_tried_at__lte=Now() - LONGEST_TRYING).exists()
    if message.tries >= MOST_TRIES or is_over:
        mine.update(state=State.EXPIRED, final_at=Now(), lease_until=None, **said)
        return
    minutes = MINUTES_TO_NEXT_TRY[min(max(message.tries, 1), len(MINUTES_TO_NEXT_TRY)) - 1]
    mine.update(state=State.QUEUED, due_at=Now() + timedelta(minutes=minutes), **FREE, **said)


def _withheld(mine: QuerySet[Message]) -> None:
    """The fence said no: cancelled where that is final, back to the queue otherwise. A lost lease is not ours."""
    claimed = mine.filter(state=State.CLAIMED)
    reason = claimed.values_list(Subquery(suppressions_of_message().values("reason")[:1]), flat=True).first()
    if reason:
        cancelled_for = REASON_OF_CANCELLATION[Suppression.Reason(reason)]
    elif claimed.filter(batch__state=Batch.State.STOPPED).exists():
        cancelled_for = Reason.STOPPED
    else:
        claimed.update(state=State.QUEUED, **UNTRIED, **FREE)
        return
    claimed.update(state=State.CANCELLED, reason=cancelled_for, final_at=Now(), lease_until=None)


def _suppress_dead(message: Message) -> None:
    Suppression.objects.bulk_create(
        [Suppression(address_hash=message.address_hash, reason=Suppression.Reason.HARD_BOUNCE)],
        ignore_conflicts=True,
    )


def _note_health(channel: str, outcomes: list[Outcome]) -> None:
    errors = [outcome for outcome in outcomes if outcome.is_transport_error]
    answered = {Fate.ACCEPTED, Fate.REFUSED, Fate.LATER}
    if any(outcome.fate in answered and not outcome.is_transport_error for outcome in outcomes):
        rates.note_success(channel)
    elif errors:
        rates.note_errors(channel, len(errors), errors[-1].text)
