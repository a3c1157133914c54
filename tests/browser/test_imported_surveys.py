"""The pages that real forms of other systems become, in a real browser."""

import pytest

from cxportal.organisation.models import Agency
from surveys import publishing
from surveys.interchange.formats import read_form
from surveys.interchange.taking_in import take_in
from tests.browser.faults import axe_violations, leave, policy_violations
from tests.surveys.interchange.test_sample_files import FILES, open_wave

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("hurried_respondents"),
]


@pytest.mark.parametrize("name", FILES)
def test_the_first_pages_of_an_imported_survey_have_no_fault_that_axe_finds(browser, samples, chiara, name):
    Agency(name="Service Agency", contact_email="cx@agency.example").save()
    survey = take_in(*read_form(name, (samples / "questionnaires" / name).read_bytes()), by=chiara)
    version = publishing.publish(survey=survey, by=chiara)
    way = open_wave(survey, version, survey.source_language)
    page = browser().new_page()
    page.goto(f"/{survey.source_language}/s/{way.address}/")
    faults = axe_violations(page)
    leave(page, "a.btn")
    assert [*faults, *axe_violations(page), *policy_violations(page)] == []
