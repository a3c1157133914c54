"""The statements that run for every message, as SQL written by hand and prepared once on PostgreSQL.

The ORM takes longer to build such a statement than the database to run it, and without a prepared plan PostgreSQL
takes longer to plan it. Times are the database's: leases, due times and fences of many machines have one clock.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

NOW = {"postgresql": "statement_timestamp()", "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"}
IN_SECONDS = {
    "postgresql": "statement_timestamp() + interval '{seconds} seconds'",
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', '+{seconds} seconds')",
}


def change(sql: str, *, ids: list[int], worker: str, seconds: float = 0) -> int:
    """How many rows changed. `sql` has the places {ids} and {worker} in this order, and {now} and {later}."""
    written = _written(sql, ids, seconds)
    if connection.vendor == "postgresql":
        with _prepared(written, [ids, worker]) as cursor:
            return cursor.rowcount
    with connection.cursor() as cursor:
        cursor.execute(written, [*ids, worker])
        return cursor.rowcount


def change_both(
    first: str, first_ids: list[int], sql: str, *, ids: list[int], worker: str, seconds: float
) -> int:
    """Two changes of different rows in one statement, which commits by itself. PostgreSQL only; counts the second."""
    both = f"WITH first AS ({_written(first, first_ids, 0)}) {_written(sql, ids, seconds)}"
    with _prepared(both, [first_ids, worker, ids, worker]) as cursor:
        return cursor.rowcount


def _written(sql: str, ids: list[int], seconds: float) -> str:
    vendor = connection.vendor
    return sql.format(
        ids="= ANY(%s)" if vendor == "postgresql" else f"IN ({', '.join(['%s'] * len(ids))})",
        worker="%s",
        now=NOW[vendor],
        later=IN_SECONDS[vendor].format(seconds=float(seconds)),
    )


@contextmanager
def _prepared(sql: str, parameters: list[object]) -> Iterator[psycopg.Cursor]:
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        # behind a pooler that shares connections between transactions a prepared plan may be another's
        if not connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
            connection.connection.prepare_threshold = 0
        cursor.execute(sql, parameters)
        yield cursor
