"""Which figures may be shown, so that no small group is laid open: by itself, by subtraction, or by an earlier page.

Pure: numbers in, numbers out. The groups of a wave stand in relations (a whole is the sum of its parts and a rest),
what was counted between two publications is a step, and every step obeys the same relations. A group is small if it
has some but fewer members than the threshold; so is what came to a group since it was last shown.

The promise, for each small group and each question: as far as anybody can work out from everything published, it
might be empty, and it might have as many members as the threshold. For this a *witness* is looked for, another table
which agrees with all that is published. Where there is none, the cheapest further figures are hidden until there is
one (the linear programme of Fischetti and Salazar's heuristic for complementary cell suppression). What is found is
a witness, so nothing has to be believed about how the programme searched.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

Place = tuple[str, str]
"""(breakdown, cell)"""
EVERYBODY: Place = ("", "")
TIMES = "×"
SAME_ANSWER_AT_LEAST = 20
WIDE = 30
NEAR = 1e-6

Relation = tuple[Place, list[Place]]
"""A whole, and parts of it that do not overlap."""


# ---------- how the groups of a wave hang together ----------


def relations(places: Iterable[Place], unit_paths: Mapping[str, Sequence[str]]) -> list[Relation]:
    """Everybody is the sum of the cells of a breakdown, a unit of the units below, a cell of its pairs."""
    by_breakdown: dict[str, list[str]] = {}
    for breakdown, cell in places:
        by_breakdown.setdefault(breakdown, []).append(cell)
    found: list[Relation] = []
    for breakdown, cells in by_breakdown.items():
        if TIMES in breakdown:
            found += _relations_of_pair(breakdown, cells, unit_paths)
        elif breakdown:
            found += [
                ((breakdown, whole) if whole else EVERYBODY, [(breakdown, cell) for cell in parts])
                for whole, parts in _nested(breakdown, cells, unit_paths).items()
            ]
    return found


def _nested(
    breakdown: str, cells: Iterable[str], unit_paths: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Whole -> parts; "" is everybody. Only units have units below them."""
    known = set(cells)
    wholes: dict[str, list[str]] = {}
    for cell in cells:
        above = next((unit for unit in unit_paths.get(cell, ()) if unit in known), "")
        wholes.setdefault(above if breakdown == "unit" else "", []).append(cell)
    return wholes


def _relations_of_pair(
    breakdown: str, cells: list[str], unit_paths: Mapping[str, Sequence[str]]
) -> list[Relation]:
    first, second = breakdown.split(TIMES)
    pairs = [tuple(cell.split(TIMES)) for cell in cells]
    found = []
    for own, other, turned in ((0, 1, False), (1, 0, True)):
        names = (second, first) if turned else (first, second)
        by_own: dict[str, list[str]] = {}
        for pair in pairs:
            by_own.setdefault(pair[own], []).append(pair[other])
        for cell, others in by_own.items():
            for whole, parts in _nested(names[1], others, unit_paths).items():
                made = [
                    (breakdown, f"{part}{TIMES}{cell}" if turned else f"{cell}{TIMES}{part}")
                    for part in parts
                ]
                joined = f"{whole}{TIMES}{cell}" if turned else f"{cell}{TIMES}{whole}"
                found.append(((breakdown, joined) if whole else (names[0], cell), made))
    return found


TIED = ("unit", "service", "channel", "collector", "stage", "mode")


