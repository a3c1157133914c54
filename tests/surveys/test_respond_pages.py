import gzip
import html
import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from cxportal.logs import JsonLines
from cxportal.organisation.models import Language
from surveys import ballot_box, waves
from surveys.abuse import Decision, Verdict
from surveys.models import Collector, Profile, Submission, Ticket
from tests.conftest import client_of
from tests.factories import CollectorFactory, StaffRoleFactory, VersionFactory
from tests.surveys.contents import (
    content,
    digest_of,
    every_kind,
    grid,
    information,
    long_text,
    number,
    rating,
    realistic,
    short_text,
    words,
)
from tests.surveys.respondent import Respondent, hidden_and_filled, open_survey

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hurried_respondents")]

TOKEN = "Zq3-token_of_one_person-0123456789"
LETTERS_ONLY = "qXbRzKWvTnUaPdLmQsGhYcEjFkOiwBxV"


def at(way: Collector, language: str = "en", **more) -> Respondent:
    return Respondent(f"/{language}/s/{way.address}/", **more)


def box() -> list[list]:
    return [submission.content["values"] for submission in Submission.objects.all()]


@pytest.fixture
def short():
    """One page: a rating and a comment."""
    return open_survey(content([rating("overall"), long_text("why")]))


@pytest.fixture
def two_pages():
    return open_survey(content([rating("overall")], [long_text("why"), number("visits", 0, 99)]))


@pytest.fixture
def ticket(short):
    profile = Profile.objects.create(wave=short.wave, language="en", invited=60)
    return Ticket.objects.create(
        wave=short.wave, collector=short, profile=profile, token_hash=ballot_box.hash_of(TOKEN)
    )


# ---------- a visit leaves nothing behind and asks the database nothing ----------


@pytest.mark.parametrize("page", ["", "answer/", "easy/"])
def test_the_first_pages_ask_the_database_nothing(short, page, django_assert_num_queries):
    at(short).open(page)
    with django_assert_num_queries(0):
        at(short).open(page)


@pytest.mark.parametrize("page", ["", "answer/", "easy/", "stopped/"])
def test_no_page_sets_a_cookie_or_may_be_kept(short, page):
    response = Client().get(f"/en/s/{short.address}/{page}")
    assert (response.status_code, response.cookies.output()) == (200, "")
    assert (response.headers["Cache-Control"], response.headers["Referrer-Policy"]) == (
        "no-store",
        "no-referrer",
    )


def test_sending_answers_sets_no_cookie(short):
    respondent = at(short).open().press(overall="4")
    assert respondent.title.startswith("Thank you")
    assert respondent.client.cookies.output() == ""


@pytest.mark.parametrize("page", ["", "answer/"])
def test_looking_at_a_page_stores_nothing(short, page):
    at(short).open(page)
    assert box() == []


@pytest.mark.parametrize("page", ["", "answer/"])
def test_a_page_has_no_script(short, page):
    assert "<script" not in at(short).open(page).page


# ---------- weight ----------


def weight(address: str) -> int:
    """Bytes over the line of a page with its stylesheet."""
    client = Client(headers={"accept-encoding": "gzip"})
    page = client.get(address)
    text = gzip.decompress(page.content).decode()
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]*)"', text)
    return len(page.content) + sum(len(client.get(sheet).content) for sheet in sheets)


