"""The scales ready to use. Codes are stored, never labels; labels are translated in the catalogues.

Every scale declares its direction, its favourable points and whether its points are numbers that a mean may be
taken of. Points stand from worst to best, or from low to high where there is no best.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Look(StrEnum):
    """How the page draws it."""

    FACES = "faces"
    WORDS = "words"
    NUMBERS = "numbers"
    THUMBS = "thumbs"


@dataclass(frozen=True)
class Point:
    """One place on a scale. `value` is `None` where the scale is no ruler."""

    code: str
    label: str | Promise
    value: int | None
    is_favourable: bool = False


@dataclass(frozen=True)
class Scale:
    code: str
    name: str | Promise
    points: tuple[Point, ...]
    look: Look = Look.WORDS
    high_is_good: bool | None = True
    is_numeric: bool = True
    simple: str | None = None
    """The scale that the easier version shows instead; stored as what it is, never stretched."""

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(point.code for point in self.points)

    @property
    def favourable(self) -> frozenset[str]:
        return frozenset(point.code for point in self.points if point.is_favourable)

    def value_of(self, code: str) -> int | None:
        return next(point.value for point in self.points if point.code == code)


def _ruler(
    low: int, high: int, *, favourable_from: int, ends: tuple, to: int | None = None
) -> tuple[Point, ...]:
    """Numbers from low to high; only the ends have words."""
    return tuple(
        Point(
            str(number),
            ends[0] if number == low else ends[1] if number == high else "",
            number,
            favourable_from <= number <= (high if to is None else to),
        )
        for number in range(low, high + 1)
    )


FACE_WORDS = {
    5: _("Very good"),
    4: _("Good"),
    3: _("In between"),
    2: _("Bad"),
    1: _("Very bad"),
}

STANDARD: dict[str, Scale] = {
    scale.code: scale
    for scale in [
        Scale(
            "faces5",
            _("Five faces"),
            tuple(Point(str(value), FACE_WORDS[value], value, value >= 4) for value in range(1, 6)),
            look=Look.FACES,
            simple="faces3",
        ),
        Scale(
            "faces3",
            _("Three faces"),
            (
                Point("bad", FACE_WORDS[2], 1),
                Point("between", FACE_WORDS[3], 2),
                Point("good", FACE_WORDS[4], 3, True),
            ),
            look=Look.FACES,
        ),
        Scale(
            "satisfied5",
            _("1 to 5, satisfied"),
            (
                Point("1", _("Very dissatisfied"), 1),
                Point("2", _("Dissatisfied"), 2),
                Point("3", _("Neither satisfied nor dissatisfied"), 3),
                Point("4", _("Satisfied"), 4, True),
                Point("5", _("Very satisfied"), 5, True),
            ),
            simple="faces3",
        ),
        Scale(
            "agree5",
            _("1 to 5, agree"),
            (
                Point("1", _("Strongly disagree"), 1),
                Point("2", _("Disagree"), 2),
                Point("3", _("Neither agree nor disagree"), 3),
                Point("4", _("Agree"), 4, True),
                Point("5", _("Strongly agree"), 5, True),
            ),
        ),
        Scale(
            "rating6",
            _("1 to 6"),
            _ruler(1, 6, favourable_from=5, ends=(_("Very bad"), _("Very good"))),
            look=Look.NUMBERS,
        ),
        Scale(
            "rating10",
            _("1 to 10"),
            _ruler(1, 10, favourable_from=8, ends=(_("Very bad"), _("Very good"))),
            look=Look.NUMBERS,
        ),
        Scale(
            "rating11",
            _("0 to 10"),
            _ruler(0, 10, favourable_from=8, ends=(_("Very bad"), _("Very good"))),
            look=Look.NUMBERS,
        ),
        Scale(
            "effort7",
            _("Effort, 1 to 7 (CES)"),
            _ruler(1, 7, favourable_from=5, ends=(_("Strongly disagree"), _("Strongly agree"))),
            look=Look.NUMBERS,
        ),
        Scale(
            "recommend11",
            _("Recommend, 0 to 10 (NPS)"),
            _ruler(0, 10, favourable_from=9, ends=(_("Not at all likely"), _("Extremely likely"))),
            look=Look.NUMBERS,
        ),
        Scale(
            "great5",
            _("Great to atrocious"),
            (
                Point("atrocious", _("Atrocious"), 1),
                Point("poor", _("Poor"), 2),
                Point("average", _("Average"), 3),
                Point("good", _("Good"), 4, True),
                Point("great", _("Great"), 5, True),
            ),
            simple="faces3",
        ),
        Scale(
            "expectations3",
            _("Below, at or above expectations"),
            (
                Point("below", _("Below my expectations"), 1),
                Point("at", _("At my expectations"), 2, True),
                Point("above", _("Above my expectations"), 3, True),
            ),
            is_numeric=False,
        ),
        Scale(
            "delivered3",
            _("Delivered, partly, critical issue"),
            (
                Point("critical", _("Critical issue"), 1),
                Point("partly", _("Partly delivered"), 2),
                Point("delivered", pgettext_lazy("point of a scale", "Delivered"), 3, True),
            ),
            is_numeric=False,
        ),
        Scale(
            "yes_no",
            _("Yes or no"),
            (
                Point("no", pgettext_lazy("answer", "No"), 0),
                Point("yes", pgettext_lazy("answer", "Yes"), 1, True),
            ),
            is_numeric=False,
        ),
        Scale(
            "thumbs",
            _("Thumb up or down"),
            (Point("down", _("Thumb down"), 0), Point("up", _("Thumb up"), 1, True)),
            look=Look.THUMBS,
            is_numeric=False,
        ),
        Scale(
            "goal3",
            _("Goal reached"),
            (
                Point("no", pgettext_lazy("goal reached", "No"), 0),
                Point("partly", pgettext_lazy("goal reached", "Partly"), 1),
                Point("yes", pgettext_lazy("goal reached", "Yes"), 2, True),
            ),
            is_numeric=False,
        ),
        Scale(
            "importance5",
            _("Importance, 1 to 5"),
            (
                Point("1", _("Not important at all"), 1),
                Point("2", _("Of little importance"), 2),
                Point("3", _("Fairly important"), 3),
                Point("4", _("Important"), 4, True),
                Point("5", _("Very important"), 5, True),
            ),
            high_is_good=None,
        ),
    ]
}
