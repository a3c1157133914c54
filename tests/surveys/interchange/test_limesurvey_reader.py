"""What becomes of each type of LimeSurvey, its conditions and its HTML, and which files are refused."""

import pytest

from surveys.interchange.forms import Refused
from tests.surveys.interchange.files import lines, lss, read


def sub(title, qid="1", scale="0", **more):
    return {
        "qid": f"9{title}{scale}",
        "parent_qid": qid,
        "title": title,
        "question": f"Sub {title}",
        "scale_id": scale,
    } | more


def answers(*codes, qid="1", scale="0"):
    return [
        {
            "qid": qid,
            "code": code,
            "answer": f"Answer {code}",
            "sortorder": str(place),
            "scale_id": scale,
            "language": "en",
        }
        for place, code in enumerate(codes)
    ]


ROWS = [sub("SQ001"), sub("SQ002")]
CELLS = [*ROWS, sub("X", scale="1"), sub("Y", scale="1")]
MADE = {
    "5": ["rating"],
    "A": ["grid"],
    "B": ["grid"],
    "C": ["grid"],
    "D": ["short_text"],
    "E": ["grid"],
    "F": ["grid"],
    "G": ["single"],
    "H": ["grid"],
    "K": ["number", "number"],
    "L": ["single"],
    "!": ["single"],
    "M": ["multiple"],
    "N": ["number"],
    "O": ["single", "long_text"],
    "P": ["multiple", "long_text"],
    "Q": ["short_text", "short_text"],
    "R": ["ranking"],
    "S": ["short_text"],
    "T": ["long_text"],
    "U": ["long_text"],
    "X": ["information"],
    "Y": ["yes_no"],
    "1": ["grid", "grid"],
    ":": ["number"] * 4,
    ";": ["short_text"] * 4,
}


@pytest.mark.parametrize(("type_", "kinds"), MADE.items())
def test_a_type_has_its_kinds_of_question(type_, kinds):
    form, report = read(
        lss(
            {"type": type_},
            subquestions=CELLS if type_ in ":;" else ROWS,
            answers=[*answers("a", "b"), *answers("c", "d", scale="1")],
        )
    )
    assert [question.kind for question in form.questions] == kinds
    assert report.counts()["questions"] == 1


@pytest.mark.parametrize("type_", ["I", "|", "*"])
def test_what_is_not_asked_here_is_left_out_and_listed(type_):
    form, report = read(lss({"type": type_}, {"type": "S"}))
    assert [question.code for question in form.questions] == ["q2"]
    assert lines(report, "dropped") == [("questions, qid 1", "q1", f"type {type_}")]


def test_boxes_to_tick_in_rows_are_questions_with_several_choices():
    ticks = [{"qid": "1", "attribute": "multiflexible_checkbox", "value": "1"}]
    form, _report = read(lss({"type": ":"}, subquestions=CELLS, attributes=ticks))
    assert [(one.kind, [choice.code for choice in one.choices]) for one in form.questions] == [
        ("multiple", ["x", "y"]),
        ("multiple", ["x", "y"]),
    ]


@pytest.mark.parametrize(
    ("relevance", "tree"),
    [
        ("q1 == 'a'", {"question": "q1", "op": "equals", "value": "a"}),
        ("q1.NAOK != ''", {"question": "q1", "op": "answered"}),
        ("!is_empty(q1)", {"question": "q1", "op": "answered"}),
        ("(7X1X1.NAOK == 'b')", {"question": "q1", "op": "equals", "value": "b"}),
        ("q2_SQ001.NAOK == 'Y'", {"question": "q2", "op": "equals", "value": "sq001"}),
        ("count(that.q2.NAOK) > 0", {"question": "q2", "op": "answered"}),
        ("{q1 == 'a'}", {"question": "q1", "op": "equals", "value": "a"}),
    ],
)
def test_relevance_becomes_a_condition(relevance, tree):
    form, _report = read(
        lss(
            {"type": "L"},
            {"type": "M"},
            {"type": "T", "relevance": relevance},
            subquestions=[sub("SQ001", qid="2"), sub("SQ002", qid="2")],
            answers=answers("a", "b"),
        )
    )
    assert form.questions[2].condition.as_json() == tree


