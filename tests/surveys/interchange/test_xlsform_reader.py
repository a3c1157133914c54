"""What becomes of each kind of row of an XLSForm, and which files are refused."""

import pytest

from surveys.interchange.forms import Refused
from tests.surveys.interchange.files import YES_NO, lines, read, workbook, xlsform

COLOURS = [["colours", "red", "Red"], ["colours", "blue", "Blue"], ["colours", "none", "None"]]
KINDS = {
    "select_one colours": "single",
    "select one from colours": "single",
    "select_multiple colours": "multiple",
    "select all that apply from colours": "multiple",
    "rank colours": "ranking",
    "integer": "number",
    "decimal": "number",
    "range": "number",
    "text": "short_text",
    "note": "information",
    "date": "short_text",
    "time": "short_text",
    "dateTime": "short_text",
    "acknowledge": "yes_no",
    "barcode": "short_text",
}


@pytest.mark.parametrize(("written", "kind"), KINDS.items())
def test_a_type_has_its_kind_of_question(written, kind):
    form, _report = read(xlsform([written, "one", "One?"], choices=COLOURS))
    assert [(question.code, question.kind) for question in form.questions] == [("one", kind)]


@pytest.mark.parametrize("written", ["geopoint", "geotrace", "image", "audio", "video", "file"])
def test_what_is_not_collected_is_left_out_and_listed(written):
    form, report = read(xlsform([written, "one", "One?"], ["text", "two", "Two?"]))
    assert [question.code for question in form.questions] == ["two"]
    assert lines(report, "dropped") == [("sheet survey, row 2", "one", written)]


def test_groups_are_parts_and_titles_stand_over_what_is_in_them():
    form, _report = read(
        xlsform(
            ["begin group", "outer", "Outer"],
            ["begin group", "inner", "Inner"],
            ["text", "a", "A"],
            ["end group", None, None],
            ["text", "b", "B"],
            ["end group", None, None],
            ["text", "c", "C"],
        )
    )
    assert [(part.texts, [question.code for question in part.questions]) for part in form.parts] == [
        ({"en": "Outer – Inner"}, ["a"]),
        ({}, ["b"]),
        ({}, ["c"]),
    ]


def test_a_condition_of_a_group_holds_for_everything_in_it():
    form, _report = read(
        xlsform(
            ["select_one yn", "ask", "Ask?", None],
            ["begin group", "more", "More", "${ask} = 'yes'"],
            ["integer", "age", "Age?", None],
            ["text", "why", "Why?", "${age} >= 18"],
            ["end group", None, None, None],
            choices=YES_NO,
        )
    )
    asked = {"question": "ask", "op": "equals", "value": "yes"}
    of_age = {"question": "age", "op": "at_least", "value": 18}
    assert [question.condition and question.condition.as_json() for question in form.questions] == [
        None,
        asked,
        {"all": [asked, of_age]},
    ]


def test_nothing_stays_on_the_page_of_what_is_typed_and_decides_about_it():
    form, report = read(xlsform(["integer", "age", "Age?", None], ["text", "why", "Why?", "${age} > 3"]))
    assert [[question.code for question in part.questions] for part in form.parts] == [["age"], ["why"]]
    assert lines(report, "changed") == [("sheet survey, row 3", "why", "")]


def test_a_condition_that_does_not_fit_is_listed_with_its_text():
    form, report = read(xlsform(["text", "a", "A?", None], ["text", "b", "B?", "regex(${a}, 'x')"]))
    assert form.questions[1].condition is None
    assert lines(report, "dropped") == [("sheet survey, row 3", "b", "regex(${a}, 'x')")]


def test_or_other_is_a_choice_with_a_box_for_text():
    form, _report = read(xlsform(["select_one yn or_other", "a", "A?"], choices=YES_NO))
    assert [(choice.code, choice.asks_for_text) for choice in form.questions[0].choices] == [
        ("yes", False),
        ("no", False),
        ("other", True),
    ]


