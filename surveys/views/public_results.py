"""Results that the CX team has made public: for everybody, without script, cookie or log-in."""

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from cxportal.public import public_page
from surveys import exports, public_results
from surveys.publications import Results


@require_safe
@cache_control(public=True, max_age=60)
@public_page
def listed(request: HttpRequest) -> HttpResponse:
    return render(request, "surveys/public_results/list.html", {"listed": public_results.listed()})


@require_safe
@cache_control(public=True, max_age=60)
@public_page
def results(request: HttpRequest, code: str) -> HttpResponse:
    all_units = request.GET.get("units") == "all"
    page = public_results.page_of(found(code), all_units=all_units)
    return render(request, "surveys/public_results/page.html", {"page": page})


@require_safe
@cache_control(public=True, max_age=60)
@public_page
def figures(request: HttpRequest, code: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        exports.FORMATS["csv"](found(code)),
        content_type=exports.CONTENT_TYPES["csv"],
        headers={"Content-Disposition": f'attachment; filename="{code}.csv"'},
    )


def found(code: str) -> Results:
    """A wave that is not public is as unknown as one that never was."""
    results = public_results.results_of(code)
    if results is None:
        raise Http404
    return results
