import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from surveys.conditions import (
    WITH_NUMBER,
    AllOf,
    AnyOf,
    BadCondition,
    Comparison,
    Not,
    places_of_trouble,
    read_condition,
)

SHOWN_AFTER_A_BAD_VISIT = {
    "all": [
        {"question": "visited", "op": "equals", "value": "yes"},
        {
            "any": [
                {"question": "rating", "op": "at_most", "value": 2},
                {"question": "reason", "op": "one_of", "value": ["staff", "queue"]},
            ]
        },
    ]
}


@pytest.mark.parametrize(
    ("answers", "shown"),
    [
        ({"visited": ["yes"], "rating": ["2"]}, True),
        ({"visited": ["yes"], "rating": ["3"]}, False),
        ({"visited": ["yes"], "reason": ["price", "queue"]}, True),
        ({"visited": ["no"], "rating": ["1"]}, False),
        ({"rating": ["1"]}, False),
        ({}, False),
    ],
)
def test_a_condition_looks_at_the_answers(answers, shown):
    assert read_condition(SHOWN_AFTER_A_BAD_VISIT).holds(answers) is shown


def test_a_question_counts_as_answered_when_it_has_a_value():
    answered = read_condition({"question": "rating", "op": "answered"})
    assert [answered.holds(answers) for answers in ({"rating": ["not_for_me"]}, {"rating": []}, {})] == [
        True,
        False,
        False,
    ]


def test_words_are_neither_small_nor_large():
    assert (
        read_condition({"question": "a", "op": "at_least", "value": 0}).holds({"a": ["not_for_me"]}) is False
    )


@pytest.mark.parametrize(
    ("op", "holds"),
    [("less_than", [True, False, False]), ("more_than", [False, False, True])],
)
def test_less_and_more_leave_the_number_itself_out(op, holds):
    condition = read_condition({"question": "age", "op": op, "value": 18})
    assert [condition.holds({"age": [age]}) for age in ("17.5", "18", "18.5")] == holds


def test_a_denied_condition_holds_for_others_and_for_those_who_said_nothing():
    condition = read_condition({"not": {"question": "visited", "op": "equals", "value": "yes"}})
    assert [condition.holds(answers) for answers in ({"visited": ["yes"]}, {"visited": ["no"]}, {})] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("tree", "sentence"),
    [
        ([], "condition is not a condition."),
        ({"all": []}, "condition needs at least one part."),
        ({"all": "abc"}, "condition needs at least one part."),
        ({"all": [{"question": "a", "op": "answered"}], "any": []}, "condition needs at least one part."),
        ({"any": [{"question": "a", "op": "like"}]}, "condition.any[0] needs a question and a comparison."),
        ({"question": "a", "op": "equals"}, "condition needs a value."),
        ({"question": "a", "op": "at_most", "value": "2"}, "condition needs a number."),
        ({"question": "a", "op": "at_most", "value": True}, "condition needs a number."),
        ({"question": "a", "op": "one_of", "value": ["b", ""]}, "condition needs a list of values."),
        ({"not": {"question": "a"}}, "condition.not needs a question and a comparison."),
        ({"question": "", "op": "answered"}, "condition needs a question and a comparison."),
    ],
)
def test_what_is_no_condition_is_refused_with_its_place(tree, sentence):
    with pytest.raises(BadCondition) as refused:
        read_condition(tree)
    assert str(refused.value) == sentence


def test_a_bottomless_tree_is_refused():
    tree = {"question": "a", "op": "answered"}
    for _ in range(2000):
        tree = {"all": [tree]}
    with pytest.raises(BadCondition, match="nested too deeply"):
        read_condition(tree)


def test_conditions_look_backwards_only():
    looks_at = {
        code: read_condition({"question": other, "op": "answered"})
        for code, other in {"a": "b", "b": "b", "c": "a", "d": "nowhere"}.items()
    }
    assert places_of_trouble(["a", "b", "c", "d"], looks_at) == [
        "“a” depends on “b”, which is asked later.",
        "“b” depends on itself.",
        "“d” depends on “nowhere”, which does not exist.",
    ]


CODES = st.sampled_from(["a", "b", "c"])
COMPARISONS = st.one_of(
    st.builds(Comparison, CODES, st.just("answered")),
    st.builds(Comparison, CODES, st.just("equals"), st.text(min_size=1, max_size=3)),
    st.builds(Comparison, CODES, st.sampled_from(sorted(WITH_NUMBER)), st.integers(-5, 5)),
    st.builds(Comparison, CODES, st.just("one_of"), st.lists(st.text(min_size=1), min_size=1).map(tuple)),
)
TREES = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=1, max_size=3)
        .map(tuple)
        .flatmap(lambda parts: st.sampled_from([AllOf(parts), AnyOf(parts)])),
    ),
    max_leaves=6,
)


@given(TREES)
def test_a_tree_comes_back_from_json_as_it_was(tree):
    try:
        back = read_condition(tree.as_json())
    except BadCondition:
        assume(False)  # nested too deeply
    assert back == tree
