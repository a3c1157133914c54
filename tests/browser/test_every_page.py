"""Every page in English and Arabic: on a phone; those that matter most in every width and colour."""

import pytest

from cxportal.organisation.models import Agency, Language
from surveys.announcing import announce
from tests.browser import pages
from tests.browser.faults import axe_violations, everywhere, policy_violations, scrolls_sideways
from tests.browser.staged_actions import stage_actions
from tests.factories import TopicFactory, UnitFactory, WaveFactory
from tests.surveys.public_wave import public_wave

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people(request, db, line):
    """The standing people, by the names the walk uses; with them the data a page needs to show something."""
    names = ["chiara", "aino", "bram", "dimitri", "elif_"]
    people = {name: request.getfixturevalue(name) for name in names}
    Agency(name="Service Agency", name_ar="وكالة الخدمات", contact_email="cx@agency.example").save()
    Language.objects.update_or_create(code="ar", defaults={"is_offered": True})
    for code in ["en", "fi", "sv"]:
        Language.objects.update_or_create(code=code, defaults={"is_offered": True})
    UnitFactory.create_batch(3)
    TopicFactory.create_batch(3)
    topic = TopicFactory(code="waiting")
    wave = WaveFactory(code="running", languages=["en", "ar"])
    who = {"en": "400 people drawn by chance.", "ar": "٤٠٠ شخص"}
    announce(wave=wave, is_public=True, who=who, by=people["chiara"])
    public_wave(people["chiara"], code="published")
    unit = people["aino"].roles.get().unit
    stage_actions(unit=unit, topic=topic, wave=wave, owner=people["aino"], cx_team=people["chiara"])
    return people


def faults_of(tab, path: str, *, is_public: bool, widths=()) -> list[str]:
    answer = tab.goto(path)
    if answer.status == 403:
        return []
    faults = [] if answer.status in {200, 404} else [f"answers {answer.status}"]
    if widths:
        faults += everywhere(tab, widths)
    else:
        faults += axe_violations(tab)
        faults += [f"policy: {violation}" for violation in policy_violations(tab)]
        if scrolls_sideways(tab):
            faults.append("scrolls sideways")
    if is_public and tab.context.cookies():
        faults.append(f"sets cookies {[cookie['name'] for cookie in tab.context.cookies()]}")
    return faults


def walk(browser, people, walks, *, language, widths=(), **window) -> dict[str, list[str]]:
    """One tab for each person: a new one costs as much as a page."""
    tabs, found = {}, {}
    for page in walks:
        path = pages.path_in(language, page)
        assert path, f"{page.name} has no address"
        if page.user not in tabs:
            tabs[page.user] = browser(user=people.get(page.user), **window).new_page()
        is_public = page.user is None and "/account/" not in path
        faults = faults_of(tabs[page.user], path, is_public=is_public, widths=widths)
        if faults:
            found[page.name] = faults
    return found


@pytest.mark.begun_first
@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_other_page_is_accessible_on_a_phone(browser, people, language):
    others = [page for page in pages.every_page() if page.name not in pages.MATTER_MOST]
    assert walk(browser, people, others, language=language) == {}


@pytest.mark.begun_first
@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_pages_that_matter_most_are_accessible_everywhere(browser, people, language):
    chosen = [page for page in pages.every_page() if page.name in pages.MATTER_MOST]
    assert len(chosen) == len(pages.MATTER_MOST)
    assert walk(browser, people, chosen, language=language, widths=(320, 390, 1280)) == {}


@pytest.mark.begun_first
@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_pages_of_actions_are_accessible_on_a_desktop_and_in_the_dark(browser, people, language):
    chosen = [page for page in pages.every_page() if page.name in pages.OF_ACTIONS]
    assert len(chosen) == len(pages.OF_ACTIONS)
    assert walk(browser, people, chosen, language=language, widths=(390, 1280)) == {}
