"""How many began: counted in memory when the first page is sent, written as a sum.

A row per visit would be a trace of a person; a sum is none. What a killed process had not written yet is lost.
"""

import atexit
import threading
import time
from collections import Counter

from django.db import IntegrityError, transaction
from django.db.models import F

from surveys.models import Count

SECONDS_BETWEEN_WRITES = 60

_lock = threading.Lock()
_counted: Counter[tuple[int, str]] = Counter()
_written_at = time.monotonic()


def count_begun(collector_id: int, language: str) -> None:
    with _lock:
        _counted[collector_id, language] += 1
        is_due = time.monotonic() - _written_at > SECONDS_BETWEEN_WRITES
    if is_due:
        write_begun()


def write_begun() -> None:
    """Add what this process has counted to the rows. Run now and then, and when the process ends."""
    global _written_at
    with _lock:
        waiting, _written_at = dict(_counted), time.monotonic()
        _counted.clear()
    for (collector_id, language), n in waiting.items():
        _add(collector_id, language, n)


def _add(collector_id: int, language: str, n: int) -> None:
    rows = Count.objects.filter(
        collector_id=collector_id,
        kind=Count.Kind.BEGUN,
        language=language,
        cell="",
        period_starts_on__isnull=True,
    )
    if rows.update(n=F("n") + n):
        return
    try:
        with transaction.atomic():
            Count.objects.create(
                collector_id=collector_id, kind=Count.Kind.BEGUN, language=language, n=n, source="portal"
            )
    except IntegrityError:  # another process was faster, or the collector is gone
        rows.update(n=F("n") + n)


def forget() -> None:
    with _lock:
        _counted.clear()


def write_at_exit() -> None:
    """To be called once by a process that serves pages."""
    atexit.register(write_begun)