@pytest.mark.parametrize("page", ["", "answer/", "easy/"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_page_weighs_14_kb_with_its_stylesheet_at_most(language, page):
    way = open_survey(realistic())
    assert weight(f"/{language}/s/{way.address}/{page}") <= 14_000


def test_a_page_of_50_questions_weighs_40_kb_at_most():
    asked = [rating(f"q{n}", text=words(f"How was thing number {n} of this long visit?")) for n in range(50)]
    way = open_survey(content(asked))
    assert weight(f"/en/s/{way.address}/answer/") <= 40_000


def test_a_page_needs_one_stylesheet_and_nothing_else(short):
    page = at(short).open().page
    loaded = re.findall(r'<(?:link|script|img|audio|iframe|source)\b[^>]*(?:href|src)="([^"]*)"', page)
    assert [address.rpartition(".")[2] for address in loaded] == ["svg", "css"]  # the icon of the tab


def test_the_stylesheet_may_be_kept_for_a_year(short):
    sheet = re.search(r'stylesheet" href="([^"]*)"', at(short).open().page)[1]
    response = Client().get(sheet)
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert ".tile" in response.content.decode()


# ---------- answering ----------


def test_a_filled_form_is_in_the_ballot_box(short):
    at(short).open().press(overall="4", why="The queue was long.", helped="no")
    submission = Submission.objects.get()
    assert submission.content == {
        "values": [["overall", "4"], ["why", ":given"]],
        "texts": [["why", "The queue was long."]],
    }
    assert (submission.mode, submission.is_assisted, submission.collector) == ("full", False, short)


def test_help_is_stored_apart_from_no_answer_about_help(short):
    at(short).open().press(overall="4", helped="yes")
    at(short).open().press(overall="4")
    assert sorted(Submission.objects.values_list("is_assisted", flat=True), key=str) == [None, True]


def test_answers_of_earlier_pages_travel_with_the_form(two_pages):
    at(two_pages).open().press(overall="2").press(why="slow", visits="3")
    assert box() == [[["overall", "2"], ["why", ":given"], ["visits", "3"]]]


def test_nothing_is_stored_before_the_last_page_is_sent(two_pages):
    at(two_pages).open().press(overall="2")
    assert box() == []


def test_back_shows_what_was_filled_in_on_both_pages(two_pages):
    respondent = at(two_pages).open().press(overall="2").press("back", why="not <finished> & kept")
    assert respondent.filled == {"overall": ["2"]}
    assert respondent.press().filled == {"why": ["not <finished> & kept"]}


def test_the_back_button_of_the_browser_brings_the_form_back_and_it_counts_once(two_pages):
    respondent = at(two_pages).open().press(overall="2")
    second_page = respondent.page
    respondent.press(why="first")
    respondent.page = second_page
    respondent.press(why="changed")
    assert "Send these as a new answer" in respondent.page
    assert [s.content["texts"] for s in Submission.objects.all()] == [[["why", "first"]]]


def test_a_double_click_is_one_answer_and_the_same_thank_you(short):
    respondent = at(short).open()
    form = respondent.page
    first = respondent.press(overall="5").title
    respondent.page = form
    assert respondent.press(overall="5").title == first
    assert len(box()) == 1


def test_another_person_may_send_the_form_that_was_sent_before_as_a_new_answer(short):
    respondent = at(short).open()
    form = respondent.page
    respondent.press(overall="5")
    respondent.page = form
    respondent.press(overall="5").press("send")
    assert respondent.title.startswith("Thank you")
    assert box() == [[["overall", "5"], ["why", ":empty"]]] * 2


def test_the_next_person_on_a_shared_tablet_finds_an_empty_form_and_is_counted(short):
    tablet = at(short).open().press(overall="1", why="I am angry")
    assert "I am angry" not in tablet.open().page
    assert tablet.filled == {}
    tablet.press(overall="5")
    assert len(box()) == 2


def test_a_form_that_was_sent_shows_nothing_of_it_afterwards(short):
    page = at(short).open().press(overall="1", why="I am angry").page
    assert "I am angry" not in page
    assert "<form" not in page


def test_every_kind_of_question_is_stored():
    way = open_survey(every_kind())
    respondent = at(way).open()
    respondent.press(
        overall="4", things__waiting="2", things__staff=":not_for_me", effort="7", agree=":dont_know"
    )
    respondent.press(
        solved="no",
        solved__reasons=["form", "other"],
        solved__other="no pen",
        site="down",
        channel="other",
        channel__other="by boat",
        languages=["fi", "sv"],
    )
    respondent.press(
        matters__kindness="1", matters__speed="2", visits="1,5", city="Oulu", why="slow", recommend="9"
    )
    submission = Submission.objects.get()
    assert submission.content == {
        "values": [
            ["overall", "4"],
            ["things.waiting", "2"],
            ["things.staff", ":not_for_me"],
            ["things.clear", ":empty"],
            ["effort", "7"],
            ["agree", ":dont_know"],
            ["solved", "no"],
            ["solved.reasons", "form"],
            ["solved.reasons", "other"],
            ["site", "down"],
            ["site.reasons", ":empty"],
            ["channel", "other"],
            ["languages", "fi"],
            ["languages", "sv"],
            ["matters.speed", "2"],
            ["matters.kindness", "1"],
            ["visits", "1.5"],
            ["city", ":given"],
            ["why", ":given"],
            ["recommend", "9"],
        ],
        "texts": [
            ["solved.other", "no pen"],
            ["channel.other", "by boat"],
            ["city", "Oulu"],
            ["why", "slow"],
        ],
    }


def test_everything_filled_in_comes_back_as_it_was_given():
    way = open_survey(every_kind())
    respondent = at(way).open().press().press()
    given = {
        "matters__kindness": "1",
        "visits": "twelve",
        "city": '"><b>Oulu',
        "why": "\n two\nlines & </textarea>",
        "recommend": "0",
    }
    respondent.press("back", **given).press()
    assert respondent.filled == {name.replace("__", "."): [value] for name, value in given.items()}


def test_a_survey_of_560_questions_can_be_answered():
    parts = [[rating(f"q{part}_{n}") for n in range(20)] for part in range(28)]
    way = open_survey(content(*parts))
    respondent = at(way).open()
    for part in range(28):
        respondent.press(**{f"q{part}_{n}": "3" for n in range(20)})
    assert respondent.title.startswith("Check and send")
    respondent.press("send")
    assert [len(values) for values in box()] == [560]


# ---------- what is missing or does not fit ----------


@pytest.fixture
def asking():
    return open_survey(
        content([rating("overall", required=True), number("visits", 1, 9), short_text("city", max_length=10)])
    )


def test_a_required_question_is_asked_for_once_and_then_let_through(asking):
    respondent = at(asking).open().press()
    assert respondent.title.startswith("Error: Part 1 of 1")
    assert respondent.press().title.startswith("Thank you")
    assert box() == [[["overall", ":empty"], ["visits", ":empty"], ["city", ":empty"]]]


def test_an_error_is_said_on_top_and_at_the_question(asking):
    page = at(asking).open().press().page
    says = "Choose a face, or choose “Send” again to leave this question empty."
    assert page.count(says) == 2
    assert '<a href="#q-overall">' in page
    assert 'role="alert" tabindex="-1" autofocus' in page
    assert 'aria-describedby="e-overall"' in page


def test_what_was_typed_is_there_beside_the_error(asking):
    respondent = at(asking).open().press(visits="many", city="Oulu")
    assert respondent.filled == {"visits": ["many"], "city": ["Oulu"]}


def test_a_text_that_is_too_long_is_never_cut_nor_stored(asking):
    respondent = at(asking).open().press(overall="3", city="x" * 30).press()
    assert (respondent.title.split(":")[0], respondent.filled["city"]) == ("Error", ["x" * 30])
    assert box() == []
    respondent.press(city="x" * 10)
    assert len(box()) == 1


def test_a_text_that_is_too_long_on_an_earlier_page_is_found_before_anything_is_stored():
    way = open_survey(content([short_text("city", max_length=10)], [rating("overall")]))
    respondent = at(way).open().press(city="Oulu")
    respondent.press("back").press("lang", city="x" * 30)  # a change of language checks nothing
    fields = hidden_and_filled(respondent.page) | {"page": ["1"], "q.overall": ["4"], "go": ["next"]}
    respondent.post(fields)
    assert box() == []


# ---------- languages ----------


def test_a_language_switch_keeps_what_was_filled_in_on_all_pages(two_pages):
    respondent = at(two_pages).open().press(overall="2")
    fields = hidden_and_filled(respondent.page) | {"q.why": ["kept"], "lang": ["ar"]}
    respondent.post(fields, f"/ar/s/{two_pages.address}/answer/")
    assert '<html lang="ar" dir="rtl">' in respondent.page
    assert respondent.filled == {"why": ["kept"]}
    respondent.press()
    assert box() == [[["overall", "2"], ["why", ":given"], ["visits", ":empty"]]]


def test_a_text_in_another_language_says_so():
    way = open_survey(content([rating("overall", text=words("How was our service today?")), rating("other")]))
    page = at(way, "ar").open().page
    assert "<legend>كيف كانت خدمتنا اليوم؟</legend>" in page
    assert '<legend lang="en" dir="ltr">Question other?</legend>' in page
    assert page.count('<p class="fallback">') == 1


def test_a_page_whose_texts_are_all_there_does_not_speak_of_other_languages(short):
    assert 'class="fallback"' not in at(short).open().page


def test_a_language_the_wave_does_not_offer_leads_to_one_it_does(short):
    Language.objects.update_or_create(code="fi", defaults={"is_offered": True})
    caches["local"].clear()
    response = Client(headers={"accept-language": "ar"}).get(f"/fi/s/{short.address}/answer/")
    assert (response.status_code, response.headers["Location"]) == (302, f"/ar/s/{short.address}/answer/")


def test_answers_sent_in_a_language_that_is_no_longer_offered_are_counted(short):
    respondent = at(short).open()
    respondent.press(to=f"/fi/s/{short.address}/answer/", overall="4")
    assert len(box()) == 1


def test_an_unknown_language_is_not_found(short):
    assert Client().get(f"/xx/s/{short.address}/").status_code == 404


@pytest.mark.parametrize(
    ("query", "browser", "leads_to"),
    [("", "ar", "ar"), ("?lang=ar", "en", "ar"), ("", "hu", "en"), ("?lang=xx", "ar", "ar")],
)
def test_the_short_address_leads_to_a_language(short, query, browser, leads_to):
    response = Client(headers={"accept-language": browser}).get(f"/s/{short.address}{query}")
    assert response.headers["Location"] == f"/{leads_to}/s/{short.address}/"


def test_the_collectors_own_language_comes_first_where_the_browser_likes_none():
    way = open_survey(realistic(), collector={"default_language": "ar"})
    response = Client(headers={"accept-language": "hu"}).get(f"/s/{way.address}")
    assert response.headers["Location"] == f"/ar/s/{way.address}/"


# ---------- long grids ----------

TWELVE = [f"thing{number}" for number in range(12)]


@pytest.fixture
def long_grid():
    bad = {"question": "things", "op": "at_most", "value": 2}
    return open_survey(content([rating("before"), grid("things", TWELVE), long_text("why", shown_if=bad)]))


def things_on(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'name="q\.things\.(\w+)"', page)))


