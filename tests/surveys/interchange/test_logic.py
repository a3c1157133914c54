"""Conditions of other systems: what fits is translated exactly, everything else says why not."""

import pytest

from surveys.interchange.expressions import EXPRESSION_SCRIPT, XPATH, CannotTranslate
from surveys.interchange.logic import Target, Translator, circle_in
from surveys.interchange.xlsform_constraints import Bounds, bounds_in

TARGETS = {
    "food": Target("food", "single", {"rice": "rice", "1": "1", "Nyama choma": "nyama_choma"}),
    "browsers": Target("browsers", "multiple", {"firefox": "firefox", "ie": "ie", "none": "none"}),
    "stars": Target("stars", "rating", {"1": "1", "2": "2", "3": "3"}),
    "score": Target("score", "single", {"-9": "9", "1": "1", "2": "2"}),
    "age": Target("age", "number"),
    "why": Target("why", "long_text"),
    "order": Target("order", "ranking", {"a": "a", "b": "b"}),
    "gone": Target("gone", "", why_not="It looks at “gone”, which was not taken over."),
    "multi_SQ001": Target("multi", "multiple", only="sq001"),
}


def is_(question, op, value=None):
    return {"question": question, "op": op} | ({} if value is None else {"value": value})


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("selected(${food}, 'rice')", is_("food", "equals", "rice")),
        ("${food}='Nyama choma'", is_("food", "equals", "nyama_choma")),
        ("${food} = 1", is_("food", "equals", "1")),
        ("${food} != 'rice'", {"not": is_("food", "equals", "rice")}),
        ("not(selected(${food}, 'rice'))", {"not": is_("food", "equals", "rice")}),
        ("${food} != ''", is_("food", "answered")),
        ("${food} = ''", {"not": is_("food", "answered")}),
        ("string-length(${why}) > 0", is_("why", "answered")),
        ("count-selected(${browsers}) >= 1", is_("browsers", "answered")),
        ("${age} > 18", is_("age", "more_than", 18)),
        ("18 <= ${age}", is_("age", "at_least", 18)),
        ("${age} = 18", {"all": [is_("age", "at_least", 18), is_("age", "at_most", 18)]}),
        ("${age} < 2.5", is_("age", "less_than", 2.5)),
        ("number(${age}) >= -1", is_("age", "at_least", -1)),
        ("${stars} >= 2", is_("stars", "at_least", 2)),
        ("${score} < 2", is_("score", "one_of", ["9", "1"])),
        ("selected-at(${order}, 0) = 'b'", is_("order", "equals", "b")),
        (
            "${browsers} = 'ie'",
            {
                "all": [
                    is_("browsers", "equals", "ie"),
                    {"not": is_("browsers", "one_of", ["firefox", "none"])},
                ]
            },
        ),
        (
            "selected(${food},'rice') or selected(${food},'1') or ${age}>3",
            {"any": [is_("food", "one_of", ["rice", "1"]), is_("age", "more_than", 3)]},
        ),
        (
            "(selected(${food}, 'rice') and (${age} >= 18)) or ${stars}=3",
            {
                "any": [
                    {"all": [is_("food", "equals", "rice"), is_("age", "at_least", 18)]},
                    is_("stars", "equals", "3"),
                ]
            },
        ),
        ("not(not(${age} > 1))", is_("age", "more_than", 1)),
        ("true() and ${age} > 1", is_("age", "more_than", 1)),
    ],
)
def test_xpath_becomes_a_condition(text, tree):
    assert Translator(XPATH, TARGETS.get).condition(text).as_json() == tree


@pytest.mark.parametrize(
    ("text", "value"), [("true()", True), ("false() and ${age} > 1", False), ("1", True)]
)
def test_what_holds_always_or_never_is_known(text, value):
    assert Translator(XPATH, TARGETS.get).condition(text) is value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("${age} > ${stars}", "It compares two things that are not known beforehand."),
        ("regex(${why}, '[a-z]+')", "“regex()” has no counterpart."),
        ("${why} = 'x'", "Of a text only whether it was written can be looked at, not what."),
        ("selected(${food}, 'soup')", "“food” has no answer “soup”."),
        ("${nobody} = 1", "It looks at “nobody”, which is no question here."),
        ("${gone} = 1", "It looks at “gone”, which was not taken over."),
        ("${age} + 1 > 2", "It is no comparison with one answer."),
        ("${age} >", "It ends too early."),
        ("${age} > 1)", "It cannot be read from “)” on."),
        ("(" * 100 + "1" + ")" * 100, "It is nested too deeply."),
        ("${food} > 2", "The answers to “food” are no numbers."),
        ("count-selected(${browsers}) > 2", "It is no comparison with one answer."),
        ("today() > 3", "It is no comparison with one answer."),
        ("§", "It cannot be read from “§” on."),
    ],
)
def test_what_does_not_fit_says_why(text, why):
    with pytest.raises(CannotTranslate) as refused:
        Translator(XPATH, TARGETS.get).condition(text)
    assert str(refused.value) == why


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("food == 'rice'", is_("food", "equals", "rice")),
        ("age gt 3 and !is_empty(why)", {"all": [is_("age", "more_than", 3), is_("why", "answered")]}),
        ("multi_SQ001 == 'Y'", is_("multi", "equals", "sq001")),
        ("multi_SQ001 != 'Y'", {"not": is_("multi", "equals", "sq001")}),
        ('multi_SQ001 == ""', {"not": is_("multi", "equals", "sq001")}),
        ("count(why, age) > 0", {"any": [is_("why", "answered"), is_("age", "answered")]}),
        (
            "!(age < 3 || food == '1')",
            {"not": {"any": [is_("age", "less_than", 3), is_("food", "equals", "1")]}},
        ),
        ("is_empty(food)", {"not": is_("food", "answered")}),
    ],
)
def test_expression_script_becomes_a_condition(text, tree):
    assert Translator(EXPRESSION_SCRIPT, TARGETS.get).condition(text).as_json() == tree


@pytest.mark.parametrize(
    ("text", "whole", "bounds"),
    [
        (". >= 0 and . <= 7", True, Bounds(low=0, high=7)),
        (".<99", True, Bounds(high=98)),
        (".<99", False, None),
        (". > 10.51 and . < 18.39", False, None),
        (".= 0 or .<= 7", True, None),
        ("string-length(.) <= 40", False, Bounds(longest=40)),
        ("not(selected(.,'none') and count-selected(.)>1)", False, Bounds(alone={"none"})),
        (
            "not(((selected(.,'a') or selected(.,'b')) and count-selected(.)>1))",
            False,
            Bounds(alone={"a", "b"}),
        ),
        ("not(selected(., 'c') and selected(., 'd'))", False, None),
        ("regex(., '^[0-9]+$')", False, None),
    ],
)
def test_a_constraint_is_taken_whole_or_not_at_all(text, whole, bounds):
    assert bounds_in(text, whole_numbers=whole) == bounds


def test_a_circle_is_found_in_its_order():
    looks_at = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}
    assert circle_in(looks_at) == ["b", "c"]
    assert circle_in({"a": {"b"}, "b": {"c"}, "d": {"a", "c"}}) == []
