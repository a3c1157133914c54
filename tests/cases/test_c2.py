"""C2, Migri's reputation: 3.84, 3.85 and 3.52, compared between grounds of the permit."""

import pytest

from tests.cases.steps import at, columns, everybody, group, to_five


@pytest.mark.services
def test_three_means_and_segments_that_differ(agency, agency_unit):
    wave = agency.open(agency.install("C2"))
    desk = wave.collectors.get(channel="desk")
    at(desk).press(ground="work", born="abroad").press(overall="4", interaction__friendly="4").press("send")
    n = {"work": 80, "study": 60, "family": 60}
    overall = to_five(4.3, 80, 1) + to_five(3.3, 60, 2)
    overall += to_five((3.84 * 201 - 4 - 80 * 4.3 - 60 * 3.3) / 60, 60, 3)
    rows = columns(
        ground=[ground for ground, people in n.items() for _each in range(people)],
        born=["abroad", "here"] * 100,
        overall=overall,
        **{
            "interaction.friendly": to_five((3.85 * 201 - 4) / 200, 200, 4),
            "administration.efficient": to_five(3.52, 200, 5),
            "administration.reasons": to_five(3.52, 200, 6),
            "responsibility.fair": to_five(3.60, 200, 7),
            "leadership.direction": to_five(3.30, 200, 8),
        },
    )
    agency.bring(wave, rows, wave.collectors.get(channel="e_service"))
    results = agency.publish(agency.close(wave))
    figures = everybody(results)
    assert [figures[code] for code in ("overall", "friendly", "efficient")] == ["3.84", "3.85", "3.52"]
    assert [group(results, "question:ground", code)["overall"] for code in ("work", "study")] == [
        "4.30",
        "3.30",
    ]
    assert [figures[code] for code in ("responsibility", "leadership")] == ["3.60", "3.30"]
    born = results["breakdowns"]["question:born"]
    assert {code: one["n"] for code, one in born.items()} == {"abroad": 101, "here": 100}
    page = agency.page(wave, "groups")
    assert "Work" in page
    source = {"wave": wave.pk, "question": "overall", "breakdown": "question:ground", "cell": "study"}
    action = agency.act("Ask students what is missing", agency_unit, **source)
    evidence = action.evidence.get()
    assert (evidence.cell, evidence.figure["n"]) == ("study", 60)
