"""Our survey, as XLSForm, and back: the same, question by question and language by language."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveys import publishing
from surveys.conditions import AllOf, AnyOf, Comparison, Not, read_condition
from surveys.interchange import xlsform_writer
from surveys.interchange.formats import read_form
from surveys.interchange.forms import Form, FormChoice, FormItem, FormPart, FormQuestion, FormScale, Report
from surveys.interchange.logic import tidy
from surveys.interchange.taking_in import take_in
from surveys.models import Survey
from tests.conftest import SAMPLES
from tests.factories import QuestionFactory
from tests.surveys.interchange.test_sample_files import FILES

pytestmark = pytest.mark.django_db

WORDS = st.text(st.sampled_from("abc äöå كيف 'x\"&<>{}=+-@\n*_"), min_size=1, max_size=25).map(
    lambda text: f"w{' '.join(text.split())}w"
)
TEXTS = st.fixed_dictionaries({"en": WORDS}, optional={"ar": WORDS, "fr": WORDS, "zh-hans": WORDS})
MAYBE = st.one_of(st.just({}), TEXTS)
KINDS = [
    "rating",
    "grid",
    "single",
    "multiple",
    "yes_no",
    "thumbs",
    "ranking",
    "number",
    "short_text",
    "long_text",
]
POINTS = [FormChoice(str(value), str(value), {"en": f"Point {value}"}, value=value) for value in (1, 2, 3)]
SCALES = st.sampled_from(
    [
        FormScale(standard="faces5"),
        FormScale(standard="recommend11"),
        FormScale(POINTS, code="own", name="Own", is_numeric=True),
    ]
)


def choices(draw) -> list[FormChoice]:
    number = draw(st.integers(2, 4))
    flags = st.sampled_from([(False, False), (True, False), (False, True)])
    found = []
    for place in range(number):
        exclusive, other = draw(flags)
        has_other = any(choice.asks_for_text for choice in found)
        found.append(FormChoice(f"c{place}", f"c{place}", draw(TEXTS), exclusive, other and not has_other))
    return found


def comparisons(draw, earlier: list[FormQuestion]):
    question = draw(st.sampled_from(earlier))
    answered = Comparison(question.code, "answered")
    if question.kind == "number":
        return draw(
            st.sampled_from(
                [answered, *(Comparison(question.code, op, 3) for op in ("at_least", "less_than"))]
            )
        )
    if question.kind in {"single", "multiple", "ranking"}:
        codes = tuple(choice.code for choice in question.choices)
        return draw(
            st.sampled_from(
                [
                    answered,
                    Comparison(question.code, "equals", codes[0]),
                    Comparison(question.code, "one_of", codes[:2]),
                ]
            )
        )
    if question.kind == "yes_no":
        return Comparison(question.code, "equals", "no")
    return answered


@st.composite
def forms(draw) -> Form:
    form = Form(
        code="trip", title=draw(TEXTS), purpose=draw(MAYBE), thanks=draw(MAYBE), source="en", is_ours=True
    )
    form.best_first, form.offers_simple_mode = draw(st.booleans()), draw(st.booleans())
    earlier: list[FormQuestion] = []
    for part in range(draw(st.integers(1, 3))):
        form.parts.append(FormPart(draw(MAYBE)))
        for place in range(draw(st.integers(1, 4))):
            kind = draw(st.sampled_from(KINDS))
            code = f"q{part}_{place}"
            question = FormQuestion(
                code, code, kind, draw(TEXTS), "", help=draw(MAYBE), is_required=draw(st.booleans())
            )
            question.offers_not_for_me, question.offers_dont_know = draw(st.booleans()), draw(st.booleans())
            if kind in {"rating", "grid"}:
                question.scale = draw(SCALES)
            if kind == "grid":
                question.items = [
                    FormItem(f"i{n}", f"i{n}", draw(TEXTS)) for n in range(draw(st.integers(1, 3)))
                ]
            if kind in {"single", "multiple", "yes_no", "thumbs", "ranking"}:
                question.choices = choices(draw)
            if kind == "number":
                question.low, question.high = draw(st.sampled_from([(None, None), (0, None), (-5, 99)]))
            if kind in {"short_text", "long_text"}:
                question.max_length = draw(st.integers(10, 4000))
            if earlier and draw(st.booleans()):
                one, two = comparisons(draw, earlier), comparisons(draw, earlier)
                question.condition = tidy(
                    draw(st.sampled_from([one, Not(one), AllOf((one, Not(two))), AnyOf((one, two))]))
                )
            form.parts[-1].questions.append(question)
        earlier = [one for one in form.questions if one.kind not in {"grid", "thumbs", "rating"}]
    return form


def as_it_is(survey: Survey) -> dict:
    content = publishing.content_of(survey) | {"survey": ""}
    for question in publishing.questions_in(content):
        if question["shown_if"]:
            question["shown_if"] = tidy(read_condition(question["shown_if"])).as_json()
    return content


def back_again(survey: Survey) -> Survey:
    form, report = read_form("trip.xlsx", xlsform_writer.write(survey))
    return take_in(form, report, by=None)


@given(forms())
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_survey_comes_back_as_it_went(form):
    survey = take_in(form, Report(), by=None)
    assert as_it_is(back_again(survey)) == as_it_is(survey)


def test_contradictions_and_indicators_come_back_as_they_went():
    question = QuestionFactory(code="how", kind="number", text="How often?")
    survey = question.survey
    QuestionFactory(survey=survey, part=question.part, code="when", kind="number", text="When?")
    survey.contradictions.create(
        code="never", first_question="how", first_values="0", second_question="when", second_values=""
    )
    survey.indicators.create(code="often", name_en="Often", name_fi="Usein", questions=["how"], target=2.5)
    survey.indicators.create(
        code="rarely", name_en="Rarely", questions=["how"], high_is_good=False, position=1
    )
    again = back_again(survey)
    names = ("code", "first_question", "first_values", "second_question", "second_values")
    assert list(again.contradictions.values_list(*names)) == [("never", "how", "0", "when", "")]
    names = ("code", "name_en", "name_fi", "formula", "questions", "favourable", "target", "high_is_good")
    assert list(again.indicators.values_list(*names)) == [
        ("often", "Often", "Usein", "mean", ["how"], "declared", 2.5, True),
        ("rarely", "Rarely", None, "mean", ["how"], "declared", None, False),
    ]


@pytest.mark.long
@given(forms())
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_many_surveys_come_back_as_they_went(form):
    survey = take_in(form, Report(), by=None)
    assert as_it_is(back_again(survey)) == as_it_is(survey)


@pytest.mark.parametrize("name", FILES)
def test_an_imported_survey_comes_back_as_it_went(samples, name):
    form, report = read_form(name, (SAMPLES / "questionnaires" / name).read_bytes())
    survey = take_in(form, report, by=None)
    assert as_it_is(back_again(survey)) == as_it_is(survey)
