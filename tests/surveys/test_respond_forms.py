"""The signed number of a form, what is carried, conditions as CSS, stencils, and the count of those who began."""

import base64
import gzip
import json
import zlib
from types import SimpleNamespace

import pytest

from surveys import begun, carried, form_key
from surveys.carried import NotOurs, Sheet, pack, unpack
from surveys.models import Count
from surveys.questionnaire import Questionnaire
from surveys.shown_css import facts_that_hold, rules_of
from surveys.stencils import Packed, Stencil, hole
from tests.factories import CollectorFactory
from tests.surveys.contents import content, grid, long_text, number, rating, single, words
from tests.surveys.respondent import Respondent, open_survey

DIGEST = "ab" * 32


# ---------- form key ----------


def test_a_key_is_read_back_as_it_was_issued():
    key = form_key.issue(DIGEST, "7", now=1_000_000)
    assert form_key.read(key.text, "7") == key
    assert (key.made_at, key.digest, len(key.number)) == (1_000_000, "ab" * 8, 16)


@pytest.mark.parametrize("place", [0, 10, 20, 30, 44])
def test_a_changed_key_is_no_key(place):
    signed = bytearray(base64.urlsafe_b64decode(form_key.issue(DIGEST, "7").text))
    signed[place] ^= 1
    assert form_key.read(base64.urlsafe_b64encode(signed).decode(), "7") is None


def test_a_key_is_good_for_its_way_in_only():
    assert form_key.read(form_key.issue(DIGEST, "7").text, "7:1") is None


def test_two_forms_have_two_numbers():
    assert form_key.issue(DIGEST, "7").number != form_key.issue(DIGEST, "7").number


# ---------- carried ----------


@pytest.fixture
def key():
    return form_key.issue(DIGEST, "7")


def test_a_sheet_is_carried_as_it_is(key):
    sheet = Sheet({"a": ["1"], "why": ["täytä\n😀"]}, {"b"}, "yes", True, True, True)
    assert unpack(pack(sheet, key), key) == sheet


def test_the_first_page_carries_nothing(key):
    assert pack(Sheet(), key) == ""


def test_what_was_carried_in_another_form_is_not_taken(key):
    with pytest.raises(NotOurs):
        unpack(pack(Sheet({"a": ["1"]}), key), form_key.issue(DIGEST, "7"))


def test_a_field_that_swells_is_cut_off(key):
    bomb = zlib.compress(b"[" + b" " * 50_000_000, 9)
    signed = carried._signature(bomb, key) + bomb
    with pytest.raises(NotOurs):
        unpack(base64.urlsafe_b64encode(signed).decode(), key)


def test_560_answers_travel_in_a_few_kilobytes(key):
    given = {f"question_{n}": [str(n % 5 + 1)] for n in range(560)}
    assert len(pack(Sheet(given), key)) < 4000


def test_what_is_carried_cannot_be_read_as_answers_of_another_type(key):
    body = zlib.compress(json.dumps({}).encode())
    assert unpack(base64.urlsafe_b64encode(carried._signature(body, key) + body).decode(), key) == Sheet()


# ---------- stencils ----------


def test_holes_are_filled_by_name_and_others_stay_empty():
    stencil = Stencil(f"a{hole('one')}b{hole('two')}c{hole('one')}")
    assert stencil.filled({"one": "1"}) == "a1bc1"


@pytest.mark.parametrize("middle", ["", "x", "ä😀" * 5000])
def test_a_page_packed_beforehand_unpacks_to_itself(middle):
    packed = Packed("<p>é before</p>" * 300, "<p>after</p>" * 200)
    assert gzip.decompress(packed.gzipped(middle)) == packed.plain(middle)
    assert packed.plain(middle).decode() == "<p>é before</p>" * 300 + middle + "<p>after</p>" * 200


# ---------- conditions as CSS ----------

BAD = {"question": "overall", "op": "at_most", "value": 2}


def rules(*parts) -> str:
    return rules_of(Questionnaire(content(*parts)))


def test_a_condition_on_the_same_page_is_a_rule():
    assert rules([rating("overall"), long_text("why", shown_if=BAD)]) == (
        "@supports selector(:has(*)){"
        '#survey:not(:has([name="q.overall"]:is([value="1"],[value="2"]):checked)) #c-why{display:none}}'
    )


