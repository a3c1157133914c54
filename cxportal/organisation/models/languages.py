"""Which languages are offered, and which of their texts a person has read."""

from django.conf import settings
from django.core.cache import caches
from django.db import models
from django.utils.translation import gettext_lazy as _

from cxportal.languages import LANGUAGES, SOURCE


class Language(models.Model):
    """One language of `cxportal.languages` as this installation uses it.

    Whoever offers a language to the public before a person has read all its texts leaves name, day and reason.
    """

    code = models.CharField(
        _("language"),
        max_length=10,
        unique=True,
        choices=[(language.code, language.native_name) for language in LANGUAGES.values()],
    )
    is_offered = models.BooleanField(_("offered to the public"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True, editable=False)
    decision = models.TextField(_("why it is offered although texts are unread"), blank=True, max_length=1000)

    class Meta:
        verbose_name = _("language")
        verbose_name_plural = _("languages")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return LANGUAGES[self.code].native_name

    def save(self, *args, **kwargs) -> None:
        super().save(*args, **kwargs)
        caches["local"].delete("offered_languages")

    @classmethod
    def offered(cls) -> tuple[str, ...]:
        """Codes offered to the public, in their order, from memory for ten seconds; never empty."""
        codes = caches["local"].get("offered_languages")
        if codes is None:
            codes = tuple(cls.objects.filter(is_offered=True).values_list("code", flat=True)) or (SOURCE,)
            caches["local"].set("offered_languages", codes)
        return codes


class TextReading(models.Model):
    """A named person has read this very wording. Change the wording or its source, and it is unread again."""

    language = models.CharField(_("language"), max_length=10)
    digest = models.CharField(max_length=64, help_text="SHA-256 of source and translation")
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("read by")
    )
    read_at = models.DateTimeField(_("read at"), auto_now_add=True)

    class Meta:
        verbose_name = _("text reading")
        verbose_name_plural = _("text readings")
        constraints = [
            models.UniqueConstraint(fields=["language", "digest"], name="text_read_once_per_language")
        ]

    def __str__(self) -> str:
        return f"{self.language} {self.digest[:8]}"
