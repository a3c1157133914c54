"""C12, SMAcc: visits on one printed form for all facilities, three views of each, and requests for adjustment in time."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from actions import adjusting
from actions.models import Adjustment
from cxportal.dispatch.gateways.outbox import OutboxGateway
from cxportal.dispatch.models import OutboxMail
from cxportal.dispatch.sending import send_due
from feedback.models import Item
from surveys import indicators
from surveys.models import Response
from tests.cases.steps import columns, group, text_of
from tests.conftest import client_of
from tests.factories import (
    CollectorFactory,
    IndicatorFactory,
    StaffRoleFactory,
    TopicFactory,
    UnitFactory,
    UserFactory,
)
from tests.feedback.test_observe import PAGE as OBSERVE
from tests.feedback.test_observe import given
from tests.feedback.test_take_down import PAGE as TAKE_DOWN
from tests.feedback.test_take_down import told
from tests.surveys.contents import content, long_text, rating
from tests.surveys.respondent import open_survey

ASKED = content(
    [rating("ramp", "delivered3"), rating("guidance", "delivered3"), long_text("notes")],
)
TOWN = "office@town.example"


@pytest.fixture
def facilities(agency_unit):
    return [
        UnitFactory(code=code, name=name, parent=agency_unit, kind="facility")
        for code, name in [("N", "North"), ("S", "South")]
    ]


@pytest.fixture
def visitors(agency_unit):
    """Two who go out together: what one types, the other types once more."""
    return [
        client_of(StaffRoleFactory(user=UserFactory(), role="staff", unit=agency_unit).user) for _each in "12"
    ]


@pytest.mark.services
def test_visits_on_paper_three_views_and_a_request_that_is_answered(agency, client, facilities, visitors):
    north, south = facilities
    first = open_survey(
        ASKED, kind="paper", languages=("en", "ar"), breakdowns=["unit"], collector={"unit": north}
    )
    ways = {north: first, south: CollectorFactory(wave=first.wave, kind="paper", unit=south)}
    IndicatorFactory(survey=first.wave.survey, code="ramp", questions=["ramp"], formula="share")
    indicators.synchronise(first.wave)

    # harmonised: every visitor fills in the same form, in their own language, whatever the facility
    sheets = [{"q.ramp": "critical", "q.guidance": "partly", "q.:language": "ar"} for _sheet in range(3)]
    agency.type_paper(*visitors, first, sheets)
    agency.bring(
        first.wave, columns(ramp=["critical"] * 15 + ["delivered"] * 6, guidance=["partly"] * 21), first
    )
    agency.bring(first.wave, columns(ramp=["delivered"] * 24, guidance=["delivered"] * 24), ways[south])
    results = agency.publish(agency.close(first.wave))
    assert set(Response.objects.values_list("version", flat=True)) == {first.wave.version_id}
    assert [group(results, "unit", code)["ramp"] for code in ("N", "S")] == ["25 %", "100 %"]

    # triangulation: what was seen, what somebody who lives there says, what the body that runs it says
    topic = TopicFactory(code="access", name="Getting in")
    visitors[0].post(OBSERVE, given(north, topic="access", text="Nobody can get up the ramp alone."))
    for text, whose in [("I am carried in.", ""), ("The town owns the ramp.", "authority")]:
        said = told(north, kind="interview", channel="desk", topics=[topic.pk], text=text, on_behalf_of=whose)
        visitors[0].post(TAKE_DOWN, said)
    seen, *said = Item.objects.order_by("kind", "text").reverse()
    assert [item.kind for item in (seen, *said)] == ["observation", "interview", "interview"]
    source = {"wave": first.wave.pk, "question": "=ramp", "breakdown": "unit", "cell": "N"}
    action = agency.act("Rebuild the ramp", north, **source)
    for item in (seen, *said):
        agency.client.post(reverse("actions:make", query={"item": item.pk}), {"action": action.pk})
    assert sorted(row.kind for row in action.evidence.all()) == ["figure", "item", "item", "item"]

    # the request: by a day, without an account, and the answer stands at the action
    request = ask(agency, action, answer_until=date.today() + timedelta(days=30))
    (letter,) = letters()
    assert (letter.address, "The ramp is too steep." in letter.text) == (TOWN, True)
    client.post(path_of(request), {"state": "partly", "text": "A rail this year, the ramp next year."})
    page = text_of(agency.client.get(reverse("admin:actions_action_change", args=[action.pk])))
    assert "A rail this year, the ramp next year." in page


@pytest.mark.services
def test_a_body_that_lets_the_day_pass_is_reminded_and_stays_in_sight(agency, facilities):
    action = agency.act("Rebuild the ramp", facilities[0], topic=TopicFactory().pk)
    until = date.today() + timedelta(days=30)
    request = ask(agency, action, answer_until=until)
    for days in range(-5, 10):
        adjusting.remind_due(at=request.asked_at + timedelta(days=30 + days))
    assert [letter.address for letter in letters()] == [TOWN] * 3  # the letter, before the day, after it
    page = text_of(agency.client.get(reverse("admin:actions_action_change", args=[action.pk])))
    assert "Town of Northhaven" in page
    assert request.state == Adjustment.State.ASKED


def ask(agency, action, **more) -> Adjustment:
    fields = {"body": "Town of Northhaven", "email": TOWN, "language": "en", "text": "The ramp is too steep."}
    agency.client.post(reverse("actions:ask", args=[action.pk]), fields | more)
    return Adjustment.objects.get(action=action)


def letters() -> list[OutboxMail]:
    send_due(gateway=OutboxGateway(), channel="email", worker="w")
    return list(OutboxMail.objects.filter(address=TOWN).order_by("pk"))


def path_of(request: Adjustment) -> str:
    token = adjusting.link_of(request).rstrip("/").rpartition("/")[2]
    with translation.override("en"):
        return reverse("adjustment", args=[token])