def test_a_page_has_five_things_of_a_grid_at_most(long_grid):
    respondent, pages = at(long_grid).open(), []
    for _page in range(3):
        pages.append((things_on(respondent.page), "Part 1 of 1" in respondent.page))
        respondent.press(**{f"things__{pages[-1][0][0]}": "1"})
    assert pages == [(TWELVE[:5], True), (TWELVE[5:10], True), (TWELVE[10:], True)]
    assert "q.why" in respondent.page


def test_a_grid_over_several_pages_is_stored_as_one(long_grid):
    respondent = at(long_grid).open().press(before="4", things__thing0="5").press(things__thing7="4")
    respondent.press(things__thing11="3").press("send")
    stored = dict(box()[0])
    assert [stored[f"things.{thing}"] for thing in ("thing0", "thing1", "thing7", "thing11")] == [
        "5",
        ":empty",
        "4",
        "3",
    ]


def test_what_depends_on_a_long_grid_looks_at_all_of_its_pages(long_grid):
    respondent = at(long_grid).open().press(things__thing0="1").press(things__thing7="5")
    assert "q.why" in respondent.press(things__thing11="5").page


def test_whoever_goes_back_in_a_long_grid_finds_what_was_ticked(long_grid):
    respondent = at(long_grid).open().press(things__thing2="4").press(things__thing6="1")
    respondent.press("back").press("back")
    assert respondent.filled == {"things.thing2": ["4"]}