def neighbours(
    combinations: Iterable[tuple[Mapping[str, str], int]],
    unit_paths: Mapping[str, Sequence[str]],
    threshold: int,
) -> list[Relation]:
    """Cells of one breakdown that lie wholly in a cell of another: a way in belongs to one unit, and people know it.

    `combinations` are the groups of the answers of a wave, each with how many it has.
    """
    sizes: dict[Place, int] = {}
    together: dict[Place, dict[Place, int]] = {}
    for cells, n in combinations:
        places = [(name, cell) for name, cell in cells.items() if name in TIED]
        places += [("unit", above) for above in unit_paths.get(cells.get("unit", ""), ())]
        for one in places:
            sizes[one] = sizes.get(one, 0) + n
            beside = together.setdefault(one, {})
            for other in places:
                if other[0] != one[0]:
                    beside[other] = beside.get(other, 0) + n
    inside: dict[tuple[Place, str], list[Place]] = {}
    for part, beside in together.items():
        if sizes[part] >= threshold:
            for whole, n in beside.items():
                if n == sizes[part]:
                    inside.setdefault((whole, part[0]), []).append(part)
    return [(whole, _outermost(parts, unit_paths)) for (whole, _name), parts in inside.items()]


def _outermost(parts: list[Place], unit_paths: Mapping[str, Sequence[str]]) -> list[Place]:
    codes = {cell for _name, cell in parts}
    return [part for part in parts if part[0] != "unit" or codes.isdisjoint(unit_paths.get(part[1], ()))]


class Groups:
    """Places and, behind them, the rests of the relations that are not empty, which nobody ever shows."""

    def __init__(self, places: Sequence[Place], found: Sequence[Relation], steps: np.ndarray):
        """`steps`: how many came to each place in each step, shape (steps, places)."""
        self.places = list(places)
        self.found = list(found)
        self.index = {place: number for number, place in enumerate(self.places)}
        rows = [
            (self.index[whole], [self.index[part] for part in parts])
            for whole, parts in found
            if whole in self.index and all(part in self.index for part in parts)
        ]
        sums = sparse.lil_matrix((len(rows), len(self.places)))
        for number, (whole, parts) in enumerate(rows):
            sums[number, whole] = 1
            sums[number, parts] = -1
        self._sums = sums.tocsr()
        rests = (self._sums @ steps.T).T
        self._with_rest = np.flatnonzero(np.abs(rests).sum(axis=0) > NEAR)
        minus = sparse.coo_matrix(
            (-np.ones(len(self._with_rest)), (self._with_rest, np.arange(len(self._with_rest)))),
            shape=(len(rows), len(self._with_rest)),
        )
        self.matrix = sparse.hstack([self._sums, minus]).tocsr()
        self.size = self.matrix.shape[1]
        of_pairs = [any(TIMES in self.places[part][0] for part in parts) for _whole, parts in rows]
        self.is_pair = np.array(
            [TIMES in breakdown for breakdown, _cell in self.places]
            + [of_pairs[number] for number in self._with_rest],
            dtype=bool,
        )

    def with_rests(self, counts: np.ndarray) -> np.ndarray:
        """Counts of places on the last axis -> counts of places and rests."""
        flat = counts.reshape(-1, counts.shape[-1])
        rests = (self._sums @ flat.T).T[:, self._with_rest]
        return np.concatenate([flat, rests], axis=1).reshape(*counts.shape[:-1], self.size)


# ---------- what must not be worked out ----------


class Form(NamedTuple):
    """What came to a group from one step to another (both counted)."""

    group: int
    first: int
    last: int


def small_forms(counts: np.ndarray, shown: np.ndarray, threshold: int) -> list[Form]:
    """Small groups, small additions to what was shown before, and what is left where many were taken out since.

    `counts`: (steps, groups); `shown`: (publications before this one, groups), one publication a step. Cells of pairs
    are protected from the first publication on, although they are shown in the last one only.
    """
    found: list[Form] = []
    steps = counts.shape[0]
    for last in range(steps):
        for group in range(counts.shape[1]):
            before = np.flatnonzero(shown[: min(last, len(shown)), group])
            first = int(before[-1]) + 1 if len(before) else 0
            part = counts[first : last + 1, group]
            n = part.sum()
            if 0 < abs(n) < threshold or (n == 0 and np.abs(part).sum() > 0):
                found.append(Form(int(group), first, last))
            if first and 0 < counts[: last + 1, group].sum() < threshold:
                found.append(Form(int(group), 0, last))
    return list(dict.fromkeys(found))


