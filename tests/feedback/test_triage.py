from datetime import UTC, datetime, timedelta

import pytest
from auditlog.models import LogEntry
from django.core.exceptions import PermissionDenied

from feedback import triage
from feedback.backlog import Waiting, backlog, late
from feedback.models import Assignment, Item
from tests.factories import AssignmentFactory, ReplyFactory, TopicFactory, UnitFactory, VoiceFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def of_b(unit_b):
    return AssignmentFactory(item=VoiceFactory(unit=unit_b), unit=unit_b)


def units(item):
    return {one.unit for one in item.assignments.all()}


def test_staff_hand_an_item_to_another_unit(bram, of_b, unit_a):
    triage.hand_over(assignment=of_b, unit=unit_a, by=bram, at=NOW)
    assert units(of_b.item) == {unit_a}


def test_a_second_unit_is_concerned_with_its_own_due_date(chiara, of_b, unit_a, unit_b):
    triage.assign(item=of_b.item, unit=unit_a, by=chiara, due_at=NOW + timedelta(days=2), at=NOW)
    assert dict(of_b.item.assignments.values_list("unit__code", "due_at")) == {
        "B": of_b.due_at,
        "A": NOW + timedelta(days=2),
    }


def test_nobody_assigns_what_is_out_of_sight(bram, unit_a, unit_b):
    with pytest.raises(PermissionDenied):
        triage.assign(item=VoiceFactory(unit=unit_a), unit=unit_b, by=bram, at=NOW)


def test_a_unit_never_handles_a_complaint_about_its_staff(chiara, unit_b):
    item = VoiceFactory(unit=unit_b, passes_unit=True)
    with pytest.raises(triage.Refused):
        triage.assign(item=item, unit=UnitFactory(parent=unit_b), by=chiara, at=NOW)


def test_the_last_unit_cannot_withdraw(bram, of_b):
    with pytest.raises(triage.Refused):
        triage.withdraw(assignment=of_b, by=bram)


@pytest.mark.parametrize("outcome", ["noted", "not_actionable"])
def test_noted_needs_a_reason(bram, of_b, outcome):
    with pytest.raises(triage.Refused):
        triage.close(assignment=of_b, outcome=outcome, reason="  ", by=bram)


def test_an_item_is_noted_with_its_reason(bram, of_b):
    triage.close(assignment=of_b, outcome="noted", reason="Known since May.", by=bram, at=NOW)
    stored = Assignment.objects.get()
    assert (stored.status, stored.outcome, stored.reason, stored.closed_at) == (
        "done",
        "noted",
        "Known since May.",
        NOW,
    )


def test_answered_needs_a_sent_reply(bram, of_b):
    ReplyFactory(assignment=of_b)
    with pytest.raises(triage.Refused):
        triage.close(assignment=of_b, outcome="answered", by=bram)


def test_answered_after_a_sent_reply(bram, of_b):
    ReplyFactory(assignment=of_b, sent=True)
    triage.close(assignment=of_b, outcome="answered", by=bram)
    assert Item.objects.with_outcome().get().derived_outcome == "answered"


def test_nobody_ends_the_part_of_another_unit(bram, unit_a, unit_b):
    other = AssignmentFactory(item=VoiceFactory(unit=unit_b), unit=unit_a)
    with pytest.raises(PermissionDenied):
        triage.close(assignment=other, outcome="spam", by=bram)


def test_of_two_who_end_it_at_once_the_second_is_told(bram, of_b):
    same = Assignment.objects.get()
    triage.close(assignment=of_b, outcome="spam", by=bram)
    with pytest.raises(triage.Refused):
        triage.close(assignment=same, outcome="noted", reason="Known", by=bram)


def test_what_was_ended_is_taken_up_again(bram, of_b):
    triage.close(assignment=of_b, outcome="spam", by=bram)
    triage.reopen(assignment=of_b, by=bram)
    assert list(Item.objects.open()) == [of_b.item]