def test_the_check_page_leads_to_each_page_of_a_long_grid():
    asked = [rating(f"q{number}") for number in range(12)]
    respondent = at(open_survey(content([*asked, grid("things", TWELVE[:8])]))).open().press().press()
    assert re.findall(r'name="change" value="(\d)"', respondent.page) == ["0", "1"]
    respondent.post(hidden_and_filled(respondent.page) | {"change": ["1"]})
    assert things_on(respondent.page) == TWELVE[5:8]


# ---------- the easier version ----------


def test_the_easier_version_asks_one_thing_a_page_and_stores_three_points():
    way = open_survey(content([rating("overall"), grid("things", ["waiting", "staff"])]))
    respondent = at(way).open("easy/")
    respondent.press(overall="good").press(things__waiting="bad").press(things__staff="between")
    submission = Submission.objects.get()
    assert submission.mode == "simple"
    assert submission.content["values"] == [
        ["overall", "good"],
        ["things.waiting", "bad"],
        ["things.staff", "between"],
    ]


def test_changing_to_the_easier_version_keeps_what_fits_it():
    way = open_survey(content([rating("overall"), long_text("why")]))
    respondent = at(way).open()
    fields = hidden_and_filled(respondent.page) | {"q.overall": ["4"], "q.why": ["slow"], "go": ["mode"]}
    respondent.post(fields, f"/en/s/{way.address}/easy/")
    assert respondent.filled == {}
    respondent.press(overall="good")
    assert respondent.filled == {"why": ["slow"]}


