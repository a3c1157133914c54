from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cxportal.organisation.figure_import import day_of, import_unit_figures, number_of, period_of
from cxportal.organisation.importing import FileRefused, RowRefused
from cxportal.organisation.models import UnitFigure
from tests.factories import FigureFactory, UnitFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def write(tmp_path):
    UnitFactory(code="hki")
    FigureFactory(code="applications")

    def write_file(text):
        file = tmp_path / "figures.csv"
        file.write_text(text)
        return file

    return write_file


def stored() -> list[tuple]:
    return list(
        UnitFigure.objects.order_by("starts_on").values_list(
            "unit__code", "figure__code", "starts_on", "ends_on", "value", "source"
        )
    )


def counts(outcome) -> tuple[int, int, int, int]:
    return outcome.new, outcome.changed, outcome.unchanged, len(outcome.refused)


def test_a_row_becomes_a_figure_of_unit_and_period(write):
    import_unit_figures(write("unit;figure;month;value;source\nhki;applications;2026-02;1 234,5;Register\n"))
    assert stored() == [
        ("hki", "applications", date(2026, 2, 1), date(2026, 2, 28), Decimal("1234.5"), "Register")
    ]


def test_first_and_last_day_can_be_named(write):
    import_unit_figures(
        write("unit,figure,first day,last day,value\nhki,applications,2026-02-03,9.2.2026,7\n")
    )
    assert stored() == [("hki", "applications", date(2026, 2, 3), date(2026, 2, 9), Decimal(7), "")]


def test_a_second_run_changes_nothing(write):
    file = write("unit,figure,period,value,source\nhki,applications,2026-Q1,1.5,R\n")
    import_unit_figures(file)
    assert counts(import_unit_figures(file)[1]) == (0, 0, 1, 0)


def test_a_corrected_value_is_changed(write):
    import_unit_figures(write("unit,figure,period,value,source\nhki,applications,2026,1,R\n"))
    _table, outcome = import_unit_figures(write("unit,figure,period,value\nhki,applications,2026,2\n"))
    assert (counts(outcome), stored()[0][4:]) == ((0, 1, 0, 0), (Decimal(2), "R"))


def test_a_check_changes_nothing(write):
    _table, outcome = import_unit_figures(
        write("unit,figure,period,value\nhki,applications,2026,1\n"), check=True
    )
    assert (counts(outcome), stored()) == ((1, 0, 0, 0), [])


BROKEN_ROWS = {
    "unit": ("x,applications,2026,1", "There is no unit x."),
    "figure": ("hki,x,2026,1", "There is no figure x."),
    "period": ("hki,applications,2026-13,1", "“2026-13” is no period: write a month as 2026-03"),
    "value": ("hki,applications,2026,many", "“many” is no number."),
    "two readings": ("hki,applications,2026,1.234", "“1.234” can be read in two ways; say --decimal comma"),
    "decimals": ("hki,applications,2026,1.23456", "“1.23456” has more than four decimals"),
    "twice": ("hki,applications,2025,9", "Unit, figure and period stand in line 2 already."),
    "cells": ("hki,applications,2026", "The row has 3 cells, the heading has 4."),
}


@pytest.mark.parametrize(("row", "reason"), BROKEN_ROWS.values(), ids=BROKEN_ROWS)
def test_one_broken_row_refuses_the_whole_file(write, row, reason):
    _table, outcome = import_unit_figures(
        write(f"unit,figure,period,value\nhki,applications,2025,9\n{row}\n")
    )
    [refusal] = outcome.refused
    assert (refusal.line, refusal.reason.startswith(reason), stored()) == (3, True, [])


def test_the_others_can_be_imported_without_the_refused(write):
    file = write("unit,figure,period,value\nhki,applications,2025,9\nx,applications,2025,9\n")
    import_unit_figures(file, skip_refused=True)
    assert len(stored()) == 1


def test_a_last_day_before_the_first_is_refused(write):
    file = write("unit,figure,first day,last day,value\nhki,applications,2026-02-03,2026-02-02,7\n")
    [refusal] = import_unit_figures(file)[1].refused
    assert refusal == (2, "hki", "The last day must not lie before the first.")


def test_a_file_without_any_period_is_refused(write):
    with pytest.raises(FileRefused, match="line 1: There is neither a period nor a first and a last day"):
        import_unit_figures(write("unit,figure,value\nhki,applications,7\n"))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026-03", (date(2026, 3, 1), date(2026, 3, 31))),
        ("3/2026", (date(2026, 3, 1), date(2026, 3, 31))),
        ("02.2028", (date(2028, 2, 1), date(2028, 2, 29))),
        ("2026-Q4", (date(2026, 10, 1), date(2026, 12, 31))),
        ("q1 2026", (date(2026, 1, 1), date(2026, 3, 31))),
        ("2026", (date(2026, 1, 1), date(2026, 12, 31))),
    ],
)
def test_periods_are_understood(text, days):
    assert period_of(text) == days


@pytest.mark.parametrize("text", ["", "2026-00", "13/2026", "2026-Q5", "0000", "March", "26-03"])
def test_other_periods_are_refused(text):
    with pytest.raises(RowRefused, match="is no period"):
        period_of(text)


@pytest.mark.parametrize("text", ["2026-03-31", "31.3.2026", "31/03/2026"])
def test_days_are_understood(text):
    assert day_of(text) == date(2026, 3, 31)


@pytest.mark.parametrize("text", ["", "2026-02-30", "3/31/2026", "31.3/2026", "1.1.26"])
def test_other_days_are_refused(text):
    with pytest.raises(RowRefused, match="is no day"):
        day_of(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", "12"),
        ("12.5", "12.5"),
        ("12,5", "12.5"),
        ("-0,125", "-0.125"),
        ("−3", "-3"),
        ("1 234", "1234"),
        ("1\u202f234,5", "1234.5"),
        ("1.234.567", None),
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1’234.5", "1234.5"),
        ("1234.567", "1234.567"),
        ("١٢", None),
        ("1e5", None),
        ("12,34,5", None),
        ("1000000000000", None),
    ],
)
def test_numbers_are_understood_or_refused(text, value):
    if value is None:
        with pytest.raises(RowRefused):
            number_of(text)
    else:
        assert number_of(text) == Decimal(value)


@pytest.mark.parametrize(("decimal", "value"), [(",", "1234"), (".", "1.234")])
def test_a_number_with_two_readings_is_read_as_told(decimal, value):
    assert number_of("1.234", decimal) == Decimal(value)


def test_the_command_says_what_it_did(write):
    out = StringIO()
    file = write("unit,figure,period,value\nhki,applications,2026,1.234\n")
    call_command("import_unit_figures", str(file), "--decimal", "comma", stdout=out)
    assert (out.getvalue().splitlines()[-1], stored()[0][4]) == (
        "1 new, 0 changed, 0 unchanged, 0 refused.",
        Decimal(1234),
    )


def test_the_command_fails_when_a_row_is_refused(write):
    with pytest.raises(CommandError, match="1 refused; nothing was imported"):
        call_command(
            "import_unit_figures",
            str(write("unit,figure,period,value\nx,applications,2026,1\n")),
            stderr=StringIO(),
        )
