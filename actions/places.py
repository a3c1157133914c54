"""What actions put into pages of lower rooms."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from actions.evidence import bury
from actions.telling_back import public_rows, told_of_voices
from cxportal.organisation.models import Role
from cxportal.slots import fill
from feedback.purge import before_burial
from feedback.receipts import Voice
from surveys.memory import kept

ON_FRONT = 3


def newest_told(request: HttpRequest) -> dict[str, Any] | None:
    newest = kept("actions: newest told back", lambda: list(public_rows()[:ON_FRONT]))
    return {"newest": newest} if newest else None


def became_of(request: HttpRequest, voice: Voice, voices: list[Voice]) -> dict[str, Any] | None:
    """Looked up once for all voices of the page."""
    told = request.__dict__.setdefault("told_of_voices", None)
    if told is None:
        told = request.__dict__["told_of_voices"] = told_of_voices([one.id for one in voices])
    return {"became": told[voice.id]} if told.get(voice.id) else None


def may_make(request: HttpRequest, **named: Any) -> dict[str, Any] | None:
    """A link to the page that makes or joins an action from what stands here."""
    user = request.user
    if not user.is_authenticated or not user.scope.has_any((Role.CX_TEAM, Role.MANAGER)):
        return None
    return {"query": urlencode({name: getattr(value, "pk", value) for name, value in named.items() if value})}


for page in ("queue.item", "topic.actions", "results.question"):
    fill(page, "actions/staff/make_link.html", may_make)
fill("front.did", "actions/did_on_front.html", newest_told)
fill("receipt.voice", "actions/did_on_receipt.html", became_of)
before_burial(bury)
