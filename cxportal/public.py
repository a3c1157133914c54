"""What every page for the public keeps to: no session, no cookie, no referrer, a language that is offered."""

import functools
from collections.abc import Callable, Mapping

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import get_script_prefix
from django.utils.cache import patch_vary_headers
from django.utils.encoding import escape_uri_path
from django.utils.translation import check_for_language, get_language
from django.utils.translation.trans_real import parse_accept_lang_header

from cxportal.languages import SOURCE
from cxportal.organisation.models import Language

View = Callable[..., HttpResponse]

ALSO_MEANS = {
    "zh": "zh-hans",
    "zh-cn": "zh-hans",
    "zh-sg": "zh-hans",
    "no": "nb",
    "nn": "nb",
    "fa-af": "prs",
    "kmr": "ku",
    "iw": "he",
}


class TooManyRequests(Exception):
    """Raise it in a public view that stops somebody for a minute; `keep` are posted fields to send again."""

    def __init__(self, keep: Mapping[str, str] | None = None):
        super().__init__("too many requests")
        self.keep = keep


def public_page(view: View) -> View:
    """Decorator of every view for the public. Such a view has no `request.session` and an anonymous user.

    A page in a language that is not offered leads to the same page in the best one that is. A POST is never led
    away, because what was typed would be lost.
    """

    @functools.wraps(view)
    def page(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        forget_visitor(request)
        if request.method in {"GET", "HEAD"} and get_language() not in public_languages():
            return without_referrer(_led_to(same_page(request, best_language(request))))
        return without_referrer(view(request, *args, **kwargs))

    return page


def _led_to(address: str) -> HttpResponse:
    response = HttpResponseRedirect(address)
    patch_vary_headers(response, ["Accept-Language"])
    return response


def forget_visitor(request: HttpRequest) -> None:
    """Without a session in the request, nothing after this can read or set its cookie."""
    if hasattr(request, "session"):
        del request.session
    request.user = AnonymousUser()


def without_referrer(response: HttpResponse) -> HttpResponse:
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def public_languages() -> tuple[str, ...]:
    """Offered languages whose addresses work: Django knows a language by its catalogue, and be it an empty one."""
    return tuple(code for code in Language.offered() if check_for_language(code)) or (SOURCE,)


def best_language(request: HttpRequest, offered: tuple[str, ...] | None = None) -> str:
    """The offered language the visitor's browser likes best; the first offered one if it likes none of them."""
    offered = offered or public_languages()
    for wanted, weight in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "")):
        for code in _readings(wanted):
            if code in offered and weight:
                return code
    return offered[0]


def _readings(wanted: str) -> list[str]:
    """ "fa-af-x" -> fa-af-x, fa-af, prs, fa: from the exact wish to the mere language."""
    parts = wanted.lower().split("-")
    shorter = ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return [code for name in shorter for code in (name, ALSO_MEANS.get(name)) if code]


def same_page(request: HttpRequest, language: str) -> str:
    """The address of this page in another language; the front page where there is nothing to come back to."""
    _, _, rest = request.path_info.removeprefix("/").partition("/")
    if request.method not in {"GET", "HEAD"} or not _has_language(request):
        return f"{get_script_prefix()}{language}/"
    query = request.META.get("QUERY_STRING", "")
    return escape_uri_path(f"{get_script_prefix()}{language}/{rest}") + (f"?{query}" if query else "")


def _has_language(request: HttpRequest) -> bool:
    return request.path_info.startswith(f"/{get_language()}/")
