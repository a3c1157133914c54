"""Importance against rating: dots in four fields, divided at the averages."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

WIDTH, HEIGHT = 560, 320
LEFT, RIGHT, TOP, BOTTOM = 30, 546, 14, 276
LETTER = 6.9
"""Mean width of a letter of the labels."""
LABEL_HEIGHT = 16
LONGEST = 26


class Field(StrEnum):
    FIX_FIRST = "fix_first"
    KEEP_UP = "keep_up"
    WATCH = "watch"
    GOOD_ENOUGH = "good_enough"


class Thing(NamedTuple):
    name: str
    importance: float
    rating: float


class Dot(NamedTuple):
    name: str
    label: str
    x: float
    y: float
    label_x: float
    label_y: float
    anchor: str
    field: Field


class Chart(NamedTuple):
    dots: tuple[Dot, ...]
    x: float
    """Where the average rating stands, and `y` the average importance."""
    y: float
    importance: float
    rating: float
    is_mirrored: bool

    @property
    def worse(self) -> tuple[float, float]:
        """(start, width) of the side of the worse ratings."""
        return (self.x, round(RIGHT - self.x, 1)) if self.is_mirrored else (LEFT, round(self.x - LEFT, 1))

    @property
    def better(self) -> tuple[float, float]:
        return (LEFT, round(self.x - LEFT, 1)) if self.is_mirrored else (self.x, round(RIGHT - self.x, 1))

    @property
    def top_height(self) -> float:
        return round(self.y - TOP, 1)

    @property
    def bottom_height(self) -> float:
        return round(BOTTOM - self.y, 1)

    @property
    def corners(self) -> tuple[tuple[float, str], tuple[float, str]]:
        """(x, anchor) of the names of the fields: on the side of the worse and of the better ratings."""
        left, right = (LEFT + 10, "start"), (RIGHT - 10, "end")
        return (right, left) if self.is_mirrored else (left, right)

    @property
    def side_x(self) -> float:
        return WIDTH - 2 if self.is_mirrored else 18


def chart(things: Sequence[Thing], *, mirrored: bool = False) -> Chart | None:
    if not things:
        return None
    importance = sum(thing.importance for thing in things) / len(things)
    rating = sum(thing.rating for thing in things) / len(things)
    across = _ruler([thing.rating for thing in things], LEFT + 30, RIGHT - 30)
    up = _ruler([thing.importance for thing in things], BOTTOM - 40, TOP + 40)

    def x(value: float) -> float:
        return round(LEFT + RIGHT - across(value) if mirrored else across(value), 1)

    places = [(x(thing.rating), round(up(thing.importance), 1)) for thing in things]
    taken = [(place[0] - 9, place[1] - 9, place[0] + 9, place[1] + 9) for place in places]
    dots = []
    for thing, (at_x, at_y) in zip(things, places, strict=True):
        label = thing.name if len(thing.name) <= LONGEST else thing.name[: LONGEST - 1].rstrip() + "…"
        label_x, label_y, anchor, box = _room_for(label, at_x, at_y, taken)
        taken.append(box)
        field = field_of(thing, importance, rating)
        dots.append(Dot(thing.name, label, at_x, at_y, round(label_x, 1), round(label_y, 1), anchor, field))
    return Chart(tuple(dots), x(rating), round(up(importance), 1), importance, rating, mirrored)


def field_of(thing: Thing, importance: float, rating: float) -> Field:
    if thing.importance >= importance:
        return Field.KEEP_UP if thing.rating >= rating else Field.FIX_FIRST
    return Field.GOOD_ENOUGH if thing.rating >= rating else Field.WATCH


def _ruler(values: Sequence[float], first: float, last: float):
    low, high = min(values), max(values)
    if high == low:
        return lambda value: (first + last) / 2
    return lambda value: first + (value - low) / (high - low) * (last - first)


Box = tuple[float, float, float, float]


def _room_for(label: str, x: float, y: float, taken: Sequence[Box]) -> tuple[float, float, str, Box]:
    """Beside, above or below the dot: the first place where nothing else stands, else the last one tried."""
    wide = len(label) * LETTER
    tries = [
        (x + 11, y + 4, "start", (x + 11, y - 8, x + 11 + wide, y + 8)),
        (x - 11, y + 4, "end", (x - 11 - wide, y - 8, x - 11, y + 8)),
        (x, y - 12, "middle", (x - wide / 2, y - 12 - LABEL_HEIGHT, x + wide / 2, y - 9)),
        (x, y + 22, "middle", (x - wide / 2, y + 9, x + wide / 2, y + 9 + LABEL_HEIGHT)),
    ]
    inside = [one for one in tries if one[3][0] >= 2 and one[3][2] <= WIDTH - 2] or tries
    free = [one for one in inside if not any(_meet(one[3], other) for other in taken)]
    return (free or inside)[0]


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
