import pytest

from cxportal.dispatch import restored
from cxportal.dispatch.models import Hold, Ledger, Message
from cxportal.dispatch.sending import send_due
from cxportal.keys import store
from tests.dispatch.fake_gateway import FakeGateway
from tests.factories import MessageFactory

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture(autouse=True)
def _marks_at_once(monkeypatch):
    monkeypatch.setattr(restored, "SECONDS_BETWEEN_MARKS", 0)


@pytest.fixture
def restored_database():
    """Three claims were made; the backup is from before the second."""
    for _ in range(3):
        MessageFactory()
        send_due(gateway=FakeGateway())
    Ledger.objects.update(claims=1)
    Message.objects.all().delete()
    return MessageFactory()


def sent_now():
    gateway = FakeGateway()
    send_due(gateway=gateway)
    return gateway.sent


def test_restored_database_starts_on_hold(restored_database):
    assert sent_now() == []
    assert list(Hold.objects.values_list("reason", "released_at")) == [("restored", None)]


def test_released_by_a_person_it_sends_again(restored_database, chiara):
    sent_now()
    restored.release_all(by=chiara)
    assert sent_now() == [restored_database.address]
    assert Hold.objects.get().released_by == chiara


def test_released_it_is_not_taken_for_restored_again(restored_database, chiara):
    sent_now()
    restored.release_all(by=chiara)
    sent_now()
    MessageFactory()
    assert len(sent_now()) == 1


def test_restore_under_a_running_worker_is_noticed_at_the_next_claim(restored_database, monkeypatch):
    monkeypatch.setattr(restored, "hold_if_restored", lambda: False)
    assert sent_now() == []
    assert Message.objects.get().state == "queued"


def test_untouched_database_is_not_held():
    MessageFactory()
    sent_now()
    assert restored.hold_if_restored() is False


def test_another_database_beside_the_same_keys_is_not_held():
    store.write_mark("dispatch:0123456789abcdef", 99)
    MessageFactory()
    assert len(sent_now()) == 1


def test_hold_between_claim_and_fence_stops_the_message(chiara):
    message = MessageFactory()
    gateway = FakeGateway(before_fence=lambda _: restored.hold_all(by=chiara))
    send_due(gateway=gateway)
    message.refresh_from_db()
    assert (gateway.sent, message.state, message.tries) == ([], "queued", 0)


def test_a_database_that_comes_back_without_its_keys_starts_on_hold(settings, tmp_path):
    MessageFactory()
    assert len(sent_now()) == 1
    settings.KEYS_FOLDER = tmp_path / "of a new machine"
    MessageFactory()
    assert sent_now() == []
    assert list(Hold.objects.values_list("reason", "released_at")) == [("restored", None)]
