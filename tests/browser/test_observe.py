"""An observation on a tablet: four taps besides typing, kept through a lost line, a reload and a lost session, counted once."""

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from feedback.models import Item
from tests.browser.conftest import signed_in
from tests.browser.faults import axe_violations, policy_violations, scrolls_sideways
from tests.factories import TopicFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGE = "/en/admin/feedback/observe/"
TEXT = "Two people took the wrong queue number."


@pytest.fixture(autouse=True)
def _topics(transactional_db):
    TopicFactory(code="waiting-time", name="Waiting")
    TopicFactory(code="languages", name="Language")


@pytest.fixture
def tablet(browser, bram):
    return lambda **more: browser(user=bram, width=820, height=1180, **more)


def write(page, text=TEXT):
    """Four taps: topic, tone, the box; the fourth is the button."""
    page.get_by_role("radio", name="Waiting").click()
    page.get_by_role("radio", name="Badly").click()
    page.get_by_label("What happened?").click()
    page.keyboard.type(text)


def save(page):
    page.get_by_role("button", name="Save and next").click()


def kept(page) -> str:
    return page.evaluate(
        "JSON.stringify(Object.keys(localStorage).filter(key => key.startsWith('cx-kept:')))"
    )


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_four_taps_besides_typing_save_an_observation(tablet, script):
    page = tablet(script=script).new_page()
    page.goto(PAGE)
    write(page)
    save(page)
    page.get_by_text("Saved.").wait_for()
    assert [item.text for item in Item.objects.all()] == [TEXT]
    assert page.get_by_label("What happened?").input_value() == ""
    if script:
        assert kept(page) == "[]"


def test_a_draft_survives_a_reload(tablet):
    page = tablet().new_page()
    page.goto(PAGE)
    write(page)
    page.reload()
    assert page.get_by_label("What happened?").input_value() == TEXT
    save(page)
    page.get_by_text("Saved.").wait_for()
    assert Item.objects.count() == 1


def test_without_a_line_observations_wait_and_count_once(tablet):
    window = tablet()
    page = window.new_page()
    page.goto(PAGE)
    window.set_offline(True)
    for text in [TEXT, "The door does not open by itself."]:
        write(page, text)
        save(page)
        page.get_by_text("Kept on this device.").wait_for()
    page.locator("[data-cx-number]").filter(has_text="2").wait_for()
    window.set_offline(False)
    page.get_by_text("Works without network").wait_for()
    assert sorted(Item.objects.values_list("text", flat=True)) == ["The door does not open by itself.", TEXT]
    assert kept(page) == "[]"


def test_an_answer_that_gets_lost_does_not_count_twice(tablet):
    page = tablet().new_page()
    page.goto(PAGE)

    def lose_the_answer(route):
        if route.request.method == "POST":
            route.fetch(max_redirects=0)
            route.abort()
            page.unroute(f"**{PAGE}")
        else:
            route.continue_()

    page.route(f"**{PAGE}", lose_the_answer)
    write(page)
    save(page)
    page.get_by_text("Kept on this device.").wait_for()
    assert Item.objects.count() == 1
    page.reload()
    page.get_by_text("Works without network").wait_for()
    assert (Item.objects.count(), kept(page)) == (1, "[]")


def test_an_observation_survives_an_expired_session(tablet, bram, live_server):
    window = tablet()
    page = window.new_page()
    page.goto(PAGE)
    write(page)
    Session.objects.all().delete()
    save(page)
    page.wait_for_url("**/account/login/**")
    assert Item.objects.count() == 0
    window.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": signed_in(bram), "url": live_server.url}]
    )
    page.goto(PAGE)
    page.get_by_text("Works without network").wait_for()
    assert [item.text for item in Item.objects.all()] == [TEXT]


def test_another_person_at_the_same_tablet_sees_no_draft(tablet, aino, live_server):
    window = tablet()
    page = window.new_page()
    page.goto(PAGE)
    write(page)
    window.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": signed_in(aino), "url": live_server.url}]
    )
    page.goto(PAGE)
    assert page.get_by_label("What happened?").input_value() == ""


def test_logging_out_wipes_what_was_kept(tablet):
    page = tablet().new_page()
    page.goto(PAGE)
    write(page)
    assert "observation" in kept(page)
    page.locator(".cx-pop summary", has_text="Bram").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_load_state()
    assert kept(page) == "[]"


def test_a_number_is_named_before_it_is_saved_blacked_out(tablet):
    page = tablet().new_page()
    page.goto(PAGE)
    write(page, "Call me on +358 40 123 4567 please")
    save(page)
    page.get_by_text("The text seems to hold").wait_for()
    faults = [*axe_violations(page), *policy_violations(page)]
    page.get_by_role("button", name="Save blacked out").click()
    page.get_by_text("Saved.").wait_for()
    assert faults == []
    assert Item.objects.get().text == "Call me on ••• please"


def test_the_slip_is_printed_without_the_frame(tablet):
    page = tablet().new_page()
    page.goto("/en/admin/feedback/take-down/")
    page.get_by_label("In their own words").fill("Nobody answers the phone.")
    page.get_by_role("button", name="Save and show the slip").click()
    page.get_by_role("button", name="Print the slip").wait_for()
    faults = [*axe_violations(page), *policy_violations(page)]
    page.emulate_media(media="print")
    assert faults == []
    assert not scrolls_sideways(page)
    assert page.locator(".cx-slip .code").is_visible()
    assert not page.get_by_role("button", name="Print the slip").is_visible()
