"""One run of a survey, the ways into it, and how many people each way could have reached."""

import secrets
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from cxportal.languages import LANGUAGES
from cxportal.organisation.models import Channel, Service, Unit
from surveys.models.questionnaire import Choice, Survey, question_code_validator
from surveys.models.version import Version

if TYPE_CHECKING:
    from cxportal.organisation.models import User

# no 0/o, 1/l/i: the address is read from paper and typed on a phone
SHORT_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"

LATE_DAYS = 30


def short_address() -> str:
    return "".join(secrets.choice(SHORT_LETTERS) for _ in range(7))


class WaveQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> "WaveQuerySet":
        """Managers and viewers see waves of their units, those of units above, which reach theirs, and those of the
        whole agency that have a way in or a choice for one of their units.
        """
        if user.scope.is_cx_team:
            return self
        own = user.scope.unit_ids("manager", "viewer")
        if not own:
            return self.none()
        near = own | user.scope.ancestors
        ways_in = Collector.objects.filter(wave=models.OuterRef("pk"), unit__in=near)
        choices = Choice.objects.filter(question__survey=models.OuterRef("survey"), unit__in=own)
        reaches_own = models.Q(models.Exists(ways_in) | models.Exists(choices), unit__isnull=True)
        return self.filter(models.Q(unit__in=near) | reaches_own)

    def open(self) -> "WaveQuerySet":
        return self.filter(state=Wave.State.OPEN)

    def with_waiting_submissions(self) -> "WaveQuerySet":
        return self.filter(self._has("submissions"))

    def with_unshuffled_responses(self) -> "WaveQuerySet":
        """Closed anonymous waves whose rows were not yet copied in random order."""
        closed = self.filter(state=Wave.State.CLOSED, privacy=Wave.Privacy.ANONYMOUS)
        return closed.filter(self._has("responses", is_shuffled=False))

    def with_indicators(self) -> "WaveQuerySet":
        """Whose survey has indicators, or which still count one that it had."""
        return self.filter(models.Q(survey__indicators__isnull=False) | self._has("indicators")).distinct()

    def _has(self, relation: str, **condition: object) -> models.Exists:
        rows = self.model._meta.get_field(relation).related_model._default_manager  # type: ignore[union-attr]
        return models.Exists(rows.filter(wave=models.OuterRef("pk"), **condition))


class Wave(models.Model):
    """One run of a survey between two moments, with a promise that nobody can change once it was given."""

    class State(models.TextChoices):
        DRAFT = "draft", _("being prepared")
        OPEN = "open", _("open")
        PAUSED = "paused", _("paused")
        CLOSED = "closed", _("closed")

    class Privacy(models.TextChoices):
        ANONYMOUS = "anonymous", _("anonymous")
        CONFIDENTIAL = "confidential", _("confidential")

    class Repeat(models.TextChoices):
        NEVER = "", _("once")
        MONTHLY = "monthly", _("a new wave every month")
        QUARTERLY = "quarterly", _("a new wave every quarter")

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="waves", verbose_name=_("survey"))
    version = models.ForeignKey(
        Version, models.PROTECT, null=True, blank=True, related_name="waves", verbose_name=_("version")
    )
    code = models.CharField(_("code"), max_length=40, unique=True, validators=[question_code_validator])
    name = models.CharField(_("name"), max_length=200)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="waves", verbose_name=_("unit")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.DRAFT, editable=False
    )
    privacy = models.CharField(
        _("privacy level"), max_length=12, choices=Privacy.choices, default=Privacy.ANONYMOUS
    )
    privacy_frozen_at = models.DateTimeField(null=True, blank=True, editable=False)
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    opens_by_itself = models.BooleanField(
        _("opens by itself"),
        default=False,
        help_text=_("At the time above, if nothing is missing then."),
    )
    repeat = models.CharField(_("repeated"), max_length=10, choices=Repeat.choices, blank=True)
    languages = models.JSONField(_("languages"), default=list, blank=True)
    breakdowns = models.JSONField(_("breakdowns"), default=list, blank=True)
    pairs = models.JSONField(_("pairs of breakdowns"), default=list, blank=True)
    unit_paths = models.JSONField(
        default=dict, editable=False, help_text="unit -> units above it, as the tree was when the wave opened"
    )
    threshold = models.PositiveSmallIntegerField(
        _("smallest group shown"), default=10, help_text=_("At least 5; 10 unless there is a reason.")
    )
    smallest_profile = models.PositiveSmallIntegerField(_("smallest group of invited people"), default=50)
    key_name = models.CharField(max_length=60, unique=True, editable=False)

    objects = WaveQuerySet.as_manager()

    class Meta:
        verbose_name = _("wave")
        verbose_name_plural = _("waves")
        ordering = ["-opens_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closes_at__isnull=True)
                | models.Q(opens_at__isnull=True)
                | models.Q(closes_at__gt=models.F("opens_at")),
                name="wave_closes_after_it_opens",
                violation_error_message=_("A wave must close after it opens."),
            ),
            models.CheckConstraint(condition=models.Q(threshold__gte=5), name="wave_threshold_at_least_5"),
            models.CheckConstraint(
                condition=models.Q(smallest_profile__gte=20), name="wave_profile_at_least_20"
            ),
            models.CheckConstraint(
                condition=models.Q(state="draft")
                | (models.Q(version__isnull=False) & models.Q(privacy_frozen_at__isnull=False)),
                name="wave_begun_has_version_and_promise",
            ),
        ]
        indexes = [
            # the tick that opens and closes waves
            models.Index(fields=["state", "opens_at"], name="wave_by_state"),
        ]

    def __str__(self) -> str:
        return self.name or self.code

    def save(self, *args, **kwargs) -> None:
        self.key_name = self.key_name or f"wave:{uuid.uuid4()}"
        super().save(*args, **kwargs)

    @property
    def is_anonymous(self) -> bool:
        return self.privacy == self.Privacy.ANONYMOUS

    @property
    def late_until(self) -> datetime | None:
        """Until when a person may still count what was sent in time: held answers, stacks of paper."""
        return self.closes_at + timedelta(days=LATE_DAYS) if self.closes_at else None

    def takes_late(self, at: datetime) -> bool:
        return self.state == self.State.CLOSED and self.late_until is not None and at < self.late_until


class CollectorQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> "CollectorQuerySet":
        if user.scope.is_cx_team:
            return self
        return self.filter(user.scope.units_condition("unit", "manager"))


class Collector(models.Model):
    """One way into a wave."""

    class Kind(models.TextChoices):
        LINK = "link", _("Open link and QR code")
        TICKETS = "tickets", _("Personal links of a mailing")
        STAFF = "staff", _("Entered by staff or an interpreter with the person")
        PAPER = "paper", _("Typed in from paper or phone")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        PAUSED = "paused", _("paused")
        CLOSED = "closed", _("closed")

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="collectors", verbose_name=_("wave"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.LINK)
    name = models.CharField(_("name"), max_length=120)
    address = models.CharField(
        _("short address"), max_length=16, unique=True, default=short_address, editable=False
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit")
    )
    service = models.ForeignKey(
        Service, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("service")
    )
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices, default=Channel.WEB)
    default_language = models.CharField(
        _("first language"),
        max_length=10,
        blank=True,
        choices=[(language.code, language.native_name) for language in LANGUAGES.values()],
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    expected_per_hour = models.PositiveIntegerField(
        _("people an hour at one place"),
        null=True,
        blank=True,
        validators=[MinValueValidator(120), MaxValueValidator(100_000)],
        help_text=_(
            "How many may answer in an hour from one address, such as a reception centre. What goes far beyond it "
            "is held for you to decide. Left empty: 1,200 for an open link."
        ),
    )

    PEOPLE_PER_HOUR = {Kind.LINK: 1200}
    """Where nothing else is said. The other ways in know who answers: a ticket, or somebody signed in."""

    objects = CollectorQuerySet.as_manager()

    class Meta:
        verbose_name = _("collector")
        verbose_name_plural = _("collectors")
        ordering = ["wave", "pk"]

    def __str__(self) -> str:
        return self.name or self.address

    @property
    def people_per_hour(self) -> int:
        """How many answers an hour are expected from one address; 0 where that is not looked at."""
        usual = self.PEOPLE_PER_HOUR.get(self.Kind(self.kind), 0)
        return (self.expected_per_hour or usual) if usual else 0


class Count(models.Model):
    """A denominator. A recount overwrites it, so counting twice does no harm."""

    class Kind(models.TextChoices):
        ELIGIBLE = "eligible", _("eligible")
        SERVED = "served", _("served")
        OFFERED = "offered", _("offered")
        SAMPLED = "sampled", _("in the sample")
        EXCLUDED = "excluded", _("not asked")
        ACCEPTED = "accepted", _("sent")
        BOUNCED = "bounced", _("undelivered")
        REFUSED = "refused", _("refused")
        BEGUN = "begun", _("begun")
        SUBMITTED = "submitted", _("submitted")

    collector = models.ForeignKey(
        Collector, models.CASCADE, related_name="counts", verbose_name=_("collector")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    period_starts_on = models.DateField(_("period"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    cell = models.CharField(_("reason or group"), max_length=120, blank=True)
    n = models.PositiveIntegerField(_("number"), default=0)
    source = models.CharField(_("source"), max_length=120, blank=True)
    as_of = models.DateTimeField(_("as of"), auto_now=True)

    class Meta:
        verbose_name = _("count")
        verbose_name_plural = _("counts")
        ordering = ["collector", "kind", "period_starts_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["collector", "kind", "period_starts_on", "language", "cell"],
                condition=models.Q(period_starts_on__isnull=False),
                name="count_once_per_period",
            ),
            models.UniqueConstraint(
                fields=["collector", "kind", "language", "cell"],
                condition=models.Q(period_starts_on__isnull=True),
                name="count_once_over_the_whole_wave",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.n}"
