"""Counting what waits in the ballot box: shuffled, in one transaction, so that nothing is lost or counted twice.

PostgreSQL keeps the transaction number and the place of every row, SQLite the order: rows of one transaction find
each other. So an anonymous wave is released in batches of random members in random order, each batch at least twenty
that look alike, some always stay in the box, and after the close everything is copied once in random order. The bound
is 1/batch before the close and 1/profile after.
"""

import json
import secrets
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from surveys import breakdowns, indicators, quality
from surveys.bulk_rows import stored_uuid, write_rows
from surveys.counting import WAITING_COLUMNS, Counted, Waiting, count, meanings_of
from surveys.models import Answer, Collector, Comment, Mark, Profile, Response, Submission, Tally, Wave

SMALLEST_BATCH = 20
SHARE_OF_COUNTED = 0.02
STAY_IN_THE_BOX = 10
BATCH_AT_MOST = 2000
RESPONSE_COLUMNS = (
    *("id", "wave_id", "version_id", "collector_id", "profile_id", "language", "mode", "is_assisted"),
    *("pseudonym", "is_shuffled", "cells"),
)
COMMENT_COLUMNS = (
    *("id", "wave_id", "question", "text", "language", "unit_id", "service_id", "band", "receipt_hash"),
    "is_shuffled",
)

_random = secrets.SystemRandom()


class Sums:
    """n, sum and sum of squares of one tally."""

    __slots__ = ("n", "squares", "total")

    def __init__(self) -> None:
        self.n, self.total, self.squares = 0, 0.0, 0.0

    def add(self, times: int, number: float = 0.0) -> None:
        self.n += times
        self.total += times * number
        self.squares += times * number * number

    def merge(self, other: "Sums") -> None:
        self.n += other.n
        self.total += other.total
        self.squares += other.squares


TallyKey = tuple[str, str, str, str]
"""question, value, breakdown, cell"""
Group = tuple[tuple[str, str], ...]
"""The cells of a response."""
Fact = tuple[str, str, float | None]
"""question, value, number"""
Figure = tuple[str, str, float]
"""indicator, value, number"""


def release(wave: Wave) -> int:
    """Count what may be counted now. Returns how many submissions were released; calling it again does no harm."""
    released = 0
    while batch := _release_batch(wave.pk):
        released += batch
    forget_deleted_rows(Submission, Mark)
    return released


def _release_batch(wave_id: int) -> int:
    with transaction.atomic():
        wave = Wave.objects.select_for_update(no_key=True).get(
            pk=wave_id
        )  # respondents go on sending meanwhile
        chosen = choose(wave)
        if not chosen:
            shuffle_box(wave)
            return 0
        submissions = waiting(chosen)
        _random.shuffle(submissions)
        meanings = meanings_of({submission.version_id for submission in submissions})
        write(wave, [count(wave, one, meanings[one.version_id]) for one in submissions])
        delete_exactly(Submission, chosen)
        rewrite_fresh_marks(wave)
        return len(submissions)


def waiting(chosen: list[uuid.UUID]) -> list[Waiting]:
    """Many share a way in and a profile: these are read once."""
    rows = list(Submission.objects.filter(pk__in=chosen).values_list(*WAITING_COLUMNS))
    collectors = Collector.objects.select_related("unit", "service").in_bulk({row[1] for row in rows})
    profiles = Profile.objects.select_related("unit").in_bulk({row[2] for row in rows if row[2]})
    return [
        Waiting(version_id, collectors[collector_id], profiles.get(profile_id), *more)
        for version_id, collector_id, profile_id, *more in rows
    ]


def choose(wave: Wave) -> list[uuid.UUID]:
    """Which submissions are released now: all that wait, or of an open anonymous wave a random part of enough.

    Enough means enough that look alike: whoever knows somebody's profile and the way they came in should still face
    a whole batch. So each pair of collector and profile makes batches of its own and keeps ten in the box.
    """
    box = Submission.objects.filter(wave=wave)
    if not wave.is_anonymous or wave.state == Wave.State.CLOSED:
        # identifiers are random, so those that come first are a random choice
        return list(box.order_by("pk").values_list("pk", flat=True)[:BATCH_AT_MOST])
    alike: dict[tuple, list[Any]] = defaultdict(list)
    for pk, *group in box.values_list("pk", "collector", "profile"):
        alike[tuple(group)].append(pk)
    enough = [group for group in alike.values() if len(group) - STAY_IN_THE_BOX >= SMALLEST_BATCH]
    may_go = sum(len(group) - STAY_IN_THE_BOX for group in enough)
    if may_go < max(SMALLEST_BATCH, SHARE_OF_COUNTED * counted(wave)):
        return []
    chosen: list[Any] = []
    for group in enough:
        if chosen and len(chosen) + len(group) > BATCH_AT_MOST:
            break
        chosen += _random.sample(group, min(len(group) - STAY_IN_THE_BOX, BATCH_AT_MOST))
    return chosen


