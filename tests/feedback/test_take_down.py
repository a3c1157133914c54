"""A voice taken down for a customer: in their words, with a slip, and past a unit whose staff it is about."""

import re
import uuid

import pytest
from django.utils import timezone

from cxportal.organisation.models import Language
from feedback.models import Contact, Item
from feedback.receipts import voices_of
from tests.factories import TopicFactory, UnitFactory

pytestmark = pytest.mark.django_db
PAGE = "/en/admin/feedback/take-down/"


def told(unit, **more):
    return {
        "form_id": str(uuid.uuid4()),
        "unit": unit.pk,
        "day": timezone.localdate().isoformat(),
        "channel": "phone",
        "kind": "remark",
        "text": "Kukaan ei vastannut puhelimeen.",
        "language": "fi",
        "tone": "negative",
        "on_behalf_of": "relative",
    } | more


def code_in(answer) -> str:
    return re.search(r'translate="no">([^<]+)<', answer.content.decode())[1]


def test_a_voice_is_kept_in_its_language_with_who_speaks(bram_client, unit_b):
    topic = TopicFactory()
    bram_client.post(PAGE, told(unit_b, topics=[topic.pk]))
    item = Item.objects.get()
    assert (
        item.kind,
        item.way_in,
        item.channel,
        item.language,
        item.tone,
        item.on_behalf_of,
        item.unit,
        item.passes_unit,
        item.text,
        list(item.topics.all()),
    ) == (
        "remark",
        "taken_down",
        "phone",
        "fi",
        "negative",
        "relative",
        unit_b,
        False,
        "Kukaan ei vastannut puhelimeen.",
        [topic],
    )


def test_the_code_on_the_slip_finds_the_voice(bram_client, unit_b):
    code = code_in(bram_client.post(PAGE, told(unit_b)))
    assert [voice.text for voice in voices_of(code)] == ["Kukaan ei vastannut puhelimeen."]


def test_the_same_form_sent_again_counts_once_and_shows_the_same_code(bram_client, unit_b):
    data = told(unit_b)
    codes = {code_in(bram_client.post(PAGE, data)) for _ in range(2)}
    assert (len(codes), Item.objects.count()) == (1, 1)


def test_the_slip_speaks_the_language_of_the_customer(bram_client, unit_b):
    Language.objects.update_or_create(code="fi", defaults={"is_offered": True})
    page = bram_client.post(PAGE, told(unit_b)).content.decode()
    assert '<section class="cx-card cx-slip" lang="fi" dir="ltr">' in page
    assert "/fi/receipt/" in page


def test_a_language_that_the_public_pages_do_not_speak_has_its_slip_in_english(bram_client, unit_b):
    page = bram_client.post(PAGE, told(unit_b, language="ckb", text="دواکەوتن زۆر بوو")).content.decode()
    assert '<section class="cx-card cx-slip" lang="en" dir="ltr">' in page


def test_a_complaint_about_staff_goes_past_their_unit(bram, bram_client, unit_b, agency_unit):
    bram_client.post(PAGE, told(unit_b, kind="complaint", about_staff="on"))
    item = Item.objects.get()
    assert item.passes_unit
    assert [one.unit for one in item.assignments.all()] == [agency_unit]
    assert not Item.objects.for_user(bram).exists()


def test_only_a_complaint_goes_past_the_unit(bram_client, unit_b):
    page = bram_client.post(PAGE, told(unit_b, about_staff="on")).content.decode()
    assert "Only a complaint goes past the unit." in page
    assert not Item.objects.exists()


def test_an_address_is_kept_only_with_consent_in_the_words_that_were_read_out(bram_client, unit_b):
    bram_client.post(PAGE, told(unit_b, email="ana@mail.example"))
    assert not Item.objects.exists()
    bram_client.post(PAGE, told(unit_b, email="ana@mail.example", consent="on"))
    contact = Contact.objects.get()
    assert (contact.address, contact.by, contact.purpose, contact.language) == (
        "ana@mail.example",
        "email",
        "reply",
        "fi",
    )
    assert contact.consent.startswith("You may reach me at this address or number")


