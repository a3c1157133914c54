"""Attack texts and naughty strings by every way in, and on every page that shows them: they stay text."""

import csv
import re
from datetime import UTC, datetime

import pytest
from django.http import HttpResponse
from django.urls import reverse

from cxportal.keys.api_keys import new_key
from cxportal.organisation.receipts import new_receipt
from feedback import limits, publishing
from feedback.intake import Arrival, Intake
from feedback.masking import masked
from feedback.models import Item
from surveys import abuse, form_key
from tests.conftest import SAMPLES
from tests.factories import (
    AssignmentFactory,
    IntegrationFactory,
    ReplyFactory,
    ServiceFactory,
    TopicFactory,
    UnitFactory,
    VoiceFactory,
)
from tests.feedback.attacks import ATTACKS, MARKUP, faults_in
from tests.feedback.test_feedback_import import run
from tests.feedback.test_observe import given
from tests.feedback.test_take_down import told

pytestmark = pytest.mark.django_db
NOVEMBER = datetime(2026, 11, 1, 8, tzinfo=UTC)
QUEUE, TAKE_DOWN, OBSERVE = "queue:queue", "/en/admin/feedback/take-down/", "/en/admin/feedback/observe/"


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    monkeypatch.setattr(form_key, "LEAST_SECONDS", 0)
    monkeypatch.setattr(limits.Limit, "allows", lambda self, sender, *, now=None: True)
    abuse.forget()


@pytest.fixture
def naughty() -> list[str]:
    """None where the folder of sample files is not lent."""
    file = SAMPLES / "contacts" / "naughty_strings.txt"
    lines = file.read_text(encoding="utf-8").split("\n") if file.exists() else []
    return [line for line in lines if line.strip() and not line.startswith("#\t")]


@pytest.fixture
def nasty(naughty) -> list[str]:
    return [*ATTACKS, *naughty]


@pytest.fixture
def voices(unit_b, naughty):
    """One of each, screened and routed like what really comes in; all under one receipt code."""
    receipt = new_receipt()
    items = [
        Item(
            kind="story",
            way_in="page",
            received_at=NOVEMBER,
            text=text,
            unit=unit_b,
            may_publish=True,
            receipt_hash=receipt.digest,
            page_address="https://agency.example/" + re.sub(r"[?#]", "", text)[:60],
        )
        for text in [*ATTACKS, *naughty]
    ]
    Intake().take([Arrival(item) for item in items])
    return receipt.code, items


def test_there_are_a_hundred_of_them():
    assert len(set(ATTACKS)) == 100


def test_what_reads_the_pages_notices_markup_that_is_not_escaped():
    """But for one that is no tag, one that nothing after it closes, and one that only opens where scripts are off."""
    unnoticed = [text for text in MARKUP if not faults_in(HttpResponse(text))]
    assert [text[:9] for text in unnoticed] == ["<scr<scri", "<img src=", "<noscript"]


# ---------- ways in ----------


def test_whatever_is_told_on_the_public_page_is_kept_as_text(client, nasty):
    address, faults = reverse("tell_remark"), []
    for text in nasty:
        key = re.search(r'name="key" value="([^"]+)"', client.get(address).content.decode())[1]
        said = {"text": text + " abc", "page_address": text, "service": text, "email": text}
        again = client.post(address, said | {"key": key})
        faults += faults_in(again, (text + " abc").replace("\0", "").strip())
        answer = client.post(address, {"key": key, "text": text + " abc", "tone": "negative"})
        faults += faults_in(answer)
    assert (faults, Item.objects.count()) == ([], len(nasty))


def test_whatever_staff_take_down_is_kept_as_text(bram_client, unit_b, nasty):
    faults = []
    for text in nasty[::2]:
        broken = told(unit_b, text=text + " abc", phone=text, email=text, language=text, topics=[text])
        faults += faults_in(bram_client.post(TAKE_DOWN, broken))
        faults += faults_in(bram_client.post(TAKE_DOWN, told(unit_b, text=text + " abc")))
    assert (faults, Item.objects.count()) == ([], len(nasty[::2]))


def test_whatever_staff_observe_is_kept_as_text(bram_client, unit_b, nasty):
    TopicFactory(code="waiting")
    faults = []
    for text in nasty[1::2]:
        faults += faults_in(
            bram_client.post(OBSERVE, given(unit_b, text=text + " abc", topic=text, stage=text))
        )
        faults += faults_in(bram_client.post(OBSERVE, given(unit_b, text=text + " abc", blacken="on")))
    assert (faults, Item.objects.count()) == ([], len(nasty[1::2]))


def test_whatever_another_system_hands_in_is_kept_as_text(client, nasty):
    made = new_key()
    IntegrationFactory(key_hash=made.hash)
    headers = {"Authorization": f"Key {made.key}"}
    answers = []
    for text in nasty[::2]:
        said = {"kind": "remark", "text": text + " abc"}
        for fields in (said, said | {"unit": text, "topics": [text], "page_address": text, "language": text}):
            answer = client.post("/api/feedback/", fields, content_type="application/json", headers=headers)
            answers.append((answer.status_code, answer["Content-Type"]))
    assert set(answers) == {(201, "application/json"), (400, "application/json")}
    assert Item.objects.count() == len(nasty[::2])


