"""The text without what the screening found in it. Pages show this; only `reveal` shows the rest."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

MASK = "•••"
Marks = Sequence[Sequence]
"""[from, to, kind] in the order of the text, none inside another."""


class Piece(NamedTuple):
    text: str
    kind: str = ""
    """What is hidden here, empty for plain text: see `screening.Found`."""


def pieces(text: str, marks: Marks) -> Iterator[Piece]:
    at = 0
    for start, end, kind in marks:
        if start > at:
            yield Piece(text[at:start])
        yield Piece(MASK, kind)
        at = end
    if at < len(text):
        yield Piece(text[at:])


def masked(text: str, marks: Marks) -> str:
    return "".join(piece.text for piece in pieces(text, marks))
