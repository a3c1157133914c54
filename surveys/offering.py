"""In which languages a survey may be offered: complete, and read by a person or decided by the CX team."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cxportal.languages import LANGUAGES, KnownLanguage
from cxportal.organisation.coverage import interface_of
from cxportal.organisation.models import Language
from cxportal.organisation.texts import reading_digest
from surveys.models import Survey
from surveys.publishing import Content, questions_in
from surveys.scales import STANDARD
from surveys.translating import readings


class Readiness(NamedTuple):
    """Whether one language may be offered, and if not, why; `warnings` do not stand in the way."""

    language: KnownLanguage
    missing: int
    faults: list[str]
    warnings: list[str]

    @property
    def is_ready(self) -> bool:
        return not self.faults


def readiness_of(survey: Survey, content: Content) -> list[Readiness]:
    """For the source, every language offered to the public and every one the content has texts in."""
    source = content["source"]
    texts = list(texts_in(content))
    rows = {row.code: row for row in Language.objects.select_related("decided_by")}
    codes = languages_in(content, [row.code for row in rows.values() if row.is_offered])
    read = read_digests(texts, source, codes)
    fixed = {code: counts.open for code, counts in interface_of(codes).items()}
    return [
        _readiness(code, content, texts, rows.get(code), read.get(code, set()), fixed[code]) for code in codes
    ]


def languages_in(content: Content, offered: Iterable[str]) -> list[str]:
    """The source first, then what is offered to the public, then what has any text."""
    begun: set[str] = set()
    for text in texts_in(content):
        begun.update(text)
    return list(dict.fromkeys([content["source"], *offered, *(code for code in LANGUAGES if code in begun)]))


def ready_languages(survey: Survey, content: Content) -> list[str]:
    return [row.language.code for row in readiness_of(survey, content) if row.is_ready]


def _readiness(
    code: str,
    content: Content,
    texts: list[Mapping[str, str]],
    row: Language | None,
    read: set[str],
    open_fixed_texts: int,
) -> Readiness:
    source = content["source"]
    has_decision = bool(row and row.decision)
    unread = _unread(texts, source, code, read)
    unread_scale_words = _unread(list(own_scale_words(content)), source, code, read)
    missing = sum(bool(text.get(source)) and not text.get(code) for text in texts)
    faults = []
    if missing:
        faults.append(
            ngettext("%(count)d text is missing.", "%(count)d texts are missing.", missing)
            % {"count": missing}
        )
    if not (row and row.is_offered):
        faults.append(_("This language is not offered to the public."))
    if open_fixed_texts and not has_decision:
        faults.append(
            ngettext(
                "%(count)d fixed text (promise, ready scales, buttons, errors) is missing or unread, and nobody has decided to offer it all the same.",
                "%(count)d fixed texts (promise, ready scales, buttons, errors) are missing or unread, and nobody has decided to offer them all the same.",
                open_fixed_texts,
            )
            % {"count": open_fixed_texts}
        )
    if unread_scale_words and not has_decision and code != source:
        faults.append(
            ngettext(
                "%(count)d word of an own scale has been read by nobody.",
                "%(count)d words of an own scale have been read by nobody.",
                unread_scale_words,
            )
            % {"count": unread_scale_words}
        )
    return Readiness(LANGUAGES[code], missing, faults, list(_warnings(row, unread, code == source)))


def _warnings(row: Language | None, unread: int, is_source: bool) -> Iterator[str]:
    if unread and not is_source:
        yield ngettext(
            "%(count)d text has been read by nobody.", "%(count)d texts have been read by nobody.", unread
        ) % {"count": unread}
    if row and row.decision:
        yield _("Offered by decision of %(person)s: %(reason)s") % {
            "person": row.decided_by.display_name if row.decided_by else "–",
            "reason": row.decision,
        }


def _unread(texts: Iterable[Mapping[str, str]], source: str, code: str, read: set[str]) -> int:
    return sum(
        bool(text.get(source) and text.get(code)) and reading_digest(text[source], text[code]) not in read
        for text in texts
    )


def read_digests(
    texts: Iterable[Mapping[str, str]], source: str, codes: Iterable[str]
) -> dict[str, set[str]]:
    """Language -> digests of these wordings that somebody has read."""
    texts = list(texts)
    digests = {
        code: [
            reading_digest(text[source], text[code]) for text in texts if text.get(source) and text.get(code)
        ]
        for code in codes
    }
    found: dict[str, set[str]] = {}
    for language, digest in readings(digests):
        found.setdefault(language, set()).add(digest)
    return found


# ---------- texts of a frozen version ----------


def texts_in(content: Content) -> Iterator[Mapping[str, str]]:
    """Language -> text, for everything the agency has written; the ready scales have their words in the catalogues."""
    yield from (content[name] for name in ("title", "purpose", "thanks"))
    for part in content["parts"]:
        yield part["title"]
    for question in questions_in(content):
        yield question["text"]
        yield question["help"]
        yield from (row["text"] for kind in ("items", "choices") for row in question.get(kind, []))
    yield from own_scale_words(content)


def own_scale_words(content: Content) -> Iterator[Mapping[str, str]]:
    seen = set()
    for question in questions_in(content):
        scale = question.get("scale")
        if scale and scale["code"] not in STANDARD and scale["code"] not in seen:
            seen.add(scale["code"])
            yield from (point["label"] for point in scale["points"])
