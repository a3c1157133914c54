"""What this process remembers for a few seconds: objects as they are, without copying them in and out of a cache.

Clearing the cache "local" forgets all of it.
"""

import secrets
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache import caches

Kept = TypeVar("Kept")

MOST = 2000
SECONDS_OF_ONE_GENERATION = 60

_kept: dict[Any, tuple[float, Any]] = {}
_generation = ""


def kept(key: Any, make: Callable[[], Kept], *, seconds: float = SECONDS_OF_ONE_GENERATION) -> Kept:
    """What `make` gave for this key, at most so many seconds ago."""
    global _generation
    cache = caches["local"]
    generation = cache.get("surveys.memory")
    if generation is None:
        generation = secrets.token_hex(8)
        cache.set("surveys.memory", generation, SECONDS_OF_ONE_GENERATION)
    if generation != _generation or len(_kept) > MOST:
        _kept.clear()
        _generation = generation
    now = time.monotonic()
    expires, value = _kept.get(key, (0, None))
    if expires < now:
        value = make()
        if value is not None:  # a flood of addresses that do not exist must not push out what does
            _kept[key] = (now + seconds, value)
    return value
