"""Telling a story on a phone: the draft lives in the tab, the thank-you page and the receipt can be read by everybody."""

import pytest

from cxportal.organisation.models import Agency, Language
from feedback.models import Item
from surveys import abuse, form_key
from tests.browser.faults import everywhere
from tests.factories import AssignmentFactory, ReplyFactory, ServiceFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STORY = "I waited three hours for a letter, and nobody could tell me how long it would take from there. " * 2


@pytest.fixture(autouse=True)
def _ready(monkeypatch, transactional_db):
    monkeypatch.setattr(form_key, "LEAST_SECONDS", 0)
    abuse.forget()
    Agency(name="Service Agency", name_ar="وكالة الخدمات").save()
    for code in ["en", "ar"]:
        Language.objects.update_or_create(code=code, defaults={"is_offered": True})
    ServiceFactory(name="Letters and decisions")


def faults(page):
    return everywhere(page, (320, 1280))


def tell(page):
    page.goto("/en/tell/")
    page.get_by_label("It was bad").check(force=True)
    page.get_by_label("What happened?").fill(STORY)
    page.get_by_label("No, only the agency").check(force=True)
    page.get_by_role("button", name="Send").click()
    page.wait_for_selector(".receipt .code")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_story_is_told_and_its_receipt_found(browser, script):
    page = browser(script=script).new_page()
    tell(page)
    code = page.locator(".receipt .code").inner_text()
    assert page.get_by_role("button", name="Print this page").is_visible() is script
    item = Item.objects.get()
    assert item.text == STORY.strip()
    item.assignments.all().delete()
    ReplyFactory(assignment=AssignmentFactory(item=item), sent=True, text="From January the page tells it.")
    page.get_by_role("link", name="Look up a code").click()
    page.get_by_label("Your receipt code").fill(code)
    page.get_by_role("button", name="See what happened").click()
    page.wait_for_selector(".reply")
    assert "From January the page tells it." in page.locator(".reply").inner_text()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_form_faults_thanks_and_receipt_are_accessible(browser, language):
    page = browser().new_page()
    found = {}
    page.goto(f"/{language}/tell/")
    found["form"] = faults(page)
    page.locator(".go .btn").click()
    page.wait_for_selector(".errors")
    found["faults"] = faults(page)
    page.locator("details.more summary").click()
    found["more"] = faults(page)
    page.locator("#text").fill(STORY)
    page.locator('[name="publish"][value="no"]').check(force=True)
    page.locator(".go .btn").click()
    page.wait_for_selector(".receipt .code")
    found["thanks"] = faults(page)
    code = page.locator(".receipt .code").inner_text()
    ReplyFactory(assignment=Item.objects.get().assignments.get(), sent=True)
    page.goto(f"/{language}/receipt/")
    page.locator("#code").fill(code)
    page.locator("form .btn").click()
    page.wait_for_selector(".reply")
    found["receipt"] = faults(page)
    assert [fault for faults_there in found.values() for fault in faults_there] == []


def test_a_draft_survives_a_reload_and_is_gone_after_sending(browser):
    page = browser().new_page()
    page.goto("/en/tell/")
    page.get_by_label("What happened?").fill("Half a thought")
    page.reload()
    assert page.get_by_label("What happened?").input_value() == "Half a thought"
    tell(page)
    page.goto("/en/tell/")
    assert page.get_by_label("What happened?").input_value() == ""


def test_a_draft_is_gone_after_15_minutes(browser):
    page = browser().new_page()
    page.goto("/en/tell/")
    page.get_by_label("What happened?").fill("Half a thought")
    page.evaluate(
        """() => { for (const key of Object.keys(sessionStorage)) {
            const draft = JSON.parse(sessionStorage.getItem(key)); draft.at -= 15 * 60 * 1000;
            sessionStorage.setItem(key, JSON.stringify(draft)); } }"""
    )
    page.reload()
    assert page.get_by_label("What happened?").input_value() == ""
    assert page.evaluate("sessionStorage.length") == 0


def test_a_draft_is_not_there_in_another_tab(browser):
    window = browser()
    first = window.new_page()
    first.goto("/en/tell/")
    first.get_by_label("What happened?").fill("Half a thought")
    second = window.new_page()
    second.goto("/en/tell/")
    assert second.get_by_label("What happened?").input_value() == ""
