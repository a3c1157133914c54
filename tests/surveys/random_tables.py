"""Random waves as bare numbers: people in groups, with answers, counted in up to three publications."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy import sparse

from surveys import audit, suppression
from surveys.suppression import EVERYBODY, TIMES, Form, Groups, Place, Question, Rows, Table

UNIT_PATHS = {
    "a1": ["a", "top"],
    "a2": ["a", "top"],
    "a3": ["a", "top"],
    "b1": ["b", "top"],
    "b2": ["b", "top"],
    "a": ["top"],
    "b": ["top"],
    "c": ["top"],
}
POINTS = ("1", "2", "3", "4", "5", ":empty")
RATING = Rows(POINTS, (0, 1, 2, 3, 4), tied=True)


class Person(NamedTuple):
    cells: dict[str, str]
    answers: tuple[int, ...]
    step: int


class Counts(NamedTuple):
    groups: Groups
    responses: np.ndarray
    answers: list[np.ndarray]


def random_people(rng: random.Random, *, n: int, steps: int, questions: int = 2) -> list[Person]:
    def picked(names: list[str]) -> str:
        return rng.choices(names, [1 / (1 + place) ** skew for place in range(len(names))])[0]

    skew = rng.uniform(0.3, 2.5)
    tastes = [[rng.random() ** 2 + 0.01 for _ in POINTS] for _ in range(questions)]
    return [
        Person(
            {
                "unit": picked(["a1", "b1", "c", "a2", "a3", "b2", "a"]),
                "language": picked(["fi", "ar", "so", "ru"]),
                "channel": picked(["desk", "web", "phone"]),
                "question:solved": picked(["yes", "no"]),
            },
            tuple(rng.choices(range(len(POINTS)), taste)[0] for taste in tastes),
            rng.randrange(steps),
        )
        for _ in range(n)
    ]


def places_of(person: Person, pairs: list[tuple[str, str]], paths: dict[str, list[str]]) -> list[Place]:
    above = {
        name: [cell, *(paths.get(cell, []) if name == "unit" else [])] for name, cell in person.cells.items()
    }
    found = [EVERYBODY, *((name, cell) for name, cells in above.items() for cell in cells)]
    for first, second in pairs:
        found += [
            (f"{first}{TIMES}{second}", f"{one}{TIMES}{other}")
            for one in above[first]
            for other in above[second]
        ]
    return found


def counted(
    people: list[Person], pairs: list[tuple[str, str]], paths: dict[str, list[str]], steps: int
) -> Counts:
    sums: Counter = Counter()
    for person in people:
        for place in places_of(person, pairs, paths):
            sums[place, person.step, None] += 1
            for question, row in enumerate(person.answers):
                sums[place, person.step, (question, row)] += 1
    places = sorted({place for place, _step, _what in sums})
    questions = len(people[0].answers)
    responses = np.array(
        [[sums[place, step, None] for place in places] for step in range(steps)], dtype=float
    )
    answers = [
        np.array(
            [
                [[sums[place, step, (question, row)] for place in places] for step in range(steps)]
                for row in range(len(POINTS))
            ],
            dtype=float,
        )
        for question in range(questions)
    ]
    return Counts(Groups(places, suppression.relations(places, paths), responses), responses, answers)


class Shown(NamedTuple):
    table: Table
    groups: np.ndarray
    answers: list[np.ndarray]


def published(counts: Counts, threshold: int, *, is_complementary: bool = True) -> Shown:
    """One publication after each step; pairs in the last one."""
    steps, places = counts.responses.shape
    of_groups = np.zeros((0, places), bool)
    of_answers = [np.zeros((0, places), bool) for _ in counts.answers]
    for step in range(1, steps + 1):
        table = suppression.decide_groups(
            Groups(counts.groups.places, counts.groups.found, counts.responses[:step]),
            counts.responses[:step],
            of_groups,
            threshold,
            with_pairs=step == steps,
            is_complementary=is_complementary,
        )
        questions = {
            str(number): Question(RATING, answers[:, :step], of_answers[number])
            for number, answers in enumerate(counts.answers)
        }
        decided = suppression.decide_questions(table, questions, threshold, is_complementary=is_complementary)
        of_answers = [
            np.vstack([before, now]) for before, now in zip(of_answers, decided.values(), strict=True)
        ]
        of_groups = np.vstack([of_groups, table.shown[-1, :places]])
    return Shown(table, of_groups, of_answers)


def masked(truth: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Sums up to each publication where shown, NaN elsewhere. Steps stand on the last axis but one."""
    sums = truth.cumsum(axis=-2)
    full = np.zeros(sums.shape[-2:], bool)
    full[:, : shown.shape[1]] = shown
    return np.where(full, sums, np.nan)


