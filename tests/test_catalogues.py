"""Staff read everything in their languages, respondents in the first ten; gaps elsewhere are honest."""

from pathlib import Path

import polib
import pytest

from cxportal.languages import RESPONDENT_FIRST, SOURCE, STAFF
from cxportal.organisation.coverage import coverage_of

LOCALE = Path(__file__).resolve().parent.parent / "locale"


@pytest.mark.parametrize("language", [code for code in STAFF if code != SOURCE])
def test_the_interface_of_staff_is_complete(language):
    catalogue = polib.pofile(str(LOCALE / language / "LC_MESSAGES" / "django.po"))
    assert [entry.msgid for entry in [*catalogue.untranslated_entries(), *catalogue.fuzzy_entries()]] == []


@pytest.mark.django_db
@pytest.mark.parametrize("language", RESPONDENT_FIRST)
def test_everything_a_respondent_reads_is_there_in_the_first_ten_languages(language):
    assert coverage_of(language).interface.missing == 0