# ---------- conditions ----------

BAD = {"question": "overall", "op": "at_most", "value": 2}


def test_a_page_with_nothing_to_show_is_passed_over():
    way = open_survey(content([rating("overall")], [long_text("why", shown_if=BAD)], [rating("end")]))
    assert at(way).open().press(overall="5").title.startswith("Part 3")
    assert at(way).open().press(overall="1").title.startswith("Part 2")


def test_an_answer_to_a_question_hidden_later_is_not_stored():
    way = open_survey(content([rating("overall")], [long_text("why", shown_if=BAD)], [rating("end")]))
    respondent = at(way).open().press(overall="1").press(why="secret thought").press("back").press("back")
    respondent.press(overall="5").press(end="3")
    assert box() == [[["overall", "5"], ["end", "3"]]]
    assert "secret" not in str(Submission.objects.get().content)


def test_a_question_hidden_by_an_earlier_page_is_not_on_the_page():
    way = open_survey(content([rating("overall")], [long_text("why", shown_if=BAD), rating("end")]))
    assert 'name="q.why"' not in at(way).open().press(overall="5").page


def test_a_last_page_that_may_not_come_is_followed_by_a_page_to_send_from():
    way = open_survey(content([rating("overall")], [long_text("why", shown_if=BAD)]))
    respondent = at(way).open().press(overall="5")
    assert respondent.title.startswith("Check and send")
    respondent.press("send")
    assert box() == [[["overall", "5"]]]


# ---------- check and send ----------


@pytest.fixture
def long_survey():
    return open_survey(content(*[[rating(f"q{part}", text=words(f"Question {part}?"))] for part in range(4)]))


def test_a_long_survey_shows_everything_before_it_is_sent(long_survey):
    respondent = at(long_survey).open()
    for part in range(4):
        respondent.press(**{f"q{part}": "5"})
    assert respondent.title.startswith("Check and send")
    assert respondent.page.count("Very good") == 4
    assert box() == []


def test_any_answer_is_changed_in_two_taps(long_survey):
    respondent = at(long_survey).open()
    for part in range(4):
        respondent.press(**{f"q{part}": "5"})
    fields = hidden_and_filled(respondent.page)
    respondent.post(fields | {"change": ["1"]})
    assert respondent.filled == {"q1": ["5"]}
    respondent.press(q1="1")
    assert respondent.title.startswith("Check and send")
    respondent.press("send")
    assert box() == [[["q0", "5"], ["q1", "1"], ["q2", "5"], ["q3", "5"]]]


# ---------- stop and delete ----------


def test_stopping_asks_once_and_deletes(two_pages):
    respondent = at(two_pages).open().press(overall="1").press("stop", why="better not")
    assert "Stop and delete your answers?" in respondent.page
    respondent.press("stopped")
    assert "Your answers are deleted" in respondent.page
    assert (box(), "better not" in respondent.page) == ([], False)


def test_who_does_not_stop_goes_on_where_they_were(two_pages):
    respondent = at(two_pages).open().press(overall="1").press("stop", why="better not").press("stay")
    assert respondent.filled == {"why": ["better not"]}


# ---------- forms that cannot be trusted ----------


@pytest.mark.parametrize("key", ["", "x", "AAAA", "é", "A" * 5000])
def test_a_form_with_a_forged_key_stores_nothing_and_loses_nothing(short, key):
    respondent = at(short).open()
    respondent.post(hidden_and_filled(respondent.page) | {"key": [key], "q.why": ["kept"], "go": ["next"]})
    assert (respondent.status, respondent.filled, box()) == (200, {"why": ["kept"]}, [])
    respondent.press(overall="3")
    assert len(box()) == 1


def test_the_key_of_another_collector_is_no_key_here(short):
    other = CollectorFactory(wave=short.wave)
    key = hidden_and_filled(at(other).open().page)["key"]
    respondent = at(short).open()
    respondent.post(hidden_and_filled(respondent.page) | {"key": key, "q.overall": ["3"], "go": ["next"]})
    assert box() == []


