"""Means, totals, shares and ratios of stratified samples with known population sizes, by Taylor linearisation.

Elements are drawn directly: where whole clusters (schools, households, facilities) were drawn instead, the variance
is another one, and `Design` refuses in words.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveys.statistics.estimates import CONFIDENCE, Estimate, t_quantile

Floats = NDArray[np.float64]


class DesignRefused(ValueError):
    """Says in words what about the sample is out of reach or contradicts itself."""


class DesignEstimate(NamedTuple):
    """`standard_error` in the unit of `value`; the interval is Student's with `degrees_of_freedom`."""

    value: float
    standard_error: float
    low: float
    high: float
    n: int
    degrees_of_freedom: int

    def as_estimate(self) -> Estimate:
        return Estimate(self.value, self.low, self.high, self.n)


@dataclass(frozen=True)
class Design:
    """How the sample was drawn: arrays with one entry per answer, in the same order as the values.

    weights     how many of the population one answer stands for; without them the population size of its stratum
                over the number drawn from it, and 1 where that is not known either
    strata      name of the stratum; without them one stratum
    population  finite population: the size of the stratum, or the fraction drawn from it (at most 1); without it the
                population counts as endless
    clusters    only to be refused: names that repeat mean that clusters were drawn
    margins     names of categories (one sequence per margin) to whose known totals the weights were post-stratified or
                raked: the variance is then that of the residuals
    """

    n: int
    weights: Floats
    stratum_of: NDArray[np.intp]
    strata: tuple[Hashable, ...]
    fractions: Floats
    """Share of the population drawn, per stratum."""
    margins: tuple[NDArray[np.intp], ...] = ()

    @classmethod
    def of(
        cls,
        n: int,
        *,
        weights: ArrayLike | None = None,
        strata: Sequence[Hashable] | None = None,
        population: ArrayLike | None = None,
        clusters: Sequence[Hashable] | None = None,
        margins: Sequence[Sequence[Hashable]] = (),
    ) -> "Design":
        """Raises DesignRefused with a sentence about what does not fit."""
        if n < 2:
            raise DesignRefused("A variance needs at least two answers.")
        if clusters is not None and len(set(clusters)) < len(list(clusters)):
            raise DesignRefused(
                "Several answers come from one cluster: cluster samples are not offered, because their variance "
                "cannot be worked out from single answers. Weights of such a sample still give right means and totals."
            )
        names, stratum_of = _coded(strata if strata is not None else ["all"] * n, n, "strata")
        sizes = np.bincount(stratum_of, minlength=len(names))
        if (sizes < 2).any():
            lonely = str(names[int(np.argmin(sizes))])
            raise DesignRefused(
                f"Only one answer was drawn from the stratum “{lonely}”: join it with a neighbour."
            )
        fractions, known_sizes = _fractions(population, stratum_of, names, sizes)
        if weights is not None:
            per_answer = _numbers(weights, n, "weights")
            if (per_answer <= 0).any():
                raise DesignRefused("Weights must be positive.")
        else:
            per_answer = (known_sizes / sizes)[stratum_of] if known_sizes is not None else np.ones(n)
        coded = tuple(_coded(margin, n, "margins")[1] for margin in margins)
        return cls(n, per_answer, stratum_of, names, fractions, coded)

    @property
    def degrees_of_freedom(self) -> int:
        return self.n - len(self.strata)

    def variance_of_total(self, parts: Floats) -> float:
        """Of the sum of `parts` (one weighted number per answer): within strata, with the finite correction.

        Source: Cochran (1977), 5.3; Särndal, Swensson and Wretman (1992), 5.5 for the linearised parts.
        """
        parts = self._residuals(parts)
        sizes = np.bincount(self.stratum_of, minlength=len(self.strata))
        means = np.bincount(self.stratum_of, weights=parts, minlength=len(self.strata)) / sizes
        squares = np.bincount(
            self.stratum_of, weights=(parts - means[self.stratum_of]) ** 2, minlength=len(self.strata)
        )
        return float(np.sum((1 - self.fractions) * sizes / (sizes - 1) * squares))

    def _residuals(self, parts: Floats) -> Floats:
        """What the margins do not explain: weighted regression on their categories (Deville and Särndal, 1992)."""
        if not self.margins:
            return parts
        columns = [
            (margin == category).astype(float)
            for margin in self.margins
            for category in range(margin.max() + 1)
        ]
        root = np.sqrt(self.weights)
        matrix = np.column_stack(columns)
        fitted, *_rest = np.linalg.lstsq(matrix * root[:, None], parts / self.weights * root, rcond=None)
        return parts - self.weights * (matrix @ fitted)


def mean(
    values: ArrayLike, design: Design, *, where: ArrayLike | None = None, confidence: float = CONFIDENCE
) -> DesignEstimate:
    """Weighted mean; `where` (booleans) takes a part of the population, with the whole sample in the variance.

    values: shape (n,), finite where it counts. Source: ratio of two totals, Särndal et al. (1992), 5.6 and 5.8.
    """
    return ratio(values, np.ones(design.n), design, where=where, confidence=confidence)


