"""One improvement: what, why, by whom, until when, and how it ended."""

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from actions.models.plan import READING_ROLES, Plan
from actions.models.workflow import Status
from cxportal.organisation.models import Service, Topic, Unit

if TYPE_CHECKING:
    from cxportal.organisation.models import User

ONE_TO_FIVE = [MinValueValidator(1), MaxValueValidator(5)]


class ActionQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> "ActionQuerySet":
        """Those of the units in scope, and those a person owns wherever they are."""
        if user.scope.is_cx_team:
            return self
        units = user.scope.unit_ids(*READING_ROLES)
        return self.filter(Q(unit__in=units) | Q(owner=user)) if units else self.none()

    def open(self) -> "ActionQuerySet":
        return self.filter(status__is_done=False, status__ends_here=False)

    def overdue(self, on: date | None = None) -> "ActionQuerySet":
        return self.open().filter(due_on__lt=on or timezone.localdate())

    def of(self, user: "User") -> "ActionQuerySet":
        return self.filter(owner=user)

    def without_evidence(self) -> "ActionQuerySet":
        return self.filter(evidence__isnull=True)


class Action(models.Model):
    class Horizon(models.TextChoices):
        SHORT = "short", pgettext_lazy("horizon", "Short: within three months")
        MEDIUM = "medium", pgettext_lazy("horizon", "Medium: within a year")
        LONG = "long", pgettext_lazy("horizon", "Long: more than a year")

    title = models.CharField(_("title"), max_length=200)
    what_and_why = models.TextField(_("what and why"), blank=True, max_length=4000)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="actions", verbose_name=_("unit"))
    service = models.ForeignKey(
        Service, models.PROTECT, null=True, blank=True, related_name="actions", verbose_name=_("service")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="actions",
        verbose_name=_("owner"),
    )
    topics = models.ManyToManyField(Topic, blank=True, related_name="actions", verbose_name=_("topics"))
    status = models.ForeignKey(
        Status, models.PROTECT, related_name="actions", editable=False, verbose_name=_("status")
    )
    made_on = models.DateField(_("made"), default=timezone.localdate, editable=False)
    due_on = models.DateField(_("due"), null=True, blank=True)
    horizon = models.CharField(
        pgettext_lazy("of an action", "horizon"), max_length=8, choices=Horizon.choices, blank=True
    )
    progress = models.PositiveSmallIntegerField(
        _("progress in per cent"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text=_("Empty: as the status says."),
    )
    feasibility = models.PositiveSmallIntegerField(
        _("how feasible, 1 to 5"), null=True, blank=True, validators=ONE_TO_FIVE
    )
    feasibility_reason = models.CharField(_("why so feasible"), max_length=400, blank=True)
    usefulness = models.PositiveSmallIntegerField(
        _("how useful, 1 to 5"), null=True, blank=True, validators=ONE_TO_FIVE
    )
    usefulness_reason = models.CharField(_("why so useful"), max_length=400, blank=True)
    plan = models.ForeignKey(
        Plan, models.SET_NULL, null=True, blank=True, related_name="actions", verbose_name=_("annual plan")
    )
    reason = models.TextField(_("why it ended so"), blank=True, max_length=2000, editable=False)
    ended_on = models.DateField(_("ended"), null=True, blank=True, editable=False)

    objects = ActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="action_has_a_title"),
            models.CheckConstraint(
                condition=Q(feasibility__isnull=True) | Q(feasibility__range=(1, 5)),
                name="action_feasibility_1_to_5",
            ),
            models.CheckConstraint(
                condition=Q(usefulness__isnull=True) | Q(usefulness__range=(1, 5)),
                name="action_usefulness_1_to_5",
            ),
            models.CheckConstraint(
                condition=Q(progress__isnull=True) | Q(progress__lte=100), name="action_progress_at_most_100"
            ),
        ]
        indexes = [
            # board, table and "overdue" of one unit
            models.Index(fields=["unit", "status", "due_on"], name="action_board"),
            # "my actions"
            models.Index(fields=["owner", "due_on"], name="action_of_owner"),
        ]

    def __str__(self) -> str:
        return self.title

    def days_late(self, on: date | None = None) -> int:
        """Whole days after its day; 0 while in time or finished."""
        if self.due_on is None or not self.status.is_open:
            return 0
        return max(0, ((on or timezone.localdate()) - self.due_on).days)

    @property
    def progress_shown(self) -> int:
        return self.status.default_progress if self.progress is None else self.progress
