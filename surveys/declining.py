"""Not taking part in one wave: said beforehand by anybody, at an address nobody need know yet.

Only the keyed hash of the address is kept, on the suppression list under the scope of the wave, and only as long as
the wave, or the next one of a continuous survey, can still ask somebody. Whoever draws a sample leaves them out.
"""

from django.db.models import QuerySet

from cxportal.dispatch.models import Suppression
from cxportal.dispatch.suppression import suppress
from surveys.models import Wave


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


def declines_of(wave: Wave) -> QuerySet[Suppression]:
    return Suppression.objects.filter(scope=scope_of(wave))


def carry_declines(wave: Wave, following: Wave) -> None:
    """Whoever declined a continuous survey is not asked next month either."""
    declines_of(wave).update(scope=scope_of(following))


def forget_declines(wave: Wave) -> int:
    """Nobody is asked any more, so nothing has to be remembered."""
    return declines_of(wave).delete()[0]
