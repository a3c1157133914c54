"""Pages on which staff type answers from paper or phone. Every batch and sheet out of scope is a 404."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cxportal.organisation.models import Role
from surveys import paper_entry
from surveys.answering import Given
from surveys.brought_in import why_not_countable
from surveys.models import PaperBatch, Sheet
from surveys.paper_entry import LANGUAGE, NotNow
from surveys.sheet_form import Row, SheetForm

TYPISTS = (Role.CX_TEAM, Role.MANAGER, Role.STAFF)
FINISHED_SHOWN = 50
View = Callable[..., HttpResponse]
State = PaperBatch.State


class Difference(NamedTuple):
    row: Row
    first: str
    second: str
    use: str


def for_typists(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.scope.has_any(TYPISTS):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def framed(request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
    request.current_app = admin.site.name
    return TemplateResponse(request, template, admin.site.each_context(request) | context)


def batch_of(request: HttpRequest, batch_id: int) -> PaperBatch:
    batches = PaperBatch.objects.for_user(request.user)
    return get_object_or_404(
        batches.select_related("collector__wave", "collector__unit", "version"), pk=batch_id
    )


def sheet_of(request: HttpRequest, batch: PaperBatch, sheet_id: int, **condition: Any) -> Sheet:
    return get_object_or_404(batch.sheets, pk=sheet_id, **condition)


def form_of(batch: PaperBatch) -> SheetForm:
    return SheetForm(batch.version.content, get_language() or "", list(paper_entry.languages_of(batch)))


def to_batch(batch: PaperBatch) -> HttpResponse:
    return redirect("paper:batch", batch.pk)


# ---------- batches ----------


@for_typists
def batches(request: HttpRequest) -> HttpResponse:
    collectors = paper_entry.collectors_to_type_into(request.user).select_related("wave", "unit")
    if request.method == "POST":
        chosen = request.POST.get("collector", "")
        collector = get_object_or_404(collectors, pk=chosen if chosen.isdecimal() else 0)
        try:
            batch = paper_entry.start_batch(
                collector=collector, by=request.user, name=request.POST.get("name", "")
            )
        except NotNow as error:
            messages.error(request, str(error))
            return redirect("paper:batches")
        return redirect("paper:type", batch.pk)
    seen = PaperBatch.objects.for_user(request.user).select_related("collector__wave", "collector__unit")
    return framed(
        request,
        "surveys/paper/batches.html",
        title=_("Typing in answers"),
        collectors=collectors,
        unfinished=seen.unfinished().prefetch_related("typists__person"),
        finished=seen.filter(state__in=PaperBatch.FINISHED).prefetch_related("typists__person")[
            :FINISHED_SHOWN
        ],
    )


@for_typists
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = batch_of(request, batch_id)
    sheets = list(batch.sheets.defer("first", "second", "settled"))
    waiting = paper_entry.sheets_to_type_again(batch, request.user).defer("first")
    return framed(
        request,
        "surveys/paper/batch.html",
        title=str(batch),
        batch=batch,
        sheets=sheets,
        own=[sheet for sheet in sheets if sheet.first_by_id == request.user.pk],
        waiting=waiting if batch.state == State.AGAIN else [],
        left=batch.sheets.filter(is_drawn=True, second__isnull=True).count(),
        to_settle=batch.sheets.filter(is_drawn=True, settled__isnull=True).defer("first", "second")
        if batch.state == State.DIFFERENCES
        else [],
        again=paper_entry.how_many_again(len(sheets)),
        typists=batch.typists.select_related("person"),
        why_not_countable=why_not_countable(batch.collector.wave, batch.collector),
    )


# ---------- first typing ----------


@for_typists
def type_sheet(request: HttpRequest, batch_id: int, sheet_id: int | None = None) -> HttpResponse:
    batch = batch_of(request, batch_id)
    sheet = sheet_of(request, batch, sheet_id, first_by=request.user) if sheet_id else None
    if batch.state != State.TYPING:
        messages.error(request, _("This stack is no longer being typed."))
        return to_batch(batch)
    form = form_of(batch)
    if request.method != "POST":
        given = sheet.first if sheet else language_of_the_last(batch, request.user)
        return sheet_page(request, batch, form, given, sheet=sheet, number=sheet.number if sheet else "")
    given, number = form.read(request.POST), request.POST.get("number", "")
    problems = paper_entry.problems_in(form.questionnaire, given)
    fault = ""
    if not problems:
        try:
            saved = paper_entry.type_sheet(
                batch=batch, number=number, given=given, by=request.user, sheet=sheet
            )
            return after_saving(request, batch, saved, corrected=sheet is not None)
        except NotNow as error:
            fault = str(error)
    return sheet_page(request, batch, form, given, sheet=sheet, number=number, problems=problems, fault=fault)


def language_of_the_last(batch: PaperBatch, user: Any) -> Given:
    """Sheets lie in stacks by language: the next one is most likely in the language of the one before."""
    last = batch.sheets.filter(first_by=user).order_by("-pk").first()
    if last:
        return {name: values for name, values in last.first.items() if name == LANGUAGE}
    first = batch.collector.default_language
    return {LANGUAGE: [first]} if first in paper_entry.languages_of(batch) else {}


def after_saving(request: HttpRequest, batch: PaperBatch, sheet: Sheet, *, corrected: bool) -> HttpResponse:
    count = batch.sheets.count()
    messages.success(
        request,
        ngettext(
            "Sheet %(number)s is saved. %(count)d sheet is in the stack.",
            "Sheet %(number)s is saved. %(count)d sheets are in the stack.",
            count,
        )
        % {"number": sheet.number, "count": count},
    )
    return to_batch(batch) if corrected else redirect("paper:type", batch.pk)


def sheet_page(
    request: HttpRequest, batch: PaperBatch, form: SheetForm, given: Given, **context: Any
) -> HttpResponse:
    problems = context.pop("problems", [])
    is_second = context.pop("is_second", False)
    sections = form.sections(given, problems)
    return framed(
        request,
        "surveys/paper/sheet.html",
        title=_("Type a sheet a second time") if is_second else _("Type a sheet"),
        batch=batch,
        sections=sections,
        is_second=is_second,
        faults=[row for section in sections for row in section.rows if row.problem],
        **context,
    )


@for_typists
@require_POST
def remove_sheet(request: HttpRequest, batch_id: int, sheet_id: int) -> HttpResponse:
    batch = batch_of(request, batch_id)
    sheet = sheet_of(request, batch, sheet_id, first_by=request.user)
    return done(
        request,
        batch,
        lambda: paper_entry.remove_sheet(sheet=sheet, by=request.user),
        _("The sheet is gone."),
    )


@for_typists
@require_POST
def finish(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = batch_of(request, batch_id)
    return done(
        request,
        batch,
        lambda: paper_entry.finish_typing(batch=batch, by=request.user),
        _("The sheets to be typed a second time have been drawn."),
    )


# ---------- second typing ----------


@for_typists
def type_again(request: HttpRequest, batch_id: int, sheet_id: int) -> HttpResponse:
    """The form stands empty: nothing of the first typing is on this page."""
    batch = batch_of(request, batch_id)
    waiting = paper_entry.sheets_to_type_again(batch, request.user)
    if batch.state != State.AGAIN:
        messages.error(request, _("This stack is not being typed a second time."))
        return to_batch(batch)
    sheet = get_object_or_404(waiting, pk=sheet_id)
    form = form_of(batch)
    if request.method != "POST":
        return sheet_page(request, batch, form, {}, sheet=sheet, number=sheet.number, is_second=True)
    given = form.read(request.POST)
    if problems := paper_entry.problems_in(form.questionnaire, given):
        return sheet_page(
            request, batch, form, given, sheet=sheet, number=sheet.number, is_second=True, problems=problems
        )
    try:
        paper_entry.type_again(sheet=sheet, given=given, by=request.user)
    except NotNow as error:
        messages.error(request, str(error))
        return to_batch(batch)
    messages.success(request, _("Sheet %(number)s is saved.") % {"number": sheet.number})
    following = waiting.first()
    return redirect("paper:again", batch.pk, following.pk) if following else to_batch(batch)


# ---------- third look ----------


@for_typists
def settle(request: HttpRequest, batch_id: int, sheet_id: int) -> HttpResponse:
    batch = batch_of(request, batch_id)
    if batch.state != State.DIFFERENCES:
        messages.error(request, _("There are no differences to settle in this stack."))
        return to_batch(batch)
    sheet = sheet_of(request, batch, sheet_id, is_drawn=True, settled__isnull=True)
    form = form_of(batch)
    names = paper_entry.differences_of(form.questionnaire, sheet)
    typed = form.read(request.POST) if request.method == "POST" else {}
    used = {name: request.POST.get(f"use.{name}", "") for name in names}
    undecided = [name for name in names if used[name] not in {"first", "second", "other"}]
    problems = [
        problem
        for problem in paper_entry.problems_in(form.questionnaire, typed)
        if used.get(problem.place) == "other"
    ]
    if request.method == "POST" and not undecided and not problems:
        sources = {"first": sheet.first, "second": sheet.second, "other": typed}
        given = {name: sources[used[name]].get(name, []) for name in names}
        return done(
            request,
            batch,
            lambda: paper_entry.settle(sheet=sheet, given=given, by=request.user),
            _("Sheet %(number)s is settled.") % {"number": sheet.number},
        )
    rows = form.rows_of(names, typed)
    return framed(
        request,
        "surveys/paper/settle.html",
        title=_("Settle the differences"),
        batch=batch,
        sheet=sheet,
        is_undecided=request.method == "POST",
        differences=[
            Difference(
                row,
                form.in_words(row, sheet.first.get(row.name, [])),
                form.in_words(row, sheet.second.get(row.name, [])),
                used[row.name],
            )
            for row in rows
        ],
    )


# ---------- the end ----------


@for_typists
@require_POST
def confirm(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = batch_of(request, batch_id)
    try:
        put_in = paper_entry.confirm(batch=batch, by=request.user)
    except NotNow as error:
        messages.error(request, str(error))
        return to_batch(batch)
    if put_in:
        messages.success(
            request,
            ngettext(
                "%(count)d sheet is in the ballot box. Its number is forgotten; the paper may be destroyed as your"
                " rules say.",
                "%(count)d sheets are in the ballot box. Their numbers are forgotten; the paper may be destroyed as"
                " your rules say.",
                put_in,
            )
            % {"count": put_in},
        )
    return to_batch(batch)


@for_typists
def discard(request: HttpRequest, batch_id: int) -> HttpResponse:
    batch = batch_of(request, batch_id)
    if request.method != "POST":
        return framed(
            request,
            "surveys/paper/discard.html",
            title=_("Throw this stack away?"),
            batch=batch,
            count=batch.sheets.count(),
        )
    return done(
        request,
        batch,
        lambda: paper_entry.discard(batch=batch, by=request.user),
        _("The stack was thrown away. None of its sheets is counted."),
    )


def done(request: HttpRequest, batch: PaperBatch, action: Callable[[], Any], said: str) -> HttpResponse:
    try:
        action()
    except NotNow as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect(reverse("paper:batch", args=[batch.pk]))
