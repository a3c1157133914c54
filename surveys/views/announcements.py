"""The public pages of measurements: that they are made, and how to stay out of one."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_noop as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from cxportal.dispatch.addresses import AddressNotPossible
from cxportal.interface import said
from cxportal.organisation.texts import Text
from cxportal.public import TooManyRequests, public_page
from surveys import abuse, announcing, form_key
from surveys.announcing import About
from surveys.declining import decline

LONGEST_ADDRESS = 300
DECLINED = abuse.FormLimits(6, 20, known_a_minute=30, all_a_minute=60)


@require_safe
@cache_control(public=True, max_age=60)
@public_page
def under_way(request: HttpRequest) -> HttpResponse:
    return render(request, "surveys/announcements.html", {"measurements": announcing.under_way()})


# No cookie is set here, so there is no cookie token to check: the signed number of the form stands in its place.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def about(request: HttpRequest, code: str) -> HttpResponse:
    """Whoever does not want to be asked says so here. The answer never tells whether an address is known."""
    found = announcing.about(code)
    if found is None:
        raise Http404
    if request.method == "POST" and found.takes_declines:
        return declined(request, found)
    return page(request, found)


def declined(request: HttpRequest, found: About) -> HttpResponse:
    address = request.POST.get("address", "")[:LONGEST_ADDRESS].replace("\0", "").strip()
    key = form_key.read(request.POST.get("key", ""), way_of(found))
    if key is None or key.is_too_old() or key.is_too_fast() or request.POST.get("website"):
        return page(request, found, address=address, notice=said(_("Please press the button once more.")))
    if not address:
        return page(request, found, error=said(_("Write an e-mail address or a phone number.")))
    sender = request.META.get("REMOTE_ADDR", "")
    if not abuse.may_send_form(f"declined:{found.wave.pk}", sender, DECLINED):
        raise TooManyRequests(request.POST)
    try:
        decline(wave=found.wave, address=address)
    except AddressNotPossible:
        return page(request, found, address=address, error=what_is_wrong(address))
    return page(request, found, is_declined=True)


def what_is_wrong(address: str) -> Text:
    if "@" in address:
        return said(_("This is no complete e-mail address. Please look at it once more."))
    return said(
        _("Write the phone number with a plus and the code of the country, for example +358 40 123 4567.")
    )


def page(request: HttpRequest, found: About, **more) -> HttpResponse:
    key = form_key.issue(found.digest, way_of(found)).text
    response = render(request, "surveys/announcement.html", {"about": found, "key": key, **more})
    response.headers["Cache-Control"] = "no-store"
    return response


def way_of(found: About) -> str:
    return f"decline:{found.wave.pk}"
