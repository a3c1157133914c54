"""What is shown of a wave: numbered and frozen. A later publication supersedes an earlier one, never changes it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from surveys.models.wave import Wave

if TYPE_CHECKING:
    from cxportal.organisation.models import User


class WavePublicationQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> "WavePublicationQuerySet":
        """Whoever may see the wave; what is in it is narrowed to the person's units when it is read."""
        return self.filter(wave__in=Wave.objects.for_user(user).order_by().values("pk"))

    def current(self) -> "WavePublicationQuerySet":
        """The latest of each wave."""
        return self.filter(superseded_by__isnull=True)

    def public(self) -> "WavePublicationQuerySet":
        return self.filter(released_at__isnull=False)


class Publication(models.Model):
    """All figures of a wave at one moment, with what must not be shown left out."""

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="publications", verbose_name=_("wave"))
    number = models.PositiveIntegerField(_("number"))
    supersedes = models.OneToOneField(
        "self", models.SET_NULL, null=True, related_name="superseded_by", verbose_name=_("supersedes")
    )
    as_of = models.DateTimeField(_("as of"))
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("made by")
    )
    is_final = models.BooleanField(_("after the close"), default=False)
    n = models.PositiveIntegerField(_("answers"))
    content = models.JSONField(_("content"), help_text="what was asked, and the figures of everybody")
    comments = models.JSONField(_("comments"), default=dict, help_text="question -> [id, unit, band]")
    counted = models.BinaryField(
        default=b"",
        help_text="The sums of that moment, never shown: the next one must not open a small group.",
    )
    released_at = models.DateTimeField(_("made public at"), null=True, blank=True, editable=False)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("made public by"),
    )

    objects = WavePublicationQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("of results", "publication")
        verbose_name_plural = pgettext_lazy("of results", "publications")
        ordering = ["-as_of", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["wave", "number"], name="publication_number_once_per_wave"),
        ]

    def __str__(self) -> str:
        return f"{self.wave_id}.{self.number}"

    @property
    def is_public(self) -> bool:
        return self.released_at is not None


class PublishedBreakdown(models.Model):
    """The cells of one breakdown in a publication, apart from the others so that a page reads only what it shows."""

    publication = models.ForeignKey(Publication, models.CASCADE, related_name="breakdowns")
    breakdown = models.CharField(max_length=120)
    cells = models.JSONField(help_text="cell -> figures")

    class Meta:
        verbose_name = "published breakdown"
        verbose_name_plural = "published breakdowns"
        constraints = [
            models.UniqueConstraint(
                fields=["publication", "breakdown"], name="published_breakdown_once_per_publication"
            )
        ]

    def __str__(self) -> str:
        return self.breakdown


class ExportQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> Self:
        """A file is for the person who asked for it, as long as the wave is in reach; the CX team oversees all."""
        if user.scope.is_cx_team:
            return self
        return self.filter(asked_by=user, wave__in=Wave.objects.for_user(user).order_by().values("pk"))

    def ready(self) -> Self:
        return self.filter(state=Export.State.READY, expires_at__gt=timezone.now())


class Export(models.Model):
    """A file that is written in the background, for one person, for one week."""

    KEPT = timedelta(days=7)

    class Kind(models.TextChoices):
        CSV = "csv", _("Figures as CSV")
        XLSX = "xlsx", _("Figures as a spreadsheet (XLSX)")
        JSON = "json", _("Figures as JSON")
        ROWS = "rows", _("Answers, one line each, as CSV")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        WRITING = "writing", _("being written")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="exports", verbose_name=_("wave"))
    publication = models.ForeignKey(
        Publication,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="exports",
        verbose_name=_("publication"),
    )
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    purpose = models.TextField(_("what the answers are needed for"), max_length=600, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("asked for by")
    )
    asked_at = models.DateTimeField(_("asked for at"), auto_now_add=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    rows = models.PositiveIntegerField(_("lines in all"), default=0)
    written = models.PositiveIntegerField(_("lines written"), default=0)
    claimed_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(_("deleted at"), null=True)
    file = models.CharField(max_length=80, blank=True, help_text="name in the folder of exports")

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind="rows") | ~models.Q(purpose=""),
                name="export_of_answers_has_a_purpose",
                violation_error_message=_("Say what the answers are needed for."),
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
