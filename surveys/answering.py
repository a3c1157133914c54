"""What a person filled in: read from a form, checked, and turned into what the ballot box takes.

Between the pages an answer stays as the person gave it (`Given`), so that nothing typed is ever lost. Only `final`
makes the rows that are stored:

    {"values": [[question, code], ...], "texts": [[question, text], ...]}

    rating, single, yes_no, thumbs   [q, code]
    grid                             [q.item, code]
    multiple                         [q, code] for each choice; reasons after a no: [q.reasons, code]
    ranking                          [q.choice, rank]
    number                           [q, "12.5"]
    texts                            [q, ":given"] and [q, text]; of an "other" choice [q.other, text]

A question that was shown and left empty has ":empty"; one that was not shown has no row at all.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Protocol

from surveys.conditions import AllOf, AnyOf, Condition, Not
from surveys.questionnaire import (
    ASKS_REASONS_AFTER,
    Asked,
    Content,
    Field,
    Form,
    Page,
    Questionnaire,
    exclusive_of,
    other_of,
    scale_of,
)

EMPTY = ":empty"
TEXT_GIVEN = ":given"
LONGEST_KEPT = 20_000
"""Characters of one text that are carried along, however long it may be."""

Given = dict[str, list[str]]
"""Name of a field -> what was ticked or typed there."""

_UNUSABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n?")


class Posted(Protocol):
    """What Django's QueryDict does for us."""

    def getlist(self, key: str) -> list[str]: ...


class Fault(StrEnum):
    """What a person is asked to look at again. Everything but a text that is too long is asked once only."""

    MISSING = "missing"
    NO_NUMBER = "no_number"
    OUT_OF_RANGE = "out_of_range"
    CONTRADICTION = "contradiction"
    SAME_RANK = "same_rank"
    TOO_LONG = "too_long"


@dataclass(frozen=True)
class Problem:
    """`place` is the field at which it is said; `too_many` how many characters a text is too long."""

    question: str
    place: str
    fault: Fault
    too_many: int = 0


# ---------- reading a form ----------


def read_page(page: Page, posted: Posted) -> Given:
    """What was filled in on this page. Unknown fields and codes are left out; nothing here can raise."""
    read = ((name, read_field(one, posted.getlist(posted_name(name)))) for name, one in page.fields.items())
    return {name: values for name, values in read if values}


def read_field(field: Field, values: list[str]) -> list[str]:
    if field.form == Form.TYPED:
        return [text for text in (usable(values[-1]),) if text] if values else []
    known = [value for value in dict.fromkeys(values) if value in field.codes]
    return known if field.form == Form.MANY else known[-1:]


def posted_name(field_name: str) -> str:
    """Names of answers never meet those of the form itself: no question's code has a dot."""
    return f"q.{field_name}"


def usable(text: str) -> str:
    """The text without letters that no database or page can hold, and with one kind of line end."""
    return _UNUSABLE.sub("", _LINE_ENDS.sub("\n", text[:LONGEST_KEPT]))


def merged(before: Given, page: Page, now: Given) -> Given:
    """`before` with everything of this page replaced by what was filled in now."""
    return {name: values for name, values in before.items() if name not in page.fields} | now


def known_only(given: Given, questionnaire: Questionnaire, *, is_simple: bool) -> Given:
    """Without what cannot be answered in this version of the form: other scales, other surveys."""
    fields = {
        name: one for page in questionnaire.pages(is_simple=is_simple) for name, one in page.fields.items()
    }
    kept = ((name, read_field(fields[name], values)) for name, values in given.items() if name in fields)
    return {name: values for name, values in kept if values}


# ---------- conditions ----------


def visible(questionnaire: Questionnaire, given: Given) -> frozenset[str]:
    """Codes of the questions that are shown to somebody who answered like this.

    An answer to a question that is hidden itself counts for nothing.
    """
    if not questionnaire.conditions:
        return questionnaire.codes
    answers: dict[str, tuple[str, ...]] = {}
    shown = set()
    for code, question in questionnaire.questions.items():
        condition = questionnaire.conditions.get(code)
        if condition is None or condition.holds(answers):
            shown.add(code)
            if code in questionnaire.decisive and (codes := answered_codes(question, given)):
                answers[code] = codes
    return frozenset(shown)


def is_shown_on(
    page: Page, code: str, questionnaire: Questionnaire, given: Given, shown: frozenset[str]
) -> bool | None:
    """Whether a question of this page is shown; `None` where answers on this very page decide.

    `shown` is what `visible` found; of it only what stands before this page is used.
    """
    condition = questionnaire.conditions.get(code)
    return True if condition is None else _known(condition, page, questionnaire, given, shown)


