"""Not taking part in one wave: said beforehand by anybody, at an address nobody need know yet.

Only the keyed hash of the address is kept, on the suppression list under the scope of the wave, and only as long as
the wave can still ask somebody. Whoever draws a sample asks `declined_among` first.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from django.db.models import QuerySet

from cxportal.dispatch.addresses import AddressNotPossible, address_hash, normal_address
from cxportal.dispatch.models import Suppression
from cxportal.dispatch.suppression import suppress
from surveys.models import Wave

BATCH = 500


def scope_of(wave: Wave) -> str:
    """The scope of suppression; a message of this wave with this `unsubscribe_scope` is also stopped at its fence."""
    return f"wave:{wave.pk}"


def decline(*, wave: Wave, address: str) -> None:
    """This address is not asked in this wave. Raises AddressNotPossible. Saying it twice changes nothing."""
    suppress(
        address=address,
        channel=channel_of(address),
        scope=scope_of(wave),
        reason=Suppression.Reason.OPT_OUT,
    )


def channel_of(address: str) -> str:
    return "email" if "@" in address else "sms"


def has_declined(wave: Wave, address: str) -> bool:
    return bool(declined_among(wave, [address]))


def declined_among(wave: Wave, addresses: Iterable[str]) -> set[str]:
    """Those of these mail addresses and telephone numbers that declined, spelt as they were given.

    One query for 500 addresses. An address that no message could be sent to has declined nothing.
    """
    declined = declines_of(wave)
    if not declined.exists():
        return set()
    found = set()
    rest = iter(addresses)
    while chunk := list(islice(rest, BATCH)):
        batch = dict(_hashed(chunk))
        hashes = set(
            declined.filter(address_hash__in=set(batch.values())).values_list("address_hash", flat=True)
        )
        found |= {address for address, digest in batch.items() if digest in hashes}
    return found


def declines_of(wave: Wave) -> "QuerySet[Suppression]":
    return Suppression.objects.filter(scope=scope_of(wave))


def forget_declines(wave: Wave) -> int:
    """Nobody is asked any more, so nothing has to be remembered."""
    return declines_of(wave).delete()[0]


def _hashed(addresses: Iterable[str]) -> Iterator[tuple[str, str]]:
    for address in addresses:
        try:
            channel = channel_of(address)
            yield address, address_hash(normal_address(address, channel), channel)
        except AddressNotPossible:
            continue
