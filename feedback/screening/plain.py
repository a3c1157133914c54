"""A text with its digits, dashes, blanks and letters as a computer expects them, sign for sign in the same place."""

import re
import unicodedata
from functools import cache
from typing import NamedTuple

INVISIBLE = dict.fromkeys(
    [
        *range(0x200B, 0x2010),  # zero width, joiners, direction marks
        *range(0x202A, 0x202F),  # embeddings and overrides
        *range(0x2060, 0x2065),
        *range(0x2066, 0x206A),  # isolates
        0x00AD,
        0x061C,
        0xFEFF,
    ]
)
HIDDEN_SIGNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Signs that turn the direction of what follows. Marks for a single place are ordinary in Arabic and Hebrew."""
_INVISIBLE_SIGNS = re.compile("[" + "".join(map(chr, INVISIBLE)) + "]")


LAST_DIGIT = 0x1FBF9


@cache
def same_length_table() -> dict[int, str]:
    table: dict[int, str] = {}
    for code in range(128, LAST_DIGIT + 1):
        sign = chr(code)
        category = unicodedata.category(sign)
        if category == "Nd":
            table[code] = str(unicodedata.digit(sign))
        elif category == "Zs":
            table[code] = " "
        elif category == "Pd" or sign == "−":
            table[code] = "-"
        elif 0xFF01 <= code <= 0xFF5E:  # full width
            table[code] = chr(code - 0xFEE0)
    return table


class Plain(NamedTuple):
    text: str
    places: list[int] | None
    """Place of each sign in the original; None when they are the same."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


def plain(text: str) -> Plain:
    if text.isascii():
        return Plain(text, None)
    if not _INVISIBLE_SIGNS.search(text):
        return Plain(text.translate(same_length_table()), None)
    places = [place for place, sign in enumerate(text) if ord(sign) not in INVISIBLE]
    return Plain("".join(text[place] for place in places).translate(same_length_table()), places)
