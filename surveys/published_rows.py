"""How the answers to each question of a version are counted and shown: which values stand in one row each."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from surveys.indicators import Definition
from surveys.models import Answer
from surveys.publishing import Content, questions_in

RESERVED = (Answer.EMPTY, Answer.NOT_FOR_ME, Answer.DONT_KNOW)
NOT_ASKED = ":not_asked"
NUMBERS = ""
"""The row of all numbers together, where each number by itself is not shown."""
INDICATOR = "="
TEXTS = {"short_text", "long_text"}
PICKED = {"multiple", "reasons"}


class Asked(NamedTuple):
    """One thing asked: a question, a thing in a grid, the reasons after a no, the place of one thing in a ranking."""

    code: str
    kind: str
    text: Mapping[str, str]
    item: Mapping[str, str]
    """Of a grid, a ranking or reasons: which thing. Empty otherwise."""
    topic: str | None
    values: tuple[str, ...]
    labels: Mapping[str, Mapping[str, str]]
    scale: str | None
    favourable: frozenset[str]
    simple: frozenset[str]
    """Points of the easier version: answers, but in no mean."""
    conditional: bool
    band_of: str | None

    @property
    def is_picked(self) -> bool:
        """Several answers may be given to it."""
        return self.kind in PICKED

    @property
    def is_text(self) -> bool:
        return self.kind in TEXTS

    def as_content(self) -> dict[str, Any]:
        return self._asdict() | {
            "values": list(self.values),
            "favourable": sorted(self.favourable),
            "simple": sorted(self.simple),
        }

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> "Asked":
        known = {name: content[name] for name in cls._fields}
        return cls(**known)._replace(
            values=tuple(content["values"]),
            favourable=frozenset(content["favourable"]),
            simple=frozenset(content["simple"]),
        )


def asked_in(content: Content) -> Iterator[Asked]:
    for question in questions_in(content):
        kind = question["kind"]
        if kind == "information":
            continue
        scale = question.get("scale") or {}
        easier = scale.get("simple") or {}
        points = scale.get("points", [])
        choices = question.get("choices", [])
        labels = {point["code"]: point["label"] for point in [*points, *easier.get("points", [])]}
        base = Asked(
            code=question["code"],
            kind=kind,
            text=question["text"],
            item={},
            topic=question["topic"],
            values=tuple(row["code"] for row in (points or choices)),
            labels=labels if points else {row["code"]: row["text"] for row in choices},
            scale=scale.get("code"),
            favourable=frozenset(
                point["code"] for point in [*points, *easier.get("points", [])] if point["favourable"]
            ),
            simple=frozenset(point["code"] for point in easier.get("points", [])) - set(_codes(points)),
            conditional=bool(question["shown_if"]),
            band_of=question.get("band_of"),
        )
        if kind == "grid":
            for item in question["items"]:
                yield base._replace(
                    code=f"{question['code']}.{item['code']}",
                    item=item["text"],
                    topic=item["topic"] or question["topic"],
                )
        elif kind == "ranking":
            places = tuple(str(number) for number in range(1, len(choices) + 1))
            for choice in choices:
                code = f"{question['code']}.{choice['code']}"
                yield base._replace(code=code, item=choice["text"], values=places, labels={})
        else:
            yield base
        if kind in {"yes_no", "thumbs"} and choices:
            yield base._replace(
                code=f"{question['code']}.reasons",
                kind="reasons",
                values=tuple(_codes(choices)),
                labels={row["code"]: row["text"] for row in choices},
                scale=None,
                favourable=frozenset(),
                simple=frozenset(),
                conditional=True,
            )


def _codes(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return [row["code"] for row in rows]


def indicators_asked(definitions: Iterable[Definition]) -> list[str]:
    """Codes of those that have sums of their own."""
    return [definition.tally_code for definition in definitions if definition.is_per_response]
