"""Indicators: what one is worth in a response, kept as tallies "=code", and what it is for a cell from its tallies.

The definition that a wave counts by is worked out against the version that was asked and kept with the wave, so that
the figure goes on meaning what it meant when the questionnaire changes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from cxportal.organisation.texts import texts_of
from surveys import breakdowns
from surveys.models import Answer, CountedIndicator, Indicator, Response, Tally, Wave
from surveys.publishing import Content, questions_in
from surveys.statistics import estimates, weighted
from surveys.statistics.estimates import Answered, Estimate, Sums
from surveys.statistics.weighted import WeightedSums

MARK = "="
Formula = Indicator.Formula
PERCENT = 100
ASKS_NO_FIGURE = {"information", "short_text", "long_text"}
DOES_NOT_COUNT = {"name", "target", "high_is_good"}
"""Parts of a definition that change what is said of a figure, not the figure."""
RECOMMEND_POINTS = [str(number) for number in range(11)]
PROMOTERS, DETRACTORS = frozenset(RECOMMEND_POINTS[9:]), frozenset(RECOMMEND_POINTS[:7])


class Definition(NamedTuple):
    """An indicator as a wave counts it. `counted` and `favourable`: question -> codes of answers."""

    code: str
    formula: str
    questions: tuple[str, ...]
    counted: Mapping[str, frozenset[str]]
    favourable: Mapping[str, frozenset[str]]
    at_least: int
    """How many of the questions a person must have answered."""
    is_per_response: bool
    """Whether each response has a number of its own; otherwise the sums of its questions are enough."""
    target: float | None
    high_is_good: bool
    name: Mapping[str, str]

    @property
    def tally_code(self) -> str:
        return f"{MARK}{self.code}"

    @property
    def kind(self) -> str:
        """How two of its figures are compared, see `statistics.change.Kind`."""
        if self.formula == Formula.NPS:
            return "nps"
        return "share" if self.formula in Indicator.IS_SHARE else "mean"


class Figure(NamedTuple):
    """What is shown of an indicator in one cell."""

    estimate: Estimate
    left_out: int
    """Answers of the easier version that are not in it, because their scale is another one."""
    target: estimates.Against | None


# ---------- what an indicator is in a wave ----------


class Askable(NamedTuple):
    """One thing asked that an indicator may be made of: a row of a grid is one, the rank of a choice another."""

    code: str
    kind: str
    scale: Content | None
    choices: tuple[str, ...]


def askable_in(content: Content) -> dict[str, Askable]:
    found: dict[str, Askable] = {}
    for question in questions_in(content):
        code, kind = question["code"], question["kind"]
        choices = tuple(choice["code"] for choice in question.get("choices", []))
        if kind in ASKS_NO_FIGURE:
            continue
        if kind == "ranking":
            found |= {
                f"{code}.{choice}": Askable(f"{code}.{choice}", "number", None, ()) for choice in choices
            }
            continue
        for name in [f"{code}.{item['code']}" for item in question.get("items", [])] or [code]:
            found[name] = Askable(name, kind, question.get("scale"), choices)
    return found


def faults_in(indicator: Indicator, content: Content) -> list[str]:
    """Sentences about why this version cannot be counted by it; empty if it can."""
    asked = askable_in(content)
    name = {"indicator": indicator.code}
    if not indicator.questions:
        return [_("“%(indicator)s” has no question yet.") % name]
    missing = [code for code in indicator.questions if code not in asked]
    if missing:
        words = _("“%(indicator)s” needs questions that are not asked: %(questions)s.")
        return [words % (name | {"questions": ", ".join(missing)})]
    if indicator.formula in Indicator.OF_ONE_QUESTION and len(indicator.questions) != 1:
        return [_("“%(indicator)s” is a figure of one question.") % name]
    questions = [asked[code] for code in indicator.questions]
    faults = [fault for question in questions for fault in _faults_of(indicator, question)]
    if indicator.formula == Formula.COMPOSITE and len({_ruler_of(question) for question in questions}) > 1:
        faults.append(_("The questions of “%(indicator)s” have different scales.") % name)
    return faults


def _faults_of(indicator: Indicator, question: Askable) -> Iterator[str]:
    words = {"indicator": indicator.code, "question": question.code}
    if indicator.formula in (Formula.MEAN, Formula.EFFORT, Formula.COMPOSITE):
        if question.kind != "number" and not (question.scale and question.scale["numeric"]):
            yield _("A mean cannot be taken of “%(question)s”: its points are no numbers.") % words
    elif indicator.formula == Formula.NPS:
        if _codes_of(question) != frozenset(RECOMMEND_POINTS):
            yield _("NPS needs a scale from 0 to 10; “%(question)s” has another one.") % words
    elif not _favourable_of(indicator, question):
        yield _("“%(indicator)s”: no answer to “%(question)s” counts as favourable.") % words


def definition_of(indicator: Indicator, content: Content) -> Definition:
    """Worked out against a version without faults."""
    asked = askable_in(content)
    questions = [asked[code] for code in indicator.questions]
    single = indicator.formula in Indicator.OF_ONE_QUESTION and questions[0].kind != "multiple"
    everything = len(questions) if indicator.formula == Formula.ALL_OF else 1
    half = (len(questions) + 1) // 2
    return Definition(
        code=indicator.code,
        formula=indicator.formula,
        questions=tuple(indicator.questions),
        counted={question.code: _counted_of(indicator, question) for question in questions},
        favourable={question.code: _favourable_of(indicator, question) for question in questions},
        at_least=half if indicator.formula == Formula.COMPOSITE else everything,
        is_per_response=not single,
        target=indicator.target,
        high_is_good=indicator.high_is_good,
        name=texts_of(indicator, "name"),
    )


def _codes_of(question: Askable) -> frozenset[str]:
    points = question.scale["points"] if question.scale else []
    return frozenset(point["code"] for point in points) or frozenset(question.choices)


def _counted_of(indicator: Indicator, question: Askable) -> frozenset[str]:
    """The answers in the denominator. A box of the full scale has no place in the easier one."""
    codes = _codes_of(question)
    easier = (question.scale or {}).get("simple")
    if easier and indicator.favourable == Indicator.Favourable.DECLARED:
        codes |= {point["code"] for point in easier["points"]}
    return codes


def _favourable_of(indicator: Indicator, question: Askable) -> frozenset[str]:
    if indicator.formula == Formula.NPS:
        return PROMOTERS
    if indicator.favourable == Indicator.Favourable.CHOSEN:
        return frozenset(indicator.values.replace(",", " ").split()) & _codes_of(question)
    points = question.scale["points"] if question.scale else []
    if indicator.formula == Formula.GOAL or indicator.favourable == Indicator.Favourable.DECLARED:
        easier = (question.scale or {}).get("simple", {}).get("points", [])
        return frozenset(point["code"] for point in [*points, *easier] if point["favourable"])
    boxes = 1 if indicator.favourable == Indicator.Favourable.TOP_ONE else 2
    low_is_good = question.scale is not None and question.scale["high_is_good"] is False
    best_first = sorted(points, key=lambda point: point["value"], reverse=not low_is_good)
    return frozenset(point["code"] for point in best_first[:boxes])


def _ruler_of(question: Askable) -> tuple[float, ...]:
    return tuple(sorted(point["value"] for point in question.scale["points"])) if question.scale else ()


def as_content(definition: Definition) -> dict[str, Any]:
    return definition._asdict() | {
        "questions": list(definition.questions),
        "counted": {code: sorted(values) for code, values in definition.counted.items()},
        "favourable": {code: sorted(values) for code, values in definition.favourable.items()},
        "name": dict(definition.name),
    }


def from_content(content: Mapping[str, Any]) -> Definition:
    known = {name: content[name] for name in Definition._fields}
    return Definition(**known)._replace(
        questions=tuple(content["questions"]),
        counted={code: frozenset(values) for code, values in content["counted"].items()},
        favourable={code: frozenset(values) for code, values in content["favourable"].items()},
    )


def counted_in(wave: Wave) -> list[Definition]:
    """The indicators that the wave counts, in their order."""
    return [from_content(row.content) for row in wave.indicators.all()]


# ---------- one response ----------


GivenAnswer = tuple[str, str, float | None]
"""question, value, number"""


def numbers_of(definition: Definition, answers: Iterable[GivenAnswer]) -> tuple[str, float] | None:
    """(value, number) under which a response is tallied; None where it is not counted.

    A pooled share is tallied under the number of questions answered, everything else under "".
    """
    given: dict[str, list[tuple[str, float | None]]] = defaultdict(list)
    for question, value, number in answers:
        if question in definition.counted:
            given[question].append((value, number))
    if definition.formula == Formula.COMPOSITE:
        numbers = [number for values in given.values() for _value, number in values if number is not None]
        return ("", sum(numbers) / len(numbers)) if len(numbers) >= definition.at_least else None
    answered = {
        question: {value for value, _number in values} & definition.counted[question]
        for question, values in given.items()
    }
    answered = {question: values for question, values in answered.items() if values}
    if len(answered) < definition.at_least:
        return None
    favourable = sum(bool(values & definition.favourable[question]) for question, values in answered.items())
    if definition.formula == Formula.POOLED_SHARE:
        return str(len(answered)), float(favourable)
    return "", float(favourable == len(answered))


def tallied(
    definitions: Iterable[Definition], answers: Iterable[GivenAnswer]
) -> Iterator[tuple[str, str, float]]:
    """(tally question, value, number) of everything a response adds to the sums of indicators."""
    answers = list(answers)
    for definition in definitions:
        if definition.is_per_response and (found := numbers_of(definition, answers)):
            yield definition.tally_code, *found


# ---------- a cell, from its tallies ----------


CellSums = Mapping[tuple[str, str], Sums]
"""(question, value) -> sums, of one cell; as `Tally` holds them."""
WeightedCellSums = Mapping[tuple[str, str], WeightedSums]
NOTHING, NO_WEIGHT = Sums(0, 0.0, 0.0), WeightedSums()


def figure_of(definition: Definition, sums: CellSums) -> Figure | None:
    """The indicator in one cell, with target; None where nobody answered."""
    estimate = estimate_of(definition, sums)
    if estimate is None:
        return None
    against = target_of(definition)
    return Figure(
        estimate,
        left_out_of(definition, sums),
        None
        if against is None
        else estimates.against_target(estimate, against, high_is_good=definition.high_is_good),
    )


def target_of(definition: Definition) -> float | None:
    """In the unit of the estimate: targets of shares are entered in per cent."""
    if definition.target is None:
        return None
    return definition.target / PERCENT if definition.kind == "share" else definition.target


def estimate_of(definition: Definition, sums: CellSums) -> Estimate | None:
    code = definition.tally_code
    if definition.formula == Formula.POOLED_SHARE:
        return estimates.pooled_share(
            Answered(int(value), *found) for (question, value), found in sums.items() if question == code
        )
    if definition.formula == Formula.COMPOSITE:
        return estimates.composite_mean(*sums.get((code, ""), NOTHING))
    if definition.is_per_response:
        found = sums.get((code, ""), NOTHING)
        return estimates.share(found.total, found.n)
    (question,) = definition.questions
    if definition.formula in (Formula.MEAN, Formula.EFFORT):
        return estimates.mean(*sums.get((question, ""), NOTHING))
    counts = {value: sums.get((question, value), NOTHING).n for value in definition.counted[question]}
    favourable = sum(counts[value] for value in definition.favourable[question])
    if definition.formula == Formula.NPS:
        detractors = sum(counts[value] for value in DETRACTORS)
        return estimates.nps(favourable, sum(counts.values()) - favourable - detractors, detractors)
    return estimates.share(favourable, sum(counts.values()))


def left_out_of(definition: Definition, sums: CellSums) -> int:
    """Answers given in the easier version that the figure does not hold.

    Of a mean: all whose point is not a number of its scale; of a top box: those on the easier scale. Of figures over
    several questions, the answers to all of them are counted.
    """
    given = {
        place: found.n
        for place, found in sums.items()
        if place[0] in definition.counted and place[1] and not place[1].startswith(":")
    }
    if definition.formula in (Formula.MEAN, Formula.EFFORT, Formula.COMPOSITE):
        with_number = sum(sums.get((question, ""), NOTHING).n for question in definition.questions)
        return sum(given.values()) - with_number
    return sum(n for (question, value), n in given.items() if value not in definition.counted[question])


def weighted_estimate_of(definition: Definition, sums: WeightedCellSums) -> Estimate | None:
    """The same figure from weighted tallies."""
    code = definition.tally_code
    if definition.formula == Formula.POOLED_SHARE:
        return weighted.weighted_pooled_share(
            {int(value): found for (question, value), found in sums.items() if question == code}
        )
    if definition.formula == Formula.COMPOSITE:
        return weighted.weighted_mean(sums.get((code, ""), NO_WEIGHT))
    if definition.is_per_response:
        return weighted.weighted_pooled_share({1: sums.get((code, ""), NO_WEIGHT)})
    (question,) = definition.questions
    if definition.formula in (Formula.MEAN, Formula.EFFORT):
        return weighted.weighted_mean(sums.get((question, ""), NO_WEIGHT))
    answered = definition.counted[question]
    favourable = _together(sums, question, definition.favourable[question])
    if definition.formula == Formula.NPS:
        return weighted.weighted_nps(
            favourable,
            _together(sums, question, answered - PROMOTERS - DETRACTORS),
            _together(sums, question, DETRACTORS),
        )
    return weighted.weighted_share(favourable, _together(sums, question, answered))


def _together(sums: WeightedCellSums, question: str, values: Iterable[str]) -> WeightedSums:
    return sum((sums.get((question, value), NO_WEIGHT) for value in values), NO_WEIGHT)


# ---------- keeping waves up to date ----------


@transaction.atomic
def synchronise(wave: Wave) -> list[str]:
    """Let a wave count the indicators of its survey as they are now. Returns the codes that changed.

    What was counted already is counted anew for them, from the rows. Doing it again does no harm.
    """
    wave = Wave.objects.select_for_update(no_key=True, of=("self",)).select_related("version").get(pk=wave.pk)
    if wave.version is None:
        return []
    wanted = _wanted(wave)
    before = {row.code: (row.content, row.position) for row in wave.indicators.all()}
    changed = [
        code
        for code, (content, _place) in wanted.items()
        if code not in before or _counts_otherwise(before[code][0], content)
    ]
    gone = [code for code in before if code not in wanted]
    Tally.objects.filter(wave=wave, question__in=[f"{MARK}{code}" for code in [*changed, *gone]]).delete()
    wave.indicators.filter(code__in=gone).delete()
    for code, (content, position) in wanted.items():
        if before.get(code) != (content, position):
            CountedIndicator.objects.update_or_create(
                wave=wave, code=code, defaults={"content": content, "position": position}
            )
    _count_rows(wave, [from_content(wanted[code][0]) for code in changed])
    return changed + gone


def _wanted(wave: Wave) -> dict[str, tuple[dict[str, Any], int]]:
    """code -> (definition, position), of those that this version can be counted by."""
    content = wave.version.content  # type: ignore[union-attr]
    return {
        indicator.code: (as_content(definition_of(indicator, content)), place)
        for place, indicator in enumerate(Indicator.objects.filter(survey_id=wave.survey_id))
        if not faults_in(indicator, content)
    }


def _counts_otherwise(before: dict[str, Any], now: dict[str, Any]) -> bool:
    return any(before.get(name) != now[name] for name in now if name not in DOES_NOT_COUNT)


def _count_rows(wave: Wave, definitions: list[Definition]) -> None:
    sums: dict[tuple[str, str, str, str], Sums] = defaultdict(lambda: NOTHING)
    for cells, facts in numbers_in(wave, definitions):
        for place in breakdowns.tallied_cells(wave, cells):
            for question, value, number in facts:
                n, total, squares = sums[question, value, *place]
                sums[question, value, *place] = Sums(n + 1, total + number, squares + number * number)
    names = ("question", "value", "breakdown", "cell")
    rows = (
        Tally(wave=wave, **dict(zip(names, key, strict=True)), **found._asdict())
        for key, found in sums.items()
    )
    Tally.objects.bulk_create(rows, batch_size=500)


def numbers_in(
    wave: Wave, definitions: list[Definition]
) -> Iterator[tuple[breakdowns.Cells, list[tuple[str, str, float]]]]:
    """(cells, what the response adds to indicators), one response after the other; memory stays small."""
    definitions = [definition for definition in definitions if definition.is_per_response]
    if not definitions:
        return
    asked = {question for definition in definitions for question in definition.questions}
    cells = Response.objects.filter(wave=wave).values_list("pk", "cells").order_by("pk").iterator()
    answers = (
        Answer.objects.filter(response__wave=wave, question__in=asked)
        .order_by("response_id")
        .values_list("response_id", "question", "value", "number")
        .iterator()
    )
    responses = iter(cells)
    for response_id, rows in groupby(answers, key=lambda row: row[0]):
        own = next(found for pk, found in responses if pk == response_id)
        yield (
            own,
            list(tallied(definitions, [(question, value, number) for _pk, question, value, number in rows])),
        )


def number_of_person(definition: Definition, answers: Iterable[GivenAnswer]) -> float | None:
    """What the indicator is for one person, where one can be said: a number, 1 or 0, the points of NPS."""
    if definition.formula in (Formula.MEAN, Formula.EFFORT):
        return next((number for _question, _value, number in answers if number is not None), None)
    if definition.formula == Formula.NPS:
        given = {value for _question, value, _number in answers}
        if not given & definition.counted[definition.questions[0]]:
            return None
        return 100.0 * (bool(given & PROMOTERS) - bool(given & DETRACTORS))
    found = numbers_of(definition, answers)
    if found is None or definition.formula != Formula.POOLED_SHARE:
        return found[1] if found else None
    answered, favourable = found
    return favourable / int(answered)
