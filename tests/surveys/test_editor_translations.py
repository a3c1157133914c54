"""The page with every text of a survey beside its translation."""

import json

import pytest
from django.urls import reverse

from cxportal.organisation.models import TextReading
from surveys import translating
from tests.factories import ChoiceFactory, PartFactory, QuestionFactory, SurveyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def survey():
    survey = SurveyFactory(code="visit", title_en="Your visit", title_fi="Käyntisi")
    QuestionFactory(part=PartFactory(survey=survey), code="a", text_en="How was it?")
    return survey


def address(survey, language="fi") -> str:
    return reverse("admin:surveys_survey_translate_to", args=[survey.pk, language])


def boxes(survey) -> dict[str, str]:
    """Code of a text -> its box on the page."""
    lines = translating.lines_of(translating.sections_of(survey))
    return {line.code: line.place for line in lines if line.text("en")}


def save(client, survey, *, language="fi", **data):
    """What the page posts: the fingerprints it was given, and what was typed and ticked."""
    shown = client.get(address(survey, language)).context["shown"]
    return client.post(address(survey, language), {"shown": shown, **data})


def test_the_page_shows_each_text_beside_its_source(chiara_client, survey):
    context = chiara_client.get(address(survey)).context
    lines = [line for _title, groups in context["sections"] for group in groups for line in group.lines]
    assert [(line.source, line.text, line.is_missing) for line in lines] == [
        ("Your visit", "Käyntisi", False),
        ("How was it?", "", True),
    ]
    assert {language.code: (row.missing, row.unread) for language, row in context["progress"]} == {
        "fi": (1, 1),
        "sv": (2, 0),
    }


def test_each_box_says_its_language_and_direction(chiara_client, survey):
    shown = chiara_client.get(address(survey, "ar")).content.decode()
    assert f'id="{boxes(survey)["a"]}" rows="2" lang="ar" dir="rtl"' in shown


def test_a_missing_text_says_in_which_language_it_is_shown_until_then(chiara_client, survey):
    shown = chiara_client.get(address(survey)).content.decode()
    assert 'shown in <bdi lang="en">English</bdi> until then, and marked' in shown


def test_typed_texts_are_saved(chiara_client, survey):
    answer = save(chiara_client, survey, **{f"text:{boxes(survey)['a']}": "Miten meni?"})
    assert answer.url == address(survey)
    assert survey.questions.get().text_fi == "Miten meni?"


def test_one_text_is_marked_as_read_by_whom(chiara_client, chiara, survey):
    save(chiara_client, survey, read=boxes(survey)["visit"])
    assert [(row.language, row.read_by) for row in TextReading.objects.all()] == [("fi", chiara)]


def test_all_texts_of_the_page_are_marked_as_read_at_once_with_those_just_typed(chiara_client, survey):
    data = {f"text:{boxes(survey)['a']}": "Miten meni?", "unread": boxes(survey)["visit"], "read_all": "1"}
    save(chiara_client, survey, **data)
    assert TextReading.objects.count() == 2


def test_saving_alone_marks_nothing_as_read(chiara_client, survey):
    save(chiara_client, survey, unread=boxes(survey)["visit"])
    assert TextReading.objects.count() == 0


def test_a_text_that_a_colleague_changed_is_kept_and_mine_stays_in_its_box(chiara_client, survey):
    shown = chiara_client.get(address(survey)).context["shown"]
    survey.title_fi = "Vierailusi"
    survey.save()
    data = {"shown": shown, f"text:{boxes(survey)['visit']}": "Asiointisi"}
    answer = chiara_client.post(address(survey), data)
    survey.refresh_from_db()
    assert survey.title_fi == "Vierailusi"
    assert answer.status_code == 200
    assert ">Asiointisi</textarea>" in answer.content.decode()
    again = {"shown": answer.context["shown"], f"text:{boxes(survey)['visit']}": "Asiointisi"}
    chiara_client.post(address(survey), again)
    survey.refresh_from_db()
    assert survey.title_fi == "Asiointisi"


@pytest.mark.parametrize("shown", ["", "[]", "{", "null", json.dumps({"x": 1})])
def test_broken_fingerprints_overwrite_nothing(chiara_client, survey, shown):
    answer = chiara_client.post(address(survey), {"shown": shown, f"text:{boxes(survey)['visit']}": "X"})
    survey.refresh_from_db()
    assert (answer.status_code, survey.title_fi) == (200, "Käyntisi")


@pytest.mark.parametrize("language", ["en", "tlh"])
def test_there_is_no_page_for_the_source_or_an_unknown_language(chiara_client, survey, language):
    assert chiara_client.get(address(survey, language)).status_code == 404


def test_any_known_language_can_be_begun(chiara_client, survey):
    answer = chiara_client.get(
        reverse("admin:surveys_survey_translate", args=[survey.pk]), {"language": "so"}
    )
    assert answer.context["language"].native_name == "Soomaali"


@pytest.mark.parametrize(("show", "count"), [("", 2), ("missing", 1), ("unread", 1)])
def test_only_missing_or_only_unread_texts_can_be_shown(chiara_client, survey, show, count):
    context = chiara_client.get(address(survey), {"show": show}).context
    assert sum(len(group.lines) for _title, groups in context["sections"] for group in groups) == count


@pytest.mark.parametrize("questions", [1, 3])
def test_the_page_needs_a_fixed_number_of_queries(
    chiara_client, survey, questions, django_assert_num_queries
):
    for number in range(questions):
        question = QuestionFactory(part=survey.parts.get(), code=f"q{number}", single=True, text_fi="Kysymys")
        ChoiceFactory(question=question, text_fi="Valinta")
    chiara_client.get(address(survey))
    with django_assert_num_queries(14):
        chiara_client.get(address(survey))
