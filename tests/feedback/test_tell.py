import html
import random
import re

import pytest
from django.urls import reverse

from cxportal.organisation.models import Language
from feedback import limits
from feedback.models import Contact, Item
from feedback.receipts import receipt_for, voices_of
from surveys import abuse, form_key
from tests.factories import ServiceFactory

pytestmark = pytest.mark.django_db
STORY = "I waited three hours for a letter, and then the machine gave me a ticket for the wrong queue. " * 2


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    monkeypatch.setattr(form_key, "LEAST_SECONDS", 0)
    abuse.forget()


def key_of(client, page="tell"):
    return re.search(r'name="key" value="([^"]+)"', client.get(reverse(page)).content.decode())[1]


def send(client, page="tell", **fields):
    fields = {"key": key_of(client, page), "text": STORY, "publish": "no"} | fields
    return client.post(reverse(page), fields)


def code_of(response):
    return re.search(r'class="code"[^>]*>([^<]+)<', response.content.decode())[1]


def test_a_story_is_kept_with_what_was_said_about_it(client):
    service = ServiceFactory(code="permits")
    send(client, tone="negative", service="permits", publish="yes", on_behalf_of="relative")
    item = Item.objects.get()
    assert (item.kind, item.way_in, item.channel, item.text) == ("story", "page", "web", STORY.strip())
    assert (item.tone, item.service, item.may_publish, item.on_behalf_of) == (
        "negative",
        service,
        True,
        "relative",
    )


def test_the_code_of_the_receipt_finds_it(client):
    assert [voice.text for voice in voices_of(code_of(send(client)))] == [STORY.strip()]


def test_the_code_is_kept_as_a_hash_only(client):
    code = code_of(send(client))
    assert code not in str(Item.objects.values().get())
    assert len(code.replace("-", "")) == 20


def test_a_form_sent_twice_counts_once_and_has_the_same_code(client):
    key = key_of(client)
    codes = {code_of(send(client, key=key)) for _ in range(2)}
    assert (len(codes), Item.objects.count()) == (1, 1)


def test_codes_of_two_forms_have_nothing_in_common():
    assert receipt_for(b"1" * 16).code != receipt_for(b"2" * 16).code


def test_a_short_story_comes_back_with_its_words(client):
    page = send(client, text="I waited three hours.").content.decode()
    assert "There are 21 characters here. Please write at least 100." in page
    assert "I waited three hours.</textarea>" in page
    assert Item.objects.count() == 0


def test_a_story_says_whether_others_may_read_it(client):
    assert "Say whether others may read your story." in send(client, publish="").content.decode()


def test_a_remark_may_be_short(client):
    send(client, "tell_remark", text="Good coffee.")
    assert (Item.objects.get().kind, Item.objects.get().may_publish) == ("remark", False)


def test_the_page_of_a_fault_is_kept_without_its_query(client):
    send(
        client,
        "tell_technical_failure",
        text="It broke.",
        page_address="https://agency.example/f?name=anna#x",
    )
    assert Item.objects.get().page_address == "https://agency.example/f"


def test_an_address_is_kept_with_the_words_agreed_to(client):
    send(client, email="anna@mail.example", consent="on")
    contact = Contact.objects.get()
    assert (contact.address, contact.language, contact.purpose) == ("anna@mail.example", "en", "reply")
    assert contact.consent.startswith("You may write to me at this address")


def test_an_address_without_consent_is_not_kept(client):
    page = send(client, email="anna@mail.example").content.decode()
    assert "Agree that we may write to you, or take the address out." in page
    assert Item.objects.count() == 0


def test_another_language_keeps_what_was_typed(client):
    Language.objects.update_or_create(code="fi", defaults={"is_offered": True})
    page = client.post("/fi/tell/", {"lang": "fi", "text": "I waited", "tone": "negative"}).content.decode()
    assert 'lang="fi"' in page
    assert "I waited</textarea>" in page
    assert re.search(r'value="negative" checked', page)


@pytest.mark.parametrize("fields", [{"key": "forged"}, {"key": ""}, {"website": "http://spam.example"}])
def test_what_a_robot_sends_is_not_kept(client, fields):
    page = send(client, **fields).content.decode()
    assert "Please press the button once more." in page
    assert Item.objects.count() == 0


def test_a_form_filled_in_no_time_is_not_kept(client, monkeypatch):
    monkeypatch.setattr(form_key, "LEAST_SECONDS", 2)
    send(client)
    assert Item.objects.count() == 0


def test_no_cookie_and_nothing_kept_by_the_browser(client):
    for response in (client.get(reverse("tell")), send(client)):
        assert dict(response.cookies) == {}
        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "no-referrer"


def test_what_was_typed_never_becomes_part_of_the_page(client):
    rng = random.Random(3)
    parts = [
        "<script>alert(1)</script>",
        '" onfocus=alert(1) autofocus x="',
        "</textarea><svg/onload=alert(1)>",
    ]
    parts += [
        "{{ 7*7 }}",
        "javascript:alert(1)",
        "&lt;b&gt;",
        "\u202etxt",
        "\x00",
        "%s%n",
        "'; DROP TABLE x;--",
        "𝕏" * 50,
    ]
    for _ in range(100):
        fields = {
            name: rng.choice(parts) + rng.choice(parts)
            for name in ("text", "tone", "service", "email", "on_behalf_of")
        }
        response = client.post(reverse("tell"), {"key": "x", **fields})
        page = response.content.decode()
        assert response.status_code == 200
        assert not re.search(
            r"<script(?! src=)|<svg/|\sonfocus=alert[^&]*autofocus x=\"",
            page.replace(html.escape(fields["text"]), ""),
        )
        assert "<script>alert" not in page


def test_strange_texts_are_kept_as_they_are(client):
    for text in ["Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤" * 3, "👩‍👩‍👧‍👦" * 30, "<b>bold</b> " * 12, "ﷺ" * 120, "NULL undefined NaN " * 8]:
        assert send(client, text=text).status_code == 200
    assert Item.objects.filter(text__startswith="<b>bold</b>").exists()


def test_a_bot_from_one_address_is_stopped_and_others_get_through(client):
    answers = [
        send(client, "tell_remark", text=f"Buy now {n}", REMOTE_ADDR="1.1.1.1").status_code for n in range(25)
    ]
    assert answers.count(429) == 5
    honest = client.post(
        reverse("tell_remark"), {"key": key_of(client, "tell_remark"), "text": "Hello"}, REMOTE_ADDR="2.2.2.2"
    )
    assert honest.status_code == 200
    assert Item.objects.filter(text="Hello").exists()


def test_ten_thousand_posts_a_minute_leave_room_for_people():
    limit = limits.Limit("bot", abuse.FormLimits(20, 100, known_a_minute=60, all_a_minute=120))
    taken = sum(limit.allows(f"9.9.9.{n % 50}", now=1_000_000) for n in range(10_000))
    assert taken <= 120
    assert [limit.allows(f"10.0.0.{n}", now=1_000_030) for n in range(10)] == [True] * 10


def test_a_stopped_sender_keeps_the_words(client):
    for n in range(21):
        response = send(client, "tell_remark", text=f"Number {n}")
    assert response.status_code == 429
    assert "Number 20" in response.content.decode()


def test_the_front_page_leads_to_the_form_and_to_the_receipt(client):
    page = client.get("/en/").content.decode()
    assert 'href="/en/tell/"' in page
    assert 'href="/en/receipt/"' in page
