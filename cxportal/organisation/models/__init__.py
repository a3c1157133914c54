from cxportal.organisation.models.agency import Agency
from cxportal.organisation.models.figures import Figure, UnitFigure
from cxportal.organisation.models.languages import Language, TextReading
from cxportal.organisation.models.people import Role, StaffRole, User
from cxportal.organisation.models.units import Channel, Service, Stage, Topic, Unit

__all__ = [
    "Agency",
    "Channel",
    "Figure",
    "Language",
    "Role",
    "Service",
    "StaffRole",
    "Stage",
    "TextReading",
    "Topic",
    "Unit",
    "UnitFigure",
    "User",
]