def test_the_audit_knows_who_ended_it_and_no_reason(bram, of_b):
    triage.close(assignment=of_b, outcome="noted", reason="Her name is Anna.", by=bram)
    line = LogEntry.objects.first()
    assert (line.actor, line.changes) == (bram, {"outcome": ["", ""], "reason": ["", ""]})


def test_merging_keeps_the_supporters(chiara):
    head, other = VoiceFactory(), VoiceFactory()
    triage.merge(items=[other], into=head, by=chiara)
    assert (list(head.supporters.all()), list(Item.objects.of_queue())) == ([other], [head])


def test_supporters_of_a_merged_item_come_along(chiara):
    head, other = VoiceFactory(), VoiceFactory()
    further = VoiceFactory(merged_into=other)
    triage.merge(items=[other], into=head, by=chiara)
    assert set(head.supporters.all()) == {other, further}


def test_merging_needs_sight_of_every_part(bram, unit_a, unit_b):
    with pytest.raises(PermissionDenied):
        triage.merge(items=[VoiceFactory(unit=unit_a)], into=VoiceFactory(unit=unit_b), by=bram)


def test_merging_needs_sight_of_what_already_supports_a_part(bram, unit_a, unit_b):
    other = VoiceFactory(unit=unit_b)
    VoiceFactory(unit=unit_a, merged_into=other)
    with pytest.raises(PermissionDenied):
        triage.merge(items=[other], into=VoiceFactory(unit=unit_b), by=bram)


def test_a_split_item_waits_again(chiara):
    head = AssignmentFactory(done=True).item
    other = VoiceFactory(merged_into=head)
    triage.split(item=other, by=chiara)
    assert list(Item.objects.open()) == [other]


def test_spam_is_marked_in_bulk_where_the_person_may(bram, unit_a, unit_b):
    items = [VoiceFactory(unit=unit_b) for _ in range(2)]
    for item in items:
        AssignmentFactory(item=item, unit=unit_b)
    AssignmentFactory(item=items[0], unit=unit_a)
    assert triage.mark_spam(items=items, by=bram) == 2
    assert list(Assignment.objects.open().values_list("unit__code", flat=True)) == ["A"]


def test_topics_are_set_for_several_items(bram, unit_b):
    items, topic = [VoiceFactory(unit=unit_b) for _ in range(2)], TopicFactory()
    triage.set_topics(items=items, topics=[topic], by=bram)
    assert set(topic.feedback.all()) == set(items)


def test_a_manager_may_see_what_is_hidden_and_that_is_kept(aino, unit_a):
    item = VoiceFactory(unit=unit_a, text="I am Anna")
    AssignmentFactory(item=item, unit=unit_a)
    assert triage.reveal(item=item, by=aino) == "I am Anna"
    assert LogEntry.objects.first().actor == aino


def test_desk_staff_may_not_see_what_is_hidden(bram, of_b):
    with pytest.raises(PermissionDenied):
        triage.reveal(item=of_b.item, by=bram)


def test_the_backlog_counts_by_unit_and_age(chiara, unit_a, unit_b):
    for days, unit in [(1, unit_a), (10, unit_a), (40, unit_b), (50, unit_b)]:
        item = VoiceFactory(received_at=NOW - timedelta(days=days))
        AssignmentFactory(
            item=item, unit=unit, assigned_at=item.received_at, due_at=item.received_at + timedelta(days=30)
        )
    AssignmentFactory(done=True, unit=unit_a)
    assert backlog(chiara, at=NOW) == [
        Waiting(unit_b.pk, week=0, month=0, older=2, late=2, first_due_at=NOW - timedelta(days=20)),
        Waiting(unit_a.pk, week=1, month=1, older=0, late=0, first_due_at=NOW + timedelta(days=20)),
    ]


def test_what_is_late_goes_up_to_whoever_is_above(aino, bram, unit_a, unit_b):
    below = AssignmentFactory(unit=UnitFactory(parent=unit_a), due_at=NOW - timedelta(days=1))
    AssignmentFactory(unit=unit_a, due_at=NOW + timedelta(days=1))
    assert (list(late(aino, at=NOW)), list(late(bram, at=NOW))) == ([below], [])
