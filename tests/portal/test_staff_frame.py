import re

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, reverse

from cxportal.organisation.models import Language, Topic
from cxportal.portal.staff_languages import staff_languages
from tests.factories import ServiceFactory, TopicFactory, UnitFactory

INLINE = re.compile(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=[\"']|javascript:|data:image")
EVERYBODY = ["chiara", "aino", "bram", "elif_", "dimitri"]


def html_of(client, name, *args, **query) -> str:
    return client.get(reverse(name, args=args), query).content.decode()


def tasks(html: str) -> list[str]:
    sidebar = re.search(r'<nav id="nav-sidebar".*?</nav>', html, re.S).group()
    return re.findall(r'<li><a href="[^"]*/admin/organisation/(\w+)/', sidebar)


# ---------- navigation ----------
def test_each_role_finds_only_tasks_it_may_do(
    chiara_client, aino_client, bram_client, elif_client, dimitri_client
):
    clients = {
        "CX team": chiara_client,
        "manager": aino_client,
        "staff": bram_client,
        "viewer": elif_client,
        "administrator": dimitri_client,
    }
    assert {role: tasks(html_of(client, "admin:index")) for role, client in clients.items()} == {
        "CX team": [
            "unit",
            "service",
            "stage",
            "topic",
            "unitfigure",
            "figure",
            "language",
            "language",
            "agency",
        ],
        "manager": ["unit", "service", "topic", "unitfigure"],
        "staff": ["unit", "service", "topic"],
        "viewer": [],
        "administrator": ["unit", "service", "stage", "topic", "figure", "language", "agency", "user"],
    }


@pytest.mark.parametrize("person", EVERYBODY)
def test_every_task_of_the_navigation_opens(person, request):
    client = request.getfixturevalue("elif_client" if person == "elif_" else f"{person}_client")
    sidebar = re.search(r'<nav id="nav-sidebar".*?</nav>', html_of(client, "admin:index"), re.S).group()
    statuses = {
        address: client.get(address, follow=True).status_code
        for address in re.findall(r'<a href="([^"]+)"', sidebar)
    }
    assert statuses
    assert {address: status for address, status in statuses.items() if status != 200} == {}


def test_the_task_of_the_page_is_marked_also_below_it(chiara_client):
    topic = TopicFactory()
    html = html_of(chiara_client, "admin:organisation_topic_change", topic.pk)
    assert re.findall(r'<a href="([^"]+)" aria-current="true">', html)[0] == reverse(
        "admin:organisation_topic_changelist"
    )


def test_pages_of_the_admin_that_are_not_ours_have_no_address():
    for name in ("admin:app_list", "admin:view_on_site", "admin:password_change_done"):
        with pytest.raises(NoReverseMatch):
            reverse(name, args=["organisation"] if name == "admin:app_list" else [])


# ---------- languages ----------
def test_the_language_menu_leads_to_the_same_page(chiara_client):
    html = html_of(chiara_client, "admin:organisation_unit_changelist", q="desk")
    links = dict(
        re.findall(r'hreflang="([\w-]+)"[^>]*', html)
        and re.findall(r'<a href="([^"]+)" lang="([\w-]+)"', html)
    )
    assert {language: address for address, language in links.items()} == {
        "en": "/en/admin/organisation/unit/?q=desk",
        "fi": "/fi/admin/organisation/unit/?q=desk",
        "sv": "/sv/admin/organisation/unit/?q=desk",
    }


def test_an_offered_language_joins_the_menu_when_the_frame_can_be_read_in_it(db):
    for code in ("ar", "ti"):
        Language.objects.create(code=code, is_offered=True)
    assert staff_languages() == ["en", "fi", "sv", "ar"]


def test_pages_in_arabic_run_from_right_to_left(chiara_client):
    html = chiara_client.get("/ar/admin/").content.decode()
    assert '<html lang="ar" dir="rtl">' in html


# ---------- search ----------
def test_search_finds_units_services_and_topics_by_name_in_any_language(chiara_client):
    UnitFactory(name="Harbour office")
    ServiceFactory(name="Harbour permit")
    topic = TopicFactory(name="Noise")
    Topic.objects.filter(pk=topic.pk).update(name_fi="Harbour melu")

    html = html_of(chiara_client, "admin:search", q="harbour")

    assert re.findall(r'<section class="cx-card"><div class="cx-head"><h2>(\w+)', html) == [
        "Units",
        "Services",
        "Topics",
    ]


def test_search_shows_nothing_out_of_scope(aino_client, unit_a, unit_b):
    html = html_of(aino_client, "admin:search", q="Counter")
    assert "Counter A" in html
    assert "Counter B" not in html


def test_search_of_a_viewer_opens_no_list(elif_client, unit_b):
    html = html_of(elif_client, "admin:search", q="Counter")
    assert "Counter B" not in html


def test_people_are_found_by_administrators_alone(chiara_client, dimitri_client, aino):
    pages = [html_of(client, "admin:search", q="aino") for client in (chiara_client, dimitri_client)]
    assert [">Aino</a>" in html for html in pages] == [False, True]


# ---------- lists ----------
def test_active_filters_stand_above_the_list_and_each_can_be_taken_away(chiara_client):
    UnitFactory(name="Desk 1", kind="desk")
    html = html_of(chiara_client, "admin:organisation_unit_changelist", q="Desk", kind__exact="desk")
    chips = re.findall(r'<a class="cx-chip" href="([^"]+)">(.*?)<svg', html)
    assert chips == [("?q=Desk", "Desk"), ("?kind__exact=desk", "“Desk”")]


def test_counts_of_filters_stand_apart_from_their_words(chiara_client):
    UnitFactory.create_batch(2, kind="desk")
    html = html_of(chiara_client, "admin:organisation_unit_changelist")
    assert "Desk <span>2</span>" in html


def test_an_empty_selection_offers_the_whole_list(chiara_client):
    UnitFactory.create_batch(2)
    html = html_of(chiara_client, "admin:organisation_unit_changelist", q="nowhere")
    assert "Nothing fits this selection" in html
    assert "Show all 2" in html


def test_an_empty_list_says_what_to_do(chiara_client):
    html = html_of(chiara_client, "admin:organisation_unit_changelist")
    assert "Nothing here yet" in html
    assert "import_units" in html


def test_cells_bring_their_label_along_for_the_cards_of_a_phone(chiara_client):
    TopicFactory()
    html = html_of(chiara_client, "admin:organisation_topic_changelist")
    body = re.search(r"<tbody>.*?</tbody>", html, re.S).group()
    assert re.findall(r'<td class="([\w -]+)"><span class="cx-th">(\w+)</span>', body) == [
        ("field-code_of", "Code"),
        ("num field-position", "Position"),
        ("field-in_use", "State"),
    ]


# ---------- policy ----------
@pytest.mark.parametrize("page", ["changelist", "add"])
def test_no_list_and_no_form_carries_inline_script_or_style(page, chiara_client, dimitri_client):
    found = {}
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
        for client in (chiara_client, dimitri_client):
            answer = client.get(reverse(name), follow=True)
            if answer.status_code == 200:
                found[name] = INLINE.findall(answer.content.decode())
    assert len(found) > 5
    assert {name: parts for name, parts in found.items() if parts} == {}
