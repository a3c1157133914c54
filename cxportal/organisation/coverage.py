"""How far each language is read by a person: strings of the interface and content that respondents read.

A text is *read* when a named person has read this very wording beside this very source (`TextReading`), *unread* when
it was made by a machine or by nobody we know, *missing* when respondents would meet it in another language. Where the
text is the original itself, it counts as read.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import polib
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import to_locale
from modeltranslation.utils import build_localized_fieldname

from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.models import TextReading, User
from cxportal.organisation.texts import Text, direction_of, reading_digest

# A string of the interface counts when it stands in a page or message that people outside read: every template but
# those of the staff, and these modules. A room whose modules speak to respondents adds them here.
STAFF_TEMPLATES = r"/templates/(?:admin|account|mfa|allauth|registration|portal|organisation|surveys/paper|surveys/results)/|/staff/|/mail/(?:(?:parts/)?account|digest)"
RESPONDENT_MODULES = (
    "actions/views/request.py",
    "cxportal/portal/errors.py",
    "cxportal/portal/public_pages.py",
    "cxportal/portal/views/public.py",
    "feedback/telling.py",
    "feedback/views/tell.py",
    "surveys/announcing.py",
    "panels/consent_texts.py",
    "panels/held_page.py",
    "panels/views/membership.py",
    "surveys/public_results.py",
    "surveys/respondent_page.py",
    "surveys/scales.py",
    "surveys/views/announcements.py",
    "surveys/views/respond.py",
    "surveys/wording.py",
)
BATCH = 500


class State(models.TextChoices):
    MISSING = "missing", _("missing")
    UNREAD = "unread", _("unread")
    READ = "read", _("read by a person")


class CoveredText(NamedTuple):
    place: str
    """Where respondents meet it: the template of a string, the kind and number of a row."""
    source: Text
    translation: Text
    state: State
    digest: str
    is_interface: bool


@dataclass
class Counts:
    read: int = 0
    unread: int = 0
    missing: int = 0

    @property
    def total(self) -> int:
        return self.read + self.unread + self.missing

    @property
    def open(self) -> int:
        return self.unread + self.missing

    def share(self, count: int) -> float:
        """Per cent of all, for the width of a bar."""
        return round(100 * count / self.total, 2) if self.total else 0.0

    @property
    def read_percent(self) -> float:
        return self.share(self.read)

    @property
    def unread_percent(self) -> float:
        return self.share(self.unread)


@dataclass
class Coverage:
    language: str
    interface: Counts = field(default_factory=Counts)
    content: Counts = field(default_factory=Counts)

    @property
    def open(self) -> int:
        return self.interface.open + self.content.open


class Content(NamedTuple):
    model: type[models.Model]
    fields: tuple[str, ...]
    rows: Callable[[], models.QuerySet[Any]]


class InterfaceString(NamedTuple):
    source: str
    place: str


_contents: list[Content] = []
_catalogues: dict[Path, tuple[float, dict[InterfaceString, str]]] = {}


def respondents_read(
    model: type[models.Model], *fields: str, rows: Callable[[], models.QuerySet[Any]] | None = None
) -> None:
    """Count these translated fields. A room calls it in its `translation.py`; `rows` leaves out what nobody meets."""
    _contents.append(Content(model, fields, rows or model._default_manager.all))


def overview(languages: Iterable[str]) -> list[Coverage]:
    """The counts of several languages, with one query for each kind of content."""
    coverages = {language: Coverage(language) for language in languages}
    readings = _readings(coverages)
    for language, coverage in coverages.items():
        _count_interface(coverage.interface, language, readings)
    for content in _contents:
        for _place, originals in _originals(content, coverages):
            for original, wordings in originals:
                for language, wording in wordings.items():
                    state = _state(language, original.text, wording, original.language, readings)
                    _add(coverages[language].content, state)
    return list(coverages.values())


def interface_of(languages: Iterable[str]) -> dict[str, Counts]:
    """The counts of the fixed strings alone, with one query: promise, ready scales, buttons, errors."""
    counts = {language: Counts() for language in languages}
    readings = _readings(counts)
    for language, found in counts.items():
        _count_interface(found, language, readings)
    return counts


def _count_interface(counts: Counts, language: str, readings: set[tuple[str, str]]) -> None:
    for string, translation in _interface(language):
        _add(counts, _state(language, string.source, translation, SOURCE, readings))


def coverage_of(language: str) -> Coverage:
    return overview([language])[0]


def texts(language: str) -> Iterator[CoveredText]:
    """Every text of a language with its source, strings of the interface first."""
    readings = _readings([language])
    for string, translation in _interface(language):
        yield _covered(
            string.place, Text(string.source, SOURCE, "ltr"), translation, language, readings, True
        )
    for content in _contents:
        for place, originals in _originals(content, [language]):
            for original, wordings in originals:
                yield _covered(place, original, wordings[language], language, readings, False)


def mark_as_read(*, language: str, digests: Iterable[str], by: User) -> int:
    """Returns how many texts of the language are read from now on; digests of other wordings are ignored."""
    wanted = set(digests)
    unread = {text.digest for text in texts(language) if text.state == State.UNREAD and text.digest in wanted}
    TextReading.objects.bulk_create(
        [TextReading(language=language, digest=digest, read_by=by) for digest in sorted(unread)],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    return len(unread)


def is_for_respondents(path: str) -> bool:
    """Whether a string of this source file is read by people outside."""
    path = path.replace("\\", "/")
    if "/templates/" in path:
        return not re.search(STAFF_TEMPLATES, path)
    return path in RESPONDENT_MODULES


def _covered(
    place: str,
    source: Text,
    translation: str,
    language: str,
    readings: set[tuple[str, str]],
    is_interface: bool,
) -> CoveredText:
    return CoveredText(
        place,
        source,
        Text(translation, language, direction_of(language)),
        _state(language, source.text, translation, source.language, readings),
        reading_digest(source.text, translation),
        is_interface,
    )


def _state(
    language: str, source: str, translation: str, source_language: str, readings: set[tuple[str, str]]
) -> State:
    if not translation:
        return State.MISSING
    if language == source_language or (language, reading_digest(source, translation)) in readings:
        return State.READ
    return State.UNREAD


def _add(counts: Counts, state: State) -> None:
    setattr(counts, state.value, getattr(counts, state.value) + 1)


def _readings(languages: Iterable[str]) -> set[tuple[str, str]]:
    found = TextReading.objects.filter(language__in=list(languages))
    return set(found.values_list("language", "digest"))


# ---------- content ----------


def _originals(
    content: Content, languages: Iterable[str]
) -> Iterator[tuple[str, list[tuple[Text, dict[str, str]]]]]:
    """For each row: where it is, and for each field that has a text its original and the wordings in `languages`."""
    order = [SOURCE, *(code for code in LANGUAGES if code != SOURCE)]
    wanted = list(languages)
    columns = {
        name: {code: build_localized_fieldname(name, code) for code in order} for name in content.fields
    }
    rows = (
        content.rows()
        .order_by("pk")
        .values("pk", *(column for of in columns.values() for column in of.values()))
    )
    for row in rows.iterator(chunk_size=BATCH):
        originals = []
        for of in columns.values():
            code = next((code for code in order if row[of[code]]), None)
            if code:
                original = Text(row[of[code]], code, direction_of(code))
                originals.append((original, {language: row[of[language]] or "" for language in wanted}))
        if originals:
            yield f"{content.model._meta.verbose_name} #{row['pk']}", originals


# ---------- strings of the interface ----------


def _interface(language: str) -> Iterator[tuple[InterfaceString, str]]:
    """Every string that respondents read with its translation, "" if there is none."""
    translations = _catalogue(language)
    for string in _strings():
        yield string, (string.source if language == SOURCE else translations.get(string, ""))


def _strings() -> list[InterfaceString]:
    """All strings that stand in any catalogue, for a language without a catalogue lacks them all."""
    found = {string for code in LANGUAGES for string in _catalogue(code)}
    return sorted(found, key=lambda string: (string.place, string.source))


def _catalogue(language: str) -> dict[InterfaceString, str]:
    """The part of a catalogue that respondents read; read anew when the file changes."""
    file = Path(settings.LOCALE_PATHS[0]) / to_locale(language) / "LC_MESSAGES" / "django.po"
    try:
        changed_at = file.stat().st_mtime
    except FileNotFoundError:
        return {}
    if file not in _catalogues or _catalogues[file][0] != changed_at:
        _catalogues[file] = changed_at, _read_catalogue(file)
    return _catalogues[file][1]


def _read_catalogue(file: Path) -> dict[InterfaceString, str]:
    strings = {}
    for entry in polib.pofile(str(file)):
        places = sorted(path for path, _line in entry.occurrences if is_for_respondents(path))
        if places and not entry.obsolete:
            source = entry.msgid if not entry.msgid_plural else f"{entry.msgid}\n{entry.msgid_plural}"
            strings[InterfaceString(source, places[0])] = "" if entry.fuzzy else _translation(entry)
    return strings


def _translation(entry: polib.POEntry) -> str:
    """The whole translation; a plural of which one form is missing is missing."""
    if not entry.msgid_plural:
        return entry.msgstr
    forms = [text for _number, text in sorted(entry.msgstr_plural.items())]
    return "\n".join(forms) if forms and all(forms) else ""


def counted_by_state(found: Iterable[CoveredText]) -> dict[State, int]:
    counts = Counter(text.state for text in found)
    return {state: counts[state] for state in State}
