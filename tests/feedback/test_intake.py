from datetime import UTC, datetime, timedelta

import pytest

from feedback.intake import Arrival, Intake, take_in
from feedback.models import Assignment, Contact, Item
from tests.factories import RoutingRuleFactory, ServiceFactory, TopicFactory, UnitFactory, VoiceFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def arrival(text="The queue at the desk was long.", *, topics=(), contact=None, **fields):
    fields = {"kind": "remark", "way_in": "page", "received_at": NOW} | fields
    return Arrival(Item(text=text, **fields), topics, contact)


def places(item):
    return [(one.unit, one.due_at - one.assigned_at) for one in item.assignments.order_by("pk")]


def test_without_a_rule_it_stays_where_it_came_in(unit_a):
    item = take_in(arrival(unit=unit_a), at=NOW)
    assert places(item) == [(unit_a, timedelta(days=14))]


def test_without_a_unit_it_is_the_cx_teams():
    assert places(take_in(arrival(), at=NOW)) == [(None, timedelta(days=14))]


def test_a_rule_sends_it_to_its_unit_with_its_days(unit_a, unit_b):
    service, topic = ServiceFactory(), TopicFactory()
    RoutingRuleFactory(service=ServiceFactory(), goes_to=unit_a)
    RoutingRuleFactory(service=service, topic=topic, kind="remark", goes_to=unit_b, due_days=3)
    item = take_in(arrival(unit=unit_a, service=service, topics=[topic.pk]), at=NOW)
    assert places(item) == [(unit_b, timedelta(days=3))]


def test_a_rule_for_a_unit_holds_for_those_below(agency_unit, unit_a, unit_b):
    RoutingRuleFactory(unit=agency_unit, goes_to=unit_b)
    assert places(take_in(arrival(unit=unit_a), at=NOW)) == [(unit_b, timedelta(days=14))]


def test_several_units_may_be_concerned(unit_a, unit_b):
    RoutingRuleFactory(position=1, kind="remark", goes_to=unit_a, is_last=False)
    RoutingRuleFactory(position=2, channel="web", goes_to=unit_b)
    RoutingRuleFactory(position=3, goes_to=UnitFactory())
    item = take_in(arrival(channel="web"), at=NOW)
    assert [unit for unit, _days in places(item)] == [unit_a, unit_b]


def test_a_complaint_about_staff_goes_to_the_unit_above(agency_unit, unit_a):
    RoutingRuleFactory(kind="complaint", goes_to=unit_a)
    item = take_in(arrival(kind="complaint", unit=unit_a, passes_unit=True), at=NOW)
    assert [unit for unit, _days in places(item)] == [agency_unit]


def test_a_complaint_about_staff_at_the_top_goes_to_the_cx_team(agency_unit):
    item = take_in(arrival(kind="complaint", unit=agency_unit, passes_unit=True), at=NOW)
    assert [unit for unit, _days in places(item)] == [None]


def test_what_is_sent_twice_is_kept_once(unit_a):
    first = take_in(arrival(intake_key="draft-1", unit=unit_a), at=NOW)
    again = take_in(arrival("Another text", intake_key="draft-1"), at=NOW)
    assert (again.pk, Item.objects.count(), Assignment.objects.count()) == (first.pk, 1, 1)


def test_what_stands_twice_in_one_file_is_kept_once():
    taken = Intake().take([arrival(intake_key="row-1"), arrival(intake_key="row-1")], at=NOW)
    assert (len(taken.new), taken.known) == (1, 1)


def test_personal_data_is_marked_and_kept_from_the_search():
    item = take_in(arrival("Call me at +358 40 123 4567 soon"), at=NOW)
    assert item.has_personal_data
    assert (item.marks, item.folded) == ([[11, 27, "phone"]], "call me at ••• soon")


def test_the_same_text_within_a_day_points_to_the_first():
    first = take_in(arrival("The lift is broken again, sorry."), at=NOW)
    second = take_in(arrival("the lift is  broken again, sorry."), at=NOW)
    assert second.duplicate_of == first


def test_the_same_text_days_later_is_a_voice_of_its_own():
    take_in(arrival("The lift is broken again, sorry.", received_at=NOW - timedelta(days=3)), at=NOW)
    assert take_in(arrival("The lift is broken again, sorry."), at=NOW).duplicate_of is None


def test_a_contact_is_kept_apart():
    contact = Contact(
        by="email",
        address="anna@mail.example",
        language="en",
        purpose="reply",
        consent="Yes",
        consented_at=NOW,
    )
    item = take_in(arrival(contact=contact), at=NOW)
    assert item.contact.address == "anna@mail.example"


@pytest.mark.parametrize("count", [1, 20])
def test_a_batch_needs_a_fixed_number_of_queries(count, unit_a, django_assert_num_queries):
    VoiceFactory()
    topic = TopicFactory()
    intake = Intake()
    batch = [
        arrival(f"A text of its own, number {n}", intake_key=f"{n}", topics=[topic.pk]) for n in range(count)
    ]
    with django_assert_num_queries(7):
        intake.take(batch, at=NOW)
