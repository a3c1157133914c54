"""Constraints of an XLSForm that our questions know too: bounds of numbers, lengths of texts, choices that stand alone."""

from dataclasses import dataclass, field

from surveys.interchange.expressions import (
    XPATH,
    Call,
    CannotTranslate,
    Literal,
    Node,
    Operation,
    Word,
    parse,
)
from surveys.interchange.logic import number_or_none

HERE = Word(".")
TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


@dataclass
class Bounds:
    """What a constraint says, as far as it is said here."""

    low: int | None = None
    high: int | None = None
    longest: int | None = None
    alone: set[str] = field(default_factory=set)
    """Names of choices that exclude the others."""


def bounds_in(text: str, *, whole_numbers: bool) -> Bounds | None:
    """All of it, or nothing: half a constraint would be another one."""
    try:
        node = parse(text, XPATH)
    except CannotTranslate:
        return None
    bounds = Bounds()
    parts = node.parts if isinstance(node, Operation) and node.op == "and" else (node,)
    return bounds if all(_take(part, bounds, whole_numbers) for part in parts) else None


def _take(node: Node, bounds: Bounds, whole: bool) -> bool:
    match node:
        case Operation("and", parts):
            return all(_take(part, bounds, whole) for part in parts)
        case Operation(
            "not",
            [
                Operation(
                    "and",
                    (chosen, Operation(">", (Call("count-selected", (here,)), Literal("1", True)))),
                )
            ],
        ):
            names = _selected(chosen)
            bounds.alone |= names
            return here == HERE and bool(names)
        case Operation("<" | ">" | "<=" | ">=" as op, (left, Literal(value))):
            return _bound(op, left, value, bounds, whole)
        case Operation("<" | ">" | "<=" | ">=" as op, (Literal(value), right)):
            return _bound(TURNED[op], right, value, bounds, whole)
    return False


def _selected(node: Node) -> set[str]:
    """Names in selected(., 'a') or selected(., 'b'); empty if it is anything else."""
    match node:
        case Operation("or", parts):
            found = [_selected(part) for part in parts]
            return set().union(*found) if all(found) else set()
        case Call("selected", (Word("."), Literal(name))):
            return {name}
    return set()


def _bound(op: str, what: Node, value: str, bounds: Bounds, whole: bool) -> bool:
    number = number_or_none(value)
    if number is None:
        return False
    if what == Call("string-length", (HERE,)):
        if op not in {"<", "<="} or int(number) != number:
            return False
        bounds.longest = int(number) - (op == "<")
        return True
    if what != HERE or int(number) != number or abs(number) > 2_000_000_000:
        return False
    if op in {"<", ">"} and not whole:
        return False
    if op in {">", ">="}:
        low = int(number) + (op == ">")
        bounds.low = low if bounds.low is None else max(low, bounds.low)
    else:
        high = int(number) - (op == "<")
        bounds.high = high if bounds.high is None else min(high, bounds.high)
    return bounds.low is None or bounds.high is None or bounds.low <= bounds.high