def _known(
    condition: Condition, page: Page, questionnaire: Questionnaire, given: Given, shown: frozenset[str]
) -> bool | None:
    if isinstance(condition, AllOf | AnyOf):
        parts = [_known(part, page, questionnaire, given, shown) for part in condition.parts]
        decisive = isinstance(condition, AnyOf)
        if decisive in parts:
            return decisive
        return None if None in parts else not decisive
    if isinstance(condition, Not):
        known = _known(condition.part, page, questionnaire, given, shown)
        return None if known is None else not known
    if condition.question in page.codes:
        above = is_shown_on(page, condition.question, questionnaire, given, shown)
        return False if above is False else None
    if condition.question not in shown:
        return condition.holds({})
    codes = answered_codes(questionnaire.questions[condition.question], given)
    return condition.holds({condition.question: codes} if codes else {})


def answered_codes(question: Content, given: Given) -> tuple[str, ...]:
    """What conditions see of an answer. “Not for me” and “I do not know” are no answers to them.

    An easy answer also counts as the point of the full scale that has its place: of five, the middle three.
    """
    code = question["code"]
    match question["kind"]:
        case "grid":
            codes = [value for item in question["items"] for value in given.get(f"{code}.{item['code']}", ())]
        case "ranking":
            codes = [choice for choice, rank in ranks_of(question, given) if rank == "1"]
        case "number":
            number = number_of(typed(given, code))
            codes = [number] if number is not None else []
        case "short_text" | "long_text":
            codes = [TEXT_GIVEN] if typed(given, code) else []
        case _:
            codes = chosen(question, given)
    answers = [value for value in codes if value == TEXT_GIVEN or not value.startswith(":")]
    return tuple(answers + [full for value in answers if (full := full_point_of(question, value))])


