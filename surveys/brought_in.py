"""Answers that staff bring to the ballot box together: typed from paper, or from a file.

They carry no number of a form and no mark: what keeps them from being counted twice is that their batch is confirmed
once, and their file imported once. They come out of the `Stack` in random order.
"""

import json
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from itertools import islice
from secrets import SystemRandom
from typing import NamedTuple, Self

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys import ballot_box
from surveys.answering import Given, number_of
from surveys.bulk_rows import stored_uuid, write_rows
from surveys.models import Collector, Comment, Response, Submission, Wave
from surveys.questionnaire import Content, Field, Form, Questionnaire, fields_of
from surveys.release import SMALLEST_BATCH, shuffle_box

KEPT_IN_MEMORY = 4 * 1024 * 1024
CHUNK = 2000
COLUMNS = (
    *("id", "wave_id", "version_id", "collector_id", "profile_id", "language", "mode", "is_assisted"),
    *("pseudonym", "content"),
)
LAID_OUT = "surveys_laid_out"
SELECT = f"SELECT {', '.join(COLUMNS)}"

_random = SystemRandom()


class NotOpen(ValueError):
    """Says in one sentence why nothing can be put into the ballot box."""


class Ballot(NamedTuple):
    collector_id: int
    content: Content
    language: str
    mode: str
    is_assisted: bool | None = None


class Stack:
    """Filled questionnaires on their way into the ballot box.

    A large stack is kept in a file without a name, so that memory stays small however many there are.
    """

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115
        self._places: list[int] = []
        self.collectors: set[int] = set()

    def __len__(self) -> int:
        return len(self._places)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def add(self, ballot: Ballot) -> None:
        """Everything that takes time is done here, so that the ballot box is held for a short while only."""
        beside = [ballot.collector_id, ballot.language, ballot.mode, ballot.is_assisted]
        self._places.append(self._file.tell())
        self.collectors.add(ballot.collector_id)
        self._file.write(f"{json.dumps(beside)}\t{json.dumps(ballot.content)}\n".encode())

    def drawn(self) -> Iterator[tuple[list, str]]:
        """Every one of them once, in random order: what stands beside the content, and the content as it is stored."""
        _random.shuffle(self._places)
        for place in self._places:
            self._file.seek(place)
            beside, _tab, content = self._file.readline().decode().rstrip("\n").partition("\t")
            yield json.loads(beside), content


def take_open(wave_id: int) -> Wave:
    """The wave, held until the transaction ends so that it is not closed meanwhile. Raises `NotOpen`.

    Nobody who answers waits for it: rows that refer to the wave can still be added.
    """
    wave = Wave.objects.select_for_update(no_key=True).get(pk=wave_id)
    if reason := why_not_open(wave):
        raise NotOpen(reason)
    return wave


def take_open_or_late(collector: Collector, *, at: datetime | None = None) -> Wave:
    """As `take_open`, also for some weeks after the close: what was sent in time may still be counted."""
    wave = Wave.objects.select_for_update(no_key=True).get(pk=collector.wave_id)
    if reason := why_not_countable(wave, collector, at=at):
        raise NotOpen(reason)
    return wave


def why_not_countable(wave: Wave, collector: Collector, *, at: datetime | None = None) -> str | None:
    """One sentence, or None if what came by this way in before it was closed can be counted."""
    if wave.takes_late(at or timezone.now()):
        return None
    if wave.state == Wave.State.CLOSED:
        return _("The wave was closed too long ago: its figures stand.")
    is_closed = collector.state == Collector.State.CLOSED
    return why_not_open(wave, None if is_closed else collector)


def join_late(wave: Wave, collectors: Iterable[int]) -> None:
    """Of a closed anonymous wave, those who came late must not lie apart: with them, all that look alike are copied
    once more in random order.
    """
    if not wave.is_anonymous or wave.state != Wave.State.CLOSED:
        return
    Response.objects.filter(wave=wave, collector__in=collectors, is_shuffled=True).update(is_shuffled=False)
    Comment.objects.filter(wave=wave, is_shuffled=True).update(is_shuffled=False)


