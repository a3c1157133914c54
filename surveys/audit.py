"""`audit_wave`: tries to work out what was hidden, from everything that was ever published of a wave.

On purpose it shares no code with the search that hides: it knows published figures, how groups hang together, and
that nobody counts less than nothing. For each small group it asks a linear programme for the smallest and the largest
number of members, and for each question the same once more with the answers in it; means, standard errors and
intervals are computed from counts that are published beside them, so the counts hold all that these could tell.
Where a mean is published without counts (questions for a number) n and sum stand in its place. Weighted figures and
the change within the same people are attacked as `audit_beside` says.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from surveys import audit_beside
from surveys.audit_beside import Limits
from surveys.models import Publication, Wave
from surveys.publication_making import Material, unpacked
from surveys.published_rows import NOT_ASKED, NUMBERS, asked_in
from surveys.suppression import EVERYBODY, Form, Groups, Place, Rows, is_told, known_alike, small_forms

TOLERANCE = 1e-4
FAR_OUT = 1e7


class Knowledge(NamedTuple):
    """What is published of one question, NaN where nothing is.

    `values`     (rows, publications, groups): sums up to each publication
    `responses`  (publications, groups): how many responses; each stands in one row if `tied`
    """

    values: np.ndarray
    responses: np.ndarray
    tied: bool
    steps_only_grow: bool = True


class Bounds(NamedTuple):
    low: float
    high: float


class Broken(NamedTuple):
    place: Place
    question: str
    bounds: Bounds
    truth: float


class Attack:
    """One linear programme over one question; asked for many groups."""

    def __init__(self, groups: Groups, known: Knowledge, limits: Sequence[Limits] = ()):
        rows, publications, size = known.values.shape
        self.shape = (rows, publications, size)
        blocks, right = [], []
        sums = sparse.kron(sparse.eye(rows * publications), groups.matrix)
        blocks.append(sums)
        right.append(np.zeros(sums.shape[0]))
        for row in range(rows):
            block, values = self._published(known.values[row], [row])
            blocks.append(block)
            right.append(values)
        if known.tied:
            block, values = self._published(known.responses, list(range(rows)))
            blocks.append(block)
            right.append(values)
        self.matrix = sparse.vstack(blocks).tocsr()
        self.right = np.concatenate(right)
        self.least = 0.0 if known.steps_only_grow else -FAR_OUT
        self.upper, self.most = self._within(limits)

    def _within(self, limits: Sequence[Limits]) -> tuple[sparse.csr_matrix, np.ndarray]:
        lines, most = [sparse.csr_matrix((0, int(np.prod(self.shape))))], []
        for one in limits:
            goal = np.zeros(self.shape)
            goal[:, : one.publication + 1] = one.factors[:, None]
            for sign, edge in ((1, one.high), (-1, -one.low)):
                if np.isfinite(edge):
                    lines.append(sparse.csr_matrix(sign * goal.reshape(1, -1)))
                    most.append(edge)
        return sparse.vstack(lines).tocsr(), np.array(most)

    def _published(self, table: np.ndarray, rows: Sequence[int]) -> tuple[sparse.csr_matrix, np.ndarray]:
        _rows, publications, size = self.shape
        at, group = np.nonzero(~np.isnan(table))
        entries = [
            (number, (row * publications + step) * size + which)
            for number, (last, which) in enumerate(zip(at, group, strict=True))
            for row in rows
            for step in range(last + 1)
        ]
        lines, columns = zip(*entries, strict=True) if entries else ((), ())
        shape = (len(at), int(np.prod(self.shape)))
        return sparse.csr_matrix((np.ones(len(entries)), (lines, columns)), shape=shape), table[at, group]

    def bounds(self, form: Form, rows: Sequence[int]) -> Bounds:
        """The smallest and the largest number of answers in these rows that agrees with all that is published."""
        goal = self._goal(form, rows)
        return Bounds(float(goal @ self._extreme(goal)), float(goal @ self._extreme(-goal)))

    def can_be_empty(self, forms: Sequence[Form], rows: Sequence[int]) -> set[Form]:
        """Those that may be empty, many found with one programme: whatever table it returns proves what it shows."""
        found: set[Form] = set()
        while pending := [form for form in forms if form not in found]:
            table = self._extreme(np.sum([self._goal(form, rows) for form in pending], axis=0))
            new = {form for form in pending if self._goal(form, rows) @ table <= TOLERANCE}
            if not new:
                break
            found |= new
        return found

    def can_reach(self, forms: Sequence[Form], rows: Sequence[int], number: int) -> set[Form]:
        found: set[Form] = set()
        while pending := [form for form in forms if form not in found]:
            goals = [self._goal(form, rows) for form in pending]
            capped = sparse.csr_matrix(np.array(goals)), np.full(len(goals), float(number))
            table = self._extreme(-np.sum(goals, axis=0), capped)
            new = {
                form for form, goal in zip(pending, goals, strict=True) if goal @ table >= number - TOLERANCE
            }
            if not new:
                break
            found |= new
        return found

    def _goal(self, form: Form, rows: Sequence[int]) -> np.ndarray:
        goal = np.zeros(self.shape)
        goal[list(rows), form.first : form.last + 1, form.group] = 1
        return goal.reshape(-1)

    def can_differ(self, form: Form, rows: Sequence[int], value: int) -> bool:
        """Whether somebody in the group may have given another answer than this one."""
        goal = self._goal(form, [row for row in rows if row != value])
        return bool(goal @ self._extreme(-goal) > 0.5)

    def _extreme(
        self, goal: np.ndarray, capped: tuple[sparse.csr_matrix, np.ndarray] | None = None
    ) -> np.ndarray:
        """The table with the smallest value of the goal; where there is no limit, one that is far out."""
        upper, most = self.upper, self.most
        if capped:
            upper, most = sparse.vstack([upper, capped[0]]), np.concatenate([most, capped[1]])
        solved = linprog(
            goal,
            A_ub=upper if len(most) else None,
            b_ub=most if len(most) else None,
            A_eq=self.matrix,
            b_eq=self.right,
            bounds=(self.least, FAR_OUT),
            method="highs",
        )
        if solved.status != 0:
            raise ArithmeticError(f"The linear programme has no answer: {solved.message}")
        return solved.x


def not_kept(
    attack: Attack, forms: Sequence[Form], every_row: Sequence[int], real: Sequence[int], threshold: int
) -> Iterator[tuple[Form, Bounds]]:
    """The promise: as far as anybody can work out, nobody is in the group, or as many as the threshold."""
    kept = attack.can_be_empty(forms, every_row) & attack.can_reach(forms, real, threshold)
    for form in forms:
        if form not in kept:
            bounds = Bounds(attack.bounds(form, every_row).low, attack.bounds(form, real).high)
            if bounds.low > TOLERANCE or bounds.high < threshold - TOLERANCE:
                yield form, bounds


def broken_groups(
    groups: Groups,
    known: Knowledge,
    truth: np.ndarray,
    forms: Sequence[Form],
    threshold: int,
    limits: Sequence[Limits] = (),
) -> Iterator[Broken]:
    """Small groups whose number of responses comes out. `truth`: (steps, groups)."""
    responses = Knowledge(known.responses[None], known.responses, False, known.steps_only_grow)
    attack = Attack(groups, responses, limits)
    for form, bounds in not_kept(attack, forms, [0], [0], threshold):
        yield Broken(name_of(groups, form), "", bounds, _of(truth, form))


def broken_answers(
    groups: Groups,
    question: str,
    rows: Rows,
    known: Knowledge,
    truth: np.ndarray,
    whole_groups: Sequence[Form],
    of_question: Sequence[Form],
    threshold: int,
    limits: Sequence[Limits] = (),
) -> Iterator[Broken]:
    """Small groups of which answers come out. `truth`: (rows, steps, groups).

    Of a small group: how many gave each answer (nothing but none at all can be excluded), how many there are at most,
    and that all gave the same. Of few answers in a large group: that they are few.
    """
    attack = Attack(groups, known, limits)
    every_row = range(len(rows.names))
    responses, answered = truth.sum(axis=0), truth[list(rows.real)].sum(axis=0)
    for form, bounds in not_kept(attack, whole_groups, every_row, rows.real, threshold):
        yield Broken(name_of(groups, form), question, bounds, _of(responses, form))
    real = truth[list(rows.real)]
    told = known_alike(groups, real, ~np.isnan(known.values[rows.real[0]]))
    for form in whole_groups:
        if is_told(form, told):  # no secret: so did everybody in a group of twenty and more that holds them
            continue
        value = only_value(truth, rows, form)
        if value is not None and not attack.can_differ(form, rows.real, value):
            yield Broken(name_of(groups, form), question, Bounds(0, 0), _of(responses, form))
    can_reach = attack.can_reach(of_question, rows.real, threshold)
    for form in of_question:
        if form not in can_reach:
            bounds = attack.bounds(form, rows.real)
            if bounds.high < threshold - TOLERANCE:
                yield Broken(name_of(groups, form), question, bounds, _of(answered, form))


def only_value(truth: np.ndarray, rows: Rows, form: Form) -> int | None:
    given = truth[list(rows.real), form.first : form.last + 1, form.group].sum(axis=1)
    found = np.flatnonzero(given)
    return rows.real[found[0]] if len(found) == 1 and len(rows.real) > 1 and rows.tied else None


def name_of(groups: Groups, form: Form) -> Place:
    return groups.places[form.group] if form.group < len(groups.places) else ("rest", str(form.group))


def _of(truth: np.ndarray, form: Form) -> float:
    return float(truth[form.first : form.last + 1, form.group].sum())


# ---------- a wave as it was published ----------


class Report(NamedTuple):
    publications: int
    hidden: int
    """Cells of the latest publication without a number."""
    shown: int
    tried: int
    broken: list[Broken]


def audit_wave(wave: Wave, *, progress: Callable[[str], None] = lambda line: None) -> Report:
    """Every small group and every question, against all publications of the wave."""
    published = list(wave.publications.order_by("number").prefetch_related("breakdowns"))
    if not published:
        return Report(0, 0, 0, 0, [])
    material = Material(wave, [unpacked(one.counted) for one in published])
    groups, threshold = material.groups, wave.threshold
    tables = [_figures(one) for one in published]
    responses = groups.with_rests(material.responses)
    n_known = _known(groups, tables, lambda cell: cell.get("n") if "from" not in cell else None)
    n_shown = ~np.isnan(n_known)
    whole = small_forms(responses, n_shown[:-1], threshold)
    grows = bool((responses >= 0).all())
    said = audit_beside.weighted_in(wave, published, groups)
    limits = list(audit_beside.limits_of_responses(said))
    about_groups = Knowledge(n_known[None], n_known, False, grows)
    found = [*_few_beside(wave, published)]
    found += broken_groups(groups, about_groups, responses, whole, threshold, limits)
    tried = len(whole)
    for asked in asked_in(wave.version.content):  # type: ignore[union-attr]
        rows, steps, bases = material.table_of(asked)
        if not rows.real:
            continue
        progress(asked.code)
        truth = groups.with_rests(steps)
        values = np.array([_known(groups, tables, _reader(asked.code, name, rows)) for name in rows.names])
        answered = truth[list(rows.real)].sum(axis=0) if bases is None else groups.with_rests(bases)
        is_shown = ~np.isnan(values[0])
        of_question = small_forms(answered, is_shown[:-1], threshold)
        of_question = [form for form in of_question if form not in set(whole)]
        tried += len(whole) + len(of_question)
        known = Knowledge(values, n_known, rows.tied, grows)
        beside = [one.for_each_of(len(rows.names)) for one in limits]
        beside += audit_beside.limits_of_answers(said, wave, asked, rows.names)
        found += broken_answers(
            groups,
            asked.code,
            rows,
            known,
            truth,
            whole,
            of_question if rows.tied else [],
            threshold,
            beside if rows.tied else [],
        )
    last = [cell.get("n") for cell in tables[-1].values()]
    return Report(len(published), last.count(None), len(last) - last.count(None), tried, found)


def _few_beside(wave: Wave, published: Sequence[Publication]) -> Iterator[Broken]:
    """Figures beside the plain ones that are over a few people, or differ from another by a few."""
    few = [
        *audit_beside.few_in_weighted(published, wave.threshold),
        *audit_beside.few_in_paired(wave, published),
    ]
    for place, figure, people in few:
        yield Broken(place, figure, Bounds(people, people), people)


def _figures(publication: Publication) -> dict[Place, dict[str, Any]]:
    figures: dict[Place, dict[str, Any]] = {EVERYBODY: publication.content["everybody"]}
    for part in publication.breakdowns.all():
        figures |= {(part.breakdown, cell): found for cell, found in part.cells.items()}
    return figures


def _known(
    groups: Groups, tables: Sequence[Mapping[Place, dict[str, Any]]], read: Callable[[dict[str, Any]], Any]
) -> np.ndarray:
    """(publications, groups): the figure each publication shows anew, NaN where it shows none."""
    known = np.full((len(tables), groups.size), np.nan)
    for number, table in enumerate(tables):
        for place, cell in table.items():
            if place in groups.index and (figure := read(cell)) is not None:
                known[number, groups.index[place]] = figure
    return known


def _reader(code: str, name: str, rows: Rows) -> Callable[[dict[str, Any]], Any]:
    def read(cell: dict[str, Any]) -> Any:
        figures = cell.get("questions", {}).get(code, {})
        if figures.get("n") is None or "from" in figures or figures.get("reason"):
            return None
        counts = figures.get("counts", {})
        if name == NUMBERS:
            return figures["n"]
        if name == NOT_ASKED:
            return cell["n"] - sum(counts.values()) - (figures["n"] if NUMBERS in rows.names else 0)
        return counts.get(name, 0)

    return read
