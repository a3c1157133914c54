"""Who is asked what, when, and why somebody is not: mailings with their samples, and contacts written to one by one."""

import secrets
from datetime import time
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cxportal.dispatch.models import Batch, ChannelOfMessage
from cxportal.organisation.models import Unit
from panels.models.register import LANGUAGE_CHOICES, Member, Membership, Panel
from surveys.models import Collector, Ticket, Wave

if TYPE_CHECKING:
    from cxportal.organisation.models import User


def weekdays() -> list[int]:
    return [0, 1, 2, 3, 4, 5, 6]


def new_seed() -> str:
    return secrets.token_hex(8)


class ContactRule(models.Model):
    """How often anybody may be asked, and when. One for the whole agency and all its waves."""

    most_requests = models.PositiveSmallIntegerField(_("requests at most"), default=1)
    within_days = models.PositiveSmallIntegerField(_("within days"), default=60)
    most_reminders = models.PositiveSmallIntegerField(_("reminders at most"), default=2)
    quiet_from = models.TimeField(_("quiet from"), default=time(20))
    quiet_until = models.TimeField(_("quiet until"), default=time(8))
    weekdays = models.JSONField(_("days on which messages go out"), default=weekdays)

    class Meta:
        verbose_name = _("contact rule")
        verbose_name_plural = _("contact rules")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="contact_rule_is_one_row"),
            models.CheckConstraint(
                condition=~Q(quiet_from=F("quiet_until")), name="contact_rule_leaves_some_hours"
            ),
            models.CheckConstraint(condition=Q(most_requests__gte=1), name="contact_rule_allows_one_request"),
        ]

    def __str__(self) -> str:
        return f"{self.most_requests} / {self.within_days}"


class Reason(models.TextChoices):
    """Why somebody in the sample was not asked."""

    OPTED_OUT = "opted_out", _("said no to surveys")
    NO_CONSENT = "no_consent", _("no consent is on record")
    PAUSED = "paused", _("wants a pause")
    DECLINED = "declined", _("declined this survey")
    BOUNCED = "bounced", _("messages to the address come back")
    NO_CHANNEL = "no_channel", _("no address for the channel of this mailing")
    SAME_WAVE = "same_wave", _("is invited to this survey already")
    OTHER_WAVE = "other_wave", _("is about to be asked for another survey")
    TOO_RECENT = "too_recent", _("was asked too recently")
    ERASED = "erased", _("is no longer in the panel")


class MailingQuerySet(models.QuerySet["Mailing"]):
    def for_user(self, user: "User") -> Self:
        """Mailings write to people of every unit: they are for the CX team."""
        return self if user.scope.is_cx_team else self.none()

    def under_way(self) -> Self:
        return self.filter(state__in=[Mailing.State.SCHEDULED, Mailing.State.SENDING])


class Mailing(models.Model):
    """Inviting a sample of panels to a wave, with its reminders."""

    class State(models.TextChoices):
        DRAFT = "draft", _("being prepared")
        SCHEDULED = "scheduled", _("scheduled")
        SENDING = "sending", _("being sent")
        STOPPED = "stopped", _("stopped")
        DONE = "done", _("done")

    class By(models.TextChoices):
        EITHER = "either", _("E-mail, or text message where there is no e-mail or the person prefers it")
        EMAIL = "email", _("E-mail only")
        SMS = "sms", _("Text message only")

    name = models.CharField(_("name"), max_length=120)
    wave = models.ForeignKey(Wave, models.PROTECT, related_name="+", verbose_name=_("wave"))
    collector = models.ForeignKey(
        Collector, models.PROTECT, related_name="+", verbose_name=_("way in"), editable=False
    )
    panels = models.ManyToManyField(Panel, related_name="mailings", verbose_name=_("panels"))
    channel = models.CharField(_("sent by"), max_length=6, choices=By.choices, default=By.EITHER)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.DRAFT, editable=False
    )
    starts_at = models.DateTimeField(
        _("goes out"), null=True, blank=True, help_text=_("Empty: as soon as it is started.")
    )
    reminder_days = models.JSONField(_("reminders after days"), default=list, blank=True)
    seen_hash = models.CharField(max_length=64, blank=True, editable=False)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("started by"),
    )
    refusal = models.CharField(_("why it was not sent"), max_length=300, blank=True, editable=False)
    frozen_at = models.DateTimeField(
        null=True, editable=False, help_text="from here on nobody is added to those invited"
    )
    leased_until = models.DateTimeField(null=True, editable=False)
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="+", editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    figures = models.JSONField(default=dict, editable=False, help_text="kept when the rows are wiped")

    objects = MailingQuerySet.as_manager()

    class Meta:
        verbose_name = _("mailing")
        verbose_name_plural = _("mailings")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "scheduled", "sending", "stopped", "done"]),
                name="mailing_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | ~Q(seen_hash=""), name="mailing_begun_was_previewed"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "scheduled"]) | Q(frozen_at__isnull=False),
                name="mailing_sent_is_frozen",
            ),
        ]
        indexes = [
            # what the clock looks for
            models.Index(
                fields=["starts_at"],
                condition=Q(state__in=["scheduled", "sending"]),
                name="mailing_under_way",
            )
        ]

    def __str__(self) -> str:
        return self.name or f"#{self.pk}"

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT


