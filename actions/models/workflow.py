"""The line an action moves along: rows, so that an agency can word and order it; which moves are allowed, by whom."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cxportal.organisation.models.units import code_validator


class Status(models.Model):
    """One place of the line."""

    class Reason(models.TextChoices):
        NONE = "", _("no reason asked for")
        INTERNAL = "internal", _("asks for a reason")
        PUBLIC = "public", _("asks for a reason that the public may read")

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[code_validator])
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    default_progress = models.PositiveSmallIntegerField(_("progress in per cent"), default=0)
    is_first = models.BooleanField(_("new actions begin here"), default=False)
    is_done = models.BooleanField(
        _("the work is finished"), default=False, help_text=_("It can no longer be late.")
    )
    ends_here = models.BooleanField(_("ends here"), default=False)
    needs_reason = models.CharField(_("reason"), max_length=8, choices=Reason.choices, blank=True)

    class Meta:
        verbose_name = _("status of actions")
        verbose_name_plural = _("statuses of actions")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_first"], condition=Q(is_first=True), name="action_status_one_is_first"
            ),
            models.CheckConstraint(
                condition=Q(default_progress__lte=100), name="action_status_progress_at_most_100"
            ),
            models.CheckConstraint(
                condition=Q(is_first=False) | Q(is_done=False, ends_here=False, needs_reason=""),
                name="action_status_first_is_open",
                violation_error_message=_("An action cannot begin where it ends."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.code

    @property
    def is_open(self) -> bool:
        return not (self.is_done or self.ends_here)


class Move(models.Model):
    """One allowed step from a status to another, and who may take it. What is not here is not allowed."""

    class Who(models.TextChoices):
        CX_TEAM = "cx_team", _("CX team")
        MANAGER = "manager", _("Manager of the unit")
        OWNER = "owner", _("Owner of the action")

    before = models.ForeignKey(Status, models.CASCADE, related_name="moves_out", verbose_name=_("from"))
    after = models.ForeignKey(Status, models.CASCADE, related_name="moves_in", verbose_name=_("to"))
    who = models.CharField(_("by whom"), max_length=8, choices=Who.choices)

    class Meta:
        verbose_name = _("allowed move")
        verbose_name_plural = _("allowed moves")
        ordering = ["before", "after", "who"]
        constraints = [
            models.UniqueConstraint(fields=["before", "after", "who"], name="action_move_once"),
            models.CheckConstraint(condition=~Q(before=F("after")), name="action_move_leads_somewhere"),
        ]

    def __str__(self) -> str:
        return f"{self.before_id} > {self.after_id}"
