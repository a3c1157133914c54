import csv
import io
import json
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.utils import timezone
from openpyxl import load_workbook

from surveys import exports, publications, waves
from surveys.models import Answer, Export
from surveys.publication_making import make, make_due
from tests.factories import CollectorFactory, WaveFactory
from tests.surveys.results import fill

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


@pytest.fixture
def wave(chiara, agency_unit, unit_a, unit_b):
    wave = WaveFactory(code="spring", confidential=True, unit=agency_unit, breakdowns=["unit"], pairs=[])
    for unit in (unit_a, unit_b):
        CollectorFactory(wave=wave, unit=unit, name=unit.code)
    wave = waves.open_wave(wave=wave, by=chiara)
    for collector in wave.collectors.select_related("wave"):
        fill(collector, [("fi", {"overall": value, "solved": "yes"}) for value in "12345" * 3])
    return wave


def read_csv(parts) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(parts).decode("utf-8-sig"))))


def as_text(cell) -> str:
    try:
        return f"{float(cell):.9g}"
    except (TypeError, ValueError):
        return cell or ""


def content_of(export) -> bytes:
    with default_storage.open(export.file) as file:
        return file.read()


def written(**asked) -> Export:
    export = exports.ask(**asked)
    exports.write_waiting()
    export.refresh_from_db()
    return export


def test_a_publication_comes_as_csv_with_n_and_interval(wave, chiara):
    make(wave=wave)
    lines = read_csv(exports.csv_of_figures(publications.latest(wave, chiara)))
    (mean,) = [
        line for line in lines if (line["cell"], line["question"], line["figure"]) == ("A", "overall", "mean")
    ]
    assert (float(mean["number"]), mean["n"]) == (3.0, "15")
    assert float(mean["low"]) < 3 < float(mean["high"])


def test_csv_xlsx_and_json_hold_the_same_figures(wave, chiara):
    make(wave=wave)
    results = publications.latest(wave, chiara)
    lines = read_csv(exports.csv_of_figures(results))
    book = load_workbook(io.BytesIO(b"".join(exports.xlsx_of_figures(results))))
    from_book = [[as_text(cell) for cell in row] for row in book.active.values][1:]
    assert from_book == [[as_text(cell) for cell in line.values()] for line in lines]
    content = json.loads(b"".join(exports.json_of_figures(results)))
    assert content["breakdowns"]["unit"]["A"]["questions"]["overall"]["counts"] == {
        line["value"]: int(line["number"])
        for line in lines
        if (line["cell"], line["question"], line["figure"]) == ("A", "overall", "count")
    }


def test_a_file_of_a_manager_holds_nothing_of_another_unit(wave, chiara, aino):
    make(wave=wave)
    export = written(wave=wave, kind="csv", by=aino)
    cells = {line["cell"] for line in read_csv([content_of(export)])}
    assert cells == {"", "A", "agency"}


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_a_wave_without_a_publication_cannot_be_exported(wave, chiara, kind):
    with pytest.raises(exports.CannotExport):
        exports.ask(wave=wave, kind=kind, by=chiara)


# ---------- answers one by one ----------


def test_answers_of_a_confidential_wave_are_written_one_line_each(wave, chiara):
    export = written(wave=wave, kind="rows", by=chiara, purpose="Thesis of the agency's analyst")
    lines = read_csv([content_of(export)])
    assert (export.state, export.rows, export.written) == ("ready", 30, 30)
    assert sorted(line["overall"] for line in lines) == sorted("12345" * 6)
    assert {line["unit"] for line in lines} == {"A", "B"}
    assert set(lines[0]) == {"language", "mode", "unit", "overall", "staff", "solved", "visits", "why"}


def test_several_answers_to_one_question_stand_in_one_cell(wave, chiara):
    response = wave.responses.order_by("pk").first()
    Answer.objects.filter(response=response, question="solved").delete()
    for value in ("yes", "no"):
        Answer.objects.create(response=response, question="solved", value=value)
    lines = read_csv(exports.csv_of_answers(wave))
    assert sorted({line["solved"] for line in lines}) == ["no|yes", "yes"]


def test_answers_of_an_anonymous_wave_never_leave_it(chiara):
    wave = WaveFactory()
    with pytest.raises(exports.CannotExport):
        exports.ask(wave=wave, kind="rows", by=chiara, purpose="Curious")
    with pytest.raises(exports.CannotExport):
        list(exports.csv_of_answers(wave))


def test_answers_need_a_purpose(wave, chiara):
    with pytest.raises(exports.CannotExport):
        exports.ask(wave=wave, kind="rows", by=chiara, purpose="  ")
    with pytest.raises(IntegrityError):
        Export.objects.create(wave=wave, kind="rows", asked_by=chiara)


def test_a_manager_takes_out_no_answers(wave, aino):
    with pytest.raises(exports.CannotExport):
        exports.ask(wave=wave, kind="rows", by=aino, purpose="My unit")


# ---------- the file ----------


def test_a_file_is_written_once_however_many_workers_there_are(wave, chiara):
    make(wave=wave)
    export = exports.ask(wave=wave, kind="csv", by=chiara)
    assert [exports.write(export.pk), exports.write(export.pk)] == [True, False]


def test_a_file_is_deleted_after_a_week_and_the_record_stays(wave, chiara):
    export = written(wave=wave, kind="rows", by=chiara, purpose="Thesis")
    name = export.file
    assert exports.delete_expired(at=timezone.now() + timedelta(days=6)) == 0
    assert exports.delete_expired(at=timezone.now() + timedelta(days=8)) == 1
    export.refresh_from_db()
    assert (export.state, export.purpose, default_storage.exists(name)) == ("expired", "Thesis", False)


def test_a_file_whose_writer_died_is_written_again(wave, chiara):
    make(wave=wave)
    export = exports.ask(wave=wave, kind="csv", by=chiara)
    Export.objects.update(state="writing", claimed_at=timezone.now() - timedelta(hours=1))
    exports.write_waiting()
    exports.write_waiting()
    export.refresh_from_db()
    assert export.state == "ready"


# ---------- commands and the clock ----------


def test_the_command_writes_the_current_publication(wave, tmp_path):
    call_command("results", "spring", "--make", "--format", "json", "--to", str(tmp_path / "out.json"))
    assert json.loads((tmp_path / "out.json").read_text())["everybody"]["n"] == 30


def test_the_command_says_that_nothing_is_published(wave):
    with pytest.raises(CommandError, match="Nothing has been published"):
        call_command("results", "spring")


def test_the_audit_finds_nothing_in_what_was_published(wave, capsys):
    make(wave=wave)
    call_command("audit_wave", "spring")
    assert "comes out" in capsys.readouterr().out


def test_the_audit_finds_what_is_given_away_without_complementary_hiding(wave, unit_b):
    collector = CollectorFactory(wave=wave, unit=unit_b, name="B again", service=None)
    wave.unit_paths |= {"C": ["agency"]}
    wave.save()
    collector.unit.code = "C"
    collector.unit.save()
    collector = type(collector).objects.select_related("wave").get(pk=collector.pk)
    fill(collector, [("fi", {"overall": "1"})] * 3)
    make(wave=wave, is_complementary=False)
    with pytest.raises(CommandError, match="come out"):
        call_command("audit_wave", "spring")


def test_results_are_published_by_the_clock(wave):
    make_due()
    make_due()
    assert wave.publications.count() == 1