def test_a_choice_that_stands_alone_keeps_standing_alone():
    head = ["type", "name", "label", "constraint"]
    rule = "not(selected(., 'none') and count-selected(.) > 1)"
    form, report = read(xlsform(["select_multiple colours", "a", "A?", rule], head=head, choices=COLOURS))
    assert [(choice.code, choice.is_exclusive) for choice in form.questions[0].choices] == [
        ("red", False),
        ("blue", False),
        ("none", True),
    ]
    assert lines(report, "dropped") == []


def test_rows_that_are_drawn_as_a_table_are_a_grid():
    head = ["type", "name", "label", "appearance"]
    form, report = read(
        xlsform(
            ["begin group", "things", "Rate these", "field-list"],
            ["select_one colours", "head", None, "label"],
            ["select_one colours", "sky", "Sky", "list-nolabel"],
            ["select_one colours", "sea", "Sea", "list-nolabel"],
            ["end group", None, None, None],
            head=head,
            choices=COLOURS,
        )
    )
    (grid,) = form.questions
    assert (grid.kind, grid.texts, [item.texts for item in grid.items]) == (
        "grid",
        {"en": "Rate these"},
        [{"en": "Sky"}, {"en": "Sea"}],
    )
    assert [point.texts for point in grid.scale.points] == [{"en": "Red"}, {"en": "Blue"}, {"en": "None"}]
    assert [name for _place, name, _original in lines(report, "changed")] == ["head", "sky", "sea"]


def test_a_table_is_taken_apart_when_something_depends_on_one_of_its_rows():
    head = ["type", "name", "label", "appearance", "relevant"]
    form, _report = read(
        xlsform(
            ["select_one yn", "sky", "Sky", "list-nolabel", None],
            ["select_one yn", "sea", "Sea", "list-nolabel", None],
            ["text", "why", "Why?", None, "${sea} = 'no'"],
            head=head,
            choices=YES_NO,
        )
    )
    assert [(question.code, question.kind) for question in form.questions] == [
        ("sky", "single"),
        ("sea", "single"),
        ("why", "short_text"),
    ]


def test_likert_is_a_rating_on_a_scale():
    points = [["agree", str(number), f"Word {number}"] for number in (1, 2, 3)]
    head = ["type", "name", "label", "appearance"]
    form, _report = read(xlsform(["select_one agree", "a", "A?", "likert"], head=head, choices=points))
    (rating,) = form.questions
    assert (rating.kind, rating.scale.is_numeric, [point.value for point in rating.scale.points]) == (
        "rating",
        True,
        [1, 2, 3],
    )


def test_repeated_questions_are_refused_in_words():
    form, report = read(
        xlsform(
            ["text", "a", "A?"],
            ["begin repeat", "children", "Children"],
            ["text", "name_of_child", "Name?"],
            ["end repeat", None, None],
        )
    )
    assert [question.code for question in form.questions] == ["a"]
    assert [name for _place, name, _original in lines(report, "dropped")] == ["children", "name_of_child"]
    assert report.counts()["with_counterpart"] == 1


def test_a_choice_filter_that_looks_at_the_sheet_only_is_applied():
    choices = [
        ["list_name", "name", "label", "pale"],
        ["c", "red", "Red", "no"],
        ["c", "mauve", "Mauve", "yes"],
    ]
    choices.append(["c", "apricot", "Apricot", "yes"])
    head = ["type", "name", "label", "choice_filter"]
    form, report = read(xlsform(["select_one c", "a", "A?", "pale = 'yes'"], head=head, choices=choices))
    assert [choice.code for choice in form.questions[0].choices] == ["mauve", "apricot"]
    assert lines(report, "dropped") == []


