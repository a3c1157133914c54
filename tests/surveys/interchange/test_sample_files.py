"""Real files: everything that its own tools accept comes in, can be published and answered; the others are refused."""

import csv
import re

import pytest

from cxportal.organisation.models import Language
from surveys import publishing, waves
from surveys.interchange.formats import read_form
from surveys.interchange.forms import Refused
from surveys.interchange.taking_in import take_in
from surveys.models import Collector, Submission, Survey, SurveyImport, Wave
from surveys.questionnaire import Form, Questionnaire
from tests.conftest import SAMPLES
from tests.surveys.respondent import Respondent, hidden_and_filled

pytestmark = pytest.mark.django_db

FOLDER = SAMPLES / "questionnaires"
REFUSED_AT = {
    "koboloadeR_data_form.xls": "Sheet choices, row 160: the list “not_working_reasons” has the choice “NoAnswer” twice.",
    "koboloadeR_docs_form.xls": "Sheet survey, row 2: “Sepal.Length” has the type “numeric”",
    "onadata_group_names_must_be_unique.xlsx": "Sheet survey, row 2: the tools of XLSForm refuse it:",
    "onadata_xlsx_output.xlsx": "Sheet survey, row 8: “ISO3_EduFacilQuestionnaire” has the type “set form title”",
    "pyxform_duplicate_columns.xlsx": "Sheet survey, row 1: the column “label” is there twice.",
    "rse_2016_original_questions.xlsx": "This is no XLSForm: it has no sheet “survey”.",
}


def files(*folders: str) -> list[str]:
    """Those that can be imported, by the manifests."""
    return [
        f"{folder}/{row['file']}"
        for folder in folders
        if (FOLDER / folder / "manifest.csv").exists()
        for row in csv.DictReader((FOLDER / folder / "manifest.csv").read_text().splitlines())
        if row["file"].endswith((".xlsx", ".xls", ".lss")) and row["file"] not in REFUSED_AT
    ]


FILES = files("xlsform", "limesurvey")


@pytest.mark.parametrize("name", sorted(REFUSED_AT))
def test_a_file_that_is_meant_to_fail_is_refused_at_the_right_place(samples, name):
    (path,) = (samples / "questionnaires").rglob(name)
    with pytest.raises(Refused) as refused:
        read_form(name, path.read_bytes())
    assert refused.value.faults[0].startswith(REFUSED_AT[name])


@pytest.mark.parametrize("name", FILES)
def test_a_sample_comes_in_with_its_texts_and_is_answered_in_every_complete_language(
    samples, name, hurried_respondents, chiara
):
    form, report = read_form(name, (samples / "questionnaires" / name).read_bytes())
    survey = take_in(form, report, by=chiara)
    counts = report.counts()
    arrived = counts["taken"] + counts["changed"]
    assert arrived >= 0.9 * counts["with_counterpart"]
    assert SurveyImport.objects.get(survey=survey).report["format"] == report.format
    version = publishing.publish(survey=survey, by=chiara)
    for language in complete_languages(version.content):
        way = open_wave(survey, version, language)
        respondent = Respondent(f"/{language}/s/{way.address}/").open()
        walk_to_the_end(respondent, Questionnaire(version.content))
        assert (language, Submission.objects.filter(wave=way.wave).count()) == (language, 1)


def complete_languages(content) -> list[str]:
    texts = [dict(publishing.words_of(question)) for question in publishing.questions_in(content)]
    places = {place for one in texts for place in {key[0] for key in one}}
    assert places
    begun = {language for one in texts for _place, language in one}
    return sorted(
        language
        for language in begun
        if all((place, language) in one for one in texts for place in {key[0] for key in one})
    )


def open_wave(survey: Survey, version, language: str) -> Collector:
    Language.objects.update_or_create(code=language, defaults={"is_offered": True})
    wave = Wave.objects.create(
        survey=survey, version=version, code=f"w_{language.replace('-', '_')}", name="Wave"
    )
    way = Collector.objects.create(wave=wave, name="Link", kind="link")
    way.wave = waves.open_wave(wave=wave, by=None)
    way.wave.languages = [language]
    way.wave.save()
    return way


def walk_to_the_end(respondent: Respondent, questionnaire: Questionnaire) -> None:
    """Answers the first choice of everything that is on each page, and types a number or a word."""
    for _step in range(2 * len(questionnaire.pages()) + 5):  # a page may ask once more
        assert respondent.status == 200
        if "<form" not in respondent.page or 'name="go"' not in respondent.page:
            return
        answers = {}
        for page in questionnaire.pages():
            for name, field in page.fields.items():
                if f'name="q.{name}"' not in respondent.page:
                    continue
                if field.form == Form.TYPED:
                    low = questionnaire.questions.get(name, {}).get("low")
                    is_number = questionnaire.questions.get(name, {}).get("kind") == "number"
                    answers[f"q.{name}"] = [str(low or 1) if is_number else "words"]
                elif not name.endswith(":skip"):
                    answers[f"q.{name}"] = sorted(code for code in field.codes if code[0] != ":")[:1]
        go = re.findall(r'name="go" value="([^"]+)"', respondent.page)
        fields = hidden_and_filled(respondent.page) | answers
        respondent.post(fields | {"go": ["send" if "send" in go else "next"]})
        if Submission.objects.exists() and "<form" not in respondent.page:
            return