# ---------- tables and their witnesses ----------


class Asked(NamedTuple):
    """What a witness of a form must show: nobody in these rows ("fewer"), or `up_to` in them ("more")."""

    way: str
    rows: tuple[int, ...]
    up_to: int = 0
    other_than: int | None = None
    """Everybody gave this answer: it must be possible that somebody gave another."""


Wish = tuple[Form, Asked]


class System(NamedTuple):
    """What a change of the table must obey so that nobody can tell it from the truth."""

    free: np.ndarray
    """Groups of which something is not known."""
    matrix: sparse.csr_matrix
    low: np.ndarray
    high: np.ndarray
    cost: np.ndarray


@dataclass
class Table:
    """One question: how often each value came to each group in each step; or, as one row, the responses alone.

    `counts`   (rows, steps, groups), rests included
    `shown`    (steps, groups): in which publication, the one being made last, the question is shown of a group
    `weights`  what hiding a group costs, a person
    `n_shown`  as `shown` for the number of responses, which is the sum of the rows (None: nothing ties them);
               where the counts alone cannot be hidden well enough, the number of responses is hidden with them
    `fixed`    groups that are shown whatever happens: everybody
    """

    groups: Groups
    counts: np.ndarray
    shown: np.ndarray
    weights: np.ndarray
    n_shown: np.ndarray | None = None
    fixed: frozenset[int] = frozenset()
    witnesses: dict[Wish, np.ndarray] = field(default_factory=dict)
    _systems: dict[bytes, System] = field(default_factory=dict)

    def protect(self, wishes: Sequence[Wish]) -> list[Wish]:
        """Hide until every wish has a witness. Returns those that not even hiding everything would fulfil."""
        before = self.shown[-1].copy()
        pending = self._witnessed_together(wishes)
        impossible = [wish for wish in pending if not self._witnessed(wish)]
        self._reveal_what_need_not_be_hidden(before)
        return impossible

    def _witnessed_together(self, wishes: Sequence[Wish]) -> list[Wish]:
        """One other table is a witness of many wishes. Returns those that are left."""
        left: list[Wish] = []
        for way in ("fewer", "more"):
            pending = [wish for wish in wishes if wish[1].way == way]
            while pending:
                change = self._search(pending, all_at_once=True)
                if change is None:
                    break
                found = [wish for wish in pending if self._is_witness(change, wish)]
                self.witnesses |= dict.fromkeys(found, change)
                if not found:
                    break
                pending = [wish for wish in pending if wish not in self.witnesses]
            left += pending
        return left

    def _witnessed(self, wish: Wish) -> bool:
        ways: list[Callable[[], System]] = [self._system, self._system_that_may_hide]
        if self.n_shown is not None:
            ways.append(partial(self._system_that_may_hide, responses_too=True))
        for system in ways:
            found = self._search([wish], system())
            if found is not None:
                self.shown[-1] &= np.abs(found.sum(axis=1)).max(axis=0) <= NEAR
                if self.n_shown is not None:
                    self.n_shown[-1] &= np.abs(found.sum(axis=(0, 1))) <= NEAR
                self.witnesses[wish] = found
                return True
        return False

    def _reveal_what_need_not_be_hidden(self, before: np.ndarray) -> None:
        """A large group that was hidden for the sake of others, as long as they keep a witness without it."""
        totals = self.counts.sum(axis=(0, 1))
        may_be_shown = before if self.n_shown is None else before & self.n_shown[-1]
        hidden = np.flatnonzero(may_be_shown & ~self.shown[-1] & (totals >= WIDE)).tolist()
        for group in sorted(hidden, key=lambda group: -totals[group]):
            self._reveal(group)

    def _reveal(self, group: int) -> bool:
        self.shown[-1, group] = True
        lost = [
            wish
            for wish, witness in self.witnesses.items()
            if np.abs(witness.sum(axis=1)[:, group]).max() > NEAR
        ]
        found = {}
        for wish in lost:
            witness = self._search([wish])
            if witness is None:
                self.shown[-1, group] = False
                return False
            found[wish] = witness
        self.witnesses |= found
        return True

    def _is_witness(self, change: np.ndarray, wish: Wish) -> bool:
        form, asks = wish
        moved = change[list(asks.rows), form.first : form.last + 1, form.group].sum(axis=1)
        truth = self._truth(wish)
        if asks.way == "fewer":
            return bool(np.abs(moved + truth).max() <= NEAR)
        others = [row for row in asks.rows if row != asks.other_than]
        is_other = change[others, form.first : form.last + 1, form.group].sum() >= 1 - NEAR
        return moved.sum() >= asks.up_to - truth.sum() - NEAR and (asks.other_than is None or is_other)

    def _truth(self, wish: Wish) -> np.ndarray:
        form, asks = wish
        return self.counts[list(asks.rows), form.first : form.last + 1, form.group].sum(axis=1)

    def _search(
        self, wishes: Sequence[Wish], system: System | None = None, *, all_at_once: bool = False
    ) -> np.ndarray | None:
        """A change of the table, (rows, steps, groups), that nobody could tell from what is published.

        `all_at_once`: one that goes as far as it can for all wishes together, perhaps not far enough for each.
        """
        system = system or self._system()
        rows, steps, _size = self.counts.shape
        width = system.matrix.shape[1]
        cost = system.cost.copy()
        upper: list[sparse.csr_matrix] = []
        equal: list[sparse.csr_matrix] = []
        limits: list[float] = []
        right: list[float] = []
        for wish in wishes:
            form, asks = wish
            if form.group not in system.free:
                if all_at_once:
                    continue
                return None
            columns = self._columns(system, form, asks.rows)
            truth = self._truth(wish)
            if asks.way == "fewer" and all_at_once:
                cost[columns.reshape(-1)] += 1
            elif asks.way == "fewer":
                equal += [_row(width, of_row, 1) for of_row in columns]
                right += list(-truth)
            else:
                wanted = max(asks.up_to - truth.sum(), 0)
                more = _row(width, columns.reshape(-1), 1)
                (upper if all_at_once else equal).append(more)
                (limits if all_at_once else right).append(wanted)
                if all_at_once:
                    cost[columns.reshape(-1)] -= 1
                if asks.other_than is not None and not all_at_once:
                    others = self._columns(system, form, [row for row in asks.rows if row != asks.other_than])
                    upper.append(_row(width, others.reshape(-1), -1))
                    limits.append(-1)
        matrix = sparse.vstack([system.matrix, *equal]).tocsr() if equal else system.matrix
        solved = linprog(
            cost,
            A_ub=sparse.vstack(upper).tocsr() if upper else None,
            b_ub=limits or None,
            A_eq=matrix,
            b_eq=np.concatenate([np.zeros(system.matrix.shape[0]), right]),
            bounds=np.column_stack([system.low, system.high]),
            method="highs",
        )
        if solved.status != 0:
            return None
        change = np.zeros(self.counts.shape)
        free = len(system.free)
        change[:, :, system.free] = solved.x[: rows * steps * free].reshape(rows, steps, free)
        change[np.abs(change) < NEAR] = 0
        return change

    def _columns(self, system: System, form: Form, rows: Sequence[int]) -> np.ndarray:
        """(rows, steps) of the form in the unknowns of the system."""
        free, steps = len(system.free), self.counts.shape[1]
        within = np.arange(form.first, form.last + 1) * free + int(np.searchsorted(system.free, form.group))
        return np.asarray(rows)[:, None] * steps * free + within[None, :]

    def _system(self) -> System:
        key = self.shown.tobytes() + (b"" if self.n_shown is None else self.n_shown.tobytes())
        if key not in self._systems:
            self._systems = {key: self._system_of(self.shown, self.n_shown)}
        return self._systems[key]

    def _system_of(self, shown: np.ndarray, n_shown: np.ndarray | None) -> System:
        rows, steps, _size = self.counts.shape
        free = np.flatnonzero(~shown.all(axis=0))
        sums = sparse.kron(sparse.eye(steps), self.groups.matrix[:, free])
        block = sparse.vstack([sums, self._known(shown, free)])
        parts = [sparse.kron(sparse.eye(rows), block)]
        if n_shown is not None:
            parts.append(sparse.kron(np.ones((1, rows)), self._known(n_shown, free)))
        matrix = sparse.vstack(parts).tocsr()
        low = -self.counts[:, :, free]
        low[:, (self.counts < 0).any(axis=(0, 2))] = -np.inf  # answers were withdrawn in this step
        return System(
            free,
            matrix[np.diff(matrix.indptr) > 0],
            low.reshape(-1),
            np.full(low.size, np.inf),
            np.zeros(low.size),
        )

    def _system_that_may_hide(self, *, responses_too: bool = False) -> System:
        """With what each figure that is shown now would change by, at its price."""
        rows, steps, size = self.counts.shape
        hideable = np.ones(size, dtype=bool)
        hideable[list(self.fixed)] = False
        shown, n_shown = self.shown.copy(), self.n_shown
        shown[-1] &= ~hideable
        if responses_too and n_shown is not None:
            n_shown = n_shown.copy()
            n_shown[-1] &= ~hideable
        base = self._system_of(shown, n_shown)
        moved, prices = [], []
        for per_row, before, after in (
            (sparse.eye(rows), self.shown, shown),
            (np.ones((1, rows)), self.n_shown, n_shown),
        ):
            if before is not None and after is not None:
                here = np.flatnonzero((before[-1] & ~after[-1])[base.free])
                now = _cumulative(np.full(len(here), steps - 1), here, steps, len(base.free))
                moved.append(sparse.kron(per_row, now))
                prices.append(np.tile(self.weights[base.free[here]], per_row.shape[0]))
        priced, price = sparse.vstack(moved), np.concatenate(prices)
        slack = sparse.eye(len(price))
        return System(
            base.free,
            sparse.bmat([[base.matrix, None, None], [priced, -slack, slack]]).tocsr(),
            np.concatenate([base.low, np.zeros(2 * len(price))]),
            np.full(len(base.low) + 2 * len(price), np.inf),
            np.concatenate([base.cost, price, price]),
        )

    def _known(self, shown: np.ndarray, free: np.ndarray) -> sparse.csr_matrix:
        at, which = np.nonzero(shown[:, free])
        return _cumulative(at, which, shown.shape[0], len(free))


