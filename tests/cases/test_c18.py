"""C18, Swedish Migration Agency: 100,000 invited by e-mail and 22,000 answers, here 100 and 22; three questions by phone."""

import pytest
from django.urls import reverse

from cxportal.dispatch.models import OutboxMail
from panels import upkeep
from panels.models import Mailing
from tests.cases.steps import at, everybody, text_of, with_link
from tests.conftest import client_of

INVITED, ANSWERED = 100, 22


@pytest.mark.services
def test_one_in_five_answers_and_the_rate_stands_beside_the_figures(agency, bram, agency_unit, client):
    wave = agency.open(agency.install("C18"))
    agency.import_people("contact_list", (f"person{n}@mail.example;en" for n in range(INVITED)))
    agency.start(Mailing.objects.get(wave=wave))
    mails = list(OutboxMail.objects.all())
    assert len(mails) == INVITED
    for number, mail in enumerate(mails[:ANSWERED]):
        said = {"good": "yes", "in_time": "no" if number < 11 else "yes", "resolved": "yes"}
        with_link(mail).press(**said).press("send")
    upkeep.recount()
    results = agency.publish(agency.close(wave))
    assert everybody(results) == {
        "good": "100 %",
        "in_time": "50 %",
        "resolved": "100 %",
        "all_three": "50 %",
    }
    # a low response rate is said, not hidden
    assert "22 %" in agency.page(wave, "answered")
    # the report to a department
    asked = "Did you get an answer in a reasonable time?"
    assert asked in text_of(agency.client.get(reverse("results:question", args=[wave.pk, "in_time"])))
    action = agency.act("Answer within two days", agency_unit, wave=wave.pk, question="=in_time")
    assert action.evidence.get().figure["n"] == ANSWERED


@pytest.mark.services
def test_the_same_three_questions_at_the_end_of_a_call(agency, chiara):
    wave = agency.open(agency.install("C18"))
    phone = wave.collectors.get(kind="staff")
    for _call in range(10):
        at(phone, client=client_of(chiara)).press(good="yes", in_time="yes", resolved="yes").press("send")
    assert everybody(agency.publish(agency.close(wave)))["all_three"] == "100 %"
