"""The gallery of ready-made surveys: who may see it, what it shows, and installing from it."""

import pytest
from django.urls import reverse

from cxportal.portal import blueprints
from surveys.models import Survey

pytestmark = pytest.mark.django_db
GALLERY = reverse("blueprints:gallery")


def one(code: str, page: str = "one") -> str:
    return reverse(f"blueprints:{page}", args=[code])


@pytest.mark.parametrize("address", [GALLERY, one("C1"), one("C1", "page")])
def test_only_the_cx_team_sees_it(
    address, chiara_client, aino_client, bram_client, elif_client, dimitri_client, client
):
    clients = [chiara_client, aino_client, bram_client, elif_client, dimitri_client, client]
    assert [each.get(address).status_code for each in clients] == [200, 403, 403, 403, 403, 302]


def test_only_the_cx_team_installs(chiara_client, aino_client, bram_client, elif_client, dimitri_client):
    others = [aino_client, bram_client, elif_client, dimitri_client]
    assert {each.post(one("C1", "install")).status_code for each in others} == {403}
    assert not Survey.objects.exists()
    answer = chiara_client.post(one("C1", "install"))
    assert answer["Location"] == reverse("admin:surveys_survey_questions", args=[Survey.objects.get().pk])


def test_installing_what_is_there_says_so(chiara, chiara_client):
    blueprints.install("C1", by=chiara)
    page = chiara_client.post(one("C1", "install"), follow=True).content.decode()
    assert "There is a survey with the code customer_survey already." in page


def test_the_gallery_shows_every_blueprint_and_which_are_installed(chiara, chiara_client):
    blueprints.install("C16", by=chiara)
    page = chiara_client.get(GALLERY).content.decode()
    assert all(one(code) in page for code in blueprints.BLUEPRINTS)
    assert page.count("cx-state is-done") == 1


@pytest.mark.parametrize("installed", [(), ("C1", "C2", "C16")])
def test_the_gallery_needs_a_fixed_number_of_queries(
    installed, chiara, chiara_client, django_assert_num_queries
):
    for code in installed:
        blueprints.install(code, by=chiara)
    chiara_client.get(GALLERY)
    with django_assert_num_queries(8):
        chiara_client.get(GALLERY)


def test_the_outline_names_questions_figures_and_targets(chiara_client):
    page = chiara_client.get(one("C16")).content.decode()
    assert "Several things rated on one scale: Below, at or above expectations" in page
    assert "At or above expectations" in page
    assert "target 60 %" in page


def test_the_preview_is_the_page_respondents_would_meet_in_their_language(chiara_client):
    answer = chiara_client.get(one("C16", "page"), {"language": "ar"})
    page = answer.content.decode()
    assert '<html lang="ar" dir="rtl"' in page
    assert "الرعاية الطبية" in page
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]


def test_looking_leaves_nothing_behind(chiara_client):
    for code in blueprints.BLUEPRINTS:
        assert chiara_client.get(one(code)).status_code == 200
    assert not Survey.objects.exists()


@pytest.mark.parametrize("query", [{"page": "99"}, {"page": "x"}, {"language": "tlh"}, {"page": "²"}])
def test_a_page_or_language_that_is_not_there_is_no_error(query, chiara_client):
    assert chiara_client.get(one("C1", "page"), query).status_code == 200


def test_a_blueprint_that_is_not_there_is_not_found(chiara_client):
    assert chiara_client.get(one("C99")).status_code == 404
