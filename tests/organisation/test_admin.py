import re

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse

from cxportal.organisation.models import Agency, Language, StaffRole, Topic, Unit, UnitFigure, User
from tests.conftest import client_of
from tests.factories import (
    FigureFactory,
    ServiceFactory,
    StaffRoleFactory,
    TopicFactory,
    UnitFactory,
    UnitFigureFactory,
    UserFactory,
)

UNITS = "admin:organisation_unit_changelist"


def page(client, name, *args, **query) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def names_in_order(html: str, names: list[str]) -> list[str]:
    found = re.findall("|".join(map(re.escape, names)), re.search(r"<tbody>.*?</tbody>", html, re.S).group())
    return list(dict.fromkeys(found))


def test_units_stand_below_their_parents_and_not_by_code(chiara_client, agency_unit):
    late = UnitFactory(code="a-late", name="Late", parent=agency_unit)
    UnitFactory(code="z-desk", name="Desk of Late", parent=late)
    UnitFactory(code="b-other", name="Elsewhere", parent=agency_unit)

    html = page(chiara_client, UNITS)

    order = names_in_order(html, ["Service Agency", "Desk of Late", "Late", "Elsewhere"])
    assert order == ["Service Agency", "Late", "Desk of Late", "Elsewhere"]
    assert re.findall(r"cx-step-in is-(\d)", html) == ["0", "1", "2", "1"]


def test_a_unit_is_found_by_its_name_in_any_language(chiara_client, agency_unit, unit_a):
    unit_a.name_uk = "Прилавок"
    unit_a.save()
    html = page(chiara_client, UNITS, q="Прилавок")
    assert "Counter A" in html
    assert "Service Agency" not in re.search(r"<tbody>.*?</tbody>", html, re.S).group()


def test_bulk_action_reaches_only_units_in_scope(dimitri, unit_a, unit_b):
    """A manager cannot reach B; here the roles are widened for the test so that only the scope is left to stop her."""
    aino = StaffRoleFactory(role="manager", unit=unit_a).user
    unit_admin = admin.site.get_model_admin(Unit)
    request = type("Request", (), {"user": aino})
    assert list(unit_admin.get_queryset(request).filter(pk__in=[unit_a.pk, unit_b.pk])) == [unit_a]


def test_a_role_counts_only_in_the_unit_where_it_is_held(unit_a, unit_b):
    """Manager of A, viewer in B: figures of B stay closed, although the person has a role there."""
    person = StaffRoleFactory(role="manager", unit=unit_a).user
    StaffRoleFactory(user=person, role="viewer", unit=unit_b)
    of_a, of_b = UnitFigureFactory(unit=unit_a), UnitFigureFactory(unit=unit_b)
    client = client_of(person)

    statuses = {
        row.unit.code: client.get(reverse("admin:organisation_unitfigure_change", args=[row.pk])).status_code
        for row in (of_a, of_b)
    }

    assert statuses == {"A": 200, "B": 404}
    assert list(UnitFigure.objects.for_user(User.objects.get(pk=person.pk)).order_by("pk")) == [of_a, of_b]


def test_a_read_only_form_does_not_name_a_parent_out_of_scope(aino_client, agency_unit, unit_a):
    html = page(aino_client, "admin:organisation_unit_change", unit_a.pk)
    assert "outside your units" in html
    assert "Service Agency" not in html


def test_a_code_cannot_be_changed_once_it_is_used(chiara_client, unit_a):
    html = page(chiara_client, "admin:organisation_unit_change", unit_a.pk)
    assert 'name="code"' not in html


def test_each_language_has_a_field_with_its_language_and_direction(chiara_client):
    topic = TopicFactory(name="Waiting")
    html = page(chiara_client, "admin:organisation_topic_change", topic.pk)
    fields = dict(re.findall(r'<input[^>]*name="name_(\w+)"[^>]*lang="[\w-]+"[^>]*dir="(\w+)"', html))
    assert len(fields) == 42
    assert {code for code, direction in fields.items() if direction == "rtl"} == {
        "ar", "ckb", "fa", "he", "prs", "ps",
    }  # fmt: skip


def test_languages_that_are_offered_come_first_and_the_others_behind_a_button(chiara_client):
    Language.objects.create(code="ar", is_offered=True, position=50)
    topic = TopicFactory(name="Waiting")
    html = page(chiara_client, "admin:organisation_topic_change", topic.pk)
    tabs = re.findall(r'data-cx-tab="([\w-]+)"[^>]*?(hidden)?>', html)
    assert [code for code, hidden in tabs if not hidden] == ["en", "fi", "sv", "ar"]
    assert "38 more languages" in html


def test_a_missing_text_is_marked_in_the_tab_and_at_the_field(chiara_client):
    topic = TopicFactory(name="Waiting")
    topic.name_fi = "Odotus"
    topic.save()
    html = page(chiara_client, "admin:organisation_topic_change", topic.pk)
    tabs = {
        code: "cx-missing" in body
        for code, body in re.findall(r'data-cx-tab="(\w\w)".*?>(.*?)</button>', html, re.S)
        if code in {"en", "fi", "sv"}
    }
    assert tabs == {"en": False, "fi": False, "sv": True}
    assert html.count("is-missing") == 1


def test_a_new_topic_is_saved_with_its_names(chiara_client):
    chiara_client.post(
        reverse("admin:organisation_topic_add"),
        {
            "code": "food",
            "position": 3,
            "is_active": "on",
            "name_en": "Food",
            "name_fi": "Ruoka",
            "name_ar": "الطعام",
        },
    )
    topic = Topic.objects.get(code="food")
    assert (topic.name_en, topic.name_fi, topic.name_ar, topic.name_sv) == ("Food", "Ruoka", "الطعام", None)


