"""Geometry of the charts on public results pages: plain numbers in, per cent of the width out; templates draw."""

from collections.abc import Sequence
from typing import NamedTuple

STEPS = 5
"""Colours of a scale, from worst to best."""
NARROWEST_WITH_NUMBER = 5.0
TREND_TOP, TREND_HEIGHT = 20, 130


class Piece(NamedTuple):
    x: float
    width: float
    step: int
    percent: int

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 2)

    @property
    def has_number(self) -> bool:
        return self.width >= NARROWEST_WITH_NUMBER


class Bar(NamedTuple):
    middle: float
    pieces: list[Piece]


def percents(counts: Sequence[int]) -> list[int]:
    total = sum(counts)
    return [round(100 * count / total) if total else 0 for count in counts]


def steps_of(length: int, *, best_last: bool = True) -> list[int]:
    """A colour from 1 (worst) to 5 (best) for each point of a scale."""
    if length < 2:
        return [STEPS] * length
    steps = [1 + round((STEPS - 1) * place / (length - 1)) for place in range(length)]
    return steps if best_last else steps[::-1]


def bars(rows: Sequence[Sequence[int]], *, best_last: bool = True, is_mirrored: bool = False) -> list[Bar]:
    """Rows of counts along one scale, set against one middle line so that they can be compared by eye."""
    if not rows:
        return []
    length = len(rows[0])
    shares = [_shares(row) for row in rows]
    before = [_before_the_middle(row) for row in shares]
    room_before = max(before)
    room = room_before + max(sum(row) - left for row, left in zip(shares, before, strict=True)) or 1.0
    steps = steps_of(length, best_last=best_last)
    return [
        _bar(row, percents(counts), (room_before - left) / room, room, steps, room_before / room, is_mirrored)
        for row, counts, left in zip(shares, rows, before, strict=True)
    ]


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts) or 1
    return [count / total for count in counts]


def _before_the_middle(shares: Sequence[float]) -> float:
    half, is_odd = divmod(len(shares), 2)
    return sum(shares[:half]) + (shares[half] / 2 if is_odd else 0.0)


def _bar(
    shares: Sequence[float],
    whole: Sequence[int],
    start: float,
    room: float,
    steps: Sequence[int],
    middle: float,
    is_mirrored: bool,
) -> Bar:
    pieces, x = [], start
    for share, percent, step in zip(shares, whole, steps, strict=True):
        width = share / room
        if share:
            left = 1 - x - width if is_mirrored else x
            pieces.append(Piece(round(100 * left, 2), round(100 * width, 2), step, percent))
        x += width
    return Bar(round(100 * (1 - middle if is_mirrored else middle), 2), pieces)


class Dot(NamedTuple):
    x: float
    y: float
    label_y: float


class Trend(NamedTuple):
    dots: list[Dot]
    line: str
    band: str
    low: float
    high: float
    """What the picture shows of the scale."""


class Point(NamedTuple):
    value: float
    low: float | None
    high: float | None


def trend(points: Sequence[Point], *, is_mirrored: bool = False) -> Trend:
    """Points in time, evenly spaced; the picture shows as much of the scale as they need."""
    lows = [point.value if point.low is None else point.low for point in points]
    highs = [point.value if point.high is None else point.high for point in points]
    low, high = min(lows), max(highs)
    spare = (high - low) * 0.15 or 0.5
    low, high = low - spare, high + spare

    def across(place: int) -> float:
        share = (place + 0.5) / len(points)
        return round(100 * (1 - share if is_mirrored else share), 2)

    def down(value: float) -> float:
        return round(100 * (high - value) / (high - low), 2)

    xs = [across(place) for place in range(len(points))]
    edge = [*zip(xs, map(down, highs), strict=True), *reversed([*zip(xs, map(down, lows), strict=True)])]
    dots = [_dot(x, down(point.value)) for x, point in zip(xs, points, strict=True)]
    line = " ".join(f"{x},{down(point.value)}" for x, point in zip(xs, points, strict=True))
    return Trend(dots, line, " ".join(f"{x},{y}" for x, y in edge), low, high)


def _dot(x: float, y: float) -> Dot:
    pixels = round(TREND_TOP + TREND_HEIGHT * y / 100, 1)
    return Dot(x, pixels, pixels - 14)
