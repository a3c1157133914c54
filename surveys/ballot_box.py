"""The ballot box: one short transaction takes the answers and the marks that they cannot be given twice.

Marks refer to nothing. The ticket is neither changed nor locked, so no row ties an answer to a person.
Later a blindly signed ballot takes the place of the ticket: keep this exchange small.
"""

import hashlib
import json
import secrets
import uuid
from contextlib import nullcontext
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import IntegrityError, connection, transaction

from cxportal.keys import store
from cxportal.organisation.receipts import new_receipt
from surveys import waves
from surveys.bulk_rows import insertion, stored_uuid
from surveys.memory import kept
from surveys.models import Collector, HeldSubmission, Mark, Mode, Submission, Ticket, Version, Wave

Content = dict[str, Any]
"""{"values": [[question, value], ...], "texts": [[question, text], ...]}; see `surveys.answering`."""


Row = dict[str, Any]
Box = Submission | HeldSubmission


class Result(StrEnum):
    ACCEPTED = "accepted"
    AGAIN = "again"
    """This very form was sent before; it counts once."""
    SPENT = "spent"
    """The personal link was used before."""
    NOT_OPEN = "not_open"
    PAUSED = "paused"
    CLOSED = "closed"


SECONDS_IN_MEMORY = 10
STATES = """
SELECT wave.state, collector.state FROM surveys_collector collector
JOIN surveys_wave wave ON wave.id = collector.wave_id WHERE collector.id = %s
"""
STILL_OPEN = f"SELECT 1 FROM ({STATES}) states(wave, collector) WHERE wave = 'open' AND collector = 'open'"  # noqa: S608
ALIKE = 20
SOME_ALIKE = f"""(SELECT id FROM {{table}} WHERE wave_id = %s AND collector_id = %s
    AND profile_id {{profile}} AND id {{side}} %s ORDER BY profile_id, id LIMIT {ALIKE - 1})"""  # noqa: S608
# identifiers are random: those next to a random place are a random choice, which the index gives in this very order
SAME_STAMP = f"""
UPDATE {{table}} SET mode = mode WHERE id = ANY(ARRAY(
    SELECT id FROM {{table}} WHERE id = ANY(ARRAY(
        SELECT id FROM (
            {SOME_ALIKE.format(table="{table}", profile="{profile}", side=">=")}
            UNION ALL {SOME_ALIKE.format(table="{table}", profile="{profile}", side="<")}
        ) alike LIMIT {ALIKE - 1}
    )) FOR UPDATE SKIP LOCKED
))"""  # noqa: S608


@dataclass(frozen=True)
class Outcome:
    result: Result
    receipt: str | None = None
    """Shown once, never stored: with it the writer finds what became of a comment."""


def put_in(
    *,
    collector: Collector,
    version: Version,
    content: Content,
    form_number: bytes,
    token: str | None = None,
    language: str = "",
    mode: str = Mode.FULL,
    is_assisted: bool | None = None,
    wants_receipt: bool = False,
    is_held: bool = False,
) -> Outcome:
    """Take one filled questionnaire. Needs at most four queries; by an open link on PostgreSQL one statement.

    `form_number` is the random number of the form, `token` that of a personal link. `is_held`: a person decides later
    whether it is counted. Once this returns ACCEPTED the answer is durable; any other result has stored nothing.
    """
    ticket = None
    if token:
        tickets = Ticket.objects.select_related("profile", "collector__wave")
        ticket = tickets.filter(token_hash=hash_of(token), wave=collector.wave_id).first()
        if ticket is None:
            return Outcome(Result.CLOSED)
    collector, is_sure = (ticket.collector, True) if ticket else as_far_as_known(collector.pk)
    if is_sure and (refused := why_not_open(collector.wave, collector)):
        return Outcome(refused)
    wave = collector.wave
    try:
        marks = [mark_of_form(wave, form_number)] + ([mark_of_ticket(wave, token)] if token else [])
        pseudonym = pseudonym_of(wave, ticket)
    except store.KeyMissing:
        if not is_sure and (refused := why_not_now(collector.pk)):
            return Outcome(refused)
        waves.pause_for_lost_key(wave)
        return Outcome(Result.PAUSED)
    receipt = new_receipt() if wants_receipt and content["texts"] else None
    profile = ticket.profile if ticket else None
    row = {
        "id": stored_uuid(uuid.uuid4()),
        "wave_id": wave.pk,
        "version_id": version.pk,
        "collector_id": collector.pk,
        "profile_id": profile.pk if profile else None,
        "language": kept_language(wave, profile, language),
        "mode": mode,
        "is_assisted": is_assisted,
        "pseudonym": pseudonym,
        "content": json.dumps(content | ({"receipt": receipt.digest} if receipt else {})),
    }
    secrets.SystemRandom().shuffle(marks)
    try:
        is_stored = store_rows(
            HeldSubmission if is_held else Submission,
            row,
            [mark_row(wave, mark) for mark in marks],
            hides_order=wave.is_anonymous,
            while_open=None if is_sure else collector.pk,
        )
    except IntegrityError:
        refused = why_refused(wave, form_number, token)
        if refused is None:
            raise
        return Outcome(refused)
    if not is_stored:
        return Outcome(why_not_now(collector.pk) or Result.PAUSED)
    return Outcome(Result.ACCEPTED, receipt.code if receipt else None)


