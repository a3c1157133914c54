from datetime import UTC, datetime

import pytest
from django.core.exceptions import PermissionDenied

from cxportal.organisation.receipts import digest_of
from feedback import publishing
from feedback.models import Publication
from feedback.receipts import take_back
from feedback.triage import Refused
from tests.factories import AssignmentFactory, VoiceFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TEXT = "Call 040 123 4567 and wait"


@pytest.fixture
def story(unit_a):
    item = VoiceFactory(
        unit=unit_a,
        kind="story",
        may_publish=True,
        text=TEXT,
        marks=[[5, 17, "phone"]],
        has_personal_data=True,
    )
    AssignmentFactory(item=item, unit=unit_a)
    return item


def released(story, by, text="I waited three hours."):
    publication = publishing.propose(item=story, by=by)
    publishing.release(publication=publication, text=text, language="en", by=by, at=NOW)
    return publication


def test_what_is_marked_is_left_out_of_the_proposal(story, aino):
    publication = publishing.propose(item=story, by=aino)
    assert (publication.text, publication.state) == ("Call ••• and wait", "proposed")


def test_nothing_proposed_is_public(story, aino):
    publishing.propose(item=story, by=aino)
    assert list(Publication.objects.released()) == []


def test_a_person_releases_it(story, aino):
    released(story, aino)
    assert Publication.objects.released().values_list("text", "released_by", "released_at").get() == (
        "I waited three hours.",
        aino.pk,
        NOW,
    )


def test_what_the_person_typed_is_screened_again(story, aino):
    assert "mina@mail.example" not in released(story, aino, "Write to mina@mail.example please").text


def test_a_writer_who_did_not_agree_is_not_published(unit_a, aino):
    with pytest.raises(Refused):
        publishing.propose(item=AssignmentFactory(unit=unit_a, item__unit=unit_a).item, by=aino)


def test_agreement_is_looked_at_again_when_it_is_released(story, aino):
    publication = publishing.propose(item=story, by=aino)
    publication.item.may_publish = False
    with pytest.raises(Refused):
        publishing.release(publication=publication, text="I waited.", language="en", by=aino)


def test_spam_is_not_published(unit_a, aino):
    spam = AssignmentFactory(
        done=True, outcome="spam", unit=unit_a, item__unit=unit_a, item__may_publish=True
    )
    with pytest.raises(Refused):
        publishing.propose(item=spam.item, by=aino)


def test_desk_staff_propose_and_do_not_release(bram, unit_b):
    item = AssignmentFactory(unit=unit_b, item__unit=unit_b, item__may_publish=True).item
    publication = publishing.propose(item=item, by=bram)
    with pytest.raises(PermissionDenied):
        publishing.release(publication=publication, text="I waited.", language="en", by=bram)


def test_nobody_proposes_what_is_out_of_sight(bram, story):
    with pytest.raises(PermissionDenied):
        publishing.propose(item=story, by=bram)


def test_what_was_withdrawn_is_proposed_anew_before_it_is_public_again(story, aino):
    publication = released(story, aino)
    publishing.withdraw(publication=publication, by=aino)
    with pytest.raises(Refused):
        publishing.release(publication=publication, text="I waited.", language="en", by=aino)


def test_the_writer_takes_it_off_the_page_with_the_code(story, aino):
    code = "2345-6789-ABCD-EFGH-JKMN"
    story.receipt_hash = digest_of(code)
    story.save()
    released(story, aino)
    take_back(code)
    assert list(Publication.objects.all()) == []


def test_a_translation_is_found_by_its_words(story, aino):
    publication = released(story, aino)
    publishing.translate(publication=publication, language="fi", text="Odotin kolme tuntia.", by=aino)
    assert Publication.objects.get().folded == "i waited three hours. odotin kolme tuntia."


def test_an_empty_translation_is_taken_away(story, aino):
    publication = released(story, aino)
    publishing.translate(publication=publication, language="fi", text="Odotin.", by=aino)
    publishing.translate(publication=publication, language="fi", text=" ", by=aino)
    assert (publication.texts.count(), Publication.objects.get().folded) == (0, "i waited three hours.")
