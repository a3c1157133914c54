"""C10, access to the prefecture: organisations answer for the people they support, one link for each."""

import random

import pytest

from feedback.models import Contact
from surveys import indicators
from tests.cases.steps import at, columns
from tests.factories import CollectorFactory, IndicatorFactory, WaveFactory
from tests.surveys.contents import content, long_text, single, yes_no
from tests.surveys.respondent import open_survey

CASES, NO_APPOINTMENT, LONG = 239, 0.63, 0.67
SECOND_ROUND = 197


def cases_of(people: int, no_appointment: float) -> list[dict[str, str]]:
    no = round(no_appointment * people)
    long = round(LONG * no)
    return columns(
        for_whom=["client"] * people,
        type=[("church", "union", "charity")[n % 3] for n in range(people)],
        appointment=["no"] * no + ["yes"] * (people - no),
        since=["over_3_months"] * long + ["under_3_months"] * (no - long) + [""] * (people - no),
    )


@pytest.mark.services
def test_organisations_tell_of_239_people_and_the_summary_is_by_type(agency, agency_unit):
    asked = content(
        [single("for_whom", "client", "myself"), single("type", "church", "union", "charity")],
        [yes_no("appointment"), single("since", "under_3_months", "over_3_months"), long_text("story")],
    )
    breakdowns = ["collector", "question:type", "question:appointment"]
    first = open_survey(asked, languages=("en",), breakdowns=breakdowns)
    IndicatorFactory(survey=first.wave.survey, code="appointment", questions=["appointment"], formula="share")
    indicators.synchronise(first.wave)
    others = [CollectorFactory(wave=first.wave, name=f"Organisation {n}") for n in range(2, 4)]
    rows = cases_of(CASES, NO_APPOINTMENT)
    at(first).press(for_whom="client", type="church").press(
        "send", appointment="no", since="over_3_months", story="She tries every night."
    )
    rows.pop(0)
    random.Random(10).shuffle(rows)
    for number, way in enumerate([first, *others]):
        agency.bring(first.wave, rows[number::3], way)
    results = agency.publish(agency.close(first.wave))
    asked_all = results["everybody"]["questions"]
    appointment, since = asked_all["appointment"]["counts"], asked_all["since"]["counts"]
    assert f"{100 * appointment['no'] / asked_all['appointment']['n']:.0f} %" == "63 %"
    assert f"{100 * since['over_3_months'] / asked_all['since']['n']:.0f} %" == "67 %"
    assert {cell: one["n"] for cell, one in results["breakdowns"]["question:type"].items()} == {
        "church": 80,
        "union": 80,
        "charity": 79,
    }
    # the second round, of 197 cases, beside the first
    known = {"survey": first.wave.survey, "version": first.wave.version}
    later = CollectorFactory(
        wave=WaveFactory(**known, breakdowns=breakdowns, pairs=[], languages=["en"]), kind="link"
    )
    second = agency.open(later.wave)
    agency.bring(second, cases_of(SECOND_ROUND, 0.75), later)
    asked_again = agency.publish(agency.close(second))["everybody"]["questions"]
    assert asked_again["appointment"]["n"] == SECOND_ROUND
    compared = agency.page(second, "comparison")
    assert ("37 %" in compared, "25 %" in compared, "worse" in compared) == (True, True, True)

    # on behalf of a person: the voice is kept, and nothing says whose it is
    (voice,) = agency.voices()
    assert voice.text == "She tries every night."
    assert not Contact.objects.exists()
    action = agency.act("Open appointments every morning", agency_unit, item=voice.pk)
    assert action.evidence.get().item == voice