@pytest.mark.parametrize("carried", ["x", "é", "AAAA", "A" * 2000])
def test_forged_answers_of_earlier_pages_are_not_taken(two_pages, carried):
    respondent = at(two_pages).open().press(overall="1")
    respondent.post(hidden_and_filled(respondent.page) | {"carried": [carried], "q.why": ["kept"]})
    assert (respondent.status, respondent.filled["why"], box()) == (200, ["kept"], [])


def test_a_form_sent_faster_than_a_person_can_is_shown_again(short, monkeypatch):
    monkeypatch.setattr("surveys.form_key.LEAST_SECONDS", 2)
    respondent = at(short).open().press(overall="4", why="kept")
    assert ("Please press the button once more." in respondent.page, box()) == (True, [])
    assert respondent.filled == {"overall": ["4"], "why": ["kept"]}
    with time_machine.travel(datetime.now() + timedelta(seconds=4)):
        respondent.press()
    assert len(box()) == 1


def test_a_robot_that_fills_in_every_field_is_not_counted(short):
    respondent = at(short).open().press(overall="4", website="http://x.example")
    assert box() == []
    assert hidden_and_filled(respondent.page)["website"] == [""]


def test_a_form_left_open_for_weeks_gets_a_new_number_and_loses_nothing(short):
    respondent = at(short).open()
    with time_machine.travel(datetime.now() + timedelta(days=20)):
        respondent.press(why="kept")
        assert (box(), respondent.filled) == ([], {"why": ["kept"]})
        respondent.press()
    assert len(box()) == 1


def test_whoever_sends_too_much_gets_a_page_with_everything_in_it(short, monkeypatch):
    monkeypatch.setattr("surveys.abuse.verdict", lambda *_args, **_more: Verdict(Decision.REFUSE, False))
    respondent = at(short).open().press(overall="4", why="kept & safe")
    assert (respondent.status, box()) == (429, [])
    monkeypatch.setattr("surveys.abuse.verdict", lambda *_args, **_more: Verdict(Decision.COUNT, False))
    respondent.press()
    assert box() == [[["overall", "4"], ["why", ":given"]]]


# ---------- waves that open, pause and close; versions that change ----------


def test_a_wave_closed_while_answering_takes_nothing_and_gives_the_words_back(short):
    respondent = at(short).open()
    waves.close_wave(wave=short.wave, by=None)
    respondent.press(overall="4", why="my long story")
    assert "This survey is closed" in respondent.page
    assert ("my long story" in respondent.page, box()) == (True, [])


def test_a_wave_that_has_been_closed_for_a_while_gives_the_words_back_too(two_pages):
    respondent = at(two_pages).open().press(overall="1")
    waves.close_wave(wave=two_pages.wave, by=None)
    caches["local"].clear()
    respondent.press("back", why="my long story")
    assert ("This survey is closed" in respondent.page, "my long story" in respondent.page) == (True, True)


def test_a_wave_paused_while_answering_keeps_the_form_until_it_goes_on(short):
    respondent = at(short).open()
    waves.pause(wave=short.wave, by=None)
    respondent.press(overall="4", why="my long story")
    assert ("This survey is paused" in respondent.page, box()) == (True, [])
    waves.resume(wave=short.wave, by=None)
    respondent.press()
    assert box() == [[["overall", "4"], ["why", ":given"]]]


def test_an_old_version_is_taken_and_counted_as_what_it_is(short):
    respondent = at(short).open()
    old = short.wave.version
    newer = content([rating("overall", "rating10")])
    version = VersionFactory(survey=old.survey, number=2, content=newer, digest=digest_of(newer))
    short.wave.version = version
    short.wave.save()
    caches["local"].clear()
    respondent.press(overall="4", why="slow")
    submission = Submission.objects.get()
    assert (submission.version, submission.content["values"]) == (old, [["overall", "4"], ["why", ":given"]])


@pytest.mark.parametrize(
    ("state", "says"),
    [("paused", "This survey is paused"), ("closed", "This survey is closed")],
)
def test_a_collector_that_does_not_take_answers_says_so_kindly(short, state, says):
    Collector.objects.update(state=state)
    page = at(short).open("").page
    assert says in page
    assert "no effect on your permit" in page


