"""C1, Migri: all customers and three panels; 3.46, then 3.55; every idea to its end; no fear of being recognised."""

import re
from datetime import date

import pytest
from django.urls import reverse

from cxportal.dispatch.models import OutboxMail
from cxportal.portal import blueprints
from feedback.models import Item
from panels.models import Mailing
from surveys import offering, publishing
from surveys.ballot_box import hash_of
from surveys.models import Response, Submission, Ticket
from surveys.release import release
from tests.cases.steps import at, columns, everybody, group, text_of, to_five, token_in, with_link
from tests.factories import TopicFactory
from tests.feedback.test_observe import PAGE as OBSERVE
from tests.feedback.test_observe import given as observed
from tests.surveys.attack import attack
from tests.surveys.test_anonymity import dump, upper_bound

AGREED = date(2026, 1, 1)
IDEA = "Say on the page how long it takes."


@pytest.mark.services
def test_two_waves_their_channels_and_an_idea_that_becomes_an_action(agency, client, agency_unit):
    first = agency.open(agency.install("C1"))
    agency.bring(first, columns(overall=to_five(3.46, 310)))
    assert everybody(agency.publish(agency.close(first)))["overall"] == "3.46"

    second = agency.open(blueprints.prepare_wave("C1", by=agency.chiara))
    link = second.collectors.get(kind="link")
    arabic = at(link, language="ar").press(channel="desk", role="customer")
    arabic.press(overall="4", service__equal="5").press("send", better=IDEA)
    others = 3.55 * 631 - 4 - 200 * 3.80 - 120 * 3.72 - 50 * 3.90
    known = [("desk", 200, 3.80), ("email", 120, 3.72), ("social_media", 50, 3.90)]
    for channel, n, mean in [*known, ("web", 260, others / 260)]:
        points = to_five(mean, n, seed=n)
        agency.bring(second, columns(channel=[channel] * n, overall=points), link)
    results = agency.publish(agency.close(second))
    assert everybody(results)["overall"] == "3.55"
    assert {name: group(results, "channel", name)["overall"] for name, *_more in known} == {
        name: f"{mean:.2f}" for name, _n, mean in known
    }
    assert "no clear change" in agency.page(second, "comparison").lower()
    assert "<b>3.55</b>" in client.get(agency.make_public(second)).content.decode()

    (idea,) = agency.voices()
    assert idea.text == IDEA
    action = agency.act("Tell how long it takes", agency_unit, item=idea.pk)
    assert {part.outcome for part in idea.assignments.all()} == {"became_action"}
    agency.carry_out(action)
    address = agency.tell_back(action, "Nobody knew how long it takes.", "It stands on the page now.")
    assert "It stands on the page now." in client.get(address).content.decode()


@pytest.mark.services
def test_three_panels_are_asked_by_mailings_of_their_own(agency):
    wave = agency.install("C1")
    panels = {mailing.panels.get().kind for mailing in Mailing.objects.filter(wave=wave)}
    assert panels == {"customer", "employer", "stakeholder"}


@pytest.mark.services
def test_what_staff_see_at_the_desk_stands_beside_the_survey_and_becomes_an_action(
    agency, bram_client, unit_b
):
    topic = TopicFactory(code="waiting", name="Waiting time")
    for concerns in ("customer", "customer", "both", "colleague", "colleague"):
        seen = observed(unit_b, concerns=concerns, topic=topic.code, text="They look for the queue number.")
        bram_client.post(OBSERVE, seen)
    page = text_of(agency.client.get(reverse("desk:topic", args=[topic.code])))
    assert re.search(r"Observations</h2></div> <p class=\"cx-figure\"><b>\s*5\s*</b>", page)
    voices = Item.objects.for_user(agency.chiara).filter(kind="observation")
    action = agency.act("A larger sign", unit_b, item=voices.first().pk)
    assert action.evidence.get().item.kind == "observation"


@pytest.mark.services
def test_who_cannot_read_answers_together_with_staff_and_that_is_shown(agency):
    """The answers given with help stand as a group of their own, so that they can be compared."""
    wave = agency.open(agency.install("C1"))
    desk = wave.collectors.get(kind="staff")
    for number in range(12):
        person = at(desk, client=agency.client).press(role="customer").press(overall=str(3 + number % 3))
        person.press("send", helped="yes")
    assert Submission.objects.filter(is_assisted=True).count() == 12
    agency.bring(wave, columns(overall=to_five(2.5, 40)), wave.collectors.get(kind="link"))
    results = agency.publish(agency.close(wave))
    assert group(results, "assisted", "yes")["overall"] == "4.00"


@pytest.mark.services
def test_a_question_without_a_translation_falls_back_and_says_so(agency):
    """Languages: what the Arabic page lacks is shown in English and marked as that; Arabic is not offered so."""
    survey = agency.install("C1").survey
    part = survey.parts.last()
    survey.questions.create(part=part, code="new", kind="long_text", position=9, text_en="Anything else?")
    address = reverse("admin:surveys_survey_preview_page", args=[survey.pk])
    page = agency.client.get(address, {"language": "ar", "part": 3}).content.decode()
    assert '<html lang="ar" dir="rtl"' in page
    assert re.search(r'lang="en" dir="ltr"[^>]*>\s*Anything else\?', page)
    publishing.publish(survey=survey, by=agency.chiara)
    ready = offering.ready_languages(survey, publishing.content_of(survey))
    assert ready == ["en"]


@pytest.mark.services
def test_whoever_reads_every_table_does_not_find_out_who_answered_what(agency, tmp_path):
    """Fear: a panel of 60 is invited, 45 answer in the order in which they were invited."""
    wave = agency.open(agency.install("C1"))
    agency.import_people("customers", (f"person{n}@mail.example;en" for n in range(60)), consent_on=AGREED)
    mailing = Mailing.objects.get(wave=wave, panels__code="customers")
    agency.start(mailing)
    tickets = list(Ticket.objects.filter(wave=wave).order_by("pk"))
    mails = {hash_of(token_in(mail)): mail for mail in OutboxMail.objects.all()}
    for number, ticket in enumerate(tickets[:45]):
        person = with_link(mails[ticket.token_hash]).press(role="customer")
        person.press(overall="3", **own_answers(number)).press("send")
        if number == 30:
            release(wave)
            dump(tmp_path / "dump1")
    agency.close(wave)
    dump(tmp_path / "dump2")
    assert (Response.objects.count(), Submission.objects.count()) == (45, 0)
    guesses = attack(tmp_path)
    assert guesses.pop("leaks") == {}
    truth = who_gave()
    person_of = {str(ticket.pk): number for number, ticket in enumerate(tickets)}
    found = {
        name: sum(truth.get(response) == person_of[ticket] for ticket, response in guess.items())
        for name, guess in guesses.items()
        if name.startswith("dump2")
    }
    assert {name: hits for name, hits in found.items() if hits > upper_bound(45, 1 / 45)} == {}


def own_answers(number: int) -> dict[str, str]:
    """Each person's answers are their own, for keeping the score."""
    return {
        "service__time": str(number % 5 + 1),
        "service__clear": str(number // 5 % 5 + 1),
        "service__equal": str(number // 25 + 1),
    }


def who_gave() -> dict[str, int]:
    found: dict[str, int] = {}
    worth = {"service.time": 1, "service.clear": 5, "service.equal": 25}
    for response in Response.objects.prefetch_related("answers"):
        given = {row.question: row.value for row in response.answers.all()}
        number = sum((int(given[code]) - 1) * each for code, each in worth.items())
        found[str(response.pk)] = found[response.pk.hex] = number
    return found