def _row(width: int, columns: np.ndarray, value: float) -> sparse.csr_matrix:
    entries = np.full(len(columns), float(value))
    return sparse.csr_matrix((entries, (np.zeros(len(columns), dtype=int), columns)), shape=(1, width))


def _cumulative(at: np.ndarray, which: np.ndarray, steps: int, width: int) -> sparse.csr_matrix:
    """A row for each: the sum of all steps up to `at` in the column `which`."""
    rows = np.repeat(np.arange(len(at)), at + 1)
    earlier = np.concatenate([np.arange(last + 1) for last in at]) if len(at) else np.zeros(0, dtype=int)
    columns = earlier * width + np.repeat(which, at + 1)
    return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(at), steps * width))


def weights_of(groups: Groups, totals: np.ndarray) -> np.ndarray:
    """Hiding a large group costs more than a small one, a whole more than a part, a cell of a pair least."""
    weights = np.ones(groups.size)
    for number, (breakdown, _cell) in enumerate(groups.places):
        weights[number] = 1.0 if TIMES in breakdown else 60.0
    weights[: len(groups.places)] *= 1 + 19 * (totals[: len(groups.places)] >= WIDE)
    wholes = np.asarray((groups.matrix > 0).sum(axis=0)).ravel()
    return weights * (1 + wholes)


