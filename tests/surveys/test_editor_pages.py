"""The page of a survey's questions: order, copies, deletion, and who may do it."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from surveys.models import Part, Question, Survey
from tests.factories import ChoiceFactory, ItemFactory, PartFactory, QuestionFactory, SurveyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def survey(unit_a):
    survey = SurveyFactory(code="visit", title_en="Your visit", unit=unit_a)
    part = PartFactory(survey=survey, position=1, title_en="At the desk")
    QuestionFactory(part=part, code="a", position=1, text_en="How was it?", text_fi="Miten meni?")
    QuestionFactory(
        part=part,
        code="b",
        position=2,
        single=True,
        text_en="Why?",
        shown_if={"question": "a", "op": "at_most", "value": 2},
    )
    return survey


def page(name: str, survey: Survey, *arguments) -> str:
    return reverse(f"admin:surveys_survey_{name}", args=[survey.pk, *arguments])


def question(code: str) -> Question:
    return Question.objects.get(code=code)


def arrange(client, survey: Survey, do: str, **more):
    return client.post(page("arrange", survey), {"do": do, **more})


def codes(survey: Survey) -> list[str]:
    return list(survey.questions.order_by("part__position", "position").values_list("code", flat=True))


def said(answer) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_the_page_shows_what_is_asked_and_when(chiara_client, survey):
    (part,) = chiara_client.get(page("questions", survey)).context["parts"]
    assert [
        (row.number, row.question.code, row.details, row.condition, row.is_long) for row in part.questions
    ] == [
        (1, "a", "Five faces", "", False),
        (2, "b", "0 choices", "a is at most 2", False),
    ]


def test_a_question_of_many_words_is_marked(chiara_client, survey):
    Question.objects.filter(code="a").update(text_en="word " * 16)
    (part,) = chiara_client.get(page("questions", survey)).context["parts"]
    assert [row.is_long for row in part.questions] == [True, False]


def test_each_question_says_which_languages_it_lacks(chiara_client, survey):
    (part,) = chiara_client.get(page("questions", survey)).context["parts"]
    assert [[language.code for language in row.missing] for row in part.questions] == [["sv"], ["fi", "sv"]]


def test_up_moves_a_question_and_keeps_the_focus_on_the_button(chiara_client, survey):
    b = question("b")
    answer = arrange(chiara_client, survey, f"question:{b.pk}:up")
    assert codes(survey) == ["b", "a"]
    assert answer.url == f"{page('questions', survey)}?moved=question:{b.pk}-up"
    shown = chiara_client.get(answer.url).content.decode()
    assert f'value="question:{b.pk}:up" autofocus' in shown
    assert shown.count("autofocus") == 1


def test_a_part_moves(chiara_client, survey):
    other = PartFactory(survey=survey, position=2)
    arrange(chiara_client, survey, f"part:{other.pk}:up")
    assert list(survey.parts.all()) == [other, Part.objects.get(title_en="At the desk")]


def test_a_question_is_copied_with_one_click(chiara_client, survey):
    answer = arrange(chiara_client, survey, f"question:{question('a').pk}:duplicate")
    assert codes(survey) == ["a", "a_2", "b"]
    assert said(answer) == ["The copy has the code “a_2”."]


def test_a_part_is_copied_with_its_questions(chiara_client, survey):
    arrange(chiara_client, survey, f"part:{survey.parts.get().pk}:duplicate")
    assert codes(survey) == ["a", "b", "a_2", "b_2"]


def test_a_part_is_added_and_renamed_in_the_language_of_the_survey(chiara_client, survey):
    Survey.objects.update(source_language="fi")
    arrange(chiara_client, survey, "add-part", **{"title-new": "Tiskillä"})
    part = survey.parts.last()
    assert (part.title_fi, part.title_en, part.position) == ("Tiskillä", None, 2)
    arrange(chiara_client, survey, f"part:{part.pk}:rename", **{f"title-{part.pk}": "Jonossa"})
    part.refresh_from_db()
    assert part.title_fi == "Jonossa"


@pytest.mark.parametrize(
    "do",
    ["", "question", "question:x:up", "question:999:up", "part:1:explode", "survey:1:up", "question:\0:up"],
)
def test_an_unknown_command_is_not_found(chiara_client, survey, do):
    before = codes(survey)
    assert arrange(chiara_client, survey, do).status_code == 404
    assert codes(survey) == before


def test_a_question_of_another_survey_is_not_moved_from_here(chiara_client, survey):
    other = QuestionFactory(code="other")
    assert arrange(chiara_client, survey, f"question:{other.pk}:up").status_code == 404


def test_looking_at_the_command_does_nothing(chiara_client, survey):
    assert chiara_client.get(page("arrange", survey)).status_code == 405


def test_a_manager_reads_the_questions_of_her_unit_but_changes_nothing(aino_client, survey):
    shown = aino_client.get(page("questions", survey))
    assert b"How was it?" in shown.content
    assert b'name="do"' not in shown.content
    assert arrange(aino_client, survey, f"question:{question('b').pk}:up").status_code == 403
    assert codes(survey) == ["a", "b"]


@pytest.mark.parametrize("name", ["questions", "preview", "preview_page", "publish", "translate"])
def test_a_survey_of_another_unit_is_not_found(aino_client, survey, unit_b, name):
    Survey.objects.update(unit=unit_b)
    answer = aino_client.get(page(name, survey))
    assert answer.status_code == 404
    assert b"Your visit" not in answer.content


@pytest.mark.parametrize("name", ["arrange", "duplicate", "publish", "translate"])
def test_only_the_cx_team_writes(aino_client, survey, name):
    assert aino_client.post(page(name, survey), {"do": "add-part"}).status_code == 403
    assert (Survey.objects.count(), survey.parts.count(), survey.versions.count()) == (1, 1, 0)


def test_staff_at_a_desk_do_not_see_surveys(bram_client, survey):
    assert bram_client.get(reverse("admin:surveys_survey_changelist")).status_code == 403
    assert bram_client.get(page("questions", survey)).status_code == 404


def test_deleting_a_question_names_those_that_look_at_it(chiara_client, survey):
    shown = chiara_client.get(reverse("admin:surveys_question_delete", args=[question("a").pk]))
    assert shown.context["dependents"] == ["b"]
    assert codes(survey) == ["a", "b"]


def test_after_deleting_a_question_the_survey_is_shown_again(chiara_client, survey):
    answer = chiara_client.post(
        reverse("admin:surveys_question_delete", args=[question("b").pk]), {"post": "yes"}
    )
    assert (answer.url, codes(survey)) == (page("questions", survey), ["a"])


def test_a_part_is_deleted_after_a_question(chiara_client, survey):
    address = page("delete_part", survey, survey.parts.get().pk)
    assert [row.code for row in chiara_client.get(address).context["questions"]] == ["a", "b"]
    assert codes(survey) == ["a", "b"]
    chiara_client.post(address)
    assert (codes(survey), survey.parts.count()) == ([], 0)


def test_a_survey_is_copied(chiara_client, survey):
    answer = chiara_client.post(page("duplicate", survey))
    copy = Survey.objects.get(code="visit_2")
    assert answer.url == page("change", copy)
    assert codes(copy) == ["a", "b"]


def test_the_title_of_a_new_survey_is_in_the_language_chosen_for_it(chiara_client):
    chiara_client.post(
        reverse("admin:surveys_survey_add"),
        {"title_en": "Asiakaskysely", "code": "asiakas", "source_language": "fi", "best_first": "on"},
    )
    survey = Survey.objects.get()
    assert (survey.title_fi, survey.title_en, survey.parts.count()) == ("Asiakaskysely", None, 1)


def test_a_survey_needs_a_title_in_its_own_language(chiara_client, survey):
    answer = chiara_client.post(
        page("change", survey), {"title_en": "", "code": "visit", "source_language": "en"}
    )
    assert answer.context["errors"]
    survey.refresh_from_db()
    assert survey.title_en == "Your visit"


def test_the_preview_is_the_page_respondents_will_meet(chiara_client, survey):
    answer = chiara_client.get(page("preview_page", survey), {"language": "fi", "part": "1"})
    shown = answer.content.decode()
    assert '<html lang="fi"' in shown
    assert "Miten meni?" in shown
    assert "Why?" in shown  # its condition does not hide it from those who write it


def test_the_preview_beside_a_question_is_the_page_with_it(chiara_client, survey):
    part = PartFactory(survey=survey, position=1)
    things = QuestionFactory(part=part, code="things", kind="grid", position=1)
    ItemFactory.create_batch(7, question=things)
    QuestionFactory(part=part, code="after", position=2)
    answer = chiara_client.get(page("preview_page", survey), {"question": "after"}).content.decode()
    assert ('id="c-after"' in answer, 'id="c-things"' in answer) == (True, False)


def test_only_our_own_pages_may_frame_the_preview(chiara_client, survey):
    answer = chiara_client.get(page("preview_page", survey))
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert "frame-src 'self'" in chiara_client.get(page("preview", survey)).headers["Content-Security-Policy"]


def test_nobody_outside_sees_a_preview(client, survey):
    answer = client.get(page("preview_page", survey))
    assert answer.status_code == 302
    assert "login" in answer.url


@pytest.mark.parametrize(
    "asked", [{}, {"part": "9999"}, {"part": "x"}, {"language": "tlh"}, {"simple": "1"}, {"width": "1"}]
)
def test_a_preview_of_anything_is_some_page(chiara_client, survey, asked):
    assert chiara_client.get(page("preview_page", survey), asked).status_code == 200
    assert chiara_client.get(page("preview", survey), asked).status_code == 200


def test_an_empty_survey_has_a_preview_that_says_so(chiara_client):
    answer = chiara_client.get(page("preview_page", SurveyFactory()))
    assert "Nothing to show yet" in answer.content.decode()


@pytest.mark.parametrize("surveys", [1, 3])
def test_the_list_of_surveys_needs_a_fixed_number_of_queries(
    chiara_client, surveys, django_assert_num_queries
):
    for _ in range(surveys):
        QuestionFactory.create_batch(2, part=PartFactory())
    chiara_client.get(reverse("admin:surveys_survey_changelist"))
    with django_assert_num_queries(10):
        chiara_client.get(reverse("admin:surveys_survey_changelist"))


@pytest.mark.parametrize("questions", [1, 3])
def test_the_page_of_the_questions_needs_a_fixed_number_of_queries(
    chiara_client, questions, django_assert_num_queries
):
    part = PartFactory()
    for _ in range(questions):
        ChoiceFactory(question=QuestionFactory(part=part, single=True))
    chiara_client.get(page("questions", part.survey))
    with django_assert_num_queries(14):
        chiara_client.get(page("questions", part.survey))
