from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cxportal.dispatch import reports
from cxportal.dispatch.models import Message, Suppression
from cxportal.dispatch.report_reading import Report, Verdict
from tests.dispatch.imap_server import imap_server
from tests.factories import MessageFactory

pytestmark = pytest.mark.django_db

REPORTS = Path(__file__).parent / "reports"
OUR_ID = "<4c1d0e9a7b62@cx.example>"


@pytest.fixture
def message():
    return MessageFactory(accepted=True, message_id=OUR_ID, unsubscribe_scope="panel:3")


def state_of(message):
    return Message.objects.values_list("state", "reason", "reason_text", "soft_bounces").get(pk=message.pk)


def suppressions():
    return list(Suppression.objects.values_list("address_hash", "scope", "reason"))


def take(name):
    return reports.take_mail((REPORTS / f"{name}.eml").read_bytes())


def test_hard_bounce_suppresses_the_address(message):
    assert take("unknown_mailbox") == 1
    assert state_of(message) == ("bounced", "hard_bounce", "5.1.1", 0)
    assert suppressions() == [(message.address_hash, "", "hard_bounce")]


def test_hard_bounce_cancels_what_is_queued_to_the_same_address(message):
    waiting = MessageFactory(address=message.address)
    other = MessageFactory()
    take("unknown_mailbox")
    assert state_of(waiting)[:2] == ("cancelled", "address_dead")
    assert state_of(other)[:2] == ("queued", "")


def test_delay_is_counted_and_changes_nothing_else(message):
    take("delayed")
    take("delayed")
    assert state_of(message) == ("accepted", "", "", 2)
    assert suppressions() == []


@pytest.mark.parametrize(
    ("name", "status"),
    [("mailbox_full", "5.2.2"), ("given_up_after_days", "4.4.7"), ("refused_by_filter", "5.7.1")],
)
def test_soft_bounce_spares_the_address(message, name, status):
    take(name)
    take(name)
    assert state_of(message) == ("bounced", "soft_bounce", status, 1)
    assert suppressions() == []


def test_delivery_is_noted(message):
    take("delivered")
    assert state_of(message) == ("delivered", "", "", 0)


def test_complaint_stops_everything_that_can_be_unsubscribed_from(message):
    invitation = MessageFactory(address=message.address, unsubscribe_scope="panel:9")
    account_mail = MessageFactory(address=message.address)
    take("complaint")
    assert state_of(message)[:2] == ("accepted", "complaint")
    assert suppressions() == [(message.address_hash, "", "complaint")]
    assert state_of(invitation)[:2] == ("cancelled", "complaint")
    assert state_of(account_mail)[:2] == ("queued", "")


@pytest.mark.parametrize("name", ["auto_reply", "answer_of_a_person", "read_receipt", "not_a_mail", "empty"])
def test_mail_that_is_no_report_changes_nothing(message, name):
    assert take(name) == 0
    assert state_of(message) == ("accepted", "", "", 0)
    assert suppressions() == []


def test_report_about_a_mail_of_somebody_else_changes_nothing():
    MessageFactory(accepted=True)
    assert take("unknown_mailbox") == 0
    assert suppressions() == []


def test_report_about_a_message_that_never_left_is_forged():
    message = MessageFactory(message_id=OUR_ID)
    assert take("unknown_mailbox") == 0
    assert state_of(message) == ("queued", "", "", 0)
    assert suppressions() == []


def test_first_verdict_stands(message):
    take("delivered")
    take("mailbox_full")
    assert state_of(message)[0] == "delivered"


def test_verdict_settles_what_nobody_knew():
    message = MessageFactory(unknown=True, message_id=OUR_ID)
    take("delivered")
    assert state_of(message)[:2] == ("delivered", "")


def test_verdict_on_the_first_attempt_spares_the_second():
    message = MessageFactory(handed=True, is_possible_double=True, policy="never_missed", message_id=OUR_ID)
    take("delivered")
    assert state_of(message)[0] == "delivered"


def test_report_by_mail_says_nothing_about_a_text_message():
    message = MessageFactory(accepted=True, channel="sms", address="+358401234567", message_id=OUR_ID)
    assert take("unknown_mailbox") == 0
    assert state_of(message)[0] == "accepted"


def test_verdict_that_comes_while_the_worker_waits_for_the_reply_is_kept(django_assert_num_queries):
    message = MessageFactory(
        handed=True, state="handing", lease_until="2026-11-01T08:02:00Z", message_id=OUR_ID
    )
    reports.take_report(Report(Verdict.NO_SUCH_ADDRESS, OUR_ID, "5.1.1"))
    assert state_of(message)[:2] == ("bounced", "hard_bounce")


def test_mailbox_is_read_once(message, settings):
    with imap_server({1: (REPORTS / "unknown_mailbox.eml").read_bytes()}) as server:
        settings.BOUNCE_URL = server.url
        assert reports.read_mailbox() == 1
        assert reports.read_mailbox() == 0
    assert state_of(message)[0] == "bounced"


def test_no_mailbox_is_configured(settings):
    settings.BOUNCE_URL = ""
    assert reports.read_mailbox() == 0


def test_command_reads_files(message, capsys):
    names = ["unknown_mailbox", "auto_reply", "not_a_mail"]
    call_command("read_reports", *(str(REPORTS / f"{name}.eml") for name in names))
    assert capsys.readouterr().out == "3 files read, 1 report about a message sent from here.\n"
    assert state_of(message)[0] == "bounced"


def test_command_names_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match=r"nowhere\.eml"):
        call_command("read_reports", str(tmp_path / "nowhere.eml"))
