"""Questions to see and to hear, and the page of a measurement, in a real browser."""

from datetime import UTC, datetime

import pytest

from cxportal.dispatch.models import Suppression
from cxportal.organisation.models import Agency, Language
from surveys.announcing import announce
from surveys.clip_formats import checked
from surveys.clips import store_file
from tests.browser.faults import axe_violations, leave, policy_violations, scrolls_sideways
from tests.factories import VersionFactory, WaveFactory
from tests.surveys import media
from tests.surveys.contents import content, digest_of, grid, long_text, rating, words
from tests.surveys.respondent import open_survey

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("hurried_respondents"),
]

AUDIO, PICTURE = "a" * 32 + ".mp3", "b" * 32 + ".png"


@pytest.fixture(autouse=True)
def _agency(db):
    Agency(name="Service Agency", name_ar="وكالة الخدمات", contact_email="cx@agency.example").save()


@pytest.fixture
def way():
    store_file(AUDIO, checked(media.mp3()).content)
    store_file(PICTURE, media.png(900, 420))
    audio = {"audio": {code: {"file": AUDIO} for code in ("en", "ar")}}
    alt = {"en": "People waiting at a counter", "ar": "أشخاص ينتظرون"}
    facts = {"file": PICTURE, "width": 900, "height": 420}
    picture = {"picture": {code: facts | {"alt": alt[code]} for code in alt}}
    return open_survey(
        content(
            [
                rating("overall", text=words("How was our service today?"), clips=audio | picture),
                grid("things", ["waiting", "staff"], clips=audio),
                long_text("why", text=words("Why?"), clips=audio),
            ]
        )
    )


def faults_of(page) -> list[str]:
    faults = axe_violations(page) + policy_violations(page)
    return [*faults, "scrolls sideways"] if scrolls_sideways(page) else faults


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize(("width", "dark"), [(320, True), (390, False), (1280, False)])
def test_a_page_with_clips_is_accessible(browser, way, width, dark, language):
    page = browser(width=width, dark=dark).new_page()
    page.goto(f"/{language}/s/{way.address}/answer/")
    faults = faults_of(page)
    for summary in page.locator(".listen summary").all():
        summary.click()
    assert faults + faults_of(page) == []


def test_a_recording_is_fetched_when_somebody_wants_to_hear_it(browser, way):
    page, asked = browser().new_page(), []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    page.goto(f"/en/s/{way.address}/answer/")
    before = [name for name in asked if name == AUDIO]
    page.locator(".listen summary").first.click()
    with page.expect_request(f"**/clip/{AUDIO}"):
        page.locator("audio").first.evaluate("audio => { audio.play().catch(() => {}) }")
    assert before == []


def test_a_picture_keeps_its_room_before_it_has_come(browser, way):
    page = browser().new_page()
    page.route("**/clip/*.png", lambda route: route.abort())
    page.goto(f"/en/s/{way.address}/answer/")
    box = page.locator(".pic img").bounding_box()
    assert box["width"] / box["height"] == pytest.approx(900 / 420, rel=0.02)


@pytest.mark.parametrize("script", [True, False])
def test_somebody_declines_with_the_keyboard(browser, chiara, script):
    for code in ("en", "ar"):
        Language.objects.update_or_create(code=code, defaults={"is_offered": True})
    one = content([rating("overall")])
    wave = WaveFactory(
        version=VersionFactory(content=one, digest=digest_of(one)),
        code="running",
        languages=["en", "ar"],
        closes_at=datetime(2030, 4, 30, tzinfo=UTC),
    )
    announce(wave=wave, is_public=True, who={"en": "400 people drawn by chance."}, by=chiara)
    page, found = browser(script=script).new_page(), []
    page.goto("/en/measurements/running/")
    page.focus("#address")
    page.keyboard.type("aino@")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    found += faults_of(page) if script else []
    assert page.locator("#address").input_value() == "aino@"
    page.fill("#address", "aino@mail.example")
    leave(page, "form .btn")
    found += faults_of(page) if script else []
    assert page.locator("h1").inner_text() == "Thank you. We have noted it."
    assert (found, Suppression.objects.count()) == ([], 1)