def shuffle_box(wave: Wave) -> None:
    """What stays in the box of an anonymous wave gets new rows in random order, so that nobody reads who came when."""
    if not wave.is_anonymous:
        return
    box = list(Submission.objects.filter(wave=wave))
    delete_exactly(Submission, [submission.pk for submission in box])
    _random.shuffle(box)
    for submission in box:
        submission.pk = uuid.uuid4()
    Submission.objects.bulk_create(box, batch_size=500)
    rewrite_fresh_marks(wave)


def counted(wave: Wave) -> int:
    everybody = Tally.objects.filter(wave=wave, question="", value="", breakdown="", cell="").first()
    return everybody.n if everybody else 0


def write(wave: Wave, batch: list[Counted]) -> None:
    """Responses, answers, comments and tallies of one batch; each table in an order of its own."""
    write_rows(Response, RESPONSE_COLUMNS, (_response_row(wave, one) for one in batch))
    names = {one.id: stored_uuid(one.id) for one in batch}
    write_rows(
        Answer,
        ("response_id", "question", "value", "number"),
        ((names[one.id], *answer) for one in batch for answer in one.answers),
    )
    comments = [comment for one in batch for comment in one.comments]
    _random.shuffle(comments)
    write_rows(Comment, COMMENT_COLUMNS, (_comment_row(wave, comment) for comment in comments))
    add_to_tallies(wave, tallies_of(wave, batch))
    quality.add_counts(wave, batch)


def _response_row(wave: Wave, one: Counted) -> tuple:
    filled = one.submission
    profile_id = filled.profile.pk if filled.profile else None
    return (
        *(stored_uuid(one.id), wave.pk, filled.version_id, filled.collector.pk, profile_id),
        *(filled.language, filled.mode, filled.is_assisted, filled.pseudonym),
        *(not wave.is_anonymous, json.dumps(one.cells)),
    )


def _comment_row(wave: Wave, comment: Any) -> tuple:
    return (
        *(stored_uuid(uuid.uuid4()), wave.pk, comment.question, comment.text, comment.language),
        *(comment.unit_id, comment.service_id, comment.band, comment.receipt_hash, not wave.is_anonymous),
    )


def tallies_of(wave: Wave, batch: Iterable[Counted]) -> dict[TallyKey, Sums]:
    """Responses of the same groups are added up first, and only their sums spread over the places they count in."""
    definitions = indicators.counted_in(wave)
    responses: Counter[Group] = Counter()
    answers: dict[Group, Counter[Fact]] = defaultdict(Counter)
    figures: dict[Group, Counter[Figure]] = defaultdict(Counter)
    for one in batch:
        group = tuple(one.cells.items())
        responses[group] += 1
        answers[group].update(one.answers)
        if definitions:
            figures[group].update(indicators.tallied(definitions, one.answers))
    tallies: dict[TallyKey, Sums] = defaultdict(Sums)
    for group, n in responses.items():
        sums = _sums(n, answers[group], figures[group])
        for place in breakdowns.tallied_cells(wave, dict(group)):
            for fact, one_sum in sums.items():
                tallies[*fact, *place].merge(one_sum)
    return tallies


def _sums(n: int, answers: Counter[Fact], figures: Counter[Figure]) -> dict[tuple[str, str], Sums]:
    """Of one group: the responses, each answer, each number once more for means, indicators."""
    sums: dict[tuple[str, str], Sums] = defaultdict(Sums)
    sums["", ""].add(n)
    for (question, value, number), times in answers.items():
        sums[question, value].add(times)
        if number is not None:
            sums[question, ""].add(times, number)
    for (code, value, number), times in figures.items():
        sums[code, value].add(times, number)
    return sums