# ---------- the two decisions: of which groups anything is shown, and which questions of them ----------


def decide_groups(
    groups: Groups,
    steps: np.ndarray,
    earlier: np.ndarray,
    threshold: int,
    *,
    with_pairs: bool = True,
    is_complementary: bool = True,
) -> Table:
    """Of which groups the number of responses is shown anew. `is_complementary=False` only to show what that opens.

    `steps`: (steps, places); `earlier`: (steps - 1, places), what earlier publications showed anew.
    """
    counts = groups.with_rests(steps)
    everybody = groups.index[EVERYBODY]
    shown = _with_hidden_rests(groups, earlier)
    forms = small_forms(counts, shown[:-1], threshold)
    hidden_now = [form.group for form in forms if form.last == len(counts) - 1]
    shown[-1, hidden_now] = False
    if not with_pairs:
        shown[-1, groups.is_pair] = False
    table = Table(
        groups,
        counts[None],
        shown,
        weights_of(groups, counts.sum(axis=0)),
        fixed=frozenset({everybody}),
    )
    if not shown[-1, everybody]:
        table.shown[-1] = False
        return table
    if is_complementary:
        ordered = _most_wanting_first(counts, forms)
        ways = (Asked("fewer", (0,)), Asked("more", (0,), threshold))
        table.protect([(form, asks) for form in ordered for asks in ways])
    return table


