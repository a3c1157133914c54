"""Error pages: the portal's look, the visitor's language, nothing given away, no cookie.

The page of a broken server asks no database: the name of the agency and its languages come from memory or not at all.
"""

import logging
import secrets
import sys
from collections.abc import Mapping

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.models import Agency
from cxportal.public import TooManyRequests, best_language, forget_visitor, public_languages, without_referrer

logger = logging.getLogger(__name__)


class TooManyRequestsMiddleware:
    """Shows the page for a view that raised `TooManyRequests`; rooms below the portal cannot call it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        return too_many(request, keep=exception.keep) if isinstance(exception, TooManyRequests) else None


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 400, "public/errors/400.html", **_from_database())


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 403, "public/errors/403.html", **_from_database())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(request, 403, "public/errors/403.html", is_stale_form=True, **_from_database())


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 404, "public/errors/404.html", **_from_database())


def too_many(request: HttpRequest, *, keep: Mapping[str, str] | None = None) -> HttpResponse:
    """Stop for a minute. `keep` (posted fields, also a QueryDict) stays in the page and is sent again from there."""
    answer = {"kept": _fields(keep or {}), "address": request.get_full_path()}
    response = _page(request, 429, "public/errors/429.html", **answer, **_from_database())
    response.headers["Retry-After"] = "60"
    return response


def broken(request: HttpRequest) -> HttpResponse:
    """Shows a random code that also stands in the log line, so that whoever calls can be helped."""
    number = secrets.token_hex(3).upper()
    code = f"E-{number[:4]}-{number[4:]}"
    logger.error("a page failed", extra={"error_code": code}, exc_info=sys.exc_info())
    response = _page(request, 500, "public/errors/500.html", error_code=code, **_from_memory())
    # else Django would log the failure again, with the address and without the code
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _from_database() -> dict[str, object]:
    return {"agency": Agency.current(), "offered": public_languages()}


def _from_memory() -> dict[str, object]:
    known = caches["local"].get("offered_languages", ())
    return {
        "agency": caches["local"].get("agency"),
        "offered": tuple(code for code in known if translation.check_for_language(code)),
    }


def _page(request: HttpRequest, status: int, template: str, **context) -> HttpResponse:
    """Rendered without context processors: they would ask for the signed-in person, and with that for a cookie."""
    forget_visitor(request)
    language = _language(request, context["offered"])
    with translation.override(language):
        page = render_to_string(
            template,
            {
                "request": request,
                "LANGUAGE_CODE": language,
                "LANGUAGE_BIDI": LANGUAGES[language].is_rtl,
                "is_staff_page": request.path_info.startswith(f"/{language}/admin/"),
                **context,
            },
        )
    headers = {"Content-Language": language, "Cache-Control": "no-store"}
    return without_referrer(HttpResponse(page, status=status, headers=headers))


def _language(request: HttpRequest, offered: tuple[str, ...]) -> str:
    """Of the address; else the best one offered; else, when nothing is known of what is offered, the best of all."""
    return translation.get_language_from_path(request.path_info) or best_language(
        request, offered or (SOURCE, *filter(translation.check_for_language, LANGUAGES))
    )


def _fields(keep: Mapping[str, str]) -> list[tuple[str, str]]:
    lists = keep.lists() if hasattr(keep, "lists") else ((name, [value]) for name, value in keep.items())
    return [(name, value) for name, values in lists for value in values]
