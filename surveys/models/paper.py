"""Answers that people of the agency bring in: sheets typed from paper or phone, and files from elsewhere.

A sheet is staging only. Once its batch is confirmed it is gone, and nothing leads from a counted answer to the number
that was printed on the paper.
"""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from surveys.models.version import Version
from surveys.models.wave import Collector, Wave

if TYPE_CHECKING:
    from cxportal.organisation.models import User


class PaperBatchQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> "PaperBatchQuerySet":
        if user.scope.is_cx_team:
            return self
        return self.filter(user.scope.units_condition("collector__unit", "manager", "staff"))

    def unfinished(self) -> "PaperBatchQuerySet":
        return self.exclude(state__in=PaperBatch.FINISHED)


class PaperBatch(models.Model):
    """A stack of sheets that goes into the ballot box as one. Who typed it and how well stays here."""

    class State(models.TextChoices):
        TYPING = "typing", pgettext_lazy("stack of sheets", "being typed")
        AGAIN = "again", pgettext_lazy("stack of sheets", "being typed a second time")
        DIFFERENCES = "differences", pgettext_lazy("stack of sheets", "differences to settle")
        READY = "ready", pgettext_lazy("stack of sheets", "ready to be counted")
        CONFIRMED = "confirmed", pgettext_lazy("stack of sheets", "counted")
        DISCARDED = "discarded", pgettext_lazy("stack of sheets", "thrown away")

    FINISHED = (State.CONFIRMED, State.DISCARDED)

    collector = models.ForeignKey(
        Collector, models.PROTECT, related_name="paper_batches", verbose_name=_("collector")
    )
    version = models.ForeignKey(Version, models.PROTECT, related_name="+", verbose_name=_("version"))
    name = models.CharField(_("name on the stack"), max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.TYPING)
    sheets_typed = models.PositiveIntegerField(_("sheets"), default=0)
    sheets_typed_again = models.PositiveIntegerField(_("sheets typed a second time"), default=0)
    fields_compared = models.PositiveIntegerField(_("fields compared"), default=0)
    fields_differing = models.PositiveIntegerField(_("fields differing"), default=0)
    answers_left_out = models.PositiveIntegerField(
        _("answers left out"),
        default=0,
        help_text=_("Filled in on paper although the questionnaire does not ask for it there."),
    )
    finished_on = models.DateField(_("finished on"), null=True, blank=True)

    objects = PaperBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("stack of sheets")
        verbose_name_plural = _("stacks of sheets")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(fields_differing__lte=models.F("fields_compared")),
                name="paper_batch_differs_at_most_where_compared",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"#{self.pk}"

    @property
    def error_rate(self) -> float | None:
        """Share of the fields compared in which the two typings differed."""
        return self.fields_differing / self.fields_compared if self.fields_compared else None

    @property
    def error_percent(self) -> float:
        return 100 * (self.error_rate or 0)

    @property
    def is_finished(self) -> bool:
        return self.state in self.FINISHED


class Typist(models.Model):
    """One person's part in a batch: how many sheets they typed first, typed again or settled."""

    class Look(models.TextChoices):
        FIRST = "first", _("typed")
        SECOND = "second", _("typed a second time")
        THIRD = "third", _("settled differences")

    batch = models.ForeignKey(PaperBatch, models.CASCADE, related_name="typists", verbose_name=_("batch"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("person")
    )
    look = models.CharField(_("look"), max_length=6, choices=Look.choices)
    sheets = models.PositiveIntegerField(_("sheets"), default=0)

    class Meta:
        verbose_name = _("typist")
        verbose_name_plural = _("typists")
        ordering = ["batch", "look", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "person", "look"], name="typist_once_per_look")
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Sheet(models.Model):
    """One paper or phone interview as it was typed, until its batch is confirmed."""

    batch = models.ForeignKey(PaperBatch, models.CASCADE, related_name="sheets", verbose_name=_("batch"))
    number = models.CharField(_("number on the sheet"), max_length=20)
    first = models.JSONField(_("first typing"), default=dict)
    first_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("typed by")
    )
    is_drawn = models.BooleanField(_("to be typed a second time"), default=False)
    second = models.JSONField(_("second typing"), null=True)
    second_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("typed a second time by"),
    )
    settled = models.JSONField(_("what counts"), null=True)

    class Meta:
        verbose_name = _("sheet")
        verbose_name_plural = _("sheets")
        ordering = ["batch", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="sheet_number_once_per_batch"),
            models.CheckConstraint(
                condition=models.Q(first_by__isnull=True)
                | models.Q(second_by__isnull=True)
                | ~models.Q(first_by=models.F("second_by")),
                name="sheet_typed_again_by_somebody_else",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class ImportedFile(models.Model):
    """That a file of answers was taken into a wave, so that it is not counted twice by mistake."""

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="imported_files", verbose_name=_("wave"))
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file")
    times = models.PositiveSmallIntegerField(_("times imported"), default=1)
    rows = models.PositiveIntegerField(_("rows taken"))
    refused = models.PositiveIntegerField(_("rows refused"), default=0)
    imported_on = models.DateField(_("imported on"))

    class Meta:
        verbose_name = _("imported file")
        verbose_name_plural = _("imported files")
        ordering = ["wave", "pk"]
        constraints = [models.UniqueConstraint(fields=["wave", "digest"], name="file_imported_once_per_wave")]

    def __str__(self) -> str:
        return f"#{self.pk}"
