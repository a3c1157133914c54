"""Pairs of answers that cannot both be true, as they stand frozen in a version."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

Content = dict[str, Any]
RESERVED = {":not_for_me": "not_for_me", ":dont_know": "dont_know"}


def faults_in(content: Content) -> Iterator[str]:
    """Sentences about pairs that name a question or an answer that does not exist."""
    questions = {question["code"]: question for part in content["parts"] for question in part["questions"]}
    for pair in content.get("contradictions", []):
        for side in (pair["first"], pair["second"]):
            yield from _faults_of_side(pair["code"], side, questions)


def _faults_of_side(pair: str, side: Content, questions: dict[str, Content]) -> Iterator[str]:
    code, _dot, thing = side["question"].partition(".")
    names = {"pair": pair, "question": side["question"]}
    known = known_values(questions[code], thing) if code in questions else None
    if known is None:
        yield _("The contradiction “%(pair)s” names “%(question)s”, which is not asked.") % names
        return
    if not known:
        return
    for value in side["values"]:
        if value not in known:
            yield (
                _("The contradiction “%(pair)s” names “%(value)s”, which is no answer to “%(question)s”.")
                % (names | {"value": value})
            )


def known_values(question: Content, thing: str) -> frozenset[str] | None:
    """Every value the question, or one thing of it, can have. Empty: any, as for numbers. None: there is no such thing."""
    reserved = [value for value, offered in RESERVED.items() if question[offered]]
    choices = [choice["code"] for choice in question.get("choices", [])]
    match question["kind"]:
        case "information" | "short_text" | "long_text":
            return None
        case "grid" if thing in [item["code"] for item in question["items"]]:
            return frozenset(_points(question) + reserved)
        case "ranking" if thing in choices:
            return frozenset(str(rank) for rank in range(1, len(choices) + 1))
        case "yes_no" | "thumbs" if thing == "reasons":
            return frozenset(choices) or None
        case _ if thing or question["kind"] in {"grid", "ranking"}:
            return None
        case "number":
            return frozenset()
        case "single" | "multiple":
            return frozenset(choices + reserved)
    return frozenset(_points(question) + reserved)


def _points(question: Content) -> list[str]:
    scale = question["scale"]
    return [point["code"] for one in (scale, scale.get("simple")) if one for point in one["points"]]
