import random

import pytest
from django.http import QueryDict

from surveys.answering import (
    Fault,
    final,
    known_only,
    merged,
    number_of,
    problems_on,
    read_page,
    visible,
)
from surveys.questionnaire import Questionnaire
from tests.surveys.contents import (
    content,
    every_kind,
    grid,
    information,
    long_text,
    multiple,
    number,
    ranking,
    rating,
    short_text,
    single,
    thumbs,
    yes_no,
)


def posted(*pairs: tuple[str, str]) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, value in pairs:
        query.appendlist(name, value)
    return query


def read(questions: list, *pairs: tuple[str, str], is_simple: bool = False) -> dict:
    page = Questionnaire(content(questions)).pages(is_simple=is_simple)[0]
    return read_page(page, posted(*pairs))


def stored(questions: list, given: dict, **more) -> dict:
    return final(Questionnaire(content(questions)), given, **more)


def faults(questions: list, given: dict) -> list[tuple[str, Fault]]:
    questionnaire = Questionnaire(content(questions))
    page = questionnaire.pages()[0]
    return [(one.place, one.fault) for one in problems_on(page, given, visible(questionnaire, given))]


# ---------- reading ----------


def test_a_known_code_is_read():
    assert read([rating("overall")], ("q.overall", "4")) == {"overall": ["4"]}


@pytest.mark.parametrize("value", ["9", "", "4 ", "<b>", ":not_for_me", "4\x00"])
def test_a_code_that_was_not_offered_is_left_out(value):
    assert read([rating("overall")], ("q.overall", value)) == {}


def test_a_field_of_another_survey_is_left_out():
    assert read([rating("overall")], ("q.elsewhere", "4"), ("overall", "4")) == {}


def test_several_choices_are_read_once_each():
    pairs = [("q.langs", "fi"), ("q.langs", "sv"), ("q.langs", "fi"), ("q.langs", "xx")]
    assert read([multiple("langs", "fi", "sv")], *pairs) == {"langs": ["fi", "sv"]}


def test_a_text_keeps_its_lines_and_loses_what_no_database_holds():
    typed = "one\r\ntwo\x00\ud800\x07 three"
    assert read([long_text("why")], ("q.why", typed)) == {"why": ["one\ntwo three"]}


def test_the_easier_version_takes_the_codes_of_three_faces():
    assert read([rating("overall")], ("q.overall", "good"), is_simple=True) == {"overall": ["good"]}
    assert read([rating("overall")], ("q.overall", "4"), is_simple=True) == {}


def test_a_page_replaces_its_own_answers_and_keeps_the_others():
    questionnaire = Questionnaire(content([rating("first")], [multiple("second", "a", "b")]))
    given = {"first": ["1"], "second": ["a", "b"]}
    assert merged(given, questionnaire.pages()[1], {"second": ["b"]}) == {"first": ["1"], "second": ["b"]}
    assert merged(given, questionnaire.pages()[1], {}) == {"first": ["1"]}


def test_answers_on_another_scale_are_no_answers_of_the_easier_version():
    questionnaire = Questionnaire(content([rating("overall"), long_text("why")]))
    given = {"overall": ["4"], "why": ["slow"], "gone": ["1"]}
    assert known_only(given, questionnaire, is_simple=True) == {"why": ["slow"]}


# ---------- what is stored ----------


def test_nothing_filled_in_stores_that_each_question_was_left_empty():
    rows = stored([rating("a"), grid("b", ["x", "y"]), long_text("c"), information("d")], {})
    assert rows == {
        "values": [["a", ":empty"], ["b.x", ":empty"], ["b.y", ":empty"], ["c", ":empty"]],
        "texts": [],
    }


def test_each_item_of_a_grid_is_stored_apart():
    rows = stored([grid("b", ["x", "y"], not_for_me=True)], {"b.x": ["5"], "b.y": [":not_for_me"]})
    assert rows["values"] == [["b.x", "5"], ["b.y", ":not_for_me"]]


def test_every_ticked_choice_is_stored():
    rows = stored([multiple("m", "a", "b", "c")], {"m": ["a", "c"]})
    assert rows["values"] == [["m", "a"], ["m", "c"]]


def test_none_of_these_beside_other_choices_gives_way_to_them():
    assert stored([multiple("m", "a", "-none")], {"m": ["a", "none"]})["values"] == [["m", "a"]]


