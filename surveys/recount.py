"""`recount`: tallies and quality counts once more, in plain SQL over the rows; on purpose no code of release."""

import re
from typing import Any, NamedTuple

from django.db import connection

from surveys import indicator_recount, quality_recount
from surveys.models import Wave, WeightingRun


class Difference(NamedTuple):
    question: str
    value: str
    breakdown: str
    cell: str
    stored: tuple[float, ...]
    recounted: tuple[float, ...]


CELLS_SQLITE = """
    SELECT r.id AS response_id, c.key AS breakdown, c.value AS cell
    FROM surveys_response r, json_each(r.cells) c WHERE r.wave_id = :wave
"""
CELLS_POSTGRESQL = """
    SELECT r.id AS response_id, c.key AS breakdown, c.value AS cell
    FROM surveys_response r, jsonb_each_text(r.cells) c WHERE r.wave_id = :wave
"""
ABOVE_SQLITE = """
    SELECT p.key AS cell, a.value AS above
    FROM surveys_wave w, json_each(w.unit_paths) p, json_each(p.value) a WHERE w.id = :wave
"""
ABOVE_POSTGRESQL = """
    SELECT p.key AS cell, a.value AS above
    FROM surveys_wave w, jsonb_each(w.unit_paths) p, jsonb_array_elements_text(p.value) a WHERE w.id = :wave
"""
PAIRS_SQLITE = """
    SELECT json_extract(p.value, '$[0]') AS one, json_extract(p.value, '$[1]') AS other
    FROM surveys_wave w, json_each(w.pairs) p WHERE w.id = :wave
"""
PAIRS_POSTGRESQL = """
    SELECT p ->> 0 AS one, p ->> 1 AS other
    FROM surveys_wave w, jsonb_array_elements(w.pairs) p WHERE w.id = :wave
"""
FACTS_AND_PLACES = """
WITH own AS ({cells}),
above AS ({above}),
pairs AS ({pairs}),
cells AS (
    SELECT response_id, breakdown, cell FROM own
    UNION ALL SELECT own.response_id, own.breakdown, above.above
              FROM own JOIN above ON own.breakdown = 'unit' AND own.cell = above.cell
),
places AS (
    SELECT id AS response_id, '' AS breakdown, '' AS cell FROM surveys_response WHERE wave_id = :wave
    UNION ALL SELECT response_id, breakdown, cell FROM cells
    UNION ALL SELECT a.response_id, pairs.one || '×' || pairs.other, a.cell || '×' || b.cell
              FROM pairs JOIN cells a ON a.breakdown = pairs.one
              JOIN cells b ON b.breakdown = pairs.other AND b.response_id = a.response_id
),
facts AS (
    SELECT id AS response_id, '' AS question, '' AS value, CAST(NULL AS double precision) AS number
    FROM surveys_response WHERE wave_id = :wave
    UNION ALL SELECT a.response_id, a.question, a.value, NULL
              FROM surveys_answer a JOIN surveys_response r ON r.id = a.response_id WHERE r.wave_id = :wave
    UNION ALL SELECT a.response_id, a.question, '', a.number
              FROM surveys_answer a JOIN surveys_response r ON r.id = a.response_id
              WHERE r.wave_id = :wave AND a.number IS NOT NULL
    {indicators}
)
"""
RECOUNT = """
SELECT f.question, f.value, p.breakdown, p.cell, COUNT(*), COALESCE(SUM(f.number), 0),
       COALESCE(SUM(f.number * f.number), 0)
FROM facts f JOIN places p ON p.response_id = f.response_id
GROUP BY f.question, f.value, p.breakdown, p.cell
"""
WEIGHTS_SQLITE = """
, weights AS (
    SELECT json_extract(e.value, '$.key') AS key, json_extract(e.value, '$.weight') AS w
    FROM surveys_weightingrun run, json_each(run.weights) e WHERE run.id = :run
)
"""
WEIGHTS_POSTGRESQL = """
, weights AS (
    SELECT e ->> 'key' AS key, CAST(e ->> 'weight' AS double precision) AS w
    FROM surveys_weightingrun run, jsonb_array_elements(run.weights) e WHERE run.id = :run
)
"""
WEIGHTED_RECOUNT = """
, weighted AS (
    SELECT r.id AS response_id, weights.w
    FROM surveys_response r JOIN weights ON weights.key = {key} WHERE r.wave_id = :wave
)
SELECT f.question, f.value, p.breakdown, p.cell, COUNT(*), SUM(w.w), SUM(w.w * w.w),
       COALESCE(SUM(w.w * f.number), 0), COALESCE(SUM(w.w * f.number * f.number), 0),
       COALESCE(SUM(w.w * w.w * f.number), 0), COALESCE(SUM(w.w * w.w * f.number * f.number), 0)
FROM facts f JOIN places p ON p.response_id = f.response_id JOIN weighted w ON w.response_id = f.response_id
GROUP BY f.question, f.value, p.breakdown, p.cell
"""
WEIGHTED_STORED = """
SELECT question, value, breakdown, cell, n, weight, weight_squares, total, squares, total_by_squares,
       squares_by_squares
FROM surveys_weightedtally WHERE run_id = :run
"""
STORED = """
SELECT question, value, breakdown, cell, n, total, squares FROM surveys_tally WHERE wave_id = :wave AND n <> 0
"""