@dataclass(frozen=True)
class Rows:
    """How the answers to one question are counted.

    `real` are the rows of true answers; `tied`: each response stands in exactly one row.
    """

    names: tuple[str, ...]
    real: tuple[int, ...]
    tied: bool


class Question(NamedTuple):
    """One question as it is decided about.

    `steps`    (rows, steps, places)
    `earlier`  (steps - 1, places), where earlier publications showed it anew
    `bases`    (steps, places), how many answered, where that is not the sum of the rows
    """

    rows: Rows
    steps: np.ndarray
    earlier: np.ndarray
    bases: np.ndarray | None = None


def decide_questions(
    about_groups: Table,
    questions: Mapping[str, Question],
    threshold: int,
    *,
    is_complementary: bool = True,
) -> dict[str, np.ndarray]:
    """Of which places each question is shown anew, (places,).

    May hide the number of responses of more groups: then every question is decided once more.
    """
    while True:
        before = about_groups.shown[-1].copy()
        found = {
            code: _decide_question(about_groups, question, threshold, is_complementary)
            for code, question in questions.items()
        }
        if np.array_equal(before, about_groups.shown[-1]):
            return found


def _decide_question(
    about_groups: Table, question: Question, threshold: int, is_complementary: bool
) -> np.ndarray:
    rows, steps, earlier, bases = question
    groups = about_groups.groups
    counts = groups.with_rests(steps)
    everybody = groups.index[EVERYBODY]
    shown = _with_hidden_rests(groups, earlier)
    shown[-1] = about_groups.shown[-1]
    real = list(rows.real)
    answered = counts[real].sum(axis=0) if bases is None else groups.with_rests(bases)
    n_shown = about_groups.shown
    of_question = small_forms(answered, shown[:-1], threshold)
    of_groups = small_forms(about_groups.counts[0], n_shown[:-1], threshold)
    last = counts.shape[1] - 1
    shown[-1, [form.group for form in of_question if form.last == last]] = False
    alike = small_forms(answered, shown[:-1], SAME_ANSWER_AT_LEAST) if bases is None else []
    same = _all_the_same(groups, counts[real], shown, alike)
    shown[-1, [form.group for form in same if form.last == last]] = False
    if not shown[-1, everybody]:
        return np.zeros(len(groups.places), dtype=bool)
    if not is_complementary:
        return shown[-1, : len(groups.places)]
    table = Table(
        groups,
        counts,
        shown,
        about_groups.weights,
        n_shown=n_shown if rows.tied else None,
        fixed=frozenset({everybody}),
    )
    whole_groups, small = set(of_groups), set(of_groups) | set(of_question)
    all_rows = tuple(range(len(rows.names)))

    def wishes(forms: Iterable[Form]) -> Iterator[Wish]:
        for form in _most_wanting_first(answered, list(dict.fromkeys(forms))):
            if form in whole_groups:
                yield form, Asked("fewer", all_rows)
            row = same.get(form)
            other_than = None if row is None else real[row]
            yield form, Asked("more", rows.real, threshold if form in small else 0, other_than)

    table.protect(list(wishes([*of_groups, *of_question, *same])))
    while no_longer_told := _all_the_same(groups, counts[real], table.shown, alike).items() - same.items():
        same |= dict(no_longer_told)
        table.shown[-1, [form.group for form, _row in no_longer_told if form.last == last]] = False
        table.protect(list(wishes(form for form, _row in no_longer_told)))
    return table.shown[-1, : len(groups.places)]


