"""Who must not be written to: checked at the fence of every message, kept as keyed hashes only."""

from datetime import timedelta

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Value
from django.db.models.functions import Now
from django.db.models.lookups import Exact

from cxportal.dispatch.addresses import address_hash, normal_address
from cxportal.dispatch.models import (
    OPEN_STATES,
    Message,
    MessageQuerySet,
    OutboxMail,
    Reason,
    State,
    Suppression,
)

KEPT_DAYS = 30
REASON_OF_CANCELLATION = {
    Suppression.Reason.OPT_OUT: Reason.UNSUBSCRIBED,
    Suppression.Reason.COMPLAINT: Reason.COMPLAINT,
    Suppression.Reason.HARD_BOUNCE: Reason.ADDRESS_DEAD,
    Suppression.Reason.ERASED: Reason.ERASED,
    Suppression.Reason.STAFF: Reason.STAFF,
}


def suppress(*, address: str, channel: str = "email", scope: str = "", reason: str) -> None:
    """From the moment this returns no message passes its fence to this address within this scope."""
    normal = normal_address(address, channel)
    suppress_hash(address_hash=address_hash(normal, channel), scope=scope, reason=reason)


def suppress_hash(*, address_hash: str, scope: str = "", reason: str) -> None:
    """As `suppress`, where only the hash is known: from a link, after a purge."""
    with transaction.atomic():
        _remember(address_hash, scope, reason)
        open_ones = Message.objects.filter(address_hash=address_hash, state__in=OPEN_STATES)
        _cancel(
            open_ones.filter(_stopped_by(scope, reason)), REASON_OF_CANCELLATION[Suppression.Reason(reason)]
        )


def lift(*, address_hash: str, scope: str = "") -> bool:
    """The person wants messages again, or the address lives after all. What was cancelled stays so."""
    return bool(Suppression.objects.filter(address_hash=address_hash, scope=scope).delete()[0])


def cancel_for_address(*, address: str, channel: str = "email", reason: str = Reason.ERASED) -> int:
    """Cancel what has not been handed over yet; later messages to the address are not affected."""
    digest = address_hash(normal_address(address, channel), channel)
    return _cancel(Message.objects.filter(address_hash=digest, state__in=OPEN_STATES), reason)


def forget(messages: "QuerySet[Message] | MessageQuerySet") -> int:
    """Wipe address, data and words of the gateway from closed messages; open ones are left alone.

    The hash stays: it tells a repeated opt-out or a late report whom it concerns, and nobody else anything.
    """
    closed = messages.exclude(state__in=[State.QUEUED, State.CLAIMED, State.HANDING])
    return closed.exclude(address="", data={}).update(address="", data={}, reason_text="")


def take_back(messages: QuerySet[Message], *, reason: str = Reason.ERASED) -> int:
    """What has not been handed over yet is cancelled; of all of them address and words go, in the local outbox too."""
    _cancel(messages.filter(state__in=OPEN_STATES), reason)
    OutboxMail.objects.filter(message_id__in=messages.values("message_id")).delete()
    return forget(messages)


def forget_final() -> int:
    """Addresses and words of messages that were final long ago; the room that asked for them may forget them sooner."""
    return forget(Message.objects.filter(final_at__lt=Now() - timedelta(days=KEPT_DAYS)))


def suppressions_of_message() -> QuerySet[Suppression]:
    """Those that stop a message, as a subquery of messages.

    Mail that cannot be unsubscribed from has no scope: only what stops everything stops it.
    """
    return Suppression.objects.filter(
        Q(scope="") | Q(scope=OuterRef("unsubscribe_scope")),
        Q(reason__in=Suppression.STOPS_EVERYTHING) | ~Q(Exact(OuterRef("unsubscribe_scope"), Value(""))),
        address_hash=OuterRef("address_hash"),
    )


def _stopped_by(scope: str, reason: str) -> Q:
    if scope:
        return Q(unsubscribe_scope=scope)
    return Q() if reason in Suppression.STOPS_EVERYTHING else ~Q(unsubscribe_scope="")


def _remember(digest: str, scope: str, reason: str) -> None:
    """A stronger reason replaces a weaker one: who unsubscribed and is then erased is erased."""
    suppression, is_new = Suppression.objects.get_or_create(
        address_hash=digest, scope=scope, defaults={"reason": reason}
    )
    is_stronger = (
        reason in Suppression.STOPS_EVERYTHING and suppression.reason not in Suppression.STOPS_EVERYTHING
    )
    if not is_new and is_stronger:
        Suppression.objects.filter(pk=suppression.pk).update(reason=reason, since=Now())


def _cancel(messages: QuerySet[Message], reason: str) -> int:
    return messages.update(state=State.CANCELLED, reason=reason, final_at=Now(), lease_until=None)
