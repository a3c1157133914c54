"""The page on which a body outside answers a request for adjustment. The signed link is the proof; no cookie, no script."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_noop as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from actions import adjusting
from actions.models import Adjustment
from cxportal.interface import said
from cxportal.organisation.texts import Text, direction_of
from cxportal.public import public_page

State = Adjustment.State
CHOICES = {
    State.ACCEPTED: _("Yes, we do it"),
    State.PARTLY: _("We do a part of it"),
    State.NOT_ACCEPTED: _("No, we do not do it"),
}
LONGEST = 4000


# There is no cookie, so no cookie token: the signed link is the proof. A visit changes nothing.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def adjustment(request: HttpRequest, token: str) -> HttpResponse:
    found = adjusting.read_link(token)
    if found is None:
        return _page(request, "broken", status=404)
    if found.state != State.ASKED:
        return _page(request, "used", found)
    if adjusting.is_over(found):
        return _page(request, "over", found, status=410)
    if request.method != "POST":
        return _page(request, "asked", found)
    sent = {
        "state": request.POST.get("state", "")[:20],
        "text": request.POST.get("text", "").replace("\r\n", "\n").replace("\0", "").strip()[:LONGEST],
    }
    if faults := _faults(sent):
        return _page(request, "asked", found, faults=faults, sent=sent)
    is_first = adjusting.answer(adjustment=found, state=sent["state"], text=sent["text"])
    found.refresh_from_db()
    return _page(request, "done" if is_first else "used", found)


def _faults(sent: dict[str, str]) -> list[tuple[str, Text]]:
    if sent["state"] not in CHOICES:
        return [("state", said(_("Choose your answer.")))]
    if sent["state"] != State.ACCEPTED and not sent["text"]:
        return [("text", said(_("Say why you do not do it, or not all of it.")))]
    return []


def _page(
    request: HttpRequest, state: str, found: Adjustment | None = None, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "state": state,
        "request_row": found,
        "direction": direction_of(found.language) if found else "",
        "choices": [(value.value, said(words)) for value, words in CHOICES.items()],
    }
    return render(request, "actions/public/request.html", context | more, status=status)