def test_old_conditions_are_alternatives_by_scenario_and_by_answer():
    rows = [
        {"qid": "3", "scenario": "1", "cqid": "1", "cfieldname": "7X1X1", "method": "==", "value": "a"},
        {"qid": "3", "scenario": "1", "cqid": "1", "cfieldname": "7X1X1", "method": "==", "value": "b"},
        {"qid": "3", "scenario": "1", "cqid": "2", "cfieldname": "+7X1X2SQ001", "method": "==", "value": "Y"},
        {"qid": "3", "scenario": "2", "cqid": "2", "cfieldname": "+7X1X2SQ002", "method": "==", "value": "Y"},
    ]
    form, report = read(
        lss(
            {"type": "L"},
            {"type": "M"},
            {"type": "T"},
            subquestions=[sub("SQ001", qid="2"), sub("SQ002", qid="2")],
            answers=answers("a", "b", "c"),
            conditions=rows,
        )
    )
    assert form.questions[2].condition.as_json() == {
        "any": [
            {
                "all": [
                    {"question": "q1", "op": "one_of", "value": ["a", "b"]},
                    {"question": "q2", "op": "equals", "value": "sq001"},
                ]
            },
            {"question": "q2", "op": "equals", "value": "sq002"},
        ]
    }
    assert lines(report, "dropped") == []


def test_without_naok_nothing_holds_while_what_it_looks_at_is_hidden():
    form, _report = read(
        lss(
            {"type": "Y"},
            {"type": "Y", "relevance": "q1 == 'Y'"},
            {"type": "T", "relevance": "q2 != 'Y'"},
            {"type": "T", "relevance": "q2.NAOK != 'Y'"},
        )
    )
    shown = {"question": "q1", "op": "equals", "value": "yes"}
    denied = {"not": {"question": "q2", "op": "equals", "value": "yes"}}
    assert [question.condition.as_json() for question in form.questions[2:]] == [
        {"all": [shown, denied]},
        denied,
    ]


def test_an_expression_that_does_not_fit_is_listed_with_its_text():
    form, report = read(lss({"type": "N"}, {"type": "T", "relevance": "q1 * 2 > 3"}))
    assert form.questions[1].condition is None
    assert lines(report, "dropped") == [("questions, qid 2", "q2", "q1 * 2 > 3")]


def test_html_becomes_plain_text_with_a_note():
    form, report = read(
        lss({"type": "T", "question": "<p>How <b>was</b> it,&nbsp;{name}?</p><ul><li>a</li></ul>"})
    )
    assert form.questions[0].texts == {"en": "How was it, …?\n\n• a"}
    assert [name for _place, name, _original in lines(report, "changed")] == ["q1", "q1"]


def test_texts_of_every_language_arrive():
    first, second = (
        {"type": "S"},
        {"qid": "1", "type": "S", "title": "q1", "language": "fr", "question": "Quoi ?"},
    )
    form, _report = read(lss(first, second, languages=("en", "fr")))
    assert (form.source, form.title) == ("en", {"en": "Visit en", "fr": "Visit fr"})
    assert [question.texts for question in form.questions] == [{"en": "Question 1?", "fr": "Quoi ?"}]


def test_limits_of_numbers_and_texts_are_kept():
    limits = {"1": [("min_num_value_n", "1"), ("max_num_value_n", "9")], "2": [("maximum_chars", "40")]}
    attributes = [
        {"qid": qid, "attribute": name, "value": value}
        for qid, given in limits.items()
        for name, value in given
    ]
    form, _report = read(lss({"type": "N"}, {"type": "S"}, attributes=attributes))
    assert [(one.low, one.high, one.max_length) for one in form.questions] == [(1, 9, 2000), (None, None, 40)]


BOMB = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><document>&b;</document>'


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (BOMB, "The XML file defines entities. For safety such files are not read."),
        (
            b"<?xml version='1.0'?><html/>",
            "This is an XML file, but not one of LimeSurvey. In LimeSurvey, export the survey structure (.lss).",
        ),
        (
            lss({"type": "S"}, kind="Group"),
            "This LimeSurvey file holds a “Group” only. Export the whole survey structure (.lss).",
        ),
        (lss({"type": "S"})[:-40], "The file is damaged: it is no XML from line 1, column"),
        (
            lss({"type": "S", "relevance": "q2 != ''"}, {"type": "S", "relevance": "q1 != ''"}),
            "These depend on each other in a circle: questions, qid 1 (“q1”), questions, qid 2 (“q2”).",
        ),
        (
            lss({"type": "S"}, {"type": "S", "title": "Q1"}),
            "Element questions, qid 2: the code “Q1” is there twice. Give one of them another code in LimeSurvey.",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(content, fault):
    with pytest.raises(Refused) as refused:
        read(content)
    assert refused.value.faults[0].startswith(fault)
