"""C6, Czech Republic: somebody who agreed to it is called back and asked three questions by an operator."""

import pytest

from surveys import indicators
from tests.cases.steps import at, everybody
from tests.conftest import client_of
from tests.factories import IndicatorFactory
from tests.surveys.contents import content, yes_no
from tests.surveys.respondent import open_survey

ASKED = ("understandable", "solved", "again")


@pytest.mark.services
def test_three_questions_by_phone_analysed_per_question(agency, bram, bram_client, unit_b, agency_unit):
    way = open_survey(
        content([yes_no(code) for code in ASKED]),
        kind="staff",
        languages=("en",),
        collector={"unit": unit_b, "channel": "phone"},
    )
    for position, code in enumerate(ASKED):
        IndicatorFactory(
            survey=way.wave.survey, code=code, questions=[code], formula="share", position=position
        )
    indicators.synchronise(way.wave)
    for number in range(20):
        said = {"understandable": "yes", "solved": "no" if number < 5 else "yes", "again": "yes"}
        at(way, client=client_of(bram)).press("send", **said)
    results = agency.publish(agency.close(way.wave))
    assert everybody(results) == {"understandable": "100 %", "solved": "75 %", "again": "100 %"}
    action = agency.act("Train the operators", unit_b, wave=way.wave.pk, question="=solved")
    assert action.evidence.get().figure["n"] == 20
