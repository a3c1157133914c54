"""A line from wave to wave with its margin as a band; the line stops where the series broke."""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor, inf
from typing import NamedTuple

WIDTH, HEIGHT = 560, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 30, 30, 238
ROOM_FOR_TARGET = 66
"""More at the end of the line, for the words beside the target."""
STEPS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 25, 50, *(n * 10**k for k in range(2, 9) for n in (1, 2, 5)))
NO_ENDS = (-inf, inf)
LINES = 5


class Point(NamedTuple):
    """One wave. `value` None: not shown. `is_break`: cannot be compared with what came before."""

    value: float | None
    low: float | None
    high: float | None
    is_break: bool = False


class Dot(NamedTuple):
    number: int
    """Place of its point in what was given."""
    x: float
    y: float
    label_y: float
    is_last: bool


class Line(NamedTuple):
    y: float
    label_y: float
    value: float


class Column(NamedTuple):
    number: int
    x: float


class Chart(NamedTuple):
    dots: tuple[Dot, ...]
    columns: tuple[Column, ...]
    paths: tuple[str, ...]
    bands: tuple[str, ...]
    lines: tuple[Line, ...]
    target: Line | None
    breaks: tuple[float, ...]
    """Where the line is interrupted because the series broke."""
    axis_x: float
    from_x: float
    to_x: float
    target_x: float
    is_cut: bool
    """The axis does not show the whole scale, which has to be said."""
    low: float
    high: float


def chart(
    points: Sequence[Point],
    *,
    scale: tuple[float, float],
    target: float | None = None,
    mirrored: bool = False,
) -> Chart | None:
    """None where there is nothing to draw. `scale`: the smallest and the largest figure that is possible.

    Numbers that people write have `NO_ENDS`: a fifth of what they say is room enough around it.
    """
    if not any(point.value is not None for point in points):
        return None
    low, high, step = _axis(points, scale, target)
    right = RIGHT + (ROOM_FOR_TARGET if target is not None else 0)
    xs = _across(len(points), right, mirrored)

    def y(value: float) -> float:
        inside = min(max(value, low), high)
        return round(BOTTOM - (inside - low) / (high - low) * (BOTTOM - TOP), 1)

    runs = _runs(points)
    return Chart(
        dots=tuple(
            _dot(number, xs, points, y) for number, point in enumerate(points) if point.value is not None
        ),
        columns=tuple(Column(number, x) for number, x in enumerate(xs)),
        paths=tuple(_path([(xs[place], y(points[place].value)) for place in run]) for run in runs),  # type: ignore[arg-type]
        bands=tuple(band for run in runs if (band := _band(run, points, xs, y))),
        lines=tuple(_line(low + step * place, y) for place in range(round((high - low) / step) + 1)),
        target=_line(target, y) if target is not None else None,
        breaks=tuple(
            round((xs[place - 1] + xs[place]) / 2, 1)
            for place, point in enumerate(points)
            if point.is_break and place
        ),
        axis_x=WIDTH - LEFT + 8 if mirrored else LEFT - 8,
        from_x=right if mirrored else LEFT,
        to_x=WIDTH - LEFT if mirrored else WIDTH - right,
        target_x=right - 6 if mirrored else WIDTH - right + 6,
        is_cut=(low, high) != scale,
        low=low,
        high=high,
    )


def _axis(
    points: Sequence[Point], scale: tuple[float, float], target: float | None
) -> tuple[float, float, float]:
    known = [number for point in points for number in point[:3] if number is not None]
    least, most = (
        min([*known, *([target] if target is not None else [])]),
        max([*known, *([target] if target is not None else [])]),
    )
    room = (scale[1] - scale[0]) / 4 if scale != NO_ENDS else abs(most + least) / 10 or 1
    if most - least < room:
        middle = (most + least) / 2
        least, most = middle - room / 2, middle + room / 2
    step = next((step for step in STEPS if (most - least) / step <= LINES), STEPS[-1])
    low, high = floor(least / step + 1e-9) * step, ceil(most / step - 1e-9) * step
    low, high = max(low, scale[0]), min(high, scale[1])
    return low, high if high > low else low + step, step


def _across(count: int, right: float, mirrored: bool) -> list[float]:
    first, last = LEFT + 24, WIDTH - right - 24
    gap = (last - first) / (count - 1) if count > 1 else 0
    xs = [first + gap * place for place in range(count)] if count > 1 else [(first + last) / 2]
    return [round(WIDTH - x if mirrored else x, 1) for x in xs]


def _dot(number: int, xs: Sequence[float], points: Sequence[Point], y) -> Dot:
    point = points[number]
    top = y(point.high if point.high is not None else point.value)
    at = y(point.value)
    return Dot(number, xs[number], at, max(round(min(top, at - 6) - 7, 1), 14.0), number == len(points) - 1)


def _line(value: float, y) -> Line:
    return Line(y(value), y(value) + 4, round(value, 6))


def _runs(points: Sequence[Point]) -> list[list[int]]:
    """Points that a line may join."""
    runs: list[list[int]] = []
    for place, point in enumerate(points):
        if point.value is None:
            continue
        is_broken = any(later.is_break for later in points[runs[-1][-1] + 1 : place + 1]) if runs else True
        if is_broken:
            runs.append([])
        runs[-1].append(place)
    return runs


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x},{y}" for x, y in places)


def _band(run: Sequence[int], points: Sequence[Point], xs: Sequence[float], y) -> str:
    known = [place for place in run if points[place].low is not None and points[place].high is not None]
    if len(known) < 2 or any(later - earlier != 1 for earlier, later in pairwise(known)):
        return ""
    there = [(xs[place], y(points[place].high)) for place in known]
    back = [(xs[place], y(points[place].low)) for place in reversed(known)]
    return f"{_path([*there, *back])}Z"
