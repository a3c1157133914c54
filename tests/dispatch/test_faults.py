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


@pytest.mark.begun_first
@pytest.mark.parametrize("row", ROWS)
def test_nothing_is_lost_and_nothing_is_doubled(row, postgres):
    assert run_row(row, 2000, postgres).broken == []


@pytest.mark.long
@pytest.mark.parametrize("row", ROWS)
def test_nothing_is_lost_and_nothing_is_doubled_at_full_size(row, postgres):
    assert run_row(row, 100_000, postgres, is_full=True).broken == []
