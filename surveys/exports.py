"""Files of results: the figures of a publication, and the answers themselves of confidential waves with a purpose.

Written line by line, so that memory does not grow with the wave. Every file is for the person who asked for it, holds
what that person may see, and is deleted after a week.
"""

import csv
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from io import StringIO
from typing import IO, Any
from uuid import uuid4

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from cxportal.organisation.models import User
from cxportal.organisation.spreadsheets import inert, write_workbook
from surveys import publications
from surveys.models import Export, Publication, Response, Wave
from surveys.publications import Group, QuestionFigures, Results, Value
from surveys.published_rows import asked_in
from surveys.suppression import EVERYBODY

FOLDER = "exports"
CHUNK = 2000
MOST_REMEMBERED = 4096
STALE = timedelta(minutes=30)
BETWEEN_PARTS = "\x1f"
PARTS = f"question || '{BETWEEN_PARTS}' || value, '{BETWEEN_PARTS}'"
TOGETHER = (
    f"SELECT response_id, group_concat({PARTS}) FROM surveys_answer"  # noqa: S608
    " WHERE response_id IN ({keys}) GROUP BY response_id"
)
TOGETHER_ON_POSTGRESQL = (
    f"SELECT response_id::text, string_agg({PARTS}) FROM surveys_answer"  # noqa: S608
    " WHERE response_id = ANY(%s::uuid[]) GROUP BY response_id"
)
BYTE_ORDER_MARK = "\ufeff"
"""By which spreadsheets know that a file is UTF-8."""

HEADINGS = (
    *("publication", "as_of", "breakdown", "cell", "question", "figure", "value"),
    *("number", "low", "high", "n", "reason", "from_publication"),
)
Progress = Callable[[int], None]


class CannotExport(ValueError):
    pass


# ---------- asking for a file ----------


def check(*, wave: Wave, kind: str, by: User, purpose: str) -> None:
    """Raises `CannotExport` with the sentence that says why not."""
    if kind != Export.Kind.ROWS:
        if not Publication.objects.for_user(by).filter(wave=wave).exists():
            raise CannotExport(_("Nothing has been published of this wave yet."))
    elif wave.is_anonymous:
        raise CannotExport(_("Answers of an anonymous wave never leave it one by one."))
    elif not by.scope.is_cx_team:
        raise CannotExport(_("Only the CX team may take out answers one by one."))
    elif not purpose.strip():
        raise CannotExport(_("Say what the answers are needed for."))


def ask(
    *, wave: Wave, kind: str, by: User, purpose: str = "", publication: Publication | None = None
) -> Export:
    """Have a file written in the background; of the current publication, or of the one that is named."""
    check(wave=wave, kind=kind, by=by, purpose=purpose)
    if kind == Export.Kind.ROWS:
        publication = None
    elif publication is None:
        publication = Publication.objects.for_user(by).current().filter(wave=wave).first()
    return Export.objects.create(
        wave=wave, publication=publication, kind=kind, purpose=purpose.strip(), asked_by=by
    )


def write_waiting(*, at: datetime | None = None) -> int:
    """Write every file that waits, or whose writer died. Two workers never write the same one."""
    written = 0
    for pk in list(Export.objects.filter(state=Export.State.WAITING).values_list("pk", flat=True)):
        written += write(pk, at=at)
    stale = (at or timezone.now()) - STALE
    Export.objects.filter(state=Export.State.WRITING, claimed_at__lt=stale).update(state=Export.State.WAITING)
    return written


