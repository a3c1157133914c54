"""Figures from weighted sums. Weights count as fixed: that margins were met is not credited, so intervals are a
little too wide rather than too narrow.

Variance of a ratio by Taylor linearisation with replacement, n / (n - 1) * sum of w²(x - Rm)² / (sum of wm)².
Source: Särndal, Swensson and Wretman, Model Assisted Survey Sampling (1992), 5.6; the same as R survey's svymean for
a sample without strata.
"""

from collections.abc import Mapping
from math import sqrt
from typing import NamedTuple

from surveys.statistics.estimates import CONFIDENCE, Estimate, normal_quantile, t_quantile, wilson


class WeightedSums(NamedTuple):
    """Over n answers with weights w and numbers x: sums of w, w², wx, wx², w²x, w²x²."""

    n: int = 0
    weight: float = 0.0
    weight_squares: float = 0.0
    total: float = 0.0
    squares: float = 0.0
    total_by_squares: float = 0.0
    squares_by_squares: float = 0.0

    def __add__(self, other: object) -> "WeightedSums":
        if not isinstance(other, WeightedSums):
            return NotImplemented
        n, *sums = (one + more for one, more in zip(self, other, strict=True))
        return WeightedSums(int(n), *sums)

    @property
    def kish(self) -> float:
        """(sum of w)² / sum of w²."""
        return self.weight**2 / self.weight_squares if self.weight_squares else 0.0


def weighted_mean(sums: WeightedSums, *, confidence: float = CONFIDENCE) -> Estimate | None:
    """Mean with Student's t interval; `design_effect` against the same answers unweighted."""
    if sums.n == 0 or sums.weight <= 0:
        return None
    value = sums.total / sums.weight
    of_one = _nothing_below_zero(sums.squares / sums.weight - value**2, sums.squares / sums.weight)
    if sums.n == 1 or of_one == 0:
        return Estimate(value, None, None, sums.n, sums.kish, sums.n / sums.kish)
    spread = sums.squares_by_squares - 2 * value * sums.total_by_squares + value * value * sums.weight_squares
    variance = sums.n / (sums.n - 1) * max(0.0, spread) / sums.weight**2
    half = t_quantile(confidence, sums.n - 1) * sqrt(variance)
    design_effect = variance / (of_one / (sums.n - 1))
    return Estimate(value, value - half, value + half, sums.n, sums.n / design_effect, design_effect)


def weighted_share(
    favourable: WeightedSums, answered: WeightedSums, *, confidence: float = CONFIDENCE
) -> Estimate | None:
    """Share of the weight of `answered` that is `favourable` (a part of it), Wilson's interval at the effective n."""
    group = answered._replace(
        total=favourable.weight,
        squares=favourable.weight,
        total_by_squares=favourable.weight_squares,
        squares_by_squares=favourable.weight_squares,
    )
    return weighted_pooled_share({1: group}, confidence=confidence)


def weighted_pooled_share(
    groups: Mapping[int, WeightedSums], *, confidence: float = CONFIDENCE
) -> Estimate | None:
    """As `estimates.pooled_share`: m -> sums over those who answered m questions, x = how many were favourable."""
    answers = sum(m * group.n for m, group in groups.items())
    weight = sum(m * group.weight for m, group in groups.items())
    if answers == 0 or weight <= 0:
        return None
    everybody = sum(groups.values(), WeightedSums())
    p = min(1.0, max(0.0, everybody.total / weight))
    spread = sum(
        group.squares_by_squares - 2 * p * m * group.total_by_squares + (p * m) ** 2 * group.weight_squares
        for m, group in groups.items()
    )
    effective = everybody.kish
    if everybody.n > 1 and p not in (0.0, 1.0) and spread > 0:
        variance = everybody.n / (everybody.n - 1) * spread / weight**2
        effective = min(float(answers), p * (1 - p) / variance)
    low, high = wilson(p, effective, confidence=confidence)
    return Estimate(p, low, high, answers, effective, answers / effective)


def weighted_nps(
    promoters: WeightedSums,
    passives: WeightedSums,
    detractors: WeightedSums,
    *,
    confidence: float = CONFIDENCE,
) -> Estimate | None:
    """Net promoter score in points; the value of one answer is 100, 0 or -100."""
    whole = promoters + passives + detractors
    if whole.n == 0 or whole.weight <= 0:
        return None
    net = (promoters.weight - detractors.weight) / whole.weight
    of_one = (promoters.weight + detractors.weight) / whole.weight - net**2
    spread = (
        promoters.weight_squares * (1 - net) ** 2
        + passives.weight_squares * net**2
        + detractors.weight_squares * (1 + net) ** 2
    )
    if whole.n == 1 or of_one <= 1e-12:
        return Estimate(100 * net, None, None, whole.n, whole.kish, whole.n / whole.kish)
    variance = spread / whole.weight**2
    half = 100 * normal_quantile(confidence) * sqrt(variance)
    design_effect = variance / (of_one / whole.n)
    return Estimate(
        100 * net,
        max(-100.0, 100 * net - half),
        min(100.0, 100 * net + half),
        whole.n,
        whole.n / design_effect,
        design_effect,
    )


def _nothing_below_zero(value: float, scale: float) -> float:
    return value if value > 1e-12 * abs(scale) else 0.0
