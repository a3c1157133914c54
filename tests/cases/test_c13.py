"""C13, OCMA: aspects from 1 to 6 beside their importance; contradictory answers are counted and shown."""

import re

import pytest
from django.urls import reverse

from tests.actions.test_board import sent
from tests.cases.steps import at, columns, everybody, offer, spread, text_of
from tests.factories import TopicFactory, UnitFactory
from tests.feedback.test_take_down import PAGE as TAKE_DOWN
from tests.feedback.test_take_down import told

SUGGESTION = "Send the list of papers with the invitation."


def ratings6(mean: float, n: int, seed: int) -> list[str]:
    return spread(mean, n, range(1, 7), seed)


@pytest.mark.services
def test_importance_beside_rating_and_a_suggestion_that_is_judged(agency, agency_unit):
    riga = UnitFactory(code="riga", name="Riga office", parent=agency_unit, kind="service_point")
    wave = agency.open(agency.install("C13"))
    ways = {(way.kind, str(way.unit)) for way in wave.collectors.select_related("unit")}
    assert ways == {("link", "None"), ("link", "Riga office"), ("paper", "Riga office")}
    qr = wave.collectors.get(kind="link", unit=riga)
    person = at(qr).press(overall="5", solved="no").press(rated__competence="5").press(matters__speed="5")
    person.press(suggestion=SUGGESTION).press("send")
    n = 199
    rows = columns(
        overall=ratings6(5.1, n, 1),
        solved=["yes"] * n,
        **{"rated.competence": ratings6(5.4, n, 2), "rated.speed": ratings6(3.1, n, 3)},
        **{"rated.attitude": ratings6(4.8, n, 6)},
        **{
            "matters.competence": spread(3.9, n, range(1, 6), 4),
            "matters.speed": spread(4.6, n, range(1, 6), 5),
        },
    )
    for row in rows[:15]:  # careless reading
        row |= {"overall": "1", "solved": "yes"}
    for row in rows[15:25]:  # incomplete forms
        row["rated.speed"] = ""
    agency.bring(wave, rows, wave.collectors.get(kind="paper"))
    agency.close(wave)
    figures = everybody(agency.publish(wave))
    assert figures["competence"] == "5.40"
    assert figures["attitude"] == "4.80"

    # what matters most and is rated worst stands first
    page = agency.page(wave, "importance")
    assert page.rindex("how long it took") < page.rindex("what the specialist knew")

    # contradictory answers: counted and shown
    quality = text_of(agency.client.get(reverse("paper:quality", args=[wave.pk])))
    assert "solved_and_very_bad" in quality
    assert "8 %" in quality
    assert wave.quality_counts.get(kind="contradiction", name="solved_and_very_bad").n >= 15

    # incomplete forms too: beside the ten things left out on paper the nine of the person with the QR code
    assert wave.quality_counts.get(kind="empty").n == 10 + 9
    assert "Questions left empty" in quality

    # the suggestion: feasibility, usefulness, horizon
    (voice,) = agency.voices()
    action = agency.act("Send the list of papers along", riga, item=voice.pk)
    form = reverse("admin:actions_action_change", args=[action.pk])
    assert "Short: within three months" in text_of(agency.client.get(form))
    agency.client.post(form, sent(action, horizon="short", feasibility=4, usefulness=5))
    action.refresh_from_db()
    assert (action.horizon, action.feasibility, action.usefulness) == ("short", 4, 5)


@pytest.mark.services
def test_in_latvian_with_the_gaps_of_the_portal_marked(agency, agency_unit):
    offer("lv")
    wave = agency.open(agency.install("C13"))
    assert "lv" in wave.languages
    way = wave.collectors.get(kind="link", channel="web")
    person = at(way, language="lv")
    assert '<html lang="lv"' in person.page
    assert "Kas ir svarīgi, un kā mums veicas?" in person.open("").page
    assert '<span lang="en" dir="ltr">Stop and delete my answers</span>' in person.open().page
    person.press(overall="2", solved="no").press(rated__speed="1").press(matters__speed="5")
    person.press(suggestion="Sūtiet sarakstu kopā ar uzaicinājumu.").press("send")
    agency.close(wave)
    (voice,) = agency.voices()
    assert (voice.text, voice.language) == ("Sūtiet sarakstu kopā ar uzaicinājumu.", "lv")


@pytest.mark.services
def test_letters_mails_calls_and_social_media_stand_beside_the_survey(
    agency, bram_client, chiara_client, unit_b
):
    topic = TopicFactory(code="waiting-time")
    for channel in ("letter", "email", "phone", "social_media", "desk"):
        bram_client.post(TAKE_DOWN, told(unit_b, kind="complaint", channel=channel, topics=[topic.pk]))
    page = text_of(chiara_client.get(reverse("desk:topic", args=["waiting-time"])))
    assert re.search(r"Complaints</h2></div> <p class=\"cx-figure\"><b>\s*5\s*</b>", page)