Place = tuple[str, str, str, str]
"""question, value, breakdown, cell"""
Table = dict[Place, tuple[float, ...]]


def recount(wave: Wave) -> list[Difference]:
    """Where stored tallies and rows disagree; empty if they agree to the last answer."""
    facts, parameters = _facts_and_places(wave)
    differences = _differences(_table(STORED, parameters), _table(facts + RECOUNT, parameters), (0, 0.0, 0.0))
    for run in wave.weighting_runs.ready():
        differences += _recount_weighted(run, facts, parameters)
    return differences + [
        Difference("quality", kind, "", name, (*stored_sums, 0.0), (*recounted_sums, 0.0))
        for kind, name, stored_sums, recounted_sums in quality_recount.differences(wave)
    ]


def _recount_weighted(run: WeightingRun, facts: str, parameters: dict[str, Any]) -> list[Difference]:
    is_postgresql = connection.vendor == "postgresql"
    weights = WEIGHTS_POSTGRESQL if is_postgresql else WEIGHTS_SQLITE
    own: dict[str, Any] = {"run": run.pk}
    parts = []
    names = dict.fromkeys(name for margin in run.margins for name in margin["breakdowns"])
    for place, name in enumerate(names):
        own[f"m{place}"] = name if is_postgresql else f'$."{name}"'
        one = f"r.cells ->> CAST(:m{place} AS text)" if is_postgresql else f"json_extract(r.cells, :m{place})"
        parts.append(f"COALESCE({one}, '')")
    statement = facts + weights + WEIGHTED_RECOUNT.format(key=" || '×' || ".join(parts))
    stored, recounted = _table(WEIGHTED_STORED, own), _table(statement, parameters | own)
    return _differences(stored, recounted, (0.0,) * 7)


def _facts_and_places(wave: Wave) -> tuple[str, dict[str, Any]]:
    is_postgresql = connection.vendor == "postgresql"
    indicators, parameters = indicator_recount.facts_of(wave)
    statement = FACTS_AND_PLACES.format(
        cells=CELLS_POSTGRESQL if is_postgresql else CELLS_SQLITE,
        above=ABOVE_POSTGRESQL if is_postgresql else ABOVE_SQLITE,
        pairs=PAIRS_POSTGRESQL if is_postgresql else PAIRS_SQLITE,
        indicators=indicators,
    )
    return statement, parameters | {"wave": wave.pk}


def _table(statement: str, parameters: dict[str, Any]) -> Table:
    """ ":name" stands for a parameter."""
    statement = re.sub(r":([a-z]\w*)", r"%(\1)s", statement.replace("%", "%%"))
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return {
            (q, v, b, c): (int(n), *(float(number) for number in numbers))
            for q, v, b, c, n, *numbers in cursor.fetchall()
        }


def _differences(stored: Table, recounted: Table, nothing: tuple[float, ...]) -> list[Difference]:
    return [
        Difference(*key, stored.get(key, nothing), recounted.get(key, nothing))
        for key in sorted(stored.keys() | recounted.keys())
        if not _same(stored.get(key, nothing), recounted.get(key, nothing))
    ]


def _same(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Sums of numbers were added in another order: equal to one part in 10^9."""
    return one[0] == other[0] and all(
        abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b)) for a, b in zip(one[1:], other[1:], strict=True)
    )
