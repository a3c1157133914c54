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
        code = free_code(name if self._is_code(name) else self._made_of(name), self.taken)
        self.taken.add(code)
        return code

    def _is_code(self, name: str) -> bool:
        first = "[a-z0-9]" if self.may_begin_with_digit else "[a-z]"
        return bool(re.fullmatch(rf"{first}[a-z0-9_]{{0,{CODE_AT_MOST - 1}}}", name))

    def _made_of(self, name: str) -> str:
        plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
        if not self.may_begin_with_digit and plain[:1].isdigit():
            plain = f"{self.fallback}_{plain}"
        return plain[:CODE_AT_MOST].rstrip("_") or f"{self.fallback}_{len(self.taken) + 1}"
