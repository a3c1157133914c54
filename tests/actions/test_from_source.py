"""Making and joining an action from what was read, and what becomes of the voice by that."""

import pytest
from django.urls import reverse

from actions.models import Action, Evidence
from actions.sources import figure_words
from surveys.models import Wave
from tests.factories import ActionFactory, AssignmentFactory, EvidenceFactory, TopicFactory, VoiceFactory

pytestmark = pytest.mark.django_db


def make(**named) -> str:
    return reverse("actions:make", query=named)


def test_a_voice_becomes_an_action_with_its_topics_and_has_its_outcome(aino_client, unit_a):
    item = VoiceFactory(unit=unit_a)
    item.topics.add(TopicFactory(code="waiting"))
    assignment = AssignmentFactory(item=item, unit=unit_a)
    aino_client.post(make(item=item.pk), {"title": "Screens", "unit": unit_a.pk, "due_on": "2027-01-31"})
    action = Action.objects.get()
    assignment.refresh_from_db()
    assert (action.title, action.unit, str(action.due_on)) == ("Screens", unit_a, "2027-01-31")
    assert [topic.code for topic in action.topics.all()] == ["waiting"]
    assert (action.evidence.get().item, assignment.outcome) == (item, "became_action")


def test_a_voice_joins_an_action_that_is_there(aino_client, unit_a):
    action, item = ActionFactory(unit=unit_a), VoiceFactory(unit=unit_a)
    assignment = AssignmentFactory(item=item, unit=unit_a)
    aino_client.post(make(item=item.pk), {"action": action.pk})
    assignment.refresh_from_db()
    assert (action.evidence.get().item, assignment.outcome) == (item, "joined_action")


def test_the_part_of_another_unit_stays_open(aino_client, unit_a, unit_b):
    item = VoiceFactory(unit=unit_a)
    AssignmentFactory(item=item, unit=unit_a)
    theirs = AssignmentFactory(item=item, unit=unit_b)
    aino_client.post(make(item=item.pk), {"title": "Screens", "unit": unit_a.pk})
    theirs.refresh_from_db()
    assert theirs.outcome == ""


def test_what_is_out_of_scope_is_a_404(aino_client, unit_b):
    item = VoiceFactory(unit=unit_b, text="Birch")
    answers = [aino_client.get(make(item=item.pk)), aino_client.get(make(item="nonsense"))]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert "Birch" not in answers[0].content.decode()


def test_a_manager_joins_no_action_of_another_unit(aino_client, unit_a, unit_b):
    action, item = ActionFactory(unit=unit_b, title="Birch"), VoiceFactory(unit=unit_a)
    page = aino_client.post(make(item=item.pk), {"action": action.pk}).content.decode()
    assert (action.evidence.count(), "Birch" in page) == (0, False)


def test_staff_make_no_actions(bram_client, unit_b):
    assert bram_client.get(make(item=VoiceFactory(unit=unit_b).pk)).status_code == 404


def test_the_page_shows_the_source_without_what_is_hidden(aino_client, unit_a):
    item = VoiceFactory(unit=unit_a, text="Call Amber now", marks=[[5, 10, "name"]])
    page = aino_client.get(make(item=item.pk)).content.decode()
    assert ("Call" in page, "Amber" in page) == (True, False)


def test_an_action_is_named_once_as_source_of_a_topic(aino_client, unit_a):
    topic, action = TopicFactory(code="waiting"), ActionFactory(unit=unit_a)
    EvidenceFactory(action=action, topic=topic, reference="")
    aino_client.post(make(topic=topic.pk), {"action": action.pk})
    assert action.evidence.count() == 1


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        ({"kind": "share", "value": 0.923, "n": 40}, "92.3 %"),
        ({"kind": "nps", "value": -4.0, "n": 40}, "-4"),
        ({"kind": "mean", "value": 3.546, "n": 40}, "3.55"),
        ({"value": 3.5, "n": 40}, "3.50"),
    ],
)
def test_a_published_figure_is_said_in_its_own_unit(figure, words):
    row = Evidence(wave=Wave(name="Autumn"), question="=solved", figure=figure)
    assert figure_words(row) == f"Autumn, solved: {words} from 40 answers"
