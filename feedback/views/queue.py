"""S3, the queue: list and reading pane. What is out of scope is a 404; each decision is one POST that leads on to the next voice."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.admin_base import StaffRequest
from cxportal.organisation.models import Role, Topic, Unit
from feedback import publishing, replies, triage
from feedback.backlog import backlog as counted
from feedback.models import Assignment, Contact, Item, Publication, Reply
from feedback.queue import PAGE, SHOWS, Chosen, beside, filters_of, items_of, late_for, of_page, waiting_for
from feedback.queue_forms import (
    ENDED_BY_HAND,
    TEAM,
    UNREADABLE,
    DueForm,
    EndForm,
    ManyForm,
    RouteForm,
    TopicsForm,
    WordsForm,
)
from feedback.triage import Refused

HANDLERS = (Role.CX_TEAM, Role.MANAGER, Role.STAFF)
View = Callable[..., HttpResponse]


def for_handlers(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.scope.has_any(HANDLERS):  # type: ignore[union-attr]
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


# ---------- reading ----------


@require_safe
@for_handlers
def queue(request: StaffRequest, item_id: UUID | None = None) -> HttpResponse:
    item = _item(request, item_id) if item_id else None
    return _page(request, item)


@require_POST
@for_handlers
def reveal(request: StaffRequest, item_id: UUID) -> HttpResponse:
    """The whole text and the address, once; that it was looked at is kept."""
    item = _item(request, item_id)
    text = triage.reveal(item=item, by=request.user)
    return _page(request, item, revealed=text, contact=Contact.objects.filter(item=item).first())


@require_safe
@for_handlers
def backlog(request: StaffRequest) -> HttpResponse:
    rows = counted(request.user)
    units = Unit.objects.in_bulk([row.unit_id for row in rows if row.unit_id])
    return _framed(
        request,
        "feedback/staff/backlog.html",
        title=_("Backlog"),
        rows=[(units.get(row.unit_id) if row.unit_id else None, row) for row in rows],
    )


def _page(request: StaffRequest, item: Item | None, **more: Any) -> HttpResponse:
    chosen, user = Chosen.of(request.GET), request.user
    items = items_of(user, chosen)
    count, number = items.count(), _page_number(request)
    rows = list(of_page(items, number))
    opened = item or (rows[0] if rows else None)
    response = _framed(
        request,
        "feedback/staff/queue.html",
        title=_("Feedback queue"),
        rows=[(row, (timezone.now() - row.received_at).days) for row in rows],
        now=timezone.now(),
        chosen=chosen,
        here=chosen.address(),
        shows=[(str(words), chosen.address(show=name), name == chosen.show) for name, words in SHOWS.items()],
        filters=filters_of(user, chosen),
        count=count,
        number=number,
        before=number - 1,
        after=number + 1 if count > number * PAGE else 0,
        waiting=waiting_for(user).count(),
        late=late_for(user).count(),
        is_one=item is not None,
        topics=list(Topic.objects.filter(is_active=True)),
        units=list(Unit.objects.active()),
        team=TEAM,
        **(_opened(request, opened, items) if opened else {}),
        **more,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _opened(request: StaffRequest, opened: Item, items) -> dict[str, Any]:
    user = request.user
    item = (
        Item.objects.for_user(user)
        .with_supporters()
        .select_related("unit", "service", "stage", "contact")
        .prefetch_related("topics")
        .get(pk=opened.pk)
    )
    parts = list(
        item.assignments.select_related("unit").prefetch_related(
            Prefetch("replies", Reply.objects.select_related("drafted_by"))
        )
    )
    own = [part for part in parts if triage.may_handle(part, user)]
    asked = request.GET.get("part", "")
    mine = next((part for part in own if str(part.pk) == asked), None) or next(
        (part for part in own if part.is_open), own[0] if own else None
    )
    previous, following = beside(items, item)
    return {
        "item": item,
        "days": (timezone.now() - item.received_at).days,
        "parts": [(part, part in own) for part in parts],
        "mine": mine,
        "may_decide": not item.merged_into_id and (mine is not None or user.scope.is_cx_team),
        "may_reveal": user.scope.is_cx_team
        or any(part.unit_id in user.scope.unit_ids(Role.MANAGER) for part in parts),
        "reply": _unsent(mine),
        "may_approve": bool((reply := _unsent(mine)) and replies.may_approve(reply, user)),
        "publication": Publication.objects.filter(item=item).prefetch_related("texts").first(),
        "may_release": publishing.may_release(item, user),
        "supporters": list(
            Item.objects.for_user(user).filter(merged_into=item).order_by("received_at")[:PAGE]
        ),
        "head": Item.objects.for_user(user).filter(pk=item.merged_into_id).first()
        if item.merged_into_id
        else None,
        "same_text": Item.objects.for_user(user).filter(pk=item.duplicate_of_id).first()
        if item.duplicate_of_id
        else None,
        "previous": previous,
        "following": following,
        "outcomes": [(outcome.value, outcome.label) for outcome in ENDED_BY_HAND],
        "languages": [LANGUAGES[code] for code in LANGUAGES],
        "answer_language": item.language or get_language() or SOURCE,
    }


def _unsent(part: Assignment | None) -> Reply | None:
    if part is None:
        return None
    return next((reply for reply in part.replies.all() if reply.state != Reply.State.SENT), None)


# ---------- deciding ----------


@require_POST
@for_handlers
def decide(request: StaffRequest, item_id: UUID, do: str) -> HttpResponse:
    item = _item(request, item_id)
    try:
        message, goes_on = DECISIONS[do](request, item)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(_address(request, item.pk))
    if message:
        messages.success(request, message)
    return redirect(_next_address(request, item) if goes_on else _address(request, item.pk))


@require_POST
@for_handlers
def many(request: StaffRequest) -> HttpResponse:
    form = ManyForm(request.POST, user=request.user)
    if not form.is_valid():
        messages.error(request, str(UNREADABLE))
        return redirect(_address(request))
    try:
        count = _done_to_many(request, form.cleaned_data)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, ngettext("%(n)d is done.", "%(n)d are done.", count) % {"n": count})
    return redirect(_address(request))


def _done_to_many(request: StaffRequest, data: dict[str, Any]) -> int:
    items, by = data["item"], request.user
    if data["do"] == "spam":
        triage.mark_spam(items=items, by=by)
        return len(items)
    if data["do"] == "merge":
        into = min(items, key=lambda item: item.received_at)
        return triage.merge(items=items, into=into, by=by)
    if data["do"] == "topic":
        return triage.add_topic(items=items, topic=data["topic"], by=by)
    if data["do"] == "route":
        return triage.route_all(items=items, unit=data["unit"], by=by)
    return triage.note_all(items=items, reason=data["reason"], by=by)


def _route(request: StaffRequest, item: Item) -> tuple[str, bool]:
    data = _read(RouteForm, request)
    part = _part(request, item)
    if part and not data["also"]:
        triage.hand_over(assignment=part, unit=data["unit"], due_at=data["due"], by=request.user)
    else:
        triage.assign(item=item, unit=data["unit"], due_at=data["due"], by=request.user)
    return _("It is with the unit you chose."), True


def _due(request: StaffRequest, item: Item) -> tuple[str, bool]:
    data = _read(DueForm, request)
    triage.postpone(
        assignment=_own_part(request, item), due_at=data["due"], reason=data["reason"], by=request.user
    )
    return _("It has another due date."), False


def _take(request: StaffRequest, item: Item) -> tuple[str, bool]:
    triage.take_up(assignment=_own_part(request, item), by=request.user)
    return "", False


def _end(request: StaffRequest, item: Item) -> tuple[str, bool]:
    data = _read(EndForm, request)
    triage.close(assignment=_own_part(request, item), by=request.user, **data)
    return _("It has its outcome."), True


def _spam(request: StaffRequest, item: Item) -> tuple[str, bool]:
    triage.mark_spam(items=[item], by=request.user)
    return _("It has its outcome."), True


def _reopen(request: StaffRequest, item: Item) -> tuple[str, bool]:
    part = _part(request, item)
    if part is None:
        raise Http404
    triage.reopen(assignment=part, by=request.user)
    return "", False


def _withdraw(request: StaffRequest, item: Item) -> tuple[str, bool]:
    triage.withdraw(assignment=_own_part(request, item), by=request.user)
    return "", True


def _topics(request: StaffRequest, item: Item) -> tuple[str, bool]:
    triage.set_topics(items=[item], topics=_read(TopicsForm, request)["topics"], by=request.user)
    return "", False


def _split(request: StaffRequest, item: Item) -> tuple[str, bool]:
    triage.split(item=item, by=request.user)
    return "", False


def _draft(request: StaffRequest, item: Item) -> tuple[str, bool]:
    replies.draft(assignment=_own_part(request, item), by=request.user, **_read(WordsForm, request))
    return _("The answer waits for somebody else to approve it."), True


def _approve(request: StaffRequest, item: Item) -> tuple[str, bool]:
    reply = _reply(request, item)
    reply.text = request.POST.get("read", "").replace("\r\n", "\n")
    replies.approve(reply=reply, by=request.user, is_public="is_public" in request.POST)
    return _("The answer is approved. It can be sent."), False


def _send(request: StaffRequest, item: Item) -> tuple[str, bool]:
    mailed = replies.send(reply=_reply(request, item), by=request.user)
    if not mailed:
        return _("The answer stands under the receipt code."), True
    words = ngettext(
        "The answer stands under the receipt code; %(n)d person gets a message.",
        "The answer stands under the receipt code; %(n)d people get a message.",
        mailed,
    )
    return words % {"n": mailed}, True


def _propose(request: StaffRequest, item: Item) -> tuple[str, bool]:
    publishing.propose(item=item, by=request.user)
    return _("The story waits for somebody who reads it and releases it."), False


def _release(request: StaffRequest, item: Item) -> tuple[str, bool]:
    publishing.release(publication=_publication(item), by=request.user, **_read(WordsForm, request))
    return _("The story is public."), False


def _unpublish(request: StaffRequest, item: Item) -> tuple[str, bool]:
    publishing.withdraw(publication=_publication(item), by=request.user)
    return _("The story is no longer public."), False


def _translate(request: StaffRequest, item: Item) -> tuple[str, bool]:
    publishing.translate(publication=_publication(item), by=request.user, **_read(WordsForm, request))
    return "", False


DECISIONS: dict[str, Callable[[StaffRequest, Item], tuple[str, bool]]] = {
    "route": _route,
    "due": _due,
    "take": _take,
    "end": _end,
    "spam": _spam,
    "reopen": _reopen,
    "withdraw": _withdraw,
    "topics": _topics,
    "split": _split,
    "draft": _draft,
    "approve": _approve,
    "send": _send,
    "propose": _propose,
    "release": _release,
    "unpublish": _unpublish,
    "translate": _translate,
}


# ---------- looking up, always in scope ----------


def _item(request: StaffRequest, item_id: UUID) -> Item:
    return get_object_or_404(Item.objects.for_user(request.user), pk=item_id)


def _part(request: StaffRequest, item: Item) -> Assignment | None:
    """The part the form is about; none where nobody has it yet."""
    asked = request.POST.get("part", "")
    if not asked.isdecimal():
        return None
    parts = Assignment.objects.for_user(request.user).select_related("item", "unit")
    return get_object_or_404(parts, item=item, pk=int(asked[:18]))


def _own_part(request: StaffRequest, item: Item) -> Assignment:
    """What nobody has yet, the CX team takes by deciding on it."""
    part = _part(request, item)
    if part is None and not request.user.scope.is_cx_team:
        raise Http404
    return part or triage.assign(item=item, unit=None, by=request.user)


def _reply(request: StaffRequest, item: Item) -> Reply:
    asked = request.POST.get("reply", "")
    own = Reply.objects.for_user(request.user).select_related("assignment__item")
    return get_object_or_404(own, assignment__item=item, pk=int(asked[:18]) if asked.isdecimal() else 0)


def _publication(item: Item) -> Publication:
    return get_object_or_404(Publication.objects.select_related("item"), item=item)


def _read(form_class: type, request: StaffRequest) -> dict[str, Any]:
    form = form_class(request.POST)
    if not form.is_valid():
        raise Refused(str(UNREADABLE))
    return form.cleaned_data


def _page_number(request: StaffRequest) -> int:
    asked = request.GET.get("page", "")
    return max(1, int(asked[:6])) if asked.isdecimal() and asked.isascii() else 1


def _address(request: StaffRequest, item_id: UUID | None = None) -> str:
    base = reverse("queue:item", args=[item_id]) if item_id else reverse("queue:queue")
    query = Chosen.of(request.GET).address()
    return f"{base}?{query}" if query else base


def _next_address(request: StaffRequest, item: Item) -> str:
    items = items_of(request.user, Chosen.of(request.GET))
    _before, after = beside(items, item)
    return _address(request, after)


def _framed(request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
    request.current_app = admin.site.name  # type: ignore[attr-defined]
    return TemplateResponse(request, template, admin.site.each_context(request) | context)
