"""Forms that say what the samples do not: taken, changed or listed, and nothing is dropped in silence."""

import pytest

from surveys.interchange.formats import read_form
from surveys.interchange.taking_in import take_in
from tests.surveys.interchange.files import lss, read, workbook, xlsform

pytestmark = pytest.mark.django_db

CHOICES = [["c", "a", "A"], ["c", "b", "B"], ["unused", "x", "X"]]


def dropped(report) -> dict[str, str]:
    return {row.name: row.note for row in report.entries if row.verdict == "dropped"}


def test_a_row_that_is_switched_off_is_listed():
    head = ["type", "name", "label", "disabled"]
    _form, report = read(xlsform(["text", "a", "A", None], ["text", "off", "Off", "yes"], head=head))
    assert dropped(report) == {"off": "The row is switched off in the form."}


def test_settings_that_mean_nothing_here_are_listed():
    form = xlsform(["text", "a", "A", None], form_title="T", style="theme-grid", instance_name="${a}")
    _form, report = read(form)
    assert list(dropped(report)) == ["style", "instance_name"]


def test_lists_that_nothing_chooses_from_and_unknown_columns_of_choices_are_listed():
    choices = [["list_name", "name", "label", "colour"], *([*row, "red"] for row in CHOICES)]
    _form, report = read(xlsform(["select_one c", "q", "Q", None], choices=choices))
    assert list(dropped(report)) == ["unused", "colour"]


def test_a_choice_without_list_is_listed_with_its_words():
    choices = [*CHOICES[:2], [None, "lost", "Lost"]]
    _form, report = read(xlsform(["select_one c", "q", "Q", None], choices=choices))
    assert [(one.place, one.original) for one in report.entries if one.verdict == "dropped"] == [
        ("sheet choices, row 4", "lost, Lost")
    ]


def test_a_picture_in_an_unknown_language_is_listed():
    head = ["type", "name", "label::English (en)", "label::Quenya (qya)", "image::Quenya (qya)"]
    _form, report = read(xlsform(["text", "q", "Q", "Q!", "lily.png"], head=head))
    assert [(one.name, one.original) for one in report.entries if one.verdict == "dropped"] == [
        ("q", "lily.png")
    ]


@pytest.mark.parametrize(
    ("column", "row", "text"),
    [
        ("parameters", ["select_one c", "q", "Q"], "randomize=true"),
        ("choice_filter", ["text", "q", "Q"], "a='1'"),
        ("constraint_message", ["text", "q", "Q"], "Too long"),
        ("repeat_count", ["text", "q", "Q"], "3"),
        ("constraint", ["begin group", "q", "Q"], ". > 3"),
        ("hint", ["begin group", "q", "Q"], "Read this"),
        ("relevant", ["end group", None, None], "true()"),
    ],
)
def test_a_column_that_a_row_cannot_use_is_listed_with_its_text(column, row, text):
    group = [["begin group", "g", "G"], ["text", "in", "In"], ["end group", None, None]]
    group = [one for one in group if one[0] != row[0]]
    place = {"begin group": 0, "end group": 2}.get(row[0], 1)
    group.insert(place, row)
    rows = [[*one, text if one is row else None] for one in group]
    choices = CHOICES[:2] if row[0].startswith("select") else ()
    _form, report = read(xlsform(*rows, head=["type", "name", "label", column], choices=choices))
    assert [(one.place, one.note, one.original) for one in report.entries if one.verdict == "dropped"] == [
        (
            f"sheet survey, row {place + 2}",
            f"A row of this type cannot use the column “{column}” here.",
            text,
        )
    ]


@pytest.mark.parametrize(
    ("question", "attribute", "value"),
    [
        ({"type": "N"}, "exclude_all_others", "a"),
        ({"type": "S"}, "other_replace_text", "Something else"),
        ({"type": "T"}, "dualscale_headerA", "Left"),
        ({"type": "D"}, "maximum_chars", "20"),
        ({"type": "N"}, "multiflexible_checkbox", "1"),
    ],
)
def test_an_attribute_that_a_type_cannot_use_is_listed_with_its_text(question, attribute, value):
    attributes = [{"qid": "1", "attribute": attribute, "value": value}]
    _form, report = read_form("x.lss", lss(question, attributes=attributes))
    assert [
        (one.place, one.name, one.note, one.original) for one in report.entries if one.verdict == "dropped"
    ] == [
        ("questions, qid 1", "q1", f"A question of this type cannot use “{attribute}” here.", value),
    ]


def test_the_words_of_an_other_that_is_not_offered_are_listed():
    answers = [{"qid": "1", "code": code, "answer": code, "language": "en", "scale_id": "0"} for code in "ab"]
    attributes = [{"qid": "1", "attribute": "other_replace_text", "value": "Else"}]
    _form, report = read_form("x.lss", lss({"type": "L"}, answers=answers, attributes=attributes))
    assert dropped(report) == {"q1": "The question does not offer “other”."}


def test_an_attribute_of_no_question_is_listed():
    attributes = [{"qid": "77", "attribute": "hidden", "value": "1"}]
    _form, report = read_form("x.lss", lss({"type": "T"}, attributes=attributes))
    assert dropped(report) == {"hidden": "It belongs to no question of the file."}


