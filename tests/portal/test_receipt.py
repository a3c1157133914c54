from datetime import UTC, datetime

import pytest
from django.urls import reverse

from cxportal.organisation.receipts import new_receipt
from feedback.models import Contact, Item, Tombstone
from surveys import abuse
from surveys.models import Comment
from tests.factories import AssignmentFactory, ReplyFactory, VoiceFactory, WaveFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_has_tried():
    abuse.forget()


@pytest.fixture
def receipt():
    return new_receipt()


@pytest.fixture
def voice(receipt):
    return VoiceFactory(receipt_hash=receipt.digest, text="Nobody knows how long it takes.")


def look_up(client, code, **more):
    return client.post(reverse("receipt"), {"code": code, **more})


def test_the_code_shows_what_was_written_and_where_it_is(client, receipt, voice, unit_a):
    AssignmentFactory(item=voice, unit=unit_a)
    page = look_up(client, receipt.code).content.decode()
    assert "Nobody knows how long it takes." in page
    assert "Counter A" in page


def test_small_letters_and_blanks_do_not_matter(client, receipt, voice):
    page = look_up(client, receipt.code.lower().replace("-", " ")).content.decode()
    assert "Nobody knows how long it takes." in page


def test_a_sent_reply_is_shown(client, receipt, voice):
    ReplyFactory(assignment=AssignmentFactory(item=voice), sent=True, text="From January the page tells it.")
    assert "From January the page tells it." in look_up(client, receipt.code).content.decode()


def test_a_reply_that_is_not_sent_is_not_shown(client, receipt, voice):
    ReplyFactory(assignment=AssignmentFactory(item=voice), text="Half a thought")
    assert "Half a thought" not in look_up(client, receipt.code).content.decode()


def test_the_reply_to_the_item_it_supports_is_shown_and_its_text_is_not(client, receipt, voice):
    head = VoiceFactory(text="Another person's words")
    ReplyFactory(assignment=AssignmentFactory(item=head), sent=True, text="The answer to all.")
    Item.objects.filter(pk=voice.pk).update(merged_into=head)
    page = look_up(client, receipt.code).content.decode()
    assert "The answer to all." in page
    assert "Another person&#x27;s words" not in page


def test_the_word_spam_is_not_shown_to_whoever_wrote_it(client, receipt, voice):
    AssignmentFactory(item=voice, done=True, outcome="spam")
    assert "spam" not in look_up(client, receipt.code).content.decode().lower()


def test_reasons_of_staff_are_not_shown(client, receipt, voice):
    AssignmentFactory(item=voice, done=True, reason="The usual complainer.")
    assert "complainer" not in look_up(client, receipt.code).content.decode()


def test_a_wrong_code_finds_nothing(client, voice):
    page = look_up(client, new_receipt().code).content.decode()
    assert "We find nothing under this code." in page


@pytest.mark.parametrize("code", ["", "-", "0", "\0", "x" * 5000, "🙂"])
def test_a_code_that_is_none_finds_nothing(client, code):
    VoiceFactory(receipt_hash="")
    assert "We find nothing under this code." in look_up(client, code).content.decode()


def test_a_comment_not_read_yet_is_waiting(client, receipt):
    Comment.objects.create(wave=WaveFactory(), question="why", text="x", receipt_hash=receipt.digest)
    assert "waiting to be read" in look_up(client, receipt.code).content.decode()


def test_what_was_written_is_taken_back_at_once(client, receipt, voice):
    Comment.objects.create(wave=WaveFactory(), question="why", text="x", receipt_hash=receipt.digest)
    page = look_up(client, receipt.code, go="take back").content.decode()
    assert "It is deleted" in page
    assert (Item.objects.count(), Comment.objects.count(), Tombstone.objects.count()) == (0, 0, 1)


def test_guessing_is_stopped(client):
    codes = [look_up(client, new_receipt().code).status_code for _ in range(11)]
    assert codes == [200] * 10 + [429]


def test_a_look_up_leaves_no_cookie_and_nothing_in_the_browser(client, receipt, voice):
    response = look_up(client, receipt.code)
    assert (dict(response.cookies), response["Cache-Control"]) == ({}, "no-store")
    assert receipt.code not in response.request["QUERY_STRING"]


@pytest.mark.parametrize("count", [1, 3])
def test_a_look_up_needs_a_fixed_number_of_queries(client, receipt, count, unit_a, django_assert_num_queries):
    for _ in range(count):
        item = VoiceFactory(receipt_hash=receipt.digest)
        ReplyFactory(
            assignment=AssignmentFactory(item=item, unit=unit_a),
            sent=True,
            sent_at=datetime(2026, 11, 5, tzinfo=UTC),
        )
    look_up(client, "nothing")
    with django_assert_num_queries(6):
        look_up(client, receipt.code)


@pytest.fixture
def reachable(voice):
    Contact.objects.create(
        item=voice,
        by="email",
        address="lina@mail.example",
        language="en",
        purpose="reply",
        consent="Yes",
        consented_at=voice.received_at,
    )
    return voice


def test_the_address_can_be_taken_back_and_the_words_stay(client, receipt, reachable):
    assert 'value="forget contact"' in look_up(client, receipt.code).content.decode()
    page = look_up(client, receipt.code, go="forget contact").content.decode()
    assert "Your address is deleted" in page
    assert "Nobody knows how long it takes." in page
    assert 'value="forget contact"' not in page
    assert (Contact.objects.count(), Item.objects.get()) == (0, reachable)


def test_another_code_takes_no_address_back(client, reachable):
    look_up(client, new_receipt().code, go="forget contact")
    assert Contact.objects.get().address == "lina@mail.example"


def test_without_an_address_nothing_of_it_is_offered(client, receipt, voice):
    assert 'value="forget contact"' not in look_up(client, receipt.code).content.decode()