def write(export_id: int, *, at: datetime | None = None) -> bool:
    at = at or timezone.now()
    waiting = Export.objects.filter(pk=export_id, state=Export.State.WAITING)
    if not waiting.update(state=Export.State.WRITING, claimed_at=at, written=0):
        return False
    export = Export.objects.select_related("wave__version", "publication__wave", "asked_by").get(pk=export_id)
    suffix = "csv" if export.kind == Export.Kind.ROWS else export.kind
    try:
        with tempfile.NamedTemporaryFile("w+b") as file:
            _write_to(file, export)
            file.seek(0)
            name = default_storage.save(f"{FOLDER}/{uuid4()}.{suffix}", File(file))
    except Exception:
        Export.objects.filter(pk=export_id).update(state=Export.State.FAILED)
        raise
    Export.objects.filter(pk=export_id).update(
        state=Export.State.READY, file=name, expires_at=at + Export.KEPT
    )
    return True


def _write_to(file: IO[bytes], export: Export) -> None:
    def progress(written: int) -> None:
        Export.objects.filter(pk=export.pk).update(written=written)

    if export.kind == Export.Kind.ROWS:
        rows = Response.objects.filter(wave=export.wave).count()
        Export.objects.filter(pk=export.pk).update(rows=rows)
        for part in csv_of_answers(export.wave, progress=progress):
            file.write(part)
    elif export.publication:
        results = publications.of_publication(export.publication, export.asked_by)
        for part in FORMATS[export.kind](results):
            file.write(part)


def delete_expired(*, at: datetime | None = None) -> int:
    """Files that are over a week old; that there was one, by whom and for what stays."""
    expired = Export.objects.filter(expires_at__lte=at or timezone.now()).exclude(state=Export.State.EXPIRED)
    for export in expired:
        default_storage.delete(export.file)
        Export.objects.filter(pk=export.pk).update(state=Export.State.EXPIRED, file="")
    return len(expired)


# ---------- figures of a publication ----------


def figures(results: Results) -> Iterator[tuple]:
    """A line for every figure, hidden ones with their reason; the same for CSV and XLSX. See HEADINGS."""
    head = (results.publication.number, results.publication.as_of.isoformat())
    for group in _groups(results):
        place = (*head, *group.place)
        yield _line(place, "", "responses", "", group.n, None, None, group.n, group.reason, group.from_number)
        for code, question in group.questions.items():
            yield from _figures_of(place, code, question)
        for code, indicator in group.indicators.items():
            yield _value_line(
                place, f"={code}", "indicator", indicator.value, indicator.reason, indicator.from_number
            )
    weighted = results.weighted
    for code, value in weighted.values.items() if weighted else ():
        yield _value_line((*head, *EVERYBODY), f"={code}", "weighted", value, "", None)


def _groups(results: Results) -> Iterator[Group]:
    yield results.everybody
    for breakdown in results.breakdowns:
        yield from results.by(breakdown).values()


def _figures_of(place: tuple, code: str, question: QuestionFigures) -> Iterator[tuple]:
    more = (question.reason, question.from_number)
    yield _line(place, code, "answered", "", question.n, None, None, question.n, *more)
    if question.is_hidden:
        return
    for value, count in question.in_order:
        yield _line(place, code, "count", value, count, None, None, question.n, *more)
    if question.mean:
        yield _value_line(place, code, "mean", question.mean, *more)


def _value_line(
    place: tuple, code: str, figure: str, value: Value | None, reason: str, from_number: int | None
) -> tuple:
    if value is None:
        return _line(place, code, figure, "", None, None, None, None, reason, from_number)
    return _line(place, code, figure, "", value.value, value.low, value.high, value.n, reason, from_number)


def _line(place: tuple, *cells: Any) -> tuple:
    return (*place, *cells)


def csv_of_figures(results: Results) -> Iterator[bytes]:
    return _csv([HEADINGS], figures(results))


def xlsx_of_figures(results: Results) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as file:
        write_workbook(file, title="results", headings=HEADINGS, rows=figures(results))
        file.seek(0)
        while part := file.read(65536):
            yield part