@pytest.mark.parametrize(
    "body", [b"\xff\xfe{}", b'{"text": "\\ud800"}', b"[]", b'{"text": {"a": 1}}', b"\x00", b""]
)
def test_a_body_that_is_no_text_is_refused(client, body):
    made = new_key()
    IntegrationFactory(key_hash=made.hash)
    headers = {"Authorization": f"Key {made.key}"}
    answer = client.post("/api/feedback/", body, content_type="application/json", headers=headers)
    assert (answer.status_code, Item.objects.count()) == (400, 0)


@pytest.mark.parametrize("broken", ["%ff%fe", "%c3%28", "%ed%a0%80", "%f0%9f", "%00", "%", "%zz"])
@pytest.mark.parametrize("address", ["tell_remark", "receipt", "stories"])
def test_broken_letters_of_a_form_are_no_error_of_ours(client, address, broken):
    body = f"text={broken}abc&code={broken}&key={broken}&q={broken}"
    how = {"content_type": "application/x-www-form-urlencoded"}
    answers = [client.post(reverse(address), body, **how), client.get(f"{reverse(address)}?{body}")]
    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []


def test_whatever_a_file_holds_is_kept_as_text(tmp_path, nasty):
    file = tmp_path / "nasty.csv"
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["text", "kind"])
        writer.writerows([text.replace("\0", "") + " abc", "remark"] for text in nasty)
    _out, err = run(file, "--default", "channel=web")
    assert (err, Item.objects.count()) == ("", len(nasty))


# ---------- pages ----------


def test_the_list_and_the_reading_pane_show_text(bram_client, voices):
    """The list shows all of them whole; the pane shows by the same filter."""
    _code, items = voices
    pages = [bram_client.get(reverse(QUEUE), {"page": number}) for number in range(1, len(items) // 25 + 2)]
    shown = [masked(row.text, row.marks) for page in pages for row, _days in page.context["rows"]]
    faults = [fault for page in pages for fault in faults_in(page)]
    for item in items[::6]:
        page = bram_client.get(reverse("queue:item", args=[item.pk]), {"q": item.text, "topic": item.text})
        faults += faults_in(page, masked(item.text, item.marks))
    assert (faults, sorted(shown)) == ([], sorted(masked(item.text, item.marks) for item in items))


def test_what_is_hidden_is_shown_as_text_too(aino_client, unit_a):
    faults = []
    for text in ATTACKS[::10]:
        item = Item(kind="remark", way_in="page", received_at=NOVEMBER, text=text, unit=unit_a)
        Intake().take([Arrival(item)])
        faults += faults_in(aino_client.post(reverse("queue:reveal", args=[item.pk])), text)
    assert faults == []


def test_answers_and_reasons_are_shown_as_text(bram_client, unit_b):
    item, faults = VoiceFactory(unit=unit_b), []
    for text in ATTACKS[::3]:
        part = AssignmentFactory(item=item, unit=UnitFactory(parent=unit_b), done=True, reason=text)
        ReplyFactory(assignment=part, sent=True, text=text)
    faults = faults_in(bram_client.get(reverse("queue:item", args=[item.pk])), *ATTACKS[::3])
    assert faults == []


def test_the_list_of_all_feedback_shows_text(chiara_client, voices):
    _code, items = voices
    address = reverse("admin:feedback_item_changelist")
    faults = [fault for number in (1, 2, 3) for fault in faults_in(chiara_client.get(address, {"p": number}))]
    for item in items[:100:10]:
        faults += faults_in(chiara_client.get(address, {"q": item.text}))
        change = reverse("admin:feedback_item_change", args=[item.pk])
        faults += faults_in(chiara_client.get(change), masked(item.text, item.marks))
    assert faults == []


def test_the_receipt_page_shows_text(client, voices):
    code, items = voices
    assert faults_in(client.post(reverse("receipt"), {"code": code}), *[item.text for item in items]) == []
    faults = [
        fault for text in ATTACKS for fault in faults_in(client.post(reverse("receipt"), {"code": text}))
    ]
    assert faults == []


def test_published_stories_are_text_and_so_is_what_is_searched(client, chiara, voices):
    _code, voices = voices
    items = [item for item in voices if not item.looks_like_spam]  # that is never released
    ServiceFactory()
    for item in items:
        publication = publishing.propose(item=item, by=chiara)
        publishing.release(publication=publication, text=publication.text, language="en", by=chiara)
    pages = [client.get(reverse("stories"), {"page": number}) for number in range(1, len(items) // 20 + 2)]
    shown = [story.publication.text for page in pages for story in page.context["stories"]]
    faults = [fault for page in pages for fault in faults_in(page)]
    for text in ATTACKS:
        faults += faults_in(client.get(reverse("stories"), {"q": text, "service": text, "topic": text}))
    assert (faults, len(shown)) == ([], len(items))
    assert len(items) > 50