def test_what_excludes_the_others_and_is_no_choice_is_listed():
    subs = [
        {"qid": f"9{code}", "parent_qid": "1", "title": code, "question": code, "scale_id": "0"}
        for code in "12"
    ]
    attributes = [{"qid": "1", "attribute": "exclude_all_others", "value": "1;7"}]
    form, report = read_form("x.lss", lss({"type": "M"}, subquestions=subs, attributes=attributes))
    assert [choice.is_exclusive for choice in form.questions[0].choices] == [True, False]
    assert [one.original for one in report.entries if one.verdict == "dropped"] == ["7"]


@pytest.mark.parametrize("parameters", ["start=1 end=5 step=1", "start=1;end=5;step=1", "start = 1, end = 5"])
def test_the_bounds_of_a_range_are_read_however_they_are_divided(parameters):
    form, _report = read(
        xlsform(["range", "r", "R", parameters], head=["type", "name", "label", "parameters"])
    )
    assert (form.questions[0].low, form.questions[0].high) == (1, 5)


def test_of_two_texts_for_one_language_the_other_is_listed():
    head = ["type", "name", "label", "label::fr"]
    form, report = read(xlsform(["text", "a", "sans nom", "nommé"], head=head, default_language="fr"))
    assert form.questions[0].texts == {"fr": "nommé"}
    assert [row.original for row in report.entries if row.verdict == "dropped"] == ["sans nom"]


def test_names_of_choices_may_be_numbers_and_end_with_spaces():
    survey = [["type", "name", "label"], ["select_one c ", " q ", "Q"]]
    choices = [["list name", "name", "label"], ["c", 1.0, "One"], ["c ", "2 ", "Two"]]
    form, _report = read(workbook(survey=survey, choices=choices))
    assert [choice.code for choice in form.questions[0].choices] == ["1", "2"]


@pytest.mark.parametrize(
    "relevant",
    [
        "indexed-repeat(${n}, ${g}, 1) = 2",
        "regex(${t}, '[0-9]+')",
        "count-selected(${m}) >= 2",
        "if(${n} > 3, true(), false())",
        "${n} mod 2 = 0",
        "date(${t}) < today()",
        "selected(${m}, 'nope')",
        "position(..) = 1",
    ],
)
def test_a_condition_without_counterpart_is_listed_with_its_words(relevant):
    form, report = read(
        xlsform(
            ["begin group", "g", "Group", None],
            ["integer", "n", "N", None],
            ["text", "t", "T", None],
            ["select_multiple c", "m", "M", None],
            ["end group", None, None, None],
            ["text", "w", "W", relevant],
            choices=CHOICES[:2],
        )
    )
    assert form.questions[-1].condition is None
    assert [(row.name, row.original) for row in report.entries if row.verdict == "dropped"] == [
        ("w", relevant)
    ]


LETTERS = "5ABCDEFGHIKLMNOPQRSTUXY!|*1:;"


def every_letter() -> bytes:
    questions, subquestions, answers = [], [], []
    for number, letter in enumerate(LETTERS, 1):
        questions.append({"type": letter, "title": f"Q{number}"})
        for scale, marks in (("0", "ABCEFH1KMPQ:;"), ("1", ":;")):
            subquestions += [
                {"qid": f"{number}9{scale}{n}", "parent_qid": str(number), "title": f"S{scale}{n}"}
                | {"question": f"Sub {n}", "scale_id": scale, "question_order": str(n)}
                for n in (1, 2)
                if letter in marks
            ]
        answers += [
            {"qid": str(number), "code": code, "answer": code, "language": "en", "scale_id": scale}
            for code in ("A1", "A2", "A3")
            for scale in ("0", "1")
            if letter in "LFHO!R1"
        ]
    return lss(*questions, subquestions=subquestions, answers=answers)


def test_every_type_of_limesurvey_is_taken_changed_or_left_out_with_a_reason(chiara):
    form, report = read_form("letters.lss", every_letter())
    take_in(form, report, by=chiara)
    verdicts = {row.name: row.verdict.value for row in report.entries if row.what == "question"}
    left_out = {LETTERS[int(name[1:]) - 1] for name, verdict in verdicts.items() if verdict == "dropped"}
    assert (len(verdicts), left_out) == (len(LETTERS), {"I", "|", "*"})


def test_tables_of_limesurvey_without_counterpart_are_listed():
    tables = "".join(
        f"<{name}><rows><row><id>1</id></row></rows></{name}>"
        for name in ("quota", "assessments", "defaultvalues", "survey_url_parameters")
    )
    content = lss({"type": "T"}).replace(b"</document>", f"{tables}</document>".encode())
    _form, report = read_form("tables.lss", content)
    assert list(dropped(report)) == ["quota", "assessments", "defaultvalues", "survey_url_parameters"]


def test_what_is_ranked_may_stand_with_the_subquestions():
    subs = [{"qid": f"9{n}", "parent_qid": "1", "title": f"S{n}", "question": f"Sub {n}"} for n in (1, 2)]
    form, _report = read_form("ranked.lss", lss({"type": "R"}, subquestions=subs))
    assert [choice.code for choice in form.questions[0].choices] == ["s1", "s2"]
