"""Every kind of file that surveys come from and go to. A new one gets a reader or a writer and a line here."""

from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import NamedTuple

from django.utils.translation import gettext as _

from surveys.interchange import limesurvey_reader, xlsform_reader
from surveys.interchange.forms import Form, Refused, Report
from surveys.interchange.settling import settle
from surveys.interchange.sheets import check_size, is_workbook

Read = Callable[[bytes, Report, Mapping[str, str]], Form]


class Format(NamedTuple):
    code: str
    name: str
    endings: tuple[str, ...]
    fits: Callable[[bytes], bool]
    """By what the file begins with; its name may say anything."""
    read: Read


FORMATS = [
    Format("xlsform", "XLSForm", (".xlsx", ".xls"), is_workbook, xlsform_reader.read),
    Format("lss", "LimeSurvey", (".lss",), limesurvey_reader.is_xml, limesurvey_reader.read),
]
SPREADSHEETS = {".xlsx", ".xls"}
ENDINGS = tuple(ending for format_ in FORMATS for ending in format_.endings)


def read_form(name: str, content: bytes, said: Mapping[str, str] | None = None) -> tuple[Form, Report]:
    """The form and how it got there. Raises `Refused`. `said`: name of a language in the file -> our code."""
    check_size(content)
    found = next((format_ for format_ in FORMATS if format_.fits(content)), None)
    if found is None and PurePath(name).suffix.lower() in SPREADSHEETS:
        raise Refused(
            _(
                "This has the name of a spreadsheet but is none, or is older than Excel 97. Open it in a spreadsheet program, save it as a new .xlsx file and try that."
            )
        )
    if found is None:
        raise Refused(_("This is neither an XLSForm (.xlsx, .xls) nor a LimeSurvey survey (.lss)."))
    report = Report(file=PurePath(name).name[:200], format=found.code)
    try:
        form = found.read(content, report, said or {})
    except (RecursionError, MemoryError):
        raise Refused(_("The form is nested too deeply or too large to be read.")) from None
    form.code = form.code or PurePath(name).stem
    settle(form, report)
    return form, report
