"""The keys of waves and panels, and what is computed with them.

A key is 32 random bytes under a name such as "wave:<uuid>", "panel:<uuid>" or "suppression". Keys live apart from
the database and its backups (`folder.py`, or `database.py` with CX_KEYS_URL), so that a destroyed key leaves hashes
and ciphertexts behind that nobody can work with again, even with an old copy of the database.

A key is kept in memory for `CACHE_SECONDS`: a key destroyed by another process is unusable here after that time.
"""

import hmac
import re
import secrets
import time
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connections
from django.utils import timezone

from cxportal.keys.database import ALIAS, DatabaseStore
from cxportal.keys.folder import FolderStore

KEY_BYTES = 32
CACHE_SECONDS = 5
NAME = re.compile(r"[a-z][a-z0-9_-]*(:[a-z0-9][a-z0-9_.-]*)*\Z")
NONCE_BYTES = 12
SEALED_FORMAT = b"\x01"


class KeyMissing(LookupError):
    """There is no such key: what needs it must pause, not make a new one."""


class KeyDestroyed(KeyMissing):
    """The key was destroyed on purpose and never comes back."""


class CannotDecrypt(ValueError):
    """The text was not made with this key and purpose, or was changed since."""


class Store(Protocol):
    """Where keys are kept. `add` and `add_mark` leave alone what is there already, whoever was faster."""

    place: str

    def read(self, name: str) -> bytes | None: ...
    def add(self, name: str, key: bytes) -> None: ...
    def destroy(self, name: str, on: date) -> None: ...
    def destroyed_on(self, name: str) -> date | None: ...
    def names(self) -> list[str]: ...
    def made_on(self, name: str) -> date | None: ...
    def tombstones(self) -> dict[str, date]: ...
    def read_mark(self, name: str) -> int | None: ...
    def raise_mark(self, name: str, value: int) -> None: ...
    def marks(self) -> dict[str, int]: ...


class _Kept(NamedTuple):
    key: bytes
    read_at: float
    derived: dict[tuple[str, str], bytes]
    """(use, purpose) -> the key for it. Gone with the key they were made of."""


_cache: dict[tuple[str, str], _Kept] = {}


def current() -> Store:
    if ALIAS in connections.databases:
        return DatabaseStore()
    return _in_folder(settings.KEYS_FOLDER)


@lru_cache(maxsize=4)
def _in_folder(folder: str | Path) -> FolderStore:
    return FolderStore(Path(folder))


def key(name: str) -> bytes:
    """The key itself. Raises KeyMissing, or KeyDestroyed if it was destroyed on purpose."""
    return _kept(name).key


def _kept(name: str) -> _Kept:
    store = current()
    cached = _cache.get((store.place, name))
    if cached and time.monotonic() - cached.read_at < CACHE_SECONDS:
        return cached
    read_at = time.monotonic()
    found = store.read(_checked(name))
    if found is None:
        _cache.pop((store.place, name), None)
        raise _missing(store, name)
    kept = _Kept(found, read_at, {})
    _cache[store.place, name] = kept
    return kept


def exists(name: str) -> bool:
    return current().read(_checked(name)) is not None


def names() -> list[str]:
    return current().names()


def made_on(name: str) -> date | None:
    """The day the key came into this store: after a restore the day of the restore."""
    return current().made_on(_checked(name))


def create(name: str) -> bytes:
    """A new key. Two callers at once get the same one; a name that was destroyed is refused."""
    return adopt(name, secrets.token_bytes(KEY_BYTES))


