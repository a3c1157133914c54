"""One topic from every side: how it is rated, what is written, seen and complained about. Actions are born here."""

from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from cxportal.languages import SOURCE
from cxportal.organisation.admin_base import StaffRequest
from cxportal.organisation.models import Topic, Unit
from feedback.desks import desks_of
from feedback.topic_counts import (
    LEAST,
    count_by_topic,
    count_voices,
    months_of_all,
    months_until,
    units_below,
)
from feedback.views.staff import for_writers, framed
from surveys.publications import QuestionFigures, TopicPoint, about
from surveys.suppression import EVERYBODY

ALL = "all"
PERIODS = {"3": _("3 months"), "12": _("12 months"), "24": _("24 months"), ALL: _("All time")}
BEFORE_ANY_WAVE = datetime(1900, 1, 1, tzinfo=UTC)
DEFAULT_PERIOD = "12"
WORDS = {
    "comments": _("Comments from surveys"),
    "observations": _("Observations"),
    "complaints": _("Complaints"),
    "others": pgettext_lazy("voices", "Other voices"),
}


class Narrowed(NamedTuple):
    """What the page looks at: a unit with all below it, or everything in sight; and how long back."""

    unit: Unit | None
    units: list[Unit]
    months: str

    @property
    def query(self) -> str:
        return urlencode({"unit": self.unit.code if self.unit else "", "months": self.months})

    @property
    def is_all(self) -> bool:
        return self.months == ALL


class Rating(NamedTuple):
    point: TopicPoint
    rows: list["RatedQuestion"]


class RatedQuestion(NamedTuple):
    figures: QuestionFigures
    text: str
    favourable_percent: int | None


@for_writers
@require_safe
def all_topics(request: StaffRequest) -> HttpResponse:
    narrowed = _narrowed(request)
    units = units_below(request.user, narrowed.unit)
    since = months_until(timezone.localdate(), _count(request, narrowed, None, units))[0]
    counts = count_by_topic(request.user, units=units, since=since)
    nothing = dict.fromkeys(WORDS, 0)
    rows = [
        (topic, [(WORDS[code], number) for code, number in counts.get(topic.pk, nothing).items()])
        for topic in Topic.objects.filter(is_active=True)
    ]
    return _page(request, "feedback/staff/topics.html", narrowed, title=_("Topics side by side"), rows=rows)


@for_writers
@require_safe
def topic(request: StaffRequest, code: str) -> HttpResponse:
    found = get_object_or_404(Topic, code=code)
    narrowed = _narrowed(request)
    units = units_below(request.user, narrowed.unit)
    count = _count(request, narrowed, found, units)
    months = months_until(timezone.localdate(), 2 * count)
    voices = count_voices(request.user, found, units=units, months=months)
    if narrowed.is_all:  # there is no time before
        voices = [one._replace(before=None) for one in voices]
    since = timezone.make_aware(datetime.combine(months[count], datetime.min.time()))
    return _page(
        request,
        "feedback/staff/topic.html",
        narrowed,
        title=found,
        topic=found,
        since=since,
        counted=[(WORDS[one.code], one) for one in voices],
        ratings=_ratings(request, found, narrowed.unit, BEFORE_ANY_WAVE if narrowed.is_all else since),
    )


def _count(
    request: StaffRequest, narrowed: Narrowed, topic: Topic | None, units: frozenset[int] | None
) -> int:
    """Months to look at, this one included."""
    if not narrowed.is_all:
        return int(narrowed.months)
    return months_of_all(request.user, topic, units=units, today=timezone.localdate())


def _ratings(request: StaffRequest, topic: Topic, unit: Unit | None, since: datetime) -> list[Rating]:
    place = ("unit", unit.code) if unit else EVERYBODY
    points = about(topic.code, request.user, place, since=since)
    language = getattr(request, "LANGUAGE_CODE", SOURCE)
    return [
        Rating(point, [_rated(question, language) for question in point.figures.questions])
        for point in points
    ]


def _rated(question: QuestionFigures, language: str) -> RatedQuestion:
    texts = question.asked.item or question.asked.text
    text = texts.get(language) or texts.get(SOURCE) or next(iter(texts.values()), "")
    share = None
    if question.favourable is not None and question.n:
        share = round(100 * question.favourable / question.n)
    return RatedQuestion(question, text, share)


def _narrowed(request: StaffRequest) -> Narrowed:
    units = list(desks_of(request.user))
    wanted, months = request.GET.get("unit", ""), request.GET.get("months", DEFAULT_PERIOD)
    unit = next((unit for unit in units if unit.code == wanted), None)
    if (wanted and not unit) or months not in PERIODS:
        raise Http404
    return Narrowed(unit, units, months)


def _page(request: StaffRequest, template: str, narrowed: Narrowed, **context: Any) -> HttpResponse:
    return framed(
        request,
        template,
        narrowed=narrowed,
        periods=PERIODS.items(),
        least=LEAST,
        **context,
    )
