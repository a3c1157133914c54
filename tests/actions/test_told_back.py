"""You said, we did: nothing without release, nothing of few, and the way from a receipt to what became of it."""

import pytest
from django.urls import reverse

from actions import telling_back
from actions.models import ToldBack
from cxportal.organisation.receipts import digest_of
from tests.factories import ActionFactory, EvidenceFactory, PublicationFactory, TopicFactory, VoiceFactory

pytestmark = pytest.mark.django_db
CODE = "ABCD-EFGH-JKMN"


def told_of(action, **more) -> ToldBack:
    words = {
        "title": "Your place in the queue is shown",
        "heard": "Nobody says how long it takes.",
        "did": "Screens.",
    }
    return ToldBack.objects.create(action=action, **words | more)


def with_voices(n: int, **more):
    action = ActionFactory(**{"at_status": "done"} | more)
    for item in VoiceFactory.create_batch(n):
        EvidenceFactory(action=action, item=item, reference="")
    return action


def released(action, by, **more) -> ToldBack:
    told = told_of(action, **more)
    telling_back.release(told_back=told, by=by)
    told.refresh_from_db()
    return told


def page(client, name="did", *args) -> str:
    return client.get(reverse(name, args=args)).content.decode()


def test_nothing_is_public_before_its_release(client):
    action = with_voices(1)
    action.topics.add(TopicFactory(code="waiting"))
    told = told_of(action)
    assert "Your place" not in page(client) + page(client, "did_topic", "waiting") + page(client, "front")
    assert client.get(reverse("did_one", args=[told.pk])).status_code == 404


def test_what_was_released_stands_on_every_page_of_it(client, chiara):
    action = with_voices(1)
    action.topics.add(TopicFactory(code="waiting"))
    told = released(action, chiara)
    pages = [
        page(client),
        page(client, "front"),
        page(client, "did_topic", "waiting"),
        page(client, "did_one", told.pk),
    ]
    assert ["Your place in the queue is shown" in one for one in pages] == [True] * 4


def test_a_topic_says_how_far_what_was_told_of_it_is(client, chiara):
    topic, other = TopicFactory(code="waiting"), TopicFactory(code="staff")
    for status, told_of_topic in [("done", topic), ("declined", topic), ("under_way", other)]:
        action = with_voices(1, at_status=status)
        action.topics.add(told_of_topic)
        released(action, chiara, cannot="The law.")
    with_voices(1, at_status="under_way").topics.add(topic)
    counts = {
        one.code: (one.told, one.done, one.under_way, one.not_possible) for one in telling_back.topics_told()
    }
    assert counts == {"waiting": (2, 1, 0, 1), "staff": (1, 0, 1, 0)}


def test_what_was_withdrawn_is_gone(client, chiara):
    told = released(with_voices(1), chiara)
    telling_back.withdraw(told_back=told, by=chiara)
    assert "Your place" not in page(client)


def test_a_manager_releases_nothing(aino, unit_a):
    told = told_of(with_voices(1, unit=unit_a))
    with pytest.raises(telling_back.NotReady, match="Only the CX team"):
        telling_back.release(told_back=told, by=aino)


@pytest.mark.parametrize(
    ("status", "missing", "fault"),
    [
        ("done", "did", "what was done"),
        ("declined", "cannot", "what cannot be done"),
        ("proposed", "", "not been looked at"),
    ],
)
def test_what_is_missing_is_said_before_the_release(chiara, status, missing, fault):
    told = told_of(with_voices(1, at_status=status), **({missing: ""} if missing else {}))
    with pytest.raises(telling_back.NotReady, match=fault):
        telling_back.release(told_back=told, by=chiara)


@pytest.mark.parametrize(("n", "shown"), [(9, None), (10, 10)])
def test_fewer_than_ten_voices_are_not_counted_in_public(client, chiara, n, shown):
    told = released(with_voices(n), chiara)
    assert told.voices == shown
    assert ("Voices: " in page(client, "did_one", told.pk)) == bool(shown)


