import pytest

from cxportal.dispatch.addresses import AddressNotPossible, address_hash, masked, normal_address


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("aino@example.org", "aino@example.org"),
        (" Aino.M+cx@Example.ORG ", "Aino.M+cx@example.org"),
        ("aino@bücher.example", "aino@xn--bcher-kva.example"),
        ("用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v"),
        ("o'brien@example.org", "o'brien@example.org"),
    ],
)
def test_address_is_brought_into_the_spelling_that_a_mail_server_takes(given, normal):
    assert normal_address(given, "email") == normal


@pytest.mark.parametrize(
    "given",
    [
        "",
        "nobody",
        "@example.org",
        "aino@",
        "aino@localhost",
        "aino@example..org",
        "aino@[127.0.0.1]",
        "aino bram@example.org",
        "aino@example.org\r\nRCPT TO:<bram@example.org>",
        "aino@example.org\nBcc: bram@example.org",
        "aino\r\n@example.org",
        "aino@example.org,bram@example.org",
        "<aino@example.org>",
        '"aino bram"@example.org',
        "aino@example.org> SIZE=1",
        "aino\u202e@example.org",
        "a" * 65 + "@example.org",
        "ä" * 33 + "@example.org",
        "aino@" + "a" * 64 + ".org",
        "aino@" + "a." * 130 + "org",
        ".aino@example.org",
        "aino@example.org\x00",
        "ai\u2028no@example.org",
    ],
)
def test_address_that_is_none_or_hides_a_second_one_is_refused(given):
    with pytest.raises(AddressNotPossible):
        normal_address(given, "email")


def test_number_is_brought_into_international_form():
    assert normal_address("+358 40 123-4567", "sms") == "+358401234567"


@pytest.mark.parametrize(
    "given", ["", "040 1234567", "+358", "+1", "call me", "+358401234567\r\nX: y", "+3584012345678901234"]
)
def test_number_that_is_none_is_refused(given):
    with pytest.raises(AddressNotPossible):
        normal_address(given, "sms")


@pytest.mark.django_db
def test_spellings_of_one_mailbox_have_one_hash():
    assert address_hash("Aino@example.org", "email") == address_hash("aino@example.org", "email")


@pytest.mark.django_db
def test_two_mailboxes_have_two_hashes():
    assert address_hash("aino@example.org", "email") != address_hash("bram@example.org", "email")


@pytest.mark.parametrize(
    ("address", "shown"), [("aino@example.org", "a***@example.org"), ("+358401234567", "+358***67"), ("", "")]
)
def test_masked_address_is_recognised_only_by_who_knows_it(address, shown):
    assert masked(address) == shown
