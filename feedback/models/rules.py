"""What the CX team sets: who gets what, how long it is kept, what to look for in texts, which systems may send."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cxportal.organisation.models import Channel, Service, Topic, Unit
from feedback.models.item import Kind


class RoutingRule(models.Model):
    """What fits every condition that is set goes to the unit. Rules are tried in their order."""

    name = models.CharField(_("name"), max_length=200)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, blank=True)
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices, blank=True)
    topic = models.ForeignKey(
        Topic, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("topic")
    )
    service = models.ForeignKey(
        Service, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("service")
    )
    unit = models.ForeignKey(
        Unit,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("came in at"),
        help_text=_("This unit and all below."),
    )
    goes_to = models.ForeignKey(Unit, models.PROTECT, related_name="routing_rules", verbose_name=_("goes to"))
    due_days = models.PositiveSmallIntegerField(
        _("days until it is due"), default=14, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    is_last = models.BooleanField(
        _("no further rule"), default=True, help_text=_("Without it, later rules may add more units.")
    )

    class Meta:
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_days__gte=1, due_days__lte=365), name="routing_rule_due_within_a_year"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RetentionRule(models.Model):
    """How long feedback of one kind is kept; contact data goes first."""

    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, unique=True)
    days = models.PositiveSmallIntegerField(_("days the text is kept"), default=1095)
    contact_days = models.PositiveSmallIntegerField(
        _("days contact data is kept"), default=180, help_text=_("Counted from the outcome.")
    )

    class Meta:
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        ordering = ["kind"]
        constraints = [
            models.CheckConstraint(
                condition=Q(days__gte=1, contact_days__lte=models.F("days")),
                name="retention_contact_goes_first",
                violation_error_message=_("Contact data must not be kept longer than the text."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class CasePattern(models.Model):
    """How case numbers of the agency look, so that they are masked."""

    name = models.CharField(_("name"), max_length=100)
    pattern = models.CharField(
        _("pattern"),
        max_length=40,
        unique=True,
        validators=[
            RegexValidator(
                r"^[9A/. _-]*9[9A/. _-]*9[9A/. _-]*9[9A/. _-]*\Z",
                _("Use 9 for a digit, A for a letter, and / - . _ or a space; at least three digits."),
            )
        ],
        help_text=_("9 stands for any digit, A for any letter: MIG/9999/999999."),
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("pattern of case numbers")
        verbose_name_plural = _("patterns of case numbers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class StaffName(models.Model):
    """A name of staff to be masked in texts; kept on its own, without account or unit."""

    full_name = models.CharField(_("name"), max_length=120, unique=True)

    class Meta:
        verbose_name = _("name of staff to mask")
        verbose_name_plural = _("names of staff to mask")
        ordering = ["full_name"]

    def __str__(self) -> str:
        # neutral on purpose: the admin's own log keeps str(object) for ever
        return f"#{self.pk}"


class Integration(models.Model):
    """Another system that may hand in feedback, with a key of its own of which only the hash is kept."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("unit"),
        help_text=_("Feedback without a unit is counted here; this system may name units below it only."),
    )
    channel = models.CharField(
        pgettext_lazy("of a system", "channel"), max_length=20, choices=Channel.choices, default=Channel.WEB
    )
    is_active = models.BooleanField(_("in use"), default=True)
    last_used_on = models.DateField(_("last used"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("system that sends feedback")
        verbose_name_plural = _("systems that send feedback")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
