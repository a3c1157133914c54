"""What stands beside the plain figures of a publication, as the audit attacks it: weighted figures, and the change
within the same people.

A weighted figure is an equation more about the answers of the groups that were weighted apart; whoever attacks is
taken to know the weights as well, and that they are 1 on average. Besides, every figure says over how many people it
is: two that differ by a few tell of these few, whichever way both were made.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import inf, isclose, prod
from typing import NamedTuple

import numpy as np

from surveys import indicators
from surveys.indicators import Definition
from surveys.models import Publication, Wave, WeightingRun
from surveys.published_rows import Asked
from surveys.statistics import change
from surveys.suppression import EVERYBODY, SAME_ANSWER_AT_LEAST, TIMES, Groups, Place

HALF_A_PRINTED_DIGIT = 0.005
HALF_A_THIRD_DIGIT = 0.0005
"""Of figures below 1: shares."""
AS_GOOD_AS_EQUAL = 1e-6
"""Sums of weights are real numbers."""


class Limits(NamedTuple):
    """A weighted sum of the counts of one publication, known to lie between two numbers. `factors`: (rows, groups)."""

    publication: int
    factors: np.ndarray
    low: float
    high: float

    def for_each_of(self, rows: int) -> "Limits":
        """What is known of the responses, each of which stands in one of these rows."""
        return self._replace(factors=np.tile(self.factors, (rows, 1)))


class Few(NamedTuple):
    """A figure that is over a few people itself, or tells of a few together with another one."""

    place: Place
    figure: str
    people: int


# ---------- weighted figures ----------


class Weighted(NamedTuple):
    """What one publication says under a weighting run. `weights` and `squares`: (groups,), what each place counts."""

    publication: int
    weights: np.ndarray
    squares: np.ndarray
    run: WeightingRun
    figures: Mapping[str, float]
    """Indicator -> weighted figure, of those that have one."""
    effective_n: float | None
    n: int


def weighted_in(wave: Wave, published: Sequence[Publication], groups: Groups) -> list[Weighted]:
    """Not of runs by several breakdowns that are no pair of the wave: their groups are no groups of a publication."""
    runs = {run.number: run for run in wave.weighting_runs.ready()}
    found = []
    for number, publication in enumerate(published):
        said = publication.content.get("weighted")
        if not said or said["run"] not in runs:
            continue
        run, names = runs[said["run"]], said["by"]
        weights = {tuple(one["key"].split(TIMES)): one["weight"] for one in run.weights}
        if len(names) > 1 and not any(set(pair) == set(names) for pair in wave.pairs):
            continue
        factors, squares = (
            _of_places({key: weight**power for key, weight in weights.items()}, names, groups, wave)
            for power in (1, 2)
        )
        figures = {
            code: one["estimate"][0]
            for code, one in said["indicators"].items()
            if one["estimate"][3] == _plain_n(publication, code)
        }
        effective_n = said.get("effective_n") if run.n == publication.n else None
        found.append(Weighted(number, factors, squares, run, figures, effective_n, publication.n))
    return found


def _of_places(
    weights: Mapping[tuple[str, ...], float], names: Sequence[str], groups: Groups, wave: Wave
) -> np.ndarray:
    """(groups,): how often each place counts so that everybody counts by the weight of the own group.

    Those who stand in a unit itself are the unit less its parts, so a place counts by what its weight has above that
    of the whole it lies in.
    """
    factors = np.zeros(groups.size)
    for place, column in groups.index.items():
        cells = _cells_in(place)
        if set(cells) <= set(names):
            ways = [
                [(cells[name], 1), (_whole_of(name, cells[name], groups, wave), -1)]
                if name in cells
                else [("", 1)]
                for name in names
            ]
            factors[column] = sum(
                prod(sign for _cell, sign in way) * weights.get(tuple(cell for cell, _sign in way), 0.0)
                for way in product(*ways)
            )
    return factors


def _cells_in(place: Place) -> dict[str, str]:
    if place == EVERYBODY:
        return {}
    breakdown, cell = place
    return dict(zip(breakdown.split(TIMES), cell.split(TIMES), strict=True))


def _whole_of(name: str, cell: str, groups: Groups, wave: Wave) -> str:
    above = wave.unit_paths.get(cell, ()) if name == "unit" else ()
    return next((unit for unit in above if ("unit", unit) in groups.index), "")


def limits_of_responses(said: Sequence[Weighted]) -> Iterator[Limits]:
    """The weights add up to the answers, and the effective n is their sum squared over the sum of squares."""
    for one in said:
        if one.effective_n is None or one.run.held:  # where weights were held, they are not 1 on average
            continue
        near = 0.01 + AS_GOOD_AS_EQUAL * one.n
        yield Limits(one.publication, one.weights[None], one.n - near, one.n + near)
        least, most = (one.n - near) ** 2, (one.n + near) ** 2
        known = least / (one.effective_n + 0.5), most / max(one.effective_n - 0.5, 0.5)
        yield Limits(one.publication, one.squares[None], *known)


def limits_of_answers(
    said: Sequence[Weighted], wave: Wave, asked: Asked, names: Sequence[str]
) -> Iterator[Limits]:
    """Of one question, whose answers stand in rows of these names."""
    ruler = indicators.askable_in(wave.version.content).get(asked.code)  # type: ignore[union-attr]
    points = ruler.scale["points"] if ruler and ruler.scale else []
    numbers = {point["code"]: point["value"] for point in points}
    for definition in indicators.counted_in(wave):
        if definition.is_per_response or definition.questions != (asked.code,):
            continue
        scores = [_score(definition, asked.code, name, numbers.get(name)) for name in names]
        for one in said:
            if definition.code in one.figures and any(score is not None for score in scores):
                yield from _limits_of_figure(one, one.figures[definition.code], scores)


def _score(definition: Definition, question: str, value: str, number: float | None) -> float | None:
    return indicators.number_of_person(definition, [(question, value, number)])


def _limits_of_figure(said: Weighted, value: float, scores: Sequence[float | None]) -> Iterator[Limits]:
    """The figure lies within half a printed digit: so much more, or less, than its denominator times it."""
    half = AS_GOOD_AS_EQUAL + (HALF_A_THIRD_DIGIT if abs(value) < 1 else HALF_A_PRINTED_DIGIT)
    for edge, low, high in ((value + half, -inf, 0.0), (value - half, 0.0, inf)):
        above = np.array([0.0 if score is None else score - edge for score in scores])
        yield Limits(said.publication, np.outer(above, said.weights), low, high)


# ---------- over how many people ----------


def few_in_weighted(published: Sequence[Publication], threshold: int) -> Iterator[Few]:
    """A weighted figure over almost, but not quite, as many as the plain one beside it, or beside none."""
    for publication in published:
        said = publication.content.get("weighted") or {"indicators": {}}
        for code, one in said["indicators"].items():
            n, of = one["estimate"][3], _plain_n(publication, code)
            if of is None or 0 < abs(of - n) < threshold:
                yield Few((f"weighted {publication.number}", ""), code, n if of is None else abs(of - n))


def _plain_n(publication: Publication, code: str) -> int | None:
    """Of everybody, where the publication shows it anew."""
    everybody = publication.content["everybody"]
    found = everybody["indicators"].get(code, {})
    return None if "from" in everybody or "from" in found else found.get("n")


def few_in_paired(wave: Wave, published: Sequence[Publication]) -> Iterator[Few]:
    """The same people twice: too few, all but a few of those who gave a wave its figure, or all of one answer."""
    first = next((one for one in published if one.content.get("paired")), None)
    if first is None:
        return
    said = first.content["paired"]
    earlier = Wave.objects.get(survey=wave.survey_id, code=said["wave"])
    before = earlier.publications.filter(as_of__lte=first.as_of).order_by("number").last()
    wholes = [one.content["everybody"]["indicators"] for one in (before, first) if one]
    threshold = max(wave.threshold, earlier.threshold)
    kinds = {one["code"]: one["kind"] for one in first.content["indicators"]}
    for code, one in said["indicators"].items():
        place, people = ("paired", said["wave"]), one["people"]
        for whole in wholes:
            n = whole.get(code, {}).get("n")
            if n is None or 0 < abs(n - people) < threshold:
                yield Few(place, code, people if n is None else abs(n - people))
        if people < threshold:
            yield Few(place, code, people)
        if kinds[code] == "share" and people < SAME_ANSWER_AT_LEAST and _is_alike(one["difference"], people):
            yield Few(place, code, people)


def _is_alike(difference: Sequence[float], people: int) -> bool:
    """Whether every table of so many people that has this difference and interval says that all answered alike."""
    value, low, high = difference[:3]
    more = round(value * people)
    tables = [
        (both, lost, lost + more, people - both - 2 * lost - more)
        for lost in range(people + 1)
        for both in range(people + 1)
        if lost + more >= 0 and both + 2 * lost + more <= people
    ]
    possible = [table for table in tables if _has_interval(table, low, high)]
    alike = [
        both + lost in (0, people) or both + won in (0, people) for both, lost, won, _neither in possible
    ]
    return bool(alike) and all(alike)


def _has_interval(table: tuple[int, int, int, int], low: float, high: float) -> bool:
    found = change.paired_difference_of_shares(*table)
    return isclose(found.low or 0.0, low, abs_tol=1e-9) and isclose(found.high or 0.0, high, abs_tol=1e-9)
