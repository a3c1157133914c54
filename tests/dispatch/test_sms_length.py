import pytest

from cxportal.dispatch.sms_length import SmsLength, sms_length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", SmsLength("gsm7", 0, 0)),
        ("a" * 160, SmsLength("gsm7", 160, 1)),
        ("a" * 161, SmsLength("gsm7", 161, 2)),
        ("a" * 306, SmsLength("gsm7", 306, 2)),
        ("a" * 307, SmsLength("gsm7", 307, 3)),
        ("Äitiä ja öljyä, 5 £", SmsLength("gsm7", 19, 1)),
        ("€" * 80, SmsLength("gsm7", 160, 1)),
        ("ل" * 70, SmsLength("ucs2", 70, 1)),
        ("ل" * 71, SmsLength("ucs2", 71, 2)),
        ("ê" * 70, SmsLength("ucs2", 70, 1)),
        ("😀" * 35, SmsLength("ucs2", 70, 1)),
    ],
)
def test_length_of_a_text_message(text, length):
    assert sms_length(text) == length


def test_escaped_sign_is_not_cut_in_two():
    """152 signs and a euro: the euro does not fit into the last septet of the first part."""
    text = "a" * 152 + "€" + "a" * 151
    assert sms_length(text) == SmsLength("gsm7", 305, 2)
    assert sms_length(text + "a") == SmsLength("gsm7", 306, 3)


def test_surrogate_pair_is_not_cut_in_two():
    text = "ل" * 66 + "😀" + "ل" * 65
    assert sms_length(text) == SmsLength("ucs2", 133, 2)
    assert sms_length(text + "ل") == SmsLength("ucs2", 134, 3)


@pytest.mark.parametrize(("text", "units"), [("a", 160), ("a" * 161, 153), ("ж", 70), ("ж" * 71, 67)])
def test_room_in_a_part_shrinks_when_parts_are_joined(text, units):
    assert sms_length(text).units_per_part == units
