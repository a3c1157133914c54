"""Staff and what they may do. Respondents and panel members are not here and never become users."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from cxportal.languages import LANGUAGES, STAFF
from cxportal.organisation.models.scope import Scope


class User(AbstractUser):
    """A member of staff who can sign in."""

    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        choices=[(code, LANGUAGES[code].native_name) for code in STAFF],
        help_text=_("For the pages after signing in and for mail from the portal."),
    )
    weekly_digest = models.BooleanField(
        _("weekly mail with results"),
        default=False,
        db_default=False,
        help_text=_("Each person decides for themselves."),
    )

    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = _("member of staff")
        verbose_name_plural = _("members of staff")
        ordering = ["pk"]

    def __str__(self) -> str:
        # neutral on purpose: the admin's own log keeps str(object) for ever
        return f"#{self.pk}"

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username

    @cached_property
    def scope(self) -> Scope:
        """What this person may see, read once per request."""
        return Scope.of(self)


class Role(models.TextChoices):
    CX_TEAM = "cx_team", _("CX team")
    MANAGER = "manager", _("Unit manager")
    STAFF = "staff", _("Staff")
    VIEWER = "viewer", _("Viewer")
    ADMINISTRATOR = "administrator", _("Administrator")


class StaffRole(models.Model):
    """One person, one role, in one unit; the CX team and administrators have the whole agency."""

    AGENCY_WIDE = (Role.CX_TEAM, Role.ADMINISTRATOR)

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="roles", verbose_name=_("member of staff")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    unit = models.ForeignKey(
        "organisation.Unit",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="staff_roles",
        verbose_name=_("unit"),
        help_text=_("The role holds for this unit and all below. The CX team and administrators have none."),
    )

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ["role", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "unit"], name="staff_role_once_per_unit"),
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=models.Q(unit__isnull=True),
                name="staff_role_once_agency_wide",
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(role__in=["cx_team", "administrator"], unit__isnull=True)
                    | models.Q(role__in=["manager", "staff", "viewer"], unit__isnull=False)
                ),
                name="staff_role_unit_as_role_needs",
                violation_error_message=_(
                    "Managers, staff and viewers need a unit; the CX team and administrators have none."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} #{self.pk}"
