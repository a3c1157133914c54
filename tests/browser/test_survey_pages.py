"""A survey answered in a real browser: by keyboard alone, without script, with large text, on an old browser."""

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Page

from cxportal.organisation.models import Agency
from surveys.models import Submission
from tests.browser.faults import axe_violations, everywhere, leave, policy_violations, scrolls_sideways
from tests.surveys.contents import content, every_kind, long_text, rating, single, words, yes_no
from tests.surveys.respondent import open_survey

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("hurried_respondents"),
]

SUPPORTS_HAS = re.compile(r"@supports selector\(:has\(\*\)\)")
NEXT = ".go .btn:not(.quiet)"
BAD = {"question": "overall", "op": "at_most", "value": 2}


@pytest.fixture(autouse=True)
def _agency(db):
    Agency(name="Service Agency", name_ar="وكالة الخدمات", contact_email="cx@agency.example").save()


def tick(page: Page, name: str, value: str) -> None:
    page.locator(f'input[name="q.{name}"][value="{value}"]').check(force=True)


def is_seen(page: Page, name: str) -> bool:
    return page.locator(f'[name="q.{name}"]').first.is_visible()


def faults_of(page: Page) -> list[str]:
    faults = axe_violations(page) + policy_violations(page)
    return [*faults, "scrolls sideways"] if scrolls_sideways(page) else faults


def walk(window, address: str) -> dict[str, list[str]]:
    """Every page of a survey of every kind, with errors shown and follow-up questions open, in every width and colour."""
    page, found = window.new_page(), {}

    def faults_of(page: Page) -> list[str]:
        return everywhere(page, (320, 390, 1280))

    page.goto(address)
    found["start"] = faults_of(page)
    leave(page, "a.btn")
    found["part 1"] = faults_of(page)
    tick(page, "things.waiting", "2")
    leave(page, NEXT)
    tick(page, "solved", "no")
    tick(page, "solved.reasons", "other")
    tick(page, "languages", "none")
    tick(page, "languages", "fi")
    found["part 2"] = faults_of(page)
    leave(page, NEXT)
    found["part 2 with an error"] = faults_of(page)
    leave(page, NEXT)
    found["part 3"] = faults_of(page)
    page.fill("textarea", "The queue was long.")
    page.locator('input[name="receipt"]').check(force=True)
    leave(page, 'button[value="stop"]')
    found["stop"] = faults_of(page)
    leave(page, 'button[value="stay"]')
    leave(page, NEXT)
    found["thanks"] = faults_of(page)
    if window.cookies():
        found["cookies"] = [cookie["name"] for cookie in window.cookies()]
    return {name: faults for name, faults in found.items() if faults}


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_kind_of_question_is_accessible(browser, language):
    way = open_survey(every_kind())
    assert walk(browser(), f"/{language}/s/{way.address}/") == {}
    assert Submission.objects.count() == 1


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_easier_version_and_the_check_page_are_accessible(browser, language):
    way = open_survey(content(*[[rating(f"q{part}")] for part in range(4)]))
    page = browser().new_page()
    page.goto(f"/{language}/s/{way.address}/easy/")
    found = faults_of(page)
    for part in range(4):
        tick(page, f"q{part}", "good")
        leave(page, NEXT)
    found += faults_of(page)
    leave(page, 'button[value="2"][name="change"]')
    tick(page, "q2", "bad")
    leave(page, NEXT)
    leave(page, '.go button[value="send"]')
    assert found == []
    assert Submission.objects.get().content["values"] == [
        ["q0", "good"],
        ["q1", "good"],
        ["q2", "bad"],
        ["q3", "good"],
    ]


def test_a_survey_page_needs_two_requests(browser):
    way = open_survey(every_kind())
    page = browser().new_page()
    asked = []
    page.on("request", lambda request: asked.append(request))
    page.goto(f"/en/s/{way.address}/answer/")
    kinds = [request.resource_type for request in asked if not request.url.endswith("favicon.svg")]
    assert kinds == [
        "document",
        "stylesheet",
    ]  # the icon of the tab is the browser's own affair, once per site


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, selector: str) -> None:
    """Go on with the Tab key until this has the focus."""
    for _stop in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached with the Tab key")


def test_a_whole_survey_is_answered_by_keyboard_alone(browser):
    way = open_survey(
        content(
            [rating("overall"), yes_no("solved", "form", "phone")],
            [single("channel", "web", "desk"), long_text("why")],
        )
    )
    page = browser().new_page()
    page.goto(f"/en/s/{way.address}/")
    tab_to(page, "a.btn")
    press(page, "Enter")
    page.wait_for_url("**/answer/")
    tab_to(page, '[name="q.overall"]')
    press(page, "Space", "ArrowDown")
    tab_to(page, '[name="q.solved"]')
    press(page, "Space", "ArrowDown")
    tab_to(page, '[name="q.solved.reasons"][value="phone"]')
    press(page, "Space")
    tab_to(page, NEXT)
    press(page, "Enter")
    page.wait_for_selector("textarea")
    tab_to(page, '[name="q.channel"]')
    press(page, "Space")
    tab_to(page, "textarea")
    page.keyboard.type("The queue was long.")
    tab_to(page, NEXT)
    press(page, "Enter")
    page.wait_for_selector("text=Thank you")
    assert Submission.objects.get().content == {
        "values": [
            ["overall", "4"],
            ["solved", "no"],
            ["solved.reasons", "phone"],
            ["channel", "web"],
            ["why", ":given"],
        ],
        "texts": [["why", "The queue was long."]],
    }


