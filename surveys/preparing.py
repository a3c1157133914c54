"""Preparing a wave: when it opens by itself, its ways in, and how many people could have been reached."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cxportal.organisation.models import User
from surveys import waves
from surveys.models import Collector, Count, Wave

ENTERED = (Count.Kind.ELIGIBLE, Count.Kind.OFFERED)
"""What a facility knows and types in: how many could have been asked, and how many were."""
TYPED_IN = "typed in"


@transaction.atomic
def schedule(*, wave: Wave, by: User, at: datetime | None = None) -> Wave:
    """Let the wave open by itself on its day."""
    wave = Wave.objects.select_for_update().get(pk=wave.pk)
    if wave.state != Wave.State.DRAFT:
        raise waves.CannotOpen([_("This wave was opened before.")])
    if not wave.opens_at or wave.opens_at <= (at or timezone.now()):
        raise waves.CannotOpen([_("Say on which day the wave opens.")])
    wave.version = wave.version or wave.survey.versions.order_by("-number").first()
    if faults := waves.faults_in(wave):
        raise waves.CannotOpen(faults)
    wave.opens_by_itself = True
    wave.save()
    return wave


def hold(*, wave: Wave, by: User) -> None:
    """Not by itself after all."""
    Wave.objects.filter(pk=wave.pk, state=Wave.State.DRAFT).update(opens_by_itself=False)


def set_collector_state(*, collector: Collector, state: str, by: User) -> None:
    """Open, pause or close one way in; the others go on."""
    Collector.objects.filter(pk=collector.pk).exclude(state=Collector.State.CLOSED).update(state=state)


@transaction.atomic
def enter_counts(
    *, wave: Wave, numbers: Mapping[tuple[int, str, date], int | None], by: User
) -> tuple[int, int]:
    """Write denominators: (collector, kind, month) -> number, or `None` to take one back.

    Returns how many were written and how many taken back. Typing the same again changes nothing.
    """
    written = removed = 0
    for (collector_id, kind, month), number in numbers.items():
        place: dict[str, Any] = {
            "collector_id": collector_id,
            "kind": kind,
            "period_starts_on": month,
            "language": "",
            "cell": "",
        }
        if number is None:
            removed += Count.objects.filter(**place).delete()[0]
        else:
            _row, _created = Count.objects.update_or_create(
                **place, defaults={"n": number, "source": TYPED_IN}
            )
            written += 1
    return written, removed


def months_of(wave: Wave, *, today: date) -> list[date]:
    """First days of the months in which the wave took answers, the newest first."""
    if wave.opens_at is None:
        return []
    first = timezone.localtime(wave.opens_at).date().replace(day=1)
    end = timezone.localtime(wave.closes_at).date() if wave.closes_at else today
    month = min(end, today).replace(day=1)
    months: list[date] = []
    while month >= first and len(months) < 60:
        months.append(month)
        month = (month.replace(day=1) - timedelta(days=1)).replace(day=1)
    return months
