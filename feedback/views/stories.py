"""Stories with the answers to them, for everybody. What is withdrawn is gone with the next request, so nothing is cached."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cxportal.public import public_page
from feedback.stories import LONGEST_SEARCH, services_with_stories, stories, topics_with_stories


@require_safe
@public_page
def read(request: HttpRequest) -> HttpResponse:
    asked = {
        name: request.GET.get(name, "").replace("\0", "")[:LONGEST_SEARCH]
        for name in ("service", "topic", "q")
    }
    found, page = stories(
        service=asked["service"],
        topic=asked["topic"],
        words=asked["q"],
        page=request.GET.get("page", "1")[:6],
    )
    context = {
        "stories": found,
        "page": page,
        "asked": asked,
        "is_narrowed": any(asked.values()),
        "narrowed": urlencode({name: value for name, value in asked.items() if value}),
        "services": services_with_stories(),
        "topics": topics_with_stories(),
    }
    response = render(request, "feedback/public/stories.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response