def add_to_tallies(wave: Wave, sums: dict[TallyKey, Sums]) -> None:
    table = Tally._meta.db_table
    columns = "wave_id, question, value, breakdown, cell, n, total, squares"
    statement = (
        f"INSERT INTO {table} ({columns}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) "  # noqa: S608
        "ON CONFLICT (wave_id, question, value, breakdown, cell) DO UPDATE SET "
        f"n = {table}.n + excluded.n, total = {table}.total + excluded.total, "
        f"squares = {table}.squares + excluded.squares"
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            statement,
            [(wave.pk, *key, sums[key].n, sums[key].total, sums[key].squares) for key in sorted(sums)],
        )


def rewrite_fresh_marks(wave: Wave) -> None:
    """Marks made since the last release get new rows in random order: nothing ties them to a submission."""
    fresh = list(Mark.objects.filter(wave=wave, is_fresh=True).values_list("pk", "mark"))
    delete_exactly(Mark, [pk for pk, _ in fresh])
    _random.shuffle(fresh)
    Mark.objects.bulk_create(
        (Mark(wave=wave, mark=mark, is_fresh=False) for _, mark in fresh), batch_size=500
    )


def delete_exactly(model: type[Model], keys: list[uuid.UUID]) -> None:
    """Only the rows that were read: one that came in meanwhile must stay."""
    for start in range(0, len(keys), 500):
        model._default_manager.filter(pk__in=keys[start : start + 500]).delete()


def shuffle_closed(wave: Wave) -> int:
    """After the close, copy what was counted once in random order. Goes on where it was interrupted."""
    if not wave.is_anonymous or wave.state != Wave.State.CLOSED or wave.submissions.exists():
        return 0
    copied = 0
    while batch := _shuffle_responses(wave):
        copied += batch
    _shuffle_comments(wave)
    Mark.objects.filter(wave=wave).update(is_fresh=True)
    with transaction.atomic():
        rewrite_fresh_marks(wave)
    if copied:
        forget_deleted_rows(Response, Answer, Comment, Mark)
    return copied


def _shuffle_responses(wave: Wave) -> int:
    with transaction.atomic():
        left = Response.objects.filter(wave=wave, is_shuffled=False).order_by("pk")
        chosen = list(left.values_list("pk", flat=True)[:BATCH_AT_MOST])
        _random.shuffle(chosen)
        answers: dict[uuid.UUID, list[tuple]] = {pk: [] for pk in chosen}
        for response_id, *answer in Answer.objects.filter(response_id__in=chosen).values_list(
            "response_id", "question", "value", "number"
        ):
            answers[response_id].append(tuple(answer))
        responses = {response.pk: response for response in Response.objects.filter(pk__in=chosen)}
        Answer.objects.filter(response_id__in=chosen).delete()
        Response.objects.filter(pk__in=chosen).delete()
        renamed = [(stored_uuid(uuid.uuid4()), responses[pk], answers[pk]) for pk in chosen]
        write_rows(
            Response,
            RESPONSE_COLUMNS,
            (
                (
                    *(
                        new_id,
                        wave.pk,
                        old.version_id,
                        old.collector_id,
                        old.profile_id,
                        old.language,
                        old.mode,
                    ),
                    *(old.is_assisted, old.pseudonym, True, json.dumps(old.cells)),
                )
                for new_id, old, _ in renamed
            ),
        )
        write_rows(
            Answer,
            ("response_id", "question", "value", "number"),
            ((new_id, *answer) for new_id, _, given in renamed for answer in given),
        )
        return len(chosen)


@transaction.atomic
def _shuffle_comments(wave: Wave) -> None:
    """Comments keep their identity: feedback knows them by it. Their rows are written anew in random order."""
    comments = list(Comment.objects.filter(wave=wave, is_shuffled=False))
    delete_exactly(Comment, [comment.pk for comment in comments])
    _random.shuffle(comments)
    for comment in comments:
        comment.is_shuffled = True
    Comment.objects.bulk_create(comments, batch_size=500)


def forget_deleted_rows(*models: type[Model]) -> None:
    """Deleted rows leave the disk too. Does nothing inside a transaction, where no database can."""
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for model in models:
                cursor.execute(f'VACUUM "{model._meta.db_table}"')
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
