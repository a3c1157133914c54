"""Pictures and recordings that stand beside the words of a question."""

from typing import TYPE_CHECKING

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from cxportal.languages import LANGUAGES
from surveys.models.questionnaire import Question, Survey

if TYPE_CHECKING:
    from cxportal.organisation.models import User


class ClipQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> "ClipQuerySet":
        return self.filter(question__survey__in=Survey.objects.for_user(user))


class Clip(models.Model):
    """A picture or a recording of a question in one language.

    The file is stored under the digest of its content and never changes, so a published version keeps the clip it
    was published with; the row says which one the draft has now.
    """

    class Kind(models.TextChoices):
        PICTURE = "picture", _("picture")
        AUDIO = "audio", _("recording")

    question = models.ForeignKey(Question, models.CASCADE, related_name="clips", verbose_name=_("question"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    language = models.CharField(
        _("language"),
        max_length=10,
        choices=[(language.code, language.native_name) for language in LANGUAGES.values()],
    )
    file = models.CharField(
        _("file"), max_length=40, validators=[RegexValidator(r"^[0-9a-f]{32}\.[a-z0-9]{3,4}\Z")]
    )
    size_bytes = models.PositiveIntegerField(_("size in bytes"))
    width = models.PositiveSmallIntegerField(_("width"), null=True, blank=True)
    height = models.PositiveSmallIntegerField(_("height"), null=True, blank=True)
    alt = models.CharField(_("what the picture shows"), max_length=200, blank=True)

    objects = ClipQuerySet.as_manager()

    class Meta:
        verbose_name = _("picture or recording")
        verbose_name_plural = _("pictures and recordings")
        ordering = ["question", "kind", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["question", "kind", "language"], name="clip_once_per_question_and_language"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="audio", width__isnull=True, height__isnull=True, alt="")
                | models.Q(kind="picture", width__gt=0, height__gt=0) & ~models.Q(alt=""),
                name="clip_picture_has_size_and_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.language}"
