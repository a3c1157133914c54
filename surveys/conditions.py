"""When a question is shown: one small expression tree over the answers to earlier questions.

    {"all": [{"question": "visited", "op": "equals", "value": "yes"},
             {"any": [{"question": "rating", "op": "at_most", "value": 2},
                      {"question": "reason", "op": "one_of", "value": ["staff", "queue"]}]}]}

{"not": ...} holds where what stands in it does not, also while nothing is answered. The tree is stored as JSON beside the question, frozen with the version, compiled to CSS for the page and evaluated
again on the server, which has the last word.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

MAX_DEPTH = 5
OPERATORS = ("equals", "one_of", "at_most", "at_least", "less_than", "more_than", "answered")
WITH_NUMBER = {"at_most", "at_least", "less_than", "more_than"}

Answers = Mapping[str, Sequence[str]]
"""Question code -> codes (or the number, as text) given to it; a question that was left empty is missing."""


class BadCondition(ValueError):
    """Says in one sentence what is wrong and where in the tree."""


@dataclass(frozen=True)
class Comparison:
    """One comparison with the answer to one question; with several values given, one that fits is enough."""

    question: str
    op: str
    value: str | float | tuple[str, ...] | None = None

    def holds(self, answers: Answers) -> bool:
        given = answers.get(self.question, ())
        match self.op:
            case "answered":
                return bool(given)
            case "equals":
                return self.value in given
            case "one_of":
                return any(value in given for value in self.value)  # type: ignore[union-attr]
            case "at_most":
                return any(number <= self.value for number in _numbers(given))  # type: ignore[operator]
            case "at_least":
                return any(number >= self.value for number in _numbers(given))  # type: ignore[operator]
            case "less_than":
                return any(number < self.value for number in _numbers(given))  # type: ignore[operator]
            case "more_than":
                return any(number > self.value for number in _numbers(given))  # type: ignore[operator]
        raise AssertionError(self.op)

    def comparisons(self) -> Iterator["Comparison"]:
        yield self

    def as_json(self) -> dict[str, Any]:
        tree: dict[str, Any] = {"question": self.question, "op": self.op}
        if self.op != "answered":
            tree["value"] = list(self.value) if isinstance(self.value, tuple) else self.value
        return tree


@dataclass(frozen=True)
class AllOf:
    """Every one of the parts holds."""

    parts: tuple["Condition", ...]

    def holds(self, answers: Answers) -> bool:
        return all(part.holds(answers) for part in self.parts)

    def comparisons(self) -> Iterator[Comparison]:
        for part in self.parts:
            yield from part.comparisons()

    def as_json(self) -> dict[str, Any]:
        return {"all": [part.as_json() for part in self.parts]}


@dataclass(frozen=True)
class AnyOf:
    """At least one of the parts holds."""

    parts: tuple["Condition", ...]

    def holds(self, answers: Answers) -> bool:
        return any(part.holds(answers) for part in self.parts)

    def comparisons(self) -> Iterator[Comparison]:
        for part in self.parts:
            yield from part.comparisons()

    def as_json(self) -> dict[str, Any]:
        return {"any": [part.as_json() for part in self.parts]}


@dataclass(frozen=True)
class Not:
    """What stands in it does not hold."""

    part: "Condition"

    def holds(self, answers: Answers) -> bool:
        return not self.part.holds(answers)

    def comparisons(self) -> Iterator[Comparison]:
        return self.part.comparisons()

    def as_json(self) -> dict[str, Any]:
        return {"not": self.part.as_json()}


Condition = Comparison | AllOf | AnyOf | Not


def read_condition(tree: Any, *, place: str = "condition", depth: int = 0) -> Condition:
    """The tree as objects. Raises `BadCondition` naming the place for everything that is not such a tree."""
    if not isinstance(tree, Mapping):
        raise BadCondition(_("%(place)s is not a condition.") % {"place": place})
    if depth > MAX_DEPTH:
        raise BadCondition(_("%(place)s is nested too deeply.") % {"place": place})
    for key, group in (("all", AllOf), ("any", AnyOf)):
        if key in tree:
            parts = tree[key]
            if set(tree) != {key} or not isinstance(parts, Sequence) or isinstance(parts, str) or not parts:
                raise BadCondition(_("%(place)s needs at least one part.") % {"place": place})
            return group(
                tuple(
                    read_condition(part, place=f"{place}.{key}[{number}]", depth=depth + 1)
                    for number, part in enumerate(parts)
                )
            )
    if set(tree) == {"not"}:
        return Not(read_condition(tree["not"], place=f"{place}.not", depth=depth + 1))
    return _read_test(tree, place)


def _read_test(tree: Mapping[str, Any], place: str) -> Comparison:
    question, op, value = tree.get("question"), tree.get("op"), tree.get("value")
    if (
        not isinstance(question, str)
        or not question
        or op not in OPERATORS
        or set(tree) - {"question", "op", "value"}
    ):
        raise BadCondition(_("%(place)s needs a question and a comparison.") % {"place": place})
    if op in WITH_NUMBER:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadCondition(_("%(place)s needs a number.") % {"place": place})
    elif op == "equals":
        if not isinstance(value, str) or not value:
            raise BadCondition(_("%(place)s needs a value.") % {"place": place})
    elif op == "one_of":
        if (
            not isinstance(value, list | tuple)
            or not value
            or not all(isinstance(code, str) and code for code in value)
        ):
            raise BadCondition(_("%(place)s needs a list of values.") % {"place": place})
        value = tuple(value)
    else:
        value = None
    return Comparison(question, op, value)


def places_of_trouble(order: Sequence[str], conditions: Mapping[str, Condition]) -> list[str]:
    """Sentences about conditions that look at unknown questions, at themselves or at later ones.

    Looking only backwards in `order` (codes as they are asked) also rules out every circle.
    """
    position = {code: number for number, code in enumerate(order)}
    return [
        sentence
        for code, condition in conditions.items()
        for sentence in _trouble_of(code, condition, position)
    ]


def _trouble_of(code: str, condition: Condition, position: Mapping[str, int]) -> Iterator[str]:
    for looked_at in dict.fromkeys(comparison.question for comparison in condition.comparisons()):
        names = {"question": code, "other": looked_at}
        if looked_at not in position:
            yield _("“%(question)s” depends on “%(other)s”, which does not exist.") % names
        elif looked_at == code:
            yield _("“%(question)s” depends on itself.") % names
        elif position[looked_at] > position[code]:
            yield _("“%(question)s” depends on “%(other)s”, which is asked later.") % names


def _numbers(values: Iterable[str]) -> Iterator[float]:
    for value in values:
        try:
            yield float(value)
        except ValueError:
            continue
