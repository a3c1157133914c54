"""`manage.py import_survey` and `export_survey`."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from surveys.admin.addresses import address_of
from surveys.models import Survey, SurveyImport, Wave
from tests.surveys.interchange.files import YES_NO, xlsform, zipped
from tests.surveys.media import png

pytestmark = pytest.mark.django_db

FORM = xlsform(
    ["select_one yn", "helped", "Were you helped?", None],
    ["text", "why", "Why not?", "${helped} = 'no'"],
    ["geopoint", "where", "Where?", None],
    choices=YES_NO,
    form_title="Visit",
    form_id="visit",
)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "visit.xlsx"
    path.write_bytes(FORM)
    return path


def run(*arguments, **options) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=out, **options)
    return out.getvalue()


def test_a_survey_is_imported_with_a_report(file):
    out = run("import_survey", file, language=[("default", "en")])
    assert out.splitlines() == [
        "texts that name no language: English",
        "- sheet survey, row 4, question where: Positions on a map are not collected here.   [geopoint]",
        "3 questions: 2 taken, 0 changed, 1 dropped; beside them 0 changed, 0 dropped.",
        "The survey has the code visit.",
    ]
    assert list(Survey.objects.get(code="visit").questions.values_list("code", "shown_if")) == [
        ("helped", None),
        ("why", {"question": "helped", "op": "equals", "value": "no"}),
    ]


def test_a_check_changes_nothing(file):
    assert (
        run("import_survey", file, "--check")
        .splitlines()[-1]
        .endswith("nothing was written, this was a check.")
    )
    assert (Survey.objects.count(), SurveyImport.objects.count()) == (0, 0)


def test_a_language_is_named_on_the_command_line(file):
    run("import_survey", file, "--language", "default=fi")
    assert Survey.objects.get(code="visit").source_language == "fi"


def test_a_wave_opens_at_once_and_its_address_is_printed(file, settings, tmp_path):
    settings.KEYS_FOLDER = tmp_path / "keys"
    address = run("import_survey", file, "--open-wave").splitlines()[-1].removeprefix("The wave is open: ")
    wave = Wave.objects.get(survey__code="visit")
    assert (wave.state, address) == ("open", address_of(wave.collectors.get()))


def test_what_is_refused_leaves_nothing_behind(tmp_path):
    path = tmp_path / "broken.xlsx"
    path.write_bytes(xlsform(["numeric", "a", "A"]))
    with pytest.raises(CommandError, match="nothing was imported"):
        run("import_survey", path)
    assert Survey.objects.count() == 0


def test_a_second_import_gets_a_code_of_its_own(file):
    run("import_survey", file)
    run("import_survey", file)
    assert sorted(Survey.objects.values_list("code", flat=True)) == ["visit", "visit_2"]


def test_a_survey_goes_out_and_its_translations_too(file, tmp_path):
    run("import_survey", file)
    for kind in ("xlsform", "translations"):
        path = tmp_path / f"{kind}.xlsx"
        assert run("export_survey", "visit", "--to", kind, "--file", path) == f"visit written to {path}.\n"
        assert path.read_bytes().startswith(b"PK")


def test_an_archive_may_hold_the_form_with_its_pictures(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    head = ["type", "name", "label", "image"]
    form = xlsform(["text", "why", "Why?", "desk.png"], head=head, form_title="Visit", form_id="visit")
    path = tmp_path / "visit.zip"
    path.write_bytes(zipped(**{"kobo/visit.xlsx": form, "kobo/desk.png": png()}))
    run("import_survey", path)
    clip = Survey.objects.get(code="visit").questions.get().clips.get()
    assert (clip.kind, clip.language) == ("picture", "en")


@pytest.mark.parametrize(
    ("files", "held"),
    [({"desk.png": b"x"}, "–"), ({"one.xlsx": FORM, "two.xlsx": FORM}, "one.xlsx, two.xlsx")],
    ids=["no form", "two forms"],
)
def test_an_archive_without_one_form_is_refused(tmp_path, files, held):
    path = tmp_path / "visit.zip"
    path.write_bytes(zipped(**{f"kobo/{name}": content for name, content in files.items()}))
    out = StringIO()
    with pytest.raises(CommandError, match="nothing was imported"):
        call_command("import_survey", path, stdout=out, stderr=out)
    assert out.getvalue() == (
        f"{path}: The archive “visit.zip” must hold one form (.xlsx, .xls, .lss); it holds: {held}.\n"
    )
    assert Survey.objects.count() == 0