def as_far_as_known(collector_id: int) -> tuple[Collector, bool]:
    """The way in with its wave, and whether its state was read just now: what its opening has frozen is kept in memory,
    and whether it is still open is asked in the statement that stores the answer."""
    read: list[Collector] = []

    def read_it() -> Collector | None:
        read.append(Collector.objects.select_related("wave").get(pk=collector_id))
        return read[0] if read[0].wave.state == Wave.State.OPEN else None

    known = kept(("frozen", collector_id), read_it, seconds=SECONDS_IN_MEMORY)
    return (read[0], True) if read or known is None else (known, False)


def why_not_now(collector_id: int) -> Result | None:
    with connection.cursor() as cursor:
        cursor.execute(STATES, [collector_id])
        states = cursor.fetchone()
    return _refusal(*states) if states else Result.CLOSED


def mark_row(wave: Wave, mark: str) -> Row:
    return {"id": stored_uuid(uuid.uuid4()), "wave_id": wave.pk, "mark": mark, "is_fresh": True}


def store_rows(
    model: type[Box], row: Row, marks: list[Row], *, hides_order: bool, while_open: int | None = None
) -> bool:
    """All or nothing. Nobody who looks at the box later can tell which of twenty that look alike came last.

    PostgreSQL stamps every row with the transaction and the command that wrote it: some others that lie in the box get
    the same stamp, by one statement. SQLite numbers rows as they come: this one gets a random number.
    False: the way in `while_open` or its wave is not open any more, and nothing was stored.
    """
    if connection.vendor != "postgresql":
        return _store_with_number(model, row, marks, hides_order=hides_order, while_open=while_open)
    before: list[tuple[str, list[Any]]] = []
    when = ""
    if while_open is not None:
        before.append((f"still_open AS ({STILL_OPEN})", [while_open]))
        when = "still_open"
    for number, mark in enumerate(marks):
        marking, values = insertion(Mark, [mark], when=when)
        before.append((f"marked{number} AS ({marking})", values))
    if hides_order:
        stamping, values = same_stamp(model, row)
        before.append((f"stamped AS ({stamping})", values))
    putting, values_of_row = insertion(model, [row], when=when)
    statement = f"WITH {', '.join(part for part, _values in before)} {putting}"
    values = [value for _part, values in before for value in values] + values_of_row
    # where something is under way already, a refusal must not spoil it
    own_savepoint = transaction.atomic() if connection.in_atomic_block else nullcontext()
    # not prepared once for all: what was planned while the box was empty would read all of a full one
    with own_savepoint, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return bool(cursor.rowcount)


def _store_with_number(
    model: type[Box], row: Row, marks: list[Row], *, hides_order: bool, while_open: int | None
) -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        if while_open is not None and why_not_now(while_open):
            return False
        cursor.execute(*insertion(Mark, marks))
        cursor.execute(*insertion(model, [row]))
        if hides_order:
            numbering = f"UPDATE {model._meta.db_table} SET rowid = %s WHERE id = %s"  # noqa: S608
            cursor.execute(numbering, [secrets.randbits(62), row["id"]])
    return True


def same_stamp(model: type[Box], row: Row) -> tuple[str, list[Any]]:
    # "IS NOT DISTINCT FROM" would say both, and no index serves it
    has_profile = row["profile_id"] is not None
    statement = SAME_STAMP.format(table=model._meta.db_table, profile="= %s" if has_profile else "IS NULL")
    group = [row["wave_id"], row["collector_id"], *([row["profile_id"]] if has_profile else [])]
    anywhere = uuid.uuid4()
    return statement, [*group, anywhere, *group, anywhere]


def why_not_open(wave: Wave, collector: Collector) -> Result | None:
    return _refusal(wave.state, collector.state)


def _refusal(wave_state: str, collector_state: str) -> Result | None:
    if wave_state == Wave.State.DRAFT:
        return Result.NOT_OPEN
    if wave_state == Wave.State.CLOSED or collector_state == Collector.State.CLOSED:
        return Result.CLOSED
    if wave_state == Wave.State.PAUSED or collector_state == Collector.State.PAUSED:
        return Result.PAUSED
    return None


def why_refused(wave: Wave, form_number: bytes, token: str | None) -> Result | None:
    if Mark.objects.filter(wave=wave, mark=mark_of_form(wave, form_number)).exists():
        return Result.AGAIN
    return Result.SPENT if token and is_spent(wave, token) else None


def is_spent(wave: Wave, token: str) -> bool:
    """Whether a personal link was used. Nobody can tell once the wave's key is gone."""
    try:
        return Mark.objects.filter(wave=wave, mark=mark_of_ticket(wave, token)).exists()
    except store.KeyMissing:
        return False


def hash_of(token: str) -> str:
    """The token is random and long, so that a plain hash does not give it away."""
    return hashlib.sha256(token.encode()).hexdigest()


def mark_of_form(wave: Wave, form_number: bytes) -> str:
    return store.keyed_hash(wave.key_name, form_number, purpose="form")


def mark_of_ticket(wave: Wave, token: str) -> str:
    return store.keyed_hash(wave.key_name, token, purpose="ticket")


def pseudonym_of(wave: Wave, ticket: Ticket | None) -> str:
    """Joins one member's answers across confidential waves, as long as the panel's key exists."""
    if wave.is_anonymous or ticket is None or not ticket.subject:
        return ""
    return store.keyed_hash(ticket.panel_key_name, ticket.subject, purpose="pseudonym")


def kept_language(wave: Wave, profile, language: str) -> str:
    """The language used, unless it would tell people of one profile apart."""
    if wave.is_anonymous and profile is not None:
        return language if profile.language == language else ""
    return language if "language" in wave.breakdowns else ""
