"""Every step of the line, allowed and not, by everybody who could try it."""

import itertools

import pytest

from actions import moves
from actions.models import Action, Event, Status
from actions.way import way_of
from tests.factories import ActionFactory, EvidenceFactory, StaffRoleFactory, UserFactory

pytestmark = pytest.mark.django_db

CODES = ("proposed", "assessed", "decided", "under_way", "done", "verified", "declined", "dropped")
PEOPLE = ("chiara", "aino", "above", "owner", "colleague", "bram", "elsewhere", "elif_", "dimitri", "former")
LEADERS = {"chiara", "aino", "above"}
DOERS = {*LEADERS, "owner"}
ALLOWED = {
    ("proposed", "assessed"): LEADERS,
    ("proposed", "declined"): LEADERS,
    ("assessed", "proposed"): LEADERS,
    ("assessed", "decided"): LEADERS,
    ("assessed", "declined"): LEADERS,
    ("decided", "assessed"): LEADERS,
    ("decided", "under_way"): DOERS,
    ("decided", "dropped"): LEADERS,
    ("under_way", "decided"): LEADERS,
    ("under_way", "done"): DOERS,
    ("under_way", "dropped"): LEADERS,
    ("done", "under_way"): DOERS,
    ("done", "verified"): LEADERS,
    ("verified", "under_way"): {"chiara"},
    ("declined", "proposed"): {"chiara"},
    ("dropped", "proposed"): {"chiara"},
}


@pytest.fixture
def owner(unit_a):
    """Staff of unit A who was given the action."""
    return StaffRoleFactory(role="staff", unit=unit_a).user


@pytest.fixture
def colleague(unit_a):
    """Staff of unit A who does not own it."""
    return StaffRoleFactory(role="staff", unit=unit_a).user


@pytest.fixture
def above(agency_unit):
    """Manager of the unit above A."""
    return StaffRoleFactory(role="manager", unit=agency_unit).user


@pytest.fixture
def elsewhere(unit_b):
    """Manager of another unit."""
    return StaffRoleFactory(role="manager", unit=unit_b).user


@pytest.fixture
def former(action):
    """Owns it, and has no role any more."""
    user = UserFactory()
    Action.objects.filter(pk=action.pk).update(owner=user)
    return user


@pytest.fixture
def action(unit_a, owner):
    action = ActionFactory(unit=unit_a, owner=owner)
    EvidenceFactory(action=action)
    return action


def status(code: str) -> Status:
    return Status.objects.get(code=code)


@pytest.mark.parametrize("person", PEOPLE)
def test_each_move_is_allowed_to_whom_the_table_says_and_to_nobody_else(person, action, request):
    by = request.getfixturevalue(person)
    line = {row.code: row for row in Status.objects.all()}
    found = set()
    for before, after in itertools.permutations(CODES, 2):
        Action.objects.filter(pk=action.pk).update(status=line[before])
        try:
            moves.move(action=action, to=line[after], by=by, reason="Because.")
        except moves.NotAllowed:
            continue
        found.add((before, after))
    assert found == {step for step, people in ALLOWED.items() if person in people}


@pytest.mark.parametrize("code", CODES)
def test_an_action_is_not_moved_to_where_it_stands(action, chiara, code):
    Action.objects.filter(pk=action.pk).update(status=status(code))
    with pytest.raises(moves.NotAllowed, match="It is there already"):
        moves.move(action=action, to=status(code), by=chiara, reason="Because.")


def test_what_a_page_offers_is_what_the_move_allows(action, aino):
    assert [row.code for row in moves.moves_open_to(aino, action)] == ["assessed", "declined"]


def test_an_action_without_evidence_does_not_leave_proposed(action, aino):
    action.evidence.all().delete()
    with pytest.raises(moves.NotAllowed, match="no evidence yet"):
        moves.move(action=action, to=status("assessed"), by=aino)
    action.refresh_from_db()
    assert action.status.code == "proposed"


def test_an_action_without_evidence_may_be_declined(action, aino):
    action.evidence.all().delete()
    moves.move(action=action, to=status("declined"), by=aino, reason="The law does not allow it.")
    action.refresh_from_db()
    assert (action.status.code, action.reason) == ("declined", "The law does not allow it.")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("proposed", "declined", "for the public"),
        ("assessed", "declined", "for the public"),
        ("decided", "dropped", "a reason"),
        ("under_way", "dropped", "a reason"),
    ],
)
def test_an_action_does_not_end_early_without_a_reason(action, aino, before, after, words):
    Action.objects.filter(pk=action.pk).update(status=status(before))
    with pytest.raises(moves.NotAllowed, match=words):
        moves.move(action=action, to=status(after), by=aino, reason="  ")


def test_every_move_leaves_who_when_and_the_note(action, aino):
    event = moves.move(action=action, to=status("assessed"), by=aino, note="Talked to the desk.")
    told = Event.objects.get(action=action)
    assert told == event
    assert (told.before.code, told.after.code, told.by, told.note) == (
        "proposed",
        "assessed",
        aino,
        "Talked to the desk.",
    )


def test_reopening_takes_the_reason_and_the_day_away(action, chiara):
    moves.move(action=action, to=status("declined"), by=chiara, reason="Too dear.")
    moves.move(action=action, to=status("proposed"), by=chiara)
    action.refresh_from_db()
    assert (action.reason, action.ended_on) == ("", None)


def stations(action: Action) -> list[tuple[str, str, bool]]:
    """(status, who led it there, whether it stands there)"""
    found = way_of(Action.objects.select_related("status").get(pk=action.pk))
    return [(one.status.code, one.event.by.first_name if one.event else "", one.is_here) for one in found]


def test_the_way_of_an_action_says_who_brought_it_where(action, aino, chiara):
    moves.move(action=action, to=status("assessed"), by=aino)
    moves.move(action=action, to=status("decided"), by=chiara)
    moves.move(action=action, to=status("assessed"), by=chiara)
    assert stations(action) == [
        ("proposed", "", False),
        ("assessed", "Chiara", True),
        ("decided", "", False),
        ("under_way", "", False),
        ("done", "", False),
        ("verified", "", False),
    ]


def test_where_an_action_ended_early_is_on_its_way_only(action, chiara):
    moves.move(action=action, to=status("declined"), by=chiara, reason="The law does not allow it.")
    assert stations(action)[-1] == ("declined", "Chiara", True)
    assert "dropped" not in [code for code, _who, _here in stations(action)]
