"""The signed number of a form: tells robots from people, and makes a double click one answer.

It says when the form was made and for which version and way in. The time is looked at and never stored.
"""

import base64
import binascii
import hmac
import secrets
import time
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from django.conf import settings

NUMBER_BYTES, TIME_BYTES, DIGEST_BYTES, SIGNATURE_BYTES = 16, 5, 8, 16
LEAST_SECONDS = 2
"""Nobody reads and answers a form faster."""
MOST_SECONDS = 14 * 24 * 3600


@dataclass(frozen=True)
class FormKey:
    number: bytes
    made_at: int
    digest: str
    """First letters of the digest of the version that the form shows."""
    text: str

    def is_too_fast(self, now: float | None = None) -> bool:
        return self.is_younger_than(LEAST_SECONDS, now)

    def is_younger_than(self, seconds: float, now: float | None = None) -> bool:
        return (now or time.time()) - self.made_at < seconds

    def is_too_old(self, now: float | None = None) -> bool:
        return (now or time.time()) - self.made_at > MOST_SECONDS


def issue(digest: str, way: str, *, now: float | None = None) -> FormKey:
    """`way` says for whom: the collector, and the member of staff where one is signed in."""
    number = secrets.token_bytes(NUMBER_BYTES)
    made_at = int(now or time.time())
    body = number + made_at.to_bytes(TIME_BYTES) + bytes.fromhex(digest[: DIGEST_BYTES * 2])
    text = base64.urlsafe_b64encode(body + signature(body, f"form:{way}")).decode()
    return FormKey(number, made_at, digest[: DIGEST_BYTES * 2], text)


def read(text: str, way: str) -> FormKey | None:
    """The key, or nothing if it was not issued here for this way in."""
    try:
        signed = base64.urlsafe_b64decode(text.encode("ascii"))
    except (UnicodeEncodeError, binascii.Error, ValueError):
        return None
    body, given = signed[:-SIGNATURE_BYTES], signed[-SIGNATURE_BYTES:]
    if len(body) != NUMBER_BYTES + TIME_BYTES + DIGEST_BYTES:
        return None
    if not hmac.compare_digest(given, signature(body, f"form:{way}")):
        return None
    number, rest = body[:NUMBER_BYTES], body[NUMBER_BYTES:]
    return FormKey(number, int.from_bytes(rest[:TIME_BYTES]), rest[TIME_BYTES:].hex(), text)


def signature(body: bytes, purpose: str) -> bytes:
    return hmac.digest(_key(settings.SECRET_KEY, purpose), body, "sha256")[:SIGNATURE_BYTES]


@lru_cache(maxsize=4096)
def _key(secret: str, purpose: str) -> bytes:
    return sha256(f"surveys\0{purpose}\0{secret}".encode()).digest()