def test_a_wave_that_is_not_open_yet_says_when(short):
    opens_at = timezone.now() + timedelta(days=3)
    type(short.wave).objects.update(state="draft", opens_at=opens_at)
    assert "This survey is not open yet" in at(short).open("").page


def test_an_unknown_address_is_a_kind_page_and_no_log_line(short, caplog):
    response = Client().get("/en/s/nowhere99/")
    assert (response.status_code, "This link does not work" in response.content.decode()) == (404, True)
    assert caplog.text == ""


# ---------- personal links ----------


def test_a_personal_link_works_until_it_is_answered(ticket):
    person = Respondent(f"/en/t/{TOKEN}/")
    for _look in range(3):
        assert "Begin" in person.open("").page
    person.open().press(overall="4")
    assert person.title.startswith("Thank you")
    assert "This link has already been used" in person.open("").page
    assert len(box()) == 1


def test_a_personal_link_used_in_two_windows_counts_once(ticket):
    first, second = Respondent(f"/en/t/{TOKEN}/").open(), Respondent(f"/en/t/{TOKEN}/").open()
    first.press(overall="4")
    assert "This link has already been used" in second.press(overall="1").page
    assert len(box()) == 1


def test_a_used_link_offers_the_open_form(ticket, short):
    person = Respondent(f"/en/t/{TOKEN}/")
    person.open().press(overall="4")
    assert f'href="/en/s/{short.address}/"' in person.open("").page


def test_a_forged_link_is_a_kind_page(short):
    person = Respondent("/en/t/forged-forged-forged-123/").open("")
    assert (person.status, "This link does not work" in person.page) == (404, True)


def test_the_token_is_in_no_log_line(ticket, caplog):
    person = Respondent(f"/en/t/{LETTERS_ONLY}/")
    person.open("").open("nowhere/")
    Client().get(f"/t/{TOKEN}/nowhere/")
    lines = [JsonLines().format(record) for record in caplog.records]
    assert any("Not Found" in line for line in lines)
    assert [line for line in lines if LETTERS_ONLY in line or TOKEN in line] == []


def test_the_short_personal_link_leads_to_a_language(ticket):
    response = Client(headers={"accept-language": "ar"}).get(f"/t/{TOKEN}")
    assert response.headers["Location"] == f"/ar/t/{TOKEN}/"


# ---------- staff ----------


@pytest.fixture
def staff_entry(unit_b):
    return open_survey(realistic(), kind="staff", collector={"unit": unit_b})


def test_staff_enter_answers_with_a_person_and_it_is_counted_as_that(staff_entry, bram):
    at(staff_entry, client=client_of(bram)).open().press(overall="4")
    submission = Submission.objects.get()
    assert (submission.mode, submission.is_assisted) == ("staff", True)


def test_staff_are_not_asked_about_help(staff_entry, bram):
    assert "Did somebody help you" not in at(staff_entry, client=client_of(bram)).open().page


def test_staff_may_use_the_easier_version_and_it_counts_as_such(bram, unit_b):
    way = open_survey(content([rating("overall")]), kind="staff", collector={"unit": unit_b})
    respondent = at(way, client=client_of(bram)).open()
    assert "Easier version" in respondent.page
    respondent.press("mode", to=f"/en/s/{way.address}/easy/").press(overall="good")
    submission = Submission.objects.get()
    assert (submission.mode, submission.is_assisted) == ("simple", True)
    assert submission.content["values"] == [["overall", "good"]]


def test_staff_entry_leads_strangers_to_the_log_in(staff_entry):
    response = Client().get(f"/en/s/{staff_entry.address}/")
    assert (response.status_code, "/account/login/" in response.headers["Location"]) == (302, True)


def test_staff_of_another_unit_find_nothing(staff_entry, aino):
    assert at(staff_entry, client=client_of(aino)).open().status == 404


def test_a_viewer_of_the_unit_finds_nothing(staff_entry, elif_):
    assert at(staff_entry, client=client_of(elif_)).open().status == 404


def test_staff_signed_out_while_typing_lose_nothing(staff_entry, bram):
    respondent = at(staff_entry, client=client_of(bram)).open()
    respondent.client = Client()
    respondent.press(overall="4", why="typed for ten minutes")
    assert ("Please sign in again" in respondent.page, box()) == (True, [])
    respondent.client = client_of(bram)
    respondent.press()
    assert len(box()) == 1


