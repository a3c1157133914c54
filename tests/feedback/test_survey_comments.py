import uuid
from datetime import UTC, datetime

import pytest
from django.utils import timezone

from feedback.models import Item
from feedback.survey_comments import fetch_comments
from surveys.models import Comment, Response
from tests.factories import CollectorFactory, ServiceFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, 34, tzinfo=UTC)


@pytest.fixture
def wave():
    collector = CollectorFactory()
    Response.objects.bulk_create(
        Response(wave=collector.wave, version=collector.wave.version, collector=collector) for _ in range(10)
    )
    return collector.wave


def comment(wave, text="The letter was hard to read.", **fields):
    return Comment.objects.create(wave=wave, question="why", text=text, language="fi", **fields)


def test_a_comment_brings_question_band_and_place(wave, unit_a):
    service = ServiceFactory()
    comment(wave, unit=unit_a, service=service, band="unfavourable", receipt_hash="0" * 64)
    fetch_comments(at=NOW)
    item = Item.objects.get()
    assert (item.wave, item.question, item.band, item.unit, item.service) == (
        wave,
        "why",
        "unfavourable",
        unit_a,
        service,
    )
    assert (item.language, item.receipt_hash) == ("fi", "0" * 64)


def test_a_comment_is_fetched_once(wave):
    comment(wave)
    assert [fetch_comments(at=NOW), fetch_comments(at=NOW)] == [1, 0]


def test_a_comment_that_was_written_anew_is_known_again(wave):
    old = comment(wave)
    key = old.pk
    fetch_comments(at=NOW)
    old.delete()
    Comment.objects.create(pk=key, wave=wave, question="why", text=old.text, is_shuffled=True)
    assert fetch_comments(at=NOW) == 0


def test_of_an_anonymous_wave_the_day_is_kept_and_no_time(wave):
    comment(wave)
    fetch_comments(at=NOW)
    item = Item.objects.get()
    moments = {item.received_at, item.assignments.get().assigned_at}
    assert moments == {timezone.localtime(NOW).replace(hour=0, minute=0, second=0, microsecond=0)}


def test_the_keys_of_items_tell_no_order(wave):
    for number in range(20):
        comment(wave, f"The letter was hard to read, {number}.")
    fetch_comments(at=NOW)
    assert {item.pk.version for item in Item.objects.all()} == {4}
    assert not set(Item.objects.values_list("pk", flat=True)) & set(
        Comment.objects.values_list("pk", flat=True)
    )


def test_comments_of_a_small_wave_wait_until_it_closes(wave, unit_a):
    Response.objects.first().delete()
    comment(wave, unit=unit_a, band="unfavourable")
    assert fetch_comments(at=NOW) == 0


def test_comments_of_a_small_closed_wave_come_without_place_and_band(wave, unit_a):
    Response.objects.first().delete()
    comment(wave, unit=unit_a, band="unfavourable")
    type(wave).objects.filter(pk=wave.pk).update(state="closed", privacy_frozen_at=NOW, version=wave.version)
    fetch_comments(at=NOW)
    item = Item.objects.get()
    assert (item.text, item.unit, item.band) == ("The letter was hard to read.", None, "")


def test_nothing_of_a_comment_names_the_response_it_came_with(wave):
    """A response of the same wave holds what could leak: its key and its pseudonym."""
    Response.objects.update(pseudonym="p" * 8)
    comment(wave)
    fetch_comments(at=NOW)
    item = Item.objects.values().get()
    keys = {str(key) for key in Response.objects.values_list("pk", flat=True)} | {"p" * 8}
    assert keys.isdisjoint(str(value) for value in item.values())
    assert isinstance(item["comment_id"], uuid.UUID)
