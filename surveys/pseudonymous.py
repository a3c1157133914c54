"""Answers of confidential waves by the pseudonym they carry: what somebody is shown, and what is taken out again.

Nobody here knows whose pseudonym it is. Comments carry none, so they are neither found nor taken out.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F

from surveys import quality, weighting
from surveys.counting import Counted
from surveys.models import Answer, QualityCount, Response, Submission, Tally, Wave
from surveys.publishing import questions_in
from surveys.release import Sums, add_to_tallies, tallies_of


def answers_under(pseudonyms: Iterable[str]) -> list[dict[str, Any]]:
    """One entry per questionnaire sent: wave, question in its source language, code and value; waiting ones too."""
    wanted = [pseudonym for pseudonym in pseudonyms if pseudonym]
    counted = Response.objects.filter(pseudonym__in=wanted).select_related("wave", "version")
    waiting = Submission.objects.filter(pseudonym__in=wanted).select_related("wave", "version")
    return [
        _shown(response, [(answer.question, answer.value) for answer in response.answers.all()])
        for response in counted.prefetch_related("answers").order_by("wave", "pk")
    ] + [
        _shown(
            submission, [tuple(pair) for pair in submission.content["values"] + submission.content["texts"]]
        )
        for submission in waiting.order_by("wave", "pk")
    ]


def has_answers(pseudonyms: Iterable[str]) -> bool:
    wanted = [pseudonym for pseudonym in pseudonyms if pseudonym]
    return bool(wanted) and (
        Response.objects.filter(pseudonym__in=wanted).exists()
        or Submission.objects.filter(pseudonym__in=wanted).exists()
    )


def _shown(filled: Response | Submission, answers: list[tuple[str, str]]) -> dict[str, Any]:
    texts = {question["code"]: _source_text(question) for question in questions_in(filled.version.content)}
    return {
        "wave": filled.wave.code,
        "wave_name": filled.wave.name,
        "language": filled.language,
        "answers": [
            {"question": code, "text": texts.get(code.partition(".")[0], ""), "value": value}
            for code, value in answers
        ],
    }


def _source_text(question: dict[str, Any]) -> str:
    text = question.get("text", "")
    return text if isinstance(text, str) else next(iter(text.values()), "")


@transaction.atomic
def withdraw(pseudonyms: Iterable[str]) -> int:
    """Take the answers out of the rows and the tallies; how many questionnaires there were.

    Publications that were made before stay as they are; the next one is without these answers.
    """
    wanted = [pseudonym for pseudonym in pseudonyms if pseudonym]
    waiting, _tables = Submission.objects.filter(pseudonym__in=wanted).delete()
    waves = Wave.objects.filter(responses__pseudonym__in=wanted).distinct().values_list("pk", flat=True)
    withdrawn = 0
    for wave in Wave.objects.filter(pk__in=list(waves)).select_for_update(no_key=True):
        withdrawn += _take_out(wave, wanted)
    return waiting + withdrawn


def _take_out(wave: Wave, pseudonyms: list[str]) -> int:
    responses = list(Response.objects.filter(wave=wave, pseudonym__in=pseudonyms).prefetch_related("answers"))
    counted = [_as_counted(response) for response in responses]
    sums = tallies_of(wave, counted)
    for sum_of_place in sums.values():
        _negate(sum_of_place)
    add_to_tallies(wave, sums)
    Tally.objects.filter(wave=wave, n=0).delete()
    for one in counted:
        _uncount_quality(wave, one)
    Answer.objects.filter(response__in=responses).delete()
    Response.objects.filter(pk__in=[response.pk for response in responses]).delete()
    weighting.count_anew(wave)
    return len(responses)


def _as_counted(response: Response) -> Counted:
    answers = [(answer.question, answer.value, answer.number) for answer in response.answers.all()]
    # of the submission only its version is looked at here
    return Counted(response.pk, response, response.cells, answers, [])  # type: ignore[arg-type]


def _negate(sums: Sums) -> None:
    sums.n, sums.total, sums.squares = -sums.n, -sums.total, -sums.squares


def _uncount_quality(wave: Wave, one: Counted) -> None:
    checks = quality.checks_of({one.submission.version_id})[one.submission.version_id]
    for (kind, name), n, of in quality.found_in(checks, one.answers):
        QualityCount.objects.filter(wave=wave, kind=kind, name=name).update(n=F("n") - n, of=F("of") - of)