def test_a_form_of_one_member_of_staff_is_no_form_of_another(staff_entry, bram, unit_b):
    StaffRoleFactory(user__username="berit", role="staff", unit=unit_b)
    respondent = at(staff_entry, client=client_of(bram)).open()
    other = StaffRoleFactory._meta.model.objects.get(user__username="berit").user
    respondent.client = client_of(other)
    respondent.press(overall="4")
    assert box() == []


# ---------- links away ----------


@pytest.mark.parametrize("page", ["answer/", "easy/"])
def test_links_of_a_page_with_answers_open_beside_it(short, page):
    found = re.findall(r'<a (href="/en/[^>]*)>', at(short).open(page).page)
    beside = 'target="_blank" rel="noopener" aria-describedby="beside"'
    assert len(found) == 4
    assert [link for link in found if beside not in link] == []


def test_pages_without_answers_open_no_window(short):
    assert "_blank" not in at(short).open("").page


# ---------- what a page says ----------


def test_the_promise_is_that_of_the_wave():
    anonymous = open_survey(realistic())
    confidential = open_survey(realistic(), privacy="confidential", kind="tickets")
    Ticket.objects.create(
        wave=confidential.wave,
        collector=confidential,
        profile=Profile.objects.create(wave=confidential.wave, language="en", invited=60),
        token_hash=ballot_box.hash_of(TOKEN),
        subject="random",
        panel_key_name="panel:1",
    )
    assert "No name, no case number." in at(anonymous).open().page
    assert "under a secret number" in Respondent(f"/en/t/{TOKEN}/").open().page


@pytest.mark.parametrize("page", ["", "answer/"])
def test_an_open_link_of_a_confidential_wave_promises_no_secret_number(page):
    way = open_survey(content([rating("overall")]), privacy="confidential")
    shown = at(way).open(page).page
    assert ("under a secret number" in shown, "without a secret number" in shown) == (False, True)


def test_a_personal_link_of_somebody_who_is_in_no_panel_promises_no_secret_number():
    way = open_survey(realistic(), privacy="confidential", kind="tickets")
    Ticket.objects.create(
        wave=way.wave,
        collector=way,
        profile=Profile.objects.create(wave=way.wave, language="en", invited=60),
        token_hash=ballot_box.hash_of(TOKEN),
    )
    shown = Respondent(f"/en/t/{TOKEN}/").open().page
    assert ("under a secret number" in shown, "without a secret number" in shown) == (False, True)


def test_nobody_who_came_by_an_open_link_is_told_that_answers_can_be_found_again():
    way = open_survey(content([rating("overall")]), privacy="confidential")
    assert "nobody can find them again" in at(way).open().press(overall="4").page


def test_the_best_answer_is_on_top_and_numbers_go_up():
    way = open_survey(content([rating("overall"), rating("effort", "effort7")]))
    values = re.findall(r'name="q.(\w+)" value="(\w+)"', at(way).open().page)
    assert values[:5] == [("overall", str(value)) for value in (5, 4, 3, 2, 1)]
    assert values[5:] == [("effort", str(value)) for value in range(1, 8)]


def test_a_survey_may_put_the_worst_first():
    way = open_survey(content([rating("overall")], best_first=False))
    assert re.findall(r'value="(\d)"', at(way).open().page)[:5] == ["1", "2", "3", "4", "5"]


def test_a_receipt_is_shown_to_who_asked_for_it_and_wrote(short):
    with_code = at(short).open().press(why="slow", receipt="yes").page
    without = at(short).open().press(why="slow").page
    assert ('class="code"' in with_code, 'class="qr"' in with_code) == (True, True)
    assert 'class="code"' not in without


def test_a_survey_with_nothing_to_write_offers_no_receipt():
    assert 'name="receipt"' not in at(open_survey(content([rating("overall")]))).open().page


def test_texts_of_a_survey_are_escaped():
    way = open_survey(
        content([rating("overall", text=words("<b>Really?</b>")), information("note", text=words("a < b"))])
    )
    page = at(way).open().page
    assert ("&lt;b&gt;Really?&lt;/b&gt;" in page, "a &lt; b" in page, "<b>Really" in page) == (
        True,
        True,
        False,
    )


def test_a_text_of_a_survey_cannot_open_a_hole_in_the_page():
    way = open_survey(content([rating("overall", text=words("\x02state\x03"))]))
    page = at(way).open().page
    assert html.unescape(page).count('name="key"') == 1
