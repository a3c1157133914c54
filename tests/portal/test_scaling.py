"""Two of everything, one of each killed: `docs/scaling.md`."""

import pytest

from tests.dispatch.own_services import Missing, Postgres, redis_program
from tests.portal import scaled_run


@pytest.mark.long
def test_no_answer_and_no_invitation_is_lost_when_one_of_each_is_killed():
    try:
        redis_program()
        postgres = Postgres()
    except Missing as what:
        pytest.skip(str(what))
    try:
        assert scaled_run.run(300, 300, postgres).broken == []
    finally:
        postgres.close()
