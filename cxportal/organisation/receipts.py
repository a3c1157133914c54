"""Receipt codes: shown once, never stored; only their hash stands beside what was written."""

import hashlib
import secrets
from typing import NamedTuple

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0 O, 1 I L, U
LENGTH = 20  # 98 bits


class Receipt(NamedTuple):
    code: str
    digest: str


def new_receipt() -> Receipt:
    letters = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    code = "-".join(letters[start : start + 4] for start in range(0, LENGTH, 4))
    return Receipt(code, digest_of(code))


def digest_of(code: str) -> str:
    """Of what a person typed: small letters, blanks and hyphens do not matter."""
    letters = "".join(letter for letter in code.upper() if letter in LETTERS)
    return hashlib.sha256(letters.encode()).hexdigest()
