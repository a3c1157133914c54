"""The walker itself: it finds what is wrong only in the dark, only on a phone, only in Arabic; and what lets it load a page once."""

import re
from pathlib import Path

import pytest

from tests.browser.faults import everywhere

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ["cxportal", "surveys", "panels", "feedback", "actions"]
WIDTHS = (390, 1280)
DARK = re.compile(r"@media \(prefers-color-scheme:dark\)\{(?P<inside>[^{}]*\{[^{}]*\})\s*\}")


@pytest.fixture
def tab(chromium):
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, color_scheme="light", reduced_motion="reduce"
    )
    context.add_init_script("window.cxPolicyViolations = []")
    yield context.new_page()
    context.close()


def show(tab, *, style="", body="", language="en"):
    tab.set_content(
        f"<!doctype html><html lang={language}><title>A page</title><style>:root{{--ink:#111;--paper:#fff}}"
        f"body{{color:var(--ink);background:var(--paper)}} {style}</style>"
        f"<main><h1>A page</h1><p>Words.</p>{body}</main></html>"
    )


def test_a_page_without_fault_has_none(tab):
    show(tab, style="@media (prefers-color-scheme:dark){:root{--ink:#fff;--paper:#111}}")
    assert everywhere(tab, WIDTHS) == []


def test_colours_that_change_slowly_are_looked_at_when_they_have_changed(tab):
    dark = "@media (prefers-color-scheme:dark){:root{--ink:#fff;--paper:#111}}"
    show(tab, style=f"a{{color:var(--ink);transition:color 60s}} {dark}", body="<a href='#1'>A link</a>")
    assert everywhere(tab, WIDTHS) == []


def test_letters_too_faint_in_the_dark_alone_are_found(tab):
    show(tab, style="@media (prefers-color-scheme:dark){:root{--ink:#333;--paper:#111}}")
    found = everywhere(tab, WIDTHS)
    assert [fault.partition(":")[0] for fault in found] == ["390 px, dark"] * 2 + ["1280 px, dark"] * 2
    assert all("color-contrast" in fault for fault in found)


def test_a_target_too_small_on_a_phone_alone_is_found(tab):
    small = "a{display:inline-block;inline-size:3rem;block-size:3rem} @media (max-width:600px){a{inline-size:.6rem;block-size:.6rem}}"
    show(tab, style=small, body="<div><a href='#1'>1</a><a href='#2'>2</a></div>")
    found = everywhere(tab, WIDTHS)
    assert found
    assert all(fault.startswith("390 px: target-size") for fault in found)


def test_a_field_without_label_in_arabic_alone_is_found(tab):
    found = {}
    for language, label in [("en", "<label for=f>Name</label>"), ("ar", "")]:
        show(tab, language=language, body=f"{label}<input id=f>")
        found[language] = everywhere(tab, WIDTHS)
    assert found["en"] == []
    assert [fault.partition(" #")[0] for fault in found["ar"]] == ["390 px: label:", "1280 px: label:"]


def test_a_page_too_wide_for_a_phone_is_found_and_left_as_it_was(tab):
    show(tab, body="<p style='inline-size:50rem'>Wide.</p>")
    assert everywhere(tab, WIDTHS) == ["390 px: scrolls sideways"]
    assert tab.viewport_size == {"width": 390, "height": 844}
    assert tab.evaluate("matchMedia('(prefers-color-scheme:light)').matches")


def files(ending):
    return [file for room in ROOMS for file in (ROOT / room).rglob(f"*.{ending}")]


def test_no_script_looks_at_width_or_colours():
    looking = re.compile(r"matchMedia|innerWidth|screen\.|prefers-color|ResizeObserver")
    assert [file.name for file in files("js") if looking.search(file.read_text())] == []


def test_in_the_dark_nothing_but_colours_is_another():
    blocks = {file.name: DARK.findall(file.read_text()) for file in files("css")}
    asked = {file.name: file.read_text().count("prefers-color-scheme") for file in files("css")}
    assert {name: len(found) for name, found in blocks.items()} == asked
    declared = [
        one.strip()
        for found in blocks.values()
        for inside in found
        for one in inside.partition("{")[2].rstrip("}").split(";")
    ]
    assert [one for one in declared if one and not one.startswith(("--cx-", "color-scheme:"))] == []
