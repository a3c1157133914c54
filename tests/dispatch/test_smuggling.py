"""What people and staff write must not become a header, a recipient or a second message, on the wire."""

import email
import json
from email import policy

import pytest

from cxportal.dispatch.gateways.sms import SmsGateway, SmsService
from cxportal.dispatch.gateways.smtp import SmtpGateway
from cxportal.dispatch.models import Message
from cxportal.dispatch.queueing import queue
from cxportal.dispatch.sending import send_due
from cxportal.organisation.models import Agency
from tests.dispatch.sms_service import sms_service

pytestmark = pytest.mark.django_db

EVIL = {
    "header": "Hello\r\nBcc: bram@example.org\r\nX-Evil: yes",
    "bare line feed": "Hello\nBcc: bram@example.org",
    "bare carriage return": "Hello\rBcc: bram@example.org",
    "line separator": "Hello\u2028Bcc: bram@example.org",
    "end of mail": "Hello\r\n.\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<bram@example.org>\r\nDATA\r\nboo\r\n.\r\n",
    "end of mail, bare": "Hello\n.\nRCPT TO:<bram@example.org>\n",
    "header, encoded": "=?utf-8?q?Hello=0D=0ABcc=3A_bram=40example=2Eorg?=",
    "end of an object": 'Hello", "to": "+19005550100',
    "300 bytes": "Ä" * 150,
    "300 bytes in one word": "x" * 300,
}


def queued(evil, **changes):
    return queue(
        **{
            "cause": "smuggling:1",
            "purpose": "notice",
            "channel": "email",
            "address": "aino@example.org",
            "template": "notice",
            "language": "en",
            "data": {"title": evil, "paragraphs": [evil]},
            **changes,
        }
    )


def sent_by_mail(url):
    gateway = SmtpGateway(url=url, connections=1)
    try:
        send_due(gateway=gateway)
    finally:
        gateway.close()


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL)
def test_text_in_a_mail_stays_text(mail_sink, evil):
    Agency.objects.create(name_en=evil[:150])
    message = queued(evil)
    sent_by_mail(mail_sink.start())
    [(recipient, raw)] = mail_sink.mails()
    mail = email.message_from_bytes(raw, policy=policy.default)
    assert (recipient, mail["To"], mail.defects) == ("aino@example.org", "aino@example.org", [])
    assert set(mail.keys()) == {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "Content-Language",
        "MIME-Version",
        "Content-Type",
    } | ({"X-Auto-Response-Suppress"} & set(mail.keys()))
    assert mail["Message-ID"] == message.message_id


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL)
def test_text_in_a_text_message_stays_text(evil):
    Agency.objects.create(name_en=evil[:150])
    queued(evil, channel="sms", address="+358401234567", template="test")
    with sms_service() as service:
        body = '{"to": "{to}", "text": "{text}", "ref": "{reference}"}'
        gateway = SmsGateway(SmsService(service.url, body, {}))
        send_due(channel="sms", gateway=gateway)
        gateway.close()
        [(_, headers, taken)] = service.taken
    assert json.loads(taken).keys() == {"to", "text", "ref"}
    assert json.loads(taken)["to"] == "+358401234567"
    assert {name.lower() for name in headers} == {
        "host",
        "accept-encoding",
        "content-type",
        "content-length",
        "idempotency-key",
    }


@pytest.mark.parametrize(
    "address",
    [
        "aino@example.org>\r\nRCPT TO:<bram@example.org",
        "aino@example.org, bram@example.org",
        "aino@example.org\nBcc: bram@example.org",
        "a" * 300 + "@example.org",
        "ä" * 150 + "@example.org",
        "aino@" + "a" * 300 + ".org",
    ],
)
def test_address_that_hides_another_or_is_too_long_never_reaches_the_server(mail_sink, address):
    queued("Hello", address=address)
    sent_by_mail(mail_sink.start())
    assert list(Message.objects.values_list("state", "reason")) == [("refused", "address_not_possible")]
    assert mail_sink.mails() == []


@pytest.mark.parametrize("address", ["用户@例子.广告", "päivi@example.org", "aino@bücher.example"])
def test_international_address_is_one_recipient(mail_sink, address):
    message = queued("Hello", address=address)
    sent_by_mail(mail_sink.start())
    [(recipient, raw)] = mail_sink.mails()
    assert recipient == message.address
    assert raw.count(b"\r\nTo: ") == 1


@pytest.mark.parametrize(
    "number", ["+358401234567\r\nX-To: +1900", '+358401234567", "to": "+1900', "+" + "3" * 300]
)
def test_number_that_hides_another_or_is_too_long_never_reaches_the_gateway(number):
    queued("Hello", channel="sms", address=number, template="test")
    with sms_service() as service:
        gateway = SmsGateway(SmsService(service.url, '{"to": "{to}", "text": "{text}"}', {}))
        send_due(channel="sms", gateway=gateway)
        gateway.close()
        assert service.announced == 0
    assert list(Message.objects.values_list("state", "reason")) == [("refused", "address_not_possible")]
