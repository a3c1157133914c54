"""What the outside world asks of dispatch: a person stops messages, an SMS gateway reports a delivery."""

import hashlib
import hmac
import json

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from cxportal.dispatch.reports import take_sms_report
from cxportal.dispatch.unsubscribe import read_token, unsubscribe
from cxportal.public import public_page

LARGEST_REPORT_BYTES = 10_000


# No cookie is set here, so there is no cookie token to check: the signed link itself is the proof. Mail providers
# post to it on behalf of the person (RFC 8058) and could not know a token of ours.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def one_click_unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """A visit changes nothing, because scanners of mail programs follow links; the button does."""
    wish = read_token(token)
    if wish is None:
        return render(request, "dispatch/unsubscribe.html", {"state": "broken"}, status=404)
    if request.method == "POST":
        unsubscribe(wish)
        return render(request, "dispatch/unsubscribe.html", {"state": "done"})
    return render(request, "dispatch/unsubscribe.html", {"state": "asked"})


# The signature over the body stands in place of a cookie token: the caller is a machine.
@csrf_exempt
@require_POST
def sms_report(request: HttpRequest) -> HttpResponse:
    """A delivery report: JSON with `reference` and `status`, signed in the header X-Signature.

    Taking the same report again changes nothing, so a replayed one does no harm and answers the same.
    """
    if not settings.SMS_SECRET:
        raise Http404
    if int(request.headers.get("Content-Length") or 0) > LARGEST_REPORT_BYTES:
        return HttpResponse(status=413)
    if not _is_signed(request):
        return HttpResponse(status=403)
    try:
        report = json.loads(request.body)
        reference, status = report["reference"], report["status"]
    except (ValueError, KeyError, TypeError):
        return HttpResponse(status=400)
    if not isinstance(reference, str) or not isinstance(status, str):
        return HttpResponse(status=400)
    take_sms_report(reference=reference, status=status)
    return HttpResponse(status=204)


def _is_signed(request: HttpRequest) -> bool:
    """HMAC-SHA256 over the body as it came, in hex, with or without "sha256=" before it."""
    given = request.headers.get("X-Signature", "").removeprefix("sha256=").strip().lower()
    expected = hmac.digest(settings.SMS_SECRET.encode(), request.body, hashlib.sha256).hex()
    return hmac.compare_digest(given.encode(), expected.encode())
