"""Keys of other systems. A key is random, so a plain hash is enough to keep."""

import hashlib
import secrets

from feedback.models import Integration

KEY_BYTES = 32


def hash_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def give_key(integration: Integration) -> str:
    """A new key; the one before stops working. It is returned this once and kept nowhere."""
    key = secrets.token_urlsafe(KEY_BYTES)
    integration.key_hash = hash_of(key)
    return key
