"""Who sees which voice: origin or assignment; nothing else."""

import pytest

from feedback.models import Item
from tests.factories import AssignmentFactory, VoiceFactory

pytestmark = pytest.mark.django_db


def test_staff_see_what_came_in_at_their_unit(bram, unit_a, unit_b):
    own, _other = VoiceFactory(unit=unit_b), VoiceFactory(unit=unit_a)
    assert list(Item.objects.for_user(bram)) == [own]


def test_staff_see_what_was_handed_to_their_unit(bram, unit_a, unit_b):
    handed = AssignmentFactory(item=VoiceFactory(unit=unit_a), unit=unit_b).item
    AssignmentFactory(item=VoiceFactory(unit=unit_a), unit=unit_a)
    assert list(Item.objects.for_user(bram)) == [handed]


def test_what_is_handed_over_twice_is_seen_once(bram, unit_a, unit_b):
    item = VoiceFactory(unit=unit_b)
    AssignmentFactory(item=item, unit=unit_b)
    AssignmentFactory(item=item, unit=unit_a)
    assert Item.objects.for_user(bram).count() == 1


def test_a_complaint_about_the_staff_of_a_unit_is_not_seen_there(bram, unit_b, agency_unit):
    item = VoiceFactory(unit=unit_b, passes_unit=True, kind="complaint")
    AssignmentFactory(item=item, unit=agency_unit)
    assert list(Item.objects.for_user(bram)) == []


def test_a_viewer_sees_no_voices(elif_, unit_b):
    AssignmentFactory(item=VoiceFactory(unit=unit_b), unit=unit_b)
    assert list(Item.objects.for_user(elif_)) == []


def test_an_administrator_sees_no_voices(dimitri, unit_b):
    AssignmentFactory(item=VoiceFactory(unit=unit_b), unit=unit_b)
    assert list(Item.objects.for_user(dimitri)) == []


def test_an_item_in_nobodys_hands_is_open(chiara):
    item = VoiceFactory()
    assert list(Item.objects.for_user(chiara).open()) == [item]


@pytest.mark.parametrize(
    ("outcomes", "derived"),
    [
        ([], ""),
        (["", "answered"], ""),
        (["noted", "answered"], "answered"),
        (["spam", "not_actionable"], "not_actionable"),
        (["noted", "became_action"], "became_action"),
    ],
)
def test_the_outcome_of_an_item_is_the_strongest_of_its_units(outcomes, derived):
    item = VoiceFactory()
    for outcome in outcomes:
        AssignmentFactory(item=item, done=True, outcome=outcome) if outcome else AssignmentFactory(item=item)
    assert Item.objects.with_outcome().get().derived_outcome == derived


def test_a_supporter_ends_as_the_item_it_supports():
    head = AssignmentFactory(done=True, outcome="answered").item
    supporter = AssignmentFactory(item__merged_into=head).item
    assert Item.objects.with_outcome().get(pk=supporter.pk).derived_outcome == "answered"


def test_supporters_are_counted_also_those_out_of_sight(bram, unit_a, unit_b):
    head = VoiceFactory(unit=unit_b)
    VoiceFactory.create_batch(2, unit=unit_a, merged_into=head)
    assert Item.objects.for_user(bram).with_supporters().get().supporter_count == 2
