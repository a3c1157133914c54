"""Who reaches which row by which way in: role x object x verb x way.

A room that registers an admin page adds one `Line` for it; without one, `test_every_page_of_the_staff_has_a_line`
fails. A new way in (API, export, digest, file link) is one more function in `READING`.

Rows of a unit are made twice: "Amber" in unit A and "Birch" in unit B. Rows of the whole agency are made once.
The people: C the CX team, D an administrator, A the manager of unit A, S staff of unit B, V a viewer of unit B.
"""

import re
from collections.abc import Callable
from contextlib import contextmanager
from datetime import date
from typing import NamedTuple

import pytest
from auditlog.models import LogEntry
from django.apps import apps
from django.contrib import admin
from django.db import transaction
from django.db.models import Model
from django.urls import reverse

from actions.models import Move, Status, ToldBack
from cxportal.dispatch.models import GatewayState, Suppression
from cxportal.dispatch.suppression import suppress
from cxportal.organisation.models import Agency, Figure, Language, Stage, Unit
from cxportal.portal.models import PublicPage
from feedback.models import CasePattern, RetentionRule, StaffName
from panels.models import Trigger
from surveys.models import OwnScale
from tests import factories
from tests.panels.factories import MembershipFactory, PanelFactory
from tests.panels.mailings import any_hour, new_mailing

pytestmark = pytest.mark.django_db

PEOPLE = "CDASV"
MARKERS = {"A": "Amber", "B": "Birch", "*": "Amber"}
Reach = dict[str, str]
"""Person -> rows reached: "A", "B", "AB", or "*" for a row of the whole agency. Who is not in it may not enter."""

EVERY_UNIT = {"C": "AB", "D": "AB"}
KEEPERS = {"C": "*", "D": "*"}
CX_TEAM = {"C": "*"}
DESK = {"C": "*", "D": "*", "A": "*", "S": "*"}


class Line(NamedTuple):
    make: Callable[[Unit | None, str], Model]
    """Makes a row of the unit (None: of the agency) which can be told by the marker."""
    view: Reach
    add: str = ""
    change: Reach = {}
    delete: Reach = {}
    found_by: Callable[[Model, str], str] = lambda row, marker: marker
    """What is typed to find the row."""
    without: frozenset[str] = frozenset()
    """Ways of the admin that this page has not: "history", "delete", "bulk"."""

    @property
    def is_of_a_unit(self) -> bool:
        return "*" not in self.view.values()


def unit_figure(unit, marker):
    return factories.UnitFigureFactory(
        unit=unit,
        figure=Figure.objects.get_or_create(code="calls")[0],
        source=marker,
        starts_on=date(2026, 1, 1),
    )


def agency(unit, marker):
    row = Agency(name="Its name stands on every page")
    row.save()
    return row


def audit_line(unit, marker):
    return LogEntry.objects.log_create(
        factories.TopicFactory(name=marker), action=1, changes={"name": ["", ""]}
    )


def suppression(unit, marker):
    suppress(address=f"{marker}@mail.example", channel="email", reason="staff")
    return Suppression.objects.get()


def mailing_of(unit, marker):
    return new_mailing(factories.WaveFactory(name="A wave of everybody"), name=marker)


def trigger_of(unit, marker):
    collector = factories.CollectorFactory(kind="tickets")
    return Trigger.objects.create(code="amber", name=marker, collector=collector)


def allowed_move(unit, marker):
    amber = Status.objects.create(code="amber", name=marker, position=99)
    return Move.objects.create(before=Status.objects.get(is_first=True), after=amber, who="cx_team")


