"""Periodic jobs of every room. A job is done once a period, however many schedulers and workers there are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from cxportal.dispatch.models import Due

KEPT_DAYS = 90


@dataclass(frozen=True)
class Job:
    name: str
    run: Callable[[], object]
    period_of: Callable[[datetime], str]


_jobs: dict[str, Job] = {}


def register(name: str, run: Callable[[], object], *, period_of: Callable[[datetime], str]) -> None:
    """Called by the room that needs it, in `AppConfig.ready()`."""
    _jobs[name] = Job(name, run, period_of)


def every_minutes(minutes: int) -> Callable[[datetime], str]:
    return lambda now: f"{minutes}min:{int(now.timestamp()) // (60 * minutes)}"


def daily(*, hour: int) -> Callable[[datetime], str]:
    """A day begins at this hour of the agency's time."""
    return lambda now: f"{timezone.localtime(now) - timedelta(hours=hour):%Y-%m-%d}"


def weekly(*, weekday: int, hour: int) -> Callable[[datetime], str]:
    """A week begins on this weekday (Monday is 0) at this hour of the agency's time."""
    return lambda now: f"{timezone.localtime(now) - timedelta(days=weekday, hours=hour):%G-W%V}"


def claim_due(job: str, period: str) -> bool:
    """True for exactly one caller: this one does the job for the period."""
    return Due.objects.get_or_create(job=job, period=period)[1]


def due_jobs() -> list[str]:
    """Registered jobs that nobody has taken up yet for their current period."""
    now = timezone.now()
    periods = {job.name: job.period_of(now) for job in _jobs.values()}
    taken = set(Due.objects.filter(period__in=periods.values()).values_list("job", "period"))
    return [name for name, period in periods.items() if (name, period) not in taken]


def run_if_due(name: str) -> bool:
    job = _jobs[name]
    if not claim_due(name, job.period_of(timezone.now())):
        return False
    job.run()
    return True


def forget_old() -> None:
    Due.objects.filter(claimed_at__lt=timezone.now() - timedelta(days=KEPT_DAYS)).delete()