def adopt(name: str, key: bytes) -> bytes:
    """Put a key under its name unless there is one. Returns the key that counts from now on."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"A key has {KEY_BYTES} bytes, not {len(key)}.")
    store = current()
    store.add(_checked(name), key)
    kept = store.read(name)
    if kept is None:
        raise _missing(store, name)
    return kept


def get_or_create(name: str) -> bytes:
    """Only for keys whose loss harms nobody: a lost key would be replaced in silence."""
    try:
        return key(name)
    except KeyDestroyed:
        raise
    except KeyMissing:
        return create(name)


def destroy(name: str, at: date | datetime | None = None) -> None:
    """Overwrite and remove the key, for good. Its backups end `KEYS_BACKUP_DAYS` later.

    Running it again finishes what a crash left undone and keeps the first date. A name that never had a key can be
    destroyed too: it will not get one.
    """
    store = current()
    store.destroy(_checked(name), _day(at))
    _cache.pop((store.place, name), None)


def destroyed_on(name: str) -> date | None:
    return current().destroyed_on(_checked(name))


def provably_gone_on(name: str) -> date:
    """The first day on which no backup holds the key any more. Raises KeyMissing if it was not destroyed."""
    day = destroyed_on(name)
    if day is None:
        raise KeyMissing(f"The key {name} has not been destroyed.")
    return day + timedelta(days=settings.KEYS_BACKUP_DAYS)


def read_mark(name: str) -> int | None:
    """A counter kept beside the keys, so that a restored database is behind it."""
    return current().read_mark(_checked(name))


def write_mark(name: str, value: int) -> None:
    """Marks only rise: a smaller value is ignored."""
    current().raise_mark(_checked(name), value)


def keyed_hash(name: str, data: bytes | str, *, purpose: str) -> str:
    """HMAC-SHA256 in hex under a key of its own for each purpose, so that hashes of two purposes never match."""
    data = data.encode() if isinstance(data, str) else data
    return hmac.digest(_key_for(name, "hash", purpose), data, "sha256").hex()


def fingerprint(name: str) -> str:
    """Tells in the main database which key was used, so that a lost and replaced one is noticed."""
    return keyed_hash(name, b"", purpose="fingerprint")[:16]


def encrypt(name: str, data: bytes, purpose: str) -> bytes:
    """AES-256-GCM, bound to name and purpose. Random nonces: at most 2**32 texts per key and purpose."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(_key_for(name, "encrypt", purpose)).encrypt(nonce, data, _bound_to(name, purpose))
    return SEALED_FORMAT + nonce + sealed


def decrypt(name: str, sealed: bytes, purpose: str) -> bytes:
    sealed = bytes(sealed)  # PostgreSQL hands out a memoryview
    if sealed[:1] != SEALED_FORMAT:
        raise CannotDecrypt("This is not a text sealed by the key store.")
    nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(_key_for(name, "encrypt", purpose)).decrypt(nonce, rest, _bound_to(name, purpose))
    except (InvalidTag, ValueError) as error:
        raise CannotDecrypt(f"The text was not sealed with the key {name} for this purpose.") from error


def _key_for(name: str, use: str, purpose: str) -> bytes:
    kept = _kept(name)
    found = kept.derived.get((use, purpose))
    if found is None:
        found = hmac.digest(kept.key, f"{use}\0{purpose}".encode(), "sha256")
        kept.derived[use, purpose] = found
    return found


def _bound_to(name: str, purpose: str) -> bytes:
    return f"{name}\0{purpose}".encode()


def _checked(name: str) -> str:
    if not NAME.match(name) or len(name) > 120:
        raise ValueError(
            f"{name!r} is no name of a key: lower-case letters, digits, hyphens, parts after colons."
        )
    return name


def _missing(store: Store, name: str) -> KeyMissing:
    day = store.destroyed_on(name)
    if day:
        return KeyDestroyed(f"The key {name} was destroyed on {day.isoformat()}.")
    return KeyMissing(
        f"The key {name} is not in {store.place}. Restore the newest backup with `manage.py keys restore FILE`."
    )


def _day(at: date | datetime | None) -> date:
    if at is None:
        return timezone.localdate()
    if isinstance(at, datetime):
        return timezone.localdate(at) if timezone.is_aware(at) else at.date()
    return at
