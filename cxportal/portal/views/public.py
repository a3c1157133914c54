from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import get_script_prefix
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from cxportal.portal.models import PublicPage
from cxportal.portal.public_pages import statement
from cxportal.public import best_language, forget_visitor, public_languages, public_page, without_referrer


@require_safe
def front_door(request: HttpRequest) -> HttpResponse:
    """The address without a language leads to the language the visitor's browser asks for."""
    forget_visitor(request)
    response = HttpResponseRedirect(f"{get_script_prefix()}{best_language(request)}/")
    patch_vary_headers(response, ["Accept-Language"])
    return without_referrer(response)


@require_safe
@cache_control(public=True, max_age=60)
@public_page
def front(request: HttpRequest) -> HttpResponse:
    return render(request, "public/front.html")


@require_safe
@cache_control(public=True, max_age=300)
@public_page
def statement_page(request: HttpRequest, key: str) -> HttpResponse:
    return render(request, "public/statement.html", {"statement": statement(key)})


@require_safe
@cache_control(public=True, max_age=3600)
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines find the front page and the statements; surveys, receipts and staff pages are not for them."""
    forget_visitor(request)
    pages = ["", *(f"{key}/" for key in PublicPage.Key.values)]
    lines = ["User-agent: *", "Disallow: /", "Allow: /$", "Allow: /static/cx/"]
    lines += [f"Allow: /{code}/{page}$" for code in public_languages() for page in pages]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
