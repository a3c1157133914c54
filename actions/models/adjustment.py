"""A request to a body outside: change this until then. It answers by a signed link, without an account."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from actions.models.action import Action
from actions.models.steps import OfActionQuerySet

if TYPE_CHECKING:
    from datetime import date


class Adjustment(models.Model):
    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("request", "Draft")
        ASKED = "asked", pgettext_lazy("request", "Asked")
        ACCEPTED = "accepted", pgettext_lazy("request", "Accepted")
        PARTLY = "partly", pgettext_lazy("request", "Accepted in part")
        NOT_ACCEPTED = "not_accepted", pgettext_lazy("request", "Not accepted")

    action = models.ForeignKey(Action, models.CASCADE, related_name="adjustments", verbose_name=_("action"))
    body = models.CharField(_("body asked"), max_length=200)
    email = models.EmailField(_("e-mail of the body"))
    language = models.CharField(_("language"), max_length=10, default="en")
    text = models.TextField(_("what is asked for"), max_length=4000)
    answer_until = models.DateField(_("answer until"))
    state = models.CharField(
        _("state"), max_length=12, choices=State.choices, default=State.DRAFT, editable=False
    )
    token_hash = models.CharField(max_length=64, blank=True, editable=False)
    asked_at = models.DateTimeField(_("asked"), null=True, blank=True, editable=False)
    answer = models.TextField(pgettext_lazy("of a body", "answer"), blank=True, editable=False)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True, editable=False)

    objects = OfActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for adjustment")
        verbose_name_plural = _("requests for adjustment")
        ordering = ["answer_until", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["token_hash"], condition=~Q(token_hash=""), name="adjustment_link_once"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", asked_at__isnull=True, answered_at__isnull=True)
                | Q(state="asked", asked_at__isnull=False, answered_at__isnull=True)
                | Q(
                    state__in=["accepted", "partly", "not_accepted"],
                    asked_at__isnull=False,
                    answered_at__isnull=False,
                ),
                name="adjustment_answered_after_it_was_asked",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["partly", "not_accepted"]) | ~Q(answer=""),
                name="adjustment_refused_with_reasons",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    def is_late(self, on: "date") -> bool:
        return self.state == self.State.ASKED and self.answer_until < on
