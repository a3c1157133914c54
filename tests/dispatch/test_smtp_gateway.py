"""The real gateway against the scripted mail server, each in its own process."""

import email
import json
import subprocess
import sys
import time
from email import policy
from pathlib import Path

import pytest
from django.db import OperationalError

from cxportal.dispatch.gateways import smtp
from cxportal.dispatch.gateways.mail_merge import merged_mail
from cxportal.dispatch.gateways.mime import HeaderNotPossible, dot_stuffed, mail_bytes, sender_header
from cxportal.dispatch.gateways.smtp import MailServer, SmtpGateway
from cxportal.dispatch.models import LAPSES_TO_GO_ALONE, GatewayState, Message
from cxportal.dispatch.rendering import Rendered
from cxportal.dispatch.sending import send_due
from tests.factories import MessageFactory

SINK = Path(__file__).with_name("smtp_sink.py")


@pytest.fixture
def sink(tmp_path):
    """Starts a mail server with a plan of faults; gives its address and what it took."""
    started = []

    def start(**plan):
        ready = tmp_path / "port"
        command = ["--ready", ready, "--log", tmp_path / "taken", "--plan", json.dumps(plan)]
        started.append(subprocess.Popen([sys.executable, SINK, *command]))
        while not (ready.exists() and ready.read_text()):
            time.sleep(0.02)
        return f"smtp://127.0.0.1:{ready.read_text()}"

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def taken(tmp_path):
    return lambda: [line.split()[2] for line in (tmp_path / "taken").read_text().splitlines()]


def sent(url, connections=3):
    gateway = SmtpGateway(url=url, connections=connections)
    try:
        return send_due(gateway=gateway)
    finally:
        gateway.close()


def states():
    return sorted(Message.objects.values_list("state", "reason"))


@pytest.mark.django_db
@pytest.mark.parametrize("pipelining", [True, False])
def test_every_mail_arrives_once(sink, taken, pipelining):
    messages = MessageFactory.create_batch(10)
    assert sent(sink(pipelining=pipelining)) == 10
    assert sorted(taken()) == sorted(message.address for message in messages)
    assert states() == [("accepted", "")] * 10


@pytest.mark.django_db
@pytest.mark.parametrize("pipelining", [True, False])
def test_refused_recipients_do_not_spoil_the_line_for_the_next(sink, taken, pipelining):
    MessageFactory.create_batch(30)
    sent(sink(refuse=0.5, pipelining=pipelining))
    found = states()
    assert set(found) == {("accepted", ""), ("refused", "recipient_refused")}
    assert len(taken()) == found.count(("accepted", ""))


@pytest.mark.django_db
def test_greylisted_mail_comes_again_later(sink, taken):
    MessageFactory.create_batch(4)
    sent(sink(greylist=1))
    assert states() == [("queued", "try_later")] * 4
    assert taken() == []


@pytest.mark.django_db
def test_server_that_closes_after_a_few_mails_gets_the_rest_on_new_lines(sink, taken):
    MessageFactory.create_batch(20)
    sent(sink(close_after=3), connections=2)
    assert states() == [("accepted", "")] * 20
    assert set(Message.objects.values_list("tries", flat=True)) == {1}


@pytest.mark.django_db
def test_server_that_allows_two_lines_is_served_over_two(sink, taken):
    MessageFactory.create_batch(20)
    sent(sink(most_connections=2), connections=5)
    assert states() == [("accepted", "")] * 20


@pytest.mark.django_db
def test_line_cut_before_the_body_costs_a_try_and_nothing_else(sink, taken):
    MessageFactory.create_batch(3)
    sent(sink(cut_before=1))
    assert states() == [("queued", "cut_before_body")] * 3
    assert taken() == []


@pytest.mark.django_db
@pytest.mark.parametrize("plan", [{"cut_after": 1}, {"lose_reply": 1}])
def test_line_cut_after_the_body_is_unknown_whether_it_was_taken_or_not(sink, plan):
    MessageFactory.create_batch(3)
    sent(sink(**plan))
    assert states() == [("unknown", "cut_after_body")] * 3


