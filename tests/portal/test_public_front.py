import gzip
import re
from pathlib import Path

import pytest
from django.apps import apps

from cxportal import slots
from cxportal.languages import LANGUAGES

pytestmark = pytest.mark.django_db

STYLES = Path(apps.get_app_config("portal").path) / "static" / "cx"
SECTIONS = ["now", "tell", "did", "results", "receipt"]


@pytest.fixture(autouse=True)
def _empty_sections(monkeypatch):
    """What feedback and the receipt put there has its tests with them."""
    for section in ["tell", "receipt"]:
        monkeypatch.setitem(slots._fillings, f"front.{section}", [])


def words_of(response) -> str:
    text = re.sub(r"<(title|svg)\b.*?</\1>", "", response.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def headings(response) -> list[str]:
    return re.findall(r"<h2[^>]*>(.*?)</h2>", response.content.decode())


def test_nothing_to_show_reads_as_a_page_all_the_same(client):
    assert words_of(client.get("/en/")) == (
        "Skip to the content Customer experience portal Language: English English Suomi Svenska"
        " How did it go? Tell us."
        " We ask the people we serve what is good and what is bad."
        " Then we change what we can, and tell you what we changed."
        " What you say here does not affect your permit or your application."
        " Before each survey begins, it tells you who can see your answers."
        " What we are asking now"
        " We are not asking anything at the moment. Come back later: new surveys appear here."
        " Choose your language English Suomi Svenska Privacy Accessibility Contact"
    )


def test_what_no_room_fills_is_not_shown(client, agency):
    assert headings(client.get("/en/")) == [
        "What we are asking now",
        "Would you rather write or call?",
        "Choose your language",
    ]


def test_a_room_with_nothing_to_show_leaves_no_empty_section(client, fill_slot):
    fill_slot("front.tell", None)
    assert headings(client.get("/en/")) == ["What we are asking now", "Choose your language"]


def test_what_rooms_fill_in_stands_in_its_section(client, fill_slot):
    for section in SECTIONS:
        fill_slot(f"front.{section}", f"<b>{section} filled</b>")
    assert re.findall(
        r"<(?:ul|div) class=\"([^\"]+)\"><b>(\w+) filled", client.get("/en/").content.decode()
    ) == [
        ("asks", "now"),
        ("doors d3", "tell"),
        ("duo sec", "did"),
    ]


def test_an_open_survey_takes_the_place_of_the_sentence_that_nothing_is_asked(client, fill_slot):
    fill_slot("front.now", "<li>Your visit</li>")
    assert "not asking anything" not in client.get("/en/").content.decode()


def test_the_name_of_the_agency_is_shown_in_the_language_of_the_page(client, agency):
    assert "<span>Palveluvirasto</span>" in client.get("/fi/").content.decode()


def test_a_name_that_falls_back_says_its_language(client, agency):
    assert '<span lang="en" dir="ltr">Service Agency</span>' in client.get("/sv/").content.decode()


def test_markup_in_the_name_of_the_agency_is_shown_as_text(client, agency):
    agency.name = "<script>alert(1)</script>"
    agency.save()
    assert "<script" not in client.get("/en/").content.decode()


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl")])
def test_the_page_says_its_language_and_direction(client, offer, language, direction):
    offer("en", "ar")
    assert f'<html lang="{language}" dir="{direction}">' in client.get(f"/{language}/").content.decode()


def test_each_language_is_named_by_its_speakers_and_the_current_one_marked(client, offer):
    offer("ar", "fi")
    assert re.findall(r"<li>(<a .*?</a>)", client.get("/fi/privacy/?a=1&b=2").content.decode()) == [
        '<a href="/ar/privacy/?a=1&amp;b=2" lang="ar" hreflang="ar"><bdi>العربية</bdi></a>',
        '<a href="/fi/privacy/?a=1&amp;b=2" lang="fi" hreflang="fi" aria-current="true"><bdi>Suomi</bdi></a>',
    ]


def test_one_language_alone_needs_no_menu(client, offer):
    offer("fi")
    assert "hreflang" not in client.get("/fi/").content.decode()


@pytest.mark.parametrize("visits", [1, 3])
def test_the_front_page_asks_the_database_only_for_what_stands_on_it_and_remembers_that(
    client, visits, django_assert_num_queries
):
    with django_assert_num_queries(4):
        for _ in range(visits):
            client.get("/en/")


CARD = (
    "<li><h3>Your visit to service point {0}</h3><p>For everybody who came to see us this autumn, number {0}.</p>"
    '<ul class="facts"><li>{0} minutes</li><li>{0} questions</li><li>until {0} November</li></ul>'
    '<a class="btn" href="/ar/s/visit-{0}/">Begin</a></li>'
)


def test_front_page_and_both_stylesheets_weigh_at_most_14_kilobytes(client, offer, agency, fill_slot):
    offer("ar", *[code for code in LANGUAGES if code not in {"so", "ti", "prs", "ps", "am", "ku"}])
    for section in SECTIONS:
        fill_slot(f"front.{section}", "".join(CARD.format(number) for number in range(2, 6)))
    page = client.get("/ar/").content
    assert page.count(b"<h3>") == 20
    files = [page, *[(STYLES / name).read_bytes() for name in ["respondent.css", "public.css"]]]
    assert sum(len(gzip.compress(file)) for file in files) <= 14 * 1024


def test_the_page_asks_for_two_stylesheets_and_no_script(client):
    page = client.get("/en/").content.decode()
    assert re.findall(r'<link rel="stylesheet" href="([^"]+)"', page) == [
        "/static/cx/respondent.css",
        "/static/cx/public.css",
    ]
    assert "<script" not in page


@pytest.mark.parametrize("name", ["respondent.css", "public.css"])
def test_stylesheets_use_logical_properties_only(name):
    physical = r"[;{](?:margin|padding|border)-(?:left|right|top|bottom)\b|[;{](?:left|right|top|bottom|width|height):"
    assert re.findall(physical, (STYLES / name).read_text()) == []
