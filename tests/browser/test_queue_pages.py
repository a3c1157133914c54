"""The queue in a browser: thirty voices routed by keys alone; without script; keys that rest while somebody types."""

import pytest

from feedback.models import Assignment
from tests.browser.faults import axe_violations, leave, policy_violations, scrolls_sideways
from tests.factories import AssignmentFactory, ServiceFactory, TopicFactory, VoiceFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def voices(unit_a, unit_b):
    """Thirty of them, in several scripts and kinds."""
    texts = [
        ("en", "I waited three hours & nobody told me <b>why</b>."),
        ("ar", "انتظرت ثلاث ساعات ولم يشرح لي أحد أي رقم يجب أن آخذه."),
        ("fi", "Ajanvarausjärjestelmäyhteyshäiriöilmoitus tulee joka kerta."),
        ("", "https://agency.example/" + "a" * 200),
    ]
    TopicFactory.create_batch(3)
    service = ServiceFactory()
    items = []
    for number in range(30):
        language, text = texts[number % len(texts)]
        item = VoiceFactory(
            unit=unit_b,
            service=service,
            kind="story",
            may_publish=True,
            language=language,
            text=f"{text} {number}",
            tone=["negative", "neutral", "positive", ""][number % 4],
        )
        AssignmentFactory(item=item, unit=unit_b)
        items.append(item)
    return items


def opened(browser, user, address="/en/admin/feedback/queue/", **window):
    page = browser(user=user, width=window.pop("width", 1280), **window).new_page()
    page.goto(address)
    return page


def test_thirty_voices_are_routed_by_keys_alone(browser, bram, voices, unit_a):
    page = opened(browser, bram)
    for _voice in voices:
        page.keyboard.press("r")
        page.keyboard.type("Counter A")
        with page.expect_navigation():
            page.keyboard.press("Enter")
    assert list(Assignment.objects.values_list("unit__code", flat=True)) == ["A"] * 30


def test_a_voice_ends_by_keys_with_its_reason(browser, bram, voices):
    page = opened(browser, bram)
    for key in ["d", "Tab"]:
        page.keyboard.press(key)
    page.keyboard.type("Known since May; s and r are only letters here.")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert Assignment.objects.exclude(outcome="").values_list("outcome", "reason").get() == (
        "noted",
        "Known since May; s and r are only letters here.",
    )


def test_keys_that_are_switched_off_do_nothing(browser, bram, voices):
    page = opened(browser, bram)
    page.click("[data-cx-keys-off]")
    page.reload()
    before = page.url
    page.locator("body").press("ArrowDown")
    page.locator("body").press("s")
    assert (page.url, Assignment.objects.exclude(outcome="").count()) == (before, 0)


def test_a_voice_is_routed_on_a_phone_without_script(browser, bram, voices, unit_a):
    page = opened(browser, bram, width=390, script=False)
    leave(page, ".cx-qrow >> nth=0 >> a")
    page.click("summary[data-cx-key=r]")
    page.select_option(".cx-qdo select[name=unit]", label="Counter A")
    leave(page, ".cx-qdo form[action*=route] button")
    assert Assignment.objects.filter(unit=unit_a).count() == 1


@pytest.mark.parametrize(
    ("language", "width", "dark"),
    [("en", 390, False), ("ar", 390, True), ("en", 820, False), ("ar", 1280, False), ("en", 1280, True)],
)
def test_the_queue_full_of_voices_is_accessible(browser, chiara, voices, language, width, dark):
    page = opened(
        browser, chiara, f"/{language}/admin/feedback/queue/{voices[1].pk}/", width=width, dark=dark
    )
    for summary in page.locator(".cx-queue summary:visible").all():
        summary.click()
    faults = axe_violations(page) + policy_violations(page)
    assert (faults, scrolls_sideways(page)) == ([], False)
