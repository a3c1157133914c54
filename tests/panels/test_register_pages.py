import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from panels import member_files
from panels.models import Attribute, Member, MemberImport, Membership, Wording
from tests.panels.factories import MemberFactory, MembershipFactory, PanelFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


@pytest.fixture
def panel():
    return PanelFactory(code="customers")


def bring(client, panel, text: str):
    file = SimpleUploadedFile("people.csv", text.encode())
    return client.post(
        reverse("admin:panels_panel_import", args=[panel.pk]), {"file": file, "language": "en"}, follow=True
    )


def test_a_file_is_looked_through_before_anything_is_taken(chiara_client, panel):
    page = bring(chiara_client, panel, "email\na@mail.example\nbad\n").content.decode()
    assert "Line 3" in page
    assert "“bad” is no e-mail address that can be written to." in page
    assert not Member.objects.exists()


def test_after_the_yes_the_good_rows_are_taken_and_the_file_is_gone(chiara_client, panel):
    bring(chiara_client, panel, "email\na@mail.example\nbad\n")
    one = MemberImport.objects.get()
    chiara_client.post(reverse("admin:panels_panel_import_state", args=[panel.pk, one.pk]), {"confirm": "1"})
    one.refresh_from_db()
    assert (one.state, one.new_count, one.refused_count, bytes(one.sealed_file)) == ("done", 1, 1, b"")
    assert Membership.objects.get().member.email == "a@mail.example"
    assert not member_files.store.exists(one.key_name)


def test_a_second_yes_changes_nothing(chiara_client, panel):
    bring(chiara_client, panel, "email\na@mail.example\n")
    address = reverse("admin:panels_panel_import_state", args=[panel.pk, MemberImport.objects.get().pk])
    chiara_client.post(address, {"confirm": "1"})
    page = chiara_client.post(address, {"confirm": "1"}, follow=True).content.decode()
    assert "does not wait for a yes any more" in page


def test_a_large_file_is_looked_through_in_the_background(
    chiara_client, panel, settings, django_capture_on_commit_callbacks
):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    rows = "".join(f"p{number}@mail.example\n" for number in range(1001))
    bring(chiara_client, panel, "email\n" + rows)
    one = MemberImport.objects.get()
    assert one.state == "waiting"
    member_files.look_through(one)
    one.refresh_from_db()
    assert (one.state, one.done_count, one.new_count) == ("checked", 1001, 1001)


def test_a_file_that_can_not_be_read_says_why(chiara_client, panel):
    page = bring(chiara_client, panel, "name\nAnna\n").content.decode()
    assert "There is no column with e-mail addresses or phone numbers." in page


def test_a_file_can_be_thrown_away(chiara_client, panel):
    bring(chiara_client, panel, "email\na@mail.example\n")
    one = MemberImport.objects.get()
    chiara_client.post(reverse("admin:panels_panel_import_state", args=[panel.pk, one.pk]), {"give_up": "1"})
    one.refresh_from_db()
    assert (one.state, bytes(one.sealed_file), Member.objects.count()) == ("failed", b"", 0)


def test_the_file_lies_sealed_in_the_database(chiara, panel):
    one = member_files.bring(panel=panel, content=b"email\na@mail.example\n", file_name="a.csv", by=chiara)
    assert b"mail.example" not in bytes(MemberImport.objects.get(pk=one.pk).sealed_file)


@pytest.mark.parametrize("page", ["import", "key"])
def test_a_manager_may_look_at_the_panel_of_their_unit_and_take_nothing_out(
    aino_client, unit_a, unit_b, page
):
    own, other = PanelFactory(unit=unit_a), PanelFactory(unit=unit_b)
    assert aino_client.get(reverse(f"admin:panels_panel_{page}", args=[own.pk])).status_code == 403
    assert aino_client.get(reverse(f"admin:panels_panel_{page}", args=[other.pk])).status_code == 404


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_holds_the_people_of_this_panel(chiara_client, aino_client, panel, kind):
    MembershipFactory(panel=panel, member__email="in@mail.example")
    MembershipFactory(member__email="out@mail.example")
    address = reverse("admin:panels_panel_export", args=[panel.pk, kind])
    content = b"".join(chiara_client.get(address).streaming_content)
    assert (
        content[:2] == b"PK" if kind == "xlsx" else b"in@mail.example" in content and b"out@" not in content
    )
    assert aino_client.get(address).status_code == 404


def test_an_import_of_another_panel_is_not_found_under_this_one(chiara_client, chiara, panel):
    other = member_files.bring(panel=PanelFactory(), content=b"email\n", file_name="a.csv", by=chiara)
    address = reverse("admin:panels_panel_import_state", args=[panel.pk, other.pk])
    assert chiara_client.get(address).status_code == 404


def test_a_member_typed_in_by_staff_has_the_forms_of_the_address(chiara_client):
    inline = {f"memberships-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    fields = {"email": "Lina@Mail.example", "phone": "+358 40 1234567", "language": "en", "mail_state": "ok"}
    chiara_client.post(reverse("admin:panels_member_add"), fields | {"sms_state": "ok"} | inline)
    member = Member.objects.get()
    assert (member.email_folded, member.phone) == ("lina@mail.example", "+358401234567")
    assert member.email_hash
    assert member.phone_hash


def test_an_address_that_somebody_has_already_is_said_at_its_field(chiara_client):
    MemberFactory(email="lina@mail.example")
    inline = {f"memberships-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    fields = {"email": "LINA@mail.example", "language": "en", "mail_state": "ok", "sms_state": "ok"}
    page = chiara_client.post(reverse("admin:panels_member_add"), fields | inline).content.decode()
    assert "Somebody in the register has it already." in page
    assert Member.objects.count() == 1


def test_the_standard_wording_is_taken_in_the_languages_that_have_it(chiara_client, panel):
    chiara_client.post(reverse("admin:panels_panel_standard_wording", args=[panel.pk]))
    assert "After 24 months we delete it too" in Wording.objects.get(language="en").text


def test_values_of_an_attribute_are_written_one_a_line(chiara_client, panel):
    prefix = {
        f"{name}-{part}": "0"
        for name in ("attributes", "wordings")
        for part in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    fields = {
        "code": "customers",
        "name_en": "Customers",
        "kind": "customer",
        "wipes": "keeps",
        "retention_months": "24",
    }
    attribute = {
        "attributes-TOTAL_FORMS": "1",
        "attributes-0-code": "region",
        "attributes-0-name_en": "Region",
    }
    attribute |= {
        "attributes-0-lines": "north = The North\nsouth",
        "attributes-0-position": "0",
        "attributes-0-panel": str(panel.pk),
    }
    chiara_client.post(reverse("admin:panels_panel_change", args=[panel.pk]), fields | prefix | attribute)
    assert Attribute.objects.get().values == [
        {"code": "north", "name": "The North"},
        {"code": "south", "name": "south"},
    ]


@pytest.mark.parametrize("members", [1, 3])
def test_the_list_of_members_needs_a_fixed_number_of_queries(
    chiara_client, members, django_assert_max_num_queries
):
    MembershipFactory.create_batch(members)
    with django_assert_max_num_queries(22):
        chiara_client.get(reverse("admin:panels_member_changelist"))
