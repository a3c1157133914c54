"""Keys of other systems. A key is random, so a plain hash is enough to keep; the key itself is shown once."""

import hashlib
import secrets
from typing import NamedTuple

KEY_BYTES = 32


class NewKey(NamedTuple):
    key: str
    hash: str


def new_key() -> NewKey:
    """The one before stops working as soon as the new hash stands in its place."""
    key = secrets.token_urlsafe(KEY_BYTES)
    return NewKey(key, hash_of(key))


def hash_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