def test_texts_of_every_language_arrive_and_those_of_others_stay_in_the_report():
    head = ["type", "name", "label::English (en)", "label::العربية", "label::Klingon"]
    form, report = read(xlsform(["text", "a", "How?", "كيف؟", "chay'"], head=head))
    assert form.questions[0].texts == {"en": "How?", "ar": "كيف؟"}
    assert report.kept_texts == {"Klingon": [["sheet survey, row 2, a, label", "chay'"]]}
    assert [(one.label, one.code) for one in report.unsure] == [("Klingon", "")]


def test_a_language_is_what_somebody_says_it_is():
    head = ["type", "name", "label::Kurdish"]
    form, _report = read(xlsform(["text", "a", "Çawa?"], head=head), {"Kurdish": "ku"})
    assert (form.source, form.questions[0].texts) == ("ku", {"ku": "Çawa?"})


def test_missing_texts_are_listed_by_language():
    head = ["type", "name", "label::English", "label::French"]
    _form, report = read(xlsform(["text", "a", "A?", "A ?"], ["text", "b", "B?", None], head=head))
    assert report.missing == {"fr": ["b"]}


def test_formatting_and_earlier_answers_are_taken_out_of_texts_and_listed():
    form, report = read(xlsform(["text", "a", "A?"], ["note", "b", "**Hello** ${a}, <b>welcome</b>"]))
    assert form.questions[1].texts == {"en": "Hello …, welcome"}
    assert lines(report, "changed") == [("sheet survey, row 3", "b", "**Hello** ${a}, <b>welcome</b>")] * 2


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (
            workbook(other=[["a"]]),
            ["This is no XLSForm: it has no sheet “survey”. A LimeSurvey survey comes as a .lss file."],
        ),
        (
            workbook(survey=[["type", "label"], ["text", "A"]]),
            ["Sheet survey, row 1: the column “name” is missing. The first row holds the headings."],
        ),
        (
            xlsform(["numeric", "a", "A"]),
            [
                "Sheet survey, row 2: “a” has the type “numeric”, which XLSForm does not know."
                " Correct it, for example to integer or text."
            ],
        ),
        (
            xlsform(["select_one nowhere", "a", "A"]),
            [
                "Sheet survey, row 2: “a” chooses from the list “nowhere”, which is not on the sheet “choices”."
            ],
        ),
        (
            xlsform(["text", "a", "A"], ["text", "a", "B"]),
            ["Sheet survey, row 3: the name “a” is there twice. Give one of them another name."],
        ),
        (
            xlsform(["select_one yn", "a", "A"], choices=[*YES_NO, ["yn", "no", "Never"]]),
            ["Sheet choices, row 4: the list “yn” has the choice “no” twice. Give one of them another name."],
        ),
        (
            xlsform(["begin group", "g", "G"], ["text", "a", "A"]),
            ["Sheet survey, row 2: “g” is begun and never ended."],
        ),
        (
            xlsform(["text", "a", "A"], ["end group", None, None]),
            ["Sheet survey, row 3: “end group” ends nothing that was begun."],
        ),
        (
            xlsform(["text", "a", "A", "${b} != ''"], ["text", "b", "B", "${a} != ''"]),
            [
                "These depend on each other in a circle: sheet survey, row 2 (“a”), sheet survey, row 3 (“b”)."
                " Change what one of them depends on in the column “relevant”."
            ],
        ),
        (xlsform(["geopoint", "a", "A"]), None),
        (
            b"PK\x03\x04 nothing",
            [
                "The spreadsheet is damaged and cannot be read. Open it, save it as a new .xlsx file and try that."
            ],
        ),
        (
            b"Dear reader",
            [
                "This has the name of a spreadsheet but is none, or is older than Excel 97. Open it in a spreadsheet program, save it as a new .xlsx file and try that."
            ],
        ),
        (b"", ["The file is empty."]),
    ],
)
def test_what_is_wrong_is_said_with_its_place(content, faults):
    if faults is None:
        form, _report = read(content)
        assert form.questions == []
        return
    with pytest.raises(Refused) as refused:
        read(content)
    assert refused.value.faults == faults
