"""How well a questionnaire was answered, counted when answers are released. Nothing is thrown away because of it.

    contradiction   answers that cannot both be true, of responses that answered both questions
    same_point      one and the same point for everything in a grid of four or more, of responses that rated all of it
    empty           things asked and left empty, of things asked; each thing in a grid is one, and so are reasons
    responses       how many there are

Only sums over a wave are kept.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from django.db import connection

from surveys.counting import Counted
from surveys.models import Answer, QualityCount, Version, Wave
from surveys.publishing import Content, questions_in

SMALLEST_GRID = 4
Kind = QualityCount.Kind
Key = tuple[str, str]
"""kind, name"""
Values = Mapping[str, frozenset[str] | set[str]]


class Side(NamedTuple):
    """One half of a contradiction. No values: any answer."""

    question: str
    values: frozenset[str]

    def answers_in(self, given: Values) -> list[str]:
        return [value for value in given.get(self.question, ()) if is_answer(value) or value in self.values]

    def holds(self, answers: list[str]) -> bool:
        return any(value in self.values for value in answers) if self.values else bool(answers)


class Checks(NamedTuple):
    """What is looked at in the answers to one version."""

    pairs: tuple[tuple[str, Side, Side], ...]
    grids: tuple[tuple[str, tuple[str, ...]], ...]
    thing_of: dict[str, str]
    """Rows of a ranking -> the one thing that was asked."""


_checks: dict[tuple[int, str], Checks] = {}


def checks_of(version_ids: set[int]) -> dict[int, Checks]:
    """What to look at in each version. A version never changes, so it is worked out once."""
    found = {}
    for pk, digest in Version.objects.filter(pk__in=version_ids).values_list("pk", "digest"):
        if (pk, digest) not in _checks:
            if len(_checks) > 50:
                _checks.clear()
            _checks[pk, digest] = checks_in(Version.objects.get(pk=pk).content)
        found[pk] = _checks[pk, digest]
    return found


def checks_in(content: Content) -> Checks:
    pairs, grids = [], []
    thing_of: dict[str, str] = {}
    for pair in content.get("contradictions", []):
        first, second = (
            Side(side["question"], frozenset(side["values"])) for side in (pair["first"], pair["second"])
        )
        pairs.append((pair["code"], first, second))
    for question in questions_in(content):
        code = question["code"]
        if question["kind"] == "grid" and len(question["items"]) >= SMALLEST_GRID:
            grids.append((code, tuple(f"{code}.{item['code']}" for item in question["items"])))
        if question["kind"] == "ranking":
            thing_of |= {f"{code}.{choice['code']}": code for choice in question["choices"]}
    return Checks(tuple(pairs), tuple(grids), thing_of)


def add_counts(wave: Wave, batch: Iterable[Counted]) -> None:
    """Add what is found in one batch to the sums of its wave. The caller holds the transaction."""
    batch = list(batch)
    checks = checks_of({one.submission.version_id for one in batch})
    sums: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for one in batch:
        for key, n, of in found_in(checks[one.submission.version_id], one.answers):
            sums[key][0] += n
            sums[key][1] += of
    _store(wave, sums)


def found_in(
    checks: Checks, answers: Iterable[tuple[str, str, float | None]]
) -> Iterator[tuple[Key, int, int]]:
    given: dict[str, set[str]] = defaultdict(set)
    for question, value, _number in answers:
        given[question].add(value)
    yield (Kind.RESPONSES.value, ""), 1, 1
    empty = sum(Answer.EMPTY in values for values in given.values())
    asked = {checks.thing_of.get(question, question) for question in given} if checks.thing_of else given
    yield (Kind.EMPTY.value, ""), empty, len(asked)
    for code, first, second in checks.pairs:
        one, other = first.answers_in(given), second.answers_in(given)
        if one and other:
            yield (Kind.CONTRADICTION.value, code), int(first.holds(one) and second.holds(other)), 1
    for code, items in checks.grids:
        points = [next(iter(given[item]), "") if item in given else "" for item in items]
        if all(is_answer(point) for point in points):
            yield (Kind.SAME_POINT.value, code), int(len(set(points)) == 1), 1


def is_answer(value: str) -> bool:
    """Not empty, not "not for me", not "I do not know"; but a text that was given is one."""
    return bool(value) and (value[0] != ":" or value == ":given")


def _store(wave: Wave, sums: Mapping[Key, list[int]]) -> None:
    table = QualityCount._meta.db_table
    statement = (
        f'INSERT INTO {table} (wave_id, kind, name, n, "of") VALUES (%s, %s, %s, %s, %s) '  # noqa: S608
        "ON CONFLICT (wave_id, kind, name) DO UPDATE SET "
        f'n = {table}.n + excluded.n, "of" = {table}."of" + excluded."of"'
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(wave.pk, *key, *sums[key]) for key in sorted(sums)])


# ---------- what is shown ----------


class Shown(NamedTuple):
    """One line: `percent` of `of`. None where so few are concerned that they could be told apart."""

    kind: Kind
    name: str
    of: int
    percent: int | None
    is_nearly_all: bool = False


def shown(wave: Wave) -> list[Shown]:
    """What a person may see of the counts of a wave; nothing before there are as many answers as its smallest group."""
    counts = {(row.kind, row.name): row for row in wave.quality_counts.all()}
    responses = counts.pop((Kind.RESPONSES.value, ""), None)
    if responses is None or responses.n < wave.threshold:
        return []
    order = list(Kind.values)
    return [
        _shown(row, wave.threshold)
        for _key, row in sorted(counts.items(), key=lambda one: (order.index(one[0][0]), one[0][1]))
        if row.of >= wave.threshold
    ]


def _shown(row: QualityCount, threshold: int) -> Shown:
    few, nearly_all = row.n < threshold, row.of - row.n < threshold
    hidden = (few or nearly_all) and row.kind != Kind.EMPTY
    percent = None if hidden else round(100 * row.n / row.of)
    return Shown(Kind(row.kind), row.name, row.of, percent, nearly_all and not few)
