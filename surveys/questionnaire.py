"""The frozen content of a version, worked out once: its pages, the fields a form posts, its conditions.

Knows no database, no request and no language; everything about answers is in `surveys.answering`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from surveys.conditions import Condition, read_condition

Content = dict[str, Any]

NOT_FOR_ME = ":not_for_me"
DONT_KNOW = ":dont_know"
LONGEST_NUMBER = 40
LONGEST_OTHER = 300
ASKS_REASONS_AFTER = {"yes_no": "no", "thumbs": "down"}
CHECKED_WHEN_MORE_PARTS_THAN = 3
CHECKED_WHEN_MORE_QUESTIONS_THAN = 15
MOST_ITEMS_ON_A_PAGE = 5
SECONDS_FOR_TAPPING, SECONDS_FOR_WRITING = 10, 30


class Form(StrEnum):
    """How a field is filled in."""

    ONE = "one"
    MANY = "many"
    TYPED = "typed"


@dataclass(frozen=True)
class Field:
    """One thing that a form posts. `name` is the code under which the answer is stored, or leads to it."""

    name: str
    form: Form
    codes: frozenset[str] = frozenset()
    max_length: int = 0


@dataclass(frozen=True)
class Asked:
    """A question as it stands on one page. In the easier version each item of a grid has a page of its own."""

    question: Content
    items: tuple[Content, ...] = ()

    @property
    def code(self) -> str:
        return self.question["code"]

    @property
    def kind(self) -> str:
        return self.question["kind"]


@dataclass(frozen=True)
class Page:
    """One page of the form. `part` is the number of the part it belongs to, from 0."""

    number: int
    part: int
    asked: tuple[Asked, ...]
    fields: Mapping[str, Field] = field(repr=False)

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(asked.code for asked in self.asked)


class Questionnaire:
    """A version ready to be asked, in full and in its easier version."""

    def __init__(self, content: Content):
        self.content = content
        self.questions: dict[str, Content] = {
            question["code"]: question for part in content["parts"] for question in part["questions"]
        }
        self.conditions: dict[str, Condition] = {
            code: read_condition(question["shown_if"], place=code)
            for code, question in self.questions.items()
            if question["shown_if"]
        }

    def pages(self, *, is_simple: bool = False) -> tuple[Page, ...]:
        return self._simple_pages if is_simple else self._full_pages

    @cached_property
    def _full_pages(self) -> tuple[Page, ...]:
        pages = (
            (part_number, asked)
            for part_number, part in enumerate(self.content["parts"])
            for asked in pages_of_part(part["questions"])
        )
        return tuple(
            page_of(number, part_number, asked, False) for number, (part_number, asked) in enumerate(pages)
        )

    @cached_property
    def _simple_pages(self) -> tuple[Page, ...]:
        alone = (
            (part_number, asked)
            for part_number, part in enumerate(self.content["parts"])
            for question in part["questions"]
            for asked in asked_one_by_one(question)
        )
        return tuple(
            page_of(number, part_number, [asked], True) for number, (part_number, asked) in enumerate(alone)
        )

    @cached_property
    def codes(self) -> frozenset[str]:
        return frozenset(self.questions)

    @cached_property
    def decisive(self) -> frozenset[str]:
        """Questions whose answers decide whether others are shown."""
        return frozenset(
            one.question for condition in self.conditions.values() for one in condition.comparisons()
        )

    @cached_property
    def asks_for_text(self) -> bool:
        return any(question["kind"] in {"short_text", "long_text"} for question in self.questions.values())

    @cached_property
    def has_clips(self) -> bool:
        return any(question.get("clips") for question in self.questions.values())

    @cached_property
    def size(self) -> int:
        """How many things are asked; each item of a grid is one."""
        return sum(
            max(len(question.get("items", ())), 1)
            for question in self.questions.values()
            if question["kind"] != "information"
        )

    @property
    def is_long(self) -> bool:
        """Long enough for a page on which everything is checked before it is sent."""
        return (
            len({page.part for page in self._full_pages}) > CHECKED_WHEN_MORE_PARTS_THAN
            or self.size > CHECKED_WHEN_MORE_QUESTIONS_THAN
        )

    def minutes_from(self, page: Page | None = None) -> int:
        """About how long it takes from this page (from the beginning) to the end, in whole minutes."""
        parts = self.content["parts"][page.part if page else 0 :]
        seconds = sum(seconds_for(question) for part in parts for question in part["questions"])
        return max(1, round(seconds / 60))


def pages_of_part(questions: list[Content]) -> Iterator[list[Asked]]:
    """A part is a page, unless it has a grid too long for one: that goes on overleaf, and what follows comes after it.

    Behind a grid that went on a page begins anew, so that conditions which look at it look at earlier pages only.
    """
    page: list[Asked] = []
    for question in questions:
        first, *more = asked_in_full(question)
        page.append(first)
        if more:
            yield page
            yield from ([asked] for asked in more)
            page = []
    if page:
        yield page


def asked_in_full(question: Content) -> list[Asked]:
    items = tuple(question.get("items", ()))
    starts = range(0, max(len(items), 1), MOST_ITEMS_ON_A_PAGE)
    return [Asked(question, items[start : start + MOST_ITEMS_ON_A_PAGE]) for start in starts]


def asked_one_by_one(question: Content) -> Iterator[Asked]:
    if question["kind"] != "grid":
        yield Asked(question)
    for item in question.get("items", ()):
        yield Asked(question, (item,))


def page_of(number: int, part: int, asked: list[Asked], is_simple: bool) -> Page:
    fields = {one.name: one for each in asked for one in fields_of(each, is_simple=is_simple)}
    return Page(number, part, tuple(asked), fields)


def fields_of(asked: Asked, *, is_simple: bool = False) -> Iterator[Field]:
    question, code = asked.question, asked.code
    reserved = frozenset(reserved_of(question))
    match asked.kind:
        case "rating":
            yield Field(code, Form.ONE, codes_of_scale(question, is_simple) | reserved)
        case "grid":
            for item in asked.items:
                yield Field(
                    f"{code}.{item['code']}", Form.ONE, codes_of_scale(question, is_simple) | reserved
                )
        case "yes_no" | "thumbs":
            yield Field(code, Form.ONE, codes_of_scale(question, False) | reserved)
            if question["choices"]:
                yield Field(f"{code}.reasons", Form.MANY, codes_of_choices(question))
                yield from other_field(question)
        case "single" | "multiple":
            form = Form.ONE if asked.kind == "single" else Form.MANY
            yield Field(code, form, codes_of_choices(question) | reserved)
            yield from other_field(question)
        case "ranking":
            ranks = frozenset(str(rank) for rank in range(1, len(question["choices"]) + 1))
            for choice in question["choices"]:
                yield Field(f"{code}.{choice['code']}", Form.ONE, ranks)
            yield from skip_field(code, reserved)
        case "number":
            yield Field(code, Form.TYPED, max_length=LONGEST_NUMBER)
            yield from skip_field(code, reserved)
        case "short_text" | "long_text":
            yield Field(code, Form.TYPED, max_length=question["max_length"])
            yield from skip_field(code, reserved)


def other_field(question: Content) -> Iterator[Field]:
    if other_of(question):
        yield Field(f"{question['code']}.other", Form.TYPED, max_length=LONGEST_OTHER)


def skip_field(code: str, reserved: frozenset[str]) -> Iterator[Field]:
    """“Not for me” beside something typed has to be a field of its own."""
    if reserved:
        yield Field(f"{code}:skip", Form.ONE, reserved)


def reserved_of(question: Content) -> tuple[str, ...]:
    offered = ((NOT_FOR_ME, question["not_for_me"]), (DONT_KNOW, question["dont_know"]))
    return tuple(code for code, is_offered in offered if is_offered)


def scale_of(question: Content, is_simple: bool) -> Content:
    """The scale as it is shown; where a scale has no easier one, itself."""
    scale = question["scale"]
    return scale["simple"] if is_simple and "simple" in scale else scale


def codes_of_scale(question: Content, is_simple: bool) -> frozenset[str]:
    return frozenset(point["code"] for point in scale_of(question, is_simple)["points"])


def codes_of_choices(question: Content) -> frozenset[str]:
    return frozenset(choice["code"] for choice in question["choices"])


def other_of(question: Content) -> str | None:
    """The choice that comes with a text box."""
    return next((choice["code"] for choice in question["choices"] if choice["asks_for_text"]), None)


def exclusive_of(question: Content) -> frozenset[str]:
    """Codes that cannot stand beside others: “none of these”, “not for me”."""
    alone = (choice["code"] for choice in question["choices"] if choice["exclusive"])
    return frozenset(alone) | frozenset(reserved_of(question))


def seconds_for(question: Content) -> int:
    if question["kind"] == "information":
        return SECONDS_FOR_TAPPING // 2
    if question["kind"] == "long_text":
        return SECONDS_FOR_WRITING
    return SECONDS_FOR_TAPPING * max(1, (len(question.get("items", ())) + 1) // 2)
