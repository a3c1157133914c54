"""Owners hear before and after the day, managers of the unit when it is very late; each once for each day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from actions import reminders
from actions.models import Action, Milestone, Status
from cxportal.dispatch.gateways.outbox import OutboxGateway
from cxportal.dispatch.models import Message, OutboxMail
from cxportal.dispatch.sending import send_due
from tests.factories import ActionFactory, StaffRoleFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db
DUE = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


@pytest.fixture(autouse=True)
def _addresses(aino, bram):
    for person in (aino, bram):
        person.email = f"{person.username}@agency.example"
        person.save()


@pytest.fixture
def action(unit_a, bram):
    """Of unit A, which Aino manages; Bram owns it."""
    return ActionFactory(unit=unit_a, owner=bram, due_on=DUE, title="Signs", at_status="under_way")


def on(days: int) -> datetime:
    """So many days after the due date."""
    return datetime.combine(DUE + timedelta(days=days), datetime.min.time(), UTC) + timedelta(hours=8)


def queued(*days: int) -> list[tuple[int, str, str]]:
    """(day, kind, address) of every new mail."""
    found, known = [], set()
    for day in days:
        reminders.queue_due(at=on(day))
        for message in Message.objects.exclude(pk__in=known):
            known.add(message.pk)
            found.append((day, message.data["kind"], message.address))
    return sorted(found)


def test_each_is_told_once_in_its_time(action):
    assert queued(-8, -7, -6, 0, 1, 2, 13, 14, 15, 29) == [
        (-7, "soon", "bram@agency.example"),
        (1, "late", "bram@agency.example"),
        (14, "very_late", "aino@agency.example"),
    ]


def test_a_day_that_was_moved_is_reminded_of_anew(action):
    queued(1)
    Action.objects.update(due_on=DUE + timedelta(days=10))
    assert reminders.queue_due(at=on(11)) == 1


@pytest.mark.parametrize("status", ["done", "verified", "declined", "dropped"])
def test_nobody_is_told_of_what_is_over(action, unit_a, bram, status):
    Action.objects.all().delete()
    ActionFactory(unit=unit_a, owner=bram, due_on=DUE, at_status=status)
    assert queued(-7, 1, 14) == []


def test_what_passed_long_before_the_portal_began_to_remind_is_left_alone(action):
    assert queued(60) == []


def test_without_a_manager_of_the_unit_the_nearest_above_is_told(action, aino, unit_a, agency_unit):
    desk = UnitFactory(code="desk", parent=unit_a)
    Action.objects.update(unit=desk)
    assert queued(14) == [(14, "late", "bram@agency.example"), (14, "very_late", "aino@agency.example")]


def test_two_managers_of_a_unit_are_both_told(action, unit_a):
    other = UserFactory(email="other@agency.example")
    StaffRoleFactory(user=other, role="manager", unit=unit_a)
    assert [address for _day, kind, address in queued(14) if kind == "very_late"] == [
        "aino@agency.example",
        "other@agency.example",
    ]


def test_somebody_without_an_address_or_account_is_passed_over(action, bram):
    bram.email = ""
    bram.save()
    assert queued(-7) == []
    type(bram).objects.filter(pk=bram.pk).update(email="bram@agency.example", is_active=False)
    assert queued(-7) == []


def sent(at: datetime, time_machine) -> list[str]:
    time_machine.move_to(at)
    send_due(gateway=OutboxGateway(), channel="email", worker="w")
    return list(OutboxMail.objects.values_list("subject", flat=True))


@pytest.mark.parametrize(
    ("day", "subject"),
    [(-7, "Due 20 November 2026: Signs"), (1, "1 day late: Signs"), (14, "14 days late: Signs")],
)
def test_the_mail_says_how_late_it_is(action, day, subject, time_machine):
    time_machine.move_to(on(day))
    reminders.queue_due(at=on(day))
    assert subject in sent(on(day), time_machine)


@pytest.mark.parametrize("change", ["done", "another day", "another owner", "no role"])
def test_what_has_changed_since_it_was_queued_is_not_sent(action, aino, bram, change, time_machine):
    time_machine.move_to(on(1))
    reminders.queue_due(at=on(1))
    match change:
        case "done":
            Action.objects.filter(pk=action.pk).update(status=Status.objects.get(code="done"))
        case "another day":
            Action.objects.update(due_on=DUE + timedelta(days=30))
        case "another owner":
            Action.objects.update(owner=aino)
        case "no role":
            bram.roles.all().delete()
    assert sent(on(1), time_machine) == []


@pytest.fixture
def step(unit_a, bram):
    """Of an action of Bram that is due much later itself."""
    action = ActionFactory(
        unit=unit_a, owner=bram, due_on=DUE + timedelta(days=300), title="Signs", at_status="under_way"
    )
    return Milestone.objects.create(action=action, text="Order the signs", due_on=DUE)


def test_the_owner_is_told_of_a_step_once_before_and_once_after_its_day(step):
    assert queued(-8, -7, -6, 0, 1, 2, 14, 29) == [
        (-7, "soon", "bram@agency.example"),
        (1, "late", "bram@agency.example"),
    ]


def test_a_step_moved_to_another_day_is_reminded_of_anew(step):
    queued(1)
    Milestone.objects.update(due_on=DUE + timedelta(days=10))
    assert reminders.queue_due(at=on(11)) == 1


@pytest.mark.parametrize("over", ["the step", "the action"])
def test_nobody_is_told_of_a_step_that_is_over(step, unit_a, bram, over):
    if over == "the step":
        Milestone.objects.update(done_on=DUE)
    else:
        Action.objects.update(status=Status.objects.get(code="done"))
    assert queued(-7, 1) == []


@pytest.mark.parametrize(
    ("day", "subject", "words"),
    [
        (-7, "Due 20 November 2026: Order the signs", "This step of an action of yours is due on"),
        (2, "2 days late: Order the signs", "This step of an action of yours was due on"),
    ],
)
def test_the_mail_names_the_step_and_its_action(step, day, subject, words, time_machine):
    time_machine.move_to(on(day))
    reminders.queue_due(at=on(day))
    assert sent(on(day), time_machine) == [subject]
    text = OutboxMail.objects.get().text
    assert (f"Signs · {step.action.unit}" in text, words in text) == (True, True)


@pytest.mark.parametrize("change", ["done", "another day", "another owner", "no role"])
def test_what_has_changed_of_a_step_since_it_was_queued_is_not_sent(step, aino, bram, change, time_machine):
    time_machine.move_to(on(1))
    assert reminders.queue_due(at=on(1)) == 1
    match change:
        case "done":
            Milestone.objects.update(done_on=DUE)
        case "another day":
            Milestone.objects.update(due_on=DUE + timedelta(days=30))
        case "another owner":
            Action.objects.update(owner=aino)
        case "no role":
            bram.roles.all().delete()
    assert sent(on(1), time_machine) == []


def test_queueing_again_needs_a_fixed_number_of_queries(action, unit_a, bram, django_assert_num_queries):
    ActionFactory.create_batch(5, unit=unit_a, owner=bram, due_on=DUE, at_status="under_way")
    for one in Action.objects.all():
        Milestone.objects.create(action=one, text="First", due_on=DUE)
    reminders.queue_due(at=on(14))
    with django_assert_num_queries(8):
        reminders.queue_due(at=on(14))
