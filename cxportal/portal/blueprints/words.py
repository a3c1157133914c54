"""The words of blueprints: `texts/<blueprint>/<language>.json`, place -> text. All but English were translated by a machine.

Places: `title`, `purpose`, `thanks`, `who` (is asked), `part.1`, a question by its code, its hint as `code?`, its choices and
things to rate as `code.choice`, figures as `figure.code`, messages as `mail.subject`, `mail.intro`, `mail.sms`;
`for_staff.what` and `for_staff.use` stand in the gallery.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from modeltranslation.utils import build_localized_fieldname

from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.texts import Text, direction_of

TEXTS = Path(__file__).parent / "texts"
SHARED = "shared"
"""Names of topics and panels, which several blueprints have in common."""

Words = Mapping[str, Mapping[str, str]]


@cache
def words_in(folder: str) -> Words:
    """Language -> place -> text, the source first."""
    files = {path.stem: path for path in (TEXTS / folder).glob("*.json")}
    return {code: json.loads(files[code].read_text()) for code in (SOURCE, *LANGUAGES) if code in files}


def words_of(code: str) -> Words:
    return words_in(code.lower())


def shared_words() -> Words:
    return words_in(SHARED)


def columns(words: Words, **places: str) -> dict[str, str]:
    """Values of the translated columns: field=place -> field_en, field_fi, ... for the languages that have a text."""
    return {
        build_localized_fieldname(field, language): texts[place]
        for field, place in places.items()
        for language, texts in words.items()
        if texts.get(place)
    }


def text_in(code: str, place: str, language: str = SOURCE) -> Text:
    """In this language, else in the source."""
    words = words_of(code)
    found = language if words.get(language, {}).get(place) else SOURCE
    return Text(words[found][place], found, direction_of(found))
