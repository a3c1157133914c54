"""The year of a unit: what its lowest-rated topics are answered with."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cxportal.organisation.models import Topic, Unit
from surveys.models import Wave

if TYPE_CHECKING:
    from cxportal.organisation.models import User

READING_ROLES = ("manager", "staff")


class PlanQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> "PlanQuerySet":
        if user.scope.is_cx_team:
            return self
        return self.filter(unit__in=user.scope.unit_ids(*READING_ROLES))


class Plan(models.Model):
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="plans", verbose_name=_("unit"))
    year = models.PositiveSmallIntegerField(_("year"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="plans",
        verbose_name=_("owner"),
    )
    summary = models.TextField(_("in short"), blank=True, max_length=4000)
    approved_on = models.DateField(_("approved"), null=True, blank=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("annual plan")
        verbose_name_plural = _("annual plans")
        ordering = ["-year", "unit"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "year"], name="plan_once_a_year"),
            models.CheckConstraint(condition=Q(year__range=(2000, 2200)), name="plan_of_a_real_year"),
        ]

    def __str__(self) -> str:
        return f"{self.year}"


class PlanTopicQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> "PlanTopicQuerySet":
        return self.filter(plan__in=Plan.objects.for_user(user))


class PlanTopic(models.Model):
    """A topic that the unit was rated low on, with the figure of that time, and what the unit says to it.

    It is answered by actions of the plan on this topic, or by saying who else has influence on it.
    """

    class Answer(models.TextChoices):
        NO_INFLUENCE = "no_influence", _("We have no influence on this")

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="topics", verbose_name=_("annual plan"))
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="+", verbose_name=_("topic"))
    wave = models.ForeignKey(
        Wave, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("wave")
    )
    figure = models.JSONField(
        _("figure as published"),
        default=dict,
        blank=True,
        help_text="value, low, high, n, question, publication",
    )
    answer = models.CharField(
        pgettext_lazy("of a unit", "answer"), max_length=12, choices=Answer.choices, blank=True
    )
    who_has = models.CharField(
        _("who has influence on it"), max_length=200, blank=True, help_text=_("A body or an office.")
    )
    handed_to = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="topics_handed_over",
        verbose_name=_("handed to the unit"),
    )
    reason = models.TextField(_("reason"), blank=True, max_length=2000)

    objects = PlanTopicQuerySet.as_manager()

    class Meta:
        verbose_name = _("topic of a plan")
        verbose_name_plural = _("topics of a plan")
        ordering = ["plan", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "topic"], name="plan_topic_once"),
            models.CheckConstraint(
                condition=~Q(answer="no_influence") | ~Q(who_has="") | Q(handed_to__isnull=False),
                name="plan_without_influence_names_who_has",
                violation_error_message=_("Say who has influence on it."),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
