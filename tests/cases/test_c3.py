"""C3, Fedasil: residents of two centres, help allowed; the centre that does not invite, and what it has no say in."""

import re

import pytest
from django.urls import reverse

from feedback.models import Assignment
from surveys.models import Submission
from tests.cases.steps import at, columns, group, spread
from tests.conftest import client_of
from tests.factories import StaffRoleFactory, UnitFactory, UserFactory

NO_INFLUENCE = "The rooms are too small for six."


@pytest.fixture
def centres(agency_unit):
    return [
        UnitFactory(code=code, name=name, parent=agency_unit, kind="facility")
        for code, name in [("N", "North"), ("S", "South")]
    ]


@pytest.fixture
def north_client(centres):
    return client_of(StaffRoleFactory(user=UserFactory(), role="manager", unit=centres[0]).user)


@pytest.mark.services
def test_two_centres_their_own_results_and_what_is_handed_over(agency, north_client, centres, agency_unit):
    north, south = centres
    wave = agency.open(agency.install("C3"))
    ways = {unit: wave.collectors.get(unit=unit, kind="link") for unit in centres}
    helped = at(ways[north], language="ar").press(living__room="3", living__food="8")
    helped.press(room_fine="no").press(room_fine__reasons=["crowded"])
    helped.press(age="from18", sex="woman").press(change=NO_INFLUENCE)
    helped.press("send", helped="yes")
    assert Submission.objects.get().is_assisted
    for unit, n, food in [(north, 89, 7.2), (south, 25, 4.0)]:
        rows = columns(
            **{"living.room": spread(4, n, range(11), 1), "living.food": spread(food, n, range(11), 2)}
        )
        agency.bring(wave, rows, ways[unit])
    agency.enter_counts(agency.client, wave, {ways[north]: (100, 100), ways[south]: (100, 30)})
    results = agency.publish(agency.close(wave))
    assert [group(results, "unit", code)["food"] for code in ("N", "S")] == ["7.21", "4.00"]

    # the centre that does not invite: counts show it
    answered = agency.page(wave, "answered")
    rows = re.findall(
        r'<th scope="row">[^:]*: (\w+)</th> ?<td class="num">(\d+)</td> ?<td .*?</td> ?<td class="num">(\d+) %',
        answered,
    )
    assert rows == [("North", "90", "100"), ("South", "25", "30")]

    # each centre sees its own results
    assert "South" not in agency.page(wave, "groups", client=north_client)

    # no influence: handed over, and the action of the centre stands on its own figure
    (voice,) = agency.voices()
    part = voice.assignments.get()
    assert part.unit == north
    north_client.post(reverse("queue:route", args=[voice.pk]), {"part": part.pk, "unit": agency_unit.pk})
    assert Assignment.objects.get().unit == agency_unit
    source = {"wave": wave.pk, "question": "living.room", "breakdown": "unit", "cell": "N"}
    action = agency.act("Repair the windows of the rooms", north, client=north_client, **source)
    assert action.evidence.get().figure["n"] == 90
