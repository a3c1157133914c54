"""What says how well a questionnaire was answered, as sums over a wave; nothing here leads to one response."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from surveys.models.questionnaire import Survey, question_code_validator
from surveys.models.wave import Wave


def codes_in(text: str) -> list[str]:
    return list(dict.fromkeys(text.replace(",", " ").split()))


class Contradiction(models.Model):
    """Two answers of one person that cannot both be true. Frozen with the version in which it is published."""

    survey = models.ForeignKey(
        Survey, models.CASCADE, related_name="contradictions", verbose_name=_("survey")
    )
    code = models.CharField(_("code"), max_length=40, validators=[question_code_validator])
    first_question = models.CharField(
        _("question"), max_length=82, help_text=_("Its code; one thing of a grid as question.thing.")
    )
    first_values = models.CharField(
        _("answers"),
        max_length=400,
        blank=True,
        help_text=_("Codes with spaces between; none means any answer."),
    )
    second_question = models.CharField(_("contradicts question"), max_length=82)
    second_values = models.CharField(_("its answers"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("contradiction")
        verbose_name_plural = _("contradictions")
        ordering = ["survey", "code"]
        constraints = [
            models.UniqueConstraint(fields=["survey", "code"], name="contradiction_code_once_per_survey"),
            models.CheckConstraint(
                condition=~models.Q(first_question=models.F("second_question")),
                name="contradiction_of_two_questions",
                violation_error_message=_("Choose two different questions."),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        for name in ("first_question", "second_question"):
            code = getattr(self, name).partition(".")[0]
            if self.survey_id and code and not self.survey.questions.filter(code=code).exists():
                raise ValidationError({name: _("This survey has no such question.")})

    def as_content(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "first": {"question": self.first_question, "values": codes_in(self.first_values)},
            "second": {"question": self.second_question, "values": codes_in(self.second_values)},
        }


class QualityCount(models.Model):
    """n of so many, over everything that was counted of a wave."""

    class Kind(models.TextChoices):
        RESPONSES = "responses", _("responses")
        CONTRADICTION = "contradiction", _("answers that contradict each other")
        SAME_POINT = "same_point", _("the same point for everything in a grid")
        EMPTY = "empty", _("questions left empty")

    pk = models.CompositePrimaryKey("wave_id", "kind", "name")
    wave = models.ForeignKey(Wave, models.CASCADE, related_name="quality_counts", verbose_name=_("wave"))
    kind = models.CharField(_("kind"), max_length=14, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=40, blank=True)
    n = models.BigIntegerField(_("number"))
    of = models.BigIntegerField(_("of"))

    class Meta:
        verbose_name = _("quality count")
        verbose_name_plural = _("quality counts")

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.n}/{self.of}"
