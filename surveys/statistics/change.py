"""Whether two figures differ by more than chance, and how sure that is when many are compared at once.

A difference is always `second - first`: later less earlier, own less other. Each comes with the interval of its method
and with `p`, the level at which that interval just touches zero, so that the two never contradict each other.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from math import inf, sqrt
from typing import NamedTuple

from scipy.special import ndtr, stdtr

from surveys.statistics.estimates import (
    CONFIDENCE,
    Estimate,
    Sums,
    normal_quantile,
    nps_moments,
    t_quantile,
    wilson_at,
)

FARTHEST, MOST_STEPS = 40.0, 200
"""Standard errors within which zero is looked for; beyond, p is 0 in double precision."""


class Difference(NamedTuple):
    """second - first, in the unit of the figure. No interval and no p where chance cannot be judged."""

    value: float
    low: float | None
    high: float | None
    p: float | None
    degrees_of_freedom: float | None = None

    @property
    def excludes_zero(self) -> bool:
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


class Verdict(StrEnum):
    BETTER = "better"
    WORSE = "worse"
    DIFFERENT = "different"
    """Clearly another figure, where neither direction is good."""
    NO_CLEAR_CHANGE = "no_clear_change"
    CANNOT_SAY = "cannot_say"


# ---------- two independent groups ----------


def difference_of_means(first: Sums, second: Sums, *, confidence: float = CONFIDENCE) -> Difference:
    """Welch's interval and test for two means with unequal variances, degrees of freedom after Satterthwaite.

    Raises ValueError where a group is empty. Source: Welch, Biometrika 34 (1947) 28-35.
    """
    first, second = Sums(*first), Sums(*second)
    if first.n < 1 or second.n < 1:
        raise ValueError("Both groups need at least one number.")
    parts = [(sums.variance / sums.n, sums.n - 1.0) if sums.n > 1 else (inf, 0.0) for sums in (first, second)]
    return _satterthwaite(second.mean - first.mean, parts, confidence)


def difference_of_shares(
    first: float, first_n: float, second: float, second_n: float, *, confidence: float = CONFIDENCE
) -> Difference:
    """Newcombe's hybrid score interval for the difference of two independent shares (between 0 and 1).

    n may be an effective one. Source: Newcombe, Statist. Med. 17 (1998) 873-890, method 10.
    """
    for p, n in ((first, first_n), (second, second_n)):
        if not 0 <= p <= 1 or n <= 0:
            raise ValueError(f"{p} of {n} answers is no share.")

    def limits(z: float) -> tuple[float, float]:
        return _square_and_add(second, wilson_at(second, second_n, z), first, wilson_at(first, first_n, z))

    return _with_limits(second - first, limits, confidence)


def difference_of_nps(
    first: tuple[int, int, int], second: tuple[int, int, int], *, confidence: float = CONFIDENCE
) -> Difference:
    """Wald interval for the difference of two net promoter scores, in points.

    Each group as (promoters, passives, detractors). Source: as `estimates.nps`, variances added.
    """
    values, variance = [], 0.0
    for promoters, passives, detractors in (first, second):
        n = promoters + passives + detractors
        if n < 1:
            raise ValueError("Both groups need at least one answer.")
        value, of_one = nps_moments(promoters / n, detractors / n)
        values.append(value)
        variance = inf if of_one == 0 else variance + of_one / n
    return _satterthwaite(values[1] - values[0], [(variance, inf)], confidence)


# ---------- two published figures ----------


class Kind(StrEnum):
    """How the interval of a figure was made, and so how two of them are compared."""

    MEAN = "mean"
    SHARE = "share"
    NPS = "nps"


def difference_of_estimates(
    first: Estimate, second: Estimate, kind: Kind, *, confidence: float = CONFIDENCE
) -> Difference:
    """The same comparisons from figures with their intervals, as a publication holds them.

    `confidence` must be the level of the intervals that come in. Equal to the functions above where these are from
    independent answers; where a figure has an effective n (weights, pooled shares) that one counts.
    """
    if kind is Kind.SHARE:
        return difference_of_shares(
            first.value,
            first.weight_of_evidence,
            second.value,
            second.weight_of_evidence,
            confidence=confidence,
        )
    parts = [_variance_of(estimate, kind, confidence) for estimate in (first, second)]
    return _satterthwaite(second.value - first.value, parts, confidence)


def _variance_of(estimate: Estimate, kind: Kind, confidence: float) -> tuple[float, float]:
    """(variance of the figure, its degrees of freedom), read back from the interval."""
    if estimate.low is None or estimate.high is None:
        return inf, 0.0
    if kind is Kind.NPS:
        # a limit may have been cut at the end of the scale: the wider side was not
        half = max(estimate.high - estimate.value, estimate.value - estimate.low)
        return (half / normal_quantile(confidence)) ** 2, inf
    degrees = estimate.n - 1.0
    return ((estimate.high - estimate.low) / 2 / t_quantile(confidence, degrees)) ** 2, degrees


# ---------- the same people twice ----------


def paired_difference_of_means(differences: Sums, *, confidence: float = CONFIDENCE) -> Difference:
    """Student's t for paired numbers: sums over people of (second - first). Source: Student (1908)."""
    differences = Sums(*differences)
    if differences.n < 1:
        raise ValueError("Nobody answered both times.")
    if differences.n == 1:
        return Difference(differences.mean, None, None, None)
    parts = [(differences.variance / differences.n, differences.n - 1.0)]
    return _satterthwaite(differences.mean, parts, confidence)


