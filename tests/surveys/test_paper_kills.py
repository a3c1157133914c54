"""The process is killed while a stack is counted or a file imported: all of it is in the ballot box, or nothing."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection, connections

from surveys import paper_entry
from surveys.models import ImportedFile, PaperBatch, Sheet, Submission
from tests.surveys.broad import broad_wave, paper_collector

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

KILLS = 12
SHEETS = 400
ROWS = 3000
ROOT = Path(__file__).resolve().parent.parent.parent
BEGIN = """
import os, sys
from pathlib import Path
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
from surveys import brought_in, paper_entry, response_import
from surveys.models import PaperBatch, Wave
brought_in.CHUNK = 20
"""
CONFIRM = f"""{BEGIN}
batch = PaperBatch.objects.get()
print("ready", flush=True)
paper_entry.confirm(batch=batch, by=None)
"""
IMPORT = f"""{BEGIN}
wave = Wave.objects.get()
print("ready", flush=True)
response_import.import_responses(wave, Path(sys.argv[2]))
"""


@pytest.fixture
def wave(chiara, tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"
    return broad_wave(chiara)


def seconds_alone(script: str, *arguments: str) -> float:
    """How long the work takes here and now when nobody kills it; it leaves all of it behind."""
    command = [sys.executable, "-c", script, str(connection.settings_dict["NAME"]), *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout.readline() == "ready\n"
        started = time.monotonic()
        assert worker.wait() == 0
        return time.monotonic() - started


def wait_until_nobody_writes() -> None:
    """A commit that was on its way when its client died still takes place on PostgreSQL."""
    if connection.vendor != "postgresql":
        return
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    with connection.cursor() as cursor:
        cursor.execute(others)
        while cursor.fetchone()[0]:
            time.sleep(0.02)
            cursor.execute(others)


def killed(script: str, *arguments: str, after: float) -> bool:
    with subprocess.Popen(
        [sys.executable, "-c", script, str(connection.settings_dict["NAME"]), *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as worker:
        if worker.stdout.readline() != "ready\n":
            pytest.fail(f"the process did not start: {worker.stderr.read()}")
        time.sleep(after)
        is_alive = worker.poll() is None
        worker.kill()
        said = worker.communicate()[1]
    connections["default"].close()
    wait_until_nobody_writes()
    assert "Traceback" not in said
    return is_alive


def fill(batch: PaperBatch, by) -> None:
    """The stack as it was typed in, with nothing of it counted."""
    Submission.objects.all().delete()
    Sheet.objects.bulk_create(
        Sheet(batch=batch, number=str(number), first={"town": [f"Town {number}"]}, first_by=by)
        for number in range(SHEETS)
    )
    PaperBatch.objects.update(state="ready")


@pytest.mark.begun_first
def test_kill_9_while_a_stack_is_counted_loses_and_doubles_no_sheet(wave, bram, chiara):
    batch = paper_entry.start_batch(collector=paper_collector(wave), by=bram)
    fill(batch, bram)
    alone = seconds_alone(CONFIRM)
    fill(batch, bram)
    kills = 0
    for _ in range(KILLS):
        kills += killed(CONFIRM, after=random.uniform(0, alone))
        state = PaperBatch.objects.get().state
        stored = (state, Sheet.objects.count(), Submission.objects.count())
        assert stored in {("ready", SHEETS, 0), ("confirmed", 0, SHEETS)}
        if state == "confirmed":
            fill(batch, bram)
    assert kills > KILLS / 3
    assert paper_entry.confirm(batch=batch, by=chiara) == SHEETS
    towns = [row.content["texts"][0][1] for row in Submission.objects.all()]
    assert sorted(towns) == sorted(f"Town {number}" for number in range(SHEETS))


def forget_the_import() -> None:
    ImportedFile.objects.all().delete()
    Submission.objects.all().delete()


@pytest.mark.begun_first
def test_kill_9_while_a_file_is_imported_leaves_all_of_it_or_nothing(wave, tmp_path):
    file = tmp_path / "answers.csv"
    file.write_text("town;overall\n" + "".join(f"Town {number};5\n" for number in range(ROWS)))
    alone = seconds_alone(IMPORT, str(file))
    forget_the_import()
    kills = 0
    for _ in range(KILLS):
        kills += killed(IMPORT, str(file), after=random.uniform(0, alone))
        stored = (ImportedFile.objects.count(), Submission.objects.count())
        assert stored in {(0, 0), (1, ROWS)}
        if stored[0]:
            forget_the_import()
    assert kills > KILLS / 3
