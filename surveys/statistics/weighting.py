"""Weights that make answers stand for a population whose margins are known.

Answers are held as groups that are alike in every margin: `counts` has one number per group, and a margin says for
each group in which of its categories it is. So a wave of a million answers is as small as its groups are many.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

Prepared = tuple[NDArray[np.intp], Floats]
"""Of one margin: the category of each group as a number, and the population of each category."""

TOLERANCE = 1e-10
MOST_ROUNDS = 1000
FEWEST_ROUNDS = 50
FAR_BELOW, FAR_ABOVE = 1e-6, 1e6


class CannotWeight(ValueError):
    """The margins do not fit the answers; says which category and why."""


class Margin(NamedTuple):
    """`category_of`: the category of each group, by name. `population`: name -> how many there are."""

    name: str
    category_of: Sequence[str]
    population: Mapping[str, float]


class Weights(NamedTuple):
    """`per_group`: the weight of one answer of each group. `distance`: the largest difference between a weighted
    margin and its population, as a share of the whole; above zero only where limits stand in the way.
    """

    per_group: Floats
    distance: float
    trimmed: int
    """How many answers were held at a limit."""


def post_stratify(counts: ArrayLike, strata: Margin) -> Weights:
    """Population number over number of answers, in each stratum (cell weighting).

    counts: shape (groups,), non-negative. Weighted answers add up to the population.
    Raises CannotWeight where a stratum has a population but no answers, or answers but no population.
    Source: Holt and Smith, JRSS A 142 (1979) 33-46; Kalton and Flores-Cervantes, J. Off. Stat. 19 (2003) 81-97, 2.1.
    """
    return rake(counts, [strata])


def rake(
    counts: ArrayLike,
    margins: Sequence[Margin],
    *,
    base: ArrayLike | None = None,
    lowest: float | None = None,
    highest: float | None = None,
    tolerance: float = TOLERANCE,
    most_rounds: int = MOST_ROUNDS,
) -> Weights:
    """Iterative proportional fitting: weights whose sums agree with every margin at once.

    counts: shape (groups,); base: weight before, same shape, 1 unless given. All margins must add up to the same
    number. `lowest` and `highest` limit a weight as a multiple of the mean weight: the truncated form of
    raking (Deville and Särndal, JASA 87 (1992) 376-382, case 7 with the distance of case 2).
    Raises CannotWeight where a category has nobody on one side, where the margins differ in their sum, or where the
    fitting does not come to an end. Sources: Deming and Stephan, Ann. Math. Statist. 11 (1940) 427-444; Kalton and
    Flores-Cervantes (2003), 2.2.
    """
    numbers = np.asarray(counts, dtype=float)
    if numbers.ndim != 1 or not np.isfinite(numbers).all() or (numbers < 0).any() or numbers.sum() <= 0:
        raise CannotWeight("There are no answers to weight.")
    if not margins:
        raise CannotWeight("Weights need at least one margin.")
    weights = np.ones_like(numbers) if base is None else np.array(base, dtype=float)
    if weights.shape != numbers.shape or not (weights > 0).all():
        raise CannotWeight("Each group needs one positive weight to begin with.")
    prepared = [_prepared(margin, numbers) for margin in margins]
    population = _same_population(margins)
    bounds = _limits(lowest, highest, population / numbers.sum())
    weights *= population / (weights @ numbers)
    fitted, distance = _fitted(weights, numbers, prepared, population, bounds, tolerance, most_rounds)
    held = numbers[np.isclose(fitted, bounds[0]) | np.isclose(fitted, bounds[1])].sum() if bounds else 0
    return Weights(fitted, distance, int(held))


def design_effect(counts: ArrayLike, weights: ArrayLike) -> float:
    """Kish's 1 + CV^2 of the weights: by how much they widen variances. Source: Kish, Survey Sampling (1965), 11.7."""
    n, w = np.asarray(counts, dtype=float), np.asarray(weights, dtype=float)
    return float(n.sum() * (n @ w**2) / (n @ w) ** 2)


