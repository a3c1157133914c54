"""How many began: counted in memory when the first page is sent, written as a sum.

A row per visit would be a trace of a person; a sum is none. What a killed process had not written yet is lost.
"""

import atexit
import threading
from collections import Counter

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from surveys.models import Count

SECONDS_BETWEEN_WRITES = 60

_lock = threading.Lock()
_counted: Counter[tuple[int, str]] = Counter()
_serves_pages = False
_is_timed = False


def count_begun(collector_id: int, language: str) -> None:
    global _is_timed
    with _lock:
        _counted[collector_id, language] += 1
        starts_timer = _serves_pages and not _is_timed
        _is_timed = _is_timed or starts_timer
    if starts_timer:
        timer = threading.Timer(SECONDS_BETWEEN_WRITES, _write_in_time)
        timer.daemon = True
        timer.start()


def _write_in_time() -> None:
    global _is_timed
    with _lock:
        _is_timed = False
    try:
        write_begun()
    finally:
        connection.close()


def write_begun() -> None:
    """Add what this process has counted to the rows."""
    with _lock:
        waiting = dict(_counted)
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


def write_by_itself() -> None:
    """To be called once by a process that serves pages: it writes each minute, and when it ends."""
    global _serves_pages
    _serves_pages = True
    atexit.register(write_begun)
