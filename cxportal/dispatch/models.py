"""What is to be sent, what became of it, and who must not be written to.

The states and the ways between them are drawn in docs/sending.md; every way is a conditional UPDATE in outcomes.py,
claiming.py, reaping.py or stopping.py, never a save().
"""

import secrets
import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ChannelOfMessage(models.TextChoices):
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("Text message")


class State(models.TextChoices):
    QUEUED = "queued", _("Queued")
    CLAIMED = "claimed", _("Taken by a worker")
    HANDING = "handing", _("Being handed over")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    UNKNOWN = "unknown", _("Unknown")
    EXPIRED = "expired", _("Given up")
    CANCELLED = "cancelled", _("Cancelled")
    DELIVERED = "delivered", _("Delivered")
    BOUNCED = "bounced", _("Bounced")


OPEN_STATES = (State.QUEUED, State.CLAIMED)
FINAL_STATES = (
    State.ACCEPTED,
    State.REFUSED,
    State.EXPIRED,
    State.CANCELLED,
    State.DELIVERED,
    State.BOUNCED,
)


LAPSES_TO_GO_ALONE = 3


class Policy(models.TextChoices):
    """What to do when nobody can know whether a message left."""

    NEVER_TWICE = "never_twice", _("Never twice")
    NEVER_MISSED = "never_missed", _("Never missed")


class Reason(models.TextChoices):
    RECIPIENT_REFUSED = "recipient_refused", _("The recipient was refused.")
    CONTENT_REFUSED = "content_refused", _("The message was refused.")
    ADDRESS_NOT_POSSIBLE = "address_not_possible", _("The gateway cannot write to such an address.")
    NOT_RENDERED = "not_rendered", _("The text could not be made from its template.")
    TRY_LATER = "try_later", _("The gateway asked to try later.")
    GATEWAY_AWAY = "gateway_away", _("The gateway could not be reached.")
    CUT_BEFORE_BODY = "cut_before_body", _("The line was cut before the message was handed over.")
    CUT_AFTER_BODY = "cut_after_body", _("The line was cut before the gateway answered.")
    WORKER_LOST = "worker_lost", _("The worker died while it handed the message over.")
    UNSUBSCRIBED = "unsubscribed", _("The person does not want such messages.")
    ADDRESS_DEAD = "address_dead", _("The address does not exist any more.")
    ERASED = "erased", _("The person's data was erased.")
    STOPPED = "stopped", _("The mailing was stopped.")
    STAFF = "staff", _("Staff decided so.")
    HARD_BOUNCE = "hard_bounce", _("It came back: the address does not exist.")
    SOFT_BOUNCE = "soft_bounce", _("It came back: not deliverable for now.")
    COMPLAINT = "complaint", _("The person complained about the message.")