def share(
    flags: ArrayLike, design: Design, *, where: ArrayLike | None = None, confidence: float = CONFIDENCE
) -> DesignEstimate:
    """Weighted share of those for whom `flags` is true, 0 to 1."""
    return mean(np.asarray(flags, dtype=bool).astype(float), design, where=where, confidence=confidence)


def ratio(
    numerator: ArrayLike,
    denominator: ArrayLike,
    design: Design,
    *,
    where: ArrayLike | None = None,
    confidence: float = CONFIDENCE,
) -> DesignEstimate:
    """Total of one variable over the total of another."""
    inside = _inside(where, design.n)
    above = _values(numerator, design.n, inside)
    below = _values(denominator, design.n, inside)
    whole = float(design.weights @ below)
    if whole == 0:
        raise DesignRefused("Nobody is in this part of the sample.")
    value = float(design.weights @ above) / whole
    parts = design.weights * (above - value * below) / whole
    return _estimate(value, parts, design, int(inside.sum()), confidence)


def total(
    values: ArrayLike, design: Design, *, where: ArrayLike | None = None, confidence: float = CONFIDENCE
) -> DesignEstimate:
    """Weighted total over the population (or the part of it given by `where`)."""
    inside = _inside(where, design.n)
    parts = design.weights * _values(values, design.n, inside)
    return _estimate(float(parts.sum()), parts, design, int(inside.sum()), confidence)


def population_sizes(groups: Sequence[Hashable], design: Design) -> dict[Hashable, float]:
    """Sum of the weights of each group, in the order in which the groups come."""
    names, coded = _coded(groups, design.n, "groups")
    return dict(zip(names, np.bincount(coded, weights=design.weights).tolist(), strict=True))


def by(
    values: ArrayLike, groups: Sequence[Hashable], design: Design, *, confidence: float = CONFIDENCE
) -> dict[Hashable, DesignEstimate]:
    """The mean of each group."""
    names, coded = _coded(groups, design.n, "groups")
    return {
        name: mean(values, design, where=coded == number, confidence=confidence)
        for number, name in enumerate(names)
    }


def _estimate(value: float, parts: Floats, design: Design, n: int, confidence: float) -> DesignEstimate:
    error = sqrt(design.variance_of_total(parts))
    half = t_quantile(confidence, design.degrees_of_freedom) * error
    return DesignEstimate(value, error, value - half, value + half, n, design.degrees_of_freedom)


def _inside(where: ArrayLike | None, n: int) -> NDArray[np.bool_]:
    inside = np.ones(n, dtype=bool) if where is None else np.asarray(where, dtype=bool)
    if inside.shape != (n,):
        raise DesignRefused(f"“where” has {inside.size} entries for {n} answers.")
    return inside


def _values(values: ArrayLike, n: int, inside: NDArray[np.bool_]) -> Floats:
    numbers = np.asarray(values, dtype=float)
    if numbers.shape != (n,):
        raise DesignRefused(f"There are {numbers.size} values for {n} answers.")
    missing = int((~np.isfinite(numbers) & inside).sum())
    if missing:
        raise DesignRefused(f"{missing} values are missing: say with “where” whose values count.")
    return np.where(inside, numbers, 0.0)


def _numbers(values: ArrayLike, n: int, name: str) -> Floats:
    numbers = np.asarray(values, dtype=float)
    if numbers.shape != (n,):
        raise DesignRefused(f"There are {numbers.size} {name} for {n} answers.")
    if not np.isfinite(numbers).all():
        raise DesignRefused(f"Some {name} are missing.")
    return numbers


def _coded(names: Sequence[Hashable], n: int, what: str) -> tuple[tuple[Hashable, ...], NDArray[np.intp]]:
    listed = list(names)
    if len(listed) != n:
        raise DesignRefused(f"There are {len(listed)} {what} for {n} answers.")
    place = {name: number for number, name in enumerate(dict.fromkeys(listed))}
    return tuple(place), np.array([place[name] for name in listed], dtype=np.intp)


def _fractions(
    population: ArrayLike | None, stratum_of: NDArray[np.intp], names: tuple[Hashable, ...], sizes: NDArray
) -> tuple[Floats, Floats | None]:
    """(fraction drawn from each stratum, size of each stratum where it is known)."""
    if population is None:
        return np.zeros(len(names)), None
    numbers = _numbers(population, len(stratum_of), "population sizes")
    per_stratum = np.array([numbers[stratum_of == number][0] for number in range(len(names))])
    if not np.allclose(numbers, per_stratum[stratum_of], rtol=1e-9):
        raise DesignRefused("The population size must be the same for all answers of a stratum.")
    if (per_stratum <= 0).any():
        raise DesignRefused("Population sizes must be positive.")
    if (per_stratum <= 1).all():
        return per_stratum, sizes / per_stratum
    if (per_stratum < sizes).any():
        raise DesignRefused("A stratum cannot have fewer people than were drawn from it.")
    return sizes / per_stratum, per_stratum
