"""Before and after as two points with their margins, in the units of an SVG drawing."""

from dataclasses import dataclass

from actions.effect import Comparison, shown
from surveys.statistics.change import Kind
from surveys.statistics.estimates import Estimate

TOP, BOTTOM = 30, 150
PLACES = (90, 270)


@dataclass(frozen=True)
class Point:
    x: int
    y: float
    low: float
    high: float
    value: str
    n: int | None
    """None of a figure that is counted and not asked."""

    # numbers in a drawing keep their point in every language

    @property
    def svg_y(self) -> str:
        return f"{self.y:.1f}"

    @property
    def svg_low(self) -> str:
        return f"{self.low:.1f}"

    @property
    def svg_high(self) -> str:
        return f"{self.high:.1f}"

    @property
    def label_x(self) -> int:
        return self.x + 12


def points_of(comparison: Comparison, *, is_mirrored: bool = False) -> list[Point]:
    """Empty where there is nothing to draw. Mirrored for pages from right to left."""
    pair = [one for one in (comparison.before, comparison.after) if one and one.has_interval]
    if len(pair) < len(PLACES) or comparison.kind is None:
        return []
    lowest = min(one.low or one.value for one in pair)
    span = max(one.high or one.value for one in pair) - lowest or 1.0
    places = PLACES[::-1] if is_mirrored else PLACES
    return [_point(one, x, lowest, span, comparison.kind) for one, x in zip(pair, places, strict=True)]


def points_of_values(
    values: tuple[float, float], shown_values: tuple[str, str], *, is_mirrored: bool = False
) -> list[Point]:
    """Two values without margins."""
    lowest, span = min(values), max(values) - min(values) or 1.0
    places = PLACES[::-1] if is_mirrored else PLACES
    heights = [round(BOTTOM - (value - lowest) / span * (BOTTOM - TOP), 1) for value in values]
    return [Point(x, y, y, y, words, None) for x, y, words in zip(places, heights, shown_values, strict=True)]


def _point(one: Estimate, x: int, lowest: float, span: float, kind: Kind) -> Point:
    def y(value: float) -> float:
        return round(BOTTOM - (value - lowest) / span * (BOTTOM - TOP), 1)

    return Point(
        x, y(one.value), y(one.low or one.value), y(one.high or one.value), shown(one.value, kind), one.n
    )