class Batch(models.Model):
    """The messages of one mailing: held, released and stopped together."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        HELD = "held", _("On hold")
        STOPPED = "stopped", _("Stopped")

    name = models.CharField(_("name"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.RUNNING)
    created_at = models.DateTimeField(_("made"), db_default=Now())
    changed_at = models.DateTimeField(_("state changed"), db_default=Now())
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("state changed by"),
    )

    class Meta:
        verbose_name = _("mailing in dispatch")
        verbose_name_plural = _("mailings in dispatch")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["running", "held", "stopped"]), name="batch_state_known"
            )
        ]

    def __str__(self) -> str:
        return self.name


class MessageQuerySet(models.QuerySet["Message"]):
    def open(self) -> Self:
        """Not yet handed over: these can still be cancelled."""
        return self.filter(state__in=OPEN_STATES)

    def closed(self) -> Self:
        """Nothing more is done with these by itself; an unknown one waits for a decision or for nothing."""
        return self.filter(state__in=[*FINAL_STATES, State.UNKNOWN])

    def undecided(self) -> Self:
        return self.filter(state=State.UNKNOWN, decided_at__isnull=True)


class Message(models.Model):
    """One thing to be delivered to one person for one cause."""

    cause = models.CharField(_("cause"), max_length=200)
    purpose = models.CharField(_("purpose"), max_length=40)
    channel = models.CharField(_("channel"), max_length=10, choices=ChannelOfMessage.choices)
    batch = models.ForeignKey(
        Batch,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="messages",
        verbose_name=_("mailing"),
    )
    template = models.CharField(_("template"), max_length=100)
    language = models.CharField(_("language"), max_length=10)
    data = models.JSONField(_("data"), default=dict, blank=True)
    address = models.CharField(_("address"), max_length=320, blank=True)
    address_hash = models.CharField(max_length=64, editable=False)
    unsubscribe_scope = models.CharField(_("unsubscribes from"), max_length=100, blank=True)
    policy = models.CharField(_("policy"), max_length=20, choices=Policy.choices, default=Policy.NEVER_TWICE)
    message_id = models.CharField(_("Message-ID"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(_("reason"), max_length=30, choices=Reason.choices, blank=True)
    reason_text = models.CharField(_("what the gateway said"), max_length=200, blank=True)
    due_at = models.DateTimeField(_("due"), db_default=Now())
    created_at = models.DateTimeField(_("made"), db_default=Now())
    worker = models.CharField(_("worker"), max_length=40, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    lapses = models.PositiveSmallIntegerField(_("lost by workers"), default=0, db_default=0)
    is_possible_double = models.BooleanField(_("may have arrived twice"), default=False)
    first_tried_at = models.DateTimeField(_("first tried"), null=True, blank=True)
    fenced_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    final_at = models.DateTimeField(_("finished"), null=True, blank=True)
    soft_bounces = models.PositiveSmallIntegerField(_("came back for now"), default=0)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("decided by"),
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["cause"], name="message_once_per_cause"),
            models.UniqueConstraint(fields=["message_id"], name="message_id_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="message_state_known"),
            models.CheckConstraint(condition=Q(channel__in=["email", "sms"]), name="message_channel_known"),
            models.CheckConstraint(condition=Q(policy__in=Policy.values), name="message_policy_known"),
            models.CheckConstraint(
                condition=~Q(state__in=["claimed", "handing"])
                | (~Q(worker="") & Q(lease_until__isnull=False)),
                name="message_under_way_has_worker_and_lease",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in FINAL_STATES], final_at__isnull=False)
                | (~Q(state__in=[state.value for state in FINAL_STATES]) & Q(final_at__isnull=True)),
                name="message_final_at_as_state_says",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["queued", "claimed", "handing"]) | ~Q(address=""),
                name="message_under_way_has_address",
            ),
        ]
        indexes = [
            # next to be claimed: urgent ones without a mailing, then one mailing after the other
            models.Index(
                fields=["channel", "batch", "due_at"], condition=Q(state="queued"), name="message_queued"
            ),
            models.Index(
                fields=["channel", "lease_until"], condition=Q(state="claimed"), name="message_claimed"
            ),
            models.Index(fields=["lease_until"], condition=Q(state="handing"), name="message_handing"),
            models.Index(fields=["decided_at", "id"], condition=Q(state="unknown"), name="message_unknown"),
            models.Index(fields=["batch", "channel", "state", "reason"], name="message_counts"),
            models.Index(fields=["address_hash"], name="message_address_hash"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def may_kill_workers(self) -> bool:
        """Claimed again and again by workers that died before they had tried it."""
        return self.lapses >= LAPSES_TO_GO_ALONE


class Suppression(models.Model):
    """An address that must not be written to. Only its keyed hash is kept, so it outlives the person's data."""

    class Reason(models.TextChoices):
        OPT_OUT = "opt_out", _("Unsubscribed")
        COMPLAINT = "complaint", _("Complained")
        HARD_BOUNCE = "hard_bounce", _("Address does not exist")
        ERASED = "erased", _("Data erased")
        STAFF = "staff", _("Staff decided so")

    # Account mail and the like has no scope to unsubscribe from; only these reasons stop it.
    STOPS_EVERYTHING = (Reason.HARD_BOUNCE, Reason.ERASED, Reason.STAFF)

    address_hash = models.CharField(max_length=64, editable=False)
    scope = models.CharField(
        _("scope"),
        max_length=100,
        blank=True,
        help_text=_("Empty: every message that can be unsubscribed from."),
    )
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    since = models.DateTimeField(_("since"), db_default=Now())

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        ordering = ["-since"]
        constraints = [
            models.UniqueConstraint(fields=["address_hash", "scope"], name="suppression_once_per_scope"),
            models.CheckConstraint(
                condition=Q(reason__in=["opt_out", "complaint", "hard_bounce", "erased", "staff"]),
                name="suppression_reason_known",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class GatewayState(models.Model):
    """Rate and health of one gateway, shared by all workers."""

    channel = models.CharField(_("channel"), max_length=10, choices=ChannelOfMessage.choices, unique=True)
    rate_per_minute = models.PositiveIntegerField(
        _("messages a minute"), null=True, blank=True, help_text=_("Empty: no limit.")
    )
    tokens = models.FloatField(default=0, editable=False)
    refilled_at = models.DateTimeField(db_default=Now(), editable=False)
    failures = models.PositiveIntegerField(_("errors in a row"), default=0)
    delay_seconds = models.PositiveIntegerField(_("pause in seconds"), default=0)
    open_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("gateway")
        verbose_name_plural = _("gateways")
        ordering = ["channel"]

    def __str__(self) -> str:
        return self.get_channel_display()


class Due(models.Model):
    """A periodic job taken up for one period: whoever makes the row does the job."""

    job = models.CharField(_("job"), max_length=100)
    period = models.CharField(_("period"), max_length=40)
    claimed_at = models.DateTimeField(_("taken up"), db_default=Now())

    class Meta:
        verbose_name = _("periodic job done")
        verbose_name_plural = _("periodic jobs done")
        constraints = [models.UniqueConstraint(fields=["job", "period"], name="due_once_per_period")]

    def __str__(self) -> str:
        return f"{self.job} {self.period}"


def new_installation() -> str:
    return secrets.token_hex(8)


class Ledger(models.Model):
    """How many claims this database knows of. A lower number than the one kept beside the keys: restored."""

    installation = models.CharField(max_length=40, default=new_installation, editable=False)
    claims = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("ledger")
        verbose_name_plural = _("ledgers")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="ledger_is_one_row")]

    def __str__(self) -> str:
        return self.installation


