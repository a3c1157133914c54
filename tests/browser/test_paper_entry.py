"""Sheets typed by keyboard alone, with script and without."""

import pytest

from surveys import paper_entry
from surveys.models import Sheet
from tests.browser.faults import axe_violations, policy_violations, scrolls_sideways
from tests.surveys.broad import broad_wave, paper_collector

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def batch(chiara, bram, unit_b, tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"
    wave = broad_wave(chiara)
    wave.languages = ["en", "fi"]  # the sheets were printed in both
    wave.save()
    return paper_entry.start_batch(collector=paper_collector(wave, unit=unit_b), by=bram)


def opened(browser, user, address, **window):
    page = browser(user=user, width=1280, **window).new_page()
    page.goto(address)
    return page


def press(page, keys):
    for key in keys:
        page.keyboard.press(key)


def test_a_whole_sheet_is_typed_without_the_mouse(browser, bram, batch):
    page = opened(browser, bram, f"/en/admin/surveys/paper/{batch.pk}/type/")
    page.keyboard.type("b-17")
    press(page, ["Enter", "2", "Enter", "1", "Enter"])  # Finnish, somebody helped
    press(page, ["4", "5", "Enter"])  # the second key corrects the first
    press(
        page, ["1", "Enter", "2", "Enter", "-", "Enter", "3", ".", "Enter"]
    )  # the grid; the last one emptied again
    press(page, ["1", "Enter", "Enter", "Enter"])  # yes, without reasons
    press(page, ["1", "2", "Enter", "Enter"])  # twelve visits
    press(page, ["2", "a", "3", "3", "Enter"])  # ways 2 and 10; 3 ticked and taken back
    press(page, ["1", "0", "Enter"])  # ten, not one
    press(page, ["2", "Enter", "1", "Enter"])
    page.keyboard.type("Turku")
    press(page, ["Enter"])
    page.keyboard.type("A long wait")
    press(page, ["Shift+Enter"])
    page.keyboard.type("in the rain")
    press(page, ["Enter", "Enter"])
    page.wait_for_selector("text=Sheet B-17 is saved")
    assert Sheet.objects.get().first == {
        ":language": ["fi"],
        ":helped": ["yes"],
        "overall": ["5"],
        "staff.polite": ["1"],
        "staff.clear": ["2"],
        "staff.quick": [":not_for_me"],
        "visited": ["yes"],
        "visits": ["12"],
        "ways": ["way2", "way10"],
        "likely": ["10"],
        "first.price": ["2"],
        "first.speed": ["1"],
        "town": ["Turku"],
        "why": ["A long wait\nin the rain"],
    }
    assert page.evaluate("document.activeElement.id") == "number"


def test_a_step_back_leads_to_the_field_before(browser, bram, batch):
    page = opened(browser, bram, f"/en/admin/surveys/paper/{batch.pk}/type/")
    press(page, ["7", "Enter", "Enter", "Enter", "4", "Enter", "Shift+Enter", "2"])
    assert page.evaluate("document.querySelector('[name=\"q.overall\"]:checked').value") == "2"


def test_without_script_a_sheet_is_typed_with_tab_and_arrows(browser, bram, batch):
    page = opened(browser, bram, f"/en/admin/surveys/paper/{batch.pk}/type/", script=False)
    page.keyboard.type("18")
    # language and help, then down from "left empty" to the best of five faces
    press(page, ["Tab", "Tab", "Tab", "ArrowDown", "Enter"])
    page.wait_for_selector("text=Sheet 18 is saved")
    assert Sheet.objects.get().first == {"overall": ["5"]}


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_are_accessible(browser, bram, chiara, batch, language, dark, width):
    given = {"overall": ["4"], "ways": ["way1"]}
    sheet = paper_entry.type_sheet(batch=batch, number="1", given=given, by=bram)
    paper_entry.finish_typing(batch=batch, by=bram)
    paper_entry.type_again(sheet=sheet, given={"overall": ["5"]}, by=chiara)
    other = paper_entry.start_batch(collector=batch.collector, by=bram)
    window = browser(user=bram, width=width, dark=dark)
    found = {}
    for address in [
        "",
        f"{batch.pk}/",
        f"{batch.pk}/settle/{sheet.pk}/",
        f"{other.pk}/type/",
        f"{other.pk}/discard/",
    ]:
        page = window.new_page()
        page.goto(f"/{language}/admin/surveys/paper/{address}")
        faults = policy_violations(page) + axe_violations(page) + ["sideways"] * scrolls_sideways(page)
        if faults:
            found[address] = faults
    assert found == {}
