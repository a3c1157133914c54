import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext_lazy as _

from feedback.folding import folded
from feedback.models import CasePattern, StaffName
from feedback.screening import identifiers, numbers
from feedback.screening.names import Names
from feedback.screening.plain import HIDDEN_SIGNS, plain

EMAIL = re.compile(
    r"[^\s<>()\[\]{},;:\"'|«»„“”@]+@[^\s<>()\[\]{},;:\"'|«»„“”@./]+(?:\.[^\s<>()\[\]{},;:\"'|«»„“”@./]+)*\.[^\W\d_]{2,}"
)
EMAIL_IN_WORDS = re.compile(
    r"(?<!\S)[\w.+-]+\s?[\[({](?:at|ät|a|arroba|собака)[\])}]\s?[\w-]+(?:\s?[\[({.](?:dot|piste|punkt|point)?[\])}]?\s?[\w-]+)+",
    re.IGNORECASE,
)
LINK = re.compile(r"https?://|www\.\S|\[url|<a\s", re.IGNORECASE)
MOST_LINKS = 2
REPEATED = re.compile(r"(.)\1{24,}", re.DOTALL)


class Found(models.TextChoices):
    EMAIL = "email", _("e-mail address")
    PHONE = "phone", _("phone number")
    IDENTIFIER = "identifier", _("personal number")
    ACCOUNT = "account", _("account number")
    CASE = "case", _("case number")
    STAFF = "staff", _("name of staff")


Mark = tuple[int, int, str]


@dataclass(frozen=True)
class Screened:
    marks: list[list] = field(default_factory=list)
    """[from, to, kind] in the order of the text, none inside another."""
    looks_like_spam: bool = False
    has_hidden_signs: bool = False

    @property
    def has_personal_data(self) -> bool:
        return bool(self.marks)


class Screener:
    """What the agency knows of its own numbers and names, read once for many texts."""

    def __init__(self, *, case_patterns: Iterable[str] = (), staff_names: Iterable[str] = ()) -> None:
        shapes = [_regex_of(pattern) for pattern in case_patterns]
        self.cases = re.compile("|".join(shapes), re.IGNORECASE) if shapes else None
        self.names = Names(staff_names)

    @classmethod
    def of_agency(cls) -> "Screener":
        return cls(
            case_patterns=CasePattern.objects.filter(is_active=True).values_list("pattern", flat=True),
            staff_names=StaffName.objects.values_list("full_name", flat=True),
        )

    def screen(self, text: str) -> Screened:
        known = plain(text)
        marks = [(*known.original(start, end), kind) for start, end, kind in self._find(known.text)]
        return Screened(
            marks=_without_overlaps(marks),
            looks_like_spam=looks_like_spam(text),
            has_hidden_signs=HIDDEN_SIGNS.search(text) is not None,
        )

    def _find(self, text: str) -> Iterator[Mark]:
        """The earlier ones win where two overlap."""
        if self.cases:
            yield from ((*match.span(), Found.CASE) for match in self.cases.finditer(text))
        if "@" in text:
            yield from ((*match.span(), Found.EMAIL) for match in EMAIL.finditer(text))
        if "[" in text or "(" in text or "{" in text:
            yield from ((*match.span(), Found.EMAIL) for match in EMAIL_IN_WORDS.finditer(text))
        if any(sign.isdigit() for sign in text):
            yield from _identifiers_with_letters(text)
            yield from numbers.find(text)
        yield from self.names.find(text)


def _identifiers_with_letters(text: str) -> Iterator[Mark]:
    for match in identifiers.ACCOUNT.finditer(text):
        if identifiers.is_account(match.group()):
            yield (*match.span(), Found.ACCOUNT)
    for shape, is_valid in identifiers.WITH_LETTERS:
        for match in shape.finditer(text):
            if is_valid(match.group().replace(".", "")):
                yield (*match.span(), Found.IDENTIFIER)


def screen(text: str) -> Screened:
    return Screener.of_agency().screen(text)


def looks_like_spam(text: str) -> bool:
    """Many links, or one sign over and over. It only marks: what a person wrote in anger is not thrown away."""
    return len(LINK.findall(text)) > MOST_LINKS or REPEATED.search(text) is not None


def wants_a_look(screened: Screened) -> bool:
    """Whether a person should look before anybody else reads it."""
    return screened.has_personal_data or screened.looks_like_spam or screened.has_hidden_signs


def fingerprint(text: str) -> str:
    """The same for texts that differ in nothing but capitals, accents and blanks."""
    return hashlib.sha256(folded(text).encode()).hexdigest()[:32]


def _regex_of(pattern: str) -> str:
    signs = {"9": r"\d", "A": "[A-Z]", " ": r"\s"}
    return (
        r"(?<![\dA-Za-z])" + "".join(signs.get(sign, re.escape(sign)) for sign in pattern) + r"(?![\dA-Za-z])"
    )


def _without_overlaps(marks: Iterable[Mark]) -> list[list]:
    kept: list[list] = []
    for start, end, kind in marks:
        if not any(start < other[1] and other[0] < end for other in kept):
            kept.append([start, end, str(kind)])
    return sorted(kept)