class Sample(models.Model):
    """How those who are asked are drawn. The same seed draws the same people from the same panels."""

    class Method(models.TextChoices):
        EVERYBODY = "everybody", _("Everybody")
        RANDOM = "random", _("At random")
        PROPORTIONAL = "proportional", _("At random, each group in proportion to its size")
        FIXED = "fixed", _("At random, the same number from each group")

    mailing = models.OneToOneField(Mailing, models.CASCADE, related_name="sample", verbose_name=_("mailing"))
    method = models.CharField(
        _("how they are drawn"), max_length=12, choices=Method.choices, default=Method.EVERYBODY
    )
    size = models.PositiveIntegerField(_("how many"), null=True, blank=True)
    strata = models.CharField(_("groups by"), max_length=60, blank=True)
    sizes = models.JSONField(_("how many of each group"), default=dict, blank=True)
    seed = models.CharField(_("seed"), max_length=40, default=new_seed)
    counts = models.JSONField(default=dict, editable=False, help_text="as they were when it was frozen")

    class Meta:
        verbose_name = _("sample")
        verbose_name_plural = _("samples")
        constraints = [
            models.CheckConstraint(
                condition=Q(method="everybody") | Q(size__gte=1) | ~Q(sizes={}),
                name="sample_has_a_size",
                violation_error_message=_("Say how many are to be drawn."),
            ),
            models.CheckConstraint(
                condition=Q(method__in=["everybody", "random"]) | ~Q(strata=""),
                name="sample_of_groups_says_which",
                violation_error_message=_("Say by what the groups are formed."),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class MailingText(models.Model):
    """What a message says in one language in place of the title and purpose of the survey."""

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="texts", verbose_name=_("mailing"))
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGE_CHOICES)
    subject = models.CharField(_("heading"), max_length=150, blank=True)
    intro = models.TextField(_("first paragraph"), max_length=1000, blank=True)
    sms = models.CharField(_("text message, before the link"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("text of a mailing")
        verbose_name_plural = _("texts of a mailing")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["mailing", "language"], name="mailing_text_once_per_language")
        ]

    def __str__(self) -> str:
        return self.language


