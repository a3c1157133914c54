"""What was frozen at publication."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from surveys.models.questionnaire import Survey


class Version(models.Model):
    """A published questionnaire as JSON (`format: 1`): texts with their languages, order, logic, validation."""

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="versions", verbose_name=_("survey"))
    number = models.PositiveIntegerField(_("number"))
    content = models.JSONField(_("content"))
    digest = models.CharField(max_length=64, help_text="SHA-256 of the content")
    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("published by")
    )

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["survey", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["survey", "number"], name="version_number_once_per_survey")
        ]

    def __str__(self) -> str:
        return f"{self.survey_id}.{self.number}"


class Change(models.Model):
    """What one version changed for one question, and whether earlier figures may still be compared."""

    class Kind(models.TextChoices):
        TYPO = "typo", _("Spelling, same meaning")
        LANGUAGE_ADDED = "language_added", _("Language added")
        QUESTION_ADDED = "question_added", _("Question added")
        QUESTION_REMOVED = "question_removed", _("Question removed")
        REWORDED = "reworded", _("Other words")
        SCALE_CHANGED = "scale_changed", _("Other scale or choices")

    BREAKS_SERIES = (Kind.REWORDED, Kind.SCALE_CHANGED)

    version = models.ForeignKey(Version, models.CASCADE, related_name="changes", verbose_name=_("version"))
    question_code = models.CharField(_("question"), max_length=40)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ["version", "question_code"]
        constraints = [
            models.UniqueConstraint(fields=["version", "question_code"], name="change_once_per_question")
        ]

    def __str__(self) -> str:
        return f"{self.question_code} {self.kind}"

    @property
    def breaks_series(self) -> bool:
        return self.kind in self.BREAKS_SERIES
