"""The page of public results: only what the CX team has decided on, whole, and the same for everybody."""

import gzip
import html
import re
from datetime import timedelta

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cxportal.organisation.models import Language
from surveys import public_charts, publications
from surveys.models import Publication
from surveys.publication_making import make
from tests.factories import CollectorFactory, UnitFactory, WaveFactory
from tests.surveys.contents import content, grid, rating
from tests.surveys.counted import close, opened
from tests.surveys.public_wave import ASKED, public_wave
from tests.surveys.results import fill

pytestmark = pytest.mark.django_db
SECRET = "Tiny counter"


@pytest.fixture(autouse=True)
def _set_up(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"
    for position, code in enumerate(["en", "ar"]):
        Language.objects.update_or_create(code=code, defaults={"is_offered": True, "position": position})


def page(client: Client, wave, language="en", more="") -> str:
    answer = client.get(f"/{language}/results/{wave.code}/{more}")
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_results_nobody_has_made_public_are_not_found(client, chiara):
    wave = public_wave(chiara)
    publications.take_back(publication=Publication.objects.get(), by=chiara)
    paths = [f"/en/results/{wave.code}/", f"/en/results/{wave.code}/figures.csv", "/en/results/nowhere/"]
    assert [client.get(path).status_code for path in paths] == [404, 404, 404]


def test_the_list_names_what_is_public_and_nothing_else(client, chiara):
    public_wave(chiara)
    WaveFactory(code="not-public")
    listed = html.unescape(client.get("/en/results/").content.decode())
    assert ("/en/results/w1/" in listed, "not-public" in listed) == (True, False)


def test_an_empty_list_says_so(client):
    assert "No results are public at the moment." in client.get("/en/results/").content.decode()


def test_figures_stand_there_with_their_margin_and_number(client, chiara):
    shown = page(client, public_wave(chiara))
    assert "<b>4.50</b>" in shown
    assert "(3.59–5.00)" in shown
    assert "Answers: 10." in shown


def test_a_figure_is_rounded_and_not_cut_off(client, chiara):
    """43 of 11 answers: 3.909."""
    assert "<b>3.91</b>" in page(client, public_wave(chiara, values="44444444443"))


def test_each_scale_stands_with_its_own_words(client, chiara):
    """Both have five points; nobody was asked how satisfied they are with a sentence they agree to."""
    asked = content([rating("overall", "satisfied5"), grid("things", ["waiting", "staff"], "agree5")])
    wave = opened(chiara, content=asked, code="w3")
    rows = [
        ("fi", {"overall": value, "things.waiting": value, "things.staff": "4"}) for value in "1234512345"
    ]
    fill(wave.collectors.select_related("wave").get(), rows)
    publications.make_public(publication=make(wave=wave), by=chiara)
    shown = page(client, wave)
    satisfied, agreed = shown.index("Very satisfied"), shown.index("Strongly agree")
    things = [shown.index("Thing waiting"), shown.index("Thing staff")]
    assert satisfied < agreed < min(things)
    headings = re.findall(r'<h2 id="rated-\d">(.*?)</h2>', shown)
    assert headings == [
        "How each thing was rated: Very dissatisfied – Very satisfied",
        "How each thing was rated: Strongly disagree – Strongly agree",
    ]


def test_a_later_publication_is_not_public_until_it_is_decided_on(client, chiara):
    wave = public_wave(chiara)
    fill(wave.collectors.select_related("wave").get(), [("fi", {"overall": "1"})] * 20)
    assert make(wave=wave).number == 2
    assert "<b>4.50</b>" in page(client, wave)


def test_a_small_place_is_named_as_not_shown_and_its_figure_stands_nowhere(client, chiara):
    wave = opened(chiara, content=ASKED, code="w2", breakdowns=["unit"], unit="agency_x")
    for name, value, n in (("big", "5", 30), (SECRET, "1", 4), ("middle", "4", 12)):
        way = CollectorFactory(wave=wave, unit=UnitFactory(code=name.split()[0], name=name))
        fill(way, [("fi", {"overall": value})] * n)
    publications.make_public(publication=make(wave=wave), by=chiara)
    shown = page(client, wave)
    row = shown[shown.index(f">{SECRET}<") :]
    assert "not shown" in row[: row.index("</tr>")]
    table = shown[shown.index('id="units"') :]
    assert ">4<" not in table[: table.index("</table>")]


def test_a_question_nobody_answered_says_so(client, chiara):
    assert "Nobody answered this." in page(client, public_wave(chiara))


def test_a_change_is_claimed_only_beyond_the_margin(client, chiara):
    first = public_wave(chiara, values="1212121212")
    close(first, chiara)
    later = first.opens_at + timedelta(days=90)
    second = public_wave(chiara, "w2", "4545454545", later, first.survey, first.version)
    third = public_wave(chiara, "w3", "4545454554", later + timedelta(days=90), first.survey, first.version)
    assert "▲ better than the time before" in page(client, second)
    assert "= no clear change since the time before" in page(client, third)
    assert "From time to time" in page(client, third)


def test_neither_cookie_nor_script_nor_log_in_is_needed(client, chiara):
    answer = client.get(f"/en/results/{public_wave(chiara).code}/")
    assert dict(answer.cookies) == {}
    assert "<script" not in answer.content.decode()


def test_the_page_is_in_the_direction_of_its_language(client, chiara):
    wave = public_wave(chiara)
    assert 'dir="rtl"' in page(client, wave, "ar")
    assert "كيف كانت خدمتنا اليوم؟" in page(client, wave, "ar")


def test_page_and_stylesheets_weigh_no_more_than_14_kb(client, chiara):
    files = [client.get(f"/ar/results/{public_wave(chiara).code}/").content]
    for name in ("cx/respondent.css", "cx/public.css", "surveys/public_results.css"):
        with open(finders.find(name), "rb") as file:
            files.append(file.read())
    assert sum(len(gzip.compress(one)) for one in files) <= 14 * 1024


@pytest.mark.parametrize("values", ["5555555555", "1111111111"])
def test_the_same_answer_from_everybody_is_no_error(client, chiara, values):
    page(client, public_wave(chiara, values=values))


def test_400_places_come_forty_at_a_time_until_all_are_asked_for(
    client, chiara, django_assert_max_num_queries
):
    wave = public_wave(chiara)
    publication = Publication.objects.get()
    cell = publication.content["everybody"]
    units = [UnitFactory(code=f"u{number}", name=f"Place {number}") for number in range(60)]
    publication.breakdowns.update_or_create(
        breakdown="unit", defaults={"cells": {unit.code: cell for unit in units}}
    )
    assert (page(client, wave).count(">Place "), page(client, wave, more="?units=all").count(">Place ")) == (
        40,
        60,
    )


def test_the_page_needs_as_many_queries_for_many_waves_as_for_two(client, chiara):
    wave = public_wave(chiara)
    for number in range(2, 6):
        opens_at = wave.opens_at + timedelta(days=90)
        wave = public_wave(chiara, f"w{number}", "4545454545", opens_at, wave.survey, wave.version)
        with CaptureQueriesContext(connection) as queries:
            page(client, wave)
    assert len(queries) <= 16


def test_the_file_holds_the_figures(client, chiara):
    answer = client.get(f"/en/results/{public_wave(chiara).code}/figures.csv")
    text = b"".join(answer.streaming_content).decode()
    assert "overall" in text
    assert dict(answer.cookies) == {}


def test_choices_stand_there_with_their_share_and_number(client, chiara):
    wave = opened(chiara, content=ASKED, code="w3")
    fill(
        wave.collectors.select_related("wave").get(),
        [("fi", {"by": "web"})] * 15 + [("fi", {"by": "desk"})] * 10,
    )
    publications.make_public(publication=make(wave=wave), by=chiara)
    shown = page(client, wave)
    assert "60 % <small>(15)</small>" in shown
    assert "40 % <small>(10)</small>" in shown


# ---------- geometry ----------


def test_bars_share_one_middle_and_fill_the_width():
    first, second = public_charts.bars([[0, 0, 0, 0, 10], [10, 0, 0, 0, 0]])
    assert (first.middle, second.middle) == (50.0, 50.0)
    assert [(piece.x, piece.width) for piece in [*second.pieces, *first.pieces]] == [(0, 50), (50, 50)]


def test_bars_are_mirrored_for_those_who_read_from_the_right():
    (left,) = public_charts.bars([[1, 0, 3]])
    (right,) = public_charts.bars([[1, 0, 3]], is_mirrored=True)
    assert [round(100 - piece.x - piece.width, 1) for piece in right.pieces] == [
        round(piece.x, 1) for piece in left.pieces
    ]


def test_a_trend_of_equal_figures_without_margin_has_a_picture():
    drawn = public_charts.trend([public_charts.Point(3, None, None)] * 2)
    assert [(dot.x, dot.y) for dot in drawn.dots] == [(25.0, 85.0), (75.0, 85.0)]
