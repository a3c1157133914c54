"""The page of the publication, and in which languages a survey may be offered."""

import pytest
from django.urls import reverse

from cxportal.organisation.languages import offer, withdraw
from cxportal.organisation.models import Language, TextReading
from cxportal.organisation.texts import reading_digest
from surveys import offering
from surveys.models import OwnScale, Survey
from surveys.publishing import content_of, publish
from tests.factories import PartFactory, QuestionFactory, SurveyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_catalogues(settings, tmp_path):
    """The fixed texts of the interface: none, so that each test brings its own facts."""
    settings.LOCALE_PATHS = [tmp_path]


@pytest.fixture
def survey():
    survey = SurveyFactory(code="visit", title_en="Your visit", title_fi="Käyntisi")
    part = PartFactory(survey=survey)
    QuestionFactory(part=part, code="a", position=1, text_en="How was it?", text_fi="Miten meni?")
    QuestionFactory(part=part, code="b", position=2, text_en="And the staff?", text_fi="Entä henkilökunta?")
    return survey


def address(survey: Survey) -> str:
    return reverse("admin:surveys_survey_publish", args=[survey.pk])


def readiness(survey: Survey) -> dict[str, offering.Readiness]:
    return {row.language.code: row for row in offering.readiness_of(survey, content_of(survey))}


# ---------- the page ----------


def test_the_first_version_is_published_from_the_page(chiara_client, chiara, survey):
    answer = chiara_client.post(address(survey))
    version = survey.versions.get()
    assert (answer.url, version.number, version.published_by) == (address(survey), 1, chiara)


def test_what_is_wrong_stands_on_the_page_and_nothing_is_published(chiara_client, survey):
    survey.questions.filter(code="a").update(text_en="")
    faults = ["“a” has no text in the language the survey is written in."]
    assert chiara_client.get(address(survey)).context["faults"] == faults
    assert chiara_client.post(address(survey)).context["faults"] == faults
    assert survey.versions.count() == 0


def test_reworded_questions_are_shown_with_old_and_new_words(chiara_client, chiara, survey):
    publish(survey=survey, by=chiara)
    survey.questions.filter(code="a").update(text_en="How was it today?")
    (reworded,) = chiara_client.get(address(survey)).context["reworded"]
    assert reworded.code == "a"
    assert [(language.code, old, new) for language, old, new in reworded.differences] == [
        ("en", "How was it?", "How was it today?")
    ]


def test_nothing_is_published_before_each_reworded_question_was_judged(chiara_client, chiara, survey):
    publish(survey=survey, by=chiara)
    survey.questions.update(text_en="How was it today?")
    answer = chiara_client.post(address(survey), {"meaning-a": "same"})
    assert answer.context["refused"] == ["Say for each changed question whether its meaning changed: b."]
    assert [(row.code, row.judged) for row in answer.context["reworded"]] == [("a", "same"), ("b", "")]
    assert survey.versions.count() == 1


def test_the_judgement_decides_whether_the_series_breaks(chiara_client, chiara, survey):
    publish(survey=survey, by=chiara)
    survey.questions.update(text_en="How was it today?")
    chiara_client.post(address(survey), {"meaning-a": "same", "meaning-b": "other", "meaning-x": "same"})
    changes = survey.versions.get(number=2).changes.all()
    assert [(change.question_code, change.kind, change.breaks_series) for change in changes] == [
        ("a", "typo", False),
        ("b", "reworded", True),
    ]


def test_publishing_twice_makes_one_version(chiara_client, survey):
    chiara_client.post(address(survey))
    assert chiara_client.get(address(survey)).context["is_unchanged"]
    chiara_client.post(address(survey))
    assert survey.versions.count() == 1


def test_looking_at_the_page_publishes_nothing(chiara_client, survey):
    chiara_client.get(address(survey))
    assert survey.versions.count() == 0