def why_not_open(wave: Wave, collector: Collector | None = None) -> str | None:
    """One sentence, or None if answers are taken."""
    sentences = {
        ballot_box.Result.NOT_OPEN: _("The wave has not been opened yet."),
        ballot_box.Result.PAUSED: _("The wave or its way in is paused. Let it go on first."),
        ballot_box.Result.CLOSED: _("The wave or its way in is closed: no more answers are taken."),
    }
    refused = ballot_box.why_not_open(wave, collector or Collector(wave=wave))
    return sentences[refused] if refused else None


def put_in_all(*, wave: Wave, version_id: int, stack: Stack) -> int:
    """Put the whole stack into the ballot box. The caller holds the transaction and the wave (`take_open`)."""
    for rows in _rows_of_stack(wave, version_id, stack):
        write_rows(Submission, COLUMNS, rows)
    return _are_in(wave, stack)


@contextmanager
def laid_out(*, wave: Wave, version_id: int, stack: Stack) -> Iterator[None]:
    """Before the transaction begins: a large stack in a table that this connection alone sees.

    SQLite has one writer; so it is held only while the database copies the rows by itself, a third of the time.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {LAID_OUT} AS {SELECT} FROM surveys_submission WHERE 1 = 0")
    try:
        for rows in _rows_of_stack(wave, version_id, stack):
            write_rows(Submission, COLUMNS, rows, table=LAID_OUT)
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {LAID_OUT}")


def put_in_laid_out(*, wave: Wave, stack: Stack) -> int:
    """As `put_in_all`, of a stack that is laid out."""
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO surveys_submission ({', '.join(COLUMNS)}) {SELECT} FROM {LAID_OUT}")
    return _are_in(wave, stack)


def _rows_of_stack(wave: Wave, version_id: int, stack: Stack) -> Iterator[list[tuple]]:
    languages: dict[str, str] = {}
    ballots = stack.drawn()
    while chunk := list(islice(ballots, CHUNK)):
        rows = []
        for (collector_id, language, mode, is_assisted), content in chunk:
            if language not in languages:
                languages[language] = ballot_box.kept_language(wave, None, language)
            beside = (wave.pk, version_id, collector_id, None, languages[language], mode, is_assisted)
            rows.append((stored_uuid(uuid.uuid4()), *beside, "", content))
        yield rows


def _are_in(wave: Wave, stack: Stack) -> int:
    if len(stack) < SMALLEST_BATCH:
        # too few to hide among themselves
        shuffle_box(wave)
    join_late(wave, stack.collectors)
    return len(stack)


def left_out(questionnaire: Questionnaire, given: Given, content: Content) -> list[str]:
    """Names of the fields that were filled in and are not in `content`, whole or in part.

    Such as answers to questions that are not asked after the other answers, or a text for an "other" that was not
    chosen.
    """
    stored = {(name, value) for name, value in [*content["values"], *content["texts"]]}
    shapes = shapes_of(questionnaire)
    return [
        name
        for name, values in given.items()
        if name in shapes and not all(row in stored for row in _rows_of(name, values, shapes[name]))
    ]


class Shape(NamedTuple):
    """A field with the question it belongs to. `is_number`: typed, and stored as a number."""

    question: Content
    field: Field
    is_number: bool


def _rows_of(name: str, values: list[str], shape: Shape) -> list[tuple[str, str | None]]:
    """What a field becomes where it is kept."""
    if shape.field.form != Form.TYPED:
        return [(name.removesuffix(":skip"), value) for value in values]
    text = values[0].strip()
    if not text:
        return []
    return [(name, number_of(text) if shape.is_number else text)]


@lru_cache(maxsize=8)
def shapes_of(questionnaire: Questionnaire) -> dict[str, Shape]:
    """The fields of the full version, in the order in which they are asked."""
    return {
        field.name: Shape(asked.question, field, asked.kind == "number" and field.form == Form.TYPED)
        for page in questionnaire.pages()
        for asked in page.asked
        for field in fields_of(asked)
    }
