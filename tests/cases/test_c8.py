"""C8, Services Publics+: a story, the answer of the office concerned, and both in public."""

import pytest
from django.urls import reverse

from feedback.models import Item
from tests.cases.steps import at, columns, everybody
from tests.factories import ServiceFactory
from tests.feedback.test_tell import STORY, key_of, send

ANSWER = "From January you choose the hour beforehand."


@pytest.mark.services
def test_a_story_is_answered_and_published_with_the_answer(agency, bram_client, client, unit_b):
    ServiceFactory(code="permits")
    fields = {
        "key": key_of(client),
        "text": STORY,
        "publish": "yes",
        "tone": "negative",
        "service": "permits",
    }
    client.post(reverse("tell"), fields)
    story = Item.objects.get()
    send(client, text=STORY[:99])  # a story has at least 100 characters
    assert Item.objects.count() == 1
    part = agency.answer(agency.route(story, unit_b), ANSWER, bram_client)
    assert part.outcome == "answered"
    agency.client.post(reverse("queue:propose", args=[story.pk]))
    agency.client.post(reverse("queue:release", args=[story.pk]), {"text": STORY, "language": "en"})
    page = client.get(reverse("stories")).content.decode()
    assert "I waited three hours for a letter" in page
    assert ANSWER in page


@pytest.mark.services
def test_stories_of_the_survey_come_with_how_it_was(agency, unit_b):
    wave = agency.open(agency.install("C8"))
    way = wave.collectors.get()
    at(way, language="fr").press("send", channel="desk", felt="good", story=STORY)
    agency.bring(wave, columns(felt=["good"] * 13 + ["between"] * 2 + ["bad"] * 4), way)
    assert everybody(agency.publish(agency.close(wave))) == {"positive": "70 %"}
    (voice,) = agency.voices()
    assert (voice.text, voice.band, voice.language) == (STORY.strip(), "favourable", "fr")
    action = agency.act("Thank the desk", unit_b, item=voice.pk)
    assert action.evidence.get().item == voice
