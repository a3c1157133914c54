from datetime import UTC, datetime

import pytest
from celery import current_app

from cxportal.dispatch import due, tasks
from cxportal.dispatch.models import Due
from tests.factories import MessageFactory

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def jobs(monkeypatch):
    monkeypatch.setattr(due, "_jobs", {})
    done = []
    due.register("digest", lambda: done.append("digest"), period_of=lambda now: "2026-W47")
    return done


@pytest.fixture
def woken(monkeypatch):
    sent = []
    monkeypatch.setattr(
        current_app, "send_task", lambda name, args, *rest, **options: sent.append((name, *args))
    )
    return sent


def test_job_of_a_period_is_done_by_the_first_who_asks(jobs):
    assert [due.run_if_due("digest"), due.run_if_due("digest")] == [True, False]
    assert jobs == ["digest"]


def test_job_that_is_done_is_not_due(jobs):
    assert due.due_jobs() == ["digest"]
    due.run_if_due("digest")
    assert due.due_jobs() == []


def test_next_period_has_its_own_turn(jobs):
    assert [due.claim_due("digest", "2026-W47"), due.claim_due("digest", "2026-W48")] == [True, True]


@pytest.mark.parametrize(
    ("period_of", "before", "after"),
    [
        (
            due.daily(hour=6),
            datetime(2026, 11, 20, 3, 59, tzinfo=UTC),
            datetime(2026, 11, 20, 4, 0, tzinfo=UTC),
        ),
        (
            due.weekly(weekday=0, hour=7),
            datetime(2026, 11, 16, 4, 59, tzinfo=UTC),
            datetime(2026, 11, 16, 5, 0, tzinfo=UTC),
        ),
        (
            due.every_minutes(5),
            datetime(2026, 11, 16, 4, 59, tzinfo=UTC),
            datetime(2026, 11, 16, 5, 0, tzinfo=UTC),
        ),
    ],
)
def test_period_changes_at_its_hour_in_the_time_of_the_agency(period_of, before, after):
    assert period_of(before) != period_of(after)
    assert period_of(after) == period_of(after.replace(minute=3))


def test_old_periods_are_forgotten(jobs):
    Due.objects.create(job="digest", period="2024-W01", claimed_at=datetime(2024, 1, 1, tzinfo=UTC))
    due.claim_due("digest", "2026-W47")
    due.forget_old()
    assert list(Due.objects.values_list("period", flat=True)) == ["2026-W47"]


def test_tick_wakes_workers_for_due_jobs_and_for_channels_with_something_due(jobs, woken, settings):
    settings.DISPATCH_WORKERS = 2
    MessageFactory()
    tasks.tick()
    assert woken == [
        ("cxportal.dispatch.tasks.run_job", "digest"),
        ("cxportal.dispatch.tasks.send", "email"),
        ("cxportal.dispatch.tasks.send", "email"),
    ]


def test_tick_wakes_nobody_to_send_while_everything_is_on_hold(jobs, woken, chiara):
    due.run_if_due("digest")
    MessageFactory()
    tasks.restored.hold_all(by=chiara)
    tasks.tick()
    assert woken == []


def test_wake_up_for_nothing_does_nothing():
    tasks.send("email")
    tasks.send("sms")


def test_lost_broker_does_not_stop_the_one_who_queues(monkeypatch, django_capture_on_commit_callbacks):
    def away(*arguments, **options):
        raise ConnectionRefusedError

    monkeypatch.setattr(current_app, "send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.waking.wake_after_commit("email")
