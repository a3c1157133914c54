"""Operational figures of units and periods, shown beside quality: applications, desks, calls, processing days."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from cxportal.organisation.models.units import Unit, code_validator

if TYPE_CHECKING:
    from cxportal.organisation.models.people import User


class Figure(models.Model):
    """What is counted or measured; its values are `UnitFigure` rows."""

    class Direction(models.TextChoices):
        MORE_IS_BETTER = "up", _("More is better")
        LESS_IS_BETTER = "down", _("Less is better")
        NEITHER = "neither", _("Neither")

    code = models.CharField(_("code"), max_length=64, unique=True, validators=[code_validator])
    name = models.CharField(_("name"), max_length=200)
    measured_in = models.CharField(_("measured in"), max_length=40, blank=True)
    direction = models.CharField(
        _("direction"), max_length=10, choices=Direction.choices, default=Direction.NEITHER
    )

    class Meta:
        verbose_name = _("figure")
        verbose_name_plural = _("figures")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name or self.code


class UnitFigureQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> "UnitFigureQuerySet":
        return self.filter(user.scope.units_condition("unit"))


class UnitFigure(models.Model):
    """The value of one figure for one unit and one period."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="figures", verbose_name=_("unit"))
    figure = models.ForeignKey(Figure, models.PROTECT, related_name="values", verbose_name=_("figure"))
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    value = models.DecimalField(_("value"), max_digits=16, decimal_places=4)
    source = models.CharField(_("source"), max_length=200, blank=True)

    objects = UnitFigureQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit figure")
        verbose_name_plural = _("unit figures")
        ordering = ["-starts_on", "figure", "unit"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "figure", "starts_on", "ends_on"], name="unit_figure_once_per_period"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="unit_figure_ends_after_it_starts",
                violation_error_message=_("The last day must not lie before the first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.figure_id} {self.starts_on}"