def json_of_figures(results: Results) -> Iterator[bytes]:
    """Format 1, see docs/results.md: one object, written breakdown by breakdown."""
    publication = results.publication
    head = {
        **{key: value for key, value in publication.content.items() if key != "everybody"},
        "publication": publication.number,
        "as_of": publication.as_of.isoformat(),
        "is_final": publication.is_final,
        "everybody": publication.content["everybody"],
    }
    opened = json.dumps(head, ensure_ascii=False)[:-1]
    yield f'{opened}, "breakdowns": {{'.encode()
    for number, (breakdown, cells) in enumerate(results.stored()):
        comma = ", " if number else ""
        yield f"{comma}{json.dumps(breakdown)}: {json.dumps(cells, ensure_ascii=False)}".encode()
    yield b"}}\n"


FORMATS: dict[str, Callable[[Results], Iterator[bytes]]] = {
    Export.Kind.CSV: csv_of_figures,
    Export.Kind.XLSX: xlsx_of_figures,
    Export.Kind.JSON: json_of_figures,
}
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


def _csv(heading: Iterable[Iterable[str]], lines: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    buffer = StringIO(BYTE_ORDER_MARK)
    buffer.seek(0, 2)
    writer = csv.writer(buffer)
    writer.writerows(heading)
    made_inert = lru_cache(MOST_REMEMBERED, typed=True)(inert)  # most cells say what others say
    for number, line in enumerate(lines, 1):
        writer.writerow(map(made_inert, line))
        if number % CHUNK == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


# ---------- answers of a confidential wave ----------


def csv_of_answers(wave: Wave, *, progress: Progress = lambda written: None) -> Iterator[bytes]:
    """A line for each response, a column for each question; several answers with | between.

    In the order of random identifiers, which say nothing; without pseudonym, time or comment.
    """
    if wave.is_anonymous:
        raise CannotExport(_("Answers of an anonymous wave never leave it one by one."))
    codes = [asked.code for asked in asked_in(wave.version.content)]  # type: ignore[union-attr]
    headings = ["language", "mode", *wave.breakdowns, *codes]
    return _csv([headings], _answer_lines(wave, codes, progress))


def _answer_lines(wave: Wave, codes: list[str], progress: Progress) -> Iterator[list[str]]:
    """Keys and groups are read as text: many are the same, and making objects of them takes longer than all the rest."""
    key, groups = Cast("pk", TextField()), Cast("cells", TextField())
    responses = Response.objects.filter(wave=wave).order_by("pk").annotate(key=key, groups=groups)
    cells_in = lru_cache(MOST_REMEMBERED)(json.loads)
    written = 0
    for chunk in _in_chunks(
        responses.values_list("key", "language", "mode", "groups").iterator(chunk_size=CHUNK)
    ):
        given = _answers_of([key for key, *_more in chunk])
        for key, language, mode, groups in chunk:
            cells, values = cells_in(groups), given.get(key, {})
            of_groups = [cells.get(name, "") for name in wave.breakdowns]
            yield [language, mode, *of_groups, *[values.get(code, "") for code in codes]]
        written += len(chunk)
        progress(written)


def _in_chunks(rows: Iterable[tuple]) -> Iterator[list[tuple]]:
    chunk: list[tuple] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _answers_of(keys: list[str]) -> dict[str, dict[str, str]]:
    """The answers of some responses, put together by the database: one row each instead of one per answer."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(TOGETHER_ON_POSTGRESQL, [f"{{{','.join(keys)}}}"])
        else:
            cursor.execute(TOGETHER.format(keys=", ".join(["%s"] * len(keys))), keys)
        return {key: _by_question(given.split(BETWEEN_PARTS)) for key, given in cursor.fetchall()}


def _by_question(parts: list[str]) -> dict[str, str]:
    """From question, value, question, value."""
    questions, given = parts[::2], parts[1::2]
    values = dict(zip(questions, given, strict=True))
    if len(values) < len(given):  # several answers to one question
        several: dict[str, list[str]] = {}
        for question, value in zip(questions, given, strict=True):
            several.setdefault(question, []).append(value)
        values = {question: "|".join(sorted(given)) for question, given in several.items()}
    return values
