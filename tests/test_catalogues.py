"""Staff read everything in their languages, respondents in the first ten; gaps elsewhere are honest."""

from pathlib import Path

import polib
import pytest

from cxportal.languages import RESPONDENT_FIRST, SOURCE, STAFF
from cxportal.organisation.coverage import coverage_of, is_for_respondents

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
ROOMS = ("actions", "cxportal", "feedback", "panels", "surveys")
SAID_TO_STAFF_TOO = {
    "cxportal/dispatch/rendering.py",  # its words are those of the templates
    "feedback/admin/items.py",
    "feedback/shown.py",
    "feedback/taking_down.py",
    "feedback/views/take_down.py",
    "surveys/templatetags/survey.py",
}


@pytest.mark.parametrize("language", [code for code in STAFF if code != SOURCE])
def test_the_interface_of_staff_is_complete(language):
    catalogue = polib.pofile(str(LOCALE / language / "LC_MESSAGES" / "django.po"))
    assert [entry.msgid for entry in [*catalogue.untranslated_entries(), *catalogue.fuzzy_entries()]] == []


@pytest.mark.django_db
@pytest.mark.parametrize("language", RESPONDENT_FIRST)
def test_everything_a_respondent_reads_is_there_in_the_first_ten_languages(language):
    assert coverage_of(language).interface.missing == 0


def test_every_module_that_speaks_to_people_outside_is_known_to_the_count_of_languages():
    """They say a string together with the language it is really in; staff read plain gettext."""
    speaking = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "migrations" not in path.parts
        and any(words in path.read_text() for words in ("cxportal.interface import", "gettext_noop"))
    }
    assert {path for path in speaking - SAID_TO_STAFF_TOO if not is_for_respondents(path)} == set()
