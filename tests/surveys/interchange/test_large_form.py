"""A form of 560 questions: its pages stay small enough to be sent, and need no more queries than a short one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from surveys import publishing
from surveys.admin.surveys import TEXTS_ON_A_PAGE
from surveys.interchange.formats import read_form
from surveys.interchange.taking_in import take_in
from surveys.models import Submission
from surveys.questionnaire import Questionnaire
from tests.surveys.interchange.files import large_form
from tests.surveys.interchange.test_sample_files import open_wave, walk_to_the_end
from tests.surveys.respondent import Respondent

pytestmark = pytest.mark.django_db


@pytest.fixture
def limits_of_django(settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440


def imported(questions: int):
    return take_in(*read_form("large.xlsx", large_form(questions)), by=None)


def test_560_questions_are_answered_within_the_upload_limits_of_django(
    hurried_respondents, limits_of_django, chiara
):
    survey = imported(560)
    version = publishing.publish(survey=survey, by=chiara)
    way = open_wave(survey, version, "en")
    walk_to_the_end(Respondent(f"/en/s/{way.address}/").open(), Questionnaire(version.content))
    (submission,) = Submission.objects.all()
    # the walk ticks the first choice of everything: no question is hidden from it
    assert submission.version == version


def test_all_texts_of_a_long_survey_come_in_pages_that_can_be_saved(chiara_client, limits_of_django):
    survey = imported(90)
    address = reverse("admin:surveys_survey_translate_to", args=[survey.pk, "fr"])
    seen, sizes = [], []
    for number in (1, 2):
        context = chiara_client.get(address, {"page": number}).context
        lines = [line for _title, groups in context["sections"] for group in groups for line in group.lines]
        sizes.append(len(lines))
        seen += [line.line.place for line in lines]
    assert context["page"].paginator.num_pages == 2
    assert max(sizes) <= TEXTS_ON_A_PAGE
    # the title, 7 parts, 90 questions, 8 choices of every second one
    assert len(seen) == len(set(seen)) == 1 + 7 + 90 + 8 * 46
    place, shown = seen[-1], context["shown"]
    saved = chiara_client.post(address, {"shown": shown, "page": "2", f"text:{place}": "Autre mot"})
    assert saved["Location"] == f"{address}?page=2"
    assert "Autre mot" in chiara_client.get(saved["Location"]).content.decode()


@pytest.mark.parametrize("name", ["questions", "translate", "preview", "publish"])
def test_pages_of_a_long_survey_need_as_many_queries_as_of_a_short_one(chiara_client, name):
    counts = []
    for questions in (20, 20, 60):  # the first one fills what the process remembers
        address = reverse(f"admin:surveys_survey_{name}", args=[imported(questions).pk])
        with CaptureQueriesContext(connection) as queries:
            chiara_client.get(address)
        # beside them the session is written now and then
        counts.append(sum('"surveys_' in query["sql"] for query in queries))
    assert counts[1] == counts[2]