def test_the_text_of_other_is_stored_under_its_own_name():
    rows = stored([single("s", "a", "+else")], {"s": ["else"], "s.other": ["by boat"]})
    assert rows == {"values": [["s", "else"]], "texts": [["s.other", "by boat"]]}


def test_who_writes_into_other_and_ticks_nothing_meant_to_tick_it():
    rows = stored([single("s", "a", "+else")], {"s.other": ["by boat"]})
    assert rows == {"values": [["s", "else"]], "texts": [["s.other", "by boat"]]}


def test_a_text_left_in_other_after_choosing_something_else_is_dropped():
    rows = stored([single("s", "a", "+else")], {"s": ["a"], "s.other": ["by boat"]})
    assert rows == {"values": [["s", "a"]], "texts": []}


def test_reasons_are_stored_after_a_no():
    rows = stored([yes_no("solved", "form", "phone")], {"solved": ["no"], "solved.reasons": ["form"]})
    assert rows["values"] == [["solved", "no"], ["solved.reasons", "form"]]


def test_reasons_ticked_before_a_yes_are_dropped():
    rows = stored([yes_no("solved", "form")], {"solved": ["yes"], "solved.reasons": ["form"]})
    assert rows["values"] == [["solved", "yes"]]


def test_reasons_left_empty_after_a_thumb_down_are_stored_as_empty():
    rows = stored([thumbs("site", "slow")], {"site": ["down"]})
    assert rows["values"] == [["site", "down"], ["site.reasons", ":empty"]]


def test_ranks_are_stored_by_choice():
    rows = stored([ranking("r", "a", "b", "c")], {"r.b": ["1"], "r.a": ["2"]})
    assert rows["values"] == [["r.a", "2"], ["r.b", "1"]]


def test_a_rank_given_twice_says_nothing_about_either():
    rows = stored([ranking("r", "a", "b", "c")], {"r.a": ["1"], "r.b": ["1"], "r.c": ["2"]})
    assert rows["values"] == [["r.c", "2"]]


def test_not_for_me_beside_an_empty_ranking_is_stored():
    rows = stored([ranking("r", "a", "b", not_for_me=True)], {"r:skip": [":not_for_me"]})
    assert rows["values"] == [["r", ":not_for_me"]]


def test_what_was_typed_wins_over_i_do_not_know():
    rows = stored([number("n", dont_know=True)], {"n": ["7"], "n:skip": [":dont_know"]})
    assert rows["values"] == [["n", "7"]]


@pytest.mark.parametrize("typed", ["twelve", "1e9", "100", "NaN"])
def test_a_number_that_is_none_or_out_of_range_is_stored_as_empty(typed):
    assert stored([number("n", 0, 99)], {"n": [typed]})["values"] == [["n", ":empty"]]


def test_a_text_is_stored_with_a_mark_that_it_was_given():
    rows = stored([short_text("city")], {"city": ["  Oulu "]})
    assert rows == {"values": [["city", ":given"]], "texts": [["city", "Oulu"]]}


def test_the_easier_version_stores_the_three_points_as_they_are():
    rows = stored([rating("overall")], {"overall": ["good"]}, is_simple=True)
    assert rows["values"] == [["overall", "good"]]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12.50", "12.5"),
        ("12,5", "12.5"),
        (" 1 200 ", "1200"),
        ("١٢٫٥", "12.5"),
        ("−3", "-3"),
        ("-0", "0"),
        ("007", "7"),
        ("1.2.3", None),
        ("", None),
        ("12 kg", None),
        ("1" * 16, None),
    ],
)
def test_numbers_are_read_as_people_write_them(typed, number):
    assert number_of(typed) == number


# ---------- conditions ----------

AFTER_BAD = {"question": "overall", "op": "at_most", "value": 2}


@pytest.mark.parametrize(("answer", "is_shown"), [("2", True), ("3", False)])
def test_a_question_is_shown_by_the_answer_before_it(answer, is_shown):
    questionnaire = Questionnaire(content([rating("overall"), long_text("why", shown_if=AFTER_BAD)]))
    assert ("why" in visible(questionnaire, {"overall": [answer]})) is is_shown


def test_an_answer_to_a_question_that_was_hidden_is_dropped_and_has_no_row():
    questions = [rating("overall"), long_text("why", shown_if=AFTER_BAD)]
    rows = stored(questions, {"overall": ["5"], "why": ["typed before"]})
    assert rows == {"values": [["overall", "5"]], "texts": []}


