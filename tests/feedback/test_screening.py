import random

import phonenumbers
import pytest

from feedback.masking import masked
from feedback.models import CasePattern, StaffName
from feedback.screening import Screener, screen
from feedback.screening.screen import fingerprint
from tests.feedback import sentences

OF_EACH = 200
MOST_MISSED = OF_EACH // 100


def missed(numbers, rng):
    """Sentences in which some letter or digit of the number was left to be read."""
    screener, left = Screener(), []
    for number in numbers:
        sentence, start, end = sentences.in_a_sentence(rng, number)
        hidden = {
            place for begin, stop, _kind in screener.screen(sentence).marks for place in range(begin, stop)
        }
        if any(sentence[place].isalnum() and place not in hidden for place in range(start, end)):
            left.append(sentence)
    return left


@pytest.mark.parametrize("kind", ["MOBILE", "FIXED_LINE"])
@pytest.mark.parametrize("region", sentences.REGIONS)
def test_phone_numbers_of_a_country_are_found(region, kind):
    rng = random.Random(region + kind)
    numbers = [
        sentences.phone(rng, region, getattr(phonenumbers.PhoneNumberType, kind)) for _ in range(OF_EACH)
    ]
    assert len(missed(numbers, rng)) <= MOST_MISSED


@pytest.mark.parametrize("country", sentences.NATIONAL)
def test_national_numbers_of_a_country_are_found(country):
    rng = random.Random(country)
    numbers = [sentences.NATIONAL[country](rng) for _ in range(OF_EACH)]
    assert len(missed(numbers, rng)) <= MOST_MISSED


def test_addresses_are_found():
    rng = random.Random(1)
    names = ["anna.virtanen", "j_novak+home", "Łukasz", "محمد", "o'brien1980"]
    hosts = ["mail.example", "posti.fi", "пошта.укр", "sub.domain.example.org"]
    addresses = [f"{rng.choice(names)}@{rng.choice(hosts)}" for _ in range(OF_EACH)]
    assert len(missed([one.replace("'", "") for one in addresses], rng)) <= MOST_MISSED


def test_at_most_2_per_cent_of_harmless_sentences_raise_an_alarm():
    screener = Screener()
    texts = list(sentences.harmless(random.Random(7), 5000))
    alarms = [text for text, _is_big in texts if screener.screen(text).marks]
    assert sum(is_big for _text, is_big in texts) >= 500
    assert len(alarms) <= 100


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Call +358 40 123 4567 today", "Call ••• today"),
        ("Soita ٠٤٠١٢٣٤٥٦٧ heti", "Soita ••• heti"),
        ("رقمي ۰۴۰ ۱۲۳ ۴۵۶۷ وشكرا", "رقمي ••• وشكرا"),
        ("Call ０４０１２３４５６７ now", "Call ••• now"),
        ("Call 040\u200b123\u200b4567 now", "Call ••• now"),
        ("Write to anna (at) mail (dot) example please", "Write to ••• please"),
        ("My account is FI21 1234 5600 0007 85.", "My account is •••."),
        ("0401234567 or 0501234567", "••• or •••"),
        ("We met 22.11.2026 at 14:30, no. 7", "We met 22.11.2026 at 14:30, no. 7"),
        ("Mail me", "Mail me"),
    ],
)
def test_what_is_found_is_hidden_and_nothing_else(text, expected, db):
    assert masked(text, screen(text).marks) == expected


def test_case_numbers_of_the_agency_are_found(db):
    CasePattern.objects.create(name="permits", pattern="AAA/9999/999")
    text = "My case mig/2026/123 has no answer, XMIG/2026/1234 is not one."
    assert [kind for _start, _end, kind in screen(text).marks] == ["case"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Matti Virtanen was kind", "Matti Virtanen"),
        ("Virtanen, Matti was kind", "Virtanen, Matti"),
        ("M. Virtanen was kind", "M. Virtanen"),
        ("Kiitos Matti Virtaselle", ""),
        ("Kiitos Matti Virtasen tiimi", ""),
        ("Tack till MATTI VIRTANENS kollega", "MATTI VIRTANENS"),
        ("I spoke with Håkansson", "Håkansson"),
        ("the virtue of Matti", ""),
    ],
)
def test_names_of_staff_are_found_with_short_endings(text, found, db):
    StaffName.objects.bulk_create([StaffName(full_name="Matti Virtanen"), StaffName(full_name="Håkansson")])
    marks = screen(text).marks
    assert "".join(text[start:end] for start, end, _kind in marks) == found


def test_signs_that_turn_the_text_round_are_noticed(db):
    assert screen("paid \u202e0001 euros").has_hidden_signs


def test_marks_of_direction_in_arabic_are_ordinary(db):
    assert not screen("قال \u200fنعم").has_hidden_signs


@pytest.mark.parametrize(
    ("text", "is_spam"),
    [
        ("Buy http://a.example http://b.example http://c.example", True),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", True),
        ("The form at https://agency.example/form is broken!!!", False),
    ],
)
def test_rubbish_is_marked(text, is_spam, db):
    assert screen(text).looks_like_spam is is_spam


def test_the_same_words_have_the_same_fingerprint():
    assert fingerprint("The Queue\n was LONG") == fingerprint("the queue was long")
