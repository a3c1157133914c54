"""Operational figures of units beside the quality that their customers see: volumes, desks, staff, waiting days."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from cxportal.organisation.models import UnitFigure, User
from cxportal.organisation.texts import Text, text_of
from surveys.models import Wave


class Beside(NamedTuple):
    """One value as it was entered; values of several periods are never added up or averaged here."""

    code: str
    name: Text
    measured_in: str
    value: Decimal
    starts_on: date
    ends_on: date
    source: str


def beside_wave(wave: Wave, *, user: User, today: date) -> dict[str, list[Beside]]:
    """Unit code -> its figures of periods that touch the wave, the newest first; only units the person may see."""
    if wave.opens_at is None:
        return {}
    starts_on = timezone.localtime(wave.opens_at).date()
    ends_on = timezone.localtime(wave.closes_at).date() if wave.closes_at else today
    rows = (
        UnitFigure.objects.for_user(user)
        .filter(starts_on__lte=ends_on, ends_on__gte=starts_on)
        .select_related("unit", "figure")
        .order_by("figure__code", "-starts_on")
    )
    found: dict[str, list[Beside]] = defaultdict(list)
    for row in rows:
        found[row.unit.code].append(
            Beside(
                row.figure.code,
                text_of(row.figure, "name"),
                row.figure.measured_in,
                row.value,
                row.starts_on,
                row.ends_on,
                row.source,
            )
        )
    return dict(found)
