import csv
import io
from datetime import date

import pytest
from auditlog.models import LogEntry
from django.core.management import CommandError, call_command
from django.urls import reverse

from cxportal.dispatch.models import Suppression
from cxportal.organisation.importing import FileRefused
from cxportal.organisation.spreadsheets import csv_lines, write_workbook
from panels import member_export, member_files, subject_requests
from panels.contact import contact_of
from panels.member_import import import_members
from panels.models import Consent, Member, Membership
from tests.factories import UnitFactory
from tests.panels.factories import (
    AttributeFactory,
    MemberFactory,
    MembershipFactory,
    PanelFactory,
    WordingFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


@pytest.fixture
def panel():
    panel = PanelFactory(code="customers")
    AttributeFactory(panel=panel)
    return panel


@pytest.fixture
def write(tmp_path):
    def write(text: str, name: str = "people.csv"):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return file

    return write


def reasons(outcome) -> dict[int, str]:
    return {refusal.line: refusal.reason for refusal in outcome.refused}


def test_people_are_taken_with_everything_the_file_says(panel, write):
    UnitFactory(code="A1")
    WordingFactory(panel=panel, language="fi", text="Suostun.")
    file = write(
        "E-mail;Phone;Name;Organisation;Language;Unit;Channel;Region;Joined;Consent\n"
        "Lina@Mail.example;+358 40 1234567;Lina  Ääni;Oy Ab;Suomi;A1;sms;North;1.3.2024;2024-03-01\n"
    )
    import_members(panel, file)
    membership = Membership.objects.select_related("member", "unit").get()
    member = membership.member
    assert (member.email, member.email_folded, member.phone) == (
        "Lina@Mail.example",
        "lina@mail.example",
        "+358401234567",
    )
    assert (member.name, member.organisation, member.language) == ("Lina Ääni", "Oy Ab", "fi")
    assert (membership.unit.code, membership.channel, membership.attributes, membership.joined_on) == (
        "A1",
        "sms",
        {"region": "north"},
        date(2024, 3, 1),
    )
    consent = Consent.objects.get()
    assert (consent.at.date(), consent.way, consent.wording.text) == (date(2024, 3, 1), "import", "Suostun.")


def test_every_refused_row_has_its_reason(panel, write):
    MemberFactory(email="one@mail.example")
    MemberFactory(email="", email_folded="", email_hash="", phone="+358401111111")
    file = write(
        "email;phone;language;unit;channel;region;name\n"
        ";;;;;;nobody\n"
        "no address;;;;;;\n"
        "a@mail.example;12345;;;;;\n"
        "b@mail.example;;Klingon;;;;\n"
        "c@mail.example;;;X9;;;\n"
        "d@mail.example;;;;pigeon;;\n"
        "e@mail.example;;;;sms;;\n"
        "f@mail.example;;;;;east;\n"
        "g@mail.example;;;;;;=1+1\n"
        "h@mail.example;;;;;;\n"
        "H@MAIL.example;;;;;;\n"
        "one@mail.example;+358401111111;;;;;\n"
    )
    _table, outcome = import_members(panel, file)
    assert reasons(outcome) == {
        2: "There is neither an e-mail address nor a phone number.",
        3: "“no address” is no e-mail address that can be written to.",
        4: "“12345” is no phone number that can be written to; it begins with + and the code of its country.",
        5: "The language “Klingon” is not known.",
        6: "There is no unit X9.",
        7: "The channel “pigeon” is not known. Known are: email, sms.",
        8: "There is no address for the channel “sms”.",
        9: "“east” is no value of region. Known are: north, south.",
        10: "A cell holds a formula: “=1+1”.",
        12: "The address or number stands in line 11 already.",
        13: "The address and the number belong to two different people of the register.",
    }
    assert not Membership.objects.exists()


def test_one_refused_row_refuses_the_file_unless_the_others_are_wanted(panel, write):
    file = write("email\ngood@mail.example\nbad\n")
    assert not import_members(panel, file)[1].is_written
    assert not Member.objects.exists()
    assert import_members(panel, file, skip_refused=True)[1].new == 1
    assert Member.objects.get().email == "good@mail.example"


def test_a_check_changes_nothing(panel, write):
    _table, outcome = import_members(panel, write("email\na@mail.example\n"), check=True)
    assert (outcome.new, Member.objects.count()) == (1, 0)


def test_the_same_file_again_changes_nothing(panel, write):
    file = write("email;name;region\na@mail.example;Anna;north\n")
    import_members(panel, file)
    _table, outcome = import_members(panel, file)
    assert (outcome.new, outcome.changed, outcome.unchanged) == (0, 0, 1)


def test_somebody_in_another_panel_joins_as_the_same_person(panel, write):
    known = MembershipFactory(member=MemberFactory(email="Anna@mail.example")).member
    import_members(panel, write("email\nanna@MAIL.example\n"))
    assert Membership.objects.filter(member=known).count() == 2


def test_what_a_member_chose_is_not_overwritten_and_gaps_are_filled(panel, write):
    member = MemberFactory(email="a@mail.example", name="Anna", language="ar")
    MembershipFactory(member=member, panel=panel)
    import_members(panel, write("email;name;language;phone\na@mail.example;Other;fi;+358401234567\n"))
    member.refresh_from_db()
    assert (member.name, member.language, member.phone) == ("Anna", "ar", "+358401234567")


@pytest.mark.parametrize("reason", ["erased", "opt_out", "complaint", "staff"])
def test_who_must_not_be_written_to_is_not_brought_back(panel, write, reason):
    Suppression.objects.create(address_hash=contact_of(email="a@mail.example").email_hash, reason=reason)
    _table, outcome = import_members(panel, write("email\nA@mail.example\n"))
    assert reasons(outcome) == {2: "This person asked not to be written to, or was erased."}


def test_an_erased_person_stays_out_although_the_address_is_written_in_another_way(panel, write):
    subject_requests.erase(member=MembershipFactory(member__email="lina@bücher.example").member)
    _table, outcome = import_members(panel, write("email\nLINA@xn--bcher-kva.example\n"))
    assert len(outcome.refused) == 1


def test_who_left_another_panel_can_be_in_this_one(panel, write):
    digest = contact_of(email="a@mail.example").email_hash
    Suppression.objects.create(address_hash=digest, scope="panel:999999", reason="opt_out")
    assert import_members(panel, write("email\na@mail.example\n"))[1].new == 1


def test_a_dead_address_is_known_as_dead(panel, write):
    Suppression.objects.create(
        address_hash=contact_of(email="a@mail.example").email_hash, reason="hard_bounce"
    )
    import_members(panel, write("email;phone\na@mail.example;+358401234567\n"))
    assert Member.objects.values_list("mail_state", "sms_state").get() == ("hard", "ok")


def test_line_breaks_in_cells_never_make_a_second_recipient(panel, write):
    file = write(
        'email;name\n"a@mail.example\nBcc: b@mail.example";Eve\nc@mail.example;"Eve\r\nBcc: d@mail.example"\n'
    )
    import_members(panel, file, skip_refused=True)
    assert list(Member.objects.values_list("email", "name")) == [
        ("c@mail.example", "Eve Bcc: d@mail.example")
    ]


def test_a_name_of_more_than_200_letters_is_refused_and_one_of_300_bytes_is_not(panel, write):
    file = write(f"email;name\na@mail.example;{'ä' * 150}\nb@mail.example;{'ä' * 201}\n")
    _table, outcome = import_members(panel, file, skip_refused=True)
    assert reasons(outcome) == {3: "A name is longer than 200 letters."}
    assert len(Member.objects.get().name.encode()) == 300


def test_a_file_without_addresses_is_refused_in_one_sentence(panel, write):
    with pytest.raises(FileRefused, match="There is no column with e-mail addresses or phone numbers"):
        import_members(panel, write("name\nAnna\n"))


def test_a_day_of_consent_without_words_is_refused(panel, write):
    with pytest.raises(FileRefused, match="no consent wording yet"):
        import_members(panel, write("email\na@mail.example\n"), consent_on=date(2026, 1, 1))


def test_an_excel_file_is_read_like_csv(panel, tmp_path):
    file = tmp_path / "people.xlsx"
    with file.open("wb") as opened:
        write_workbook(
            opened,
            title="people",
            headings=["Email", "Name"],
            rows=[["a@mail.example", "Äiti"], ["x", "=1+1"]],
        )
    _table, outcome = import_members(panel, file, skip_refused=True)
    assert Member.objects.values_list("email", "name").get() == ("a@mail.example", "Äiti")
    assert set(reasons(outcome)) == {3}


def test_an_export_can_be_brought_in_again_and_changes_nothing(panel, tmp_path):
    WordingFactory(panel=panel)
    for number, name in enumerate(["Anna", "=cmd|' /C calc'!A0", "-1+1", "@SUM(1)", "+358"]):
        member = MemberFactory(name=name, phone=f"+35840123456{number}")
        MembershipFactory(member=member, panel=panel, attributes={"region": "north"})
    text = "".join(csv_lines(member_export.headings_of(panel), member_export.rows_of(panel)))
    file = tmp_path / "export.csv"
    file.write_text(text, encoding="utf-8")
    _table, outcome = import_members(panel, file, skip_refused=True)
    assert (outcome.new, outcome.changed, outcome.unchanged) == (0, 0, 3)
    assert {refusal.reason[:22] for refusal in outcome.refused} == {"A cell holds a formula"}


def test_no_cell_of_an_export_begins_like_a_formula(panel):
    MembershipFactory(member=MemberFactory(name="=1+1", organisation="＝HYPERLINK(0)"), panel=panel)
    lines = list(csv_lines(member_export.headings_of(panel), member_export.rows_of(panel)))
    cells = next(csv.reader(io.StringIO(lines[2]), delimiter=";"))
    assert [cell for cell in cells if cell[:1] in tuple("=+-@\t\r＝＋－＠") and cell] == []
    assert "'=1+1" in cells


def test_the_command_says_each_refused_row(panel, write, capsys):
    file = write("email\nbad\n")
    with pytest.raises(CommandError, match="0 new, 0 changed, 0 unchanged, 1 refused; nothing was imported"):
        call_command("import_members", "customers", str(file))
    assert "line 2" in capsys.readouterr().err


def test_the_command_names_the_panels_there_are(panel, write):
    with pytest.raises(CommandError, match="There is no panel nowhere"):
        call_command("import_members", "nowhere", str(write("email\n")))


@pytest.mark.services
def test_many_rows_are_written_in_several_transactions(panel, write):
    lines = "".join(f"person{number}@mail.example;+35840{number:07d};north\n" for number in range(2500))
    _table, outcome = import_members(panel, write("email;phone;region\n" + lines))
    assert (outcome.new, Member.objects.count(), Membership.objects.count()) == (2500, 2500, 2500)
    assert MemberFactory(email="after@mail.example").pk > max(
        Member.objects.filter(email_folded__startswith="person").values_list("pk", flat=True)
    )


def test_a_file_taken_leaves_one_line_with_who_and_how_many(chiara, panel):
    LogEntry.objects.all().delete()
    member_import = member_files.bring(
        panel=panel, content=b"email\na@mail.example\nb@mail.example\nnobody\n", file_name="a.csv", by=chiara
    )
    member_files.look_through(member_import)
    assert LogEntry.objects.count() == 0
    member_files.confirm(member_import=member_import, by=chiara)
    member_files.take(member_import)
    [entry] = LogEntry.objects.all()
    assert (entry.actor, entry.object_pk, entry.additional_data) == (
        chiara,
        str(panel.pk),
        {"new": 2, "changed": 0, "unchanged": 0, "refused": 1},
    )
    assert "mail.example" not in str(vars(entry))


def test_the_line_says_how_many_on_the_page_of_changes(dimitri_client, panel, write):
    call_command("import_members", panel.code, str(write("email\na@mail.example\n")))
    page = dimitri_client.get(reverse("admin:auditlog_logentry_changelist")).content.decode()
    assert "rows of a file (new: 1, changed: 0, unchanged: 0, refused: 0)" in page
