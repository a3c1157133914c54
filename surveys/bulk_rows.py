"""Many rows at once, as fast as the database takes them: COPY on PostgreSQL, one prepared statement on SQLite."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model


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


def stored_uuid(value: Any) -> Any:
    """SQLite keeps a UUID as 32 hex digits."""
    return value if connection.vendor == "postgresql" else value.hex
