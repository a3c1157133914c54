"""Actions in files, for other systems and in the weekly mail: to each person what the board would show."""

import io
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from actions.digest_section import actions_of_week
from cxportal.digest_sections import Week
from cxportal.keys.api_keys import new_key
from surveys import abuse
from tests.factories import ActionFactory, ApiClientFactory, EvidenceFactory, TopicFactory, VoiceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_asked_yet():
    abuse.forget()


def days_ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


def csv_of(client, **query) -> list[list[str]]:
    answer = client.get(reverse("actions:export", args=["csv"], query=query))
    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
    return [line.split(";") for line in text.splitlines()]


def test_the_file_holds_what_the_board_shows(aino, aino_client, unit_a, unit_b):
    signs = ActionFactory(unit=unit_a, owner=aino, title="Signs", due_on=days_ago(3), at_status="under_way")
    signs.topics.add(TopicFactory(name="Waiting"))
    for item in VoiceFactory.create_batch(2):
        EvidenceFactory(action=signs, item=item, reference="")
    ActionFactory(unit=unit_b, title="Birch")
    heading, row = csv_of(aino_client)
    found = dict(zip(heading, row, strict=True))
    assert (found["Action"], found["Unit"], found["Owner"], found["Topics"]) == (
        "Signs",
        "A",
        "Aino",
        "Waiting",
    )
    assert (found["Days late"], found["Voices"], found["Sources"], found["Status"]) == (
        "3",
        "2",
        "2",
        "Under way",
    )


def test_the_file_is_narrowed_like_the_board(aino_client, unit_a):
    ActionFactory(unit=unit_a, title="Signs", horizon="short")
    ActionFactory(unit=unit_a, title="House", horizon="long")
    assert [row[0] for row in csv_of(aino_client, horizon="long")] == ["Action", "House"]


def test_a_title_is_no_formula(aino_client, unit_a):
    ActionFactory(unit=unit_a, title="=1+1")
    assert csv_of(aino_client)[1][0] == "'=1+1"


def test_the_spreadsheet_keeps_days_as_days(aino_client, unit_a):
    ActionFactory(unit=unit_a, title="Signs", due_on=date(2027, 1, 31))
    answer = aino_client.get(reverse("actions:export", args=["xlsx"]))
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    heading, row = sheet.iter_rows(values_only=True)
    found = dict(zip(heading, row, strict=True))
    assert (found["Action"], found["Due"].date()) == ("Signs", date(2027, 1, 31))


@pytest.mark.parametrize(
    ("client", "kind", "code"),
    [("elif_client", "csv", 403), ("dimitri_client", "csv", 403), ("aino_client", "pdf", 404)],
)
def test_nobody_else_gets_a_file_and_there_is_no_other_kind(request, client, kind, code):
    address = reverse("actions:export", args=[kind])
    assert request.getfixturevalue(client).get(address).status_code == code


@pytest.mark.parametrize("number", [1, 3])
def test_the_file_needs_a_fixed_number_of_queries(aino_client, unit_a, number, django_assert_num_queries):
    for action in ActionFactory.create_batch(number, unit=unit_a):
        action.topics.add(TopicFactory())
    with django_assert_num_queries(9):
        csv_of(aino_client)


# ---------- other systems ----------


def read(client, unit=None, *, reads_actions=True, query=None):
    made = new_key()
    ApiClientFactory(unit=unit, key_hash=made.hash, reads_actions=reads_actions)
    return client.get(reverse("api_actions", query=query), headers={"Authorization": f"Bearer {made.key}"})


def titles(answer) -> list[str]:
    return [row["title"] for row in answer.json()["results"]]


@pytest.fixture
def two_units(unit_a, unit_b, aino):
    action = ActionFactory(unit=unit_a, title="Amber", owner=aino, due_on=days_ago(2), at_status="under_way")
    EvidenceFactory(action=action, item=VoiceFactory(), reference="")
    ActionFactory(unit=unit_b, title="Birch")
    return action


def test_a_key_reads_the_actions_of_its_unit_and_below(client, two_units, unit_a, agency_unit):
    assert titles(read(client, unit_a)) == ["Amber"]
    assert titles(read(client, agency_unit)) == ["Amber", "Birch"]
    assert titles(read(client)) == ["Amber", "Birch"]


def test_a_key_that_may_not_read_actions_finds_none(client, two_units):
    assert read(client, reads_actions=False).status_code == 404


def test_without_a_key_nothing_is_read(client, two_units):
    assert client.get(reverse("api_actions")).status_code == 401


def test_an_action_is_read_without_names_of_staff(client, two_units):
    answer = read(client)
    assert answer.json()["results"][0] == {
        "id": two_units.pk,
        "title": "Amber",
        "unit": "A",
        "service": None,
        "topics": [],
        "status": "under_way",
        "made_on": str(timezone.localdate()),
        "due_on": str(days_ago(2)),
        "days_late": 2,
        "ended_on": None,
        "progress": 50,
        "horizon": "",
        "feasibility": None,
        "usefulness": None,
        "voices": 1,
        "plan_year": None,
    }
    assert "Aino" not in answer.content.decode()


def test_a_list_can_be_narrowed(client, two_units):
    narrowed = [{"late": 1}, {"status": "proposed"}, {"unit": "B"}, {"unit": "nowhere"}]
    assert [titles(read(client, query=query)) for query in narrowed] == [["Amber"], ["Birch"], ["Birch"], []]


@pytest.mark.parametrize("number", [1, 3])
def test_a_list_needs_a_fixed_number_of_queries(client, unit_a, number, django_assert_num_queries):
    ActionFactory.create_batch(number, unit=unit_a)
    made = new_key()
    ApiClientFactory(key_hash=made.hash, reads_actions=True, last_used_on=timezone.localdate())
    with django_assert_num_queries(4):
        client.get(reverse("api_actions"), headers={"Authorization": f"Bearer {made.key}"})


# ---------- the weekly mail ----------


def blocks(user) -> dict[str, list[tuple[str, str]]]:
    section = actions_of_week(user, Week.before(timezone.now()))
    found = section.blocks if section else []
    return {block.heading: [(line.name, line.value) for line in block.lines] for block in found}


def test_the_weekly_mail_names_what_is_overdue_due_soon_or_without_a_source(aino, unit_a, unit_b):
    late = ActionFactory(unit=unit_a, title="Late", due_on=days_ago(3))
    soon = ActionFactory(unit=unit_a, title="Soon", due_on=days_ago(-2))
    for action in (late, soon):
        EvidenceFactory(action=action)
    ActionFactory(unit=unit_a, title="Bare")
    ActionFactory(unit=unit_b, title="Birch", due_on=days_ago(3))
    ActionFactory(unit=unit_a, title="Done", due_on=days_ago(3), at_status="done")
    day = (timezone.localdate() + timedelta(days=2)).strftime("%-d %b %Y")
    assert blocks(aino) == {
        "Overdue": [("Late", "3 days late")],
        "Due within a week": [("Soon", day)],
        "Without a source": [("Bare", "")],
    }


def test_more_than_five_are_counted(aino, unit_a):
    ActionFactory.create_batch(7, unit=unit_a, due_on=days_ago(3))
    (overdue, *_more) = actions_of_week(aino, Week.before(timezone.now())).blocks
    assert (len(overdue.lines), overdue.sentences) == (5, ["and 2 more"])


def test_without_anything_to_say_there_is_no_section(aino, elif_, unit_a):
    EvidenceFactory(action=ActionFactory(unit=unit_a))
    assert [blocks(aino), blocks(elif_)] == [{}, {}]
