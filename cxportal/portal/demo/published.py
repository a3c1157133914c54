"""From figures as they were published to answers that have them: for each person, what must be answered to what."""

import random
from collections.abc import Mapping, Sequence

from cxportal.portal.demo.margins import given_out, ratings, said_no, ticks
from surveys.indicators import Definition
from surveys.models import Indicator
from surveys.questionnaire import Content

Formula = Indicator.Formula
Given = dict[str, str]
"""Field -> code, for one person."""
UNLIKE = 0.2
"""How far the answers of one person lie apart."""


def with_figures(
    figures: Mapping[str, float],
    definitions: Sequence[Definition],
    questions: Mapping[str, Content],
    contentment: Sequence[float],
    dice: random.Random,
) -> list[Given]:
    """`figures`: code of an indicator -> its value, a share from 0 to 1. Answers of the content are better."""
    wanted = {one.code: one for one in definitions if one.code in figures}
    if missing := set(figures) - set(wanted):
        raise LookupError(f"No such indicator: {', '.join(sorted(missing))}")
    found: list[Given] = [{} for _each in contentment]
    together = [one for one in wanted.values() if one.formula == Formula.ALL_OF]
    for one in together:
        _yes_to_all(one, list(wanted.values()), figures, questions, contentment, found)
    settled = {question for one in together for question in one.questions}
    for one in wanted.values():
        if one in together or set(one.questions) <= settled:
            continue
        mood = [content + dice.gauss(0, UNLIKE) for content in contentment]
        if one.formula == Formula.POOLED_SHARE:
            _pooled(one, figures[one.code], questions, mood, found, dice)
            continue
        codes = _of_one_question(one, figures[one.code], questions, len(mood), dice)
        for given, code in zip(found, given_out(codes, mood), strict=True):
            given[one.questions[0]] = code
    return found


def _of_one_question(
    one: Definition, value: float, questions: Mapping[str, Content], n: int, dice: random.Random
) -> list[str]:
    """The worst first."""
    (question,) = one.questions
    points = _points(questions, question)
    if one.formula in Indicator.IS_SHARE:
        good, bad = _good_and_bad(one, question, questions)
        tail = [dice.choice(good if ticked else bad) for ticked in ticks(n, value)]
        return sorted(tail, key=[point["code"] for point in points].index)
    code_of = {point["value"]: point["code"] for point in points}
    return [code_of[rating] for rating in ratings(n, value, list(code_of), dice)]


def _yes_to_all(
    one: Definition,
    others: Sequence[Definition],
    figures: Mapping[str, float],
    questions: Mapping[str, Content],
    contentment: Sequence[float],
    found: list[Given],
) -> None:
    shares = {other.questions[0]: figures[other.code] for other in others if other.formula == Formula.SHARE}
    yes = {question: shares.get(question, 1.0) for question in one.questions}
    noes = given_out(said_no(len(found), yes, figures[one.code]), contentment)
    for given, no in zip(found, noes, strict=True):
        for question in one.questions:
            good, bad = _good_and_bad(one, question, questions)
            given[question] = (bad if question in no else good)[0]


def _pooled(
    one: Definition,
    value: float,
    questions: Mapping[str, Content],
    mood: Sequence[float],
    found: list[Given],
    dice: random.Random,
) -> None:
    """The share of all answers together; which question gets the unfavourable ones is left to chance."""
    places = [(person, question) for person in range(len(found)) for question in one.questions]
    moods = [mood[person] + dice.gauss(0, UNLIKE) for person, _question in places]
    for (person, question), is_good in zip(places, given_out(ticks(len(places), value), moods), strict=True):
        good, bad = _good_and_bad(one, question, questions)
        found[person][question] = dice.choice(good if is_good else bad)


def _good_and_bad(
    one: Definition, question: str, questions: Mapping[str, Content]
) -> tuple[list[str], list[str]]:
    codes = [point["code"] for point in _points(questions, question)]
    favourable = one.favourable[question]
    return [code for code in codes if code in favourable], [code for code in codes if code not in favourable]


def _points(questions: Mapping[str, Content], question: str) -> list[Content]:
    return questions[question.partition(".")[0]]["scale"]["points"]
