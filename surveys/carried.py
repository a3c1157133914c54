"""What was filled in on other pages travels with the form: one compressed, signed field, nothing on the server."""

import base64
import binascii
import hmac
import json
import zlib
from dataclasses import dataclass, field
from typing import Any

from surveys.answering import Given
from surveys.form_key import SIGNATURE_BYTES, FormKey, signature

LONGEST_FIELD = 1_500_000
LARGEST_CONTENT = 4_000_000
"""Bytes after decompression: a small field that swells into gigabytes is cut off here."""


@dataclass
class Sheet:
    """One questionnaire while it is being filled in."""

    given: Given = field(default_factory=dict)
    asked_again: set[str] = field(default_factory=set)
    """Places that a person has been asked about once."""
    helped: str = ""
    wants_receipt: bool = False
    has_begun: bool = False
    is_checked: bool = False
    """The page on which everything is checked has been seen: "Next" leads back to it."""

    def as_json(self) -> dict[str, Any]:
        short = {
            "g": self.given,
            "a": sorted(self.asked_again),
            "h": self.helped,
            "r": int(self.wants_receipt),
            "b": int(self.has_begun),
            "c": int(self.is_checked),
        }
        return {name: value for name, value in short.items() if value}

    @classmethod
    def from_json(cls, short: dict[str, Any]) -> "Sheet":
        return cls(
            given=short.get("g", {}),
            asked_again=set(short.get("a", ())),
            helped=short.get("h", ""),
            wants_receipt=bool(short.get("r")),
            has_begun=bool(short.get("b")),
            is_checked=bool(short.get("c")),
        )


class NotOurs(ValueError):
    """The field was changed, cut, or made for another form."""


def pack(sheet: Sheet, key: FormKey) -> str:
    if not (short := sheet.as_json()):
        return ""
    body = zlib.compress(json.dumps(short, ensure_ascii=False, separators=(",", ":")).encode(), 6)
    return base64.urlsafe_b64encode(_signature(body, key) + body).decode()


def unpack(text: str, key: FormKey) -> Sheet:
    """Raises `NotOurs`. An empty field is an empty sheet: the first page carries nothing."""
    if not text:
        return Sheet()
    if len(text) > LONGEST_FIELD:
        raise NotOurs
    try:
        signed = base64.urlsafe_b64decode(text.encode("ascii"))
    except (UnicodeEncodeError, binascii.Error, ValueError) as error:
        raise NotOurs from error
    given, body = signed[:SIGNATURE_BYTES], signed[SIGNATURE_BYTES:]
    if not hmac.compare_digest(given, _signature(body, key)):
        raise NotOurs
    return Sheet.from_json(json.loads(_decompressed(body)))


def _decompressed(body: bytes) -> bytes:
    decompressor = zlib.decompressobj()
    content = decompressor.decompress(body, LARGEST_CONTENT)
    if decompressor.unconsumed_tail:
        raise NotOurs
    return content


def _signature(body: bytes, key: FormKey) -> bytes:
    return signature(key.number + body, "carried")
