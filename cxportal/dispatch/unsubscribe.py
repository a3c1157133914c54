"""Stop all messages of one kind to one address, by a link that names neither the address nor the person.

The link carries a keyed hash of the address and the scope, signed. No row of ours is needed to read it, so it works
after everything about the person has been purged.
"""

import base64
import binascii
import hmac
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from cxportal.dispatch.models import Suppression
from cxportal.dispatch.suppression import suppress_hash
from cxportal.keys import store
from cxportal.languages import SOURCE

SIGNATURE_BYTES = 16
HASH_BYTES = 32


class Wish(NamedTuple):
    address_hash: str
    scope: str


def unsubscribe_url(wish: Wish, language: str) -> str:
    return settings.BASE_URL + _path(language).replace("TOKEN", token_of(wish))


def token_of(wish: Wish) -> str:
    content = _content(wish)
    return base64.urlsafe_b64encode(_signature(content) + content).decode().rstrip("=")


def read_token(token: str) -> Wish | None:
    """What the link asks for; `None` when a sign of it was lost or changed."""
    try:
        body = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        content = body[SIGNATURE_BYTES:]
        wish = Wish(content[:HASH_BYTES].hex(), content[HASH_BYTES:].decode())
    except (binascii.Error, ValueError):
        return None
    if not wish.scope or not hmac.compare_digest(body[:SIGNATURE_BYTES], _signature(content)):
        return None
    # base64 has several spellings of one value: only ours is taken
    return wish if token == token_of(wish) else None


def unsubscribe(wish: Wish) -> None:
    """Holds from this moment for everything that has not passed its fence. Asking twice changes nothing."""
    suppress_hash(address_hash=wish.address_hash, scope=wish.scope, reason=Suppression.Reason.OPT_OUT)


def _content(wish: Wish) -> bytes:
    return bytes.fromhex(wish.address_hash) + wish.scope.encode()


def _signature(content: bytes) -> bytes:
    return bytes.fromhex(store.keyed_hash("suppression", content, purpose="unsubscribe"))[:SIGNATURE_BYTES]


@cache
def _path(language: str) -> str:
    # an address in a language without a catalogue is not found
    with translation.override(language if translation.check_for_language(language) else SOURCE):
        return reverse("dispatch:unsubscribe", kwargs={"token": "TOKEN"})
