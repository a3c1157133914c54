"""What the scripts of the staff face do, and that everything works without them."""

import pytest
from django.urls import reverse

from cxportal.organisation.models import Language
from tests.browser.faults import axe_violations, leave, policy_violations
from tests.factories import TopicFactory, UnitFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def offered_languages(db):
    for position, code in enumerate(["en", "fi", "sv", "ar"]):
        Language.objects.update_or_create(code=code, defaults={"is_offered": True, "position": position})


@pytest.fixture
def topic_form():
    return reverse("admin:organisation_topic_change", args=[TopicFactory(name="Waiting time").pk])


def shown_languages(page) -> list[str]:
    return page.eval_on_selector_all(
        "[data-cx-language]",
        "parts => parts.filter(part => part.checkVisibility()).map(part => part.dataset.cxLanguage)",
    )


def test_arrow_keys_move_between_language_tabs(browser, chiara, topic_form):
    page = browser(width=1280, user=chiara).new_page()
    page.goto(topic_form)
    page.focus("[role=tab][aria-selected=true]")
    seen = [shown_languages(page)]
    for key in ("ArrowRight", "End", "Home", "ArrowLeft"):
        page.keyboard.press(key)
        seen.append(shown_languages(page))
    assert seen == [["en"], ["fi"], ["ar"], ["en"], ["ar"]]


def test_in_a_page_from_right_to_left_the_arrow_keys_follow_the_eye(browser, chiara, topic_form):
    page = browser(width=1280, user=chiara).new_page()
    page.goto(topic_form.replace("/en/", "/ar/"))
    page.focus("[role=tab][aria-selected=true]")
    page.keyboard.press("ArrowLeft")
    assert shown_languages(page) == ["fi"]


def test_languages_that_are_not_offered_open_with_one_button(browser, chiara, topic_form):
    page = browser(width=1280, user=chiara).new_page()
    page.goto(topic_form)
    page.click("[data-cx-show-more]")
    assert page.locator("[role=tab]:visible").count() == 42
    assert shown_languages(page) == ["et"]
    assert axe_violations(page) == []


def test_without_script_every_language_stands_on_the_page(browser, chiara, topic_form):
    page = browser(width=1280, user=chiara, script=False).new_page()
    page.goto(topic_form)
    assert page.locator("[role=tab]:visible").count() == 0
    assert page.locator("input[name=name_ar]").is_visible()
    assert page.locator("h3", has_text="العربية").is_visible()
    page.click("[data-cx-more-languages] > summary")
    assert page.locator("input[name=name_so]").is_visible()


def test_a_fault_in_a_hidden_language_opens_its_tab(browser, chiara, topic_form):
    page = browser(width=1280, user=chiara).new_page()
    page.goto(topic_form)
    page.click("[data-cx-tab=fi]")
    page.eval_on_selector(
        "input[name=name_fi]",
        "field => { field.removeAttribute('maxlength'); field.value = 'x'.repeat(300); }",
    )
    page.click("[data-cx-tab=en]")
    leave(page, "input[name=_save]")
    assert shown_languages(page) == ["fi"]


def test_the_chosen_colours_stay_on_the_next_page(browser, chiara):
    page = browser(width=1280, user=chiara).new_page()
    page.goto(reverse("admin:index"))
    page.click("#user-tools details:last-of-type summary")
    page.click("[data-cx-theme=dark]")
    page.goto(reverse("admin:organisation_topic_changelist"))
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 25, 30)"


def test_escape_closes_a_menu_and_gives_the_focus_back(browser, chiara):
    page = browser(width=1280, user=chiara).new_page()
    page.goto(reverse("admin:index"))
    page.focus("#user-tools details:last-of-type summary")
    page.keyboard.press("Enter")
    assert page.locator("form[action$='/logout/']").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("form[action$='/logout/']").is_hidden()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_on_a_phone_the_tasks_open_without_script(browser, chiara):
    page = browser(user=chiara, script=False).new_page()
    page.goto(reverse("admin:index"))
    assert page.locator("#nav-sidebar").is_hidden()
    page.click(".cx-menu-button")
    assert page.get_by_role("link", name="Topics", exact=True).is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#nav-sidebar").is_hidden()


def test_a_picker_that_searches_is_accessible_open_and_closed(browser, chiara, unit_a):
    page = browser(width=1280, user=chiara).new_page()
    page.goto(reverse("admin:organisation_unitfigure_add"))
    page.wait_for_selector(".select2-selection[aria-labelledby^=label-of]")
    closed = axe_violations(page)
    page.click(".select2-selection >> nth=1")
    page.keyboard.type("Counter A")
    page.wait_for_selector(".select2-results__option--highlighted")
    opened = axe_violations(page)
    page.keyboard.press("Enter")
    assert (closed, opened, policy_violations(page)) == ([], [], [])
    assert page.locator("#id_unit option:checked").inner_text() == "Counter A"


def test_another_role_is_added_in_the_same_form(browser, dimitri, aino):
    page = browser(width=1280, user=dimitri).new_page()
    page.goto(reverse("admin:organisation_user_change", args=[aino.pk]))
    before = page.locator("select[name$=-role]:visible").count()
    page.click(".add-row a")
    assert page.locator("select[name$=-role]:visible").count() == before + 1
    assert (axe_violations(page), policy_violations(page)) == ([], [])


def test_many_units_are_chosen_across_pages(browser, chiara):
    UnitFactory.create_batch(55)
    page = browser(width=1280, user=chiara).new_page()
    page.goto(reverse("admin:organisation_unit_changelist"))
    page.click("#action-toggle")
    page.click(".question a")
    assert page.locator(".all").inner_text() == "All 55 selected"
