"""Expressions of XPath and ExpressionScript, read into one small tree. What does not read is not guessed at."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

LONGEST = 20_000
DEEPEST = 60


class CannotTranslate(ValueError):
    """Says in one sentence why an expression does not become a condition."""


@dataclass(frozen=True)
class Word:
    """A name: of a question (`is_question`), or of something else."""

    name: str
    is_question: bool = False


@dataclass(frozen=True)
class Literal:
    value: str
    is_number: bool = False


@dataclass(frozen=True)
class Call:
    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True)
class Operation:
    """`op` is one of or, and, =, !=, <, >, <=, >=, not, or a sign of arithmetic that nobody translates."""

    op: str
    parts: tuple["Node", ...]


Node = Word | Literal | Call | Operation


class Syntax(NamedTuple):
    """How one language writes its tokens."""

    tokens: re.Pattern
    operators: dict[str, str]
    """As written -> as in `Operation`."""


XPATH = Syntax(
    re.compile(
        r"""\s*(?:(?P<question>\$\{\s*[^{}]*?\s*\})|(?P<text>'[^']*'|"[^"]*"|‘[^’]*’|“[^”]*”)"""
        r"""|(?P<number>\d+(?:\.\d*)?|\.\d+)|(?P<op><=|>=|!=|=|<|>|\+|\*|\||,|\(|\)|-)"""
        r"""|(?P<word>\.\.?(?:/[\w.-]+)*|/[\w./-]+|[^\W\d][\w:.-]*(?:/[\w.-]+)*))"""
    ),
    {"or": "or", "and": "and", "=": "=", "!=": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">="},
)
EXPRESSION_SCRIPT = Syntax(
    re.compile(
        r"""\s*(?:(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
        r"""|(?P<question>INSERTANS:\w+|\d+X\d+X\d+\w*(?:\.\w+)*|(?:that|self|this)(?:\.\w+)*|[^\W\d]\w*(?:\.[^\W\d]\w*)*(?!\w*\s*\())"""
        r"""|(?P<number>\d+(?:\.\d*)?|\.\d+)"""
        r"""|(?P<op>&&|\|\||===?|!==?|<=|>=|<|>|!|\+|-|\*|/|%|,|\(|\))|(?P<word>[^\W\d]\w*))"""
    ),
    {
        "||": "or",
        "or": "or",
        "&&": "and",
        "and": "and",
        "==": "=",
        "===": "=",
        "eq": "=",
        "=": "=",
        "!=": "!=",
        "!==": "!=",
        "ne": "!=",
        "<": "<",
        "lt": "<",
        ">": ">",
        "gt": ">",
        "<=": "<=",
        "le": "<=",
        ">=": ">=",
        "ge": ">=",
    },
)
STRENGTH = {
    "or": 1,
    "and": 2,
    "=": 3,
    "!=": 3,
    "<": 4,
    ">": 4,
    "<=": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
}
ARITHMETIC = {"+": "+", "-": "-", "*": "*", "/": "/", "%": "%", "div": "/", "mod": "%"}


def parse(text: str, syntax: Syntax) -> Node:
    """Raises `CannotTranslate` for what is no expression."""
    if len(text) > LONGEST:
        raise CannotTranslate(_("It is too long."))
    return _Parser(_tokens(text, syntax), syntax).whole()


def _tokens(text: str, syntax: Syntax) -> list[tuple[str, str]]:
    found, place, text = [], 0, text.strip()
    while place < len(text):
        match = syntax.tokens.match(text, place)
        if match is None or match.end() == place:
            raise CannotTranslate(
                _("It cannot be read from “%(rest)s” on.") % {"rest": text[place : place + 20]}
            )
        kind = match.lastgroup or ""
        found.append((kind, match[kind]))
        place = match.end()
    return found


class _Parser:
    """Precedence climbing; “a or b or c” becomes one operation, brackets make one of their own."""

    def __init__(self, tokens: list[tuple[str, str]], syntax: Syntax):
        self.tokens, self.syntax, self.place, self.depth = tokens, syntax, 0, 0

    def whole(self) -> Node:
        if not self.tokens:
            raise CannotTranslate(_("It is empty."))
        node = self.expression(0)
        if self.place < len(self.tokens):
            raise CannotTranslate(
                _("It cannot be read from “%(rest)s” on.") % {"rest": self.tokens[self.place][1]}
            )
        return node

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.place] if self.place < len(self.tokens) else ("", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        if not token[0]:
            raise CannotTranslate(_("It ends too early."))
        self.place += 1
        return token

    def operator(self) -> str:
        kind, text = self.peek()
        if kind not in {"op", "word", "question"}:
            return ""
        return self.syntax.operators.get(text.lower(), "") or ARITHMETIC.get(text, "")

    def expression(self, least: int) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise CannotTranslate(_("It is nested too deeply."))
        parts, joined_by = [self.operand()], ""
        while (op := self.operator()) and STRENGTH[op] > least:
            self.take()
            right = self.expression(STRENGTH[op])
            if op == joined_by and op in {"or", "and"}:
                parts.append(right)
            else:
                parts = [parts[0] if len(parts) == 1 else Operation(joined_by, tuple(parts)), right]
                joined_by = op
        self.depth -= 1
        return Operation(joined_by, tuple(parts)) if joined_by else parts[0]

    def operand(self) -> Node:
        kind, text = self.take()
        if text == "!" and kind == "op":
            return Operation("not", (self.tight(),))
        if text == "-" and kind == "op":
            number = self.tight()
            if isinstance(number, Literal) and number.is_number:
                return Literal(f"-{number.value}", True)
            return Operation("-", (number,))
        if text == "(":
            node = self.expression(0)
            self.expect(")")
            return node
        if kind == "text":
            return Literal(_without_quotes(text))
        if kind == "number":
            return Literal(text, True)
        if kind in {"word", "question"} and self.peek() == ("op", "(") and not text.startswith("$"):
            return self.call(text)
        if kind == "question":
            return Word(text.removeprefix("${").removesuffix("}").strip(), True)
        if kind == "word":
            return Word(text)
        raise CannotTranslate(_("It cannot be read from “%(rest)s” on.") % {"rest": text})

    def tight(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise CannotTranslate(_("It is nested too deeply."))
        node = self.operand()
        self.depth -= 1
        return node

    def call(self, name: str) -> Node:
        self.take()
        arguments: list[Node] = []
        while self.peek()[1] != ")" or self.peek()[0] != "op":
            arguments.append(self.expression(0))
            if self.peek() != ("op", ")"):
                self.expect(",")
        self.take()
        if name.lower() == "not" and len(arguments) == 1:
            return Operation("not", (arguments[0],))
        return Call(name.lower(), tuple(arguments))

    def expect(self, sign: str) -> None:
        if self.take() != ("op", sign):
            raise CannotTranslate(_("A “%(sign)s” is missing.") % {"sign": sign})


def _without_quotes(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text[0] in "'\"" and "\\" in text else text[1:-1]


def questions_in(node: Node) -> set[str]:
    """Names of the questions that an expression looks at."""
    if isinstance(node, Word):
        return {node.name} if node.is_question else set()
    if isinstance(node, Literal):
        return set()
    parts = node.arguments if isinstance(node, Call) else node.parts
    return set().union(*(questions_in(part) for part in parts)) if parts else set()


def questions_named(text: str, syntax: Syntax) -> set[str]:
    """The same of a text that may not read at all."""
    try:
        return questions_in(parse(text, syntax))
    except CannotTranslate:
        return set()
