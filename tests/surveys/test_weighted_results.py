"""Weighted figures beside the unweighted ones, and the change within the same people: published, shown, handed on."""

import csv
import json

import pytest
from django.urls import reverse

from cxportal.keys.api_keys import new_key
from surveys import exports, publication_making, publications, weighting
from surveys.models import Publication, Wave
from surveys.weighting import MarginGiven
from tests.factories import ApiClientFactory
from tests.surveys.contents import content, rating
from tests.surveys.counted import answer, close, opened, weighed

pytestmark = pytest.mark.django_db

ASKED = content([rating("overall")])
INDICATORS = {
    "mood": {"questions": ["overall"], "name": "Mood"},
    "good": {"questions": ["overall"], "formula": "share"},
}
EQUAL = MarginGiven(("language",), {"fi": 1, "sv": 1})


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


def given(points: str):
    return [[["overall", point]] for point in points]


def filled(by, **languages: str) -> Wave:
    wave = opened(by, ASKED, indicators=INDICATORS, unit="A", code="w1", opens_at="2026-03-01T08:00Z")
    for language, points in languages.items():
        answer(wave, given(points), language=language)
    return close(wave, by)


@pytest.fixture
def wave(chiara):
    """30 who say 4 or 5 in Finnish, 15 who say 2 or 3 in Swedish: 3.83 unweighted, 3.5 if both count the same."""
    wave = filled(chiara, fi="45" * 15, sv="23" * 7 + "2")
    publication_making.make(wave=wave)
    return wave


@pytest.fixture
def in_use(wave, chiara):
    run = weighed(wave=wave, margins=[EQUAL], source="Register", by=chiara)
    weighting.use(run=run, by=chiara)
    publication_making.show_weights(wave=wave, by=chiara)
    return run


def current(wave) -> Publication:
    return wave.publications.order_by("number").last()


def test_a_weighted_figure_stands_beside_the_unweighted_one(wave, in_use, chiara):
    results = publications.latest(wave, chiara)
    value = (4.5 + (2 * 8 + 3 * 7) / 15) / 2
    assert results.everybody.indicators["mood"].value.value == pytest.approx((135 + 37) / 45)
    assert results.weighted.values["mood"].value == round(value, 2)
    assert (results.weighted.by, results.weighted.source) == (("language",), "Register")


def test_only_the_weighted_figures_differ_from_the_publication_before(wave, in_use):
    first, second = wave.publications.order_by("number")
    assert first.content | {"weighted": None} == second.content | {"weighted": None}
    cells = [dict(one.breakdowns.values_list("breakdown", "cells")) for one in (first, second)]
    assert cells[0] == cells[1]
    assert (first.content["weighted"], second.supersedes, second.is_final) == (None, first, True)


def test_a_run_that_is_put_aside_is_shown_no_longer(wave, in_use, chiara):
    weighting.put_aside(run=in_use, by=chiara)
    publication_making.show_weights(wave=wave, by=chiara)
    assert (current(wave).number, current(wave).content["weighted"]) == (3, None)


def test_nothing_is_published_where_nothing_would_change(wave, in_use, chiara):
    assert publication_making.show_weights(wave=wave, by=chiara) is None


def test_the_publication_after_the_close_holds_the_run_that_is_in_use(chiara):
    wave = filled(chiara, fi="45" * 15, sv="23" * 8)
    weighting.use(run=weighed(wave=wave, margins=[EQUAL], by=chiara), by=chiara)
    made = publication_making.make(wave=wave)
    assert set(made.content["weighted"]["indicators"]) == {"mood", "good"}


@pytest.mark.parametrize(
    "languages",
    [
        {"fi": "45" * 15, "sv": "23" * 8, "ar": "123"},  # three who state a language that nothing is known of
        {"fi": "45" * 15, "sv": "33" * 8},  # sixteen who all said the same
    ],
)
def test_where_a_group_is_hidden_no_weighted_figure_is_given(chiara, languages):
    wave = filled(chiara, **languages)
    weighting.use(run=weighed(wave=wave, margins=[EQUAL], by=chiara), by=chiara)
    weighted = publication_making.make(wave=wave).content["weighted"]
    assert (weighted["reason"], weighted["indicators"]) == ("small_group", {})


