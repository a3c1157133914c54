"""A translated text together with the language it is really in, so that a fallback is visible to `lang` and `dir`."""

import hashlib
from functools import cache
from typing import NamedTuple

from django.db.models import Model
from django.utils.translation import get_language
from modeltranslation.utils import build_localized_fieldname

from cxportal.languages import LANGUAGES, SOURCE

# a long survey asks for a hundred thousand of these names to show one page
column_of = cache(build_localized_fieldname)


@cache
def columns_of(field: str) -> tuple[tuple[str, str], ...]:
    """(code of a language, its column) of a translated field."""
    return tuple((code, column_of(field, code)) for code in LANGUAGES)


class Text(NamedTuple):
    text: str
    language: str
    direction: str

    def __str__(self) -> str:
        return self.text


def direction_of(language: str) -> str:
    known = LANGUAGES.get(language)
    return known.direction if known else "ltr"


def text_of(row: Model, field: str, language: str | None = None) -> Text:
    """The text of a translated field in `language`, else in the source language, else in any it exists in."""
    wanted = language or get_language() or SOURCE
    for code in (wanted, SOURCE, *LANGUAGES):
        text = getattr(row, column_of(field, code), None)
        if text:
            return Text(text, code, direction_of(code))
    return Text("", wanted, direction_of(wanted))


def text_in(row: Model, field: str, language: str) -> str:
    """The text in this language and in no other; empty if there is none."""
    return getattr(row, column_of(field, language)) or ""


def texts_of(row: Model, field: str) -> dict[str, str]:
    """Language -> text, for the languages that have one."""
    found = ((code, getattr(row, column)) for code, column in columns_of(field))
    return {code: text for code, text in found if text}


def reading_digest(source: str, translation: str) -> str:
    """Names one wording of one source text; a `TextReading` with it says that a person has read it."""
    return hashlib.sha256(f"{source}\0{translation}".encode()).hexdigest()
