"""A figure with its interval, from sums.

`n` counts answers, never people invited. Where nobody answered there is no figure: the functions return None.
Where a figure has no interval (one answer; everybody gave the same) `low` and `high` are None: nothing can be said
about chance then, and zero would claim certainty.
"""

from collections.abc import Iterable
from math import sqrt
from typing import NamedTuple

from scipy.special import ndtri, stdtrit

CONFIDENCE = 0.95


class Estimate(NamedTuple):
    """`value`, `low` and `high` in the unit of the figure; shares between 0 and 1, NPS between -100 and 100.

    `effective_n` is as many answers of a simple random sample as would say as much; `design_effect` = n / effective_n.
    """

    value: float
    low: float | None
    high: float | None
    n: int
    effective_n: float | None = None
    design_effect: float = 1.0

    @property
    def has_interval(self) -> bool:
        return self.low is not None

    @property
    def weight_of_evidence(self) -> float:
        """How many independent answers stand behind it."""
        return self.n if self.effective_n is None else self.effective_n


class Sums(NamedTuple):
    """n numbers, their sum and the sum of their squares."""

    n: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        return self.total / self.n

    @property
    def variance(self) -> float:
        """Of the numbers, with n - 1. Sums of squares lose digits: what is below their rounding is zero."""
        around_mean = self.squares - self.total * self.total / self.n
        return max(0.0, around_mean) / (self.n - 1) if around_mean > 1e-12 * abs(self.squares) else 0.0


def normal_quantile(confidence: float) -> float:
    _need_confidence(confidence)
    return float(ndtri((1 + confidence) / 2))


def t_quantile(confidence: float, degrees_of_freedom: float) -> float:
    _need_confidence(confidence)
    return float(stdtrit(degrees_of_freedom, (1 + confidence) / 2))


def mean(n: int, total: float, squares: float, *, confidence: float = CONFIDENCE) -> Estimate | None:
    """Arithmetic mean with Student's t interval.

    n numbers, their sum, the sum of their squares. Raises ValueError for sums that no n numbers can have.
    Source: Student (1908); any textbook, e.g. Cochran, Sampling Techniques (1977), 2.8.
    """
    _need_count(n)
    if n == 0:
        return None
    if squares < 0 or squares * n * (1 + 1e-9) + 1e-9 < total * total:
        raise ValueError(f"{n} numbers with the sum {total} cannot have the sum of squares {squares}.")
    sums = Sums(n, total, squares)
    if n == 1 or sums.variance == 0:
        return Estimate(sums.mean, None, None, n)
    half = t_quantile(confidence, n - 1) * sqrt(sums.variance / n)
    return Estimate(sums.mean, sums.mean - half, sums.mean + half, n)


def composite_mean(
    n: int, total: float, squares: float, *, confidence: float = CONFIDENCE
) -> Estimate | None:
    """Mean of one number per response that was itself made of several answers; people, not answers, are counted."""
    return mean(n, total, squares, confidence=confidence)


def share(k: float, n: int, *, confidence: float = CONFIDENCE) -> Estimate | None:
    """k of n, between 0 and 1, with Wilson's score interval (no continuity correction).

    Raises ValueError unless 0 <= k <= n. Source: Wilson, JASA 22 (1927) 209-212; Newcombe, Statist. Med. 17 (1998)
    857-872, method 3.
    """
    _need_count(n)
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is no share.")
    if n == 0:
        return None
    low, high = wilson(k / n, n, confidence=confidence)
    return Estimate(k / n, low, high, n)


def wilson(p: float, n: float, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Limits of Wilson's interval for the share p of n answers; n need not be whole (effective n)."""
    return wilson_at(p, n, normal_quantile(confidence))


def wilson_at(p: float, n: float, z: float) -> tuple[float, float]:
    widened = n + z * z
    centre = (n * p + z * z / 2) / widened
    half = z * sqrt(n * p * (1 - p) + z * z / 4) / widened
    low = 0.0 if p == 0 else max(0.0, centre - half)
    high = 1.0 if p == 1 else min(1.0, centre + half)
    return low, high


def nps(promoters: int, passives: int, detractors: int, *, confidence: float = CONFIDENCE) -> Estimate | None:
    """Net promoter score, -100 to 100: percentage of promoters less that of detractors, with a Wald interval.

    Source: variance of a difference of two multinomial shares, (p + d - (p - d)^2) / n; Rocks, The American
    Statistician 70 (2016) 365-372.
    """
    for count in (promoters, passives, detractors):
        _need_count(count)
    n = promoters + passives + detractors
    if n == 0:
        return None
    value, variance = nps_moments(promoters / n, detractors / n)
    if variance == 0:
        return Estimate(value, None, None, n)
    half = normal_quantile(confidence) * sqrt(variance / n)
    return Estimate(value, max(-100.0, value - half), min(100.0, value + half), n)


def nps_moments(promoters: float, detractors: float) -> tuple[float, float]:
    """Score and variance of one answer, both in points, from the two shares."""
    net = promoters - detractors
    return 100 * net, max(0.0, 10_000 * (promoters + detractors - net * net))


class Answered(NamedTuple):
    """Those who answered `m` of the questions: how many, and the sums of how many favourable answers each gave."""

    m: int
    n: int
    total: float
    squares: float


def pooled_share(groups: Iterable[Answered], *, confidence: float = CONFIDENCE) -> Estimate | None:
    """Share of favourable answers among all answers to several questions, between 0 and 1; `n` counts answers.

    Answers of one person go together, so people are what was drawn: the variance is that of a ratio over people, and
    Wilson's interval is taken at the effective n that follows from it (never more than the answers; people where all
    answers are alike). Sources: Cochran (1977), 6.4; Dean and Pagano, Surv. Res. Methods 9 (2015), modified Wilson.
    """
    groups = [Answered(*group) for group in groups]
    for group in groups:
        _need_count(group.m)
        _need_count(group.n)
        if not 0 <= group.total <= group.m * group.n:
            raise ValueError(f"{group.total} of {group.m * group.n} is no share.")
    people = sum(group.n for group in groups if group.m)
    answers = sum(group.m * group.n for group in groups)
    if answers == 0:
        return None
    p = sum(group.total for group in groups) / answers
    spread = sum(
        group.squares - 2 * p * group.m * group.total + (p * group.m) ** 2 * group.n for group in groups
    )
    if people == 1 or p in (0, 1):
        effective = float(people)
    else:
        variance = spread * people / (people - 1) / answers**2
        effective = min(float(answers), p * (1 - p) / variance) if variance > 0 else float(answers)
    low, high = wilson(p, effective, confidence=confidence)
    return Estimate(p, low, high, answers, effective, answers / effective)


class Against(NamedTuple):
    """A figure beside its target."""

    target: float
    is_reached: bool
    is_beyond_doubt: bool
    """The whole interval lies on the same side of the target as the figure."""


def against_target(estimate: Estimate, target: float, *, high_is_good: bool = True) -> Against:
    """Whether the target is reached, and whether chance could still have it otherwise at the interval's level."""
    is_reached = estimate.value >= target if high_is_good else estimate.value <= target
    if estimate.low is None or estimate.high is None:
        return Against(target, is_reached, is_beyond_doubt=False)
    all_above, all_below = estimate.low >= target, estimate.high < target
    if not high_is_good:
        all_above, all_below = estimate.low > target, estimate.high <= target
    return Against(target, is_reached, all_above or all_below)


def _need_count(n: float) -> None:
    if n < 0 or n != int(n):
        raise ValueError(f"{n} is no number of answers.")


def _need_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"A confidence level lies between 0 and 1, not {confidence}.")
