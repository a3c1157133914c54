"""Answers with given margins: a mean or a share as it was published, to the last digit.

What is made here goes through ballot box and release like any answer; nothing is written into results.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from math import ceil, floor
from statistics import NormalDist

SPREAD = 0.29
"""Standard deviation of ratings as a share of the length of their scale: 1.2 on five points."""


def ratings(n: int, mean: float, points: Sequence[int], dice: random.Random) -> list[int]:
    """n points with this mean, as near as whole numbers come to it, spread as ratings are; the lowest first."""
    low, high = min(points), max(points)
    curve = NormalDist(mean, SPREAD * (high - low))
    found = [min(high, max(low, round(curve.inv_cdf((place + 0.5) / n)))) for place in range(n)]
    missing = round(mean * n) - sum(found)
    step = 1 if missing > 0 else -1
    while missing:
        place = dice.randrange(n)
        if low <= found[place] + step <= high:
            found[place] += step
            missing -= step
    return sorted(found)


def ticks(n: int, share: float) -> list[bool]:
    """That share of n, the unticked first."""
    ticked = round(share * n)
    return [False] * (n - ticked) + [True] * ticked


def given_out(answers: Sequence, contentment: Sequence[float]) -> list:
    """The sorted answers to the people in the order of how content they are."""
    places = sorted(range(len(contentment)), key=contentment.__getitem__)
    found: list = [None] * len(places)
    for place, answer in zip(places, answers, strict=True):
        found[place] = answer
    return found


def said_no(n: int, yes: Mapping[str, float], yes_to_all: float) -> list[set[str]]:
    """Who said no to what, so that each question and “yes to all” have their share; the discontented first.

    The noes are laid out question after question around those who said no to anything: everybody there gets at least
    one, and nobody the same twice.
    """
    unhappy = n - round(yes_to_all * n)
    noes = [code for code, share in yes.items() for _each in range(n - round(share * n))]
    if len(noes) < unhappy or any(n - round(share * n) > unhappy for share in yes.values()):
        raise ValueError("These shares cannot come together.")
    found: list[set[str]] = [set() for _each in range(n)]
    for place, code in enumerate(noes):
        found[place % unhappy].add(code)
    return found


def fewest(least: int, shares: Iterable[float], *, digits: int, times: int = 1) -> int:
    """The smallest group from `least` on in which every share, of `times` answers each, prints with these digits."""
    shares = list(shares)
    while not all(_prints(share, least * times, digits) for share in shares):
        least += 1
    return least


def _prints(share: float, n: int, digits: int) -> bool:
    wanted = f"{100 * share:.{digits}f}"
    return any(f"{100 * k / n:.{digits}f}" == wanted for k in (floor(share * n), ceil(share * n)))
