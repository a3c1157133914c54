"""Ready-made surveys: `install("C1", by=...)` writes, publishes and prepares one.

They belong to the portal because one spans surveys (questions, figures, waves) and panels (mailings), and only portal sees both.
"""

from datetime import datetime
from importlib import import_module
from pkgutil import iter_modules

from cxportal.organisation.models import User
from cxportal.portal.blueprints import cases
from cxportal.portal.blueprints.installing import CannotInstall, install_blueprint, wave_of_blueprint
from cxportal.portal.blueprints.parts import Blueprint
from surveys.models import Survey, Wave

__all__ = ["BLUEPRINTS", "CannotInstall", "Unknown", "blueprint", "install", "prepare_wave"]

_modules = [import_module(f"{cases.__name__}.{module.name}") for module in iter_modules(cases.__path__)]
_found: list[Blueprint] = [module.BLUEPRINT for module in _modules]
BLUEPRINTS: dict[str, Blueprint] = {one.code: one for one in sorted(_found, key=lambda one: one.number)}


class Unknown(LookupError):
    """There is no blueprint with this code."""


def blueprint(code: str) -> Blueprint:
    """Raises `Unknown`."""
    try:
        return BLUEPRINTS[code.upper()]
    except KeyError:
        raise Unknown(code) from None


def install(code: str, *, by: User | None, at: datetime | None = None) -> Survey:
    """The published survey, with a first wave in draft. Raises `Unknown`; `CannotInstall` where it is there already."""
    return install_blueprint(blueprint(code), by=by, at=at)


def prepare_wave(code: str, *, by: User | None, at: datetime | None = None, wave_code: str = "") -> Wave:
    """One more wave in draft of a blueprint that was installed, with all its ways in and mailings."""
    found = blueprint(code)
    return wave_of_blueprint(found, Survey.objects.get(code=found.survey), by=by, at=at, code=wave_code)
