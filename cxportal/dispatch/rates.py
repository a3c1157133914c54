"""How fast a gateway may be fed, and when to leave it alone: shared by all workers, in the database."""

from datetime import timedelta

from django.db.models import F, Q, Value
from django.db.models.functions import Greatest, Least, Now

from cxportal.dispatch.models import GatewayState

ERRORS_TO_PAUSE = 20
FIRST_PAUSE_SECONDS = 60
LONGEST_PAUSE_SECONDS = 1800
BURST_SECONDS = 35  # a little more than from one tick to the next


def is_paused(channel: str) -> bool:
    return GatewayState.objects.filter(channel=channel, open_until__gt=Now()).exists()


def take_allowance(channel: str, wanted: int) -> int:
    """How many of the wanted messages may be claimed now. Inside the transaction of a claim."""
    states = GatewayState.objects.filter(channel=channel)
    state = states.annotate(now=Now()).first()
    if state is None:
        GatewayState.objects.get_or_create(channel=channel)
        return wanted
    if state.open_until and state.open_until > state.now:
        return 0
    if state.rate_per_minute is None:
        return wanted
    locked = states.select_for_update().annotate(now=Now()).get()
    per_second = state.rate_per_minute / 60
    seconds = max((locked.now - locked.refilled_at).total_seconds(), 0)
    tokens = min(locked.tokens + seconds * per_second, max(per_second * BURST_SECONDS, 1.0))
    taken = min(wanted, int(tokens))
    states.update(tokens=tokens - taken, refilled_at=locked.now)
    return taken


def give_back_allowance(channel: str, unused: int) -> None:
    """Allowance for messages that were not there. Inside the transaction that took it."""
    limited = GatewayState.objects.filter(channel=channel, rate_per_minute__isnull=False)
    limited.update(tokens=F("tokens") + unused)


def note_errors(channel: str, errors: int, text: str) -> None:
    """Twenty in a row pause the gateway; each further one after a pause doubles the next pause."""
    GatewayState.objects.get_or_create(channel=channel)
    states = GatewayState.objects.filter(channel=channel)
    states.update(failures=F("failures") + errors, last_error=text[:200])
    tired = states.filter(failures__gte=ERRORS_TO_PAUSE).filter(Q(open_until=None) | Q(open_until__lte=Now()))
    if tired.update(delay_seconds=_next_delay()):
        delay = states.values_list("delay_seconds", flat=True).get()
        states.update(open_until=Now() + timedelta(seconds=delay))


def note_success(channel: str) -> None:
    states = GatewayState.objects.filter(channel=channel, failures__gt=0)
    states.update(failures=0, delay_seconds=0, open_until=None, last_error="")


def _next_delay():
    doubled = Greatest(F("delay_seconds") * 2, Value(FIRST_PAUSE_SECONDS))
    return Least(doubled, Value(LONGEST_PAUSE_SECONDS))