QUESTIONNAIRES = {
    "view": {"C": "AB", "A": "A"},
    "add": "C",
    "change": {"C": "AB"},
    "delete": {"C": "AB"},
    "without": frozenset({"bulk"}),
}
LINES = {
    "organisation.unit": Line(
        lambda unit, marker: factories.UnitFactory(
            parent=unit, name=marker, code=f"unit-{marker.split()[0].lower()}"
        ),
        view=EVERY_UNIT | {"A": "A", "S": "B"},
        add="CD",
        change=EVERY_UNIT,
        delete=EVERY_UNIT,
    ),
    "organisation.unitfigure": Line(
        unit_figure, view={"C": "AB", "A": "A"}, add="C", change={"C": "AB"}, delete={"C": "AB"}
    ),
    "organisation.service": Line(
        lambda unit, marker: factories.ServiceFactory(name=marker), DESK, "CD", KEEPERS, KEEPERS
    ),
    "organisation.stage": Line(
        lambda unit, marker: Stage.objects.create(code="amber", name=marker), DESK, "CD", KEEPERS, KEEPERS
    ),
    "organisation.topic": Line(
        lambda unit, marker: factories.TopicFactory(name=marker), DESK, "CD", KEEPERS, KEEPERS
    ),
    "organisation.figure": Line(
        lambda unit, marker: factories.FigureFactory(name=marker), DESK, "CD", KEEPERS, KEEPERS
    ),
    "organisation.user": Line(
        lambda unit, marker: factories.UserFactory(username=marker), {"D": "*"}, "D", {"D": "*"}, {"D": "*"}
    ),
    "organisation.agency": Line(agency, KEEPERS, change=KEEPERS),
    "organisation.language": Line(
        lambda unit, marker: Language.objects.create(code="so"), KEEPERS, "CD", KEEPERS, KEEPERS
    ),
    "auditlog.logentry": Line(audit_line, {"D": "*"}),
    "portal.publicpage": Line(lambda unit, marker: PublicPage.objects.first(), KEEPERS, change=KEEPERS),
    "dispatch.batch": Line(
        lambda unit, marker: factories.BatchFactory(name=marker),
        KEEPERS,
        without=frozenset({"history", "delete"}),
    ),
    "dispatch.message": Line(
        lambda unit, marker: factories.MessageFactory(cause=marker),
        KEEPERS,
        found_by=lambda message, marker: message.cause,
    ),
    "dispatch.gatewaystate": Line(
        lambda unit, marker: GatewayState.objects.get_or_create(channel="email")[0],
        KEEPERS,
        change={"D": "*"},
    ),
    "dispatch.suppression": Line(
        suppression,
        KEEPERS,
        "CD",
        delete=KEEPERS,
        found_by=lambda row, marker: f"{marker}@mail.example",
        without=frozenset({"bulk"}),
    ),
    "surveys.survey": Line(
        lambda unit, marker: factories.SurveyFactory(unit=unit, title=marker),
        **QUESTIONNAIRES,
    ),
    "surveys.question": Line(
        lambda unit, marker: factories.QuestionFactory(part__survey__unit=unit, text=marker),
        **QUESTIONNAIRES,
    ),
    "surveys.wave": Line(
        lambda unit, marker: factories.WaveFactory(unit=unit, name=marker), **QUESTIONNAIRES
    ),
    "panels.panel": Line(
        lambda unit, marker: PanelFactory(unit=unit, name=marker),
        view={"C": "AB", "A": "A"},
        add="C",
        change={"C": "AB"},
        delete={"C": "AB"},
        without=frozenset({"bulk"}),
    ),
    "panels.member": Line(
        lambda unit, marker: MembershipFactory(panel__unit=unit, member__name=marker).member,
        view={"C": "AB", "A": "A"},
        add="C",
        change={"C": "AB"},
        found_by=lambda row, marker: marker,
        without=frozenset({"bulk", "delete"}),
    ),
    "panels.mailing": Line(mailing_of, {"C": "*"}, "C", {"C": "*"}, {"C": "*"}, without=frozenset({"bulk"})),
    "panels.contactrule": Line(lambda unit, marker: any_hour(), {"C": "*"}, change={"C": "*"}),
    "panels.trigger": Line(trigger_of, {"C": "*"}, "C", {"C": "*"}, {"C": "*"}, without=frozenset({"bulk"})),
    "surveys.indicator": Line(
        lambda unit, marker: factories.IndicatorFactory(survey__unit=unit, name=marker), **QUESTIONNAIRES
    ),
    "surveys.publication": Line(
        lambda unit, marker: factories.PublicationFactory(wave__unit=unit, wave__name=marker),
        {"C": "AB", "A": "A", "V": "B"},
        without=frozenset({"bulk"}),
    ),
    "surveys.export": Line(
        lambda unit, marker: factories.ExportFactory(wave__unit=unit, wave__name=marker),
        {"C": "AB"},
        "C",
        without=frozenset({"bulk"}),
    ),
    "surveys.apiclient": Line(
        lambda unit, marker: factories.ApiClientFactory(name=marker), CX_TEAM, "C", CX_TEAM, CX_TEAM
    ),
    "surveys.ownscale": Line(
        lambda unit, marker: OwnScale.objects.create(code=marker.lower(), name=marker),
        {"C": "*"},
        "C",
        {"C": "*"},
        {"C": "*"},
        without=frozenset({"bulk"}),
    ),
    "feedback.item": Line(
        lambda unit, marker: factories.VoiceFactory(unit=unit, text=marker),
        view={"C": "AB", "A": "A", "S": "B"},
    ),
    "feedback.routingrule": Line(
        lambda unit, marker: factories.RoutingRuleFactory(name=marker), CX_TEAM, "C", CX_TEAM, CX_TEAM
    ),
    "feedback.retentionrule": Line(
        lambda unit, marker: RetentionRule.objects.get(kind="tip"), CX_TEAM, "C", CX_TEAM, CX_TEAM
    ),
    "feedback.casepattern": Line(
        lambda unit, marker: CasePattern.objects.create(name=marker, pattern="AA/999"),
        *(CX_TEAM, "C", CX_TEAM, CX_TEAM),
    ),
    "actions.action": Line(
        lambda unit, marker: factories.ActionFactory(unit=unit, title=marker),
        view={"C": "AB", "A": "A", "S": "B"},
        add="CA",
        change={"C": "AB", "A": "A"},
        without=frozenset({"bulk", "delete"}),
    ),
    "actions.status": Line(
        lambda unit, marker: Status.objects.create(code="amber", name=marker, position=99),
        *(CX_TEAM, "C", CX_TEAM, CX_TEAM),
    ),
    "actions.toldback": Line(
        lambda unit, marker: ToldBack.objects.create(
            action=factories.ActionFactory(unit=unit), title=marker, heard="Nobody says how long it takes."
        ),
        view={"C": "AB", "A": "A"},
        add="C",
        change={"C": "AB"},
        without=frozenset({"bulk", "delete"}),
    ),
    "actions.move": Line(allowed_move, CX_TEAM, "C", CX_TEAM, CX_TEAM),
    "feedback.staffname": Line(
        lambda unit, marker: StaffName.objects.create(full_name=marker), CX_TEAM, "C", CX_TEAM, CX_TEAM
    ),
    "feedback.integration": Line(
        lambda unit, marker: factories.IntegrationFactory(name=marker), KEEPERS, "CD", KEEPERS, KEEPERS
    ),
}


