import logging
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command

from cxportal.dispatch.models import Message
from cxportal.dispatch.queueing import queue
from feedback.models import Assignment, Contact, Item, RetentionRule, Tombstone
from feedback.purge import purge, purge_due, would_purge
from feedback.receipts import receipt_for, take_back
from tests.factories import AssignmentFactory, TopicFactory, VoiceFactory
from tests.on_disk import in_redis, physical_copy

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OLD = NOW - timedelta(days=1100)


def contact(item, address="a@mail.example"):
    return Contact.objects.create(
        item=item,
        by="email",
        address=address,
        language="en",
        purpose="reply",
        consent="Yes",
        consented_at=NOW,
    )


def test_a_purged_item_leaves_its_kind_topics_unit_and_month(unit_a):
    topic = TopicFactory()
    item = VoiceFactory(unit=unit_a, received_at=OLD, tone="negative")
    item.topics.add(topic)
    AssignmentFactory(item=item, done=True, outcome="spam")
    assert purge_due(at=NOW) == {"contacts": 0, "items": 1}
    stone = Tombstone.objects.get()
    assert (stone.kind, stone.unit, stone.month, list(stone.topics.all())) == (
        "remark",
        unit_a,
        date(2023, 11, 1),
        [topic],
    )
    assert (stone.tone, stone.outcome, Item.objects.count()) == ("negative", "spam", 0)


def test_what_is_young_enough_stays():
    VoiceFactory(received_at=NOW - timedelta(days=1000))
    assert purge_due(at=NOW) == {"contacts": 0, "items": 0}


def test_the_contact_goes_before_the_item():
    done = AssignmentFactory(done=True, closed_at=NOW - timedelta(days=200))
    contact(done.item)
    assert purge_due(at=NOW) == {"contacts": 1, "items": 0}
    assert Item.objects.get() == done.item


def test_with_the_contact_go_the_messages_to_it(settings, tmp_path):
    settings.KEYS_FOLDER = tmp_path / "keys"
    done = AssignmentFactory(done=True, closed_at=NOW - timedelta(days=200))
    contact(done.item)
    other = contact(AssignmentFactory().item)
    for one in Contact.objects.all():
        for number, state in enumerate(["accepted", "queued"]):
            made = queue(
                cause=f"feedback:{one.pk}:reply:{number}",
                purpose="reply",
                channel="email",
                address=one.address,
                template="feedback.reply",
                language="en",
                data={"text": "Thank you, Anna"},
            )
            Message.objects.filter(pk=made.pk).update(
                state=state, final_at=NOW if state == "accepted" else None
            )
    assert purge_due(at=NOW)["contacts"] == 1
    kept = Message.objects.order_by("cause").values_list("cause", "address", "data", "state")
    gone = [row[1:] for row in kept if str(done.item.pk) in row[0]]
    assert gone == [("", {}, "accepted"), ("", {}, "cancelled")]
    assert [row[1] for row in kept if str(other.pk) in row[0]] == ["a@mail.example"] * 2


def test_the_command_forgets_voices_and_people_in_one(capsys):
    VoiceFactory(received_at=datetime.now(UTC) - timedelta(days=1100))
    call_command("purge", "--dry-run")
    assert Item.objects.count() == 1
    call_command("purge")
    said = capsys.readouterr().out
    assert (said.count("feedback: items: 1"), said.count("left a panel: 0")) == (2, 2)
    assert Item.objects.count() == 0


def test_the_contact_of_what_is_still_open_stays():
    contact(AssignmentFactory().item)
    assert purge_due(at=NOW)["contacts"] == 0


def test_the_oldest_supporter_takes_the_place_of_a_purged_item():
    head = AssignmentFactory(done=True, outcome="answered").item
    heir, other = (VoiceFactory(merged_into=head, received_at=NOW + timedelta(days=n)) for n in range(2))
    AssignmentFactory(item=heir)
    purge([head], at=NOW)
    assert (list(Item.objects.of_queue()), list(heir.supporters.all())) == ([heir], [other])
    assert [one.outcome for one in Assignment.objects.filter(item=heir)] == ["answered"]


def test_a_dry_run_says_what_would_go():
    VoiceFactory(received_at=OLD)
    assert would_purge(at=NOW) == {"contacts": 0, "items": 1}
    assert Item.objects.count() == 1


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_after_the_purge_no_writer_is_left_on_the_disk(settings, tmp_path, caplog):
    """Of some the contact is due, of some the whole item."""
    caplog.set_level(logging.DEBUG)
    settings.KEYS_FOLDER = tmp_path / "keys"
    # the test before it may have emptied the database
    RetentionRule.objects.update_or_create(kind="remark", defaults={"days": 1095, "contact_days": 180})
    for _number in range(20):
        for received, text in [(NOW - timedelta(days=300), "Late."), (OLD, "Signed Quagmire.")]:
            item = VoiceFactory(received_at=received, text=text)
            AssignmentFactory(item=item, done=True, closed_at=NOW - timedelta(days=200))
            address = f"Quillfeather{item.pk}@mail.example"
            one = contact(item, address=address)
            queue(
                cause=f"feedback:{one.pk}:reply:1",
                purpose="reply",
                channel="email",
                address=address,
                template="feedback.reply",
                language="en",
                data={"text": "Dear Quagmire"},
            )
    needles = [b"uillfeather", b"Quagmire"]
    before = physical_copy()
    assert [needle for needle in needles if needle not in before] == []
    assert purge_due(at=NOW) == {"contacts": 40, "items": 20}
    after = physical_copy() + in_redis() + caplog.text.encode()
    assert [needle for needle in needles if needle.lower() in after.lower()] == []


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_what_was_taken_back_by_day_leaves_the_disk_at_night():
    receipt = receipt_for(b"form")
    for number in range(20):
        VoiceFactory(text=f"Signed Quagmire, number {number}", receipt_hash=receipt.digest)
    assert b"Quagmire" in physical_copy()
    take_back(receipt.code)
    assert purge_due(at=NOW) == {"contacts": 0, "items": 0}
    assert b"quagmire" not in physical_copy().lower()