class Reminder(models.Model):
    """One round of reminders of a mailing, to those whose link has not been used."""

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="reminders", verbose_name=_("mailing"))
    number = models.PositiveSmallIntegerField(_("number"))
    due_at = models.DateTimeField(_("due"))
    queued_at = models.DateTimeField(_("sent"), null=True)
    last_invitation = models.BigIntegerField(default=0, help_text="how far the round has come")
    reminded = models.PositiveIntegerField(_("reminded"), default=0)
    answered = models.PositiveIntegerField(_("had answered"), default=0)
    left_out = models.PositiveIntegerField(_("left out"), default=0)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["mailing", "number"]
        constraints = [models.UniqueConstraint(fields=["mailing", "number"], name="reminder_once_per_number")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Invitation(models.Model):
    """That a person is asked to answer a wave. Once; what became of the message stands with the message."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for its time")
        QUEUED = "queued", _("handed to dispatch")
        WITHDRAWN = "withdrawn", _("not sent after all")

    # mailing, wave and member are found by the indexes and constraints below
    mailing = models.ForeignKey(
        Mailing, models.PROTECT, related_name="invitations", verbose_name=_("mailing"), db_index=False
    )
    wave = models.ForeignKey(Wave, models.PROTECT, related_name="+", verbose_name=_("wave"), db_index=False)
    member = models.ForeignKey(
        Member,
        models.SET_NULL,
        null=True,
        related_name="invitations",
        verbose_name=_("member"),
        db_index=False,
    )
    membership = models.ForeignKey(
        Membership, models.SET_NULL, null=True, related_name="+", verbose_name=_("membership")
    )
    ticket = models.OneToOneField(
        Ticket, models.SET_NULL, null=True, related_name="+", verbose_name=_("ticket")
    )
    language = models.CharField(_("language"), max_length=10)
    channel = models.CharField(_("channel"), max_length=10, choices=ChannelOfMessage.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.CharField(_("why not"), max_length=12, choices=Reason.choices, blank=True)
    asked_at = models.DateTimeField(_("asked"))

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["wave", "member"], name="invitation_once_per_wave"),
            models.CheckConstraint(
                condition=Q(state="withdrawn") | Q(reason=""), name="invitation_reason_if_withdrawn"
            ),
        ]
        indexes = [
            models.Index(fields=["mailing", "state", "id"], name="invitation_to_be_queued"),
            # how often somebody was asked lately
            models.Index(fields=["member", "asked_at"], name="invitation_of_member"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Exclusion(models.Model):
    """That somebody in the sample is not asked, and why."""

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="exclusions", verbose_name=_("mailing"))
    member = models.ForeignKey(
        Member, models.SET_NULL, null=True, related_name="exclusions", verbose_name=_("member")
    )
    reason = models.CharField(_("why"), max_length=12, choices=Reason.choices)
    language = models.CharField(_("language"), max_length=10, blank=True)

    class Meta:
        verbose_name = _("exclusion")
        verbose_name_plural = _("exclusions")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["mailing", "member"], name="exclusion_once_per_mailing"),
            models.CheckConstraint(
                condition=Q(reason__in=[reason for reason, _label in Reason.choices]),
                name="exclusion_reason_known",
            ),
        ]
        indexes = [models.Index(fields=["mailing", "reason"], name="exclusion_by_reason")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class TriggerQuerySet(models.QuerySet["Trigger"]):
    def for_user(self, user: "User") -> Self:
        return self if user.scope.is_cx_team else self.none()


class Trigger(models.Model):
    """People are asked soon after a visit or a call: contacts come in during the day, one message goes to each."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    collector = models.ForeignKey(Collector, models.PROTECT, related_name="+", verbose_name=_("way in"))
    within_hours = models.PositiveSmallIntegerField(
        _("asked within hours"), default=24, help_text=_("A contact older than this is not asked any more.")
    )
    delay_minutes = models.PositiveSmallIntegerField(_("at the earliest after minutes"), default=0)
    share_percent = models.PositiveSmallIntegerField(_("share that is asked, per cent"), default=100)
    cooldown_days = models.PositiveSmallIntegerField(_("days until somebody is asked again"), default=90)
    is_active = models.BooleanField(_("takes contacts"), default=True)
    key_hash = models.CharField(max_length=64, blank=True, editable=False)
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="+", editable=False)

    objects = TriggerQuerySet.as_manager()

    class Meta:
        verbose_name = _("trigger")
        verbose_name_plural = _("triggers")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(share_percent__range=(1, 100)), name="trigger_share_is_per_cent"
            ),
            models.CheckConstraint(
                condition=Q(within_hours__gte=1), name="trigger_asks_within_an_hour_or_more"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.code


class TriggerContact(models.Model):
    """One contact with the agency. Its address is wiped as soon as the message is in the queue, or is not wanted."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waits")
        QUEUED = "queued", _("asked")
        LEFT_OUT = "left_out", _("not asked")

    class Why(models.TextChoices):
        NOT_DRAWN = "not_drawn", _("not in the random share")
        COOLDOWN = "cooldown", _("was asked too recently")
        OPTED_OUT = "opted_out", _("said no to surveys")
        TOO_LATE = "too_late", _("the contact was too long ago")
        NOT_POSSIBLE = "not_possible", _("nobody can write to this address")
        CLOSED = "closed", _("the survey was not open")

    trigger = models.ForeignKey(Trigger, models.PROTECT, related_name="contacts", verbose_name=_("trigger"))
    reference = models.CharField(
        max_length=64,
        blank=True,
        help_text="hash of what the sender calls the contact: the same one twice is one",
    )
    channel = models.CharField(_("channel"), max_length=10, choices=ChannelOfMessage.choices)
    address = models.CharField(_("address"), max_length=320, blank=True)
    address_hash = models.CharField(max_length=64, editable=False)
    language = models.CharField(_("language"), max_length=10)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit")
    )
    contact_at = models.DateTimeField(_("contact"))
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    why = models.CharField(_("why not"), max_length=12, choices=Why.choices, blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["trigger", "reference"],
                condition=~Q(reference=""),
                name="contact_once_per_reference",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting") | Q(address=""), name="contact_settled_is_wiped"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="contact_waiting"),
            models.Index(fields=["address_hash", "settled_at"], name="contact_cooldown"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