def test_the_overview_shows_both_and_says_how_it_was_weighted(chiara_client, wave, in_use):
    page = chiara_client.get(reverse("results:overview", args=[wave.pk])).content.decode()
    assert ("weighted 3.48" in page, "Source: Register." in page, "“Language”" in page) == (True, True, True)


def test_the_overview_says_why_weighted_figures_are_missing(chiara_client, chiara):
    wave = filled(chiara, fi="45" * 15, sv="23" * 8, ar="123")
    weighting.use(run=weighed(wave=wave, margins=[EQUAL], by=chiara), by=chiara)
    publication_making.make(wave=wave)
    page = chiara_client.get(reverse("results:overview", args=[wave.pk])).content.decode()
    assert "with them a small group could be worked out" in page


def test_using_a_run_on_its_page_publishes_it(chiara_client, wave, chiara):
    run = weighed(wave=wave, margins=[EQUAL], by=chiara)
    address = reverse("admin:surveys_wave_use_weights", args=[wave.pk, run.pk, "use"])
    page = chiara_client.post(address, follow=True).content.decode()
    assert "beside the unweighted ones in publication 2" in page


def test_files_hold_weighted_figures(wave, in_use, chiara):
    results = publications.latest(wave, chiara)
    lines = csv.DictReader(b"".join(exports.csv_of_figures(results)).decode("utf-8-sig").splitlines())
    assert [(line["question"], line["number"]) for line in lines if line["figure"] == "weighted"] == [
        ("'=mood", "3.48"),
        ("'=good", "0.5"),
    ]
    whole = json.loads(b"".join(exports.json_of_figures(results)))
    assert whole["weighted"]["indicators"]["mood"]["estimate"][0] == 3.48


def test_other_systems_read_weighted_figures_of_everybody(client, wave, in_use):
    made = new_key()
    ApiClientFactory(key_hash=made.hash)
    headers = {"Authorization": f"Bearer {made.key}"}
    path = f"/api/indicators/{wave.survey.code}/mood/"
    (whole,) = client.get(path, headers=headers).json()
    (part,) = client.get(path, {"breakdown": "language", "cell": "fi"}, headers=headers).json()
    assert (whole["weighted"]["value"], part["weighted"]) == (3.48, None)


def test_the_public_page_tells_the_weighted_figure(client, wave, in_use, chiara):
    publications.make_public(publication=current(wave), by=chiara)
    page = client.get(f"/en/results/{wave.code}/").content.decode()
    assert "If every group counted by its real size it would be 3.48." in page


# ---------- the same people ----------


def two_waves(by, *, only_second: int) -> Wave:
    """Twenty people who all moved up, some by one and some by two; others answered the second wave only."""
    first = opened(by, ASKED, indicators=INDICATORS, unit="A", code="w1", opens_at="2025-03-01T08:00Z")
    second = opened(
        by, None, survey=first.survey, version=first.version, code="w2", opens_at="2026-03-01T08:00Z"
    )
    for number in range(20):
        name = f"p{number}"
        answer(first, given(str(1 + number % 3)), pseudonym=name, language="fi")
        answer(second, given(str(2 + number % 3 + number % 2)), pseudonym=name, language="fi")
    answer(second, given("4" * only_second), language="fi")
    for wave in (first, second):
        publication_making.make(wave=close(wave, by))
    return second


@pytest.mark.parametrize(("only_second", "people"), [(0, [20, 20]), (3, []), (10, [20, 20])])
def test_the_same_people_are_told_of_only_where_the_others_are_nobody_or_enough(chiara, only_second, people):
    wave = two_waves(chiara, only_second=only_second)
    same = publications.latest(wave, chiara).same_people
    assert [n for n, _difference in same.changes.values()] == people if same else people == []


def test_the_comparison_shows_how_the_same_people_changed(chiara_client, chiara):
    wave = two_waves(chiara, only_second=0)
    answer = chiara_client.get(reverse("results:comparison", args=[wave.pk]))
    one, _good = answer.context["same_people"]
    assert (str(one.figure.name), one.people, one.change.words) == ("Mood", 20, "better by 1.50")
