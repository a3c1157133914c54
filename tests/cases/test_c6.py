"""C6, Czech Republic: somebody who agreed to it is called back and asked three questions by an operator."""

from datetime import timedelta

import pytest
from django.core import serializers
from django.urls import reverse
from django.utils import timezone

from feedback.models import Contact, Item, RetentionRule
from feedback.purge import purge_due
from surveys import indicators
from surveys.models import Answer, Collector, Response, Submission, Ticket
from tests.cases.steps import at, everybody, text_of
from tests.conftest import client_of
from tests.factories import CollectorFactory, IndicatorFactory
from tests.feedback.test_take_down import PAGE as TAKE_DOWN
from tests.feedback.test_take_down import told
from tests.surveys.contents import content, yes_no
from tests.surveys.respondent import open_survey

ASKED = ("understandable", "solved", "again")
NUMBER = "+420601234567"


@pytest.fixture
def phone(unit_b) -> Collector:
    return open_survey(
        content([yes_no(code) for code in ASKED]),
        kind="staff",
        languages=("en",),
        breakdowns=["channel"],
        collector={"unit": unit_b, "channel": "phone"},
    )


@pytest.mark.services
def test_three_questions_by_phone_analysed_per_question(agency, bram, unit_b, agency_unit, phone):
    way = phone
    for position, code in enumerate(ASKED):
        IndicatorFactory(
            survey=way.wave.survey, code=code, questions=[code], formula="share", position=position
        )
    indicators.synchronise(way.wave)
    for number in range(20):
        said = {"understandable": "yes", "solved": "no" if number < 5 else "yes", "again": "yes"}
        at(way, client=client_of(bram)).press("send", **said)
    results = agency.publish(agency.close(way.wave))
    assert everybody(results) == {"understandable": "100 %", "solved": "75 %", "again": "100 %"}
    action = agency.act("Train the operators", unit_b, wave=way.wave.pk, question="=solved")
    assert action.evidence.get().figure["n"] == 20


@pytest.mark.services
def test_the_chatbot_links_to_a_rating_that_is_counted_apart(agency, unit_b, phone):
    chatbot = CollectorFactory(wave=phone.wave, unit=unit_b, channel="chat", name="Chatbot")
    at(chatbot).press("send", understandable="no", solved="no", again="yes")
    for way, understood in [(chatbot, 11), (phone, 20)]:
        rows = [dict.fromkeys(ASKED, "yes") for _one in range(understood)]
        agency.bring(phone.wave, rows, way)
    results = agency.publish(agency.close(phone.wave))
    by_channel = results["breakdowns"]["channel"]
    counts = {channel: by_channel[channel]["questions"]["solved"]["counts"] for channel in ("chat", "phone")}
    assert counts == {"chat": {"yes": 11, "no": 1}, "phone": {"yes": 20}}


@pytest.mark.services
def test_who_agreed_at_the_end_of_a_call_is_called_back_and_the_answer_has_no_key_beside_it(
    agency, bram, bram_client, unit_b, phone
):
    call = {"channel": "phone", "consent": "on", "topics": []}
    bram_client.post(TAKE_DOWN, told(unit_b, text="My card came late.", phone="+420700000000", **call))
    bram_client.post(TAKE_DOWN, told(unit_b, text="I lost my card.", phone=NUMBER, ask_more="on", **call))

    # who agreed, and no other, is in the list; the number is shown to who may see it, and that they looked is kept
    page = text_of(agency.client.get(reverse("queue:queue"), {"show": "ask"}))
    assert ("I lost my card." in page, "My card came late." in page, NUMBER in page) == (True, False, False)
    voice = Item.objects.get(text="I lost my card.")
    assert NUMBER in text_of(agency.client.post(reverse("queue:reveal", args=[voice.pk])))
    contact = Contact.objects.get(item=voice)
    assert contact.purpose == Contact.Purpose.QUESTIONS
    assert "ask a few questions" in contact.consent

    # the operator calls and writes the answers down, apart from the number
    at(phone, client=client_of(bram)).press("send", understandable="yes", solved="no", again="yes")
    assert Submission.objects.count() == 1
    wave = agency.close(phone.wave)
    rows = [*Response.objects.all(), *Answer.objects.all(), *Ticket.objects.filter(wave=wave)]
    written = serializers.serialize("json", rows)
    assert "understandable" in written
    for key in (NUMBER, NUMBER[1:], str(voice.pk), voice.intake_key, voice.receipt_hash):
        assert key not in written

    # called: it has its outcome, and when its days are over the number is gone; the answer stays
    part = agency.route(voice, unit_b)
    end = {"part": part.pk, "outcome": "noted", "reason": "Called back."}
    bram_client.post(reverse("queue:end", args=[voice.pk]), end)
    kept = RetentionRule.objects.get(kind=voice.kind)
    purge_due(at=timezone.now() + timedelta(days=kept.contact_days - 1))
    assert Contact.objects.filter(item=voice).exists()
    purge_due(at=timezone.now() + timedelta(days=kept.contact_days + 1))
    assert [one.address for one in Contact.objects.all()] == ["+420700000000"]
    assert Response.objects.count() == 1
