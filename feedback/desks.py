"""Where staff may write something down: their own units and all below."""

from cxportal.organisation.models import Role, Unit, User
from cxportal.organisation.models.units import UnitQuerySet
from feedback.models.item import HANDLING_ROLES

WRITERS = (Role.CX_TEAM, Role.MANAGER, Role.STAFF)


def desks_of(user: User) -> UnitQuerySet:
    units = Unit.objects.active()
    return units if user.scope.is_cx_team else units.filter(pk__in=user.scope.unit_ids(*HANDLING_ROLES))


def first_desk_of(user: User) -> int | None:
    """The unit of the person's own role, to begin with."""
    roles = user.roles.filter(role__in=HANDLING_ROLES, unit__is_active=True).order_by("pk")
    return roles.values_list("unit", flat=True).first()