@pytest.mark.parametrize("is_public", [True, False])
def test_a_figure_is_shown_only_of_a_publication_that_is_public(client, chiara, is_public):
    publication = PublicationFactory()
    content = publication.content
    content["indicators"] = [
        {
            "code": "csat",
            "name": {"en": "Satisfied"},
            "formula": "mean",
            "kind": "mean",
            "high_is_good": True,
            "questions": [],
        }
    ]
    content["everybody"]["indicators"] = {"csat": {"n": 601, "estimate": [2.7, 2.6, 2.8, 601]}}
    publication.save()
    if is_public:
        publication.wave.publications.update(released_at="2026-11-01T08:00Z", released_by=chiara)
    action = with_voices(1)
    EvidenceFactory(
        action=action, wave=publication.wave, publication_number=1, question="=csat", reference=""
    )
    told = released(action, chiara)
    assert ("Satisfied" in page(client, "did_one", told.pk)) == is_public
    assert (told.figure.get("n") == 601) == is_public


def test_the_receipt_leads_an_anonymous_person_to_what_became_of_it(client, chiara):
    action = ActionFactory(at_status="done")
    head = VoiceFactory()
    mine = VoiceFactory(receipt_hash=digest_of(CODE), merged_into=head)
    EvidenceFactory(action=action, item=head, reference="")
    told = told_of(action)
    before = client.post(reverse("receipt"), {"code": CODE}).content.decode()
    telling_back.release(told_back=told, by=chiara)
    after = client.post(reverse("receipt"), {"code": CODE}).content.decode()
    address = reverse("did_one", args=[told.pk])
    assert mine.text in before
    assert (address in before, address in after) == (False, True)


def test_a_receipt_leads_to_nothing_of_others(client, chiara):
    VoiceFactory(receipt_hash=digest_of(CODE))
    told = released(with_voices(2), chiara)
    answer = client.post(reverse("receipt"), {"code": CODE}).content.decode()
    assert reverse("did_one", args=[told.pk]) not in answer


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("name", ["did", "did_topic"])
def test_public_pages_need_a_fixed_number_of_queries(
    client, chiara, number, name, django_assert_max_num_queries
):
    topic = TopicFactory(code="waiting")
    for _ in range(number):
        action = with_voices(2)
        action.topics.add(topic)
        released(action, chiara)
    with django_assert_max_num_queries(9):
        page(client, name, *(["waiting"] if name == "did_topic" else []))


def test_the_cx_team_releases_in_its_list(chiara_client):
    told = told_of(with_voices(1))
    chiara_client.post(
        reverse("admin:actions_toldback_changelist"), {"action": "release", "_selected_action": [told.pk]}
    )
    told.refresh_from_db()
    assert told.state == "released"


def fields_of(action) -> dict[str, str]:
    return {
        "action": action.pk,
        "title_en": "Your place in the queue is shown",
        "heard_en": "Nobody says how long it takes.",
        "did_en": "Screens.",
    }


def test_what_is_written_can_be_released_on_the_same_page(client, chiara_client):
    action = with_voices(1)
    answer = chiara_client.post(reverse("admin:actions_toldback_add"), fields_of(action) | {"_release": "1"})
    told = ToldBack.objects.get()
    assert (told.state, answer.url) == ("released", reverse("admin:actions_toldback_change", args=[told.pk]))
    assert reverse("did_one", args=[told.pk]) in chiara_client.get(answer.url).content.decode()


def test_what_is_not_ready_is_saved_and_not_released(chiara_client):
    action = with_voices(1, at_status="proposed")
    answer = chiara_client.post(
        reverse("admin:actions_toldback_add"), fields_of(action) | {"_release": "1"}, follow=True
    )
    assert ToldBack.objects.get().state == "proposed"
    assert "The action has not been looked at yet." in answer.content.decode()


def test_the_action_leads_to_what_the_public_is_told_of_it(chiara_client, aino_client, unit_a):
    action = with_voices(1, unit=unit_a)
    page = reverse("admin:actions_action_change", args=[action.pk])
    write = f"{reverse('admin:actions_toldback_add')}?action={action.pk}"
    assert [write in one.get(page).content.decode() for one in (chiara_client, aino_client)] == [True, False]
    told = told_of(action)
    assert (
        reverse("admin:actions_toldback_change", args=[told.pk]) in chiara_client.get(page).content.decode()
    )
