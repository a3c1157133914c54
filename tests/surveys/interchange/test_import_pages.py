"""The pages on which surveys come in and go out."""

import io
import re
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from surveys.interchange.formats import read_form
from surveys.models import Clip, Survey
from tests.conftest import client_of
from tests.factories import QuestionFactory, StaffRoleFactory, SurveyFactory, UserFactory
from tests.surveys.interchange.files import workbook, xlsform, zipped
from tests.surveys.interchange.test_import_command import FORM
from tests.surveys.media import png

pytestmark = pytest.mark.django_db

IMPORT = "admin:surveys_survey_import"


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def look_through(client, content: bytes):
    return client.post(reverse(IMPORT), {"file": SimpleUploadedFile("visit.xlsx", content)})


def sign_in(page) -> str:
    return re.search(r'name="held" value="([^"]+)"', page.content.decode())[1]


def test_a_file_is_looked_through_before_anything_is_written(chiara_client):
    page = look_through(chiara_client, FORM)
    assert "Positions on a map are not collected here." in page.content.decode()
    assert Survey.objects.count() == 0


def test_after_a_yes_the_survey_is_there_with_its_report(chiara_client):
    sign = sign_in(look_through(chiara_client, FORM))
    answer = chiara_client.post(
        reverse(IMPORT), {"held": sign, "label-0": "", "language-0": "fi", "do": "import"}
    )
    survey = Survey.objects.get()
    assert answer["Location"] == reverse("admin:surveys_survey_imported", args=[survey.pk])
    assert (survey.code, survey.source_language, survey.title_fi) == ("visit", "fi", "Visit")
    assert "Positions on a map" in chiara_client.get(answer["Location"]).content.decode()


def test_a_held_file_is_taken_by_nobody_else_and_only_once(chiara_client):
    sign = sign_in(look_through(chiara_client, FORM))
    other = client_of(StaffRoleFactory(user=UserFactory(username="dora"), role="cx_team").user)
    for client in (other, chiara_client, chiara_client):
        client.post(reverse(IMPORT), {"held": sign, "do": "import"})
    assert Survey.objects.count() == 1


def test_a_file_that_is_thrown_away_is_gone(chiara_client):
    sign = sign_in(look_through(chiara_client, FORM))
    chiara_client.post(reverse(IMPORT), {"held": sign, "do": "give_up"})
    chiara_client.post(reverse(IMPORT), {"held": sign, "do": "import"})
    assert Survey.objects.count() == 0


def test_what_is_wrong_is_said_on_the_page(chiara_client):
    page = look_through(chiara_client, workbook(survey=[["type", "name", "label"], ["numeric", "a", "A"]]))
    assert page.status_code == 200
    assert "Sheet survey, row 2: “a” has the type “numeric”" in page.content.decode()


@pytest.mark.parametrize("who", ["aino_client", "bram_client", "dimitri_client", "elif_client"])
def test_only_the_cx_team_imports(request, who):
    assert request.getfixturevalue(who).get(reverse(IMPORT)).status_code == 403


def test_what_is_downloaded_reads_as_the_same_questions(chiara_client):
    question = QuestionFactory(code="overall", text="How was it?")
    file = chiara_client.get(reverse("admin:surveys_survey_xlsform", args=[question.survey.pk]))
    form, _report = read_form("x.xlsx", io.BytesIO(file.content).read())
    assert [(one.code, one.kind, one.texts) for one in form.questions] == [
        ("overall", "rating", {"en": "How was it?"})
    ]


@pytest.mark.parametrize("questions", [1, 3])
def test_a_download_needs_a_fixed_number_of_queries(chiara_client, django_assert_num_queries, questions):
    survey = SurveyFactory()
    QuestionFactory.create_batch(questions, part__survey=survey)
    with django_assert_num_queries(15):
        chiara_client.get(reverse("admin:surveys_survey_xlsform", args=[survey.pk]))


def test_translations_go_out_and_come_back_on_their_page(chiara_client):
    question = QuestionFactory(code="overall", text="How was it?")
    file = chiara_client.get(reverse("admin:surveys_survey_translations_file", args=[question.survey.pk]))
    page = chiara_client.post(
        reverse("admin:surveys_survey_translations", args=[question.survey.pk]),
        {"file": SimpleUploadedFile("texts.xlsx", file.content), "do": "check"},
    )
    assert "Nothing differs from what is here." in page.content.decode()


def with_picture(*files: tuple[str, bytes]) -> dict:
    form = xlsform(
        ["text", "seen", "What do you see?", "here.png"],
        ["text", "heard", "What do you hear?", "missing.png"],
        head=["type", "name", "label::English (en)", "media::image::English (en)"],
    )
    return {
        "file": SimpleUploadedFile("visit.xlsx", form),
        "media_files": [SimpleUploadedFile(name, content) for name, content in files],
    }


PICTURE = {"media/here.png": png()}


@pytest.mark.parametrize(
    "file", [("here.png", png()), ("all.zip", zipped(**PICTURE))], ids=["file", "archive"]
)
def test_a_picture_beside_the_form_comes_in_and_a_missing_one_is_listed(chiara_client, file):
    page = chiara_client.post(reverse(IMPORT), with_picture(file))
    signs = re.findall(r'name="held" value="([^"]+)"', page.content.decode())
    answer = chiara_client.post(reverse(IMPORT), {"held": signs, "do": "import"})
    report = chiara_client.get(answer["Location"]).content.decode()
    assert list(Clip.objects.values_list("question__code", "kind", "language")) == [("seen", "picture", "en")]
    assert "missing.png" in report
    assert "The file is not part of the form." in report


def test_a_form_and_its_picture_come_in_from_one_archive(chiara_client):
    packed = zipped(**{"visit.xlsx": with_picture()["file"].read()}, **PICTURE)
    page = chiara_client.post(reverse(IMPORT), {"file": SimpleUploadedFile("visit.zip", packed)})
    signs = re.findall(r'name="held" value="([^"]+)"', page.content.decode())
    chiara_client.post(reverse(IMPORT), {"held": signs, "do": "import"})
    assert list(Clip.objects.values_list("question__code", "kind", "language")) == [("seen", "picture", "en")]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([("here.png", b"no picture")], "here.png"),
        ([("here.png", png()), ("other.png", png())], "The form names no such files; they were left out."),
        ([("all.zip", zipped(**PICTURE)[:-30])], "all.zip"),
    ],
    ids=["no picture", "not named", "damaged archive"],
)
def test_what_cannot_be_taken_of_the_media_is_said(chiara_client, files, said):
    page = chiara_client.post(reverse(IMPORT), with_picture(*files))
    assert said in page.content.decode()
    assert not Survey.objects.exists()


def test_an_archive_that_unpacks_to_too_much_is_refused(chiara_client):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", b" " * (61 * 1024 * 1024))
    page = chiara_client.post(reverse(IMPORT), with_picture(("all.zip", out.getvalue())))
    assert "Pictures and recordings take more than 60 MB" in page.content.decode()
