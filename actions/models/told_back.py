"""You said, we did: what the public is told of an action, after a person has released it."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from actions.models.action import Action

if TYPE_CHECKING:
    from cxportal.organisation.models import User


class ToldBackQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> "ToldBackQuerySet":
        return self.filter(action__in=Action.objects.for_user(user))

    def released(self) -> "ToldBackQuerySet":
        return self.filter(state=ToldBack.State.RELEASED)


class ToldBack(models.Model):
    """In the words of the CX team and in every language; voices and figure as they were when it was released."""

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("told back", "Waiting for release")
        RELEASED = "released", pgettext_lazy("told back", "Public")
        WITHDRAWN = "withdrawn", pgettext_lazy("told back", "Withdrawn")

    action = models.OneToOneField(Action, models.CASCADE, related_name="told_back", verbose_name=_("action"))
    title = models.CharField(_("title for the public"), max_length=200)
    heard = models.TextField(_("what we heard"), max_length=2000)
    did = models.TextField(_("what we did"), blank=True, max_length=2000)
    cannot = models.TextField(_("what we cannot do, and why"), blank=True, max_length=2000)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.PROPOSED, editable=False
    )
    voices = models.PositiveIntegerField(
        _("voices"), null=True, blank=True, help_text="empty where they are too few to be shown"
    )
    figure = models.JSONField(_("figure as published"), default=dict, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("released by"),
    )
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    people_told_at = models.DateTimeField(_("people told"), null=True, blank=True, editable=False)

    objects = ToldBackQuerySet.as_manager()

    class Meta:
        verbose_name = _("told back")
        verbose_name_plural = _("told back")
        ordering = ["-released_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="proposed", released_at__isnull=True)
                | (~Q(state="proposed") & Q(released_at__isnull=False)),
                name="told_back_released_at_a_time",
            ),
        ]
        indexes = [
            # those behind it wait to be told
            models.Index(
                fields=["id"], condition=Q(state="released", people_told_at=None), name="told_back_to_be_told"
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"#{self.pk}"
