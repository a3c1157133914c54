"""One voice, from an anonymous comment to the page on which its writer reads what became of it.

Between two steps at most two links or buttons are followed; boxes that are typed into or ticked do not count.
"""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from actions.models import Action, ToldBack
from cxportal.organisation.models import Agency, Language
from feedback import survey_comments
from surveys import publication_making, waves
from surveys.models import Wave
from tests.browser.faults import axe_violations, leave
from tests.factories import (
    ActionFactory,
    CollectorFactory,
    SurveyFactory,
    TopicFactory,
    VersionFactory,
    WaveFactory,
)
from tests.surveys.contents import content, digest_of, long_text, rating, words
from tests.surveys.results import closed, fill

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("hurried_respondents"),
]
PATIENCE = 90_000
"""Milliseconds for one page: a long walk meets a busy machine somewhere."""
COMMENT = "Nobody could tell me how long it takes."
ASKED = content(
    [
        rating("overall", text=words("How was the waiting time?"), topic="waiting"),
        long_text("why", text=words("What could be better?"), topic="waiting"),
    ]
)


@pytest.fixture
def survey(db, agency_unit):
    Agency(name="Service Agency").save()
    Language.objects.update_or_create(code="en", defaults={"is_offered": True})
    TopicFactory(code="waiting", name="Waiting time")
    return VersionFactory(survey=SurveyFactory(title="Your visit"), content=ASKED, digest=digest_of(ASKED))


def open_wave(version, unit, by, name: str) -> Wave:
    wave = WaveFactory(version=version, unit=unit, name=name, breakdowns=[], pairs=[], languages=["en"])
    CollectorFactory(wave=wave, unit=unit)
    return waves.open_wave(wave=wave, by=by)


def answered(wave: Wave, values: str) -> None:
    """Rated by others as given; then it is over and published."""
    way = wave.collectors.select_related("wave").get()
    fill(way, [("en", {"overall": value}) for value in values])
    publication_making.make(wave=closed(wave))


