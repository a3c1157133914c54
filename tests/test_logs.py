import json
import logging
import secrets

import pytest

from cxportal.logs import JsonLines, without_personal_data


def line_of(message, *args, error=None, **extra) -> dict:
    exc_info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("surveys", logging.ERROR, __file__, 1, message, args, exc_info)
    for name, value in extra.items():
        setattr(record, name, value)
    return json.loads(JsonLines().format(record))


def caught(error: Exception) -> Exception:
    try:
        raise error
    except Exception as raised:
        return raised


ADDRESSES = [
    "aino@example.org",
    "Aino.Virtanen+cx@mail.example.org",
    "<aino@example.org>",
    "mailto:aino@example.org",
    "to=aino@example.org",
    "aino%40example.org",
    "айно@пример.рф",
    '"aino virtanen"@example.org',
    "aino@localhost",
    "a@[192.0.2.1]",
    "aino＠example.org",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_e_mail_address_stands_in_a_line(address):
    shown = without_personal_data(f"Cannot send to {address} now")
    assert "[address]" in shown
    assert [
        part for part in ["aino", "virtanen", "example", "айно", "пример", "192"] if part in shown.lower()
    ] == []


NUMBERS = [
    "+358401234567",
    "+358 40 123 4567",
    "00358 40 1234567",
    "040-123 4567",
    "040 1234567",
    "(09) 123 45 67",
    "+33 6 12 34 56 78",
    "06.12.34.56.78",
    "06/12/34/56/78",
    "040‑123‑4567",
    "040 – 123 4567",
    "040\u00a0123\u00a04567",
    "٠٤٠١٢٣٤٥٦٧",
    "۰۴۰ ۱۲۳ ۴۵۶۷",
    "०४०१२३४५६७",
    "０４０１２３４５６７",
    "1234567",
    "phone:0401234567",
    "tel:+358401234567",
    "phone=0401234567",
    "nr.0401234567",
    "-0401234567",
    "'0401234567'",
]


@pytest.mark.parametrize("number", NUMBERS)
def test_no_phone_number_stands_in_a_line(number):
    shown = without_personal_data(f"Cannot send to {number} now")
    assert "[number]" in shown
    assert not any(letter.isdigit() for letter in shown)


TOKENS = [
    "kV3xT9qLmZ2rWc8Yp4Ns1A",
    "/fi/a/kV3xT9qLmZ2rWc8Yp4Ns1A/",
    "?token=kV3xT9qLmZ2rWc8Yp4Ns1A&x=1",
    "6f1c2f5e-9c1b-4a53-8a53-0c4c6a2f7a10",
    "d41d8cd98f00b204e9800998ecf8427e",
    "aBcDeFgHiJkLmNoPqRsT",
    "ABCD-EFGH-JKLM-NPQR-STUV",
    "Bearer sk_live_4eC39HqLyjWDarjtT1zdp7dc",
]


@pytest.mark.parametrize("token", TOKENS)
def test_no_token_stands_in_a_line(token):
    shown = without_personal_data(f"Not found: {token}")
    assert "[token]" in shown
    assert [
        part for part in ["kV3xT9", "6f1c2f5e", "d41d8", "aBcDeF", "ABCD-", "4eC39"] if part in shown
    ] == []


def test_hardly_any_random_token_stays():
    """Letters alone can look like words set together: one in several hundred tokens does."""
    tokens = [secrets.token_urlsafe(16) for _ in range(4000)]
    left = [token for token in tokens if token in without_personal_data(f"see {token} there")]
    assert len(left) < 40


HARMLESS = [
    "2026-11-22",
    "on 2026-11-22T09:16:04.123+00:00",
    "from 2026-11-22 to 2026-12-31",
    "at 2026-11-22 09:16:04,123",
    "on 22.11.2026",
    "took 0.123456789 s",
    "took 12.345 s",
    "12 of 200000 messages",
    "message #123456789",
    "wave id=1234567 released",
    "answered with 404",
    "Django 5.2.19",
    "cxportal.organisation.management.commands.import_units",
    "raised ImproperlyConfigured",
    "HTTPConnectionPoolError",
    "AXES: Repeated login failure",
    "celery@worker is a name of a host"[13:],
    "/fi/admin/organisation/unit/",
    "test_a_key_has_thirty_two_bytes",
    "09:16:04",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_days_times_ids_and_names_stay(text):
    assert without_personal_data(text) == text


def test_the_words_of_an_exception_never_stand_in_a_line():
    error = caught(ValueError("the answer was: I felt humiliated"))
    line = line_of("a page failed", error=error, error_code="E-4F7A-21")
    assert "humiliated" not in json.dumps(line)
    assert (line["exception"], line["message"], line["error_code"]) == (
        "ValueError",
        "a page failed",
        "E-4F7A-21",
    )


def test_an_exception_among_the_values_shows_its_class_only():
    line = line_of("could not release: %s", ValueError("I felt humiliated"))
    assert line["message"] == "could not release: ValueError"


def test_an_exception_as_the_message_shows_its_class_only():
    assert line_of(ValueError("I felt humiliated"))["message"] == "ValueError"


def test_an_exception_that_the_queue_has_written_out_shows_its_class_only():
    error = caught(ValueError("I felt humiliated"))
    values = {"name": "release", "exc": repr(error)}
    record = logging.LogRecord(
        "celery.app.trace", logging.ERROR, __file__, 1, "Task %(name)s raised: %(exc)s", (values,), None
    )
    record.exc_info = (ValueError, error, error.__traceback__)
    assert json.loads(JsonLines().format(record))["message"] == "Task release raised: ValueError"


def test_the_words_of_the_cause_of_an_exception_do_not_stand_in_a_line():
    try:
        try:
            raise KeyError("I felt humiliated")
        except KeyError as cause:
            raise ValueError("bad") from cause
    except ValueError as raised:
        error = raised
    assert "humiliated" not in json.dumps(line_of("failed after 'I felt humiliated'", error=error))


def test_values_that_do_not_fit_the_message_are_not_printed():
    line = line_of("%s and %s", "I felt humiliated")
    assert line["message"] == "%s and %s (its values do not fit)"


def test_the_places_of_an_exception_are_kept():
    [place] = line_of("failed", error=caught(ValueError("x")))["places"]
    assert place.split(" ")[1] == "caught"


def test_a_message_of_two_lines_is_one_line():
    record = logging.LogRecord("a", logging.INFO, __file__, 1, "one\ntwo", (), None)
    assert JsonLines().format(record).count("\n") == 0
