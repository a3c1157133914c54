"""S2: what staff see at the desk, in seconds. Works without script; with it, also without network."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import UUIDField
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from cxportal.organisation.admin_base import StaffRequest
from cxportal.organisation.models import Topic, User
from feedback.desks import first_desk_of
from feedback.models import Item
from feedback.observing import NO_TOPIC, OLDEST, ObservationForm, found_in, take_back
from feedback.observing import observe as keep
from feedback.screening import Found
from feedback.views.staff import for_writers, framed

KEPT = "observation"
"""In the session: where this person stands, and what may still be undone."""
ICONS = {
    "waiting-time": "clock",
    "clear-guidance": "sign",
    "languages": "chat",
    "treatment": "people",
    "e-service": "pc",
    "premises": "door",
    "decision": "form",
}


@for_writers
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def observe(request: StaffRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, ObservationForm(initial=_preset(request), by=request.user))
    form = ObservationForm(request.POST, by=request.user)
    if not form.is_valid():
        return _unsaved(request, form)
    data = form.cleaned_data
    found = [] if data.pop("blacken") else found_in(data["text"])
    if found:
        return _unsaved(request, form, found=[str(Found(kind).label) for kind in found])
    keep(**data)
    return _saved(request, data)


@for_writers
@require_POST
def undo(request: StaffRequest) -> HttpResponse:
    try:
        item = take_back(draft=UUIDField().clean(request.POST.get("draft")), by=request.user)
    except ValidationError:
        item = None
    if not item:
        messages.warning(request, _("It can no longer be taken back: somebody works on it already."))
        return redirect("desk:observe")
    return _page(request, ObservationForm(initial=_again(item), by=request.user), is_undone=True)


def _saved(request: StaffRequest, data: dict[str, Any]) -> HttpResponse:
    request.session[KEPT] = {
        "unit": data["unit"].pk,
        "concerns": data["concerns"],
        "saved": str(data["draft"]),
    }
    is_done = "done" in request.POST
    address = reverse("admin:index" if is_done else "desk:observe")
    if _is_script(request):
        return JsonResponse({"next": address})
    return redirect(address)


def _unsaved(request: StaffRequest, form: ObservationForm, *, found: list[str] | None = None) -> HttpResponse:
    if _is_script(request):
        return JsonResponse({"look": True}, status=422)
    return _page(request, form, found=found)


def _page(
    request: StaffRequest,
    form: ObservationForm,
    *,
    found: list[str] | None = None,
    is_undone: bool = False,
) -> HttpResponse:
    tiles = [(topic.code, topic, ICONS.get(topic.code, "tag")) for topic in form.topics]
    faces = [("positive", _("Well"), 5), ("neutral", _("Neither"), 3), ("negative", _("Badly"), 1)]
    today = timezone.localdate()
    return framed(
        request,
        "feedback/staff/observe.html",
        title=_("New observation"),
        form=form,
        draft=form["draft"].value() or uuid.uuid4(),
        tiles=tiles,
        no_topic=NO_TOPIC,
        faces=faces,
        found=found,
        problems=form.errors if not found else {},
        blacken=bool(found),
        first_day=today - OLDEST,
        last_day=today,
        saved=None if request.method == "POST" else _saved_before(request),
        is_undone=is_undone,
        owner=_owner(request.user),
    )


def _saved_before(request: StaffRequest) -> str | None:
    kept = request.session.get(KEPT, {})
    saved = kept.pop("saved", None)
    if saved:
        request.session[KEPT] = kept
    return saved


def _preset(request: StaffRequest) -> dict[str, Any]:
    kept = request.session.get(KEPT, {})
    return {
        "unit": kept.get("unit") or first_desk_of(request.user),
        "concerns": kept.get("concerns") or Item.Concerns.CUSTOMER,
        "day": timezone.localdate(),
    }


def _again(item: Item) -> dict[str, Any]:
    topic: Topic | None = next(iter(item.topics.all()), None)
    return {
        "unit": item.unit_id,
        "concerns": item.concerns,
        "stage": item.stage_id,
        "day": timezone.localdate(item.received_at),
        "topic": topic.code if topic else NO_TOPIC,
        "tone": item.tone,
        "text": item.text,
    }


def _owner(user: User) -> str:
    """Names the drafts of one person on a shared tablet without naming the person."""
    return salted_hmac("observation drafts", str(user.pk), algorithm="sha256").hexdigest()[:16]


def _is_script(request: StaffRequest) -> bool:
    return request.headers.get("Accept", "") == "application/json"