def paired_difference_of_shares(
    both: int, only_first: int, only_second: int, neither: int, *, confidence: float = CONFIDENCE
) -> Difference:
    """Newcombe's score interval for two shares of the same people.

    Source: Newcombe, Statist. Med. 17 (1998) 2635-2650, method 10 (correlation with continuity correction).
    """
    counts = (both, only_first, only_second, neither)
    n = sum(counts)
    if min(counts) < 0 or n < 1:
        raise ValueError(f"{counts} is no table of people.")
    first, second = (both + only_first) / n, (both + only_second) / n
    correlation = _correlation(*counts)

    def limits(z: float) -> tuple[float, float]:
        return _square_and_add(second, wilson_at(second, n, z), first, wilson_at(first, n, z), correlation)

    return _with_limits(second - first, limits, confidence)


def _correlation(both: int, only_first: int, only_second: int, neither: int) -> float:
    margins = (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither)
    if margins == 0:
        return 0.0
    n = both + only_first + only_second + neither
    product = float(both * neither - only_first * only_second)
    if product > 0:
        product = max(product - n / 2, 0.0)
    return product / sqrt(margins)


# ---------- constant mix ----------


class Stratum(NamedTuple):
    """One group in both waves: its share in the mix that is held constant, and its two figures."""

    share: float
    first: Estimate
    second: Estimate


def difference_at_constant_mix(
    strata: Sequence[Stratum], *, kind: Kind = Kind.MEAN, confidence: float = CONFIDENCE
) -> Difference:
    """What the difference would be if the groups had kept their shares: direct standardisation.

    `share` are positive numbers of any size (the groups' answers of the first wave); they are scaled to add up to
    one. For shares the variance of a group is that of its Wilson interval, so that a group of a few alike is not
    taken for certain. Source: Cochran (1977), 5.2 with fixed weights; degrees of freedom after Satterthwaite (1946).
    """
    whole = sum(stratum.share for stratum in strata)
    if not strata or whole <= 0 or any(stratum.share < 0 for stratum in strata):
        raise ValueError("A mix needs groups with positive shares.")
    value = 0.0
    parts: list[tuple[float, float]] = []
    for stratum in strata:
        part = stratum.share / whole
        value += part * (stratum.second.value - stratum.first.value)
        for estimate in (stratum.first, stratum.second):
            variance, degrees = _variance_of_part(estimate, kind, confidence)
            parts.append((part * part * variance if part else 0.0, degrees))
    return _satterthwaite(value, parts, confidence)


def difference_in_differences(
    first: Estimate,
    second: Estimate,
    others: Sequence[Stratum],
    *,
    kind: Kind = Kind.MEAN,
    confidence: float = CONFIDENCE,
) -> Difference:
    """The own change less the mean change of other groups, each weighted by its share (positive, of any size).

    All groups and both times must be independent answers. Shares are given, not estimated, so they add no variance;
    variances of shares are those of the Wilson interval, as in `difference_at_constant_mix`. Source of the estimator:
    Card and Krueger, Am. Econ. Rev. 84 (1994) 772-793; degrees of freedom after Satterthwaite (1946).
    """
    whole = sum(other.share for other in others)
    if not others or whole <= 0 or any(other.share < 0 for other in others):
        raise ValueError("A comparison needs other groups with positive shares.")
    value = second.value - first.value
    weighted = [(1.0, first), (1.0, second)]
    for other in others:
        part = other.share / whole
        value -= part * (other.second.value - other.first.value)
        weighted += [(part, other.first), (part, other.second)]
    parts: list[tuple[float, float]] = []
    for part, estimate in weighted:
        variance, degrees = _variance_of_part(estimate, kind, confidence)
        parts.append((part * part * variance if part else 0.0, degrees))
    return _satterthwaite(value, parts, confidence)


