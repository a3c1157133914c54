"""The way of one action along its line, for the top of its page: where it has been, and where it stands."""

from typing import NamedTuple

from actions.models import Action, Event, Status


class Station(NamedTuple):
    status: Status
    event: Event | None
    """The last move that led here."""
    is_here: bool
    is_past: bool


def way_of(action: Action) -> list[Station]:
    """Two queries. A place where actions end without being done is on the way of those only that ended there."""
    led_here = {event.after_id: event for event in action.events.select_related("by").order_by("at", "pk")}
    line = [
        status
        for status in Status.objects.all()
        if status.pk == action.status_id or status.is_open or status.is_done
    ]
    here = [status.pk for status in line].index(action.status_id)
    return [
        Station(
            status,
            led_here.get(status.pk) if place <= here else None,
            is_here=place == here,
            is_past=place < here and status.pk in led_here,
        )
        for place, status in enumerate(line)
    ]