@pytest.fixture(params=LINES)
def line(request):
    return request.param, LINES[request.param]


@pytest.fixture
def rows(line, unit_a, unit_b):
    _label, entry = line
    if entry.is_of_a_unit:
        return {"A": entry.make(unit_a, MARKERS["A"]), "B": entry.make(unit_b, MARKERS["B"])}
    return {"*": entry.make(None, MARKERS["*"])}


@pytest.fixture
def clients(aino_client, bram_client, chiara_client, dimitri_client, elif_client):
    return {"C": chiara_client, "D": dimitri_client, "A": aino_client, "S": bram_client, "V": elif_client}


@contextmanager
def undone_afterwards():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def reached(reach: Reach) -> dict[str, set[str]]:
    return {person: set(reach.get(person, "")) for person in PEOPLE}


def address(label: str, page: str, *arguments) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{page}", args=arguments)


# ---------- ways of reading: each returns the keys of the rows that were reached ----------


def in_the_list(client, label, entry, rows):
    return _shown(client.get(address(label, "changelist"), follow=True), rows)


def by_search(client, label, entry, rows):
    if not admin.site._registry[apps.get_model(label)].search_fields:
        return in_the_list(client, label, entry, rows)
    found = set()
    for key, row in rows.items():
        term = entry.found_by(row, MARKERS[key])
        found |= _shown(client.get(address(label, "changelist"), {"q": term}), rows, but_for=key)
    return found


def by_its_form(client, label, entry, rows):
    return _opened(client, label, rows, "change")


def by_its_history(client, label, entry, rows):
    if "history" in entry.without:
        return by_its_form(client, label, entry, rows)
    return _opened(client, label, rows, "history")


def by_the_numbers_of_filters(client, label, entry, rows):
    """A filter that counts more rows than the list shows, or names a row out of scope, tells of them."""
    answer = client.get(address(label, "changelist"), {"_facets": "True"}, follow=True)
    changelist = answer.context.get("cl") if answer.status_code == 200 else None
    if changelist is None:
        return _shown(answer, rows)
    words = [
        str(choice["display"]) for spec in changelist.filter_specs for choice in spec.choices(changelist)
    ]
    counts = [int(number) for word in words for number in re.findall(r"\((\d+)\)$", word)]
    assert max(counts, default=0) <= changelist.result_count
    visible = _shown(answer, rows)
    assert [key for key in set(rows) - visible if any(MARKERS[key] in word for word in words)] == []
    return visible


