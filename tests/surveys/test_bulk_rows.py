"""Pieces are written each in a transaction of its own, on PostgreSQL two side by side."""

import threading
import time

import pytest
from django.db import connection, transaction

from cxportal.organisation.models import Unit
from surveys.bulk_rows import in_turn, written_in_turn

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
needs_postgres = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer")


def units_named(names):
    return [Unit(code=name, name=name) for name in names]


def make(names):
    Unit.objects.bulk_create(units_named(names))
    return list(names)


def test_what_comes_back_stands_in_the_order_of_the_pieces():
    names = [f"unit-{number}" for number in range(2500)]
    assert [name for piece in written_in_turn(in_turn(names), make) for name in piece] == names
    assert Unit.objects.count() == 2500


def test_a_piece_that_fails_leaves_nothing_of_itself_and_ends_the_writing():
    pieces = [["a", "b"], ["c", "c"], *([f"later-{number}"] for number in range(50))]
    with pytest.raises(Exception, match="code"):
        list(written_in_turn(pieces, make))
    assert {"a", "b"} <= set(Unit.objects.values_list("code", flat=True))
    assert not Unit.objects.filter(code__in=["c", "later-49"]).exists()


def connections_open() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return cursor.fetchone()[0]


@needs_postgres
def test_two_are_written_side_by_side_and_leave_no_connection_behind():
    both = threading.Barrier(2, timeout=20)

    def writes(names):
        both.wait()
        return make(names)

    list(written_in_turn([["a"], ["b"]], writes))
    until = time.monotonic() + 10  # a server process takes a moment to end
    while (open_ones := connections_open()) > 1 and time.monotonic() < until:
        time.sleep(0.05)
    assert open_ones == 1
    assert Unit.objects.count() == 2


@needs_postgres
def test_nothing_is_written_side_by_side_inside_a_transaction():
    with transaction.atomic():
        list(written_in_turn([["a"], ["b"]], make))
        transaction.set_rollback(True)
    assert not Unit.objects.exists()
