"""C3, Fedasil: residents of two centres, help allowed; the centre that does not invite, and what it has no say in."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from actions.models import Plan
from feedback.models import Assignment
from surveys import waves
from surveys.models import Submission
from tests.cases.steps import at, columns, group, spread, text_of, yes
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
    helped.press().press(room_fine="no", room_fine__reasons=["crowded"])
    helped.press(age="from18", sex="woman").press(change=NO_INFLUENCE)
    helped.press("send", helped="yes")
    assert Submission.objects.get().is_assisted
    for unit, n, food in [(north, 89, 7.2), (south, 25, 4.0)]:
        rows = columns(
            **{"living.room": spread(4, n, range(11), 1), "living.food": spread(food, n, range(11), 2)},
            **{
                "room_fine": ["no"] * n,
                "room_fine.reasons": ["crowded|noisy", "noisy"] * (n // 2) + ["noisy"],
            },
            age=["from18"] * n,
            sex=["woman", "man"] * (n // 2) + ["man"],
        )
        agency.bring(wave, rows, ways[unit])
    agency.enter_counts(agency.client, wave, {ways[north]: (100, 100), ways[south]: (100, 30)})
    results = agency.publish(agency.close(wave))
    assert [group(results, "unit", code)["food"] for code in ("N", "S")] == ["7.21", "4.00"]

    # of reasons of dissatisfaction many are ticked; compared by age and sex too
    reasons = results["breakdowns"]["unit"]["N"]["questions"]["room_fine.reasons"]["counts"]
    assert (reasons["crowded"], reasons["noisy"]) == (45, 89)
    assert results["breakdowns"]["question:age"]["from18"]["n"] == 115
    assert {cell: one["n"] for cell, one in results["breakdowns"]["question:sex"].items()} == {
        "woman": 57,
        "man": 58,
    }

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

    # each centre defines actions in its annual plan, beginning with what it was rated lowest on
    plan = reverse("actions:plan", args=[north.pk, timezone.localdate().year])
    north_client.post(plan, {"begin": ""})
    room = Plan.objects.get(unit=north).topics.get(topic__code="accommodation")
    address = reverse("actions:make", query={"plan_topic": room.pk})
    north_client.post(address, {"title": "Rebuild two rooms", "unit": north.pk})
    assert "Rebuild two rooms" in text_of(north_client.get(plan))
    overview = text_of(agency.client.get(reverse("actions:plans"), {"without": ""}))
    assert ("South" in overview, "North" in overview) == (True, False)


@pytest.mark.services
def test_children_have_a_version_of_their_own_with_faces(agency, north_client, centres):
    north, south = centres
    wave = agency.open(agency.install("C3-CHILDREN"))
    ways = {unit: wave.collectors.get(unit=unit, kind="link") for unit in centres}
    child = at(ways[north], language="ar")
    assert "لست مضطرًا للإجابة" in child.open("").page  # nobody has to answer
    child.open()
    assert child.page.count('class="face') == 3 * 5
    child.press(life__room="bad", life__play="good").press(safe="yes", talk="no")
    child.press("send", age="from6", wish="A place to play.", helped="yes")
    for unit, n, safe in [(north, 39, 0.9), (south, 30, 0.5)]:
        rows = columns(
            **{"life.room": ["good", "bad", "between"] * (n // 3), "life.play": ["good"] * n},
            safe=yes(safe, n, 1),
            talk=yes(0.8, n, 2),
            age=["from6", "from9", "from12"] * (n // 3),
        )
        agency.bring(wave, rows, ways[unit])
    results = agency.publish(agency.close(wave))
    assert [group(results, "unit", code)["safe"] for code in ("N", "S")] == ["90 %", "50 %"]
    assert results["breakdowns"]["question:age"]["from6"]["n"] == 24

    # what children say goes the same way: a voice, and an action of their centre
    (voice,) = agency.voices()
    assert voice.text == "A place to play."
    action = agency.act("A room to play in", north, client=north_client, item=voice.pk)
    assert action.evidence.get().item == voice


@pytest.mark.services
def test_the_next_quarter_begins_by_itself_with_the_same_addresses(agency, centres):
    wave = agency.open(agency.install("C3"))
    address = wave.collectors.filter(kind="link").first().address
    assert wave.closes_at - wave.opens_at <= timedelta(days=93)
    waves.keep_the_calendar(at=wave.closes_at + timedelta(minutes=1))
    wave.refresh_from_db()
    following = wave.survey.waves.exclude(pk=wave.pk).get()
    assert (wave.state, following.collectors.filter(address=address).exists()) == ("closed", True)
