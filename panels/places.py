"""What panels puts onto pages of lower rooms."""

from typing import Any

from django.http import HttpRequest

from cxportal.organisation.admin_base import StaffRequest
from cxportal.slots import fill
from panels import progress
from panels.models import Mailing, Panel
from surveys import response_rates
from surveys.memory import kept
from surveys.models import Wave


def joining(request: HttpRequest) -> dict[str, Any] | None:
    """The front page is shown to everybody: it asks the database once a minute."""
    is_open = kept("panels: somebody may join", lambda: Panel.objects.open_to_join().exists())
    return {} if is_open else None


fill("front.tell", "panels/door.html", joining)


def mailings(request: StaffRequest, wave: Wave) -> dict[str, Any] | None:
    """The mailings of a wave, on the page that shows how it goes."""
    if not request.user.scope.is_cx_team:
        return None
    rows = Mailing.objects.for_user(request.user).filter(wave=wave)
    return {"mailings": list(rows), "wave": wave, "may_invite": wave.state != Wave.State.CLOSED}


fill("wave.progress", "admin/panels/mailing/of_wave.html", mailings)
response_rates.name_reasons(progress.IN_WORDS)
