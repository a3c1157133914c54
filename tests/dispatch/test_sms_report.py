import hashlib
import hmac
import json

import pytest
from django.test import Client
from django.urls import reverse

from cxportal.dispatch.gateways.sms import reference_of
from cxportal.dispatch.models import Message, Suppression
from tests.factories import MessageFactory

pytestmark = pytest.mark.django_db

SECRET = "a secret between us and the gateway"


@pytest.fixture(autouse=True)
def _secret(settings):
    settings.SMS_SECRET = SECRET


@pytest.fixture
def message():
    return MessageFactory(accepted=True, channel="sms", address="+358401234567")


def signature(body, secret=SECRET):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def report(body, signed=None):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client(enforce_csrf_checks=True).post(
        reverse("dispatch_machine:sms_report"),
        body,
        content_type="application/json",
        headers={"X-Signature": signature(body) if signed is None else signed},
    )


def state_of(message):
    return Message.objects.values_list("state", "reason").get(pk=message.pk)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("delivered", ("delivered", "")),
        ("DELIVERED", ("delivered", "")),
        ("failed", ("bounced", "soft_bounce")),
        ("expired", ("bounced", "soft_bounce")),
        ("unknown-number", ("bounced", "hard_bounce")),
        ("buffered", ("accepted", "")),
    ],
)
def test_report_moves_the_message(message, status, state):
    assert report({"reference": reference_of(message), "status": status}).status_code == 204
    assert state_of(message) == state


def test_number_that_does_not_exist_is_not_written_to_again(message):
    report({"reference": reference_of(message), "status": "unknown_number"})
    assert list(Suppression.objects.values_list("address_hash", "reason")) == [
        (message.address_hash, "hard_bounce")
    ]


def test_replayed_report_changes_nothing(message):
    body = {"reference": reference_of(message), "status": "delivered"}
    report(body)
    final_at = Message.objects.get().final_at
    assert report(body).status_code == 204
    assert Message.objects.get().final_at == final_at


def test_replayed_failure_is_not_counted_twice(message):
    body = {"reference": reference_of(message), "status": "failed"}
    report(body)
    report(body)
    assert Message.objects.get().soft_bounces == 1


def test_old_report_does_not_undo_a_newer_one(message):
    report({"reference": reference_of(message), "status": "delivered"})
    report({"reference": reference_of(message), "status": "failed"})
    assert state_of(message) == ("delivered", "")


@pytest.mark.parametrize("signed", ["", "sha256=", "0" * 64, signature(b"another body"), "ä", "x" * 5000])
def test_forged_report_is_refused(message, signed):
    assert report({"reference": reference_of(message), "status": "failed"}, signed).status_code == 403
    assert state_of(message) == ("accepted", "")


def test_report_signed_with_another_secret_is_refused(message):
    body = json.dumps({"reference": reference_of(message), "status": "failed"}).encode()
    assert report(body, signature(body, "guessed")).status_code == 403
    assert state_of(message) == ("accepted", "")


def test_signature_may_name_its_algorithm(message):
    body = json.dumps({"reference": reference_of(message), "status": "delivered"}).encode()
    assert report(body, f"sha256={signature(body).upper()}").status_code == 204
    assert state_of(message) == ("delivered", "")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"reference": 1, "status": "failed"}',
        b'{"status": "failed"}',
    ],
)
def test_signed_nonsense_is_refused(message, body):
    assert report(body).status_code == 400
    assert state_of(message) == ("accepted", "")


def test_report_about_nobody_tells_nothing(message):
    """The same answer, so that references cannot be guessed by asking."""
    assert report({"reference": "nobody@cx.example", "status": "failed"}).status_code == 204
    assert state_of(message) == ("accepted", "")


def test_text_of_a_report_may_hold_anything_a_database_cannot(message):
    assert report({"reference": "a\u0000b", "status": "delivered"}).status_code == 204


def test_report_about_a_mail_is_left_aside():
    mail = MessageFactory(accepted=True)
    report({"reference": reference_of(mail), "status": "failed"})
    assert state_of(mail) == ("accepted", "")


def test_long_body_is_refused_before_it_is_read(message):
    body = b" " * 20_000 + json.dumps({"reference": reference_of(message), "status": "failed"}).encode()
    assert report(body).status_code == 413
    assert state_of(message) == ("accepted", "")


def test_without_a_secret_there_is_no_such_address(settings, message):
    settings.SMS_SECRET = ""
    body = json.dumps({"reference": reference_of(message), "status": "failed"}).encode()
    assert report(body, signature(body, "")).status_code == 404
    assert state_of(message) == ("accepted", "")


def test_only_posts_are_taken():
    assert Client().get(reverse("dispatch_machine:sms_report")).status_code == 405
