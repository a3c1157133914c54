"""R8: you said, we did. Only what the CX team has released; in a fixed number of queries."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from actions import telling_back
from actions.models import ToldBack
from cxportal.organisation.models import Service, Topic
from cxportal.public import public_page

NEWEST = 6
ON_A_PAGE = 20


@require_safe
@cache_control(public=True, max_age=60)
@public_page
def index(request: HttpRequest) -> HttpResponse:
    rows = telling_back.public_rows()
    return render(
        request,
        "actions/did.html",
        {
            "counts": telling_back.counts(rows),
            "topics": telling_back.topics_told(),
            "services": telling_back.services_told(),
            "newest": list(rows[:NEWEST]),
        },
    )


@require_safe
@cache_control(public=True, max_age=60)
@public_page
def about_topic(request: HttpRequest, code: str) -> HttpResponse:
    topic = get_object_or_404(Topic, code=code)
    return _entries(request, telling_back.public_rows().filter(action__topics=topic), subject=topic)


@require_safe
@cache_control(public=True, max_age=60)
@public_page
def about_service(request: HttpRequest, code: str) -> HttpResponse:
    service = get_object_or_404(Service, code=code)
    return _entries(request, telling_back.public_rows().filter(action__service=service), subject=service)


@require_safe
@cache_control(public=True, max_age=60)
@public_page
def one(request: HttpRequest, told_id: int) -> HttpResponse:
    told = get_object_or_404(telling_back.public_rows(), pk=told_id)
    return render(request, "actions/did_one.html", {"entry": _entry(told)})


def _entries(request: HttpRequest, rows: QuerySet, **context: Any) -> HttpResponse:
    page = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    entries = [_entry(told) for told in page]
    return render(request, "actions/did_about.html", {"page": page, "entries": entries, **context})


def _entry(told: ToldBack) -> dict[str, Any]:
    return {"told": told, "figure": telling_back.figure_of(told)}
