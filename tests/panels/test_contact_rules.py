"""Quiet hours, days, and how often anybody may be asked."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from panels import contact_rules
from panels.models import ContactRule, Invitation
from tests.panels.mailings import MONDAY, fill, new_mailing, new_panel, open_wave

HELSINKI = ZoneInfo("Europe/Helsinki")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In November 2026, whose 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=HELSINKI)


def rule(**more) -> ContactRule:
    return ContactRule(quiet_from=time(20), quiet_until=time(8), **more)


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        (at(23, 12), at(23, 12)),
        (at(23, 7, 59), at(23, 8)),
        (at(23, 20), at(24, 8)),
        (at(23, 23, 30), at(24, 8)),
        (at(24, 0, 30), at(24, 8)),
        (at(27, 21), at(30, 8)),
        (at(28, 12), at(30, 8)),
    ],
)
def test_messages_wait_for_the_next_hour_of_a_working_day(wanted, sent):
    assert contact_rules.next_moment(rule(weekdays=[0, 1, 2, 3, 4]), wanted) == sent


def test_quiet_hours_may_lie_within_one_day():
    noon = ContactRule(quiet_from=time(12), quiet_until=time(13))
    assert contact_rules.next_moment(noon, at(23, 12, 30)) == at(23, 13)


def test_quiet_hours_follow_the_clock_of_the_agency_when_it_changes():
    """Summer time ends on 25 October 2026: nine in the morning UTC is eleven, not twelve."""
    evening = datetime(2026, 10, 24, 21, tzinfo=HELSINKI)
    assert contact_rules.next_moment(rule(), evening) == datetime(2026, 10, 25, 8, tzinfo=HELSINKI)


@pytest.mark.django_db
@pytest.mark.parametrize(("days_ago", "is_asked_too_often"), [(59, True), (61, False)])
def test_a_rest_lasts_as_many_days_as_the_rule_says(days_ago, is_asked_too_often, settings, tmp_path):
    settings.KEYS_FOLDER = tmp_path / "keys"
    panel = new_panel()
    (row,) = fill(panel, 1)
    mailing = new_mailing(open_wave(), panel)
    Invitation.objects.create(
        mailing=mailing,
        wave=mailing.wave,
        member=row.member,
        language="en",
        channel="email",
        asked_at=MONDAY - timedelta(days=days_ago),
    )
    asked = contact_rules.asked_too_often(ContactRule(most_requests=1, within_days=60), MONDAY)
    assert asked == ({row.member_id} if is_asked_too_often else set())


@pytest.mark.django_db
def test_an_invitation_that_was_not_sent_is_no_request(settings, tmp_path):
    settings.KEYS_FOLDER = tmp_path / "keys"
    panel = new_panel()
    (row,) = fill(panel, 1)
    mailing = new_mailing(open_wave(), panel)
    Invitation.objects.create(
        mailing=mailing,
        wave=mailing.wave,
        member=row.member,
        language="en",
        channel="email",
        state="withdrawn",
        asked_at=MONDAY,
    )
    assert contact_rules.asked_too_often(ContactRule(), MONDAY) == set()
