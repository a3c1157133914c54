"""For systems of the agency that know who was in contact with it: POST /panels/contacts/CODE/.

Authorization: Bearer KEY
{"contacts": [{"email" or "phone": ..., "language": "fi", "at": "2026-11-23T08:30:00+02:00",
               "unit": code, "reference": what you call it}]}
"""

import json

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from panels import triggers

MOST_CONTACTS = 5000


@csrf_exempt
@require_POST
def contacts(request: HttpRequest, code: str) -> JsonResponse:
    trigger = triggers.trigger_for(code=code, key=_key(request))
    if trigger is None:
        return JsonResponse({"error": "The key does not fit."}, status=401)
    if not trigger.is_active:
        return JsonResponse({"error": "This trigger is switched off."}, status=409)
    delivered = _contacts(request)
    if delivered is None:
        error = f'The body is JSON: {{"contacts": [...]}}, with at most {MOST_CONTACTS} contacts.'
        return JsonResponse({"error": error}, status=400)
    taken = triggers.take_contacts(trigger=trigger, contacts=delivered)
    return JsonResponse(
        {
            "taken": taken.taken,
            "known": taken.known,
            "refused": [{"number": number, "why": why} for number, why in taken.refused],
        }
    )


def _key(request: HttpRequest) -> str:
    scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _contacts(request: HttpRequest) -> list | None:
    try:
        body = json.loads(request.body)
    except (ValueError, UnicodeDecodeError):
        return None
    found = body.get("contacts") if isinstance(body, dict) else None
    return found if isinstance(found, list) and len(found) <= MOST_CONTACTS else None