def effective_n(counts: ArrayLike, weights: ArrayLike) -> float:
    """As many unweighted answers would say as much: (sum of weights)^2 / sum of squared weights (Kish)."""
    n, w = np.asarray(counts, dtype=float), np.asarray(weights, dtype=float)
    return float((n @ w) ** 2 / (n @ w**2))


def _prepared(margin: Margin, numbers: Floats) -> Prepared:
    if len(margin.category_of) != len(numbers):
        raise CannotWeight(f"“{margin.name}” must name a category for each of the {len(numbers)} groups.")
    names = list(margin.population)
    targets = np.array([float(margin.population[name]) for name in names])
    if not np.isfinite(targets).all() or (targets < 0).any() or targets.sum() <= 0:
        raise CannotWeight(f"The numbers of “{margin.name}” must be positive.")
    place = {name: number for number, name in enumerate(names)}
    unknown = sorted(
        {name for name, n in zip(margin.category_of, numbers, strict=True) if n and name not in place}
    )
    if unknown:
        raise CannotWeight(f"“{margin.name}” has answers but no population number for: {', '.join(unknown)}.")
    places = np.array([place.get(name, 0) for name in margin.category_of], dtype=np.intp)
    answers = np.bincount(places, weights=numbers, minlength=len(names))
    for name, target, n in zip(names, targets, answers, strict=True):
        if target > 0 and n == 0:
            raise CannotWeight(f"Nobody of “{margin.name}: {name}” answered; join it with a neighbour.")
        if target == 0 and n > 0:
            raise CannotWeight(f"“{margin.name}: {name}” has answers, so its population cannot be 0.")
    return places, targets


def _same_population(margins: Sequence[Margin]) -> float:
    sums = [sum(margin.population.values()) for margin in margins]
    for margin, whole in zip(margins, sums, strict=True):
        if abs(whole - sums[0]) > 1e-6 * sums[0]:
            raise CannotWeight(
                f"“{margins[0].name}” adds up to {sums[0]:g}, “{margin.name}” to {whole:g}: all margins describe the "
                "same population and must add up to the same number."
            )
    return float(sums[0])


def _limits(lowest: float | None, highest: float | None, mean: float) -> tuple[float, float] | None:
    if lowest is None and highest is None:
        return None
    low, high = lowest or 0.0, np.inf if highest is None else highest
    if not 0 <= low < 1 < high:
        raise CannotWeight("The lowest weight must be below 1 and the highest above 1, the mean weight.")
    return low * mean, high * mean


def _fitted(
    weights: Floats,
    numbers: Floats,
    prepared: Sequence[Prepared],
    population: float,
    bounds: tuple[float, float] | None,
    tolerance: float,
    most_rounds: int,
) -> tuple[Floats, float]:
    """(weights, how far the worst margin is off).

    The factors go on growing behind the limits, so that whoever is not held takes over what the others cannot.
    """
    low, high = bounds or (0.0, np.inf)
    free, distance = weights, np.inf
    for round_ in range(most_rounds):
        for places, targets in prepared:
            sums = np.bincount(places, weights=np.clip(free, low, high) * numbers, minlength=len(targets))
            free = free * np.divide(targets, sums, out=np.ones_like(targets), where=sums > 0)[places]
        free = np.clip(free, low * FAR_BELOW, high * FAR_ABOVE)
        before, distance = distance, _distance(np.clip(free, low, high) * numbers, prepared, population)
        stuck = bounds and round_ > FEWEST_ROUNDS and abs(before - distance) <= tolerance / 100
        if distance <= tolerance or stuck:
            break  # met, or as near as the limits allow
    else:
        if not bounds:
            raise CannotWeight(
                f"The margins cannot be met at once: after {most_rounds} rounds one is still off by "
                f"{distance:.2g} of the whole. Some categories may never occur together."
            )
    return np.clip(free, low, high), float(distance)


def _distance(weighted: Floats, prepared: Sequence[Prepared], population: float) -> float:
    differences = (
        np.bincount(places, weights=weighted, minlength=len(targets)) - targets
        for places, targets in prepared
    )
    return max(float(np.abs(one).max()) for one in differences) / population
