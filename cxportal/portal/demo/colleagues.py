"""Colleagues who handle feedback and own actions. They have no password: the log-ins of the demo are others."""

from typing import NamedTuple

from cxportal.organisation.models import Role, StaffRole, User
from cxportal.portal.demo.stage import Stage


class Colleague(NamedTuple):
    username: str
    first_name: str
    role: Role
    unit: str | None


COLLEAGUES = [
    Colleague("ines", "Inés", Role.CX_TEAM, None),
    Colleague("mikael", "Mikael", Role.MANAGER, "south"),
    Colleague("olli", "Olli", Role.MANAGER, "west"),
    Colleague("sanna", "Sanna", Role.MANAGER, "north"),
    Colleague("tarek", "Tarek", Role.MANAGER, "reception"),
    Colleague("leena", "Leena", Role.MANAGER, "e-services"),
    Colleague("pavel", "Pavel", Role.MANAGER, "decisions"),
    Colleague("amira", "Amira", Role.MANAGER, "contact-centre"),
]


def fill_colleagues(stage: Stage) -> None:
    for colleague in COLLEAGUES:
        user = User(
            username=colleague.username,
            first_name=colleague.first_name,
            email=f"{colleague.username}@agency.example",
        )
        user.set_unusable_password()
        user.save()
        unit = stage.unit(colleague.unit) if colleague.unit else None
        StaffRole.objects.create(user=user, role=colleague.role, unit=unit)
