"""Feedback in the hands of a unit: until when, how it ended, and what was answered."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cxportal.organisation.models import Unit
from feedback.models.item import HANDLING_ROLES, Item
from feedback.models.outcome import NEED_A_REASON, Outcome

if TYPE_CHECKING:
    from cxportal.organisation.models import User


class AssignmentQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> "AssignmentQuerySet":
        if user.scope.is_cx_team:
            return self
        return self.filter(unit__in=user.scope.unit_ids(*HANDLING_ROLES))

    def open(self) -> "AssignmentQuerySet":
        return self.filter(outcome="", item__merged_into__isnull=True)

    def late(self, at: datetime | None = None) -> "AssignmentQuerySet":
        return self.open().filter(due_at__lt=at or timezone.now())


class Assignment(models.Model):
    """One unit's part in an item. Without a unit it is the CX team's."""

    class Status(models.TextChoices):
        NEW = "new", pgettext_lazy("assignment", "New")
        UNDER_WAY = "under_way", _("Under way")
        DONE = "done", pgettext_lazy("assignment", "Done")

    item = models.ForeignKey(
        Item, models.CASCADE, related_name="assignments", verbose_name=pgettext_lazy("one voice", "feedback")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="assignments", verbose_name=_("unit")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.NEW)
    assigned_at = models.DateTimeField(_("assigned"))
    due_at = models.DateTimeField(_("due"))
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome.choices, blank=True)
    # 0 while it is open, so that the smallest rank of an item is its outcome
    outcome_rank = models.GeneratedField(
        expression=Case(
            *(When(outcome=outcome.value, then=Value(rank)) for rank, outcome in enumerate(Outcome, 1)),
            default=Value(0),
        ),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )
    reason = models.TextField(_("reason"), blank=True, max_length=1000)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["assigned_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "unit"], name="assignment_once_per_unit"),
            models.UniqueConstraint(
                fields=["item"], condition=Q(unit__isnull=True), name="assignment_once_for_the_cx_team"
            ),
            models.CheckConstraint(
                condition=Q(status="done", closed_at__isnull=False) & ~Q(outcome="")
                | ~Q(status="done") & Q(outcome="", closed_at__isnull=True),
                name="assignment_done_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=[outcome.value for outcome in NEED_A_REASON]) | ~Q(reason=""),
                name="assignment_noted_has_a_reason",
                violation_error_message=_("Say why in a sentence."),
            ),
            models.CheckConstraint(
                condition=Q(due_at__gte=F("assigned_at")), name="assignment_due_after_assigned"
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "due_at"], condition=Q(outcome=""), name="assignment_open_by_unit"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_open(self) -> bool:
        return not self.outcome

    def is_late(self, at: datetime | None = None) -> bool:
        return self.is_open and self.due_at < (at or timezone.now())


class ReplyQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> "ReplyQuerySet":
        if user.scope.is_cx_team:
            return self
        return self.filter(assignment__unit__in=user.scope.unit_ids(*HANDLING_ROLES))

    def sent(self) -> "ReplyQuerySet":
        return self.filter(state=Reply.State.SENT)


class Reply(models.Model):
    """What a unit answers, in words that somebody else has read before they go out."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("reply", "Draft")
        APPROVED = "approved", pgettext_lazy("reply", "Approved")
        SENT = "sent", pgettext_lazy("reply", "Sent")

    assignment = models.ForeignKey(
        Assignment, models.CASCADE, related_name="replies", verbose_name=_("assignment")
    )
    number = models.PositiveSmallIntegerField(_("number"), default=1)
    text = models.TextField(_("text"))
    language = models.CharField(_("language"), max_length=10)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    is_public = models.BooleanField(_("shown with the published story"), default=True)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("drafted by")
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("approved by")
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    objects = ReplyQuerySet.as_manager()

    class Meta:
        verbose_name = _("reply")
        verbose_name_plural = _("replies")
        ordering = ["assignment", "number"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "number"], name="reply_number_once"),
            models.CheckConstraint(
                condition=Q(state="draft", approved_at__isnull=True, sent_at__isnull=True)
                | Q(state="approved", approved_at__isnull=False, sent_at__isnull=True)
                | Q(state="sent", approved_at__isnull=False, sent_at__isnull=False),
                name="reply_sent_after_approval",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="reply_has_text"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
