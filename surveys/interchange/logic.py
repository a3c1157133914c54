"""Expressions into conditions: what fits the tree exactly is translated, everything else says why not."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from surveys.conditions import (
    MAX_DEPTH,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Not,
)
from surveys.interchange.expressions import (
    Call,
    CannotTranslate,
    Literal,
    Node,
    Operation,
    Syntax,
    Word,
    parse,
)

Logic = Condition | bool
"""A condition, or what holds always or never."""

CHOOSING = {"single", "rating", "yes_no", "thumbs"}
TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
COMPARED = {"<": "less_than", ">": "more_than", "<=": "at_most", ">=": "at_least"}
HOLDS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
SAYS_YES = {"y", "1", "true"}


@dataclass(frozen=True)
class Target:
    """What a name in an expression stands for in our questionnaire."""

    code: str
    kind: str
    answers: Mapping[str, str] = field(default_factory=dict)
    """Name of an answer in the file -> our code."""
    only: str = ""
    """The name means one tick of a question with several: its code."""
    condition: Condition | None = None
    """When the question is shown itself."""
    why_not: str = ""
    """Why nothing can look at it."""


class Translator:
    """Of one file. `find` knows what each name stands for."""

    def __init__(self, syntax: Syntax, find: Callable[[str], Target | None]):
        self.syntax, self.find = syntax, find

    def condition(self, text: str) -> Logic:
        """Raises `CannotTranslate`."""
        found = self.logic(parse(text, self.syntax))
        if not isinstance(found, bool):
            found = tidy(found)
            if depth_of(found) > MAX_DEPTH:
                raise CannotTranslate(_("It is nested too deeply."))
        return found

    def target(self, name: str) -> Target:
        target = self.find(name)
        if target is None:
            raise CannotTranslate(_("It looks at “%(name)s”, which is no question here.") % {"name": name})
        if target.why_not:
            raise CannotTranslate(target.why_not)
        return target

    # ---------- the whole ----------

    def logic(self, node: Node) -> Logic:
        match node:
            case Operation("or" | "and" as op, parts):
                return joined(op, [self.logic(part) for part in parts])
            case Operation("not", (part,)):
                return denied(self.logic(part))
            case Operation("=" | "!=" | "<" | ">" | "<=" | ">=" as op, (left, right)):
                return self.comparison(op, left, right)
            case Call(name, arguments):
                return self.call(name, arguments)
            case Word("true" | "TRUE", False) | Literal("1", True):
                return True
            case Word("false" | "FALSE", False) | Literal("0", True):
                return False
            case Word(name, True):
                return answered(self.target(name))
        raise CannotTranslate(_("It is no comparison with an answer."))

    def call(self, name: str, arguments: Sequence[Node]) -> Logic:
        match name, arguments:
            case "true", ():
                return True
            case "false", ():
                return False
            case "selected", (Word(question, True), Literal(answer)):
                return self.picked(self.target(question), answer)
            case "boolean" | "string", (argument,):
                return self.logic(argument)
            case "is_empty", (Word(question, True),):
                return denied(answered(self.target(question)))
            case "count" | "count-selected", _rest if self.is_count(Call(name, tuple(arguments))):
                return self.any_answered(arguments)
        raise CannotTranslate(_("“%(name)s” has no counterpart.") % {"name": f"{name}()"})

    def is_count(self, node: Node) -> bool:
        """A number of answers given: count(a, b), count-selected(a), string-length(a), strlen(a)."""
        return (
            isinstance(node, Call)
            and node.name in {"count", "count-selected", "string-length", "strlen", "string_length"}
            and bool(node.arguments)
            and all(isinstance(part, Word) and part.is_question for part in node.arguments)
        )

    def any_answered(self, arguments: Iterable[Node]) -> Logic:
        return joined(
            "or", [answered(self.target(part.name)) for part in arguments if isinstance(part, Word)]
        )

    # ---------- one comparison ----------

    def comparison(self, op: str, left: Node, right: Node) -> Logic:
        left, right = without_casts(left), without_casts(right)
        if isinstance(left, Literal) and not isinstance(right, Literal):
            left, right, op = right, left, TURNED.get(op, op)
        if not isinstance(right, Literal):
            raise CannotTranslate(_("It compares two things that are not known beforehand."))
        if isinstance(left, Word) and left.is_question:
            return self.compared(self.target(left.name), op, right)
        if self.is_count(left) and right.value in {"0", "1"}:
            some = self.any_answered(left.arguments)  # type: ignore[union-attr]
            if (op, right.value) in {(">", "0"), (">=", "1"), ("!=", "0")}:
                return some
            if (op, right.value) in {("=", "0"), ("<", "1"), ("<=", "0")}:
                return denied(some)
        if isinstance(left, Call) and left.name == "selected-at":
            return self.first_rank(op, left.arguments, right)
        raise CannotTranslate(_("It is no comparison with one answer."))

    def first_rank(self, op: str, arguments: Sequence[Node], answer: Literal) -> Logic:
        match arguments:
            case (Word(question, True), Literal("0")) if op == "=":
                target = self.target(question)
                if target.kind == "ranking":
                    return Comparison(target.code, "equals", self.known(target, answer.value))
        raise CannotTranslate(_("Of a ranking only what stands first can be looked at."))

    def compared(self, target: Target, op: str, right: Literal) -> Logic:
        value = right.value
        if target.only:
            return self.tick(target, op, value)
        if not value:
            if op in {"=", "!="}:
                return answered(target) if op == "!=" else denied(answered(target))
            raise CannotTranslate(_("It compares with nothing."))
        if op == "!=":
            return denied(self.compared(target, "=", right))
        if target.kind == "number":
            return self.number(target, op, value)
        if target.kind in CHOOSING:
            return self.chosen(target, op, value)
        if target.kind == "multiple" and op == "=":
            return self.alone(target, value)
        if target.kind in {"short_text", "long_text"}:
            raise CannotTranslate(_("Of a text only whether it was written can be looked at, not what."))
        raise CannotTranslate(_("“%(name)s” cannot be compared like this.") % {"name": target.code})

    def tick(self, target: Target, op: str, value: str) -> Logic:
        """One answer of several as a question of its own, as LimeSurvey has it: "Y" or nothing."""
        picked = Comparison(target.code, "equals", target.only)
        if (value and value.lower() not in SAYS_YES) or op not in {"=", "!="}:
            raise CannotTranslate(_("A tick is there or not; it is no “%(value)s”.") % {"value": value})
        is_there = (op == "=") == bool(value)
        return picked if is_there else Not(picked)

    def picked(self, target: Target, answer: str) -> Logic:
        if target.only or target.kind not in CHOOSING | {"multiple"}:
            raise CannotTranslate(_("“%(name)s” has no answers to choose from.") % {"name": target.code})
        return Comparison(target.code, "equals", self.known(target, answer))

    def known(self, target: Target, answer: str) -> str:
        code = target.answers.get(answer)
        if code is None:
            raise CannotTranslate(
                _("“%(name)s” has no answer “%(answer)s”.") % {"name": target.code, "answer": answer}
            )
        return code

    def number(self, target: Target, op: str, value: str) -> Logic:
        number = number_in(value)
        if op == "=":
            bounds = (Comparison(target.code, "at_least", number), Comparison(target.code, "at_most", number))
            return AllOf(bounds)
        return Comparison(target.code, COMPARED[op], number)

    def chosen(self, target: Target, op: str, value: str) -> Logic:
        if op == "=":
            return Comparison(target.code, "equals", self.known(target, value))
        bound = number_in(value)
        numbers = {name: number_or_none(name) for name in target.answers}
        if None in numbers.values():
            raise CannotTranslate(_("The answers to “%(name)s” are no numbers.") % {"name": target.code})
        if all(name == code for name, code in target.answers.items()):
            return Comparison(target.code, COMPARED[op], bound)
        fitting = [target.answers[name] for name, number in numbers.items() if HOLDS[op](number, bound)]  # type: ignore[arg-type]
        return one_of(target.code, fitting) if fitting else False

    def alone(self, target: Target, answer: str) -> Logic:
        """XPath compares the whole answer: this choice and no other."""
        code = self.known(target, answer)
        others = [other for other in target.answers.values() if other != code]
        picked = Comparison(target.code, "equals", code)
        return AllOf((picked, Not(one_of(target.code, others)))) if others else picked


# ---------- putting together ----------


def answered(target: Target) -> Condition:
    if target.only:
        return Comparison(target.code, "equals", target.only)
    if target.kind in {"information", "grid"}:
        raise CannotTranslate(_("“%(name)s” cannot be looked at as a whole.") % {"name": target.code})
    return Comparison(target.code, "answered")


def one_of(code: str, values: Sequence[str]) -> Condition:
    return (
        Comparison(code, "equals", values[0])
        if len(values) == 1
        else Comparison(code, "one_of", tuple(values))
    )


def joined(op: str, parts: Sequence[Logic]) -> Logic:
    decisive = op == "or"
    if decisive in [part for part in parts if isinstance(part, bool)]:
        return decisive
    rest = tuple(part for part in parts if not isinstance(part, bool))
    if not rest:
        return not decisive
    if len(rest) == 1:
        return rest[0]
    return AnyOf(rest) if decisive else AllOf(rest)


def denied(logic: Logic) -> Logic:
    if isinstance(logic, bool):
        return not logic
    return logic.part if isinstance(logic, Not) else Not(logic)


def tidy(condition: Condition) -> Condition:
    """The same with groups of one kind in each other made one, and choices of one question in one comparison."""
    if isinstance(condition, Comparison):
        return condition
    if isinstance(condition, Not):
        inner = tidy(condition.part)
        return inner.part if isinstance(inner, Not) else Not(inner)
    kind = type(condition)
    parts: list[Condition] = []
    for part in map(tidy, condition.parts):
        for one in part.parts if isinstance(part, kind) else (part,):
            if one not in parts:
                parts.append(one)
    if kind is AnyOf:
        parts = _choices_together(parts)
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


def _choices_together(parts: Sequence[Condition]) -> list[Condition]:
    """“a is x or a is y” as “a is one of x, y”, where the first of them stood."""
    values: dict[str, list[str]] = {}
    for part in parts:
        if isinstance(part, Comparison) and part.op in {"equals", "one_of"}:
            values.setdefault(part.question, []).extend(values_of(part))
    found: list[Condition] = []
    for part in parts:
        if not isinstance(part, Comparison) or part.op not in {"equals", "one_of"}:
            found.append(part)
        elif given := values.pop(part.question, None):
            found.append(one_of(part.question, list(dict.fromkeys(given))))
    return found


def values_of(comparison: Comparison) -> list[str]:
    value = comparison.value
    return list(value) if isinstance(value, tuple) else [str(value)]


def both(first: Condition | None, second: Condition | None) -> Condition | None:
    if first is None or second is None:
        return first or second
    return tidy(AllOf((first, second)))


def depth_of(condition: Condition) -> int:
    if isinstance(condition, Comparison):
        return 0
    parts = (condition.part,) if isinstance(condition, Not) else condition.parts
    return 1 + max(depth_of(part) for part in parts)


def without_casts(node: Node) -> Node:
    while isinstance(node, Call) and node.name in {"number", "int", "string", "intval", "floatval", "trim"}:
        if len(node.arguments) != 1:
            break
        node = node.arguments[0]
    return node


def number_or_none(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    if number != number or abs(number) > 1e15:
        return None
    return int(number) if number.is_integer() else number


def number_in(text: str) -> float:
    number = number_or_none(text)
    if number is None:
        raise CannotTranslate(_("“%(text)s” is no number.") % {"text": text})
    return number


def while_shown(found: Condition, condition_of: Mapping[str, Condition]) -> Condition:
    """As LimeSurvey counts: an expression never holds while a question it looks at is hidden.

    `condition_of`: our code -> when the question is shown. Added only where the expression does not say so itself.
    """
    needed = [condition for code, condition in condition_of.items() if may_hold_without(found, code)]
    return tidy(AllOf((*needed, found))) if needed else found


def may_hold_without(condition: Condition, code: str) -> bool:
    """Whether it can hold while the question has no answer, whatever is answered to the others."""
    if isinstance(condition, Comparison):
        return condition.question != code
    if isinstance(condition, Not):
        return not must_hold_without(condition.part, code)
    parts = (may_hold_without(part, code) for part in condition.parts)
    return all(parts) if isinstance(condition, AllOf) else any(parts)


def must_hold_without(condition: Condition, code: str) -> bool:
    if isinstance(condition, Comparison):
        return False
    if isinstance(condition, Not):
        return not may_hold_without(condition.part, code)
    parts = (must_hold_without(part, code) for part in condition.parts)
    return all(parts) if isinstance(condition, AllOf) else any(parts)


def circle_in(looks_at: Mapping[str, Iterable[str]]) -> list[str]:
    """Names that depend on each other in a circle, in its order; empty if there is none."""
    done: set[str] = set()
    for start in looks_at:
        path: list[str] = []
        stack: list[tuple[str, bool]] = [(start, True)]
        while stack:
            name, enters = stack.pop()
            if not enters:
                path.pop()
                done.add(name)
            elif name in path:
                return path[path.index(name) :]
            elif name not in done and name in looks_at:
                path.append(name)
                stack.append((name, False))
                stack += [(other, True) for other in sorted(looks_at[name])]
    return []
