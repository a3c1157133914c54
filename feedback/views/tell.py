"""R7: tell us. No cookie, no session; a draft lives in the tab alone. Works without script."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_noop as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from cxportal.interface import said
from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.models import Service
from cxportal.public import TooManyRequests, public_languages, public_page
from feedback.limits import TELLING
from feedback.models import Item, Kind
from feedback.telling import CONSENT, KINDS, LONGEST, TellForm, receive
from surveys import form_key
from surveys.qr import qr_svg

FORM = "0" * 16
HEADINGS = {
    Kind.STORY: _("Tell your story"),
    Kind.REMARK: _("Make a remark"),
    Kind.TIP: _("Give us a tip"),
    Kind.TECHNICAL_FAILURE: _("Report a technical fault"),
    Kind.COMPLAINT: _("Make a complaint"),
    Kind.PRAISE: _("Say what was good"),
}
OTHERS = {
    Item.OnBehalfOf.RELATIVE: _("For a relative or friend"),
    Item.OnBehalfOf.ORGANISATION: _("For somebody my organisation helps"),
    Item.OnBehalfOf.LAWYER: _("As a lawyer"),
    Item.OnBehalfOf.AUTHORITY: _("As another authority"),
    Item.OnBehalfOf.OTHER: _("For somebody else"),
}
PRESS_AGAIN = _("What you wrote is still here. Please press the button once more.")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def tell(request: HttpRequest, kind: str) -> HttpResponse:
    services = Service.objects.filter(is_active=True)
    if request.method != "POST":
        return _page(request, TellForm(kind=kind, services=services), services)
    form = TellForm(request.POST, kind=kind, services=services)
    if "lang" in request.POST:
        return _page(request, form, services)
    key = form_key.read(request.POST.get("key", ""), _way(kind))
    is_robot = bool(request.POST.get("website"))
    if key is None or key.is_too_old() or key.is_too_fast() or is_robot:
        return _page(request, form, services, notice=said(PRESS_AGAIN), key=key)
    if form.problems:
        return _page(request, form, services, problems=form.problems, key=key)
    if not TELLING.allows(request.META.get("REMOTE_ADDR", "")):
        raise TooManyRequests(keep=request.POST.dict())
    receipt = receive(form, form_number=key.number, language=get_language() or SOURCE)
    qr = qr_svg(receipt.code, str(said(_("QR code of your receipt code"))))
    context = {"receipt": receipt.code, "qr": qr, "has_contact": bool(form.cleaned_data["email"])}
    return _no_store(render(request, "feedback/public/thanks.html", context))


def _page(
    request: HttpRequest, form: TellForm, services: Any, *, problems=(), notice=None, key=None
) -> HttpResponse:
    key = key if key and not key.is_too_old() else form_key.issue(FORM, _way(form.kind))
    context = {
        "form": form,
        "data": form.data,
        "kind": form.kind,
        "title": said(HEADINGS[Kind(form.kind)]),
        "is_story": form.kind == Kind.STORY,
        "asks_for_page": form.kind == Kind.TECHNICAL_FAILURE,
        "shortest": form.shortest,
        "longest": LONGEST,
        "services": services,
        "others": [(code.value, said(words)) for code, words in OTHERS.items()],
        "other_kinds": [(kind.value, said(HEADINGS[kind])) for kind in KINDS if kind != form.kind],
        "consent": said(CONSENT),
        "problems": problems,
        "faults": {problem.field: problem.text for problem in problems},
        "notice": notice,
        "key": key.text,
        "languages": [LANGUAGES[code] for code in public_languages()],
        "language_name": LANGUAGES[get_language() or SOURCE].native_name,
    }
    return _no_store(render(request, "feedback/public/tell.html", context))


def _way(kind: str) -> str:
    return f"tell:{kind}"


def _no_store(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    return response