@pytest.mark.django_db
def test_mail_put_off_after_the_body_comes_again_later(sink, taken):
    MessageFactory()
    sent(sink(later=1))
    assert states() == [("queued", "try_later")]


@pytest.mark.django_db
def test_database_that_breaks_while_texts_are_made_costs_no_try_and_no_waiting(sink, taken, monkeypatch):
    MessageFactory.create_batch(4)
    answers = [OperationalError("the database system is shutting down")]

    def breaks_once(message, *, sender):
        if answers:
            raise answers.pop()
        return merged_mail(message, sender=sender)

    monkeypatch.setattr(smtp, "merged_mail", breaks_once)
    sent(sink())
    assert set(Message.objects.values_list("state", "tries")) == {("accepted", 1)}
    assert len(taken()) == 4


@pytest.mark.django_db
def test_international_address_goes_out_where_the_server_can(sink, taken):
    MessageFactory(address="用户@xn--fsqu00a.example")
    sent(sink(smtputf8=True))
    assert taken() == ["用户@xn--fsqu00a.example"]


@pytest.mark.django_db
def test_international_address_is_refused_with_a_reason_where_the_server_cannot(sink, taken):
    MessageFactory(address="用户@xn--fsqu00a.example"), MessageFactory(address="aino@xn--bcher-kva.example")
    sent(sink(smtputf8=False))
    assert states() == [("accepted", ""), ("refused", "address_not_possible")]
    assert taken() == ["aino@xn--bcher-kva.example"]


@pytest.mark.django_db
def test_server_that_is_away_is_one_error_and_no_try():
    MessageFactory.create_batch(5)
    gateway = SmtpGateway(url="smtp://127.0.0.1:9", connections=3)
    ends_at = time.monotonic() + 0.5
    assert send_due(gateway=gateway, stop_when=lambda: time.monotonic() > ends_at) == 0
    assert set(Message.objects.values_list("state", "tries")) == {("queued", 0)}
    assert 1 <= GatewayState.objects.get().failures <= 3


@pytest.mark.django_db
def test_twenty_failures_to_connect_pause_the_gateway(monkeypatch):
    monkeypatch.setattr("cxportal.dispatch.sending.LONGEST_WAIT_SECONDS", 0)
    monkeypatch.setattr("cxportal.dispatch.sending.Pause.FIRST_SECONDS", 0)
    MessageFactory()
    send_due(gateway=SmtpGateway(url="smtp://127.0.0.1:9", connections=1))
    state = GatewayState.objects.get()
    assert (state.failures, state.delay_seconds) == (20, 60)


@pytest.fixture
def rounds(monkeypatch):
    """The messages of each round over the lines."""
    found = []
    real = SmtpGateway._round

    def noted(self, pairs, desk):
        found.append([letter.message for _, letter in pairs])
        real(self, pairs, desk)

    monkeypatch.setattr(SmtpGateway, "_round", noted)
    return found


@pytest.mark.django_db
def test_only_one_message_a_round_must_not_be_missed(sink, rounds):
    MessageFactory.create_batch(4, policy="never_missed"), MessageFactory.create_batch(2)
    sent(sink(), connections=4)
    assert max(sum(message.policy == "never_missed" for message in messages) for messages in rounds) == 1
    assert states() == [("accepted", "")] * 6


@pytest.mark.django_db
def test_message_that_may_kill_workers_takes_no_other_with_it(sink, rounds):
    MessageFactory.create_batch(2), MessageFactory(lapses=LAPSES_TO_GO_ALONE), MessageFactory.create_batch(2)
    sent(sink(), connections=4)
    assert [[message.lapses for message in messages] for messages in rounds] == [[0, 0], [3], [0, 0]]
    assert states() == [("accepted", "")] * 5


class Desk:
    """Withholds the first messages and lets the rest through."""

    def __init__(self, withheld):
        self.withheld, self.outcomes = withheld, []

    def fence(self, messages):
        held, self.withheld = messages[: self.withheld], 0
        return {message.pk for message in messages} - {message.pk for message in held}

    def report(self, message, outcome):
        self.outcomes.append(outcome)


