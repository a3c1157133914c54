"""Who may see which unit. Every queryset of staff passes `for_user(user)`, which asks the scope of the user."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from django.db.models import Q

from cxportal.organisation.models.units import Unit

if TYPE_CHECKING:
    from cxportal.organisation.models.people import User


@dataclass(frozen=True)
class Scope:
    """The roles of one person, with the units they reach (each unit of a role and everything below it)."""

    agency_wide: frozenset[str] = frozenset()
    units_by_role: tuple[tuple[str, frozenset[int]], ...] = ()
    ancestors: frozenset[int] = frozenset()
    """Units above: of those only published aggregates are shown."""

    @classmethod
    def of(cls, user: "User") -> Self:
        if not user.is_active:
            return cls()
        roles = list(user.roles.values_list("role", "unit_id"))
        agency_wide = {role for role, unit_id in roles if unit_id is None}
        if user.is_superuser:
            agency_wide |= {"cx_team", "administrator"}
        by_role: dict[str, set[int]] = {}
        above: set[int] = set()
        if any(unit_id for _, unit_id in roles):
            parents = dict(Unit.objects.values_list("pk", "parent_id"))
            for role, unit_id in roles:
                if unit_id:
                    by_role.setdefault(role, set()).update(_subtree(parents, unit_id))
                    above.update(_ancestors(parents, unit_id))
        return cls(
            agency_wide=frozenset(agency_wide),
            units_by_role=tuple((role, frozenset(units)) for role, units in sorted(by_role.items())),
            ancestors=frozenset(above),
        )

    @classmethod
    def of_reader(cls, unit: Unit | None) -> Self:
        """Of a system that reads results like a viewer of this unit; without a unit, of the whole agency."""
        if unit is None:
            return cls(agency_wide=frozenset({"cx_team"}))
        parents = dict(Unit.objects.values_list("pk", "parent_id"))
        return cls(
            units_by_role=(("viewer", frozenset(_subtree(parents, unit.pk))),),
            ancestors=frozenset(_ancestors(parents, unit.pk)),
        )

    @property
    def roles(self) -> frozenset[str]:
        return self.agency_wide | {role for role, _ in self.units_by_role}

    @property
    def is_empty(self) -> bool:
        return not self.roles

    @property
    def is_cx_team(self) -> bool:
        return "cx_team" in self.agency_wide

    @property
    def is_administrator(self) -> bool:
        return "administrator" in self.agency_wide

    def has_any(self, roles: Iterable[str]) -> bool:
        return not self.roles.isdisjoint(roles)

    def unit_ids(self, *roles: str) -> frozenset[int]:
        """Units reached by these roles (by any role that has units, when none is named)."""
        return frozenset().union(*(units for role, units in self.units_by_role if not roles or role in roles))

    def units_condition(self, path: str = "", *roles: str) -> Q:
        """A filter for rows of a unit; `path` leads from the row to the unit ("" for units themselves).

        The CX team sees every unit. An administrator keeps the tree and the staff, so sees units too.
        """
        if self.is_cx_team or (not path and self.is_administrator):
            return Q()
        return Q(**{f"{path}__in" if path else "pk__in": self.unit_ids(*roles)})


def _subtree(parents: dict[int, int | None], root: int) -> set[int]:
    children: dict[int | None, list[int]] = {}
    for unit, parent in parents.items():
        children.setdefault(parent, []).append(unit)
    found, waiting = set(), [root]
    while waiting:
        unit = waiting.pop()
        if unit not in found:
            found.add(unit)
            waiting.extend(children.get(unit, ()))
    return found


def _ancestors(parents: dict[int, int | None], unit: int) -> set[int]:
    found: set[int] = set()
    above = parents.get(unit)
    while above is not None and above not in found:
        found.add(above)
        above = parents.get(above)
    return found