class Hold(models.Model):
    """While one of these is not released, nothing is sent at all."""

    class Reason(models.TextChoices):
        RESTORED = "restored", _("The database was restored from a backup.")
        STAFF = "staff", _("Staff decided so.")

    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    since = models.DateTimeField(_("since"), db_default=Now())
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("held by"),
    )
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("released by"),
    )

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["reason"], condition=Q(released_at__isnull=True), name="hold_once_per_reason"
            )
        ]

    def __str__(self) -> str:
        return self.get_reason_display()


class OutboxMail(models.Model):
    """What the local outbox took instead of a real gateway, to be read in the browser."""

    channel = models.CharField(_("channel"), max_length=10, choices=ChannelOfMessage.choices)
    address = models.CharField(_("address"), max_length=320)
    subject = models.CharField(_("subject"), max_length=998, blank=True)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"), blank=True)
    headers = models.JSONField(_("headers"), default=dict, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    message_id = models.CharField(_("Message-ID"), max_length=200)
    taken_at = models.DateTimeField(_("taken"), db_default=Now())

    class Meta:
        verbose_name = _("mail in the local outbox")
        verbose_name_plural = _("mail in the local outbox")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["message_id"], name="outbox_mail_once")]

    def __str__(self) -> str:
        return f"#{self.pk}"


def new_message_id(domain: str) -> str:
    return f"<{uuid.uuid4().hex}@{domain}>"
