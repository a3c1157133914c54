"""The form of one question."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from surveys.models import OwnScale, Question
from surveys.publishing import publish
from tests.factories import ChoiceFactory, PartFactory, QuestionFactory, ServiceFactory, SurveyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def part():
    return PartFactory(survey=SurveyFactory(code="visit", title_en="Your visit"), position=1)


@pytest.fixture
def rating(part):
    return QuestionFactory(part=part, code="overall", position=1, text_en="How was it?")


@pytest.fixture
def single(part):
    question = QuestionFactory(part=part, code="desk", single=True, position=2, text_en="Which desk?")
    ChoiceFactory(question=question, code="left", position=1, text_en="Left")
    ChoiceFactory(question=question, code="right", position=2, text_en="Right")
    return question


def form_of(question: Question) -> str:
    return reverse("admin:surveys_question_change", args=[question.pk])


def filled(question: Question, **changes) -> dict[str, str]:
    """What the form posts when nothing was touched, with these changes."""
    data = {
        "text_en": question.text_en,
        "kind": question.kind,
        "code": question.code,
        "part": str(question.part_id),
        "max_length": "2000",
        "shown_when": "always",
        "shown_if-TOTAL_FORMS": "0",
        "shown_if-INITIAL_FORMS": "0",
        "_continue": "1",
    }
    if question.kind in Question.WITH_SCALE:
        data["scale"] = f"ready:{question.standard_scale}"
    rows = list(question.choices.all())
    data |= {"choices-TOTAL_FORMS": str(len(rows)), "choices-INITIAL_FORMS": str(len(rows))}
    for number, row in enumerate(rows):
        data |= {
            f"choices-{number}-id": str(row.pk),
            f"choices-{number}-question": str(question.pk),
            f"choices-{number}-code": row.code,
            f"choices-{number}-text_en": row.text_en,
        }
    return data | changes


def faults(answer) -> list[str]:
    assert answer.status_code == 200
    return [fault for faults in answer.context["errors"] for fault in faults]


def add(client, part, **data):
    address = reverse("admin:surveys_question_add")
    return client.post(f"{address}?part={part.pk}", {"part": str(part.pk), "kind": "rating", **data})


def test_a_new_question_gets_a_code_from_its_words_and_stands_last(chiara_client, part, rating):
    add(chiara_client, part, text_en="How long did you wait?")
    new = Question.objects.get(code="how_long_did_you")
    assert (new.survey, new.part, new.position, new.standard_scale) == (part.survey, part, 2, "faces5")


def test_a_new_question_needs_its_text_in_the_language_of_the_survey(chiara_client, part):
    assert faults(add(chiara_client, part, text_en="")) == ["This field is required."]
    assert Question.objects.count() == 0


def test_two_questions_of_a_survey_never_share_a_code(chiara_client, part, rating):
    answer = add(chiara_client, part, text_en="Again?", code="overall")
    assert faults(answer) == ["Another question of this survey has this code."]


def test_the_same_code_may_stand_in_another_survey(chiara_client, rating):
    other = PartFactory()
    add(chiara_client, other, text_en="How was it?", code="overall")
    assert other.survey.questions.get().code == "overall"


def test_a_code_can_be_changed_until_the_first_publication(chiara_client, chiara, rating):
    chiara_client.post(form_of(rating), filled(rating, code="general"))
    rating.refresh_from_db()
    assert rating.code == "general"
    publish(survey=rating.survey, by=chiara)
    chiara_client.post(form_of(rating), filled(rating, code="other"))
    rating.refresh_from_db()
    assert rating.code == "general"


def test_texts_are_saved_in_each_language(chiara_client, rating):
    chiara_client.post(form_of(rating), filled(rating, text_fi="Miten meni?", help_en="In all."))
    rating.refresh_from_db()
    assert (rating.text_en, rating.text_fi, rating.help_en) == ("How was it?", "Miten meni?", "In all.")


def test_the_form_counts_missing_texts_per_language_with_those_of_choices(chiara_client, single):
    panels = chiara_client.get(form_of(single)).context["panels"]
    assert {panel.language.code: panel.missing for panel in panels} == {"en": 0, "fi": 3, "sv": 3}


def test_a_ready_scale_is_chosen_by_its_name(chiara_client, rating):
    chiara_client.post(form_of(rating), filled(rating, scale="ready:recommend11"))
    rating.refresh_from_db()
    assert (rating.standard_scale, rating.own_scale) == ("recommend11", None)


def test_an_own_scale_takes_the_place_of_a_ready_one(chiara_client, rating):
    own = OwnScale.objects.create(code="speed", name="Speed")
    chiara_client.post(form_of(rating), filled(rating, scale=f"own:{own.pk}"))
    rating.refresh_from_db()
    assert (rating.standard_scale, rating.own_scale) == ("", own)


@pytest.mark.parametrize("scale", ["ready:nothing", "own:999", "own:x", "x"])
def test_a_scale_that_does_not_exist_is_refused(chiara_client, rating, scale):
    assert faults(chiara_client.post(form_of(rating), filled(rating, scale=scale)))
    rating.refresh_from_db()
    assert rating.standard_scale == "faces5"


def test_a_question_becomes_a_rating_with_a_scale(chiara_client, single):
    chiara_client.post(form_of(single), filled(single, kind="rating"))
    single.refresh_from_db()
    assert (single.kind, single.standard_scale) == ("rating", "faces5")


def test_more_than_fifteen_words_bring_a_note_but_are_saved(chiara_client, rating):
    answer = chiara_client.post(form_of(rating), filled(rating, text_en="word " * 16))
    assert "“overall” has 16 words in English. Questions of up to 15 words are understood more easily." in [
        str(message) for message in get_messages(answer.wsgi_request)
    ]
    rating.refresh_from_db()
    assert rating.text_en.split() == ["word"] * 16


# ---------- choices ----------


def test_a_new_choice_gets_a_code_and_the_last_place(chiara_client, single):
    new = {"choices-TOTAL_FORMS": "3", "choices-2-text_en": "The one in the middle"}
    chiara_client.post(form_of(single), filled(single, **new))
    assert [(choice.code, choice.position) for choice in single.choices.all()] == [
        ("left", 1),
        ("right", 2),
        ("the_one_in_the", 3),
    ]


def test_two_new_choices_keep_their_order(chiara_client, single):
    new = {"choices-TOTAL_FORMS": "4", "choices-2-text_en": "Zebra", "choices-3-text_en": "Ant"}
    chiara_client.post(form_of(single), filled(single, **new))
    assert [choice.code for choice in single.choices.all()] == ["left", "right", "zebra", "ant"]


def test_a_choice_needs_its_text_in_the_language_of_the_survey(chiara_client, single):
    new = {"choices-TOTAL_FORMS": "3", "choices-2-text_fi": "Keskimmäinen"}
    answer = chiara_client.post(form_of(single), filled(single, **new))
    assert faults(answer) == ["Write the text in the language of the survey first."]


def test_the_code_of_a_published_choice_stays(chiara_client, chiara, single):
    publish(survey=single.survey, by=chiara)
    chiara_client.post(
        form_of(single), filled(single, **{"choices-0-code": "west", "choices-0-text_en": "West"})
    )
    choice = single.choices.first()
    assert (choice.code, choice.text_en) == ("left", "West")


def test_a_choice_says_which_service_it_stands_for(chiara_client, single):
    service = ServiceFactory(code="permit")
    chiara_client.post(form_of(single), filled(single, fills="service"))
    shown = chiara_client.get(form_of(single)).content.decode()
    assert 'name="choices-0-service"' in shown
    assert 'name="choices-0-unit"' not in shown
    single.refresh_from_db()
    data = filled(single, fills="service", **{"choices-0-service": str(service.pk)})
    chiara_client.post(form_of(single), data)
    assert [choice.service for choice in single.choices.all()] == [service, None]


def test_moving_a_choice_saves_the_form_first(chiara_client, single):
    left = single.choices.first()
    data = filled(single, text_en="Which desk was it?", _move=f"{left.pk}:down")
    del data["_continue"]
    answer = chiara_client.post(form_of(single), data)
    single.refresh_from_db()
    assert single.text_en == "Which desk was it?"
    assert [choice.code for choice in single.choices.all()] == ["right", "left"]
    assert answer.url == f"{form_of(single)}?moved={left.pk}-down"


def test_a_choice_of_another_question_is_not_moved_from_here(chiara_client, single):
    other = ChoiceFactory(position=7)
    answer = chiara_client.post(form_of(single), filled(single, _move=f"{other.pk}:up"))
    assert answer.status_code == 404


def test_save_and_next_leads_through_the_survey(chiara_client, rating, single):
    data = filled(rating, _next="1")
    del data["_continue"]
    assert chiara_client.post(form_of(rating), data).url == form_of(single)


# ---------- when it is shown ----------


def rows(*comparisons: tuple[str, str, str], when="all") -> dict[str, str]:
    data = {"shown_when": when, "shown_if-TOTAL_FORMS": str(len(comparisons)), "shown_if-INITIAL_FORMS": "0"}
    for number, (question, op, value) in enumerate(comparisons):
        data |= {
            f"shown_if-{number}-question": question,
            f"shown_if-{number}-op": op,
            f"shown_if-{number}-value": value,
        }
    return data


@pytest.fixture
def last(part, rating, single):
    QuestionFactory(part=part, code="age", kind="number", standard_scale="", position=3, text_en="Age?")
    return QuestionFactory(part=part, code="why", comment=True, position=4, text_en="Why?")


@pytest.mark.parametrize(
    ("posted", "tree"),
    [
        (rows(("overall", "at_most", "2")), {"question": "overall", "op": "at_most", "value": 2}),
        (rows(("desk", "equals", "left")), {"question": "desk", "op": "equals", "value": "left"}),
        (
            rows(("desk", "one_of", "left, right"), ("", "equals", "")),
            {"question": "desk", "op": "one_of", "value": ["left", "right"]},
        ),
        (
            rows(("overall", "answered", ""), ("age", "at_least", "17,5"), when="any"),
            {
                "any": [
                    {"question": "overall", "op": "answered"},
                    {"question": "age", "op": "at_least", "value": 17.5},
                ]
            },
        ),
        (rows(("overall", "at_most", "2"), when="always"), None),
    ],
)
def test_a_condition_is_put_together_from_rows(chiara_client, last, posted, tree):
    chiara_client.post(form_of(last), filled(last, **posted))
    last.refresh_from_db()
    assert last.shown_if == tree


@pytest.mark.parametrize(
    "tree",
    [
        {"question": "overall", "op": "at_most", "value": 2},
        {
            "all": [
                {"question": "overall", "op": "answered"},
                {"question": "desk", "op": "one_of", "value": ["left"]},
            ]
        },
        {
            "any": [
                {"question": "age", "op": "at_least", "value": 18},
                {"question": "desk", "op": "equals", "value": "left"},
            ]
        },
    ],
)
def test_a_condition_comes_back_from_its_rows_as_it_was(chiara_client, last, tree):
    last.shown_if = tree
    last.save()
    shown_if = chiara_client.get(form_of(last)).context["shown_if"]
    given = [row.initial for row in shown_if.rows if row.initial]
    posted = rows(*((row["question"], row["op"], row["value"]) for row in given), when=shown_if.group)
    assert chiara_client.post(form_of(last), filled(last, **posted)).status_code == 302
    last.refresh_from_db()
    assert last.shown_if == tree


@pytest.mark.parametrize(
    ("posted", "fault"),
    [
        (rows(("desk", "equals", "top")), "“desk” has no answer with the code “top”."),
        (rows(("desk", "equals", "")), "Say which answer."),
        (rows(("overall", "at_most", "low")), "Write a number."),
        (rows(("desk", "at_most", "2")), "The answers to “desk” are no numbers."),
    ],
)
def test_a_row_that_cannot_hold_is_refused(chiara_client, last, posted, fault):
    answer = chiara_client.post(form_of(last), filled(last, **posted))
    errors = [error for row in answer.context["shown_if"].rows for error in row.errors.get("value", [])]
    assert errors == [fault]
    last.refresh_from_db()
    assert last.shown_if is None


@pytest.mark.parametrize("code", ["why", "later", "nowhere"])
def test_a_condition_looks_backwards_only(chiara_client, part, last, code):
    QuestionFactory(part=part, code="later", position=5)
    answer = chiara_client.post(form_of(last), filled(last, **rows((code, "answered", ""))))
    assert answer.status_code == 200
    last.refresh_from_db()
    assert last.shown_if is None


def test_no_row_at_all_is_no_condition(chiara_client, last):
    answer = chiara_client.post(form_of(last), filled(last, **rows()))
    assert "Choose at least one earlier question, or show this one always." in faults(answer)


NESTED = {
    "all": [
        {"question": "overall", "op": "answered"},
        {
            "any": [
                {"question": "desk", "op": "equals", "value": "left"},
                {"question": "age", "op": "answered"},
            ]
        },
    ]
}


def test_groups_inside_groups_are_kept_as_they_are(chiara_client, last):
    Question.objects.filter(pk=last.pk).update(shown_if=NESTED)
    assert chiara_client.get(form_of(last)).context["shown_if"].is_nested
    posted = rows(when="tree") | {"shown_if_tree": '{"question": "overall", "op": "answered"}'}
    chiara_client.post(form_of(last), filled(last, **posted))
    last.refresh_from_db()
    assert last.shown_if == {"question": "overall", "op": "answered"}


@pytest.mark.parametrize(
    "tree", ["[]", "{", '{"question": "later", "op": "answered"}', '{"all": []}', "null"]
)
def test_a_broken_tree_is_refused(chiara_client, last, tree):
    Question.objects.filter(pk=last.pk).update(shown_if=NESTED)
    answer = chiara_client.post(form_of(last), filled(last, **rows(when="tree"), shown_if_tree=tree))
    assert faults(answer)
    last.refresh_from_db()
    assert last.shown_if == NESTED


def test_a_question_with_a_condition_that_is_none_still_opens(chiara_client, last):
    Question.objects.filter(pk=last.pk).update(shown_if={"nonsense": 1})
    assert chiara_client.get(form_of(last)).status_code == 200
    chiara_client.post(form_of(last), filled(last))
    last.refresh_from_db()
    assert last.shown_if is None


@pytest.mark.parametrize("choices", [1, 3])
def test_the_form_needs_a_fixed_number_of_queries(chiara_client, part, choices, django_assert_num_queries):
    question = QuestionFactory(part=part, single=True)
    ChoiceFactory.create_batch(choices, question=question)
    chiara_client.get(form_of(question))
    with django_assert_num_queries(21):
        chiara_client.get(form_of(question))