def full_point_of(question: Content, code: str) -> str | None:
    scale = question.get("scale") or {}
    easy = [point["code"] for point in scale.get("simple", {}).get("points", ())]
    full = [point["code"] for point in scale.get("points", ())]
    if code not in easy or code in full:
        return None
    return full[easy.index(code) + (len(full) - len(easy)) // 2]


# ---------- what is asked about again ----------


def problems_on(page: Page, given: Given, shown: frozenset[str]) -> list[Problem]:
    """Everything on this page that a person should look at again, in the order of the page."""
    return [
        problem
        for asked in page.asked
        if asked.code in shown
        for problem in [*_faults_of(asked, given), *_too_long(page, asked, given)]
    ]


def _faults_of(asked: Asked, given: Given) -> Iterator[Problem]:
    question, code = asked.question, asked.code
    if question["required"]:
        missing = [place for place in places_of(asked) if is_empty_at(asked, place, given)]
        yield from (Problem(code, place, Fault.MISSING) for place in missing)
    if asked.kind == "number" and (text := typed(given, code)):
        number = number_of(text)
        if number is None:
            yield Problem(code, code, Fault.NO_NUMBER)
        elif not is_in_range(question, number):
            yield Problem(code, code, Fault.OUT_OF_RANGE)
    if asked.kind == "multiple":
        codes = given.get(code, [])
        if len(codes) > 1 and exclusive_of(question) & set(codes):
            yield Problem(code, code, Fault.CONTRADICTION)
    if asked.kind == "ranking":
        ranks = [rank for _choice, rank in ranks_given(question, given)]
        if len(ranks) != len(set(ranks)):
            yield Problem(code, places_of(asked)[0], Fault.SAME_RANK)


def _too_long(page: Page, asked: Asked, given: Given) -> Iterator[Problem]:
    for place in (asked.code, f"{asked.code}.other"):
        field = page.fields.get(place)
        if field and field.form == Form.TYPED:
            too_many = len(typed(given, place)) - field.max_length
            if too_many > 0:
                yield Problem(asked.code, place, Fault.TOO_LONG, too_many)


def places_of(asked: Asked) -> list[str]:
    """Where an answer to this question belongs; a grid has as many places as items."""
    if asked.kind == "grid":
        return [f"{asked.code}.{item['code']}" for item in asked.items]
    if asked.kind == "ranking":
        return [f"{asked.code}.{asked.question['choices'][0]['code']}"]
    return [] if asked.kind == "information" else [asked.code]


def is_empty_at(asked: Asked, place: str, given: Given) -> bool:
    if given.get(f"{asked.code}:skip"):
        return False
    match asked.kind:
        case "grid":
            return not given.get(place)
        case "ranking":
            return not ranks_given(asked.question, given)
        case "number" | "short_text" | "long_text":
            return not typed(given, place)
    return not chosen(asked.question, given)


# ---------- what is stored ----------


def final(questionnaire: Questionnaire, given: Given, *, is_simple: bool = False) -> Content:
    """What the ballot box takes. Answers to questions that were not shown are dropped."""
    given = known_only(given, questionnaire, is_simple=is_simple)
    shown = visible(questionnaire, given)
    values: list[list[str]] = []
    texts: list[list[str]] = []
    for code, question in questionnaire.questions.items():
        if code in shown:
            values += values_of(question, given)
            texts += texts_of(question, given)
    return {"values": values, "texts": texts}


def values_of(question: Content, given: Given) -> Iterator[list[str]]:
    code, kind = question["code"], question["kind"]
    skipped = given.get(f"{code}:skip", [])
    match kind:
        case "information":
            return
        case "grid":
            for item in question["items"]:
                yield from rows(f"{code}.{item['code']}", given.get(f"{code}.{item['code']}", ()))
        case "ranking":
            ranks = ranks_of(question, given)
            yield from ([f"{code}.{choice}", rank] for choice, rank in ranks)
            if not ranks:
                yield from rows(code, skipped)
        case "number":
            number = number_of(typed(given, code))
            is_good = number is not None and is_in_range(question, number)
            yield from rows(code, [number] if number is not None and is_good else skipped)
        case "short_text" | "long_text":
            yield from rows(code, [TEXT_GIVEN] if typed(given, code) else skipped)
        case _:
            codes = chosen(question, given)
            yield from rows(code, codes)
            if question.get("choices") and ASKS_REASONS_AFTER.get(kind) in codes:
                yield from rows(f"{code}.reasons", reasons(question, given))


def texts_of(question: Content, given: Given) -> Iterator[list[str]]:
    code, kind = question["code"], question["kind"]
    if kind in {"short_text", "long_text"} and (text := typed(given, code)):
        yield [code, text]
    if question.get("choices") and (other := other_of(question)):
        if kind in ASKS_REASONS_AFTER:
            is_chosen = ASKS_REASONS_AFTER[kind] in chosen(question, given) and other in reasons(
                question, given
            )
        else:
            is_chosen = other in chosen(question, given)
        if is_chosen and (text := typed(given, f"{code}.other")):
            yield [f"{code}.other", text]


def rows(name: str, codes: Iterable[str]) -> list[list[str]]:
    return [[name, code] for code in codes] or [[name, EMPTY]]


# ---------- small readings of one question ----------


def chosen(question: Content, given: Given) -> list[str]:
    """The codes ticked. Where somebody ticked “none of these” beside others, the others count."""
    code, kind = question["code"], question["kind"]
    codes = given.get(code, [])
    if kind == "multiple":
        return _ticked(question, codes, given)
    if kind == "single" and not codes:
        return _ticked(question, codes, given)
    return codes[:1]


def reasons(question: Content, given: Given) -> list[str]:
    return _ticked(question, given.get(f"{question['code']}.reasons", []), given)


def _ticked(question: Content, codes: list[str], given: Given) -> list[str]:
    """Who wrote into the box of “other” and ticked nothing meant to tick it."""
    other = other_of(question)
    if not codes and other and typed(given, f"{question['code']}.other"):
        return [other]
    alone = exclusive_of(question)
    return codes if len(codes) < 2 else [code for code in codes if code not in alone] or codes[:1]


def typed(given: Given, name: str) -> str:
    return given.get(name, [""])[0].strip()


def number_of(text: str) -> str | None:
    """The number as plain digits with a point: "12.50 " and "١٢٫٥" are both "12.5". `None` if it is none."""
    text = re.sub(r"[\s'’٬]", "", text.replace("٫", ".").replace("−", "-"))
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if not re.fullmatch(r"[+-]?\d{1,15}(\.\d{0,10})?", text):
        return None
    try:
        number = Decimal(text).normalize()
    except InvalidOperation:
        return None
    return f"{number:f}" if number else "0"


def is_in_range(question: Content, number: str) -> bool:
    low, high = question["low"], question["high"]
    return (low is None or Decimal(number) >= low) and (high is None or Decimal(number) <= high)


def ranks_given(question: Content, given: Given) -> list[tuple[str, str]]:
    code = question["code"]
    return [
        (choice["code"], rank)
        for choice in question["choices"]
        for rank in given.get(f"{code}.{choice['code']}", ())
    ]


def ranks_of(question: Content, given: Given) -> list[tuple[str, str]]:
    """Choices with their ranks. A rank given twice says nothing about either."""
    ranks = ranks_given(question, given)
    all_ranks = [rank for _choice, rank in ranks]
    return [(choice, rank) for choice, rank in ranks if all_ranks.count(rank) == 1]


def is_filled_in(page: Page, given: Mapping[str, list[str]]) -> bool:
    return any(name in given for name in page.fields)


def labels_given(asked: Asked, place: str, given: Given, *, is_simple: bool) -> list[Content]:
    """The points or choices chosen at one place, as they stand in the content, to be read back to the person."""
    question = asked.question
    if asked.kind == "multiple":
        return [choice for choice in question["choices"] if choice["code"] in chosen(question, given)]
    codes = given.get(place, []) if asked.kind == "grid" else chosen(question, given)
    options = question["choices"] if asked.kind == "single" else scale_of(question, is_simple)["points"]
    return [option for option in options if option["code"] in codes]