READING = [in_the_list, by_search, by_its_form, by_its_history, by_the_numbers_of_filters]


def _shown(answer, rows, but_for="") -> set[str]:
    """Rows in the list of the page. The marker of any other row stands nowhere on it, but for the one searched for."""
    if answer.status_code == 403:
        return set()
    assert answer.status_code == 200
    page, changelist = answer.content.decode(), answer.context.get("cl")
    shown = {key for key, row in rows.items() if (row in changelist.result_list if changelist else True)}
    assert [key for key in set(rows) - shown if key != but_for and MARKERS[key] in page] == []
    return shown


def _opened(client, label, rows, page) -> set[str]:
    codes = {key: client.get(address(label, page, row.pk)).status_code for key, row in rows.items()}
    assert set(codes.values()) <= {200, 403, 404, 405}
    return {key for key, code in codes.items() if code == 200}


@pytest.mark.parametrize("way", READING, ids=lambda way: way.__name__)
def test_each_person_reads_what_the_role_allows(line, rows, clients, way):
    label, entry = line
    found = {person: way(client, label, entry, rows) for person, client in clients.items()}
    assert found == reached(entry.view)


def test_a_list_is_closed_to_those_who_may_see_no_row(line, rows, clients):
    label, entry = line
    pages = {
        person: client.get(address(label, "changelist"), follow=True) for person, client in clients.items()
    }
    assert {person for person, page in pages.items() if page.status_code == 200} == set(entry.view)


@pytest.mark.parametrize("page", ["change", "history", "delete"])
def test_a_row_out_of_scope_answers_like_a_row_that_never_was(line, rows, clients, page):
    label, entry = line
    if page in entry.without:
        pytest.skip("there is no such page")
    for person, client in clients.items():
        never = client.get(address(label, page, "8888888"))
        for key in set(rows) - set(entry.view.get(person, "")):
            answer = client.get(address(label, page, rows[key].pk))
            assert (person, answer.status_code) == (person, never.status_code)
            assert MARKERS[key] not in answer.content.decode()
        if person in entry.view and page != "delete":
            assert (person, never.status_code) == (person, 404)


# ---------- writing ----------


def test_each_person_adds_what_the_role_allows(line, clients):
    label, entry = line
    may = {
        person for person, client in clients.items() if client.get(address(label, "add")).status_code == 200
    }
    assert may == set(entry.add)


def test_each_person_changes_what_the_role_allows(line, rows, clients):
    label, entry = line

    def changeable(client) -> set[str]:
        pages = {key: client.get(address(label, "change", row.pk)) for key, row in rows.items()}
        return {
            key
            for key, page in pages.items()
            if page.status_code == 200 and page.context.get("has_change_permission")
        }

    assert {person: changeable(client) for person, client in clients.items()} == reached(entry.change)


def test_nobody_changes_a_row_by_sending_its_form(line, rows, clients):
    label, entry = line
    for person, client in clients.items():
        refused = set(rows) - set(entry.change.get(person, ""))
        codes = {client.post(address(label, "change", rows[key].pk), {}).status_code for key in refused}
        assert codes <= {403, 404, 405}


def test_each_person_is_asked_before_deleting_what_the_role_allows(line, rows, clients):
    label, entry = line
    asked = {person: _opened(client, label, rows, "delete") for person, client in clients.items()}
    assert asked == reached(entry.delete)


def one_by_one(client, label, rows):
    for row in rows.values():
        client.post(address(label, "delete", row.pk), {"post": "yes"})


