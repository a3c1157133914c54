"""Codes of ours made of the names that other systems use."""

import re

from surveys.editing import CODE_AT_MOST, free_code


class Codes:
    """Hands out a code once. What is a code already stays."""

    def __init__(self, fallback: str, *, may_begin_with_digit: bool = False):
        self.fallback = fallback
        self.may_begin_with_digit = may_begin_with_digit
        self.taken: set[str] = set()

    def of(self, name: str) -> str:
        plain = re.sub(r"[^a-z0-9]+", "_", name.lower().replace("-", "_")).strip("_")
        if not self.may_begin_with_digit and plain[:1].isdigit():
            plain = f"{self.fallback}_{plain}"
        kept = plain if re.sub(r"_+\Z", "", name.lower()) == plain else plain.strip("_")
        code = free_code(
            kept[:CODE_AT_MOST].rstrip("_") or f"{self.fallback}_{len(self.taken) + 1}", self.taken
        )
        self.taken.add(code)
        return code
