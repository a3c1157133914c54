from datetime import timedelta

import pytest
from django.utils import timezone

from cxportal.dispatch.models import Message, Suppression
from cxportal.dispatch.suppression import (
    cancel_for_address,
    forget,
    forget_final,
    lift,
    suppress,
    suppress_hash,
)
from tests.factories import MessageFactory

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def suppressions():
    return list(Suppression.objects.order_by("pk").values_list("scope", "reason"))


def test_opting_out_twice_is_one_wish():
    for _ in range(2):
        suppress(address="aino@example.org", scope="panel:1", reason="opt_out")
    assert suppressions() == [("panel:1", "opt_out")]


def test_erasure_after_an_opt_out_from_everything_is_kept_as_the_stronger_one():
    suppress(address="aino@example.org", reason="opt_out")
    suppress(address="aino@example.org", reason="erased")
    suppress(address="aino@example.org", reason="opt_out")
    assert suppressions() == [("", "erased")]


def test_the_list_holds_no_address():
    suppress(address="aino@example.org", reason="opt_out")
    assert "aino" not in str(Suppression.objects.values())


def test_lifted_suppression_is_gone():
    suppress_hash(address_hash="5b" * 32, scope="panel:1", reason="opt_out")
    assert lift(address_hash="5b" * 32, scope="panel:1") is True
    assert suppressions() == []


def test_cancelling_for_an_address_leaves_others_and_later_ones():
    MessageFactory(address="aino@example.org"), MessageFactory(address="bram@example.org")
    assert cancel_for_address(address="Aino@example.org") == 1
    MessageFactory(address="aino@example.org")
    assert list(Message.objects.order_by("pk").values_list("state", flat=True)) == [
        "cancelled",
        "queued",
        "queued",
    ]


def test_forgotten_messages_hold_neither_address_nor_data_nor_what_the_gateway_said():
    MessageFactory(accepted=True, address="aino@example.org", data={"name": "Aino"}, reason_text="for Aino")
    assert forget(Message.objects.all()) == 1
    assert "aino" not in str(Message.objects.values()).lower()


def test_message_that_is_still_to_be_sent_is_not_forgotten():
    MessageFactory(address="aino@example.org")
    assert forget(Message.objects.all()) == 0
    assert Message.objects.get().address == "aino@example.org"


def test_messages_final_for_thirty_days_are_forgotten_by_themselves():
    for days in (29, 31):
        message = MessageFactory(accepted=True, address=f"person{days}@example.org")
        Message.objects.filter(pk=message.pk).update(final_at=timezone.now() - timedelta(days=days))
    assert forget_final() == 1
    assert sorted(Message.objects.values_list("address", flat=True)) == ["", "person29@example.org"]
