from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO

import pytest
from auditlog.models import LogEntry
from django.core.management import CommandError, call_command
from django.urls import reverse

from feedback.models import Assignment, Item
from tests.factories import TopicFactory, UnitFactory

pytestmark = pytest.mark.django_db
HEADING = "id;text;received;tone;unit;topics;score\n"


@pytest.fixture
def csv(tmp_path):
    def write(rows, heading=HEADING):
        file = tmp_path / "stories.csv"
        file.write_text(heading + rows, encoding="utf-8")
        return file

    return write


def run(file, *options):
    out, err = StringIO(), StringIO()
    try:
        call_command("import_feedback", str(file), *options, stdout=out, stderr=err)
    except CommandError as error:
        err.write(str(error))
    return out.getvalue(), err.getvalue()


def test_a_row_becomes_an_item_in_the_hands_of_its_unit(csv):
    unit, waiting, staff = UnitFactory(code="A"), TopicFactory(code="waiting"), TopicFactory(code="staff")
    run(
        csv("7;Too slow.;2026-03-31 10:00;negative;A;waiting|staff;5\n"),
        "--score",
        "5:1",
        "--default",
        "kind=story",
    )
    item = Item.objects.get()
    assert (item.text, item.kind, item.way_in, item.tone, item.unit) == (
        "Too slow.",
        "story",
        "import",
        "negative",
        unit,
    )
    assert (item.received_at, item.score, item.score_worst, item.score_best) == (
        datetime(2026, 3, 31, 7, tzinfo=UTC),
        Decimal(5),
        Decimal(5),
        Decimal(1),
    )
    assert set(item.topics.all()) == {waiting, staff}
    assert Assignment.objects.get().unit == unit


def test_a_check_changes_nothing(csv):
    out, _err = run(csv("1;Fine.;;;;;\n"), "--check")
    assert "1 new, 0 changed, 0 unchanged, 0 refused; nothing was changed" in out
    assert Item.objects.count() == 0


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1;Text;99/99/2026;;;;", "“99/99/2026” is no date."),
        ("1;Text;2199-01-01;;;;", "The date 2199-01-01 cannot be right."),
        ("1;Text;;angry;;;", "“angry” is no known code of tone."),
        ("1;Text;;;nowhere;;", "“nowhere” is no known code of unit."),
        ("1;Text;;;;unheard of;", "“unheard of” is no known code of topics."),
        ("1;Text;;;;;-o", "“-o” is no score."),
        ("1;Text;;;;;SS", "“SS” is no score."),
        ("1;Text;;;;;8", "The score 8 lies outside 5 to 1."),
        ("1;Text;;;;;\n1;Text;;;;;", "The id stands in the file already."),
    ],
)
def test_a_dirty_row_is_listed_with_its_line_and_refuses_the_file(csv, row, reason):
    _out, err = run(csv(f"0;Good.;;;;;\n{row}\n"), "--score", "5:1")
    line = 2 + len(row.splitlines())
    assert f"stories.csv, line {line}, 1: {reason}" in err
    assert Item.objects.count() == 0


def test_the_other_rows_are_taken_when_refused_ones_are_skipped(csv):
    run(csv("0;Good.;;;;;\n1;Text;;angry;;;\n"), "--skip-refused")
    assert [item.text for item in Item.objects.all()] == ["Good."]


def test_codes_for_no_score_are_no_score(csv):
    run(csv("1;Text;;;;;7\n"), "--score", "5:1", "--no-score", "6", "7")
    assert Item.objects.get().score is None


def test_cells_are_translated_into_codes(csv):
    run(csv("1;Texte;;Négatif;;;\n"), "--value", "tone:Négatif=negative")
    assert Item.objects.get().tone == "negative"


def test_unknown_codes_are_left_empty_when_asked_for(csv):
    out, _err = run(csv("1;Text;;angry;;;\n"), "--blank-unknown", "tone")
    assert "1 unknown codes left empty." in out
    assert Item.objects.get().tone == ""


def test_rows_without_a_text_are_left_out_and_counted(csv):
    out, _err = run(csv("1;;;;;;\n2;Did not answer;;;;;\n3;Text;;;;;\n"), "--no-text", "Did not answer")
    assert "2 rows without a text left out." in out
    assert Item.objects.count() == 1


def test_ticked_columns_are_topics(csv):
    topic = TopicFactory(code="parking")
    run(csv("1,Text,1\n2,Text,\n", heading="id,text,Parking\n"), "--topic", "Parking=parking")
    assert [item.text for item in topic.feedback.all()] == ["Text"]


def test_a_file_imported_again_adds_only_what_is_new(csv):
    run(csv("1;One.;;;;;\n"))
    out, _err = run(csv("1;One.;;;;;\n2;Two.;;;;;\n"))
    assert "1 new, 0 changed, 1 unchanged, 0 refused." in out
    assert Item.objects.count() == 2


def test_a_file_taken_leaves_one_line_with_how_many_and_no_words(csv):
    file = csv("7;Too slow.;;;;;\n8;Too loud.;;;;;\n")
    run(file)
    LogEntry.objects.all().delete()
    run(csv("7;Too slow.;;;;;\n9;My friend Quillfeather waited.;;;;;\n10;x;never;;;;\n"), "--check")
    assert LogEntry.objects.count() == 0
    run(file, "--skip-refused")
    [entry] = LogEntry.objects.all()
    assert entry.additional_data == {"new": 1, "unchanged": 1, "refused": 1}
    assert "Quillfeather" not in str(vars(entry))


def test_the_line_says_how_many_on_the_page_of_changes(dimitri_client, csv):
    run(csv("7;Too slow.;;;;;\n"))
    page = dimitri_client.get(reverse("admin:auditlog_logentry_changelist")).content.decode()
    assert "rows of a file (new: 1, unchanged: 0, refused: 0)" in page


def test_a_long_story_is_kept_whole(csv):
    run(csv(f"1;{'word ' * 1575}end;;;;;\n"))
    assert len(Item.objects.get().text) == 7878


def test_the_query_of_a_page_is_not_kept(csv):
    run(csv("1;Text;https://agency.example/form?name=anna#top\n", heading="id;text;page\n"))
    assert Item.objects.get().page_address == "https://agency.example/form"


NHS = ["--column", "text=FFT answer", "id=Comment ID", "received=Date", "score=FFT categorical answer"]
NHS += ["--score", "5:1", "--no-text", "Did not answer", "--default", "language=en", "kind=remark"]


def test_a_real_file_lists_its_dirty_scores(samples):
    _out, err = run(samples / "feedback" / "nhs_patient_experience_v6_en.csv", *NHS, "--check")
    assert "The score 7 lies outside 5 to 1." in err


def test_public_stories_of_france_are_imported_whole(samples):
    options = ["--column", "text=Description", "title=Titre", "id=ID expérience", "tone=Ressenti usager"]
    options += ["--value", "tone:Négatif=negative", "tone:Neutre=neutral", "tone:Positif=positive"]
    run(
        samples / "feedback" / "services_publics_plus_fr.csv",
        *options,
        "--default",
        "kind=story",
        "language=fr",
    )
    assert sorted(Item.objects.values_list("tone", flat=True)).count("negative") == 179
    assert Item.objects.count() == 496
