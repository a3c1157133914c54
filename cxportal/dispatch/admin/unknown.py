"""Messages of which nobody can know whether they left: a person decides."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from cxportal.dispatch.admin.pages import StaffRequest, framed
from cxportal.dispatch.mailings import decide_unknowns
from cxportal.dispatch.models import Message

ROWS_ON_A_PAGE = 50
DECIDED_AT_A_TIME = 1000


@require_http_methods(["GET", "HEAD", "POST"])
def unknown(request: StaffRequest) -> HttpResponse:
    if request.method == "POST":
        _decide(request)
        return redirect("admin:dispatch_unknown")
    undecided = Message.objects.undecided().select_related("batch").order_by("pk")
    return framed(
        request,
        "dispatch/staff/unknown.html",
        title=_("Messages to decide on"),
        page=Paginator(undecided, ROWS_ON_A_PAGE).get_page(request.GET.get("p")),
        newest=undecided.values_list("pk", flat=True).last(),
    )


def _decide(request: StaffRequest) -> None:
    send_again = request.POST.get("decision") == "again"
    if not send_again and request.POST.get("decision") != "leave":
        return
    decided = sum(
        decide_unknowns(messages=chunk, send_again=send_again, by=request.user) for chunk in _chosen(request)
    )
    if not decided:
        messages.warning(request, _("Nothing was decided: choose at least one message."))
    elif send_again:
        text = ngettext(
            "%(count)d message is sent once more.", "%(count)d messages are sent once more.", decided
        )
        messages.success(request, text % {"count": decided})
    else:
        text = ngettext(
            "%(count)d message is left as it is.", "%(count)d messages are left as they are.", decided
        )
        messages.success(request, text % {"count": decided})


def _chosen(request: StaffRequest) -> list[list[int]]:
    """Ids in chunks: those ticked, or all there were when the page was made (later ones were not seen)."""
    if request.POST.get("which") == "all":
        newest = request.POST.get("newest", "")
        seen = Message.objects.undecided().filter(pk__lte=int(newest) if newest.isdecimal() else 0)
        ids = list(seen.values_list("pk", flat=True))
    else:
        ids = [int(value) for value in request.POST.getlist("message") if value.isdecimal()]
    return [ids[start : start + DECIDED_AT_A_TIME] for start in range(0, len(ids), DECIDED_AT_A_TIME)]
