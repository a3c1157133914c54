"""C19, Statens servicecenter: 3,933 sheets of paper at the offices; 94, 92 and 89 %, 81 % yes to all three."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from cxportal.portal import blueprints
from surveys import waves
from surveys.models import Wave
from surveys.release import release
from tests.cases.steps import everybody
from tests.factories import UnitFactory

ASKED = {"treated": 0.94, "helped": 0.92, "in_time": 0.89}
SHEETS, OFFICES = 3933, 15
TWO_WEEKS, HALF_A_YEAR = timedelta(weeks=2), timedelta(weeks=26)
ERRANDS = ("permit", "tax", "insurance", "pension", "work")


def filled(n: int, all_three: float) -> list[dict[str, str]]:
    """As few who say no to two as the shares allow."""
    no = {code: n - round(share * n) for code, share in ASKED.items()}
    both = sum(no.values()) - (n - round(all_three * n))
    groups = [
        ((), round(all_three * n)),
        (("treated",), no["treated"]),
        (("helped",), no["helped"] - both),
        (("in_time",), no["in_time"] - both),
        (("helped", "in_time"), both),
    ]
    return [
        {code: "no" if code in said_no else "yes" for code in ASKED}
        | {
            "sex": "woman" if number % 2 else "man",
            "age": "under30" if number % 3 else "from65",
            "visits": "first" if number % 4 else "many",
            "errand": ERRANDS[number % len(ERRANDS)],
        }
        for said_no, people in groups
        for number in range(people)
    ]


def state_at(wave: Wave, moment: datetime) -> str:
    """As the clock has it."""
    waves.keep_the_calendar(at=moment)
    wave.refresh_from_db()
    return wave.state


@pytest.mark.services
def test_the_autumn_round_and_the_one_before(agency, agency_unit):
    offices = [
        UnitFactory(code=f"office{n}", parent=agency_unit, kind="service_point") for n in range(OFFICES)
    ]
    now = timezone.now()
    spring = agency.install("C19")
    spring.opens_at = now - HALF_A_YEAR
    spring.save()
    spring = agency.open(spring)
    agency.bring(spring, filled(400, 0.81))
    agency.publish(agency.close(spring))
    autumn = blueprints.prepare_wave("C19", by=agency.chiara)
    # for two weeks: it opens and closes by itself, and what was written in time may be typed for some weeks more
    autumn.opens_at, autumn.opens_by_itself = now - TWO_WEEKS, True
    autumn.closes_at = now + timedelta(hours=1)
    autumn.save()
    before = autumn.opens_at - timedelta(hours=1)
    assert [state_at(autumn, moment) for moment in (before, autumn.opens_at)] == ["draft", "open"]
    sheets = filled(SHEETS, 0.81)
    for number, office in enumerate(offices):
        agency.bring(autumn, sheets[number::OFFICES], autumn.collectors.get(unit=office))
    assert state_at(autumn, autumn.closes_at) == "closed"
    assert [autumn.takes_late(autumn.closes_at + timedelta(days=days)) for days in (29, 30)] == [True, False]
    release(autumn)
    results = agency.publish(autumn)
    assert everybody(results) == {"treated": "94 %", "helped": "92 %", "in_time": "89 %", "all_three": "81 %"}
    assert results["everybody"]["n"] == SHEETS
    offices_counted = [results["breakdowns"]["unit"][office.code]["n"] for office in offices]
    assert offices_counted == [len(sheets[number::OFFICES]) for number in range(OFFICES)]
    # by errand, which is by partner agency, and by sex, age group and frequency of visits
    for code in ("errand", "sex", "age", "visits"):
        cells = results["breakdowns"][f"question:{code}"]
        given = Counter(sheet[code] for sheet in sheets)
        assert {cell: one["n"] for cell, one in cells.items() if one["n"]} == given
    assert "target 90 % reached" in agency.page(autumn, "overview")
    # compared with the round before
    assert "no clear change" in agency.page(autumn, "comparison").lower()
    action = agency.act("A second desk in the morning", offices[0], wave=autumn.pk, question="=in_time")
    assert action.evidence.get().figure["n"] == SHEETS
