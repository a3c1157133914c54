"""Which figure an action should move."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from actions.models.action import Action
from actions.models.steps import OfActionQuerySet
from cxportal.organisation.models import Figure
from surveys.models import Wave


class ExpectedEffect(models.Model):
    """An indicator or question of a wave before and of one after, in the action's unit; or a figure of the unit."""

    action = models.ForeignKey(Action, models.CASCADE, related_name="effects", verbose_name=_("action"))
    question = models.CharField(
        _("question or indicator"), max_length=82, blank=True, help_text="an indicator begins with ="
    )
    baseline = models.ForeignKey(
        Wave, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("wave before")
    )
    follow_up = models.ForeignKey(
        Wave, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("wave after")
    )
    figure = models.ForeignKey(
        Figure, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("figure of the unit")
    )
    starts_on = models.DateField(
        _("first day of what it changes"), null=True, blank=True, help_text=_("For a figure of the unit.")
    )
    expected_change = models.FloatField(
        _("expected change"), null=True, blank=True, help_text=_("In the unit of the figure.")
    )

    objects = OfActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("expected effect")
        verbose_name_plural = _("expected effects")
        ordering = ["action", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=(~Q(question="") & Q(baseline__isnull=False, figure__isnull=True))
                | Q(question="", baseline__isnull=True, follow_up__isnull=True, figure__isnull=False),
                name="effect_on_a_wave_or_a_unit_figure",
                violation_error_message=_("Name a question with the wave before, or a figure of the unit."),
            ),
            models.CheckConstraint(
                condition=Q(follow_up__isnull=True) | ~Q(follow_up=models.F("baseline")),
                name="effect_follow_up_is_another_wave",
                violation_error_message=_("The wave after must be another than the wave before."),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
