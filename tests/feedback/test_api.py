import pytest

from cxportal.keys.api_keys import new_key
from feedback import api, limits
from feedback.models import Integration, Item
from feedback.receipts import voices_of
from surveys import abuse
from tests.factories import IntegrationFactory, TopicFactory, UnitFactory

pytestmark = pytest.mark.django_db
ADDRESS = "/api/feedback/"


@pytest.fixture(autouse=True)
def _nobody_has_sent():
    abuse.forget()


@pytest.fixture
def chat(unit_a):
    return IntegrationFactory(name="Chat", unit=unit_a, channel="chat")


@pytest.fixture
def send(client, chat):
    made = new_key()
    chat.key_hash = made.hash
    chat.save()

    def send(key=made.key, number="", **fields):
        headers = {"Authorization": f"Key {key}"} if key else {}
        if number:
            headers["Idempotency-Key"] = number
        fields = {"kind": "remark", "text": "The bot did not understand me."} | fields
        return client.post(ADDRESS, fields, content_type="application/json", headers=headers)

    return send


def test_a_system_hands_in_a_voice(send, unit_a):
    topic = TopicFactory(code="chat")
    answer = send(tone="negative", language="fi", topics=["chat"])
    item = Item.objects.get()
    assert (answer.status_code, answer.json()["id"]) == (201, str(item.pk))
    assert (item.kind, item.way_in, item.channel, item.unit) == ("remark", "api", "chat", unit_a)
    assert (item.tone, item.language, list(item.topics.all())) == ("negative", "fi", [topic])


def test_it_gets_a_receipt_code_for_the_person(send):
    assert [voice.text for voice in voices_of(send().json()["receipt"])] == ["The bot did not understand me."]


def test_the_same_number_is_the_same_voice(send):
    first, again = send(number="7"), send(number="7", text="Something else entirely")
    assert (again.status_code, again.json()) == (200, {"id": first.json()["id"], "receipt": None})
    assert Item.objects.count() == 1


@pytest.mark.parametrize("key", ["", "wrong", "ключ"])
def test_without_a_known_key_nothing_is_taken(send, key):
    assert send(key=key).status_code in {400, 401}
    assert Item.objects.count() == 0


def test_a_system_out_of_use_is_refused(send):
    Integration.objects.update(is_active=False)
    assert send().status_code == 401


def test_a_system_names_units_of_its_own_part_only(send, unit_a, unit_b):
    assert send(unit=UnitFactory(code="below", parent=unit_a).code).status_code == 201
    other, unknown = send(unit="B"), send(unit="never-was")
    assert (other.status_code, unknown.status_code) == (400, 400)
    assert other.json()["unit"] == [str(unknown.json()["unit"][0]).replace("never-was", "B")]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"kind": "survey_comment"}, "kind"),
        ({"text": " "}, "text"),
        ({"text": "x" * 10_001}, "text"),
        ({"topics": ["unheard-of"]}, "topics"),
        ({"tone": "angry"}, "tone"),
        ({"received_at": "2199-01-01T00:00:00Z"}, "received_at"),
        ({"page_address": "javascript:alert(1)"}, "page_address"),
    ],
)
def test_what_is_not_known_is_refused_by_name(send, fields, name):
    answer = send(**fields)
    assert (answer.status_code, list(answer.json())) == (400, [name])


def test_the_query_of_a_page_is_not_kept(send):
    send(page_address="https://agency.example/form?name=anna#top")
    assert Item.objects.get().page_address == "https://agency.example/form"


def test_a_system_that_sends_too_often_is_told_to_wait(send, monkeypatch):
    strict = limits.Limit("strict", abuse.FormLimits(2, 9, known_a_minute=9, all_a_minute=9))
    monkeypatch.setattr(api, "API", strict)
    assert [send().status_code for _ in range(3)] == [201, 201, 429]


def test_nothing_can_be_read_this_way(client, send):
    send()
    assert client.get(ADDRESS).status_code in {401, 405}


def test_a_member_of_staff_has_no_way_in_here(chiara_client):
    answer = chiara_client.post(ADDRESS, {"kind": "remark", "text": "x"}, content_type="application/json")
    assert answer.status_code == 401
