import pytest
from django.urls import reverse

from cxportal.portal.models import PublicPage

pytestmark = pytest.mark.django_db


@pytest.fixture
def form_address():
    return reverse("admin:portal_publicpage_change", args=[PublicPage.objects.get(key="privacy").pk])


@pytest.mark.parametrize("who", ["chiara_client", "dimitri_client"])
def test_cx_team_and_administrators_write_the_pages(request, form_address, who):
    client = request.getfixturevalue(who)
    client.post(form_address, {"title_fi": "Tietosuoja", "body_fi": "Emme säilytä *nimeäsi*."})
    page = PublicPage.objects.get(key="privacy")
    assert (page.title_fi, page.body_fi) == ("Tietosuoja", "Emme säilytä *nimeäsi*.")


@pytest.mark.parametrize("who", ["aino_client", "bram_client", "elif_client"])
def test_nobody_else_sees_the_form(request, form_address, who):
    assert request.getfixturevalue(who).get(form_address).status_code in {403, 404}


def test_what_was_written_is_what_visitors_read(chiara_client, client, form_address):
    chiara_client.post(form_address, {"title_fi": "Tietosuoja", "body_fi": "Emme säilytä *nimeäsi*."})
    page = client.get("/fi/privacy/").content.decode()
    assert "<p>Emme säilytä <em>nimeäsi</em>.</p>" in page


@pytest.mark.parametrize("address", ["admin:portal_publicpage_add", "admin:portal_publicpage_changelist"])
def test_the_three_pages_are_given(chiara_client, address):
    assert chiara_client.get(reverse(address)).status_code == (403 if address.endswith("add") else 200)


@pytest.mark.parametrize("pages", [1, 3])
def test_the_list_needs_a_fixed_number_of_queries(chiara_client, pages, django_assert_num_queries):
    PublicPage.objects.filter(pk__in=PublicPage.objects.values("pk")[pages:]).delete()
    with django_assert_num_queries(12):
        chiara_client.get(reverse("admin:portal_publicpage_changelist"))