def test_whoever_has_a_phone_only_is_reached_by_phone(bram_client, unit_b):
    bram_client.post(PAGE, told(unit_b, phone="+358 (40) 123-4567", consent="on"))
    contact = Contact.objects.get()
    assert (contact.by, contact.address, contact.message_channel) == ("phone", "+358401234567", "sms")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"phone": "040 123 4567"}, "Write the number with + and the code of its country."),
        ({"phone": "+358401234567"}, "Without consent no address is kept."),
        ({"phone": "+358401234567", "email": "a@mail.example"}, "One of the two is enough."),
    ],
)
def test_a_number_that_cannot_be_kept_is_said_to_be_so(bram_client, unit_b, more, sentence):
    page = bram_client.post(PAGE, told(unit_b, **more)).content.decode()
    assert sentence in page
    assert not Item.objects.exists()


def test_names_in_another_language_say_which(bram_client, unit_b):
    type(unit_b).objects.filter(pk=unit_b.pk).update(name_en="", name_ar="المكتب")
    TopicFactory(name_en="", name="", name_ar="الانتظار")
    page = bram_client.get(PAGE).content.decode()
    assert re.search(r'<option value="\d+"[^>]* lang="ar" dir="rtl"[^>]*>المكتب</option>', page)
    assert '<span lang="ar" dir="rtl">الانتظار</span>' in page


@pytest.mark.parametrize(
    ("field", "value"),
    [("text", " "), ("day", "2999-01-01"), ("language", "xx"), ("kind", "observation"), ("channel", "web")],
)
def test_what_is_wrong_is_not_saved(bram_client, unit_b, field, value):
    page = bram_client.post(PAGE, told(unit_b, **{field: value})).content.decode()
    assert "It is not saved yet." in page
    assert not Item.objects.exists()


def test_nobody_takes_down_for_a_unit_out_of_scope(bram_client, unit_a):
    page = bram_client.post(PAGE, told(unit_a)).content.decode()
    assert "Counter A" not in page
    assert not Item.objects.exists()


def test_whoever_is_staff_in_one_unit_and_viewer_in_another_writes_for_the_first_only(
    bram, bram_client, unit_a
):
    bram.roles.create(role="viewer", unit=unit_a)
    bram_client.post(PAGE, told(unit_a))
    assert not Item.objects.exists()


def test_a_unit_out_of_use_takes_no_voices(chiara_client):
    page = chiara_client.post(PAGE, told(UnitFactory(is_active=False)))
    assert (page.status_code, Item.objects.exists()) == (200, False)


@pytest.mark.parametrize(("client", "status"), [("elif_client", 403), ("dimitri_client", 403)])
def test_those_who_meet_no_customers_may_not_enter(request, client, status):
    assert request.getfixturevalue(client).get(PAGE).status_code == status


def test_what_is_typed_is_never_run(bram_client, unit_b):
    page = bram_client.post(PAGE, told(unit_b, text='"><script>alert(1)</script>', tone="x")).content.decode()
    assert "<script>alert" not in page


def test_who_agreed_to_be_asked_more_is_kept_as_that_with_both_sentences(bram_client, unit_b):
    bram_client.post(PAGE, told(unit_b, phone="+358401234567", consent="on", ask_more="on"))
    contact = Contact.objects.get()
    assert contact.purpose == "questions"
    assert contact.consent.startswith("You may reach me at this address or number")
    assert contact.consent.endswith("What I answer is kept without my name.")


def test_to_be_asked_more_needs_an_address_and_consent_to_keep_it(bram_client, unit_b):
    page = bram_client.post(PAGE, told(unit_b, ask_more="on")).content.decode()
    assert "at which the customer can be asked" in page
    page = bram_client.post(PAGE, told(unit_b, phone="+358401234567", ask_more="on")).content.decode()
    assert "Without consent no address is kept." in page
    assert not Item.objects.exists()