def test_the_enter_key_goes_on_and_does_not_change_the_language(browser):
    way = open_survey(content([single("channel", "web", "+other")], [rating("overall")]))
    page = browser().new_page()
    page.goto(f"/en/s/{way.address}/answer/")
    tick(page, "channel", "other")
    page.fill('[name="q.channel.other"]', "by boat")
    page.keyboard.press("Enter")
    page.wait_for_selector('[name="q.overall"]')
    assert page.locator("html").get_attribute("lang") == "en"


def test_a_survey_is_answered_with_script_switched_off(browser):
    way = open_survey(content([rating("overall", required=True)], [long_text("why")]))
    page = browser(script=False).new_page()
    page.goto(f"/en/s/{way.address}/answer/")
    leave(page, NEXT)
    assert page.title().startswith("Error:")
    tick(page, "overall", "5")
    leave(page, NEXT)
    page.fill("textarea", "Fine.")
    page.click("summary")
    leave(page, 'button[value="ar"]')
    assert (page.locator("html").get_attribute("dir"), page.input_value("textarea")) == ("rtl", "Fine.")
    leave(page, NEXT)
    assert Submission.objects.get().content["values"] == [["overall", "5"], ["why", ":given"]]


def test_the_box_of_errors_has_the_focus(browser):
    way = open_survey(content([rating("overall", required=True)]))
    page = browser().new_page()
    page.goto(f"/en/s/{way.address}/answer/")
    leave(page, NEXT)
    assert page.evaluate("document.activeElement.className") == "errors"
    page.click(".errors a")
    assert page.evaluate("document.activeElement.name") == "q.overall"


LARGE_TEXT = "html{font-size:200% !important} *{letter-spacing:.12em !important;word-spacing:.16em !important;line-height:1.5 !important}"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_nothing_is_cut_off_with_text_twice_as_large(browser, language):
    way = open_survey(every_kind())
    page = browser(width=360, bypass_csp=True).new_page()
    page.goto(f"/{language}/s/{way.address}/answer/")
    for _part in range(3):
        page.add_style_tag(content=LARGE_TEXT)
        assert not scrolls_sideways(page)
        leave(page, NEXT)
    assert Submission.objects.count() == 1


def test_a_follow_up_question_appears_with_the_answer_it_depends_on(browser):
    way = open_survey(content([rating("overall"), long_text("why", shown_if=BAD)]))
    page = browser(script=False).new_page()
    page.goto(f"/en/s/{way.address}/answer/")
    seen = [is_seen(page, "why")]
    tick(page, "overall", "1")
    seen.append(is_seen(page, "why"))
    tick(page, "overall", "5")
    seen.append(is_seen(page, "why"))
    assert seen == [False, True, False]


def test_a_follow_up_question_that_looks_at_two_pages_appears(browser):
    both = {"all": [BAD, {"question": "channel", "op": "equals", "value": "web"}]}
    way = open_survey(
        content([rating("overall")], [single("channel", "web", "desk"), long_text("why", shown_if=both)])
    )
    page = browser().new_page()
    page.goto(f"/en/s/{way.address}/answer/")
    tick(page, "overall", "1")
    leave(page, NEXT)
    tick(page, "channel", "desk")
    assert not is_seen(page, "why")
    tick(page, "channel", "web")
    assert is_seen(page, "why")


def test_an_old_browser_shows_every_question_and_the_server_drops_what_did_not_belong(browser):
    way = open_survey(
        content([rating("overall"), long_text("why", shown_if=BAD), yes_no("solved", "form", "+other")])
    )
    window = browser()
    window.route("**/survey-style/*", without_has)
    page = window.new_page()
    page.goto(f"/en/s/{way.address}/answer/")
    assert all(is_seen(page, name) for name in ["why", "solved.reasons", "solved.other"])
    tick(page, "overall", "5")
    page.fill("textarea", "not asked")
    tick(page, "solved", "yes")
    tick(page, "solved.reasons", "form")
    leave(page, NEXT)
    assert Submission.objects.get().content == {
        "values": [["overall", "5"], ["solved", "yes"]],
        "texts": [],
    }


def without_has(route) -> None:
    """As a browser reads the stylesheet that does not know `:has()`."""
    text = Client().get(urlsplit(route.request.url).path).content.decode()
    text = SUPPORTS_HAS.sub("@supports (unknown: yes)", text)
    text = re.sub(r"[^{}]*:has\([^{}]*\{[^{}]*\}", "", text)
    assert ":has(" not in text
    route.fulfill(body=text, content_type="text/css")


def test_targets_are_large_enough_for_a_thumb(browser):
    way = open_survey(every_kind())
    page = browser(width=320).new_page()
    page.goto(f"/en/s/{way.address}/answer/")
    small = []
    for _part in range(3):
        small += page.evaluate(
            """() => [...document.querySelectorAll('label.opt, button, select, summary, input:not([type=hidden])')]
                .filter(node => !node.closest('[aria-hidden]'))
                .map(node => [node, node.getBoundingClientRect()])
                .filter(([node, box]) => box.width > 1 && (box.width < 44 || box.height < 44))
                .map(([node, box]) => node.outerHTML.slice(0, 90) + ' ' + box.width + 'x' + box.height)"""
        )
        leave(page, NEXT)
    assert small == []


def test_the_form_sent_before_offers_to_be_sent_for_another_person(browser):
    way = open_survey(content([rating("overall", text=words("How was our service today?"))]))
    page = browser().new_page()
    page.goto(f"/en/s/{way.address}/answer/")
    tick(page, "overall", "4")
    leave(page, NEXT)
    page.reload()
    assert axe_violations(page) == []
    leave(page, "text=Send these as a new answer")
    assert Submission.objects.count() == 2
