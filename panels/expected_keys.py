"""The keys of panels whose members' answers are joined: needed as long as there are such answers."""

from cxportal.keys import store
from cxportal.keys.expected import expect
from panels.models import Panel
from surveys.models import Ticket


def keys_of_joined_panels() -> list[str]:
    used = set(Ticket.objects.exclude(panel_key_name="").values_list("panel_key_name", flat=True).distinct())
    names = Panel.objects.filter(key_name__in=used).values_list("key_name", flat=True)
    return [name for name in names if store.destroyed_on(name) is None]


expect(needed=keys_of_joined_panels)