def test_a_denied_condition_on_the_same_page_is_a_rule():
    assert rules([rating("overall"), long_text("why", shown_if={"not": BAD})]) == (
        "@supports selector(:has(*)){"
        '#survey:not(:not(:has([name="q.overall"]:is([value="1"],[value="2"]):checked))) #c-why{display:none}}'
    )


def test_a_condition_on_an_earlier_page_needs_no_rule():
    assert rules([rating("overall")], [long_text("why", shown_if=BAD)]) == ""


def test_a_condition_on_something_typed_on_the_same_page_hides_nothing():
    typed = {"question": "visits", "op": "at_least", "value": 2}
    assert ":not(:is(form))" in rules([number("visits"), long_text("why", shown_if=typed)])


def test_a_condition_on_a_grid_looks_at_every_item():
    bad = {"question": "things", "op": "equals", "value": "1"}
    assert '[name^="q.things."]:is([value="1"])' in rules(
        [grid("things", ["x", "y"]), rating("b", shown_if=bad)]
    )


def test_a_condition_on_a_question_hidden_itself_does_not_hold():
    chain = {"question": "b", "op": "answered"}
    text = rules([rating("overall"), rating("b", shown_if=BAD), rating("c", shown_if=chain)])
    assert text.count('[name="q.overall"]') == 2


def test_earlier_pages_are_facts_of_the_form():
    both = {"all": [BAD, {"question": "channel", "op": "equals", "value": "web"}]}
    questionnaire = Questionnaire(
        content([rating("overall")], [single("channel", "web", "desk"), long_text("why", shown_if=both)])
    )
    page, shown = questionnaire.pages()[1], frozenset({"overall", "channel", "why"})
    assert '#survey:not(.k0:has([name="q.channel"]' in rules_of(questionnaire)
    assert facts_that_hold(questionnaire, page, {"overall": ["1"]}, shown) == ["k0"]
    assert facts_that_hold(questionnaire, page, {"overall": ["5"]}, shown) == []


# ---------- begun ----------


@pytest.fixture
def counted(request):
    if not request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
    begun.forget()
    yield lambda: sorted(Count.objects.values_list("collector", "kind", "language", "n"))
    begun.forget()


def test_those_who_began_are_written_as_a_sum(counted):
    way = CollectorFactory()
    for _person in range(5):
        begun.count_begun(way.pk, "en")
    begun.write_begun()
    begun.count_begun(way.pk, "en")
    begun.count_begun(way.pk, "ar")
    assert counted() == [(way.pk, "begun", "en", 5)]
    begun.write_begun()
    assert counted() == [(way.pk, "begun", "ar", 1), (way.pk, "begun", "en", 6)]


def test_a_process_that_serves_pages_writes_within_a_minute_though_nobody_else_begins(counted, monkeypatch):
    timers = []

    class Timer:
        def __init__(self, seconds, act):
            timers.append((seconds, act))

        def start(self):
            pass

    monkeypatch.setattr(begun.threading, "Timer", Timer)
    monkeypatch.setattr(begun, "connection", SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(begun, "_serves_pages", True)
    way = CollectorFactory()
    for _person in range(3):
        begun.count_begun(way.pk, "en")
    ((seconds, act),) = timers
    act()
    assert (seconds, counted()) == (60, [(way.pk, "begun", "en", 3)])
    begun.count_begun(way.pk, "en")
    assert len(timers) == 2
    timers[1][1]()


def test_writing_twice_counts_once(counted):
    way = CollectorFactory()
    begun.count_begun(way.pk, "en")
    begun.write_begun()
    begun.write_begun()
    assert counted() == [(way.pk, "begun", "en", 1)]


@pytest.mark.django_db(transaction=True)
def test_a_collector_that_is_gone_stops_nothing(counted):
    way, gone = CollectorFactory(), CollectorFactory()
    begun.count_begun(gone.pk, "en")
    begun.count_begun(way.pk, "en")
    gone.delete()
    begun.write_begun()
    assert counted() == [(way.pk, "begun", "en", 1)]


@pytest.mark.usefixtures("hurried_respondents")
def test_begun_is_counted_when_the_first_page_is_sent_and_once(counted):
    way = open_survey(content([rating("a")], [rating("b", text=words("And then?"))]))
    respondent = Respondent(f"/en/s/{way.address}/").open()
    begun.write_begun()
    assert counted() == []
    respondent.press(a="3").press("back").press()
    begun.write_begun()
    assert counted() == [(way.pk, "begun", "en", 1)]
