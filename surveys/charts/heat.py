"""Colours of a table of figures: five shades between the ends of the scale."""

STEPS = (0.4375, 0.5625, 0.6625, 0.75)
"""Shares of the scale where a shade begins; on 1 to 5 these are 2.75, 3.25, 3.65 and 4."""


def shade(value: float, scale: tuple[float, float], *, high_is_good: bool = True) -> int:
    """1 (worst) to 5 (best)."""
    low, high = scale
    share = (value - low) / (high - low)
    found = 1 + sum(share >= step - 1e-9 for step in STEPS)
    return found if high_is_good else 6 - found


def limits(scale: tuple[float, float]) -> list[float]:
    """The figures where the second to the fifth shade begin."""
    low, high = scale
    return [low + step * (high - low) for step in STEPS]