def in_bulk(client, label, rows):
    chosen = [row.pk for row in rows.values()]
    client.post(
        address(label, "changelist"), {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    )


@pytest.mark.parametrize("way", [one_by_one, in_bulk], ids=lambda way: way.__name__)
def test_each_person_deletes_what_the_role_allows(line, rows, clients, way):
    label, entry = line
    if way is in_bulk and "bulk" in entry.without:
        pytest.skip("nothing is deleted in bulk here")
    model, deleted = apps.get_model(label), {}
    for person, client in clients.items():
        with undone_afterwards():
            way(client, label, rows)
            left = model._default_manager.filter(pk__in=[row.pk for row in rows.values()])
            deleted[person] = set(rows) - {key for key, row in rows.items() if row in left}
    assert deleted == reached(entry.delete)


# ---------- pickers and the search over everything ----------


def pickers() -> list[tuple[str, str, str]]:
    """(model with the form, its field, model that is picked) of every picker that searches."""
    return [
        (model._meta.label_lower, field, model._meta.get_field(field).related_model._meta.label_lower)
        for model, page in admin.site._registry.items()
        for field in page.autocomplete_fields
    ]


def test_there_are_pickers_to_be_tested():
    assert ("organisation.unitfigure", "unit", "organisation.unit") in pickers()


@pytest.mark.parametrize("person", PEOPLE)
def test_each_picker_offers_what_the_role_allows(person, clients, unit_a, unit_b):
    offered, expected = {}, {}
    for form, field, picked in pickers():
        entry, words = LINES[picked], f"{form} {field}"
        units = {"A": unit_a, "B": unit_b} if entry.is_of_a_unit else {"*": None}
        with undone_afterwards():
            made = {
                key: entry.make(unit, f"{MARKERS[key]} {words}".replace(" ", "-"))
                for key, unit in units.items()
            }
            app, model = form.split(".")
            answer = clients[person].get(
                reverse("admin:autocomplete"),
                {"app_label": app, "model_name": model, "field_name": field, "term": f"{form}-{field}"},
            )
            ids = (
                {result["id"] for result in answer.json()["results"]} if answer.status_code == 200 else set()
            )
            offered[words] = {key for key, row in made.items() if str(row.pk) in ids}
        expected[words] = set(entry.view.get(person, ""))
    assert offered == expected


@pytest.mark.parametrize("label", ["organisation.unit", "organisation.service", "organisation.topic"])
def test_the_search_over_everything_finds_what_the_role_allows(label, clients, unit_a, unit_b):
    entry = LINES[label]
    units = {"A": unit_a, "B": unit_b} if entry.is_of_a_unit else {"*": None}
    words = {key: f"{MARKERS[key]} everywhere" for key in units}
    for key, unit in units.items():
        entry.make(unit, words[key])
    pages = {
        person: client.get(reverse("admin:search"), {"q": "everywhere"}).content.decode()
        for person, client in clients.items()
    }
    found = {person: {key for key in words if words[key] in page} for person, page in pages.items()}
    assert found == reached(entry.view)


# ---------- pages of actions outside the admin ----------


@pytest.mark.parametrize("page", ["actions:board", "actions:plans", "actions:export"])
def test_pages_of_actions_show_what_the_role_allows(page, clients, unit_a, unit_b):
    for key, unit in {"A": unit_a, "B": unit_b}.items():
        below = factories.UnitFactory(parent=unit, name=f"{MARKERS[key]} street")
        factories.ActionFactory(unit=below, title=MARKERS[key])
    found = {}
    for person, client in clients.items():
        answer = client.get(reverse(page, args=["csv"] if page == "actions:export" else []))
        text = answer.getvalue().decode() if answer.status_code == 200 else ""
        found[person] = {key for key in "AB" if MARKERS[key] in text}
    assert found == reached({"C": "AB", "A": "A", "S": "B"})


# ---------- questionnaires as files ----------


@pytest.mark.parametrize(
    ("page", "reach"),
    [("xlsform", "view"), ("translations_file", "change"), ("translations", "change")],
)
def test_each_person_downloads_the_questionnaires_that_the_role_allows(page, reach, clients, unit_a, unit_b):
    entry = LINES["surveys.survey"]
    rows = {key: entry.make(unit, MARKERS[key]) for key, unit in {"A": unit_a, "B": unit_b}.items()}
    found = {
        person: {
            key
            for key, row in rows.items()
            if client.get(reverse(f"admin:surveys_survey_{page}", args=[row.pk])).status_code == 200
        }
        for person, client in clients.items()
    }
    assert found == reached(getattr(entry, reach))


# ---------- the table itself ----------


def test_every_page_of_the_staff_has_a_line():
    registered = {model._meta.label_lower for model in admin.site._registry}
    assert registered - set(LINES) == set()
    assert set(LINES) - registered == set()


def test_somebody_without_a_role_reaches_nothing(rows, line, client):
    label, _entry = line
    client.force_login(factories.UserFactory(), backend="allauth.account.auth_backends.AuthenticationBackend")
    pages = [address(label, "changelist"), *(address(label, "change", row.pk) for row in rows.values())]
    assert {client.get(page).status_code for page in pages} <= {302, 403}


def test_somebody_signed_out_is_led_to_the_sign_in(rows, line, client):
    label, _entry = line
    pages = [address(label, "changelist"), *(address(label, "change", row.pk) for row in rows.values())]
    assert {client.get(page)["Location"].split("?")[0] for page in pages} == {reverse("account_login")}
