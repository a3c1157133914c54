"""All texts of a survey side by side: what is missing, what nobody has read, and saving a page of them at once."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Model, Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cxportal.languages import LANGUAGES
from cxportal.organisation.models import Language, TextReading, User
from cxportal.organisation.texts import column_of, reading_digest, texts_of
from surveys.models import Choice, Item, OwnScale, OwnScalePoint, Part, Question, Survey
from surveys.plain_rows import Row, rows_by_question, texts_in

DIGESTS_AT_ONCE = 10_000
"""Digests asked for in one query: databases limit the number of parameters."""

LABELS = {
    (Survey, "title"): gettext_lazy("Title"),
    (Survey, "purpose"): gettext_lazy("Why we ask"),
    (Survey, "thanks"): gettext_lazy("What happens with the answers"),
    (Part, "title"): gettext_lazy("Title of the part"),
    (Question, "text"): gettext_lazy("Question"),
    (Question, "help"): gettext_lazy("Hint"),
    (Item, "text"): gettext_lazy("Thing to rate"),
    (Choice, "text"): gettext_lazy("Choice"),
    (OwnScalePoint, "label"): gettext_lazy("Point of the scale"),
}
FIELDS: dict[type[Model], list[str]] = {
    model: [field for kind, field in LABELS if kind is model]
    for model in (Survey, Part, Question, Item, Choice, OwnScalePoint)
}


class Line(NamedTuple):
    """One text of the survey, in all its languages."""

    model: type[Model]
    pk: int
    field: str
    code: str
    texts: Mapping[str, str]
    """Language -> text, for the languages that have one."""

    @property
    def place(self) -> str:
        """Its name in forms."""
        return f"{self.model._meta.model_name}-{self.pk}-{self.field}"

    @property
    def label(self) -> str:
        return str(LABELS[self.model, self.field])

    @property
    def longest(self) -> int | None:
        return getattr(self.model._meta.get_field(self.field), "max_length", None)

    def text(self, language: str) -> str:
        return self.texts.get(language, "")


class Group(NamedTuple):
    """The texts of one question, or what stands around the questions."""

    title: str
    anchor: str
    lines: list[Line]
    row: Part | Question | None = None


class Section(NamedTuple):
    """A part of the survey, or what stands before the first one."""

    title: str
    groups: list[Group]


def sections_of(survey: Survey) -> list[Section]:
    """Every text in the order in which respondents meet it. Needs a fixed number of queries."""
    parts = survey.parts.prefetch_related(
        Prefetch("questions", Question.objects.select_related("own_scale", "topic")),
        Prefetch("questions__own_scale__points", OwnScalePoint.objects.order_by("-value")),
    )
    choices, items = rows_by_question(Choice, survey), rows_by_question(Item, survey)
    sections = [Section(_("Start and end"), [Group("", "survey", lines_of_row(survey))])]
    scales: dict[int, OwnScale] = {}
    for number, part in enumerate(parts, 1):
        groups = [Group("", f"part-{part.pk}", lines_of_row(part), part)]
        for question in part.questions.all():
            lines = lines_of_row(question)
            if question.kind == Question.Kind.GRID:
                lines += lines_of_plain_rows(Item, items.get(question.pk, ()))
            if question.kind in Question.WITH_CHOICES:
                lines += lines_of_plain_rows(Choice, choices.get(question.pk, ()))
            groups.append(Group(question.code, f"question-{question.pk}", lines, question))
            if question.own_scale and question.kind in Question.WITH_SCALE:
                scales[question.own_scale.pk] = question.own_scale
        sections.append(Section(_("Part %(number)d") % {"number": number}, groups))
    if scales:
        groups = [
            Group(
                scale.code,
                f"scale-{scale.pk}",
                [line for point in scale.points.all() for line in lines_of_row(point)],
            )
            for scale in scales.values()
        ]
        sections.append(Section(_("Own scales, shared by all surveys that use them"), groups))
    return sections


def lines_of_row(row: Model) -> list[Line]:
    return [
        Line(type(row), row.pk, field, getattr(row, "code", ""), texts_of(row, field))
        for field in FIELDS[type(row)]
    ]


def lines_of_plain_rows(model: type[Model], rows: Iterable[Row]) -> list[Line]:
    return [
        Line(model, row["id"], field, row["code"], texts_in(row, field))
        for row in rows
        for field in FIELDS[model]
    ]


def lines_of_question(question: Question) -> list[Line]:
    lines = lines_of_row(question)
    if question.kind == Question.Kind.GRID:
        lines += [line for item in question.items.all() for line in lines_of_row(item)]
    if question.kind in Question.WITH_CHOICES:
        lines += [line for choice in question.choices.all() for line in lines_of_row(choice)]
    return lines


def lines_of(sections: Iterable[Section]) -> Iterator[Line]:
    for section in sections:
        for group in section.groups:
            yield from group.lines


# ---------- how far a language is ----------


class Progress(NamedTuple):
    """How far one language of a survey is. A text counts when the language the survey is written in has it."""

    language: str
    total: int
    missing: int
    unread: int

    @property
    def is_complete(self) -> bool:
        return self.total > 0 and not self.missing

    @property
    def done(self) -> int:
        return self.total - self.missing

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0


def languages_of(survey: Survey, sections: Iterable[Section]) -> list[str]:
    """The source first, then what is offered to the public, then what has any text."""
    begun: set[str] = set()
    for line in lines_of(sections):
        begun.update(line.texts)
    return list(
        dict.fromkeys(
            [survey.source_language, *Language.offered(), *(code for code in LANGUAGES if code in begun)]
        )
    )


def progress_of(survey: Survey, sections: list[Section], languages: Iterable[str]) -> dict[str, Progress]:
    source = survey.source_language
    lines = [line for line in lines_of(sections) if line.text(source)]
    digests = {
        code: [reading_digest(line.text(source), line.text(code)) for line in lines if line.text(code)]
        for code in languages
    }
    read = readings({code: found for code, found in digests.items() if code != source})
    return {
        code: Progress(
            language=code,
            total=len(lines),
            missing=len(lines) - len(found),
            unread=0 if code == source else sum((code, digest) not in read for digest in found),
        )
        for code, found in digests.items()
    }


def readings(digests: Mapping[str, Iterable[str]]) -> dict[tuple[str, str], TextReading]:
    """(language, digest) -> who read this very wording, for those that somebody has read."""
    wanted = sorted({digest for found in digests.values() for digest in found})
    found: dict[tuple[str, str], TextReading] = {}
    for start in range(0, len(wanted), DIGESTS_AT_ONCE):
        chunk = wanted[start : start + DIGESTS_AT_ONCE]
        rows = TextReading.objects.filter(language__in=list(digests), digest__in=chunk)
        found |= {(row.language, row.digest): row for row in rows.select_related("read_by")}
    return found


# ---------- saving a page of texts ----------


class Saved(NamedTuple):
    changed: int
    read: int
    conflicts: list[Line]
    """Texts that somebody else changed meanwhile: theirs stays."""
    too_long: list[Line]

    @property
    def refused(self) -> set[str]:
        return {line.place for line in self.conflicts + self.too_long}


def fingerprint(source: str, text: str) -> str:
    """Short names of a source and its translation, to see whether they still are what the page showed."""
    return f"{_name_of(source)}-{_name_of(text)}"


def _name_of(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


@transaction.atomic
def save_texts(
    *,
    survey: Survey,
    language: str,
    texts: Mapping[str, str],
    shown: Mapping[str, str],
    read: Iterable[str],
    by: User,
    at: datetime | None = None,
) -> Saved:
    """Write the texts of one language that were changed on the page, and who has read which.

    `texts`: place -> what was typed; `shown`: place -> fingerprint of what the page showed; `read`: places that
    `by` says to have read, which counts only for what was shown or typed there.
    """
    Survey.objects.select_for_update().get(pk=survey.pk)
    lines = {line.place: line for line in lines_of(sections_of(survey))}
    source = survey.source_language
    as_shown = {
        place
        for place, line in lines.items()
        if shown.get(place) == fingerprint(line.text(source), line.text(language))
    }
    changed, conflicts, too_long = [], [], []
    for place, typed in texts.items():
        line, text = lines.get(place), typed.replace("\r\n", "\n").strip()
        if line is None or text == line.text(language) or _was_left_alone(text, shown.get(place, "")):
            continue
        if place not in as_shown:
            conflicts.append(line)
        elif line.longest and len(text) > line.longest:
            too_long.append(line)
        else:
            lines[place] = line._replace(texts={**line.texts, language: text})
            changed.append(lines[place])
    _write(survey, changed, language)
    saved = Saved(len(changed), 0, conflicts, too_long)
    have_read = [lines[place] for place in read if place in as_shown - saved.refused]
    return saved._replace(read=mark_as_read(lines=have_read, source=source, language=language, by=by, at=at))


def _was_left_alone(typed: str, shown: str) -> bool:
    return shown.partition("-")[2] == _name_of(typed)


def _write(survey: Survey, lines: Iterable[Line], language: str) -> None:
    """Also into the survey that the caller holds: it goes on to show its title."""
    by_column: dict[tuple[type[Model], str], dict[int, str]] = {}
    for line in lines:
        column = column_of(line.field, language)
        by_column.setdefault((line.model, column), {})[line.pk] = line.text(language)
    for (model, column), texts in by_column.items():
        rows: dict[Any, Model]
        rows = {survey.pk: survey} if model is Survey else model._default_manager.in_bulk(texts)
        for pk, row in rows.items():
            setattr(row, column, texts[pk])
        model._default_manager.bulk_update(rows.values(), [column], batch_size=200)


def mark_as_read(
    *, lines: Iterable[Line], source: str, language: str, by: User, at: datetime | None = None
) -> int:
    """Remember who has read these very wordings, and when. Returns how many had not been read before."""
    digests = {
        reading_digest(line.text(source), line.text(language)) for line in lines if line.text(language)
    }
    known = {digest for _language, digest in readings({language: digests})}
    new = [TextReading(language=language, digest=digest, read_by=by) for digest in sorted(digests - known)]
    TextReading.objects.bulk_create(new, ignore_conflicts=True)
    if at:
        TextReading.objects.filter(language=language, digest__in=digests - known).update(read_at=at)
    return len(new)
