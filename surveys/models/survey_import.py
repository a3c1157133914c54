"""Where a survey came from, and what became of what was in the file."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from surveys.models.questionnaire import Survey


class SurveyImport(models.Model):
    survey = models.OneToOneField(Survey, models.CASCADE, related_name="imported", verbose_name=_("survey"))
    report = models.JSONField(_("report"))
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("imported by")
    )
    imported_at = models.DateTimeField(_("imported at"), auto_now_add=True)

    class Meta:
        verbose_name = _("imported survey")
        verbose_name_plural = _("imported surveys")

    def __str__(self) -> str:
        return f"#{self.survey_id}"
