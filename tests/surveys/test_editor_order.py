"""Order, copies and codes of a questionnaire."""

import pytest

from surveys import editing
from surveys.models import Choice, OwnScale, Question, Survey
from surveys.publishing import content_of, publish
from tests.factories import ChoiceFactory, IndicatorFactory, PartFactory, QuestionFactory, SurveyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def survey():
    """Part one: a, b. Part two: c, shown after a bad a and sorted by it."""
    survey = SurveyFactory(code="visit", title="Your visit")
    one, two = PartFactory(survey=survey, position=1), PartFactory(survey=survey, position=2)
    a = QuestionFactory(part=one, code="a", position=1, text_fi="Miten meni?")
    b = QuestionFactory(part=one, code="b", position=2, single=True)
    ChoiceFactory(question=b, code="left", position=1, text_ar="يسار")
    ChoiceFactory(question=b, code="right", position=2)
    QuestionFactory(
        part=two, code="c", comment=True, band_of=a, shown_if={"question": "a", "op": "at_most", "value": 2}
    )
    return survey


def order_of(survey: Survey) -> list[list[str]]:
    return [[question.code for question in part.questions.all()] for part in survey.parts.all()]


def question(survey: Survey, code: str) -> Question:
    return survey.questions.get(code=code)


@pytest.mark.parametrize(
    ("code", "step", "order"),
    [
        ("a", "down", [["b", "a"], ["c"]]),
        ("a", "up", [["a", "b"], ["c"]]),
        ("b", "down", [["a"], ["b", "c"]]),
        ("c", "up", [["a", "b", "c"], []]),
        ("c", "down", [["a", "b"], ["c"]]),
    ],
)
def test_a_question_moves_one_place_also_into_the_next_part(survey, code, step, order):
    editing.move_question(question=question(survey, code), step=step)
    assert order_of(survey) == order


def test_questions_that_never_had_a_place_get_one_when_one_of_them_moves(survey):
    survey.questions.update(position=0)
    editing.move_question(question=question(survey, "b"), step="up")
    assert order_of(survey) == [["b", "a"], ["c"]]


def test_a_part_moves_with_its_questions(survey):
    editing.move_part(part=survey.parts.last(), step="up")
    assert order_of(survey) == [["c"], ["a", "b"]]


def test_a_choice_moves_among_those_of_its_question(survey):
    editing.move_row(row=Choice.objects.get(code="left"), step="down")
    assert [choice.code for choice in question(survey, "b").choices.all()] == ["right", "left"]


def test_a_copied_question_stands_after_the_first_one_with_its_choices_in_every_language(survey):
    copy = editing.duplicate_question(question=question(survey, "b"))
    assert order_of(survey) == [["a", "b", "b_2"], ["c"]]
    assert [(choice.code, choice.text_en, choice.text_ar) for choice in copy.choices.all()] == [
        (choice.code, choice.text_en, choice.text_ar) for choice in question(survey, "b").choices.all()
    ]


def test_a_copied_question_keeps_its_condition_and_the_rating_that_sorts_its_comments(survey):
    copy = editing.duplicate_question(question=question(survey, "c"))
    assert (copy.shown_if["question"], copy.band_of.code) == ("a", "a")


def test_conditions_inside_a_copied_part_look_at_the_copies(survey):
    c = question(survey, "c")
    c.part, c.position = survey.parts.first(), 3
    c.save()
    copy = editing.duplicate_part(part=survey.parts.first())
    assert order_of(survey) == [["a", "b", "c"], ["a_2", "b_2", "c_2"], []]
    assert copy.position == 2
    assert question(survey, "c_2").shown_if == {"question": "a_2", "op": "at_most", "value": 2}
    assert question(survey, "c_2").band_of.code == "a_2"


def test_a_copied_survey_asks_the_same_under_the_same_codes(survey):
    copy = editing.duplicate_survey(survey=survey)
    assert copy.code == "visit_2"
    assert content_of(copy) == content_of(survey) | {"survey": "visit_2"}
    assert question(copy, "c").band_of.survey == copy


def test_contradictions_are_copied_with_the_survey(survey):
    survey.contradictions.create(code="odd", first_question="a", second_question="b")
    copy = editing.duplicate_survey(survey=survey)
    assert list(copy.contradictions.values_list("code", "first_question", "second_question")) == [
        ("odd", "a", "b")
    ]
    assert survey.contradictions.count() == 1


def test_a_copied_survey_leaves_the_first_one_alone(survey, chiara):
    publish(survey=survey, by=chiara)
    copy = editing.duplicate_survey(survey=survey)
    question(copy, "a").delete()
    assert (order_of(survey), survey.versions.count(), copy.versions.count()) == ([["a", "b"], ["c"]], 1, 0)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("How easy was it to find us?", "how_easy_was_it"),
        ("Miten käynti meni tänään?", "miten_kaynti_meni_tanaan"),
        ("2 minutes or more", "minutes_or_more"),
        ("كيف كان الأمر؟", "question"),
        ("", "question"),
        ("A", "a_2"),
    ],
)
def test_a_code_is_made_of_the_first_words(text, code):
    assert editing.code_from(text, {"a"}, fallback="question") == code


def test_a_code_stays_within_forty_letters():
    long = "a" * 40
    assert editing.free_code(long, {long}) == "a" * 38 + "_2"


def test_copies_of_copies_count_on():
    assert editing.free_code("overall_2", {"overall", "overall_2"}) == "overall_3"


def test_codes_are_frozen_by_the_first_publication(survey, chiara):
    assert editing.frozen_codes(survey) == {}
    publish(survey=survey, by=chiara)
    QuestionFactory(part=survey.parts.first(), code="new")
    assert editing.frozen_codes(survey) == {"a": set(), "b": {"left", "right"}, "c": set()}


def test_an_own_scale_is_frozen_with_the_survey_that_uses_it(survey, chiara):
    scale = OwnScale.objects.create(code="own", name="Own")
    for value in (1, 2):
        scale.points.create(code=str(value), value=value, label_en=str(value))
    survey.questions.filter(code="a").update(standard_scale="", own_scale=scale)
    assert not editing.scale_is_frozen(scale)
    publish(survey=survey, by=chiara)
    assert editing.scale_is_frozen(scale)


def test_who_deletes_a_question_is_told_which_ones_look_at_it(survey):
    assert editing.dependents_of([question(survey, "a")]) == ["c"]
    assert editing.dependents_of([question(survey, "a"), question(survey, "c")]) == []


@pytest.mark.parametrize(
    ("text", "language", "long"),
    [(" word" * 15, "en", False), (" word" * 16, "en", True), ("คำ " * 30, "th", False)],
)
def test_more_than_fifteen_words_are_long_where_words_can_be_counted(text, language, long):
    assert editing.is_long(text, language) is long


@pytest.mark.parametrize("questions", [1, 3])
def test_copying_a_survey_needs_a_fixed_number_of_queries(django_assert_num_queries, questions):
    part = PartFactory()
    for _ in range(questions):
        ChoiceFactory(question=QuestionFactory(part=part, single=True))
    with django_assert_num_queries(17):
        editing.duplicate_survey(survey=part.survey)


def test_a_copy_of_a_survey_has_its_indicators(survey):
    IndicatorFactory(survey=survey, code="cx", questions=["overall", "staff"], formula="all_of", target=60)
    copy = editing.duplicate_survey(survey=survey)
    assert list(copy.indicators.values_list("code", "questions", "formula", "target")) == [
        ("cx", ["overall", "staff"], "all_of", 60)
    ]