def test_deleting_says_how_much_goes_and_names_no_row(chiara_client, unit_a):
    UnitFigureFactory(unit=unit_a, source="secret source")
    html = page(chiara_client, "admin:organisation_unit_delete", unit_a.pk)
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(\d+)</dd>", html))
    assert facts == {"Units": "1", "Unit figures": "1"}
    assert "secret source" not in html


def test_a_unit_that_is_needed_is_not_deleted_and_its_needs_are_only_counted(chiara_client, aino, unit_a):
    html = page(chiara_client, "admin:organisation_unit_delete", unit_a.pk)
    assert "because 1 other entry needs it" in html
    assert "Unit manager" not in html
    assert Unit.objects.filter(pk=unit_a.pk).exists()


def test_the_list_of_agencies_is_the_form_of_the_one_there_is(chiara_client):
    answer = chiara_client.get(reverse("admin:organisation_agency_changelist"))
    assert answer.url == reverse("admin:organisation_agency_change", args=[1])
    assert Agency.objects.count() == 1


def test_a_filter_by_a_related_row_names_only_what_the_list_needs(chiara_client, unit_a):
    for name in ("Calls", "Visits"):
        UnitFigureFactory(unit=unit_a, figure=FigureFactory(name=name))
    FigureFactory(name="Never measured")
    html = page(chiara_client, "admin:organisation_unitfigure_changelist")
    named = re.findall(r'<li[^>]*><a href="\?figure__id__exact=\d+">(\w+)', html)
    assert sorted(named) == ["Calls", "Visits"]


def test_administrators_give_a_role_to_a_person(dimitri_client, unit_a):
    person = UserFactory(username="nova")
    dimitri_client.post(
        reverse("admin:organisation_user_change", args=[person.pk]),
        {
            "username": "nova",
            "is_active": "on",
            "first_name": "Nova",
            "last_name": "",
            "email": "",
            "language": "",
            "roles-TOTAL_FORMS": 1,
            "roles-INITIAL_FORMS": 0,
            "roles-0-role": "manager",
            "roles-0-unit": unit_a.pk,
        },
    )
    assert list(StaffRole.objects.filter(user=person).values_list("role", "unit")) == [("manager", unit_a.pk)]


def test_administrators_make_an_account_with_password_and_role(dimitri_client):
    dimitri_client.post(
        reverse("admin:organisation_user_add"),
        {
            "username": "nova",
            "password1": "seven green lamps",
            "password2": "seven green lamps",
            "language": "fi",
        }
        | {"roles-TOTAL_FORMS": 1, "roles-INITIAL_FORMS": 0, "roles-0-role": "cx_team", "roles-0-unit": ""},
    )
    nova = User.objects.get(username="nova")
    assert (nova.check_password("seven green lamps"), nova.scope.is_cx_team) == (True, True)


def test_the_form_of_a_person_shows_nothing_of_the_password(dimitri_client, aino):
    html = page(dimitri_client, "admin:organisation_user_change", aino.pk)
    assert aino.password.split("$")[1] not in html


def test_an_administrator_removes_the_second_factor_of_a_lost_phone(dimitri_client, aino, bram):
    for user in (aino, bram):
        Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    dimitri_client.post(
        reverse("admin:organisation_user_changelist"),
        {"action": "remove_second_factor", "_selected_action": [aino.pk]},
    )
    assert list(Authenticator.objects.values_list("user", flat=True)) == [bram.pk]


def test_nobody_deletes_the_own_account(dimitri_client, dimitri):
    answer = dimitri_client.get(reverse("admin:organisation_user_delete", args=[dimitri.pk]))
    assert answer.status_code == 403


def test_the_cx_team_does_not_see_accounts(chiara_client, aino):
    answer = chiara_client.get(reverse("admin:organisation_user_changelist"))
    assert answer.status_code == 403


def test_pages_of_packages_that_know_no_roles_stay_out():
    assert not admin.site.is_registered(Group)
    assert not admin.site.is_registered(Authenticator)


def test_dates_use_the_pickers_of_the_browser(chiara_client):
    html = page(chiara_client, "admin:organisation_unitfigure_add")
    assert re.findall(r'<input type="date" name="(\w+)"', html) == ["starts_on", "ends_on"]
    assert "DateTimeShortcuts" not in html


MAKERS = {
    "unit": lambda: UnitFactory(),
    "service": lambda: ServiceFactory(),
    "topic": lambda: TopicFactory(),
    "figure": lambda: FigureFactory(),
    "unitfigure": lambda: UnitFigureFactory.create_batch(2),  # two, or there is nothing to filter by
    "user": lambda: StaffRoleFactory(role="manager", unit=UnitFactory()),
}
FRAME = 7  # session read and kept alive (4), person, roles, waves under way in the navigation
QUERIES = {"unit": 5, "service": 4, "topic": 4, "figure": 4, "unitfigure": 8, "user": 6}


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("name", MAKERS)
def test_each_list_needs_a_fixed_number_of_queries(
    name, rows, chiara_client, dimitri_client, django_assert_num_queries
):
    for _ in range(rows):
        MAKERS[name]()
    client = dimitri_client if name == "user" else chiara_client
    client.get(reverse("admin:index"))
    with django_assert_num_queries(FRAME + QUERIES[name]):
        client.get(reverse(f"admin:organisation_{name}_changelist"))
