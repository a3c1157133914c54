from django import template
from django.utils.formats import number_format

from cxportal.dispatch.addresses import masked as masked_address
from cxportal.dispatch.models import State

register = template.Library()

LOOKS: dict[str, str] = {
    State.QUEUED: "",
    State.CLAIMED: "is-open",
    State.HANDING: "is-open",
    State.ACCEPTED: "is-done",
    State.DELIVERED: "is-done",
    State.UNKNOWN: "is-wait",
    State.REFUSED: "is-bad",
    State.BOUNCED: "is-bad",
    State.EXPIRED: "is-bad",
    State.CANCELLED: "",
}


@register.filter
def grouped(number: int) -> str:
    """12 345 as the language of the page writes it."""
    return number_format(number, force_grouping=True)


@register.filter
def look(state: str) -> str:
    """The class that draws a state; its word stands beside it."""
    return LOOKS.get(state, "")


@register.filter
def masked(address: str) -> str:
    return masked_address(address)
