"""The policy of docs/addresses.md, on examples of our own and on published sets where their folder is present."""

import csv
import json

import pytest

from cxportal.dispatch.addresses import AddressNotPossible
from panels.contact import contact_from, contact_of
from panels.member_import import import_members
from panels.models import Member
from tests.panels.factories import PanelFactory

# the other diagnoses are comments, quotes, literals and mistakes: see the policy
TAKEN = {"valid", "dnsWarnNoRecord", "dnsWarnNoMXRecord"}


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


def is_taken(**address: str) -> bool:
    try:
        contact_of(**address)
    except AddressNotPossible:
        return False
    return True


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Lina@Mail.Example", "lina@mail.example"),
        ("josé@bücher.example", "josé@xn--bcher-kva.example"),
        ("jose\u0301@mail.example", "josé@mail.example"),
        ("li.na+x@mail.example", "li.na+x@mail.example"),
    ],
)
def test_an_address_is_kept_as_typed_and_compared_in_one_spelling(typed, folded):
    assert contact_of(email=typed).email_folded == folded


@pytest.mark.django_db
@pytest.mark.parametrize(
    "email",
    [
        '"a b"@mail.example',
        "a@[192.0.2.1]",
        "a@mail.123",
        "a@mail.example\nBcc: b@mail.example",
        "a\u200b@mail.example",
        ".a@mail.example",
        "a..b@mail.example",
        "a@localhost",
        "x" * 65 + "@mail.example",
        "a@b@mail.example",
    ],
)
def test_what_the_policy_refuses(email):
    assert not is_taken(email=email)


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["+358 40 123 4567", "+358(40)123-4567", "+358.40.1234567"])
def test_a_number_is_kept_in_one_form(typed):
    assert contact_of(phone=typed).phone == "+358401234567"


@pytest.mark.django_db
@pytest.mark.parametrize("phone", ["040 1234567", "12345", "+999123456789", "+358 40 12", "call me"])
def test_numbers_without_a_country_or_of_no_country_are_refused(phone):
    assert not is_taken(phone=phone)


@pytest.mark.django_db
def test_one_field_takes_both():
    assert contact_from(" lina@mail.example ").email == "lina@mail.example"
    assert contact_from("+358 40 1234567").phone == "+358401234567"


@pytest.mark.django_db
def test_the_published_set_of_addresses_is_taken_and_refused_as_the_policy_says(samples):
    tests = json.loads((samples / "contacts" / "isemail_tests.json").read_text())
    assert len(tests) == 77
    differing = [pair for pair in tests if is_taken(email=pair[0]) != (pair[1] in TAKEN)]
    assert differing == []


@pytest.mark.django_db
def test_the_example_numbers_of_ninety_regions_are_taken_and_refused_as_expected(samples):
    with (samples / "contacts" / "phone_examples.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 270
    differing = [
        row["international"]
        for row in rows
        if is_taken(phone=row["international"]) != (row["expected"] == "valid")
        or (row["expected"] == "valid" and contact_of(phone=row["international"]).phone != row["e164"])
    ]
    assert differing == []


@pytest.mark.django_db
def test_names_from_the_set_of_naughty_strings_come_through_or_are_refused_with_a_reason(samples, tmp_path):
    lines = (samples / "contacts" / "naughty_strings.txt").read_text(encoding="utf-8").split("\n")
    names = [line for line in lines if line.strip() and not line.startswith("#")]
    file = tmp_path / "names.csv"
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(["email", "name"])
        writer.writerows([f"n{number}@mail.example", name] for number, name in enumerate(names))
    _table, outcome = import_members(PanelFactory(), file, skip_refused=True)
    assert Member.objects.count() + len(outcome.refused) == len(names)
    assert all(refusal.reason for refusal in outcome.refused)
    assert [
        name for name in Member.objects.values_list("name", flat=True) if "\n" in name or "\r" in name
    ] == []
