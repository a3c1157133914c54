import io
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from cxportal.organisation.spreadsheets import (
    NotAWorkbook,
    alive,
    cells_of_workbook,
    csv_lines,
    inert,
    write_workbook,
)

DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "＝1",
    "＋1",
    "－1",
    "＠a",
    " =1+1",
    "\u200b=1",
    "\ufeff=1",
    "\u00a0=1",
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_text_that_looks_like_a_formula_gets_an_apostrophe(text):
    assert inert(text) == "'" + text


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (-5, "-5"),
        (Decimal("-1.5"), "-1.5"),
        (date(2026, 3, 1), "2026-03-01"),
        (None, ""),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_numbers_days_and_harmless_texts_stay_as_they_are(value, cell):
    assert inert(value) == cell


@pytest.mark.parametrize("text", [*DANGEROUS, "'twas", "plain"])
def test_what_went_out_comes_in_as_it_was(text):
    assert alive(inert(text)) == text


def test_a_csv_file_begins_with_the_mark_that_spreadsheets_look_for():
    assert "".join(csv_lines(["a", "b"], [["x;y", -1]])) == '\ufeffa;b\r\n"x;y";-1\r\n'


def test_a_workbook_holds_texts_and_no_formula():
    file = io.BytesIO()
    write_workbook(file, title="a/b", headings=["name"], rows=[[text] for text in DANGEROUS] + [[-5]])
    sheet = load_workbook(file).worksheets[0]
    kinds = [row[0].data_type for row in sheet.iter_rows(min_row=2)]
    assert kinds == ["s"] * len(DANGEROUS) + ["n"]
    assert all(row[0].quotePrefix for row in sheet.iter_rows(min_row=2, max_row=1 + len(DANGEROUS)))


def test_the_sample_of_formula_injections_goes_out_inert(samples):
    lines = (samples / "contacts" / "formula_injection.txt").read_text().splitlines()
    cells = [inert(line) for line in lines if line.strip()]
    assert [cell for cell in cells if cell[0] in "=+-@"] == []


def test_a_workbook_is_read_row_by_row_as_text(tmp_path):
    file = tmp_path / "table.xlsx"
    with file.open("wb") as opened:
        write_workbook(opened, title="t", headings=["a", "b"], rows=[[1.0, date(2026, 3, 1)], ["x", None]])
    assert list(cells_of_workbook(file)) == [(1, ["a", "b"]), (2, ["1", "2026-03-01"]), (3, ["x", ""])]


def test_something_else_is_not_a_workbook(tmp_path):
    file = tmp_path / "table.xlsx"
    file.write_bytes(b"PK\x03\x04...")
    with pytest.raises(NotAWorkbook):
        list(cells_of_workbook(file))
