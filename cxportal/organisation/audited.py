"""What is followed of the organisation."""

from allauth.mfa.models import Authenticator

from cxportal.organisation.audit import follow
from cxportal.organisation.models import (
    Agency,
    Figure,
    Language,
    Service,
    StaffRole,
    Stage,
    Topic,
    Unit,
    UnitFigure,
    User,
)

follow(Agency, Figure, Language, StaffRole, Stage, Topic, Unit, UnitFigure)
follow(Service, with_lists=["stages"])
follow(User, leave_out=["last_login"])
follow(Authenticator, leave_out=["data", "last_used_at"])
