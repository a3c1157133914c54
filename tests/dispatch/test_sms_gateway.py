import json
from urllib.parse import parse_qs

import pytest

from cxportal.dispatch.gateways.base import Fate, Outcome
from cxportal.dispatch.gateways.sms import SmsGateway, SmsService, reference_of
from cxportal.dispatch.models import Reason
from cxportal.dispatch.rendering import UnknownTemplate
from cxportal.organisation.models import Agency
from tests.dispatch.sms_service import sms_service
from tests.factories import MessageFactory

pytestmark = pytest.mark.django_db

JSON = '{"to": "{to}", "text": "{text}", "ref": "{reference}"}'


@pytest.fixture(autouse=True)
def _agency():
    Agency.objects.create(name_en="Service Agency")


@pytest.fixture
def message():
    return MessageFactory(channel="sms", template="test", address="+358401234567", data={})


@pytest.fixture
def gateway():
    made = []

    def to(service, body=JSON, **headers):
        made.append(SmsGateway(SmsService(service.url, body, headers)))
        return made[-1]

    yield to
    for one in made:
        one.close()


class Fence:
    """Says yes or no, and remembers what the gateway had received when it was asked."""

    def __init__(self, service, answer=True):
        self.service, self.answer, self.taken_before = service, answer, []

    def __call__(self):
        self.taken_before.append(len(self.service.taken))
        return self.answer


def test_message_is_handed_over_with_its_reference(message, gateway):
    with sms_service() as service:
        outcome = gateway(service, Authorization="Bearer 123").hand_over(message, lambda: True)
        (path, headers, body), *more = service.taken
    assert outcome == Outcome.accepted()
    assert more == []
    assert path == "/v1/send?from=cx"
    assert json.loads(body) == {
        "to": "+358401234567",
        "text": "Test from Service Agency: text messages arrive.",
        "ref": reference_of(message),
    }
    assert headers["Authorization"] == "Bearer 123"
    assert headers["Idempotency-Key"] == reference_of(message)


def test_fence_is_asked_once_before_the_body_leaves(message, gateway):
    with sms_service() as service:
        fence = Fence(service)
        gateway(service).hand_over(message, fence)
    assert fence.taken_before == [0]


def test_fence_that_says_no_sends_nothing(message, gateway):
    with sms_service() as service:
        sender = gateway(service)
        assert sender.hand_over(message, lambda: False) == Outcome.withheld()
        assert sender.hand_over(message, lambda: True) == Outcome.accepted()
        assert len(service.taken) == 1


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.accepted()),
        (400, Outcome.refused(Reason.CONTENT_REFUSED, "400 no")),
        (422, Outcome.refused(Reason.CONTENT_REFUSED, "422 no")),
        (429, Outcome.later(Reason.TRY_LATER, "429 no")),
        (500, Outcome.later(Reason.TRY_LATER, "500 no")),
        (503, Outcome.later(Reason.TRY_LATER, "503 no")),
        (401, Outcome.later(Reason.GATEWAY_AWAY, "401 no", is_transport_error=True)),
        (404, Outcome.later(Reason.GATEWAY_AWAY, "404 no", is_transport_error=True)),
        (301, Outcome.later(Reason.GATEWAY_AWAY, "301 no", is_transport_error=True)),
        (504, Outcome.unknown("504 no")),
    ],
)
def test_answer_decides(message, gateway, status, outcome):
    with sms_service(status, said=b"no") as service:
        assert gateway(service).hand_over(message, lambda: True) == outcome


def test_lost_answer_leaves_it_unknown(message, gateway):
    with sms_service("cut") as service:
        outcome = gateway(service).hand_over(message, lambda: True)
    assert (outcome.fate, outcome.reason) == (Fate.UNKNOWN, Reason.CUT_AFTER_BODY)


def test_gateway_that_is_away_is_no_try(message, gateway):
    with sms_service() as service:
        sender = gateway(service)
    outcome = sender.hand_over(message, lambda: pytest.fail("fenced without a line"))
    assert (outcome.fate, outcome.is_transport_error) == (Fate.NOT_TRIED, True)


def test_one_connection_carries_many_messages(gateway):
    messages = MessageFactory.create_batch(5, channel="sms", template="test", data={})
    with sms_service() as service:
        sender = gateway(service)
        assert [sender.hand_over(message, lambda: True).fate for message in messages] == [Fate.ACCEPTED] * 5
        assert len(service.connections) == 1


def test_gateway_that_hangs_up_after_each_message_gets_a_new_connection(gateway):
    messages = MessageFactory.create_batch(3, channel="sms", template="test", data={})
    with sms_service(hangs_up=True) as service:
        sender = gateway(service)
        assert [sender.hand_over(message, lambda: True).fate for message in messages] == [Fate.ACCEPTED] * 3
        assert len(service.connections) == 3


def test_text_cannot_add_a_field_to_the_request():
    service = SmsService("https://sms.example", JSON)
    body = service.request_body(to="+358401234567", text='Hi", "to": "+1900 {reference}\n', reference="abc")
    assert json.loads(body) == {
        "to": "+358401234567",
        "text": 'Hi", "to": "+1900 {reference}\n',
        "ref": "abc",
    }


def test_text_cannot_add_a_field_to_a_form():
    headers = {"content-type": "application/x-www-form-urlencoded"}
    service = SmsService("https://sms.example", "to={to}&text={text}", headers)
    body = service.request_body(to="+358401234567", text="a&to=+1900 ä", reference="abc")
    assert parse_qs(body.decode()) == {"to": ["+358401234567"], "text": ["a&to=+1900 ä"]}


def test_what_the_gateway_says_is_kept_without_the_number(message, gateway):
    with sms_service(400, said=b"no route to +358401234567 for maija@mail.example") as service:
        outcome = gateway(service).hand_over(message, lambda: True)
    assert outcome.text == "400 no route to [number] for [address]"


def test_template_that_nobody_registered_never_reaches_the_gateway(gateway):
    message = MessageFactory(channel="sms", template="nobody.knows")
    with sms_service() as service:
        with pytest.raises(UnknownTemplate):
            gateway(service).hand_over(message, lambda: pytest.fail("fenced"))
        assert service.announced == 0
