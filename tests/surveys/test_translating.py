"""All texts of a survey side by side."""

import pytest
from django.core.cache import caches

from cxportal.organisation.models import Language, TextReading
from surveys import translating
from surveys.models import OwnScale, Question
from tests.factories import ChoiceFactory, PartFactory, QuestionFactory, SurveyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def survey():
    """A title, one part without a title, a question with a hint, and a choice that Finnish has already."""
    survey = SurveyFactory(code="visit", title_en="Your visit", title_fi="Käyntisi")
    part = PartFactory(survey=survey)
    desk = QuestionFactory(
        part=part, code="desk", single=True, text_en="Which desk?", help_en="See the sign."
    )
    ChoiceFactory(question=desk, code="left", text_en="Left", text_fi="Vasen")
    return survey


def places(survey) -> dict[str, translating.Line]:
    return {line.place: line for line in translating.lines_of(translating.sections_of(survey))}


def place(survey, code: str, field: str = "text") -> str:
    return next(name for name, line in places(survey).items() if (line.code, line.field) == (code, field))


def save(survey, by, typed: dict[str, str], *, read=(), shown=None, language="fi"):
    found = places(survey)
    named = [name for name in [*typed, *read] if name in found]
    shown = shown or {
        name: translating.fingerprint(found[name].text("en"), found[name].text(language)) for name in named
    }
    return translating.save_texts(
        survey=survey, language=language, texts=typed, shown=shown, read=read, by=by
    )


def progress(survey, language="fi") -> tuple[int, int, int]:
    found = translating.progress_of(survey, translating.sections_of(survey), [language])[language]
    return found.total, found.missing, found.unread


def test_texts_stand_in_the_order_in_which_respondents_meet_them(survey):
    texts = [
        (line.code, line.field, line.text("en"))
        for line in translating.lines_of(translating.sections_of(survey))
        if line.text("en")
    ]
    assert texts == [
        ("visit", "title", "Your visit"),
        ("desk", "text", "Which desk?"),
        ("desk", "help", "See the sign."),
        ("left", "text", "Left"),
    ]


def test_missing_and_unread_texts_are_counted_apart(survey):
    assert progress(survey) == (4, 2, 2)
    assert progress(survey, "en") == (4, 0, 0)
    assert progress(survey, "ar") == (4, 4, 0)


def test_a_choice_of_a_question_that_has_none_is_no_text_of_the_survey(survey):
    survey.questions.update(kind=Question.Kind.LONG_TEXT)
    assert "left" not in {line.code for line in places(survey).values()}


def test_points_of_an_own_scale_are_texts_of_the_survey(survey):
    scale = OwnScale.objects.create(code="own", name="Own")
    scale.points.create(code="low", value=1, label_en="Low")
    QuestionFactory(part=survey.parts.get(), code="rate", standard_scale="", own_scale=scale, text_en="Rate")
    assert progress(survey) == (6, 4, 2)


def test_saving_writes_what_was_typed_and_nothing_else(survey, chiara):
    saved = save(survey, chiara, {place(survey, "desk"): " Mikä tiski? ", place(survey, "left"): "Vasen"})
    desk = survey.questions.get()
    assert (saved.changed, desk.text_fi, desk.text_en) == (1, "Mikä tiski?", "Which desk?")
    assert TextReading.objects.count() == 0


def test_a_text_that_a_colleague_changed_meanwhile_is_left_as_it_is(survey, chiara):
    name = place(survey, "left")
    shown = {name: translating.fingerprint("Left", "Vasen")}
    survey.questions.get().choices.update(text_fi="Vasemmalla")
    saved = save(survey, chiara, {name: "Vasen puoli"}, shown=shown, read=[name])
    assert [line.place for line in saved.conflicts] == [name]
    assert survey.questions.get().choices.get().text_fi == "Vasemmalla"
    assert (saved.changed, saved.read) == (0, 0)


def test_a_page_that_was_open_for_long_does_not_bring_old_texts_back(survey, chiara):
    name = place(survey, "left")
    shown = {name: translating.fingerprint("Left", "Vasen")}
    survey.questions.get().choices.update(text_fi="Vasemmalla")
    saved = save(survey, chiara, {name: "Vasen"}, shown=shown)
    assert (saved.changed, saved.conflicts) == (0, [])
    assert survey.questions.get().choices.get().text_fi == "Vasemmalla"


def test_nobody_has_read_a_text_that_changed_after_the_page_was_shown(survey, chiara):
    name = place(survey, "left")
    shown = {name: translating.fingerprint("Left", "Vasen")}
    survey.questions.get().choices.update(text_en="On the left")
    assert save(survey, chiara, {}, shown=shown, read=[name]).read == 0


def test_a_text_longer_than_its_place_is_refused(survey, chiara):
    name = place(survey, "left")
    saved = save(survey, chiara, {name: "x" * 301})
    assert [line.place for line in saved.too_long] == [name]
    assert survey.questions.get().choices.get().text_fi == "Vasen"


@pytest.mark.parametrize("name", ["user-1-password", "choice-999999-text", "question-1-code", "", "\0"])
def test_a_place_outside_the_survey_is_not_written(survey, chiara, name):
    other = ChoiceFactory(code="other", text_fi="Toinen")
    saved = save(survey, chiara, {name: "x", f"choice-{other.pk}-text": "x"}, shown={"": ""})
    other.refresh_from_db()
    assert (saved.changed, saved.read, other.text_fi) == (0, 0, "Toinen")


def test_who_has_read_a_text_and_when_is_kept(survey, chiara):
    save(survey, chiara, {}, read=[place(survey, "left")])
    reading = TextReading.objects.get()
    assert (reading.language, reading.read_by, progress(survey)) == ("fi", chiara, (4, 2, 1))


def test_a_text_is_unread_again_when_it_or_its_source_changes(survey, chiara):
    save(survey, chiara, {}, read=[place(survey, "left"), place(survey, "visit", "title")])
    assert progress(survey) == (4, 2, 0)
    survey.questions.get().choices.update(text_en="On the left")
    assert progress(survey) == (4, 2, 1)
    save(survey, chiara, {place(survey, "visit", "title"): "Vierailusi"})
    assert progress(survey) == (4, 2, 2)


def test_what_is_missing_cannot_have_been_read(survey, chiara):
    assert save(survey, chiara, {}, read=[place(survey, "desk")]).read == 0


def test_a_text_typed_and_ticked_at_once_counts_as_read(survey, chiara):
    name = place(survey, "desk")
    assert save(survey, chiara, {name: "Mikä tiski?"}, read=[name]).read == 1
    assert progress(survey) == (4, 1, 2)


def test_languages_are_the_source_what_is_offered_and_what_was_begun(survey):
    Language.objects.all().delete()
    Language.objects.create(code="ar", is_offered=True, position=1)
    caches["local"].clear()
    assert translating.languages_of(survey, translating.sections_of(survey)) == ["en", "ar", "fi"]


@pytest.mark.parametrize("questions", [1, 3])
def test_the_texts_of_a_survey_need_a_fixed_number_of_queries(django_assert_num_queries, questions):
    part = PartFactory()
    for _ in range(questions):
        ChoiceFactory(question=QuestionFactory(part=part, single=True), text_fi="Valinta")
    with django_assert_num_queries(5):  # parts, questions, choices, items; readings
        sections = translating.sections_of(part.survey)
        translating.progress_of(part.survey, sections, ["en", "fi", "sv"])
