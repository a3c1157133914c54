"""The agency's tree and the words every other room sorts by: services, stages, channels, topics."""

from typing import TYPE_CHECKING

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from tree_queries.models import TreeNode
from tree_queries.query import TreeQuerySet

if TYPE_CHECKING:
    from cxportal.organisation.models.people import User

code_validator = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9._\-]*\Z",
    _("A code is made of letters without accents, digits, dots, hyphens and underscores."),
)


class Channel(models.TextChoices):
    """How the customer met the agency."""

    WEB = "web", _("Web site")
    E_SERVICE = "e_service", _("E-service")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")
    CHAT = "chat", _("Chat")
    DESK = "desk", _("Desk")
    LETTER = "letter", _("Letter")
    SOCIAL_MEDIA = "social_media", _("Social media")
    EVENT = "event", _("Event")


class UnitQuerySet(TreeQuerySet):
    def for_user(self, user: "User") -> "UnitQuerySet":
        """The units whose affairs a member of staff may see: see `models.scope`."""
        return self.filter(user.scope.units_condition())

    def active(self) -> "UnitQuerySet":
        return self.filter(is_active=True)


class Unit(TreeNode):
    """A node of the agency's tree: agency, region, facility, service point, desk."""

    class Kind(models.TextChoices):
        AGENCY = "agency", _("Agency")
        REGION = "region", _("Region")
        DEPARTMENT = "department", _("Department")
        MUNICIPALITY = "municipality", _("Municipality")
        FACILITY = "facility", _("Facility")
        SERVICE_POINT = "service_point", _("Service point")
        DESK = "desk", _("Desk")
        OTHER = "other", pgettext_lazy("kind of unit", "Other")

    code = models.CharField(_("code"), max_length=64, unique=True, validators=[code_validator])
    name = models.CharField(_("name"), max_length=300)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.OTHER)
    is_active = models.BooleanField(
        _("in use"),
        default=True,
        help_text=_("A unit that is closed stays in the results of earlier years."),
    )

    objects = UnitQuerySet.as_manager(with_tree_fields=False)

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")), name="unit_is_not_its_own_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.code


class Stage(models.Model):
    """A step on a customer's way through a service: before, applying, waiting, decision, after."""

    code = models.CharField(_("code"), max_length=64, unique=True, validators=[code_validator])
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name or self.code


class Service(models.Model):
    """What a customer applies for or uses."""

    code = models.CharField(_("code"), max_length=64, unique=True, validators=[code_validator])
    name = models.CharField(_("name"), max_length=200)
    stages = models.ManyToManyField(Stage, verbose_name=_("stages"), blank=True, related_name="services")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name or self.code


class Topic(models.Model):
    """What something is about: the place where questions, feedback and actions meet."""

    code = models.CharField(_("code"), max_length=64, unique=True, validators=[code_validator])
    name = models.CharField(_("name"), max_length=200)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name or self.code
