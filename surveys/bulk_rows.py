"""Many rows at once, as fast as the database takes them: COPY on PostgreSQL, one prepared statement on SQLite.

SQLite has one writer. Whoever writes many rows holds it for a moment only (`in_turn`, `turns`) and then leaves it free,
so that respondents take their turn.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection, connections, transaction
from django.db.models import Model

T = TypeVar("T")
R = TypeVar("R")

MOST_ROWS, FEWEST_ROWS = 1000, 250
WRITERS = 2
WRITER_HELD_SECONDS, BREATH_SECONDS = 0.08, 0.03
"""On SQLite. Who waits for the writer looks every 25 ms at first."""


def turns() -> Iterator[int]:
    """How many rows to write in the next transaction, for as long as it is asked."""
    size = MOST_ROWS
    while True:
        begun = time.perf_counter()
        yield size
        if connection.vendor == "sqlite":
            seconds = max(time.perf_counter() - begun, 0.001)
            size = min(MOST_ROWS, max(FEWEST_ROWS, int(size * WRITER_HELD_SECONDS / seconds)))
            time.sleep(BREATH_SECONDS)


def in_turn(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """The rows in pieces, each to be written in one transaction."""
    sizes, start = turns(), 0
    while start < len(rows):
        piece = rows[start : start + next(sizes)]
        yield piece
        start += len(piece)


def written_in_turn(pieces: Iterable[T], write: Callable[[T], R]) -> Iterator[R]:
    """Write each piece in a transaction of its own. What `write` returns comes in the order of the pieces.

    On PostgreSQL two are written side by side, by connections of their own, while the next is made ready: most of the
    time goes into the server's looking up foreign keys. Not inside a transaction, which only its connection sees.
    """

    def written(piece: T) -> R:
        with transaction.atomic():
            return write(piece)

    if connection.vendor == "sqlite" or connection.in_atomic_block:
        yield from map(written, pieces)
        return
    with ThreadPoolExecutor(WRITERS) as pool:
        under_way: deque[Future[R]] = deque()
        try:
            for piece in pieces:
                under_way.append(pool.submit(copy_context().run, written, piece))
                if len(under_way) > WRITERS:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for one in under_way:
                one.cancel()
            _close_connections(pool)


def _close_connections(pool: ThreadPoolExecutor) -> None:
    """Each writer its own: none begins before all have come."""
    all_here = threading.Barrier(WRITERS)

    def close() -> None:
        all_here.wait()
        connections.close_all()

    for _writer in range(WRITERS):
        pool.submit(close)


def write_rows(
    model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]], *, table: str = ""
) -> None:
    """Insert rows; values must already be what the database stores (UUIDs and JSON as text on SQLite).

    `table` is another one that has the columns of the model.
    """
    table, names = table or model._meta.db_table, ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({places})', list(rows))  # noqa: S608


def next_ids(model: type[Model], count: int) -> list[int]:
    """Keys nobody else gets, so that rows that refer to each other can be written at once. Inside a transaction."""
    if not count:
        return []
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
            )
            return [row[0] for row in cursor.fetchall()]
        # the transaction has the only pen; the counter follows the highest key by itself
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        last = row[0] if row else 0
        return list(range(last + 1, last + count + 1))


def insertion(
    model: type[Model], rows: Sequence[Mapping[str, Any]], *, when: str = ""
) -> tuple[str, list[Any]]:
    """The statement for a few rows and its values, where every millisecond counts; values as in `write_rows`.

    `when` names a table: one row is inserted for each of its rows. PostgreSQL knows the types of a single one only.
    """
    names = ", ".join(f'"{column}"' for column in rows[0])
    places = ", ".join(["%s"] * len(rows[0]))
    source = f"SELECT {places} FROM {when}" if when else "VALUES " + ", ".join([f"({places})"] * len(rows))  # noqa: S608
    statement = f'INSERT INTO "{model._meta.db_table}" ({names}) {source}'
    return statement, [value for row in rows for value in row.values()]


def stored_moment(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def stored_uuid(value: Any) -> Any:
    """SQLite keeps a UUID as 32 hex digits."""
    return value if connection.vendor == "postgresql" else value.hex