def _all_the_same(
    groups: Groups, counts: np.ndarray, shown: np.ndarray, forms: Sequence[Form]
) -> dict[Form, int]:
    """Fewer than twenty who all gave one answer -> the place of it among the real rows.

    Not where that is no secret, because so did everybody in a group of twenty and more that holds them.
    """
    told = known_alike(groups, counts, shown)
    found = {}
    for form in forms:
        given = counts[:, form.first : form.last + 1, form.group].sum(axis=1)
        if np.count_nonzero(given) == 1 and len(given) > 1 and not is_told(form, told):
            found[form] = int(np.flatnonzero(given)[0])
    return found


class Alike(NamedTuple):
    """From one step to another (both counted) everybody in these groups gave one answer, and that may be read."""

    first: int
    last: int
    groups: frozenset[int]


def known_alike(groups: Groups, counts: np.ndarray, shown: np.ndarray) -> list[Alike]:
    """Twenty and more who all gave one answer, between two publications that show it, and the groups in them.

    `counts`: (real rows, steps, groups); `shown`: (steps, groups).
    """
    found = []
    for last in range(len(shown)):
        for first in range(last + 1):
            ends = shown[last] & (shown[first - 1] if first else True)
            given = counts[:, first : last + 1].sum(axis=1)
            alike = (np.count_nonzero(given, axis=0) == 1) & (given.sum(axis=0) >= SAME_ANSWER_AT_LEAST)
            if (wholes := np.flatnonzero(ends & alike)).size:
                found.append(Alike(first, last, _with_parts(groups, wholes)))
    return found


def is_told(form: Form, told: Iterable[Alike]) -> bool:
    return any(one.first <= form.first and form.last <= one.last and form.group in one.groups for one in told)


def _with_parts(groups: Groups, wholes: np.ndarray) -> frozenset[int]:
    found: set[int] = set()
    waiting = [int(group) for group in wholes]
    while waiting:
        whole = waiting.pop()
        if whole not in found:
            found.add(whole)
            for relation in np.flatnonzero(groups.matrix[:, [whole]].toarray().ravel() > 0):
                row = groups.matrix[[relation], :].toarray().ravel()
                waiting += [int(part) for part in np.flatnonzero(row < 0)]
    return frozenset(found)


def _with_hidden_rests(groups: Groups, earlier: np.ndarray) -> np.ndarray:
    """(steps, groups) from (steps - 1, places); in the last step every place is shown until decided otherwise."""
    places = len(groups.places)
    shown = np.zeros((len(earlier) + 1, groups.size), dtype=bool)
    shown[:-1, :places] = earlier
    shown[-1, :places] = True
    return shown


def _most_wanting_first(counts: np.ndarray, forms: Sequence[Form]) -> list[Form]:
    return sorted(forms, key=lambda form: (counts[form.first : form.last + 1, form.group].sum(), form))
