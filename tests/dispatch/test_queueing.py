import re
import tracemalloc

import pytest

from cxportal.dispatch import queueing
from cxportal.dispatch.models import Message
from cxportal.dispatch.queueing import new_batch, queue, queue_many

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def letter(number=1, **changes):
    return {
        "cause": f"wave1:member{number}:invitation",
        "purpose": "invitation",
        "channel": "email",
        "address": f"person{number}@example.org",
        "template": "test",
        "language": "fi",
        **changes,
    }


def test_queued_message_waits_with_its_message_id():
    message = queue(**letter())
    assert (message.state, message.address, message.tries) == ("queued", "person1@example.org", 0)
    assert re.fullmatch(r"<[0-9a-f]{32}@localhost\.invalid>", message.message_id)


def test_second_message_for_a_cause_is_not_made():
    first = queue(**letter())
    assert queue(**letter(address="other@example.org", channel="email")) is None
    assert list(Message.objects.values_list("pk", "address")) == [(first.pk, "person1@example.org")]


def test_cause_that_had_a_mail_gets_no_text_message():
    queue(**letter())
    assert queue(**letter(channel="sms", address="+358401234567")) is None


def test_mailing_is_queued_once_however_often_it_is_begun():
    batch = new_batch(name="Spring")
    letters = [letter(number) for number in range(2500)]
    assert queue_many(letters[:1700], batch=batch) == 1700
    assert queue_many(letters, batch=batch) == 800
    assert batch.messages.count() == 2500


def test_mailing_that_fails_half_way_queues_nothing():
    batch = new_batch(name="Spring")
    letters = [*[letter(number) for number in range(1500)], letter(1501, cause="")]
    with pytest.raises(ValueError, match="cause"):
        queue_many(letters, batch=batch)
    assert batch.messages.count() == 0


def test_address_no_gateway_could_write_to_is_refused_and_counted():
    batch = new_batch(name="Spring")
    queue_many([letter(1), letter(2, address="aino@example.org\r\nBcc: bram@example.org")], batch=batch)
    assert list(batch.messages.order_by("pk").values_list("state", "reason", "address")) == [
        ("queued", "", "person1@example.org"),
        ("refused", "address_not_possible", ""),
    ]


@pytest.mark.parametrize("field", ["cause", "purpose", "template", "language"])
@pytest.mark.parametrize("value", ["", "two\r\nlines", "two\u2028lines", "x" * 201])
def test_field_that_could_break_a_line_is_refused(field, value):
    with pytest.raises(ValueError, match=field):
        queue(**letter(**{field: value}))


def memory_to_queue(letters, batch):
    tracemalloc.start()
    try:
        queue_many((letter(number) for number in letters), batch=batch)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_queueing_a_larger_mailing_needs_no_more_memory(monkeypatch):
    monkeypatch.setattr(queueing, "ROWS_AT_A_TIME", 100)
    batch = new_batch(name="Spring")
    queue_many([letter(0)], batch=batch)
    assert memory_to_queue(range(200, 1000), batch) < 1.3 * memory_to_queue(range(1, 200), batch)
