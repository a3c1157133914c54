"""The pages of results in a real browser: accessible, mirrored, without sideways scrolling, and on paper."""

import os
from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import translation

from cxportal.organisation.models import Unit
from surveys.models import Comment, Count
from tests.browser.test_editor_pages import faults_of
from tests.factories import CollectorFactory, UnitFigureFactory
from tests.surveys import test_results_pages as figures_of_results
from tests.surveys.published import HIDDEN, NOBODY, figures, publish

version = figures_of_results.version
new_wave = figures_of_results.new_wave
indicator = figures_of_results.indicator
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SCREENS = os.environ.get("CX_SCREENS")


@pytest.fixture
def wave(new_wave, indicator):
    """The third wave of a series, with everything that a page may show."""
    bad, middling, good = figures_of_results.BAD, figures_of_results.MIDDLING, figures_of_results.GOOD
    counts = figures_of_results.counts
    for year, overall in [(2024, bad), (2025, middling)]:
        before = new_wave(year)
        publish(before, figures(60, counts(overall), of=indicator))
    wave = new_wave(2026)
    whole = figures(64, counts(good, time={"1": 12, "2": 20, "3": 15, "4": 10, "5": 3}), of=indicator)
    units = {"agency": whole, "A": figures(40, counts(good), of=indicator), "B": HIDDEN, "C": NOBODY}
    languages = {"fi": whole, "ar": figures(24, counts(), of=indicator), "so": HIDDEN}
    comment = Comment.objects.create(wave=wave, question="why", text="Zwei Stunden im Regen", language="de")
    made = publish(
        wave,
        whole,
        {"unit": units, "language": languages},
        comments={"why": [[str(comment.pk), None, "unfavourable"]]},
    )
    weighted = {"run": 1, "by": ["language"], "source": "Register of permits", "effective_n": 51}
    changed = {"people": 22, "difference": [0.6, 0.35, 0.85, 0.0001]}
    made.content |= {
        "weighted": weighted | {"indicators": {indicator.code: {"estimate": [4.41, 4.25, 4.57, 64, 51.3]}}},
        "paired": {"wave": before.code, "indicators": {indicator.code: changed}},
    }
    made.save()
    for unit in Unit.objects.filter(code__in="AB"):
        days = {"starts_on": date(2026, 3, 1), "ends_on": date(2026, 3, 31)}
        UnitFigureFactory(unit=unit, figure__name="Days until a decision", value=81, **days)
    way = CollectorFactory(wave=wave, kind="tickets")
    for language, n in [("fi", 100), ("ar", 400), ("so", 60)]:
        Count.objects.create(collector=way, kind="sampled", language=language, n=n)
    return wave


def paths_of(wave, language):
    with translation.override(language):
        pages = [reverse(f"results:{name}", args=[wave.pk]) for name in figures_of_results.PAGES]
        question = reverse("results:question", args=[wave.pk, "things.time"])
        hidden = f"{pages[0]}?group=unit%3DB"
        beside = f"{pages[3]}?group=language%3Dfi&with_group=language%3Dar"
        return [reverse("results:waves"), *pages, question, hidden, beside]


@pytest.mark.parametrize(
    ("language", "width", "dark"),
    [("en", 1280, False), ("en", 390, False), ("ar", 390, True), ("ar", 1280, False)],
    ids=["desktop", "phone", "dark-mirrored-phone", "mirrored-desktop"],
)
def test_the_pages_of_results_are_accessible(browser, chiara, wave, language, width, dark):
    window = browser(user=chiara, width=width, dark=dark)
    paths = paths_of(wave, language)
    page = window.new_page()
    found = {path: faults for path in paths if (faults := faults_of(page, path))}
    if SCREENS:
        for number, path in enumerate(paths):
            page.goto(path)
            page.screenshot(path=Path(SCREENS) / f"{language}-{width}-{number}.png", full_page=True)
    assert found == {}


def test_results_print_on_paper_of_a4(browser, chiara, wave):
    page = browser(user=chiara, width=794).new_page()
    page.emulate_media(media="print")
    page.goto(paths_of(wave, "en")[1])
    if SCREENS:
        page.screenshot(path=Path(SCREENS) / "paper.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.evaluate("getComputedStyle(document.querySelector('.cxr-filters')).display") == "none"
