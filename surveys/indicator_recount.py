"""Indicators once more, in plain SQL over the rows. Shares no code with `surveys.indicators` on purpose.

Written for `surveys.recount`: facts (response_id, question, value, number) with named parameters.
"""

from typing import Any

from surveys.models import Wave

Parameters = dict[str, Any]

PERSON = """
SELECT response_id, :{name}_code AS question, {value} AS value, {number} AS number FROM (
    SELECT response_id, COUNT(*) AS answered, SUM(good) AS favourable FROM (
        SELECT a.response_id, a.question, MAX(CASE WHEN {favourable} THEN 1 ELSE 0 END) AS good
        FROM surveys_answer a JOIN surveys_response r ON r.id = a.response_id
        WHERE r.wave_id = :wave AND ({counted}) GROUP BY a.response_id, a.question) one
    GROUP BY response_id) person
WHERE answered >= {at_least}
"""
AVERAGE = """
SELECT a.response_id, :{name}_code AS question, '' AS value, AVG(a.number) AS number
FROM surveys_answer a JOIN surveys_response r ON r.id = a.response_id
WHERE r.wave_id = :wave AND a.number IS NOT NULL AND a.question IN ({questions})
GROUP BY a.response_id HAVING COUNT(*) >= {at_least}
"""
ALL_GOOD = "CASE WHEN favourable = answered THEN 1.0 ELSE 0.0 END"


def facts_of(wave: Wave) -> tuple[str, Parameters]:
    """("UNION ALL ..." for each indicator that has a number of its own per response, its parameters)."""
    parts, parameters = [], {}
    for place, row in enumerate(wave.indicators.all()):
        if row.content["is_per_response"]:
            name = f"i{place}"
            parameters[f"{name}_code"] = f"={row.code}"
            parts.append("UNION ALL " + _facts(name, row.content, parameters))
    return "\n".join(parts), parameters


def _facts(name: str, content: dict[str, Any], parameters: Parameters) -> str:
    more = {"name": name, "at_least": int(content["at_least"])}
    if content["formula"] == "composite":
        return AVERAGE.format(**more, questions=_listed(name, content["questions"], parameters))
    is_pooled = content["formula"] == "pooled_share"
    return PERSON.format(
        **more,
        value="CAST(answered AS varchar(9))" if is_pooled else "''",
        number="CAST(favourable AS double precision)" if is_pooled else ALL_GOOD,
        counted=_given(f"{name}c", content["counted"], parameters),
        favourable=_given(f"{name}f", content["favourable"], parameters),
    )


def _given(name: str, codes: dict[str, list[str]], parameters: Parameters) -> str:
    """A condition: the answer is one of these values to one of these questions."""
    conditions = []
    for place, (question, values) in enumerate(codes.items()):
        parameters[f"{name}{place}"] = question
        listed = _listed(f"{name}{place}v", values, parameters)
        conditions.append(f"(a.question = :{name}{place} AND a.value IN ({listed}))")
    return " OR ".join(conditions)


def _listed(name: str, values: list[str], parameters: Parameters) -> str:
    names = [f"{name}_{place}" for place in range(len(values))]
    parameters.update(zip(names, values, strict=True))
    return ", ".join(f":{one}" for one in names) or "NULL"
