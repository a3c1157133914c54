"""Pages for the public as visitors meet them: on phones, in the dark, from right to left, without script."""

import pytest

from cxportal.portal.models import PublicPage
from tests.browser.faults import axe_violations, everywhere, leave, policy_violations, scrolls_sideways
from tests.portal.conftest import agency, catalogues, fill_slot, offer  # noqa: F401

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.portal.breaking_urls")]

PAGES = [
    "",
    "privacy/",
    "accessibility/",
    "contact/",
    "suspicious/",
    "denied/",
    "nothing/",
    "too-much/",
    "breaks/",
]
SMALL_TARGETS = """
  [...document.querySelectorAll('a, button, summary, input:not([type=hidden])')]
    .filter(e => e.checkVisibility() && !e.classList.contains('skip') && !e.closest('p'))
    .map(e => [e.textContent.trim(), Math.round(e.getBoundingClientRect().width), Math.round(e.getBoundingClientRect().height)])
    .filter(([, width, height]) => width < 44 || height < 44)
"""
CUT_OFF = """
  [...document.querySelectorAll('main *, header *, footer *')]
    .filter(e => e.checkVisibility() && !e.closest('.vh') && !e.closest('svg') && e.scrollWidth > e.clientWidth + 1 && e.clientWidth)
    .map(e => e.tagName + ' ' + e.textContent.trim().slice(0, 40))
"""
ASK = (
    "<li><h3>Your visit to a service point</h3><p>For everybody who came to see us this autumn.</p>"
    '<ul class="facts"><li>2 minutes</li><li>6 questions</li></ul>'
    '<a class="btn" href="/en/" aria-label="Begin: Your visit to a service point">Begin</a></li>'
)
DOOR = '<li><a class="door" href="/en/"><span class="ring"></span><span><b>Tell your story</b>In any language.</span></a></li>'
DID = (
    '<section class="card" aria-labelledby="did"><h2 id="did">You said, we did</h2><ul class="rows">'
    '<li><p>You said: the letters are hard to understand.</p><span class="state done">Done</span></li>'
    '<li><p>You said: nobody answers.</p><span class="state wait">Under way</span></li>'
    '<li><p>You said: choose the day.</p><span class="state no">Not possible</span></li></ul></section>'
)


@pytest.fixture
def portal(agency, offer, fill_slot):  # noqa: F811
    """A portal in use: five languages, every section of the front page filled."""
    offer("en", "fi", "sv", "ar", "ru")
    for key in PublicPage.Key.values:
        PublicPage.objects.get_or_create(key=key)
    for slot, html in {
        "front.now": ASK * 2,
        "front.tell": DOOR * 3,
        "front.did": DID,
    }.items():
        fill_slot(slot, html)


def problems(page) -> dict[str, object]:
    return {
        "axe": axe_violations(page),
        "policy": policy_violations(page),
        "small targets": page.evaluate(SMALL_TARGETS),
        "scrolls sideways": scrolls_sideways(page),
    }


NONE = {"axe": [], "policy": [], "small targets": [], "scrolls sideways": False}


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("address", PAGES)
def test_every_public_page_is_accessible_on_a_phone(portal, page, address, language):
    page.goto(f"/{language}/{address}")
    assert problems(page) == NONE


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_front_page_is_accessible_everywhere(portal, browser, language):
    page = browser().new_page()
    page.goto(f"/{language}/")
    page.click("summary")
    assert everywhere(page, (320, 390, 1280)) == []
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate(SMALL_TARGETS) == []


@pytest.mark.parametrize("address", ["", "privacy/", "nothing/"])
def test_text_of_twice_the_size_is_not_cut_off(portal, browser, address):
    page = browser(width=360).new_page()
    page.goto(f"/en/{address}")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert (scrolls_sideways(page), page.evaluate(CUT_OFF)) == (False, [])


def test_the_first_tab_leads_past_the_head(portal, page):
    page.goto("/en/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_language_menu_works_by_keyboard_and_without_script(portal, browser):
    page = browser(script=False).new_page()
    page.goto("/en/privacy/")
    page.locator("summary").press("Enter")
    page.get_by_role("link", name="العربية").press("Enter")
    page.wait_for_url("**/ar/privacy/")
    assert page.locator("html").get_attribute("dir") == "rtl"


def test_a_visit_leaves_no_cookie_and_asks_nobody_else(portal, browser, live_server):
    window = browser()
    page = window.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/")
    leave(page, "footer >> text=Contact")
    assert window.cookies() == []
    assert [url for url in asked if not url.startswith(live_server.url)] == []


def test_what_was_kept_is_sent_again_with_one_press(portal, page):
    page.goto("/en/")
    page.evaluate(
        "document.querySelector('main').innerHTML ="
        " '<form method=post action=/en/too-much/><input name=story value=kept><button id=send>Go</button></form>'"
    )
    page.click("#send")
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.get_by_role("button", name="Send again").click()
    assert sent.value.post_data == "story=kept"
