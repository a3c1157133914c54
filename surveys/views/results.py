"""The results of a wave for staff: every figure comes out of its publication, narrowed to what the person may see."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language_bidi, gettext_lazy, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cxportal.organisation.models import Role, User
from cxportal.organisation.texts import Text, direction_of
from surveys import (
    comparison,
    publication_making,
    publications,
    result_charts,
    result_choices,
    result_names,
    result_participation,
    result_words,
    unit_figures,
)
from surveys import result_figures as figures
from surveys.models import Comment, Publication, Wave
from surveys.publications import Group, Results, TrendPoint
from surveys.result_figures import Change, Figure
from surveys.suppression import EVERYBODY

READERS = (Role.CX_TEAM, Role.MANAGER, Role.VIEWER)
HEADLINES = 3
COMMENTS_ON_A_PAGE = 50
GROUPS_ON_A_PAGE = 100
UNITS_ON_THE_OVERVIEW = 25
PAGES = {
    "overview": gettext_lazy("Overview"),
    "groups": gettext_lazy("Groups and topics"),
    "answered": gettext_lazy("Who answered"),
    "comparison": gettext_lazy("Comparison"),
    "trend": gettext_lazy("From wave to wave"),
    "importance": gettext_lazy("What matters"),
    "comments": gettext_lazy("Comments"),
}


@dataclass
class Reading:
    """One person reading the results of one wave, as far as chosen in the address."""

    user: User
    results: Results
    group: Group
    chosen_wave: str

    @property
    def wave(self) -> Wave:
        return self.results.wave

    @property
    def mirrored(self) -> bool:
        return get_language_bidi()

    @cached_property
    def figures(self) -> dict[str, Figure]:
        return figures.figures_of(self.results, self.group)

    @cached_property
    def points(self) -> list[TrendPoint]:
        return publications.trend(self.wave.survey, self.user, self.group.place)

    @cached_property
    def others(self) -> list[Publication]:
        """Current publications of the other waves of the survey, the newest first."""
        return [point.publication for point in reversed(self.points) if point.wave != self.wave]

    @cached_property
    def earlier(self) -> TrendPoint | None:
        """The wave chosen to compare with, else the one before."""
        if self.chosen_wave:
            found = [point for point in self.points if str(point.wave.pk) == self.chosen_wave]
            if not found or found[0].wave == self.wave:
                raise Http404
            return found[0]
        before = [point for point in self.points if _came_before(point.wave, self.wave)]
        return before[-1] if before else None

    @cached_property
    def changes(self) -> dict[str, Change]:
        if self.earlier is None:
            return {}
        before = figures.figures_of(
            publications.of_publication(self.earlier.publication, self.user), self.earlier.group
        )
        asked = {code: figure.questions for code, figure in self.figures.items()}
        (breaks,) = comparison.breaks_along([self.earlier.wave, self.wave], asked)
        return figures.changes(before, self.figures, breaks)


def _came_before(one: Wave, other: Wave) -> bool:
    if one.opens_at and other.opens_at:
        return (one.opens_at, one.pk) < (other.opens_at, other.pk)
    return one.pk < other.pk


View = Callable[..., HttpResponse]


def for_readers(view: Callable[..., HttpResponse]) -> View:
    """Hands the view what the person may read of the wave; a page of its own where nothing is published yet."""

    @wraps(view)
    def wrapped(request: HttpRequest, wave_id: int, **more: Any) -> HttpResponse:
        user = _reader(request)
        wave = get_object_or_404(Wave.objects.for_user(user).select_related("survey"), pk=wave_id)
        results = publications.latest(wave, user)
        if results is None:
            is_overdue = publication_making.is_overdue(wave)
            return _page(
                request, "surveys/results/nothing.html", wave=wave, title=wave.name, is_overdue=is_overdue
            )
        results.read_all()
        try:
            group = result_choices.chosen_group(results, request.GET.get("group", ""))
        except result_choices.NoSuchGroup as error:
            raise Http404 from error
        results.wave.survey = wave.survey
        return view(request, Reading(user, results, group, request.GET.get("with", "")), **more)

    return require_safe(wrapped)


def _reader(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User) or not user.scope.has_any(READERS):
        raise PermissionDenied
    return user


def _page(request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
    request.current_app = admin.site.name  # type: ignore[attr-defined]
    return TemplateResponse(request, template, admin.site.each_context(request) | context)


def _results_page(
    request: HttpRequest, reading: Reading, here: str, template: str, **context: Any
) -> TemplateResponse:
    choices = result_choices.groups_to_choose(reading.results)
    group = result_choices.as_text(reading.group.place)
    names = {option.value: option.name for options in choices for option in options.options}
    return _page(
        request,
        template,
        **{
            "title": reading.wave.name,
            "wave": reading.wave,
            "reading": reading,
            "results": reading.results,
            "group": reading.group,
            "group_chosen": group,
            "group_name": names.get(group, group),
            "choices": choices,
            "here": here,
            "pages": [(name, str(label)) for name, label in PAGES.items()],
            "query": _kept(request),
            "is_self_selected": comparison.is_self_selected(reading.wave),
            "chance_only": comparison.CHANCE_ONLY,
        }
        | context,
    )


def _kept(request: HttpRequest) -> str:
    """The group and the wave compared with go along from page to page."""
    kept = {name: request.GET[name] for name in ("group", "with") if request.GET.get(name)}
    return f"?{urlencode(kept)}" if kept else ""


# ---------- pages ----------


@require_safe
def waves(request: HttpRequest) -> HttpResponse:
    """Every wave that the person may read results of, the newest first."""
    user = _reader(request)
    current = Publication.objects.for_user(user).current().select_related("wave").defer("counted", "comments")
    shown = Paginator(current.order_by("-as_of"), COMMENTS_ON_A_PAGE).get_page(request.GET.get("page"))
    rows = [(publication, _headline_of(publication)) for publication in shown]
    return _page(request, "surveys/results/waves.html", title=_("Results"), rows=rows, page=shown)


def _headline_of(publication: Publication) -> Figure | None:
    """Of everybody: that may be read by whoever may read the publication."""
    results = Results(publication, publications.Seen.everything())
    return next(iter(figures.figures_of(results, results.everybody).values()), None)


@for_readers
def overview(request: HttpRequest, reading: Reading) -> HttpResponse:
    results, changed = reading.results, reading.changes
    scales = result_charts.rated(results, reading.group, reading.figures, changed, mirrored=reading.mirrored)
    headlines = _headlines(reading)
    is_whole = reading.group.place == EVERYBODY
    breakdown, cell = reading.group.place
    who = result_participation.answered(results, reading.wave) if is_whole else None
    drawn, listed = result_charts.importance(results, reading.figures, mirrored=reading.mirrored)
    heat = result_charts.heat_table(results, "unit") if is_whole and results.by("unit") else None
    return _results_page(
        request,
        reading,
        "overview",
        "surveys/results/overview.html",
        headlines=[(figure, changed.get(figure.code)) for figure in headlines],
        sentences=result_words.sentences(
            scales=scales,
            figures=reading.figures,
            changed=changed,
            earlier=reading.earlier.wave.name if reading.earlier else "",
            answered=who,
            units=results.by("unit") if is_whole else {},
        ),
        scales=scales,
        others=_other_questions(reading),
        trend=result_charts.trend(reading.points, headlines[0], mirrored=reading.mirrored)
        if headlines
        else None,
        importance=drawn,
        important=listed,
        answered=who,
        heat=heat and heat._replace(rows=heat.rows[: 1 + UNITS_ON_THE_OVERVIEW]),
        unit_count=len(heat.rows) - 1 if heat and len(heat.rows) > 1 + UNITS_ON_THE_OVERVIEW else 0,
        beside=_beside(reading, headlines, [cell]) if breakdown == "unit" else None,
        comment_count=results.count_comments(),
        weighted=results.weighted if is_whole else None,
        weighted_by=_names_of(results.weighted.by, results) if results.weighted else "",
        weighted_figures=[figure for figure in reading.figures.values() if figure.weighted],
    )


def _names_of(breakdowns: Sequence[str], results: Results) -> str:
    between = pgettext("between the names of a list", ", ")
    return between.join(str(result_names.of_breakdown(name, results.asked)) for name in breakdowns)


def _beside(
    reading: Reading, headlines: Sequence[Figure], units: Sequence[str] | None = None
) -> unit_figures.Table | None:
    return unit_figures.table(
        reading.results,
        user=reading.user,
        quality=next(iter(headlines), None),
        today=timezone.localdate(),
        units=units,
    )


def _headlines(reading: Reading) -> list[Figure]:
    """Indicators; where none are declared, the first thing that was rated."""
    indicators = [figure for figure in reading.figures.values() if figure.is_indicator]
    return (indicators or list(reading.figures.values())[:1])[:HEADLINES]


def _other_questions(reading: Reading) -> list[tuple[str, Text, int | None]]:
    return [
        (code, result_names.of_question(asked), _n_of(reading.group, code))
        for code, asked in reading.results.asked.items()
        if not figures.is_rated(asked) and not asked.is_text
    ]


def _n_of(group: Group, code: str) -> int | None:
    found = group.questions.get(code)
    return found.n if found else None


@for_readers
def question(request: HttpRequest, reading: Reading, code: str) -> HttpResponse:
    results = reading.results
    asked = results.asked.get(code)
    if asked is None or asked.is_text:
        raise Http404
    own = (
        results.question(code)[""] if reading.group.place == EVERYBODY else reading.group.questions.get(code)
    )
    by = request.GET.get("by") or next(iter(_one_way(results)), "")
    if by and by not in _one_way(results):
        raise Http404
    figure = reading.figures.get(code)
    rows = _by_group(results, code, by) if by else []
    page = _page_of(request, rows[1:])
    return _results_page(
        request,
        reading,
        "question",
        "surveys/results/question.html",
        asked=asked,
        name=result_names.of_question(asked),
        text=result_names.chosen(asked.text),
        own=own,
        answers=result_charts.answers_to(own) if own else [],
        bar=result_charts.bar_of(own, mirrored=reading.mirrored) if own else None,
        figure=figure,
        change=reading.changes.get(code),
        trend=result_charts.trend(reading.points, figure, mirrored=reading.mirrored) if figure else None,
        by=by,
        by_name=result_names.of_breakdown(by, results.asked) if by else "",
        one_way=[(name, result_names.of_breakdown(name, results.asked)) for name in _one_way(results)],
        rows=[*rows[:1], *page],
        page=page,
    )


def _one_way(results: Results) -> list[str]:
    return [name for name in results.breakdowns if result_choices.TIMES not in name]


def _page_of(request: HttpRequest, rows: Sequence[Any]) -> Page:
    """Everybody stands on top of every page and is not counted."""
    return Paginator(rows, GROUPS_ON_A_PAGE).get_page(request.GET.get("page"))


def _by_group(results: Results, code: str, by: str) -> list[tuple[Text, Any, Figure | None, int | None]]:
    """(name, figures, mean, favourable per cent) of each group."""
    found = results.question(code, by)
    names = result_names.of_cells(by, [cell for cell in found if cell], results.asked)
    rows = []
    for cell, own in found.items():
        name = names[cell] if cell else result_names.here(_("Everybody"))
        mean = figures.mean_of(own)
        share = round(100 * own.favourable / own.n) if own.n and own.favourable is not None else None
        rows.append((name, own, mean, share))
    return rows


@for_readers
def groups(request: HttpRequest, reading: Reading) -> HttpResponse:
    results = reading.results
    names = _one_way(results)
    by = request.GET.get("by") or ("unit" if "unit" in names else next(iter(names), ""))
    if by and by not in names:
        raise Http404
    heat = result_charts.heat_table(results, by) if by else None
    page = _page_of(request, heat.rows[1:] if heat else [])
    return _results_page(
        request,
        reading,
        "groups",
        "surveys/results/groups.html",
        heat=heat and heat._replace(rows=(heat.rows[0], *page)),
        page=page,
        beside=_beside(reading, _headlines(reading)) if by == "unit" else None,
        by=by,
        by_name=result_names.of_breakdown(by, results.asked) if by else "",
        one_way=[(name, result_names.of_breakdown(name, results.asked)) for name in names],
    )


@for_readers
def answered(request: HttpRequest, reading: Reading) -> HttpResponse:
    who = result_participation.answered(reading.results, reading.wave)
    return _results_page(request, reading, "answered", "surveys/results/answered.html", answered=who)


@for_readers
def compared(request: HttpRequest, reading: Reading) -> HttpResponse:
    """This group of this wave beside another wave, or beside another group of the same."""
    other_group = request.GET.get("with_group", "")
    if other_group:
        before, changed = _other_group(reading, other_group)
    else:
        before = reading.earlier.group if reading.earlier else None
        changed = reading.changes
    earlier = reading.earlier if not other_group else None
    shown = figures.figures_of(_results_of(reading, earlier), before) if before is not None else {}
    rows = [(figure, shown.get(code), changed.get(code)) for code, figure in reading.figures.items()]
    return _results_page(
        request,
        reading,
        "comparison",
        "surveys/results/comparison.html",
        rows=rows if before is not None else [],
        with_group=other_group,
        with_name=_name_of(reading, other_group) if other_group else None,
        same_people=_same_people(reading, earlier),
        mixes=_at_constant_mix(reading) if earlier and reading.group.place == EVERYBODY else [],
    )


def _results_of(reading: Reading, earlier: TrendPoint | None) -> Results:
    if earlier is None:
        return reading.results
    return publications.of_publication(earlier.publication, reading.user)


def _other_group(reading: Reading, text: str) -> tuple[Group, Mapping[str, Change]]:
    try:
        other = result_choices.chosen_group(reading.results, text)
    except result_choices.NoSuchGroup as error:
        raise Http404 from error
    if not result_choices.are_apart(reading.results, reading.group.place, other.place):
        return other, {code: figures.within(figure) for code, figure in reading.figures.items()}
    before = figures.figures_of(reading.results, other)
    return other, figures.changes(before, reading.figures, {})


def _name_of(reading: Reading, text: str) -> Text:
    breakdown, _equals, cell = text.partition("=")
    return result_names.of_cells(breakdown, [cell], reading.results.asked)[cell]


def _same_people(reading: Reading, earlier: TrendPoint | None) -> list[figures.OfSamePeople]:
    """Only beside the comparison with the wave that it is about."""
    same = reading.results.same_people
    if same is None or earlier is None or earlier.wave.code != same.wave or reading.group.place != EVERYBODY:
        return []
    return figures.of_same_people(reading.results, reading.figures)


def _at_constant_mix(reading: Reading) -> list[tuple[Text, figures.Mixed]]:
    """Where the mix of languages, ways or units moved: the first figure once more, as if it had not."""
    headline = next(iter(_headlines(reading)), None)
    change = reading.changes.get(headline.code) if headline else None
    if headline is None or reading.earlier is None or change is None or change.difference is None:
        return []
    earlier = _results_of(reading, reading.earlier)
    found = []
    for breakdown in comparison.MIXED_BY:
        mixed = figures.at_constant_mix(earlier, reading.results, breakdown, headline)
        if mixed:
            found.append((result_names.of_breakdown(breakdown, {}), mixed))
    return found


@for_readers
def trend(request: HttpRequest, reading: Reading) -> HttpResponse:
    code = request.GET.get("figure", "")
    if code and code not in reading.figures:
        raise Http404
    figure = reading.figures[code] if code else next(iter(_headlines(reading)), None)
    return _results_page(
        request,
        reading,
        "trend",
        "surveys/results/trend.html",
        figure=figure,
        trend=result_charts.trend(reading.points, figure, mirrored=reading.mirrored) if figure else None,
    )


@for_readers
def importance(request: HttpRequest, reading: Reading) -> HttpResponse:
    drawn, listed = result_charts.importance(reading.results, reading.figures, mirrored=reading.mirrored)
    return _results_page(
        request,
        reading,
        "importance",
        "surveys/results/importance.html",
        importance=drawn,
        important=listed,
    )


@for_readers
def comments(request: HttpRequest, reading: Reading) -> HttpResponse:
    results = reading.results
    chosen = {name: request.GET.get(name, "") for name in ("question", "band", "topic", "unit")}
    asked = {code: one for code, one in results.asked.items() if one.is_text}
    topics = result_names.of_topics({one.topic for one in results.asked.values() if one.topic})
    units = result_names.of_cells("unit", results.by("unit"), results.asked)
    bands = dict(Comment.Band.choices)
    known = {"question": asked, "band": bands, "topic": topics, "unit": units}
    if any(value and value not in known[name] for name, value in chosen.items()):
        raise Http404
    page = Paginator(results.comments(**chosen), COMMENTS_ON_A_PAGE).get_page(request.GET.get("page"))
    rows = [
        (comment, direction_of(comment.language), units.get(comment.unit or ""), bands.get(comment.band, ""))
        for comment in page
    ]
    return _results_page(
        request,
        reading,
        "comments",
        "surveys/results/comments.html",
        page=page,
        chosen=chosen,
        has_any=bool(results.count_comments()),
        questions=[(code, result_names.of_question(one)) for code, one in asked.items()],
        bands=list(bands.items()),
        rows=rows,
        topics=topics.items(),
        units=sorted(units.items(), key=lambda unit: str(unit[1]).casefold()),
    )
