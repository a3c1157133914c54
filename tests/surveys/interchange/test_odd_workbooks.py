"""Workbooks with the wrong name, of older makes, or with sheets nobody sees."""

import io

import pytest
from openpyxl import load_workbook

from surveys.interchange.formats import read_form
from surveys.interchange.forms import Refused
from tests.surveys.interchange.files import xlsform

pytestmark = pytest.mark.django_db

FORM = xlsform(["text", "a", "A?", None], form_title="Visit")
HTML = b"<html><body><table><tr><td>type</td><td>name</td></tr></table></body></html>"
BEGIN_OF_BIFF2 = bytes.fromhex("0900040002001000")
BEGIN_OF_BIFF5_WITHOUT_FILE_SYSTEM = bytes.fromhex("0908080000050500bb0dcc07")


@pytest.fixture
def old_form(samples) -> bytes:
    return (samples / "questionnaires/xlsform/pyxform_extra_columns.xls").read_bytes()


def hidden(name: str, state: str) -> bytes:
    book, out = load_workbook(io.BytesIO(FORM)), io.BytesIO()
    book.create_sheet("notes")
    book[name].sheet_state = state
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_read_as_the_tools_of_xlsform_read_it(state):
    form, _report = read_form("visit.xlsx", hidden("survey", state))
    assert [question.name for question in form.questions] == ["a"]


def test_a_new_workbook_may_have_the_name_of_an_old_one():
    form, _report = read_form("visit.xls", FORM)
    assert [question.name for question in form.questions] == ["a"]


def test_an_old_workbook_may_have_the_name_of_a_new_one(old_form):
    wrong, _report = read_form("visit.xlsx", old_form)
    right, _report = read_form("visit.xls", old_form)
    assert [question.name for question in wrong.questions] == [question.name for question in right.questions]


@pytest.mark.parametrize(
    "content",
    [HTML, b"type;name;label\ntext;a;A?\n", BEGIN_OF_BIFF2 * 20, BEGIN_OF_BIFF5_WITHOUT_FILE_SYSTEM * 20],
    ids=["HTML", "CSV", "Excel 2", "Excel 5"],
)
def test_what_only_has_the_name_of_a_workbook_is_refused_in_words(content):
    with pytest.raises(Refused, match="has the name of a spreadsheet but is none, or is older than Excel 97"):
        read_form("visit.xls", content)


def test_an_old_workbook_that_breaks_off_is_refused_in_words(old_form):
    with pytest.raises(Refused, match="The spreadsheet is damaged and cannot be read"):
        read_form("visit.xls", old_form[:2000])
