"""Stacked bars of answers, all centred on the middle of their scale, so that good and bad can be compared at a glance."""

from collections.abc import Sequence
from typing import NamedTuple

SHADES = 5
LABEL_FROM = 5
"""Per cent from which a part is wide enough for its number."""


class Segment(NamedTuple):
    """One part of a bar. `shade`: 1 (worst) to 5 (best); `x`, `width` and `middle` in per cent of the whole width."""

    shade: int
    x: float
    width: float
    middle: float
    percent: int
    is_labelled: bool


class Bar(NamedTuple):
    segments: tuple[Segment, ...]
    centre: float
    percents: tuple[int, ...]
    """Of every point of the scale, also of those nobody chose."""


def shade_of(place: int, points: int) -> int:
    """The colour of one point of a scale from worst to best."""
    if points < 2:
        return (SHADES + 1) // 2
    return 1 + round(place * (SHADES - 1) / (points - 1))


def bars(rows: Sequence[Sequence[int]], *, mirrored: bool = False) -> list[Bar]:
    """A bar for each row of counts, worst first. All share one centre, so rows of one scale belong together."""
    shares = [_shares(row) for row in rows]
    below = max((_below_the_middle(row) for row in shares), default=0.0)
    above = max((sum(row) - _below_the_middle(row) for row in shares), default=0.0)
    width = below + above or 1.0
    return [_bar(row, below, width, mirrored) for row in shares]


def whole_bar(counts: Sequence[int], *, mirrored: bool = False) -> Bar:
    """One bar from edge to edge, for a question that stands alone."""
    return _bar(_shares(counts), 0.0, 1.0, mirrored, start=0.0)


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts)
    return [count / total if total else 0.0 for count in counts]


def _below_the_middle(shares: Sequence[float]) -> float:
    half = len(shares) // 2
    return sum(shares[:half]) + (shares[half] / 2 if len(shares) % 2 else 0.0)


def _bar(
    shares: Sequence[float], below: float, width: float, mirrored: bool, start: float | None = None
) -> Bar:
    x = below - _below_the_middle(shares) if start is None else start
    segments = []
    for place, share in enumerate(shares):
        if share:
            segments.append(_segment(shade_of(place, len(shares)), x / width, share, width, mirrored))
        x += share
    centre = 100 * below / width
    return Bar(
        tuple(segments),
        round(100 - centre if mirrored else centre, 2),
        tuple(round(100 * share) for share in shares),
    )


def _segment(shade: int, x: float, share: float, width: float, mirrored: bool) -> Segment:
    part = share / width
    left = 1 - x - part if mirrored else x
    percent = round(100 * share)
    return Segment(
        shade,
        round(100 * left, 2),
        round(100 * part, 2),
        round(100 * (left + part / 2), 2),
        percent,
        percent >= LABEL_FROM,
    )
