"""Publications put together from counts, without the search for what to hide: quick, for pages and files.

What is hidden, and why, is tested where publications are made.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from surveys import indicators
from surveys.models import Indicator, Publication, PublishedBreakdown, Wave
from surveys.published_rows import Asked, asked_in
from surveys.statistics import estimates

HIDDEN = {"n": None, "reason": "small_group"}
NOBODY = {"n": 0, "reason": "nobody"}
Counts = Mapping[str, Mapping[str, int]]


def figures(n: int, counts: Counts, *, of: Indicator | None = None, **more: Any) -> dict[str, Any]:
    """question -> value -> how many; a question without counts is hidden. `of`: a mean, from its question."""
    found: dict[str, Any] = {"n": n, "questions": {}, "indicators": {}} | more
    for code, given in counts.items():
        found["questions"][code] = question(given) if given else dict(HIDDEN)
    if of:
        whole = found["questions"][of.questions[0]]
        found["indicators"][of.code] = {"n": whole["n"]} | (
            {"estimate": whole["mean"], "target": [of.target, True, False] if of.target else None}
            if whole["n"]
            else {"reason": whole["reason"]}
        )
    return found


def question(given: Mapping[str, int]) -> dict[str, Any]:
    answered = sum(n for value, n in given.items() if not value.startswith(":"))
    numbers = {int(value): n for value, n in given.items() if value.isdigit()}
    total = sum(number * n for number, n in numbers.items())
    squares = sum(number * number * n for number, n in numbers.items())
    mean = estimates.mean(sum(numbers.values()), total, squares)
    return {"n": answered, "counts": dict(given), "mean": list(mean[:5]) if mean else None}


def publish(
    wave: Wave,
    everybody: dict[str, Any],
    breakdowns: Mapping[str, Mapping[str, dict[str, Any]]] | None = None,
    **more: Any,
) -> Publication:
    indicators.synchronise(wave)
    content = {
        "format": 1,
        "wave": wave.code,
        "threshold": wave.threshold,
        "questions": [asked.as_content() for asked in _asked(wave)],
        "indicators": [_row(one) for one in indicators.counted_in(wave)],
        "everybody": everybody,
    }
    fields = {"number": 1, "as_of": datetime(2026, 11, 1, 8, tzinfo=UTC), "is_final": True}
    made = Publication.objects.create(wave=wave, content=content, n=everybody["n"], **(fields | more))
    PublishedBreakdown.objects.bulk_create(
        PublishedBreakdown(publication=made, breakdown=breakdown, cells=cells)
        for breakdown, cells in (breakdowns or {}).items()
    )
    return made


def _asked(wave: Wave) -> list[Asked]:
    return list(asked_in(wave.version.content))


def _row(one: indicators.Definition) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": dict(one.name),
        "formula": one.formula,
        "kind": one.kind,
        "high_is_good": one.high_is_good,
        "target": one.target,
        "questions": list(one.questions),
    }
