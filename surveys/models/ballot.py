"""What waits in the ballot box, who may still put something in, and what has been counted.

Of an anonymous wave nothing here has a time, an order, an address or a token beside it: no timestamp, no sequence,
no release number; identifiers are random.
"""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from cxportal.organisation.models import Unit
from surveys.models.version import Version
from surveys.models.wave import Collector, Wave


class Profile(models.Model):
    """The coarse group that the tickets of many people share; an answer carries it and nothing finer."""

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="profiles", verbose_name=_("wave"))
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit")
    )
    language = models.CharField(_("language"), max_length=10, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict)
    invited = models.PositiveIntegerField(_("invited people"), default=0)

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")

    def __str__(self) -> str:
        return f"#{self.pk}"


class Ticket(models.Model):
    """The right of one invited person to answer once. Neither changed nor locked when the answer comes.

    The token itself stands only in the link; encrypted with the wave's key it is kept as long as reminders need it.
    """

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="tickets", verbose_name=_("wave"))
    collector = models.ForeignKey(
        Collector, models.CASCADE, related_name="tickets", verbose_name=_("collector")
    )
    profile = models.ForeignKey(Profile, models.PROTECT, related_name="tickets", verbose_name=_("profile"))
    token_hash = models.CharField(max_length=64)
    sealed_token = models.BinaryField(null=True)
    subject = models.CharField(
        max_length=64, blank=True, help_text="Random name of the membership; confidential waves only."
    )
    panel_key_name = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        constraints = [
            # not unique=True, which makes a second index for LIKE
            models.UniqueConstraint(fields=["token_hash"], name="ticket_token_is_its_own")
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Mark(models.Model):
    """That something was used: the number of a form, or a ticket. Refers to nothing but its wave."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wave = models.ForeignKey(Wave, models.CASCADE, related_name="marks")
    mark = models.CharField(max_length=64)
    is_fresh = models.BooleanField(default=True, help_text="made since the last release")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["wave", "mark"], name="mark_once_per_wave")]
        indexes = [
            # release rewrites the marks made since the last one
            models.Index(fields=["wave"], condition=models.Q(is_fresh=True), name="mark_fresh"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Mode(models.TextChoices):
    """How the answers came onto the page."""

    FULL = "full", _("full version")
    SIMPLE = "simple", _("easier version")
    STAFF = "staff", _("entered with staff or an interpreter")
    PAPER = "paper", _("typed in from paper or phone")


class Filled(models.Model):
    """What a sent questionnaire carries, waiting or counted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wave = models.ForeignKey(Wave, models.CASCADE, related_name="%(class)ss", verbose_name=_("wave"))
    version = models.ForeignKey(Version, models.PROTECT, related_name="+", verbose_name=_("version"))
    collector = models.ForeignKey(Collector, models.PROTECT, related_name="+", verbose_name=_("collector"))
    profile = models.ForeignKey(
        Profile, models.PROTECT, null=True, related_name="+", verbose_name=_("profile")
    )
    language = models.CharField(
        _("language"), max_length=10, blank=True, help_text=_("Empty where it would tell people apart.")
    )
    mode = models.CharField(_("mode"), max_length=8, choices=Mode.choices, default=Mode.FULL)
    is_assisted = models.BooleanField(_("somebody helped"), null=True)
    pseudonym = models.CharField(
        max_length=64, blank=True, help_text="Joins one person's answers across confidential waves."
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"#{self.pk}"


class Submission(Filled):
    """In the ballot box: sent, not yet counted. Gone once it is."""

    content = models.JSONField()

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        indexes = [
            # those that look alike, at a random place among them
            models.Index(fields=["wave", "collector", "profile", "id"], name="submission_alike"),
        ]


class HeldSubmission(Filled):
    """Sent in a flood: it waits until a person has decided whether it is counted. As nameless as one in the box."""

    content = models.JSONField()

    class Meta:
        verbose_name = _("held submission")
        verbose_name_plural = _("held submissions")
        indexes = [
            models.Index(fields=["wave", "collector", "profile", "id"], name="held_alike"),
            # how many there are of a way in
            models.Index(fields=["collector"], name="held_of_collector"),
        ]


class Response(Filled):
    """Counted."""

    is_shuffled = models.BooleanField(default=False, help_text="copied in random order after the close")
    cells = models.JSONField(_("groups"), default=dict, help_text="breakdown -> cell")

    class Meta:
        verbose_name = _("response")
        verbose_name_plural = _("responses")
        indexes = [
            # after the close: what is still to be copied in random order
            models.Index(fields=["wave"], condition=models.Q(is_shuffled=False), name="response_unshuffled"),
        ]


class Answer(models.Model):
    """One value given to one question. Reserved values begin with a colon: asked but empty, not for me."""

    EMPTY = ":empty"
    NOT_FOR_ME = ":not_for_me"
    DONT_KNOW = ":dont_know"

    pk = models.CompositePrimaryKey("response_id", "question", "value")
    response = models.ForeignKey(Response, models.CASCADE, related_name="answers")
    question = models.CharField(max_length=82)
    value = models.CharField(max_length=60)
    number = models.FloatField(null=True)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")

    def __str__(self) -> str:
        return f"{self.question} {self.value}"


class Comment(models.Model):
    """Free text, apart from the ticked answers it came with: nothing leads from one to the other."""

    class Band(models.TextChoices):
        FAVOURABLE = "favourable", _("favourable")
        MIDDLE = "middle", _("in between")
        UNFAVOURABLE = "unfavourable", _("unfavourable")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wave = models.ForeignKey(Wave, models.CASCADE, related_name="comments", verbose_name=_("wave"))
    question = models.CharField(_("question"), max_length=82)
    text = models.TextField(_("text"))
    language = models.CharField(_("language"), max_length=10, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("unit"))
    service = models.ForeignKey(
        "organisation.Service", models.PROTECT, null=True, related_name="+", verbose_name=_("service")
    )
    band = models.CharField(_("band"), max_length=12, choices=Band.choices, blank=True)
    receipt_hash = models.CharField(max_length=64, blank=True)
    is_shuffled = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")

    def __str__(self) -> str:
        return f"#{self.pk}"
