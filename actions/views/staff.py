"""The board of actions, and the page on which one is moved. What is out of scope is a 404."""

import tempfile
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from actions import adjusting, evidence, from_source, moves
from actions import export as table
from actions.board import Filters, board_for
from actions.models import Action, Adjustment, Evidence, Status
from actions.sources import kind_words, words_of
from cxportal.languages import LANGUAGES
from cxportal.organisation.models import Role, Unit, User
from cxportal.organisation.spreadsheets import csv_lines, write_workbook
from cxportal.public import public_languages

READERS = (Role.CX_TEAM, Role.MANAGER, Role.STAFF)
LEADERS = (Role.CX_TEAM, Role.MANAGER)
ACTIONS_OFFERED = 300
View = Callable[..., HttpResponse]


def for_readers(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.scope.has_any(READERS):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def framed(request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
    request.current_app = admin.site.name
    return TemplateResponse(request, template, admin.site.each_context(request) | context)


@require_safe
@for_readers
def board(request: HttpRequest) -> HttpResponse:
    filters = Filters.read(request.GET)
    found = board_for(request.user, filters)
    moved = request.GET.get("moved", "")
    units = {unit.pk: unit for unit in found.units}
    return framed(
        request,
        "actions/staff/board.html",
        title=_("Action board"),
        board=found,
        filters=filters,
        moved=int(moved) if moved.isascii() and moved.isdigit() else None,
        unit=units.get(filters.unit),
        units=[(unit, filters.query(unit=unit.pk)) for unit in found.units],
        every_unit=filters.query(unit=None),
        horizons=[(label, filters.query(horizon=code)) for code, label in Action.Horizon.choices],
        horizon=Action.Horizon(filters.horizon).label if filters.horizon else "",
        every_horizon=filters.query(horizon=""),
        mine_or_all=filters.query(mine=not filters.mine),
        here=filters.query(),
        as_list=filters.query_of_list(),
        late_as_list=filters.query_of_list(state="late"),
        may_add=request.user.scope.has_any(LEADERS),
    )


@require_safe
@for_readers
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """What the board is narrowed to, as a file."""
    filters = Filters.read(request.GET)
    chosen = filters.apply(Action.objects.for_user(request.user), request.user)
    columns, rows = table.headings(), table.rows_of(chosen)
    if kind == "csv":
        lines = csv_lines(columns, rows)
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = 'attachment; filename="actions.csv"'
    elif kind == "xlsx":
        file = tempfile.TemporaryFile()  # noqa: SIM115  closed by the response
        write_workbook(file, title=_("Actions"), headings=columns, rows=rows)
        file.seek(0)
        answer = FileResponse(file, as_attachment=True, filename="actions.xlsx")
    else:
        raise Http404
    answer.headers["Cache-Control"] = "no-store, private"
    return answer


class MoveForm(forms.Form):
    to = forms.ModelChoiceField(
        Status.objects.none(), label="", to_field_name="code", widget=forms.RadioSelect, empty_label=None
    )
    reason = forms.CharField(max_length=2000, required=False)
    note = forms.CharField(max_length=2000, required=False)

    def __init__(self, *args, offered: list[Status], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = Status.objects.filter(pk__in=[one.pk for one in offered])


@for_readers
def move(request: HttpRequest, action_id: int) -> HttpResponse:
    """Arrows of the board post here too; where a reason is asked for, this page asks for it."""
    seen = Action.objects.for_user(request.user).select_related("status", "unit")
    action = get_object_or_404(seen, pk=action_id)
    offered = moves.moves_open_to(request.user, action)
    if request.method == "POST" and not offered:
        raise Http404
    form = MoveForm(request.POST if request.method == "POST" else None, offered=offered)
    fault = ""
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        try:
            moves.move(
                action=action,
                to=cleaned["to"],
                by=request.user,
                reason=cleaned["reason"],
                note=cleaned["note"],
            )
        except moves.NotAllowed as refused:
            fault = str(refused)
        else:
            words = _("“%(action)s” is now: %(status)s.") % {"action": action.title, "status": cleaned["to"]}
            messages.success(request, words)
            return redirect(_way_back(request, action))
    elif request.method == "POST":
        fault = _("Choose where to move it.")
    return framed(
        request,
        "actions/staff/move.html",
        title=_("Move this action"),
        action=action,
        offered=offered,
        fault=fault,
        sent=form.data,
        back=request.POST.get("back", request.GET.get("back", "")),
    )


def _way_back(request: HttpRequest, action: Action) -> str:
    """To the board as it was, with the focus on the card that moved; else to the action."""
    if "back" not in request.POST:
        return reverse("admin:actions_action_change", args=[action.pk])
    query = Filters.read(QueryDict(request.POST["back"])).query()
    return f"{reverse('actions:board')}?{query}{'&' if query else ''}moved={action.pk}"


class MakeForm(forms.Form):
    """Either a title and a unit for a new action, or one that is there."""

    title = forms.CharField(max_length=200, required=False)
    unit = forms.ModelChoiceField(Unit.objects.none(), required=False)
    due_on = forms.DateField(required=False)
    action = forms.ModelChoiceField(Action.objects.none(), required=False)

    def __init__(self, *args, by: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units_led_by(by)
        self.fields["action"].queryset = actions_led_by(by)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        makes, joins = cleaned.get("title") and cleaned.get("unit"), cleaned.get("action")
        if not self.errors and not (makes or joins):
            raise forms.ValidationError(_("Give it a title and a unit, or choose one that is there."))
        return cleaned


def units_led_by(user: User) -> QuerySet:
    active = Unit.objects.active()
    return active if user.scope.is_cx_team else active.filter(pk__in=user.scope.unit_ids("manager"))


def actions_led_by(user: User) -> QuerySet:
    actions = Action.objects.open()
    if not user.scope.is_cx_team:
        actions = actions.filter(Q(unit__in=user.scope.unit_ids("manager")) | Q(owner=user))
    return actions.select_related("unit").order_by("title", "pk")


@for_readers
def make(request: HttpRequest) -> HttpResponse:
    """What was read becomes evidence of a new action, or of one that is there."""
    source = from_source.read_source(request.GET.dict(), by=request.user)
    if source is None or not request.user.scope.has_any(LEADERS):
        raise Http404
    plan_topic = from_source.read_plan_topic(request.GET.dict(), by=request.user)
    form = MakeForm(request.POST if request.method == "POST" else None, by=request.user)
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        action = cleaned["action"]
        if action:
            from_source.join(source=source, action=action, by=request.user, plan_topic=plan_topic)
        else:
            action = from_source.make(
                source=source,
                title=cleaned["title"],
                unit=cleaned["unit"],
                due_on=cleaned["due_on"],
                by=request.user,
                plan_topic=plan_topic,
            )
        messages.success(request, _("It is now a source of “%(action)s”.") % {"action": action.title})
        if plan_topic:
            return redirect("actions:plan", plan_topic.plan.unit_id, plan_topic.plan.year)
        return redirect("admin:actions_action_change", action.pk)
    row = Evidence(**evidence.columns_of(source))
    return framed(
        request,
        "actions/staff/make.html",
        title=_("Make or join an action"),
        form=form,
        sent=form.data,
        faults=[fault for faults in form.errors.values() for fault in faults],
        source_kind=kind_words(row),
        source=words_of(row),
        units=form.fields["unit"].queryset,
        actions=form.fields["action"].queryset[:ACTIONS_OFFERED],
        due=form.data.get("due_on", ""),
    )


class AskForm(forms.ModelForm):
    language = forms.ChoiceField()

    class Meta:
        model = Adjustment
        fields = ["body", "email", "language", "text", "answer_until"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [(code, LANGUAGES[code].native_name) for code in public_languages()]


@for_readers
def ask(request: HttpRequest, action_id: int) -> HttpResponse:
    """A letter to a body outside."""
    seen = Action.objects.for_user(request.user).select_related("status", "unit")
    action = get_object_or_404(seen, pk=action_id)
    if not adjusting.may_ask(request.user, action):
        raise Http404
    form = AskForm(request.POST if request.method == "POST" else None, instance=Adjustment(action=action))
    if request.method == "POST" and form.is_valid():
        try:
            adjusting.ask(adjustment=form.save(commit=False), by=request.user)
        except adjusting.Refused as refused:
            form.add_error("answer_until", str(refused))
        else:
            messages.success(request, _("The letter is on its way. The answer will stand here."))
            return redirect("admin:actions_action_change", action.pk)
    return framed(
        request,
        "actions/staff/ask.html",
        title=_("Ask a body outside for a change"),
        action=action,
        form=form,
        faults=[fault for faults in form.errors.values() for fault in faults],
        sent=form.data,
        languages=form.fields["language"].choices,
    )
