"""The quality counts once more, from the rows. Shares no code with `surveys.quality` on purpose.

Versions say what to look at; every figure is counted by the database.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import connection

from surveys.models import Version, Wave

Content = dict[str, Any]
Figures = dict[tuple[str, str], tuple[int, int]]
"""(kind, name) -> n, of"""

RESPONSES = "SELECT COUNT(*) FROM surveys_response WHERE wave_id = %s AND version_id = %s"
EMPTY = """
SELECT COUNT(*) FROM surveys_answer a JOIN surveys_response r ON r.id = a.response_id
WHERE r.wave_id = %s AND r.version_id = %s AND a.value = ':empty'
"""
ASKED = """
SELECT COUNT(*) FROM (
    SELECT DISTINCT a.response_id, a.question FROM surveys_answer a JOIN surveys_response r ON r.id = a.response_id
    WHERE r.wave_id = %s AND r.version_id = %s AND a.question NOT IN {names}) asked
"""
RANKED = """
SELECT COUNT(*) FROM surveys_response r WHERE r.wave_id = %s AND r.version_id = %s
AND EXISTS (SELECT 1 FROM surveys_answer a WHERE a.response_id = r.id AND a.question IN {names})
AND NOT EXISTS (SELECT 1 FROM surveys_answer a WHERE a.response_id = r.id AND a.question = %s)
"""
SAME_POINT = """
SELECT COUNT(CASE WHEN points = 1 THEN 1 END), COUNT(*) FROM (
    SELECT COUNT(DISTINCT a.value) AS points FROM surveys_answer a JOIN surveys_response r ON r.id = a.response_id
    WHERE r.wave_id = %s AND r.version_id = %s AND a.question IN {names} AND a.value NOT LIKE ':%%'
    GROUP BY a.response_id HAVING COUNT(DISTINCT a.question) = %s) rated
"""
PAIR = """
SELECT COUNT(CASE WHEN {first} AND {second} THEN 1 END), COUNT(*)
FROM surveys_response r WHERE {first_given} AND {second_given} AND r.wave_id = %s AND r.version_id = %s
"""
HAS = "EXISTS (SELECT 1 FROM surveys_answer a WHERE a.response_id = r.id AND a.question = %s AND ({values}))"
ANY_ANSWER = "a.value = ':given' OR a.value NOT LIKE ':%%'"


class Clause(NamedTuple):
    sql: str
    parameters: list[str]


def differences(wave: Wave) -> list[tuple[str, str, tuple[int, int], tuple[int, int]]]:
    """(kind, name, stored, recounted) wherever the two disagree."""
    stored = {(row.kind, row.name): (row.n, row.of) for row in wave.quality_counts.all()}
    recounted = figures_of(wave)
    nothing = (0, 0)
    return [
        (*key, stored.get(key, nothing), recounted.get(key, nothing))
        for key in sorted(stored.keys() | recounted.keys())
        if stored.get(key, nothing) != recounted.get(key, nothing)
    ]


def figures_of(wave: Wave) -> Figures:
    figures: Figures = {}
    for version in Version.objects.filter(pk__in=wave.responses.values("version_id")):
        for key, n, of in _figures_of_version([wave.pk, version.pk], version.content):
            before = figures.get(key, (0, 0))
            figures[key] = (before[0] + n, before[1] + of)
    return figures


def _figures_of_version(ids: list[int], content: Content) -> Iterator[tuple[tuple[str, str], int, int]]:
    questions = [question for part in content["parts"] for question in part["questions"]]
    (responses,), (empty,) = _counted(RESPONSES, ids), _counted(EMPTY, ids)
    yield ("responses", ""), responses, responses
    yield ("empty", ""), empty, _things_asked(ids, questions)
    for pair in content.get("contradictions", []):
        n, of = _pair(ids, pair)
        yield ("contradiction", pair["code"]), n, of
    for question in questions:
        items = [f"{question['code']}.{item['code']}" for item in question.get("items", [])]
        if question["kind"] == "grid" and len(items) > 3:
            n, of = _counted(SAME_POINT.format(names=_places(items)), [*ids, *items, len(items)])
            yield ("same_point", question["code"]), n, of


def _things_asked(ids: list[int], questions: list[Content]) -> int:
    rankings = {
        question["code"]: [f"{question['code']}.{choice['code']}" for choice in question["choices"]]
        for question in questions
        if question["kind"] == "ranking"
    }
    ranks = [name for names in rankings.values() for name in names] or [""]
    (asked,) = _counted(ASKED.format(names=_places(ranks)), [*ids, *ranks])
    for code, names in rankings.items():
        (ranked,) = _counted(RANKED.format(names=_places(names)), [*ids, *names, code])
        asked += ranked
    return asked


def _pair(ids: list[int], pair: Content) -> tuple[int, ...]:
    first, second = (_has(side, side["values"]) for side in (pair["first"], pair["second"]))
    first_given, second_given = (
        _has(side, side["values"], or_any=True) for side in (pair["first"], pair["second"])
    )
    clauses = {"first": first, "second": second, "first_given": first_given, "second_given": second_given}
    statement = PAIR.format(**{name: clause.sql for name, clause in clauses.items()})
    return _counted(statement, [*(value for clause in clauses.values() for value in clause.parameters), *ids])


def _has(side: Content, values: list[str], *, or_any: bool = False) -> Clause:
    conditions = [f"a.value IN {_places(values)}"] if values else []
    if or_any or not values:
        conditions.append(ANY_ANSWER)
    return Clause(HAS.format(values=" OR ".join(conditions)), [side["question"], *values])


def _places(values: list[str]) -> str:
    return f"({', '.join(['%s'] * len(values))})"


def _counted(statement: str, parameters: list[Any]) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return tuple(int(value) for value in cursor.fetchone())
