"""The fault runs of faults.py at the size of CI, and at full size in `make long`."""

import os

import pytest

from tests.dispatch.faults import ROWS, run_row
from tests.dispatch.own_services import Missing, Postgres, redis_program


@pytest.fixture(scope="module")
def postgres():
    try:
        redis_program()
        server = Postgres()
    except Missing as what:
        if os.environ.get("CX_REQUIRE_SERVICES") == "1":
            raise
        pytest.skip(str(what))
    yield server
    server.close()


ON_A_BUSY_MACHINE = (  # rows that came to their end there; the others do in `make long` until they have, too
    "kill -9 of a random worker every 0.5-2 s, never twice",
    "the same, never missed",
    "PostgreSQL restarted 5 times",
)


@pytest.mark.parametrize(
    "row", [pytest.param(row, marks=() if row in ON_A_BUSY_MACHINE else pytest.mark.long) for row in ROWS]
)
def test_nothing_is_lost_and_nothing_is_doubled(row, postgres):
    assert run_row(row, 2000, postgres).broken == []


@pytest.mark.long
@pytest.mark.parametrize("row", ROWS)
def test_nothing_is_lost_and_nothing_is_doubled_at_full_size(row, postgres):
    assert run_row(row, 100_000, postgres, is_full=True).broken == []
