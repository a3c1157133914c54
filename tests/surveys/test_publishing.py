import pytest

from surveys.models import Change, Version
from surveys.publishing import (
    CannotPublish,
    ChangesNotDeclared,
    content_of,
    publish,
    standard_scale_content,
)
from surveys.scales import STANDARD
from tests.factories import ChoiceFactory, PartFactory, QuestionFactory, SurveyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def survey():
    """Two parts: a rating with a choice after it, and a comment shown after a bad rating."""
    survey = SurveyFactory(code="visit", title="Your visit")
    first, second = PartFactory(survey=survey, position=1), PartFactory(survey=survey, position=2)
    overall = QuestionFactory(
        part=first, code="overall", text="How was it?", text_fi="Miten meni?", position=1
    )
    desk = QuestionFactory(part=first, code="desk", single=True, position=2)
    ChoiceFactory(question=desk, code="left", position=1)
    ChoiceFactory(question=desk, code="right", position=2)
    QuestionFactory(
        part=second,
        code="why",
        comment=True,
        band_of=overall,
        shown_if={"question": "overall", "op": "at_most", "value": 2},
    )
    return survey


def changes_of(version: Version) -> dict[str, str]:
    return dict(version.changes.values_list("question_code", "kind"))


def test_a_published_version_holds_texts_with_their_languages(survey, chiara):
    version = publish(survey=survey, by=chiara)
    question = version.content["parts"][0]["questions"][0]
    assert (version.number, version.content["format"], version.content["title"]) == (
        1,
        1,
        {"en": "Your visit"},
    )
    assert question["text"] == {"en": "How was it?", "fi": "Miten meni?"}
    assert [
        (point["code"], point["value"], point["favourable"]) for point in question["scale"]["points"]
    ] == [
        ("1", 1, False),
        ("2", 2, False),
        ("3", 3, False),
        ("4", 4, True),
        ("5", 5, True),
    ]
    assert question["scale"]["simple"]["code"] == "faces3"


def test_a_published_version_stays_as_it_was_when_the_survey_is_edited(survey, chiara):
    version = publish(survey=survey, by=chiara)
    survey.questions.filter(code="overall").update(text_en="Changed?")
    version.refresh_from_db()
    assert version.content["parts"][0]["questions"][0]["text"]["en"] == "How was it?"


def test_publishing_again_without_a_change_makes_no_new_version(survey, chiara):
    assert publish(survey=survey, by=chiara) == publish(survey=survey, by=chiara)
    assert survey.versions.count() == 1


def test_reworded_questions_must_be_judged(survey, chiara):
    publish(survey=survey, by=chiara)
    survey.questions.filter(code="overall").update(text_en="How was it today?")
    with pytest.raises(ChangesNotDeclared) as refused:
        publish(survey=survey, by=chiara)
    assert refused.value.codes == ["overall"]
    assert survey.versions.count() == 1


@pytest.mark.parametrize(
    ("meaning_kept", "kind", "breaks"), [(True, "typo", False), (False, "reworded", True)]
)
def test_only_another_meaning_breaks_the_series(survey, chiara, meaning_kept, kind, breaks):
    publish(survey=survey, by=chiara)
    survey.questions.filter(code="overall").update(text_en="How was it today?")
    version = publish(survey=survey, by=chiara, meaning_kept={"overall": meaning_kept})
    assert changes_of(version) == {"overall": kind}
    assert version.changes.get().breaks_series is breaks


def test_a_language_more_does_not_break_the_series(survey, chiara):
    publish(survey=survey, by=chiara)
    survey.questions.filter(code="overall").update(text_ar="كيف كان الأمر؟")
    assert changes_of(publish(survey=survey, by=chiara)) == {"overall": Change.Kind.LANGUAGE_ADDED}


def test_another_scale_breaks_the_series(survey, chiara):
    publish(survey=survey, by=chiara)
    survey.questions.filter(code="overall").update(standard_scale="rating10")
    version = publish(survey=survey, by=chiara)
    assert changes_of(version) == {"overall": Change.Kind.SCALE_CHANGED}
    assert version.changes.get().breaks_series


def test_questions_added_and_removed_are_said(survey, chiara):
    publish(survey=survey, by=chiara)
    survey.questions.get(code="desk").delete()
    QuestionFactory(part=survey.parts.first(), code="staff")
    assert changes_of(publish(survey=survey, by=chiara)) == {
        "desk": Change.Kind.QUESTION_REMOVED,
        "staff": Change.Kind.QUESTION_ADDED,
    }


def test_what_is_wrong_is_said_in_one_sentence_each(survey, chiara):
    survey.questions.filter(code="overall").update(text_en="")
    survey.questions.get(code="desk").choices.first().delete()
    survey.questions.filter(code="why").update(shown_if={"question": "nowhere", "op": "answered"})
    with pytest.raises(CannotPublish) as refused:
        publish(survey=survey, by=chiara)
    assert refused.value.faults == [
        "“overall” has no text in the language the survey is written in.",
        "“desk” needs at least two choices.",
        "“why” depends on “nowhere”, which does not exist.",
    ]
    assert survey.versions.count() == 0


@pytest.mark.parametrize("kind", ["number", "short_text", "long_text", "ranking"])
def test_nothing_depends_on_what_is_typed_in_the_same_part(survey, chiara, kind):
    part = survey.parts.last()
    typed = QuestionFactory(part=part, code="typed", kind=kind, standard_scale="")
    for _number in range(2 if kind == "ranking" else 0):
        ChoiceFactory(question=typed)
    QuestionFactory(part=part, code="after", shown_if={"question": "typed", "op": "answered"})
    with pytest.raises(CannotPublish) as refused:
        publish(survey=survey, by=chiara)
    assert refused.value.faults == [
        "“after” depends on “typed”, where something is typed or ranked in the same part. Move it to a later part."
    ]


def test_a_later_part_may_depend_on_what_was_typed(survey, chiara):
    QuestionFactory(part=survey.parts.last(), code="typed", kind="number", standard_scale="")
    later = PartFactory(survey=survey, position=9)
    QuestionFactory(part=later, code="after", shown_if={"question": "typed", "op": "at_least", "value": 2})
    assert publish(survey=survey, by=chiara).number == 1


def test_who_changes_the_content_of_a_scale_changes_no_other():
    first = standard_scale_content(STANDARD["faces5"])
    first["points"][0]["label"]["en"] = "changed"
    first["simple"]["points"].clear()
    again = standard_scale_content(STANDARD["faces5"])
    assert again["points"][0]["label"]["en"] != "changed"
    assert len(again["simple"]["points"]) == 3


def test_an_empty_survey_is_not_published(chiara):
    with pytest.raises(CannotPublish) as refused:
        publish(survey=SurveyFactory(), by=chiara)
    assert refused.value.faults == ["The survey asks nothing yet."]


@pytest.mark.parametrize("questions", [1, 3])
def test_freezing_needs_a_fixed_number_of_queries(django_assert_num_queries, questions):
    part = PartFactory()
    for _ in range(questions):
        ChoiceFactory(question=QuestionFactory(part=part, single=True))
    with django_assert_num_queries(6):  # parts, questions, choices, items, clips, contradictions
        content_of(part.survey)