class Walker:
    """Follows links and buttons, and counts them."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks, self.steps = page, 0, {}

    def follow(self, selector: str) -> None:
        leave(self.page, selector)
        self.clicks += 1

    def press(self, selector: str) -> None:
        """What opens something on the same page."""
        self.page.click(selector)
        self.clicks += 1

    def arrived(self, step: str, text: str) -> None:
        assert text in self.page.content(), step
        self.steps[step], self.clicks = self.clicks, 0


def opened(browser, **window) -> Page:
    page = browser(**window).new_page()
    page.set_default_timeout(PATIENCE)
    return page


def comment_of(page: Page, wave: Wave) -> str:
    """Somebody answers badly, says why, and keeps the code."""
    page.goto(f"/en/s/{wave.collectors.get().address}/answer/")
    page.locator('input[name="q.overall"][value="1"]').check(force=True)
    page.fill("textarea", COMMENT)
    page.locator('input[name="receipt"]').check(force=True)
    leave(page, ".go .btn:not(.quiet)")
    return page.locator(".code").first.inner_text()


@pytest.mark.begun_first
def test_one_voice_from_the_comment_to_what_became_of_it(browser, line, survey, unit_a, chiara):
    spring = open_wave(survey, unit_a, chiara, "Spring")
    visitor = opened(browser)
    code = comment_of(visitor, spring)
    answered(spring, "1122" * 10)
    survey_comments.fetch_comments()

    staff = opened(browser, user=chiara, width=1280, height=900)
    staff.goto("/en/admin/")
    walker = Walker(staff)
    walker.follow('#nav-sidebar a[href$="/topics/"]')
    walker.follow('main a[href*="/topics/waiting/"]')
    walker.arrived("topic", "How was the waiting time?")

    walker.follow('main a[href*="/actions/make/"]')
    staff.fill('input[name="title"]', "Say how long it takes")
    staff.select_option('select[name="unit"]', label="Counter A")
    walker.follow('form:has(input[name="title"]) button')
    walker.arrived("action", "Say how long it takes")
    action_page = staff.url

    staff.goto("/en/admin/feedback/queue/")
    walker.follow('main a[href*="/actions/make/"]')
    walker.follow('form:has(select[name="action"]) button')
    walker.arrived("the comment is a source", COMMENT)

    staff.fill('input[name="milestones-0-text"]', "Agree on the words")
    staff.fill('input[name="milestones-0-due_on"]', str(timezone.localdate()))
    walker.press("#effects-group .add-row a")
    staff.fill('input[name="effects-0-question"]', "overall")
    staff.select_option('select[name="effects-0-baseline"]', label="Spring")
    walker.follow('input[name="_continue"]')
    walker.arrived("milestone and expected effect", "The wave after it is not published yet.")

    for status in ["assessed", "decided", "under_way", "done"]:
        walker.follow('main a[href$="/move/"]')
        staff.locator(f'input[name="to"][value="{status}"]').check(force=True)
        walker.follow('main button[type="submit"]')
        walker.arrived(status, "is now:")
    assert Action.objects.get().status.code == "done"

    autumn = open_wave(survey, unit_a, chiara, "Autumn")
    answered(autumn, "4455" * 10)
    staff.goto(action_page)
    staff.select_option('select[name="effects-0-follow_up"]', label="Autumn")
    walker.follow('input[name="_continue"]')
    walker.arrived("effect in words", "It moved beyond its margin: by +")

    walker.follow('main a[href*="/toldback/add/"]')
    staff.fill('input[name="title_en"]', "You see how long it takes")
    staff.fill('textarea[name="heard_en"]', "Nobody could tell.")
    staff.fill('textarea[name="did_en"]', "It stands on the page.")
    walker.follow('button[name="_release"]')
    walker.arrived("released", "Read it as everybody does")
    walker.follow('main a[href*="/did/"]')
    walker.arrived("public page", "It stands on the page.")

    visitor.goto(f"/en/did/{ToldBack.objects.get().pk}/")
    reader = Walker(visitor)
    reader.follow('main a[href="/en/did/"]')
    reader.follow('main a[href="/en/receipt/"]')
    visitor.fill('input[name="code"]', code)
    leave(visitor, "main form button")
    reader.arrived("receipt", "You see how long it takes")
    assert COMMENT in visitor.content()
    assert {step: clicks for step, clicks in (walker.steps | reader.steps).items() if clicks > 2} == {}


@pytest.mark.parametrize("width", [820, 1280])
def test_what_is_overdue_is_seen_without_scrolling(browser, line, unit_a, aino, width):
    day = timezone.localdate() - timedelta(days=9)
    ActionFactory.create_batch(12, unit=unit_a, at_status="under_way")
    ActionFactory(unit=unit_a, owner=aino, title="Signs in six languages", due_on=day, at_status="decided")
    for address in ["/en/admin/actions/board/", "/en/admin/actions/action/", "/en/admin/"]:
        page = opened(browser, user=aino, width=width, height=800)
        page.goto(address)
        late = page.locator("main .cx-late").first
        box = late.bounding_box()
        assert (address, "9 days late" in late.inner_text(), box["y"] + box["height"] <= 800) == (
            address,
            True,
            True,
        )


@pytest.mark.parametrize("language", ["en", "ar"])
def test_on_a_tablet_the_filters_are_a_sheet_that_a_button_opens(
    browser, line, unit_a, unit_b, chiara, language
):
    for unit in (unit_a, unit_b):
        ActionFactory.create_batch(2, unit=unit, at_status="under_way")
    page = opened(browser, user=chiara, width=820, height=1180)
    page.goto(f"/{language}/admin/actions/action/")
    sheet = page.locator("#changelist-filter")
    assert not sheet.is_visible()
    page.locator(".cx-filter-button button").click()
    assert sheet.is_visible()
    assert axe_violations(page) == []
    sheet.get_by_role("link").filter(has_text=str(unit_b)).click()
    page.wait_for_url("**unit__id__exact=*")
    assert not page.locator("#changelist-filter").is_visible()
    assert page.locator(".cx-active .cx-chip").count() == 1
