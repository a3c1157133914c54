import imaplib
from pathlib import Path

import pytest

from cxportal.dispatch.report_mailbox import Mailbox, unread_reports
from tests.dispatch.imap_server import imap_server

REPORTS = Path(__file__).parent / "reports"
HARD = (REPORTS / "unknown_mailbox.eml").read_bytes()
DELAYED = (REPORTS / "delayed.eml").read_bytes()
LETTER = (REPORTS / "answer_of_a_person.eml").read_bytes()


def test_reports_are_fetched_and_marked_as_read():
    with imap_server({1: HARD, 7: DELAYED}) as server:
        assert list(unread_reports(Mailbox.from_url(server.url))) == [HARD, DELAYED]
        assert server.seen == {1, 7}
        assert list(unread_reports(Mailbox.from_url(server.url))) == []


def test_letter_of_a_person_stays_unread_and_is_not_fetched():
    with imap_server({1: LETTER, 2: HARD}) as server:
        assert list(unread_reports(Mailbox.from_url(server.url))) == [HARD]
        assert server.seen == {2}
        assert not [command for command in server.commands if command.startswith("UID FETCH 1 ")]


def test_report_stays_unread_when_the_reader_fails_on_it():
    with imap_server({1: HARD}) as server:
        reports = unread_reports(Mailbox.from_url(server.url))
        next(reports)
        reports.close()
        assert server.seen == set()


def test_wrong_password_is_an_error():
    with imap_server({1: HARD}) as server, pytest.raises(imaplib.IMAP4.error):
        list(unread_reports(Mailbox.from_url(server.url.replace("secret-1", "wrong"))))


def test_address_of_a_mailbox_is_read():
    assert Mailbox.from_url("imaps://reports%40cx.example:p%2Fw@mail.example/Reports/Bounces") == Mailbox(
        host="mail.example",
        port=993,
        is_tls=True,
        user="reports@cx.example",
        password="p/w",
        folder="Reports/Bounces",
    )


@pytest.mark.parametrize(
    "url",
    ["https://user:pw@mail.example/INBOX", "imaps://mail.example/INBOX", "imap://user:pw@mail.example/INBOX"],
)
def test_unsafe_or_broken_address_of_a_mailbox_is_refused(url):
    with pytest.raises(ValueError, match="CX_BOUNCE_URL"):
        Mailbox.from_url(url)
