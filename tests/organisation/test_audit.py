import re

import pytest
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib.admin.models import LogEntry as AdminLogEntry
from django.urls import reverse

from cxportal.organisation import audit
from cxportal.organisation.models import Service, Stage, Unit, User
from tests.factories import ServiceFactory, StaffRoleFactory, TopicFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db

SECRETS = ["Grace", "Hopper", "grace@example.org", "0401234567", "203.0.113.7", "correct horse battery"]


def everything_kept() -> str:
    return str(list(LogEntry.objects.values())) + str(list(AdminLogEntry.objects.values()))


def unit_form(unit, **changed):
    return {"code": unit.code, "kind": unit.kind, "is_active": "on", "name_en": "Counter", **changed}


def test_a_change_keeps_actor_object_verb_and_names_of_fields(chiara, chiara_client):
    unit = UnitFactory(code="A", name="Counter")
    LogEntry.objects.all().delete()
    address = reverse("admin:organisation_unit_change", args=[unit.pk])
    chiara_client.post(address, unit_form(unit, name_fi="Tiski", kind="desk"))
    [entry] = LogEntry.objects.all()
    assert (entry.actor, entry.get_action_display(), entry.object_id, entry.changes) == (
        chiara,
        "update",
        unit.pk,
        {"kind": ["", ""], "name_fi": ["", ""]},
    )


def test_what_stood_in_the_fields_is_not_kept():
    agency_before, agency_after = "Old name of a thing", "New name of a thing"
    topic = TopicFactory(name=agency_before)
    topic.name = agency_after
    topic.save()
    topic.delete()
    kept = [entry.changes for entry in LogEntry.objects.all()]
    assert agency_before not in str(kept)
    assert agency_after not in str(kept)
    assert len(kept) == 3


def test_a_change_of_nothing_leaves_no_line():
    unit = UnitFactory()
    LogEntry.objects.all().delete()
    unit.save()
    assert list(LogEntry.objects.all()) == []


def test_stages_of_a_service_are_followed():
    service = ServiceFactory()
    LogEntry.objects.all().delete()
    service.stages.add(Stage.objects.get(code="waiting"))
    [entry] = LogEntry.objects.all()
    assert (entry.object_id, list(entry.changes)) == (service.pk, ["stages"])


def test_nothing_of_a_person_is_kept(dimitri_client):
    user = UserFactory(username="hopper", first_name="Grace", last_name="Hopper", email="grace@example.org")
    address = reverse("admin:organisation_user_change", args=[user.pk])
    dimitri_client.post(
        address,
        {
            "username": "hopper2",
            "first_name": "Grace B.",
            "last_name": "Hopper",
            "email": "grace.h@example.org",
            "is_active": "on",
            "roles-TOTAL_FORMS": "1",
            "roles-INITIAL_FORMS": "0",
            "roles-0-role": "cx_team",
            "roles-0-unit": "",
        },
        headers={
            "x-forwarded-for": "203.0.113.7",
            "x-correlation-id": "0401234567",
            "x-forwarded-port": "4711",
        },
        REMOTE_ADDR="203.0.113.7",
    )
    user.refresh_from_db()
    assert user.username == "hopper2"  # the change was made, so there is something that could leak
    kept = everything_kept()
    assert f"#{user.pk}" in kept
    assert [secret for secret in [*SECRETS, "hopper", "grace.h", "4711"] if secret in kept] == []


def test_the_admins_own_log_names_people_by_number_only(dimitri_client):
    user = UserFactory(username="hopper", first_name="Grace", last_name="Hopper")
    StaffRoleFactory(user=user)
    dimitri_client.post(reverse("admin:organisation_user_delete", args=[user.pk]), {"post": "yes"})
    [entry] = AdminLogEntry.objects.all()
    assert (entry.object_repr, User.objects.filter(pk=user.pk).exists()) == (f"#{user.pk}", False)