def _variance_of_part(estimate: Estimate, kind: Kind, confidence: float) -> tuple[float, float]:
    if kind is not Kind.SHARE:
        return _variance_of(estimate, kind, confidence)
    z = normal_quantile(confidence)
    low, high = wilson_at(estimate.value, estimate.weight_of_evidence, z)
    return ((high - low) / 2 / z) ** 2, inf


def mix_distance(first: Sequence[float], second: Sequence[float]) -> float:
    """How much of the mix moved, 0 to 1: half the sum of the absolute differences of the shares (dissimilarity)."""
    if len(first) != len(second) or sum(first) <= 0 or sum(second) <= 0:
        raise ValueError("Two mixes need the same groups and somebody in each.")
    return sum(abs(a / sum(first) - b / sum(second)) for a, b in zip(first, second, strict=True)) / 2


# ---------- many at once ----------


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """p values adjusted so that the chance of even one false claim among all stays below the level.

    Holm and not Benjamini-Hochberg: a page names single units as better or worse, and one wrongly named is one too
    many; and units contain one another, which Holm bears without assumptions. None stays None and is not counted.
    Source: Holm, Scand. J. Statist. 6 (1979) 65-70.
    """
    known = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, place) in enumerate(known):
        largest = max(largest, min(1.0, p * (len(known) - rank)))
        adjusted[place] = largest
    return adjusted


def verdicts(
    differences: Iterable[Difference | None],
    *,
    high_is_good: bool | None = True,
    confidence: float = CONFIDENCE,
) -> list[Verdict]:
    """What may be said of each when all are read together. One alone is judged by its own interval."""
    listed = list(differences)
    adjusted = holm([difference.p if difference else None for difference in listed])
    return [
        _verdict(difference, p, high_is_good, 1 - confidence)
        for difference, p in zip(listed, adjusted, strict=True)
    ]


def _verdict(
    difference: Difference | None, p: float | None, high_is_good: bool | None, level: float
) -> Verdict:
    if difference is None or p is None:
        return Verdict.CANNOT_SAY
    if p >= level:
        return Verdict.NO_CLEAR_CHANGE
    if high_is_good is None:
        return Verdict.DIFFERENT
    return Verdict.BETTER if (difference.value > 0) == high_is_good else Verdict.WORSE


# ---------- what they share ----------


def _satterthwaite(value: float, parts: Sequence[tuple[float, float]], confidence: float) -> Difference:
    """Interval and p of a sum of independent parts, each (variance, degrees of freedom; inf for a normal one)."""
    variance = sum(part for part, _degrees in parts)
    if variance in (0.0, inf):
        return Difference(value, None, None, None)
    spread = sum(part * part / degrees for part, degrees in parts if part and degrees != inf)
    degrees = variance * variance / spread if spread else inf
    error = sqrt(variance)
    if degrees == inf:
        quantile, p = normal_quantile(confidence), 2 * float(ndtr(-abs(value) / error))
    else:
        quantile, p = t_quantile(confidence, degrees), 2 * float(stdtr(degrees, -abs(value) / error))
    return Difference(value, value - quantile * error, value + quantile * error, p, degrees)


def _square_and_add(
    second: float,
    second_limits: tuple[float, float],
    first: float,
    first_limits: tuple[float, float],
    correlation: float = 0.0,
) -> tuple[float, float]:
    """Limits of second - first from the limits of both."""
    below, above = second - second_limits[0], first_limits[1] - first
    low = sqrt(max(0.0, below**2 - 2 * correlation * below * above + above**2))
    above, below = second_limits[1] - second, first - first_limits[0]
    high = sqrt(max(0.0, above**2 - 2 * correlation * above * below + below**2))
    return second - first - low, second - first + high


def _with_limits(
    value: float, limits: Callable[[float], tuple[float, float]], confidence: float
) -> Difference:
    low, high = limits(normal_quantile(confidence))
    return Difference(value, low, high, _p_of(value, limits))


def _p_of(value: float, limits: Callable[[float], tuple[float, float]]) -> float:
    """The level at which the interval just touches zero, by regula falsi (Illinois) on the limit next to it."""
    if value == 0:
        return 1.0
    side = 0 if value > 0 else 1
    near, near_limit = 0.0, value
    far, far_limit = FARTHEST, limits(FARTHEST)[side]
    if far_limit * value > 0:
        return 0.0
    for _step in range(MOST_STEPS):
        z = (near * far_limit - far * near_limit) / (far_limit - near_limit)
        limit = limits(z)[side]
        if abs(limit) <= 1e-14 or far - near <= 1e-13:
            break
        if limit * far_limit > 0:
            far, far_limit, near_limit = z, limit, near_limit / 2
        else:
            near, near_limit, far_limit = z, limit, far_limit / 2
    return 2 * float(ndtr(-z))