def broken(counts: Counts, shown: Shown, threshold: int) -> Iterator[audit.Broken]:
    groups = counts.groups
    responses = groups.with_rests(counts.responses)
    places = counts.responses.shape[1]
    n_known = masked(responses, shown.groups)
    whole = small(responses, shown.groups, threshold)
    yield from (
        audit.broken_groups(
            groups, audit.Knowledge(n_known[None], n_known, False), responses, whole, threshold
        )
    )
    for number, answers in enumerate(counts.answers):
        truth = groups.with_rests(answers)
        known = audit.Knowledge(masked(truth, shown.answers[number]), n_known, True)
        real = truth[list(RATING.real)].sum(axis=0)
        of_question = [
            form for form in small(real, shown.answers[number], threshold) if form not in set(whole)
        ]
        of_question = [form for form in of_question if form.group < places]
        yield from audit.broken_answers(
            groups, f"q{number}", RATING, known, truth, whole, of_question, threshold
        )


class AttackTogether(audit.Attack):
    """All questions in one linear programme: the rows of the first, of the second, and so on.

    Each question by itself could leave open what all of them together tell of the number of people.
    """

    def __init__(self, groups: Groups, known: Sequence[audit.Knowledge]):
        rows = known[0].values.shape[0]
        together = known[0]._replace(values=np.concatenate([one.values for one in known]), tied=False)
        super().__init__(groups, together)
        every, publications, size = self.shape
        people, numbers = self._published(known[0].responses, list(range(rows)))
        blocks, right = [self.matrix, people], [self.right, numbers]
        for first in range(rows, every, rows):
            as_many = np.zeros((1, every))
            as_many[0, :rows], as_many[0, first : first + rows] = 1, -1
            blocks.append(sparse.kron(as_many, sparse.eye(publications * size)))
            right.append(np.zeros(publications * size))
        self.matrix, self.right = sparse.vstack(blocks).tocsr(), np.concatenate(right)


def broken_together(counts: Counts, shown: Shown, threshold: int) -> Iterator[tuple[int, Place]]:
    """What comes out of all questions in one linear programme, in which each says how many people there are.

    Question and place; where the place is a small group, or where few answered.
    """
    groups, rows, real_rows = counts.groups, len(POINTS), RATING.real
    responses = groups.with_rests(counts.responses)
    n_known = masked(responses, shown.groups)
    whole = small(responses, shown.groups, threshold)
    truths = [groups.with_rests(answers) for answers in counts.answers]
    known = [masked(truth, of_one) for truth, of_one in zip(truths, shown.answers, strict=True)]
    attack = AttackTogether(groups, [audit.Knowledge(values, n_known, True) for values in known])
    for number, truth in enumerate(truths):
        every, real = (
            [number * rows + row for row in range(rows)],
            [number * rows + row for row in real_rows],
        )
        for form, _bounds in audit.not_kept(attack, whole, every, real, threshold):
            yield number, audit.name_of(groups, form)
        told = suppression.known_alike(groups, truth[list(real_rows)], ~np.isnan(known[number][0]))
        for form in whole:
            value = audit.only_value(truth, RATING, form)
            if value is None or suppression.is_told(form, told):
                continue
            if not attack.can_differ(form, real, number * rows + value):
                yield number, audit.name_of(groups, form)
        answered = truth[list(real_rows)].sum(axis=0)
        few = [
            form
            for form in small(answered, shown.answers[number], threshold)
            if form not in set(whole) and form.group < counts.responses.shape[1]
        ]
        reached = attack.can_reach(few, real, threshold)
        for form in few:
            if form not in reached and attack.bounds(form, real).high < threshold - audit.TOLERANCE:
                yield number, audit.name_of(groups, form)


def small(counts: np.ndarray, shown: np.ndarray, threshold: int) -> list[Form]:
    full = np.zeros((len(shown), counts.shape[1]), bool)
    full[:, : shown.shape[1]] = shown
    return suppression.small_forms(counts, full[:-1], threshold)
