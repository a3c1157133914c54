"""Figures of a unit before and after an action. A single count has no spread of its own, so nothing is judged by it."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from actions.models import Action, ExpectedEffect
from cxportal.organisation.models import UnitFigure, User

SAME_LENGTH = timedelta(days=3)
"""Months differ by so much; what differs by more is another kind of period."""


@dataclass(frozen=True)
class Pair:
    """The last value before the action began to work, and the newest one since, of periods of one length."""

    before: UnitFigure | None
    after: UnitFigure | None
    has_other_periods: bool = False

    @property
    def change(self) -> float | None:
        return float(self.after.value - self.before.value) if self.before and self.after else None


def pair_of(effect: ExpectedEffect, *, reader: User) -> Pair:
    """`effect` with its action. Values of units that the person may not see are not there."""
    values = UnitFigure.objects.for_user(reader).filter(unit=effect.action.unit_id, figure=effect.figure)
    starts_on = effect.starts_on or effect.action.made_on
    after = values.filter(starts_on__gte=starts_on).order_by("-starts_on", "-ends_on").first()
    earlier = list(values.filter(ends_on__lt=starts_on).order_by("-ends_on", "-starts_on"))
    if after is None:
        return Pair(earlier[0] if earlier else None, None)
    alike = [one for one in earlier if abs(_length(one) - _length(after)) <= SAME_LENGTH]
    return Pair(alike[0] if alike else None, after, has_other_periods=bool(earlier))


def _length(value: UnitFigure) -> timedelta:
    return value.ends_on - value.starts_on


def words_of(pair: Pair) -> str:
    if pair.after is None:
        return _("There is no value since it began to work.")
    if pair.before is None and pair.has_other_periods:
        return _("The values before are of periods of another length: they cannot be compared.")
    if pair.before is None or pair.change is None:
        return _("There is no value from before to compare with.")
    return _(
        "%(before)s (%(period_before)s), then %(after)s (%(period_after)s): %(change)s. No margin is known for this "
        "figure, so it is not said whether this is more than chance."
    ) % {
        "before": number(float(pair.before.value)),
        "period_before": period_words(pair.before),
        "after": number(float(pair.after.value)),
        "period_after": period_words(pair.after),
        "change": f"{'+' if pair.change > 0 else ''}{number(pair.change)}",
    }


def period_words(value: UnitFigure) -> str:
    days = {
        "first": date_format(value.starts_on, "SHORT_DATE_FORMAT"),
        "last": date_format(value.ends_on, "SHORT_DATE_FORMAT"),
    }
    return pgettext("from day to day", "%(first)s to %(last)s") % days


def number(value: float) -> str:
    return number_format(round(value, 2) + 0.0, 0 if value.is_integer() else 2)


def figure_effects_of(action: Action, *, reader: User) -> list[tuple[ExpectedEffect, Pair]]:
    rows = action.effects.filter(figure__isnull=False).select_related("action", "figure")
    return [(row, pair_of(row, reader=reader)) for row in rows]
