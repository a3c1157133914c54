"""One voice, whatever way it came in, and how to reach the person, which is kept apart."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cxportal.organisation.models import Channel, Service, Stage, Topic, Unit
from feedback.models.outcome import Outcome
from surveys.models import Comment, Wave

if TYPE_CHECKING:
    from cxportal.organisation.models import User

HANDLING_ROLES = ("manager", "staff")


class Kind(models.TextChoices):
    STORY = "story", _("Story")
    REMARK = "remark", _("Remark")
    TIP = "tip", _("Tip")
    TECHNICAL_FAILURE = "technical_failure", _("Technical failure")
    COMPLAINT = "complaint", _("Complaint")
    PRAISE = "praise", _("Praise")
    OTHER = "other", pgettext_lazy("kind of feedback", "Other")
    OBSERVATION = "observation", _("Observation")
    INTERVIEW = "interview", _("Interview")
    SURVEY_COMMENT = "survey_comment", _("Comment from a survey")


class Tone(models.TextChoices):
    POSITIVE = "positive", _("Positive")
    NEUTRAL = "neutral", _("Neutral")
    NEGATIVE = "negative", _("Negative")


class ItemQuerySet(models.QuerySet):
    def for_user(self, user: "User") -> "ItemQuerySet":
        """What came in at a unit in scope, and what was handed to one; the rest does not exist for this person."""
        if user.scope.is_cx_team:
            return self
        units = user.scope.unit_ids(*HANDLING_ROLES)
        if not units:
            return self.none()
        handed = Exists(self._assignments().filter(unit__in=units))
        return self.filter(Q(unit__in=units, passes_unit=False) | handed)

    def of_queue(self) -> "ItemQuerySet":
        """Without those that support another item."""
        return self.filter(merged_into__isnull=True)

    def open(self) -> "ItemQuerySet":
        """Still without an outcome: a unit has not finished, or nobody has been given it."""
        waiting = Exists(self._assignments().filter(outcome=""))
        return self.of_queue().filter(waiting | ~Exists(self._assignments()))

    def closed(self) -> "ItemQuerySet":
        waiting = Exists(self._assignments().filter(outcome=""))
        return self.of_queue().filter(~waiting, Exists(self._assignments()))

    def late(self, at: datetime | None = None) -> "ItemQuerySet":
        late = self._assignments().filter(outcome="", due_at__lt=at or timezone.now())
        return self.of_queue().filter(Exists(late))

    def not_spam(self) -> "ItemQuerySet":
        return self.exclude(Exists(self._assignments().filter(outcome=Outcome.SPAM)))

    def with_outcome(self) -> "ItemQuerySet":
        """`derived_outcome`: that of the item it supports, else the strongest of its assignments; "" while one is open."""
        own = self._assignments("head").order_by("outcome_rank").values("outcome")[:1]
        return self.annotate(
            head=Case(When(merged_into__isnull=False, then=F("merged_into")), default=F("pk")),
        ).annotate(derived_outcome=Coalesce(Subquery(own), Value("")))

    def with_first_due(self) -> "ItemQuerySet":
        """`first_due_at`: when the first of its open assignments is due."""
        waiting = self._assignments().filter(outcome="").order_by("due_at").values("due_at")[:1]
        return self.annotate(first_due_at=Subquery(waiting))

    def with_supporters(self) -> "ItemQuerySet":
        """`supporter_count`: how many others say the same, also those the reader may not see."""
        supporters = (
            Item.objects.filter(merged_into=OuterRef("pk"))
            .order_by()
            .values("merged_into")
            .annotate(n=Count("pk"))
            .values("n")
        )
        return self.annotate(supporter_count=Coalesce(Subquery(supporters), 0))

    def _assignments(self, of: str = "pk") -> models.QuerySet:
        related: Any = self.model._meta.get_field("assignments").related_model
        return related.objects.filter(item=OuterRef(of))


class Item(models.Model):
    """What one person told us. Its outcome is that of its assignments; nothing here says who of the staff wrote it down."""

    class WayIn(models.TextChoices):
        PAGE = "page", _("Public page")
        API = "api", _("Another system")
        IMPORT = "import", _("File")
        SURVEY = "survey", _("Survey")
        TAKEN_DOWN = "taken_down", _("Taken down by staff")
        OBSERVED = "observed", _("Seen by staff")

    class OnBehalfOf(models.TextChoices):
        """Who speaks for the customer; empty when the customer speaks."""

        RELATIVE = "relative", _("Relative or friend")
        ORGANISATION = "organisation", _("Organisation")
        LAWYER = "lawyer", _("Lawyer")
        AUTHORITY = "authority", _("Another authority")
        OTHER = "other", pgettext_lazy("who speaks for the customer", "Somebody else")

    class Concerns(models.TextChoices):
        CUSTOMER = "customer", _("A customer")
        COLLEAGUE = "colleague", _("A colleague")
        BOTH = "both", _("Both")

    class Source(models.TextChoices):
        """Of observations and interviews of a monitoring visit."""

        OBSERVED = "observed", _("Observed")
        BENEFICIARY = "beneficiary", _("Told by a beneficiary")
        MANAGING_BODY = "managing_body", _("Told by the managing body")

    # random: the order of keys must not tell the order in which survey comments were written
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    way_in = models.CharField(_("way in"), max_length=12, choices=WayIn.choices)
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices, blank=True)
    received_at = models.DateTimeField(_("received"))
    text = models.TextField(_("text"))
    language = models.CharField(_("language"), max_length=10, blank=True)
    tone = models.CharField(_("tone"), max_length=10, choices=Tone.choices, blank=True)

    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="feedback", verbose_name=_("unit")
    )
    passes_unit = models.BooleanField(
        _("goes past the unit"),
        default=False,
        help_text=_("About the staff of the unit: handled above it, and not shown there."),
    )
    service = models.ForeignKey(
        Service, models.PROTECT, null=True, blank=True, related_name="feedback", verbose_name=_("service")
    )
    stage = models.ForeignKey(
        Stage, models.PROTECT, null=True, blank=True, related_name="feedback", verbose_name=_("stage")
    )
    topics = models.ManyToManyField(Topic, blank=True, related_name="feedback", verbose_name=_("topics"))
    page_address = models.CharField(_("page it is about"), max_length=1000, blank=True)
    on_behalf_of = models.CharField(_("spoken for by"), max_length=12, choices=OnBehalfOf.choices, blank=True)
    concerns = models.CharField(_("seen of"), max_length=10, choices=Concerns.choices, blank=True)
    source = models.CharField(_("source"), max_length=14, choices=Source.choices, blank=True)
    may_publish = models.BooleanField(_("may be published"), default=False)
    score = models.DecimalField(_("score"), max_digits=7, decimal_places=2, null=True, blank=True)
    score_worst = models.DecimalField(_("worst score"), max_digits=7, decimal_places=2, null=True, blank=True)
    score_best = models.DecimalField(_("best score"), max_digits=7, decimal_places=2, null=True, blank=True)

    # no relation: surveys writes the rows of its comments anew after the close, under the same identity
    comment_id = models.UUIDField(_("comment"), null=True, blank=True, unique=True, editable=False)
    wave = models.ForeignKey(
        Wave, models.SET_NULL, null=True, blank=True, related_name="feedback", verbose_name=_("wave")
    )
    question = models.CharField(_("question"), max_length=82, blank=True)
    band = models.CharField(_("band"), max_length=12, choices=Comment.Band.choices, blank=True)

    intake_key = models.CharField(
        max_length=64, null=True, blank=True, unique=True, editable=False, help_text="sent twice counts once"
    )
    receipt_hash = models.CharField(max_length=64, blank=True, editable=False)

    marks = models.JSONField(
        default=list, blank=True, editable=False, help_text="[from, to, kind]: what to mask in the text"
    )
    has_personal_data = models.BooleanField(_("personal data found"), default=False)
    looks_like_spam = models.BooleanField(_("looks like spam"), default=False)
    has_hidden_signs = models.BooleanField(
        _("hidden signs"), default=False, help_text=_("Signs that change the direction of the text unseen.")
    )
    fingerprint = models.CharField(max_length=32, blank=True, editable=False)
    duplicate_of = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="duplicates",
        verbose_name=_("same text as"),
    )
    folded = models.TextField(
        blank=True, editable=False, help_text="masked text in small letters without accents, for the search"
    )

    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="supporters",
        verbose_name=_("supports"),
    )

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("one voice", "feedback")
        verbose_name_plural = _("feedback")
        ordering = ["-received_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="feedback_has_text"),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("pk")),
                name="feedback_does_not_support_itself",
            ),
            models.CheckConstraint(
                condition=~Q(page_address__contains="?") & ~Q(page_address__contains="#"),
                name="feedback_page_without_query",
            ),
            models.CheckConstraint(
                condition=Q(passes_unit=False) | Q(unit__isnull=False), name="feedback_passes_a_unit"
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True, score_worst__isnull=True, score_best__isnull=True)
                | (
                    Q(score__isnull=False, score_worst__isnull=False, score_best__isnull=False)
                    & ~Q(score_worst=F("score_best"))
                ),
                name="feedback_score_says_its_direction",
            ),
            models.CheckConstraint(
                condition=Q(comment_id__isnull=True) | Q(kind="survey_comment"),
                name="feedback_comment_is_of_a_survey",
            ),
        ]
        indexes = [
            models.Index(fields=["-received_at", "id"], name="feedback_newest_first"),
            models.Index(fields=["receipt_hash"], condition=~Q(receipt_hash=""), name="feedback_by_receipt"),
            models.Index(
                fields=["fingerprint", "received_at"],
                condition=~Q(fingerprint=""),
                name="feedback_by_fingerprint",
            ),
        ]

    def __str__(self) -> str:
        return f"#{str(self.pk)[:8]}"

    @property
    def head_id(self) -> uuid.UUID:
        """The item where this one is handled."""
        return self.merged_into_id or self.pk


class Contact(models.Model):
    """How to reach whoever wrote, for the purpose agreed to. Goes before the item does."""

    class Purpose(models.TextChoices):
        REPLY = "reply", _("To be answered")
        QUESTIONS = "questions", _("To be answered and asked more about it")

    class By(models.TextChoices):
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Phone")

    item = models.OneToOneField(
        Item, models.CASCADE, primary_key=True, related_name="contact", verbose_name=_("feedback")
    )
    by = models.CharField(_("reached by"), max_length=10, choices=By.choices)
    address = models.CharField(_("address"), max_length=254)
    language = models.CharField(_("language"), max_length=10)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices)
    consent = models.TextField(_("words agreed to"))
    consented_at = models.DateTimeField(_("agreed"))

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.CheckConstraint(
                condition=~Q(address="") & ~Q(consent=""), name="contact_with_address_and_consent"
            ),
        ]

    def __str__(self) -> str:
        return f"#{str(self.pk)[:8]}"

    @property
    def message_channel(self) -> str:
        return "sms" if self.by == self.By.PHONE else "email"
