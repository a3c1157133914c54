"""What happens to an action: its milestones, what staff write about it, and every move with who, when and why."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from actions.models.action import Action
from actions.models.workflow import Status

if TYPE_CHECKING:
    from cxportal.organisation.models import User


class OfActionQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> "OfActionQuerySet":
        return self.filter(action__in=Action.objects.for_user(user))


class Milestone(models.Model):
    action = models.ForeignKey(Action, models.CASCADE, related_name="milestones", verbose_name=_("action"))
    text = models.CharField(_("step"), max_length=200)
    due_on = models.DateField(_("due"), null=True, blank=True)
    done_on = models.DateField(_("done"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = OfActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["action", "position", "due_on", "pk"]

    def __str__(self) -> str:
        return self.text


class Note(models.Model):
    """Among staff; never public."""

    action = models.ForeignKey(Action, models.CASCADE, related_name="notes", verbose_name=_("action"))
    text = models.TextField(pgettext_lazy("of an action", "note"), max_length=4000)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("written by")
    )
    written_at = models.DateTimeField(_("written"))

    objects = OfActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["-written_at", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="action_note_has_text")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Event(models.Model):
    """One move along the line. Only ever added to."""

    action = models.ForeignKey(Action, models.CASCADE, related_name="events", verbose_name=_("action"))
    before = models.ForeignKey(Status, models.PROTECT, null=True, related_name="+", verbose_name=_("from"))
    after = models.ForeignKey(Status, models.PROTECT, related_name="+", verbose_name=_("to"))
    note = models.TextField(pgettext_lazy("of an action", "note"), blank=True, max_length=2000)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("when"))

    objects = OfActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("move")
        verbose_name_plural = _("moves")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"#{self.pk}"
