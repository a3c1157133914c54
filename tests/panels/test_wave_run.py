"""A whole wave over PostgreSQL, Redis and two workers, at the size of CI and at full size in `make long`."""

import os

import pytest

from tests.dispatch.own_services import Missing, Postgres, redis_program
from tests.panels.wave_run import run_wave


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
@pytest.mark.parametrize("size", [2000, pytest.param(20_000, marks=pytest.mark.long)])
def test_nobody_is_asked_twice_and_nobody_is_missed(size, postgres):
    assert run_wave(size, postgres).broken == []
