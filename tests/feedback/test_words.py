"""The search by words, the same on both ways; what is told apart by letters without spaces is found by containment."""

import pytest
from django.db import connection

from feedback.models import Item, Publication
from feedback.words import with_words
from tests.factories import VoiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.services]
TEXTS = {
    "finnish": "Tässä on ääni. Jonotin kaksi tuntia!",
    "arabic": "وقت الانتظار طويل",
    "hindi": "मुझे लंबा इंतज़ार करना पड़ा",
    "chinese": "我等了两个小时才有人叫我",
    "thai": "ฉันรอสองชั่วโมง",
    "address": "The page help/permits.html and e-mail never open.",
    "quotes": "They said 'no' & \"maybe\" | nothing:* (really)",
}


@pytest.fixture
def texts():
    return {name: VoiceFactory(text=text) for name, text in TEXTS.items()}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ÄÄNI", ["finnish"]),
        ("aani jono", ["finnish"]),
        ("الانتظار", ["arabic"]),
        ("इंतज़ार", ["hindi"]),
        ("小时", ["chinese"]),
        ("สองชั่วโมง", ["thai"]),
        ("permits", ["address"]),
        ("e-mail", ["address"]),
        ("mail", ["address"]),
        ("nothing:*", ["quotes"]),
        ("'no' &", ["quotes"]),
        ("| maybe", ["quotes"]),
        ("aani permits", []),
        ("", list(TEXTS)),
    ],
)
def test_words_are_found_in_every_script(texts, words, found):
    kept = with_words(Item.objects.all(), words)
    assert {item.pk for item in kept} == {texts[name].pk for name in found}


@pytest.mark.parametrize("words", ["\\", "a\\'b", "<-> :*", "a:*b", "((", "%", "_", "²", "\u202e", "x" * 100])
def test_no_sign_breaks_the_search(texts, words):
    assert list(with_words(Item.objects.all(), words)) == []


@pytest.mark.parametrize(
    ("model", "index"), [(Item, "feedback_by_words"), (Publication, "publication_by_words")]
)
def test_on_postgresql_an_index_serves_it(model, index):
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL only")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert index in with_words(model.objects.order_by(), "waiting").explain()
