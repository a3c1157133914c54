"""Texts for translators who work in a spreadsheet, and what comes back."""

import io

import pytest
from openpyxl import load_workbook

from cxportal.organisation.models import TextReading
from surveys.interchange import translation_sheet
from surveys.interchange.forms import Refused
from tests.factories import ChoiceFactory, QuestionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def question():
    question = QuestionFactory(code="helped", single=True, text="Were you helped?", text_fi="Saitko apua?")
    ChoiceFactory(question=question, code="yes", text="Yes")
    return question


def edited(survey, **cells) -> bytes:
    """The spreadsheet with other texts: place -> (heading, text)."""
    book = load_workbook(io.BytesIO(translation_sheet.write(survey)))
    sheet = book.active
    headings = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        for place, (heading, text) in cells.items():
            if row[0].value == place.replace("__", "."):
                row[headings.index(heading)].value = text
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_every_text_has_a_row_and_every_language_a_column(question):
    rows = list(load_workbook(io.BytesIO(translation_sheet.write(question.survey))).active.values)
    assert rows[0] == ("place", "question", "kind", "English (en)", "Finnish (fi)", "Swedish (sv)", "made of")
    assert [row[0] for row in rows[1:]] == ["survey.title", "helped.text", "helped.choice.yes.text"]


def test_what_was_translated_is_taken_and_listed(question, chiara):
    content = edited(question.survey, helped__choice__yes__text=("Finnish (fi)", "Kyllä"))
    outcome = translation_sheet.read(question.survey, content, by=chiara)
    assert (outcome.changed, outcome.read, outcome.conflicts) == ({"fi": ["helped.choice.yes.text"]}, {}, [])
    assert question.choices.get().text_fi == "Kyllä"


def test_who_has_read_the_translations_is_kept(question, chiara):
    outcome = translation_sheet.read(
        question.survey, translation_sheet.write(question.survey), by=chiara, has_read=True
    )
    assert (outcome.changed, outcome.read) == ({}, {"fi": 1})
    assert [row.read_by for row in TextReading.objects.all()] == [chiara]


def test_a_text_whose_original_was_changed_meanwhile_stays(question, chiara):
    content = edited(question.survey, helped__text=("Finnish (fi)", "Autettiinko?"))
    question.text_en = "Did we help you?"
    question.save()
    outcome = translation_sheet.read(question.survey, content, by=chiara)
    assert (outcome.changed, outcome.conflicts) == ({}, ["helped.text"])


def test_an_empty_cell_takes_nothing_away(question, chiara):
    content = edited(question.survey, helped__text=("Finnish (fi)", None))
    assert translation_sheet.read(question.survey, content, by=chiara).changed == {}


def test_looking_through_changes_nothing(question, chiara):
    content = edited(question.survey, helped__text=("Finnish (fi)", "Autettiinko?"))
    outcome = translation_sheet.read(question.survey, content, by=chiara, check=True)
    question.refresh_from_db()
    assert (outcome.changed, question.text_fi) == ({"fi": ["helped.text"]}, "Saitko apua?")


def test_another_file_is_refused(question, chiara):
    with pytest.raises(Refused, match="This is no spreadsheet"):
        translation_sheet.read(question.survey, b"words", by=chiara)


def test_a_translation_that_was_changed_here_meanwhile_stays_and_is_listed(question, chiara):
    content = edited(question.survey, helped__text=("Finnish (fi)", "Autettiinko?"))
    question.text_fi = "Saitteko apua?"
    question.save()
    outcome = translation_sheet.read(question.survey, content, by=chiara)
    assert (outcome.changed, outcome.changed_here) == ({}, ["helped.text (Finnish)"])
    question.refresh_from_db()
    assert question.text_fi == "Saitteko apua?"


def test_a_sheet_that_nobody_edited_takes_back_nothing_that_was_changed_here(question, chiara):
    content = translation_sheet.write(question.survey)
    question.text_fi = "Saitteko apua?"
    question.save()
    outcome = translation_sheet.read(question.survey, content, by=chiara, has_read=True)
    assert (outcome.changed, outcome.changed_here, outcome.read) == ({}, [], {})


def test_the_text_of_the_sheet_is_taken_all_the_same_if_asked(question, chiara):
    content = edited(question.survey, helped__text=("Finnish (fi)", "Autettiinko?"))
    question.text_fi = "Saitteko apua?"
    question.save()
    translation_sheet.read(question.survey, content, by=chiara, overwrite=True)
    question.refresh_from_db()
    assert question.text_fi == "Autettiinko?"
