"""C16, Office for Foreigners: on paper in residence centres; 90.05 % at or above expectations, 70 % took part."""

import random

import pytest

from surveys.models import Submission
from tests.cases.steps import everybody, offer
from tests.conftest import client_of
from tests.factories import StaffRoleFactory, UnitFactory, UserFactory

OF_THE_CASE = ("ru", "en", "ar", "fr")
ASPECTS = ["accommodation", "food", "medical", "staff", "safety"]
PEOPLE, MET = 400, 1801


def filled() -> list[dict[str, str]]:
    """400 sheets with 1,801 of 2,000 answers at or above expectations."""
    values = ["at"] * 900 + ["above"] * (MET - 900) + ["below"] * (len(ASPECTS) * PEOPLE - MET)
    random.Random(16).shuffle(values)
    return [
        {f"life.{code}": values[person * 5 + place] for place, code in enumerate(ASPECTS)}
        for person in range(PEOPLE)
    ]


@pytest.mark.services
def test_paper_of_400_residents_against_the_target(agency, agency_unit):
    centre = UnitFactory(code="centre", name="Centre", parent=agency_unit, kind="facility")
    first, second = (
        client_of(StaffRoleFactory(user=UserFactory(), role="staff", unit=centre).user) for _each in "12"
    )
    offer("ru")
    wave = agency.open(agency.install("C16"))
    way = wave.collectors.get()
    assert set(wave.languages) == {"fi", "sv", "en"} | set(OF_THE_CASE)
    sheets = filled()
    typed = [
        {f"q.{code}": value for code, value in sheet.items()} | {"q.:language": language}
        for sheet, language in zip(sheets, OF_THE_CASE, strict=False)
    ]
    agency.type_paper(first, second, way, typed)
    languages = Submission.objects.filter(wave=wave).values_list("language", flat=True)
    assert sorted(languages) == sorted(OF_THE_CASE)
    agency.bring(wave, sheets[len(typed) :], way)
    agency.enter_counts(agency.client, wave, {way: (571, 571)})
    results = agency.publish(agency.close(wave))
    met = results["everybody"]["indicators"]["met"]
    assert f"{100 * met['estimate'][0]:.2f} %" == "90.05 %"
    assert met["target"][0] == 0.6
    figures = everybody(results)
    assert {code: figures[code] for code in ASPECTS} == {
        code: f"{100 * sum(sheet[f'life.{code}'] != 'below' for sheet in sheets) / PEOPLE:.0f} %"
        for code in ASPECTS
    }
    assert "70 %" in agency.page(wave, "answered")
    action = agency.act("Cook with the residents", centre, wave=wave.pk, question="=food")
    assert action.evidence.get().figure["n"] == PEOPLE
