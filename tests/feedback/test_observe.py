"""S2: an observation in seconds, counted once, nothing kept of who saw it."""

import uuid
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.utils import timezone

from feedback.models import Item
from tests.factories import AssignmentFactory, TopicFactory, UnitFactory, VoiceFactory

pytestmark = pytest.mark.django_db
PAGE, UNDO = "/en/admin/feedback/observe/", "/en/admin/feedback/observe/undo/"
SCRIPT = {"accept": "application/json"}


@pytest.fixture(autouse=True)
def _topics():
    TopicFactory(code="waiting", name="Waiting time")


def given(unit, **more):
    return {
        "draft": str(uuid.uuid4()),
        "unit": unit.pk,
        "day": timezone.localdate().isoformat(),
        "concerns": "customer",
        "stage": "",
        "topic": "waiting",
        "tone": "negative",
        "text": "Two people took the wrong queue number.",
    } | more


def test_an_observation_is_kept_with_what_was_chosen(bram_client, unit_b):
    answer = bram_client.post(PAGE, given(unit_b))
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    item = Item.objects.get()
    assert (
        item.kind,
        item.way_in,
        item.source,
        item.concerns,
        item.tone,
        item.unit,
        item.text,
        [topic.code for topic in item.topics.all()],
        timezone.localdate(item.received_at),
    ) == (
        "observation",
        "observed",
        "observed",
        "customer",
        "negative",
        unit_b,
        "Two people took the wrong queue number.",
        ["waiting"],
        timezone.localdate(),
    )


def test_what_is_sent_twice_counts_once(bram_client, unit_b):
    data = given(unit_b)
    answers = [bram_client.post(PAGE, data, headers=SCRIPT) for _ in range(2)]
    assert [answer.json() for answer in answers] == [{"next": PAGE}] * 2
    assert Item.objects.count() == 1


def test_neither_the_row_nor_the_log_tells_who_saw_it_nor_the_minute(bram, bram_client, unit_b):
    bram_client.post(PAGE, given(unit_b))
    item = Item.objects.get()
    assigned = item.assignments.get().assigned_at
    assert [(at.minute, at.second) for at in (item.received_at, assigned)] == [(0, 0)] * 2
    assert not LogEntry.objects.filter(object_pk=str(item.pk)).exists()
    named = [
        field.name
        for field in Item._meta.get_fields()
        if field.is_relation and field.related_model is type(bram)
    ]
    assert named == []


def test_personal_data_is_named_before_it_is_saved(bram_client, unit_b):
    page = bram_client.post(PAGE, given(unit_b, text="Call me on +358 40 123 4567 please"))
    assert "The text seems to hold: phone number." in page.content.decode()
    assert Item.objects.count() == 0


def test_what_is_saved_all_the_same_is_blacked_out_for_good(bram_client, unit_b):
    bram_client.post(PAGE, given(unit_b, text="Call me on +358 40 123 4567 please", blacken="on"))
    assert Item.objects.get().text == "Call me on ••• please"


def test_a_script_is_told_that_a_person_has_to_look(bram_client, unit_b):
    answer = bram_client.post(PAGE, given(unit_b, text="Call +358 40 123 4567"), headers=SCRIPT)
    assert (answer.status_code, answer.json()) == (422, {"look": True})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("topic", "nowhere"),
        ("topic", ""),
        ("tone", ""),
        ("text", "  "),
        ("text", "x" * 2001),
        ("draft", "no id"),
        ("day", (timezone.localdate() + timedelta(days=1)).isoformat()),
        ("day", (timezone.localdate() - timedelta(days=32)).isoformat()),
        ("concerns", "everybody"),
    ],
)
def test_what_is_wrong_is_shown_beside_what_was_typed(bram_client, unit_b, field, value):
    page = bram_client.post(PAGE, given(unit_b, **{field: value}))
    assert "It is not saved yet." in page.content.decode()
    assert Item.objects.count() == 0


def test_nobody_writes_for_a_unit_out_of_scope(bram_client, unit_a):
    page = bram_client.post(PAGE, given(unit_a))
    assert (page.status_code, Item.objects.count()) == (200, 0)
    assert "Counter A" not in page.content.decode()


def test_staff_begin_at_their_own_unit_and_stay_where_they_were(bram_client, unit_b):
    desk = UnitFactory(code="B1", name="Desk 1", parent=unit_b)
    assert f'value="{unit_b.pk}" selected' in bram_client.get(PAGE).content.decode()
    bram_client.post(PAGE, given(desk))
    assert f'value="{desk.pk}" selected' in bram_client.get(PAGE).content.decode()


def test_something_else_needs_no_topic(bram_client, unit_b):
    bram_client.post(PAGE, given(unit_b, topic="-"))
    assert list(Item.objects.get().topics.all()) == []


def test_save_and_finish_leads_home(bram_client, unit_b):
    assert bram_client.post(PAGE, given(unit_b, done="on"))["Location"] == "/en/admin/"


@pytest.mark.parametrize(
    ("client", "status"), [("elif_client", 403), ("dimitri_client", 403), ("aino_client", 200)]
)
def test_those_who_stand_at_no_desk_may_not_enter(request, client, status):
    assert request.getfixturevalue(client).get(PAGE).status_code == status


def test_undo_takes_it_back_and_shows_it_again(bram_client, unit_b):
    data = given(unit_b)
    bram_client.post(PAGE, data)
    assert f'data-cx-saved="{data["draft"]}"' in bram_client.get(PAGE).content.decode()
    page = bram_client.post(UNDO, {"draft": data["draft"]}).content.decode()
    assert Item.objects.count() == 0
    assert "Two people took the wrong queue number." in page


def test_what_somebody_works_on_is_not_undone(bram_client, unit_b):
    data = given(unit_b)
    bram_client.post(PAGE, data)
    Item.objects.get().assignments.update(status="under_way")
    assert bram_client.post(UNDO, {"draft": data["draft"]}).status_code == 302
    assert Item.objects.count() == 1


def test_undo_reaches_nothing_out_of_scope(bram_client, aino_client, unit_a):
    data = given(unit_a)
    aino_client.post(PAGE, data)
    for draft in [data["draft"], "no id", ""]:
        bram_client.post(UNDO, {"draft": draft})
    assert Item.objects.count() == 1


def test_the_page_takes_a_fixed_number_of_queries(bram_client, unit_b, django_assert_max_num_queries):
    for number in range(12):
        TopicFactory(code=f"t{number}")
        AssignmentFactory(item=VoiceFactory(unit=unit_b), unit=unit_b)
    with django_assert_max_num_queries(14):
        bram_client.get(PAGE)


@pytest.mark.parametrize(
    "text",
    [
        '<script>alert(1)</script> & "quotes" \' `',
        "\u202egnol oot saw eueuq ehT",
        "null \x00 byte in the middle",
        "{{ 7*7 }} {% now 'Y' %} %(x)s %s",
        "الطابور كان طويلا جدا 🙂 \ufeff",
        "😀" * 500,
    ],
)
def test_any_text_is_kept_as_text(bram_client, chiara_client, unit_b, text):
    answer = bram_client.post(PAGE, given(unit_b, text=text))
    page = bram_client.post(PAGE, given(unit_b, text=text, tone="")).content.decode()
    assert answer.status_code in {200, 302}
    assert "<script>alert" not in page
    listing = chiara_client.get("/en/admin/feedback/item/").content.decode()
    assert "<script>alert" not in listing
