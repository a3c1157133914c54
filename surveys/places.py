"""What surveys put into the named places of pages that belong to other rooms."""

from django.http import HttpRequest

from cxportal.slots import fill
from surveys.announcing import under_way


def announced(request: HttpRequest) -> dict | None:
    measurements = under_way()
    return {"measurements": measurements} if measurements else None


fill("front.now", "surveys/announced_on_front.html", announced)