def test_an_answer_to_a_hidden_question_shows_nothing_else():
    hidden = {"question": "b", "op": "equals", "value": "1"}
    questionnaire = Questionnaire(
        content([rating("overall"), rating("b", shown_if=AFTER_BAD), rating("c", shown_if=hidden)])
    )
    assert visible(questionnaire, {"overall": ["5"], "b": ["1"]}) == {"overall"}


def test_a_bad_face_of_the_easier_version_counts_as_bad_for_conditions():
    questionnaire = Questionnaire(content([rating("overall"), long_text("why", shown_if=AFTER_BAD)]))
    assert "why" in visible(questionnaire, {"overall": ["bad"]})


def test_not_for_me_is_no_answer_to_a_condition():
    answered = {"question": "overall", "op": "answered"}
    questionnaire = Questionnaire(
        content([rating("overall", not_for_me=True), long_text("why", shown_if=answered)])
    )
    assert "why" not in visible(questionnaire, {"overall": [":not_for_me"]})


# ---------- what is asked about again ----------


def test_a_required_question_left_empty_is_asked_about():
    assert faults([rating("a", required=True), rating("b")], {}) == [("a", Fault.MISSING)]


def test_not_for_me_is_an_answer_to_a_required_question():
    assert faults([long_text("why", required=True, not_for_me=True)], {"why:skip": [":not_for_me"]}) == []


def test_each_empty_item_of_a_required_grid_is_asked_about():
    assert faults([grid("g", ["x", "y"], required=True)], {"g.x": ["1"]}) == [("g.y", Fault.MISSING)]


def test_a_required_question_that_is_hidden_is_not_asked_about():
    questions = [rating("overall"), long_text("why", required=True, shown_if=AFTER_BAD)]
    assert faults(questions, {"overall": ["5"]}) == []


def test_what_does_not_fit_is_asked_about():
    questions = [
        number("n", 1, 9),
        number("m", 1, 9),
        multiple("c", "a", "-none"),
        ranking("r", "x", "y"),
        short_text("t", max_length=10),
    ]
    given = {"n": ["many"], "m": ["10"], "c": ["a", "none"], "r.x": ["1"], "r.y": ["1"], "t": ["x" * 11]}
    assert faults(questions, given) == [
        ("n", Fault.NO_NUMBER),
        ("m", Fault.OUT_OF_RANGE),
        ("c", Fault.CONTRADICTION),
        ("r.x", Fault.SAME_RANK),
        ("t", Fault.TOO_LONG),
    ]


# ---------- size, and anything at all ----------


def test_a_survey_of_560_questions_is_read_and_stored():
    parts = [[rating(f"q{part}_{n}", required=True) for n in range(20)] for part in range(28)]
    questionnaire = Questionnaire(content(*parts))
    given: dict = {}
    for page in questionnaire.pages():
        given = merged(given, page, read_page(page, posted(*[(f"q.{name}", "3") for name in page.fields])))
    rows = final(questionnaire, given)
    assert (len(rows["values"]), {value for _name, value in rows["values"]}) == (560, {"3"})


@pytest.mark.parametrize("is_simple", [False, True])
def test_whatever_is_posted_what_is_stored_is_offered_by_the_survey(is_simple):
    rng = random.Random(3)
    questionnaire = Questionnaire(every_kind())
    pages = questionnaire.pages(is_simple=is_simple)
    fields = {name: field for page in pages for name, field in page.fields.items()}
    codes = sorted({code for field in fields.values() for code in field.codes})
    junk = [*codes, "", "x", "\x00", "😀" * 50, "9" * 60, ":empty", ":given", "<script>", "\ud800"]
    for _round in range(300):
        given: dict = {}
        for page in pages:
            names = rng.choices([*fields, "elsewhere"], k=12)
            given = merged(
                given, page, read_page(page, posted(*[(f"q.{n}", rng.choice(junk)) for n in names]))
            )
        rows = final(questionnaire, given, is_simple=is_simple)
        allowed = {":empty", ":given", *codes}
        numbers = {f"{n}" for n in range(100)}
        assert {value for _name, value in rows["values"]} <= allowed | numbers
        assert all(len(text) <= 20_000 for _name, text in rows["texts"])