@pytest.mark.parametrize("versions", [1, 3])
def test_the_page_needs_a_fixed_number_of_queries(
    chiara_client, chiara, survey, versions, django_assert_num_queries
):
    for number in range(versions):
        QuestionFactory(part=survey.parts.get(), code=f"more_{number}")
        publish(survey=survey, by=chiara)
    chiara_client.get(address(survey))
    with django_assert_num_queries(19):
        chiara_client.get(address(survey))


# ---------- languages ----------


def test_a_language_is_ready_when_it_is_complete_and_offered(survey):
    assert {code: row.is_ready for code, row in readiness(survey).items()} == {
        "en": True,
        "fi": True,
        "sv": False,
    }


def test_a_missing_text_keeps_a_language_from_being_offered(survey):
    survey.questions.filter(code="a").update(text_fi="")
    assert readiness(survey)["fi"].faults == ["1 text is missing."]


def test_a_language_that_is_not_offered_to_the_public_is_not_offered_in_a_survey(survey, chiara):
    withdraw(language="fi", by=chiara)
    assert readiness(survey)["fi"].faults == ["This language is not offered to the public."]


PROMISE = """
#: surveys/templates/surveys/promise.html
msgid "Your answers are stored without them."
msgstr "Vastauksesi tallennetaan ilman niitä."
"""


@pytest.fixture
def unread_promise(tmp_path):
    file = tmp_path / "fi" / "LC_MESSAGES" / "django.po"
    file.parent.mkdir(parents=True)
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
    file.write_text(header + PROMISE)


def test_a_promise_nobody_has_read_keeps_a_language_from_being_offered(survey, unread_promise):
    (fault,) = readiness(survey)["fi"].faults
    assert fault.startswith("1 fixed text (promise, ready scales, buttons, errors) is missing or unread")


def test_a_promise_that_a_person_has_read_may_be_given(survey, unread_promise, chiara):
    digest = reading_digest("Your answers are stored without them.", "Vastauksesi tallennetaan ilman niitä.")
    TextReading.objects.create(language="fi", digest=digest, read_by=chiara)
    assert readiness(survey)["fi"].is_ready


def test_the_recorded_decision_of_the_cx_team_stands_for_reading(survey, unread_promise, chiara):
    offer(language="fi", by=chiara, decision="Read by the agency's translators on paper.")
    row = readiness(survey)["fi"]
    assert row.is_ready
    assert "Offered by decision of Chiara: Read by the agency's translators on paper." in row.warnings


def test_unread_questions_are_said_but_do_not_stop(survey):
    row = readiness(survey)["fi"]
    assert (row.is_ready, row.warnings) == (True, ["3 texts have been read by nobody."])


def test_unread_words_of_an_own_scale_stop(survey):
    scale = OwnScale.objects.create(code="speed", name="Speed")
    for value, (word, translation) in enumerate([("Slow", "Hidas"), ("Fast", "Nopea")]):
        scale.points.create(code=f"p{value}", value=value, label_en=word, label_fi=translation)
    survey.questions.filter(code="a").update(standard_scale="", own_scale=scale)
    assert readiness(survey)["fi"].faults == ["2 words of an own scale have been read by nobody."]


def test_the_language_a_survey_is_written_in_needs_no_reader(survey):
    Survey.objects.update(source_language="fi")
    survey.refresh_from_db()
    assert readiness(survey)["fi"].warnings == []


def test_a_language_nobody_wrote_is_not_ready_by_being_offered(survey):
    Language.objects.update_or_create(code="so", defaults={"is_offered": True})
    assert readiness(survey)["so"].missing == 3


@pytest.mark.parametrize("questions", [1, 3])
def test_readiness_needs_a_fixed_number_of_queries(survey, questions, django_assert_num_queries):
    for number in range(questions):
        QuestionFactory(part=survey.parts.get(), code=f"more_{number}", text_fi="Lisää")
    content = content_of(survey)
    offering.readiness_of(survey, content)
    with django_assert_num_queries(3):
        offering.readiness_of(survey, content)
