from datetime import UTC, datetime

import pytest
import time_machine


@pytest.fixture
def time_machine_now():
    now = datetime(2026, 11, 1, 12, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        yield now
