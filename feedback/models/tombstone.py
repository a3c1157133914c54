from django.db import models
from django.utils.translation import gettext_lazy as _

from cxportal.organisation.models import Topic, Unit
from feedback.models.item import Kind, Tone
from feedback.models.outcome import Outcome


class Tombstone(models.Model):
    """What is left of a purged item, so that it still counts: no text, no day, nothing of the person."""

    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    tone = models.CharField(_("tone"), max_length=10, choices=Tone.choices, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("unit"))
    topics = models.ManyToManyField(Topic, related_name="+", verbose_name=_("topics"))
    month = models.DateField(_("month"), help_text="its first day")
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome.choices, blank=True)

    class Meta:
        verbose_name = _("purged feedback")
        verbose_name_plural = _("purged feedback")
        ordering = ["-month", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(month__day=1), name="tombstone_knows_the_month_only"),
        ]
        indexes = [models.Index(fields=["month", "unit"], name="tombstone_by_month")]

    def __str__(self) -> str:
        return f"{self.kind} {self.month:%Y-%m}"
