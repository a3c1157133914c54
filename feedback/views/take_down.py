"""A voice taken down at the desk, and the slip the customer takes along."""

import uuid
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cxportal.interface import said
from cxportal.languages import LANGUAGES
from cxportal.organisation.admin_base import StaffRequest
from cxportal.organisation.receipts import Receipt
from feedback.desks import first_desk_of
from feedback.taking_down import ASK_MORE, CONSENT, VoiceForm, language_of_slip
from feedback.taking_down import take_down as keep
from feedback.views.staff import for_writers, framed
from surveys.qr import qr_svg


@for_writers
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def take_down(request: StaffRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, VoiceForm(initial=_preset(request), by=request.user))
    form = VoiceForm(request.POST, by=request.user)
    if not form.is_valid():
        return _page(request, form)
    return _slip(request, keep(form.cleaned_data), form.cleaned_data)


def _page(request: StaffRequest, form: VoiceForm) -> HttpResponse:
    return framed(
        request,
        "feedback/staff/take_down.html",
        title=_("Take down a voice"),
        form=form,
        consent=said(CONSENT),
        ask_more=said(ASK_MORE),
        main=[form[name] for name in ("kind", "channel", "unit", "day", "language")],
        more=[form[name] for name in ("service", "stage", "tone", "on_behalf_of")],
    )


def _slip(request: StaffRequest, receipt: Receipt, data: dict[str, Any]) -> HttpResponse:
    """Shown once: the code itself is kept nowhere."""
    language = LANGUAGES[language_of_slip(data["language"])]
    with translation.override(language.code):
        slip = render_to_string(
            "feedback/public/slip.html",
            {
                "language": language,
                "code": receipt.code,
                "qr": qr_svg(receipt.code, str(said("QR code of your receipt code"))),
                "address": settings.BASE_URL + reverse("receipt"),
                "unit": data["unit"],
                "day": data["day"],
            },
        )
    return framed(
        request,
        "feedback/staff/slip.html",
        title=_("Saved. This slip is for the customer."),
        slip=slip,
    )


def _preset(request: StaffRequest) -> dict[str, Any]:
    return {
        "form_id": uuid.uuid4(),
        "unit": first_desk_of(request.user),
        "day": timezone.localdate(),
        "channel": "desk",
        "kind": "remark",
        "language": get_language(),
    }
