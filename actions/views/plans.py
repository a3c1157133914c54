"""Annual plans: one unit and year on a page, and which units have none. What is out of scope is a 404."""

from typing import NamedTuple

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from actions import planning
from actions.models import Plan, PlanTopic
from actions.views.staff import for_readers, framed
from cxportal.organisation.models import Topic, Unit
from surveys.result_figures import decimal

FIRST_YEAR, LAST_YEAR = 2000, 2200
ON_A_PAGE = 100


@require_safe
@for_readers
def overview(request: HttpRequest) -> HttpResponse:
    """Units without a plan first."""
    year = _year(request.GET.get("year", ""))
    units = planning.units_planning(request.user)
    missing = planning.without_plan(units, year)
    page = Paginator(missing if "without" in request.GET else units, ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    return framed(
        request,
        "actions/staff/plans.html",
        title=_("Annual plans"),
        year=year,
        years=[year - 1, year, year + 1],
        page=page,
        rows=planning.overview(page, year),
        unit_count=units.count(),
        missing_count=missing.count(),
        only_missing="without" in request.GET,
    )


def _year(text: str) -> int:
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0
    return year if FIRST_YEAR <= year <= LAST_YEAR else timezone.localdate().year


class ShownTopic(NamedTuple):
    planned: planning.PlannedTopic
    figure: str
    low: str
    high: str
    n: int | None


class PlanForm(forms.ModelForm):
    class Meta:
        model = Plan
        fields = ["summary"]


@for_readers
def plan(request: HttpRequest, unit_id: int, year: int) -> HttpResponse:
    unit = get_object_or_404(planning.units_planning(request.user), pk=unit_id)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    may_keep = planning.may_keep(request.user, unit)
    if request.method == "POST":
        if not may_keep:
            raise PermissionDenied
        _decide(request, unit, year)
        return redirect("actions:plan", unit.pk, year)
    found = Plan.objects.filter(unit=unit, year=year).select_related("owner").first()
    topics = [_shown(one, with_figure=may_keep) for one in planning.topics_of(found)] if found else []
    there = [one.planned.row.topic_id for one in topics]
    return framed(
        request,
        "actions/staff/plan.html",
        title=_("Annual plan %(year)s") % {"year": year},
        unit=unit,
        year=year,
        plan=found,
        topics=topics,
        open_count=sum(one.planned.is_open for one in topics),
        may_keep=may_keep,
        ratings=planning.ratings_of(unit, reader=request.user) if may_keep else None,
        others=Topic.objects.filter(is_active=True).exclude(pk__in=there),
        handed=planning.handed_to(unit, year).select_related("plan__unit", "topic"),
    )


def _shown(planned: planning.PlannedTopic, *, with_figure: bool) -> ShownTopic:
    figure = planned.row.figure if with_figure else {}
    value, low, high = (
        "" if figure.get(name) is None else decimal(figure[name], 2) for name in ("value", "low", "high")
    )
    return ShownTopic(planned, value, low, high, figure.get("n"))


def _decide(request: HttpRequest, unit: Unit, year: int) -> None:
    """One button of the page."""
    sent = request.POST
    if "begin" in sent:
        planning.begin(unit=unit, year=year, by=request.user)
        return
    found = get_object_or_404(Plan, unit=unit, year=year)
    if "summary" in sent:
        form = PlanForm(sent, instance=found)
        if form.is_valid():
            form.save()
    elif "add" in sent:
        planning.add_topic(plan=found, topic=get_object_or_404(Topic, pk=_key(sent["add"]), is_active=True))
    try:
        if "take_out" in sent:
            rows = found.topics.select_related("plan__unit")
            planning.take_out(plan_topic=get_object_or_404(rows, pk=_key(sent["take_out"])))
        elif "approve" in sent:
            planning.approve(plan=found)
    except planning.Refused as refused:
        messages.error(request, str(refused))


def _key(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class HandOverForm(forms.Form):
    unit = forms.ModelChoiceField(Unit.objects.none(), required=False)
    who_has = forms.CharField(max_length=200, required=False)
    reason = forms.CharField(max_length=2000)

    def __init__(self, *args, own: Unit, **kwargs):
        super().__init__(*args, **kwargs)
        units = Unit.objects.active().exclude(kind=Unit.Kind.DESK)
        self.fields["unit"].queryset = units.exclude(pk=own.pk)


@for_readers
def hand_over(request: HttpRequest, topic_id: int) -> HttpResponse:
    """ "We have no influence on this": who has."""
    rows = PlanTopic.objects.for_user(request.user).select_related("plan__unit", "topic")
    row = get_object_or_404(rows, pk=topic_id)
    if not planning.may_keep(request.user, row.plan.unit):
        raise Http404
    form = HandOverForm(request.POST if request.method == "POST" else None, own=row.plan.unit)
    fault = ""
    if request.method == "POST" and "take_back" in request.POST:
        planning.take_back_answer(plan_topic=row)
        return redirect("actions:plan", row.plan.unit_id, row.plan.year)
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        try:
            planning.say_no_influence(plan_topic=row, **cleaned)
        except planning.Refused as refused:
            fault = str(refused)
        else:
            return redirect("actions:plan", row.plan.unit_id, row.plan.year)
    elif request.method == "POST":
        fault = _("Say why in a sentence.")
    return framed(
        request,
        "actions/staff/hand_over.html",
        title=_("We have no influence on this"),
        row=row,
        fault=fault,
        sent=form.data,
        units=form.fields["unit"].queryset,
    )