@pytest.mark.django_db
@pytest.mark.parametrize("pipelining", [True, False])
def test_message_withheld_at_the_fence_leaves_the_others_alone(sink, taken, pipelining):
    """A server that waits for its body already must not take the next one for it."""
    withheld, *others = MessageFactory.create_batch(7)
    gateway = SmtpGateway(url=sink(pipelining=pipelining), connections=2)
    desk = Desk(withheld=1)
    gateway.deliver(iter([withheld, *others]), desk)
    gateway.close()
    assert [outcome.fate.value for outcome in desk.outcomes] == ["withheld"] + ["accepted"] * 6
    assert sorted(taken()) == sorted(message.address for message in others)


def letter():
    return Message(address="aino@example.org", message_id="<1@cx.example>")


def test_mail_has_both_texts_and_every_header_once():
    message = letter()
    rendered = Rendered(
        "Hyvää päivää", "Hei Äiti\n.piste\n", "<p>Hei</p>", {"List-Unsubscribe": "<https://x.example/u>"}
    )
    sender = sender_header("Palvelu Ä", "noreply@agency.example")
    mail = email.message_from_bytes(mail_bytes(message, rendered, sender=sender), policy=policy.default)
    plain, html = mail.iter_parts()
    assert (mail["Subject"], mail["To"], mail["Message-ID"]) == (
        "Hyvää päivää",
        "aino@example.org",
        "<1@cx.example>",
    )
    assert mail["List-Unsubscribe"] == "<https://x.example/u>"
    assert (plain.get_content(), html.get_content()) == ("Hei Äiti\r\n.piste\r\n\r\n", "<p>Hei</p>\r\n")


@pytest.mark.parametrize(
    "text",
    [
        "plain\n",
        "pitkä " * 300,
        "мир " * 200,
        "سلام\n" * 50,
        ".\n..\n.\r\nend",
        "x" * 3000,
        "a\r\n\r\n.\r\nMAIL",
    ],
)
def test_text_survives_the_way_and_never_ends_the_mail(text):
    message = letter()
    raw = mail_bytes(message, Rendered("s", text), sender="noreply@agency.example")
    assert b"\r\n.\r\n" not in dot_stuffed(raw)
    assert max(map(len, raw.split(b"\r\n"))) < 998
    mail = email.message_from_bytes(raw, policy=policy.default)
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == text.replace("\r\n", "\n").rstrip("\n")


def test_name_of_300_bytes_is_encoded_and_folded():
    message = letter()
    name = "Ä" * 150
    raw = mail_bytes(message, Rendered(name, "x"), sender=sender_header(name, "noreply@agency.example"))
    mail = email.message_from_bytes(raw, policy=policy.default)
    assert (mail["Subject"], mail["From"].addresses[0].display_name) == (name, name)


@pytest.mark.parametrize("place", ["subject", "header", "name"])
def test_line_break_in_a_header_is_never_sent(place):
    message = letter()
    evil = "Hello\r\nBcc: bram@example.org"
    rendered = {
        "subject": Rendered(evil, "x"),
        "header": Rendered("s", "x", "", {"X-Note": evil}),
        "name": Rendered("s", "x", "", {"X-Note\r\nBcc": "bram@example.org"}),
    }[place]
    with pytest.raises(HeaderNotPossible):
        mail_bytes(message, rendered, sender="noreply@agency.example")


def test_line_break_in_the_name_of_the_agency_cannot_add_a_header():
    message = letter()
    sender = sender_header("Agency\r\nBcc: bram@example.org", "noreply@agency.example")
    mail = email.message_from_bytes(mail_bytes(message, Rendered("s", "x"), sender=sender))
    assert (mail["Bcc"], mail.get_all("From")) == (None, [sender])


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", MailServer("mail.example", 25, "")),
        ("smtp+tls://cx:se%40cret@mail.example", MailServer("mail.example", 587, "tls", "cx", "se@cret")),
        ("smtp+ssl://mail.example:4465", MailServer("mail.example", 4465, "ssl")),
    ],
)
def test_address_of_the_server_is_read(url, server):
    assert MailServer.from_url(url) == server


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://", "smtp+foo://mail.example"])
def test_address_that_is_no_mail_server_is_refused(url):
    with pytest.raises(ValueError, match="CX_EMAIL_URL"):
        MailServer.from_url(url)