def test_the_e_mail_of_the_actor_is_not_kept(dimitri, dimitri_client):
    dimitri.email = "grace@example.org"
    dimitri.save()
    unit = UnitFactory(code="A", name="Counter")
    dimitri_client.post(
        reverse("admin:organisation_unit_change", args=[unit.pk]), unit_form(unit, kind="desk")
    )
    entry = LogEntry.objects.filter(action=LogEntry.Action.UPDATE, actor=dimitri).get()
    assert (entry.actor_email, entry.remote_addr, entry.remote_port, entry.cid) == (None, None, None, None)


def test_every_followed_model_keeps_names_of_fields_only():
    unmasked = [
        model._meta.label
        for model in auditlog.get_models()
        if set(auditlog.get_model_fields(model)["include_fields"])
        - set(auditlog.get_model_fields(model)["mask_fields"])
    ]
    assert unmasked == []
    assert {Unit, Service, User} <= set(auditlog.get_models())


def test_signing_in_leaves_no_line():
    user = UserFactory()
    LogEntry.objects.all().delete()
    user.save(update_fields=["last_login"])
    user.last_login = "2026-11-01T12:00:00Z"
    user.save(update_fields=["last_login"])
    assert list(LogEntry.objects.all()) == []


def test_a_use_case_can_name_its_actor(chiara):
    with audit.acting(chiara):
        unit = UnitFactory()
    assert LogEntry.objects.get(object_id=unit.pk, object_repr=str(unit)).actor == chiara


def test_a_change_in_bulk_can_be_noted(chiara):
    unit = UnitFactory()
    LogEntry.objects.all().delete()
    with audit.acting(chiara):
        audit.note_change([unit], "is_active")
    [entry] = LogEntry.objects.all()
    assert (entry.actor, entry.changes) == (chiara, {"is_active": ["", ""]})


@pytest.mark.parametrize(
    ("name", "is_staff"), [("admin:index", True), ("account_login", True), ("front", False)]
)
def test_staff_pages_are_known_by_their_address(name, is_staff):
    assert bool(audit.STAFF_PAGES.match(reverse(name))) is is_staff


def test_a_public_page_does_not_look_at_the_session(rf):
    request = rf.get("/en/")
    request.user = None

    def page(request):
        assert not hasattr(request, "session")
        return "page"

    assert audit.AuditMiddleware(page)(request) == "page"


def test_the_list_is_for_administrators_alone(chiara_client, aino_client, dimitri_client):
    UnitFactory(name="Counter of secrets")
    address = reverse("admin:auditlog_logentry_changelist")
    shown = [
        (answer.status_code, "Counter of secrets" in answer.content.decode())
        for answer in [client.get(address) for client in [dimitri_client, chiara_client, aino_client]]
    ]
    assert shown == [(200, True), (403, False), (403, False)]


def test_nobody_writes_into_the_audit(dimitri_client):
    UnitFactory()
    entry = LogEntry.objects.first()
    change = reverse("admin:auditlog_logentry_change", args=[entry.pk])
    delete = reverse("admin:auditlog_logentry_delete", args=[entry.pk])
    add = reverse("admin:auditlog_logentry_add")
    answers = [dimitri_client.post(address, {"post": "yes"}).status_code for address in [change, delete, add]]
    assert (answers, LogEntry.objects.filter(pk=entry.pk).exists()) == ([403, 403, 403], True)


def test_the_list_shows_fields_by_the_names_of_the_forms(dimitri_client):
    unit = UnitFactory()
    unit.is_active = False
    unit.save()
    page = dimitri_client.get(reverse("admin:auditlog_logentry_changelist")).content.decode()
    assert re.findall(r'<td class="field-fields_shown">(?:<span.*?</span>)?(.*?)</td>', page)[0] == "in use"


@pytest.mark.parametrize("lines", [1, 3])
def test_the_list_needs_a_fixed_number_of_queries(dimitri_client, lines, django_assert_num_queries):
    LogEntry.objects.all().delete()
    with audit.acting(UserFactory()):
        UnitFactory.create_batch(lines)
    LogEntry.objects.exclude(object_repr__startswith="Unit").delete()
    dimitri_client.get(reverse("admin:auditlog_logentry_changelist"))  # kinds of rows are kept in memory
    with django_assert_num_queries(10):
        dimitri_client.get(reverse("admin:auditlog_logentry_changelist"))
