"""What is late stands in the weekly mail of the unit and of everybody above it, as it is when the mail is sent."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cxportal.digest_sections import Week
from feedback.digest_section import lateness
from tests.factories import AssignmentFactory, UnitFactory, VoiceFactory

pytestmark = pytest.mark.django_db
WEEK = Week.before(timezone.now())


def waiting(unit, *, days_late):
    due_at = timezone.now() - timedelta(days=days_late, hours=1)
    return AssignmentFactory(
        item=VoiceFactory(unit=unit), unit=unit, due_at=due_at, assigned_at=due_at - timedelta(days=14)
    )


@pytest.fixture
def late(unit_a, unit_b):
    below = UnitFactory(name="Desk 3", parent=unit_a)
    for unit, days in [(below, 12), (below, 3), (below, -5), (unit_b, 1), (unit_b, -9)]:
        waiting(unit, days_late=days)


def lines(user) -> list[tuple[str, str, str]]:
    section = lateness(user, WEEK)
    return [line[:3] for line in section.blocks[0].lines] if section else []


A = ("Desk 3", "2", "the first by 12 days · 3 wait in all")
B = ("Counter B", "1", "the first by 1 day · 2 wait in all")


def test_what_is_late_goes_up_and_not_beside(late, aino, bram, chiara):
    assert (lines(aino), lines(bram), lines(chiara)) == ([A], [B], [A, B])


def test_the_number_of_all_that_is_late_is_said_first(late, chiara):
    assert lateness(chiara, WEEK).blocks[0].sentences == ["3 voices have waited longer than their target."]


def test_who_handles_no_feedback_reads_nothing_of_it(late, elif_, dimitri):
    assert (lateness(elif_, WEEK), lateness(dimitri, WEEK)) == (None, None)


def test_where_nothing_is_late_there_is_no_section(unit_a, aino):
    waiting(unit_a, days_late=-1)
    assert lateness(aino, WEEK) is None


@pytest.mark.parametrize("units", [1, 3])
def test_it_needs_a_fixed_number_of_queries(chiara, agency_unit, units, django_assert_num_queries):
    for _ in range(units):
        waiting(UnitFactory(parent=agency_unit), days_late=2)
    assert chiara.scope.is_cx_team
    with django_assert_num_queries(2):
        lateness(chiara, WEEK)
