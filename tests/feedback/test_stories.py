"""Stories with answers, as everybody reads them."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cxportal.organisation.models import Language
from cxportal.organisation.receipts import digest_of
from feedback import publishing
from feedback.receipts import take_back
from tests.factories import (
    AssignmentFactory,
    ReplyFactory,
    ServiceFactory,
    TopicFactory,
    VoiceFactory,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ORIGINAL = "The hidden original of Anna."


@pytest.fixture
def publish(chiara):
    def published(text="I waited three hours.", language="en", **fields):
        item = VoiceFactory(kind="story", may_publish=True, text=ORIGINAL, language=language, **fields)
        publication = publishing.propose(item=item, by=chiara)
        publishing.release(publication=publication, text=text, language=language, by=chiara, at=NOW)
        return publication

    return published


def texts(client, **asked) -> list[str]:
    return [story.publication.text for story in client.get(reverse("stories"), asked).context["stories"]]


def page_of(client, **asked) -> str:
    return client.get(reverse("stories"), asked).content.decode()


def test_only_what_a_person_released_is_there(client, chiara, publish):
    publish()
    publishing.propose(item=VoiceFactory(may_publish=True, text="Nobody has read this"), by=chiara)
    VoiceFactory(kind="story", may_publish=True, text="Nor this")
    gone = publish("Withdrawn")
    publishing.withdraw(publication=gone, by=chiara)
    page = page_of(client)
    assert texts(client) == ["I waited three hours."]
    assert [text for text in (ORIGINAL, "Nobody has read", "Nor this", "Withdrawn") if text in page] == []


def test_the_answer_stands_beside_the_story(client, publish, unit_a):
    part = AssignmentFactory(item=publish().item, unit=unit_a)
    ReplyFactory(assignment=part, sent=True, text="There is a second queue now.")
    assert "There is a second queue now." in page_of(client)


@pytest.mark.parametrize("fields", [{}, {"sent": True, "is_public": False}])
def test_an_answer_not_sent_or_not_for_everybody_is_not_shown(client, publish, fields):
    ReplyFactory(assignment=AssignmentFactory(item=publish().item), text="Only for Mina.", **fields)
    assert "Only for Mina." not in page_of(client)


def test_stories_are_chosen_by_service_and_topic(client, publish):
    publish("Permits", service=ServiceFactory(code="permits"))
    about_signs = publish("Signs")
    about_signs.item.topics.add(TopicFactory(code="signs"))
    assert (texts(client, service="permits"), texts(client, topic="signs"), texts(client, topic="x")) == (
        ["Permits"],
        ["Signs"],
        [],
    )


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("fi", "Jäin ÄÄNETTÄ jonoon", "aanetta"),
        ("ar", "انتظرت ثلاث ساعات في الممر", "ساعات"),
        ("ru", "Ждал Три часа", "три ЖДАЛ"),
        ("zh-hans", "我等了三个小时", "三个"),
        ("th", "ฉันรอสามชั่วโมง", "สาม"),
        ("fr", "L’été dernier", "ete"),
    ],
)
def test_stories_are_found_in_any_script(client, publish, language, text, words):
    publish("Something else")
    publish(text, language)
    assert texts(client, q=words) == [text]


def test_what_stands_in_the_original_only_is_not_found(client, publish):
    publish()
    assert texts(client, q="Anna") == []


def test_a_story_says_its_language_and_has_its_translation_beside_it(client, publish, chiara):
    Language.objects.update_or_create(code="fi", defaults={"is_offered": True})
    publication = publish("انتظرت ثلاث ساعات", "ar")
    publishing.translate(publication=publication, language="fi", text="Odotin kolme tuntia.", by=chiara)
    page = client.get("/fi/stories/").content.decode()
    assert '<p lang="ar" dir="rtl">انتظرت ثلاث ساعات</p>' in page
    assert "<p>Odotin kolme tuntia.</p>" in page


def test_a_story_taken_back_with_the_code_is_gone_at_once(client, publish):
    publish(receipt_hash=digest_of("2345-6789-ABCD-EFGH-JKMN"))
    before = texts(client)
    take_back("2345-6789-ABCD-EFGH-JKMN")
    assert (before, texts(client)) == (["I waited three hours."], [])


def test_the_page_needs_a_fixed_number_of_queries(client, publish):
    counts = []
    for _ in range(2):
        for _story in range(2):
            publication = publish(service=ServiceFactory())
            publication.item.topics.add(TopicFactory())
            ReplyFactory(assignment=AssignmentFactory(item=publication.item), sent=True)
        client.get(reverse("stories"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("stories"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("attack", ["<script>alert(1)</script>", '"><svg onload=alert(1)>', "{{ 7*7 }}"])
def test_markup_in_a_story_or_search_is_text(client, publish, attack):
    publish(attack)
    page = page_of(client, q=attack)
    assert [sign for sign in ("<script>alert", "<svg onload") if sign in page] == []


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=99999999", "q=%00", "service=%27&topic=%00"])
def test_a_broken_address_shows_a_page(client, publish, query):
    publish()
    assert client.get(f"{reverse('stories')}?{query}").status_code == 200


def test_the_page_sets_no_cookie_and_is_not_kept(client, publish):
    publish()
    answer = client.get(reverse("stories"))
    assert (dict(answer.cookies), answer["Cache-Control"]) == ({}, "no-store")
