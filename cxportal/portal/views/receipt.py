"""What became of what somebody told us: found by the code alone. The code travels in the body, never in an address."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from cxportal.public import TooManyRequests, public_page
from feedback.limits import CODES
from feedback.receipts import forget_contact, is_waiting, take_back, voices_of

LONGEST_CODE = 60


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def receipt(request: HttpRequest) -> HttpResponse:
    context = {}
    if request.method == "POST":
        code = request.POST.get("code", "")[:LONGEST_CODE]
        if not CODES.allows(request.META.get("REMOTE_ADDR", "")):
            raise TooManyRequests(keep={"code": code})
        context = WISHES.get(request.POST.get("go", ""), _found)(code)
    response = render(request, "public/receipt.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _found(code: str) -> dict:
    voices = voices_of(code)
    return {
        "code": code,
        "asked": True,
        "voices": voices,
        "is_waiting": not voices and is_waiting(code),
        "can_be_reached": any(voice.has_contact for voice in voices),
    }


def _taken_back(code: str) -> dict:
    count = take_back(code)
    return {"asked": True, "taken_back": count > 0, "code": "" if count else code}


def _out_of_reach(code: str) -> dict:
    count = forget_contact(code)
    return _found(code) | {"is_out_of_reach": count > 0}


WISHES = {"take back": _taken_back, "forget contact": _out_of_reach}
