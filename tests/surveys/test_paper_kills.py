"""The process is killed while a stack is counted or a file imported: all of it is in the ballot box, or nothing."""

import random
import time
from pathlib import Path

import pytest

from surveys import brought_in, paper_entry, response_import
from surveys.models import ImportedFile, PaperBatch, Sheet, Submission, Wave
from tests.nursery import Nursery
from tests.surveys.broad import broad_wave, paper_collector

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

KILLS = 12
SHEETS = 400
ROWS = 3000


def confirm() -> None:
    brought_in.CHUNK = 20
    paper_entry.confirm(batch=PaperBatch.objects.get(), by=None)


def bring_in(file: str) -> None:
    brought_in.CHUNK = 20
    response_import.import_responses(Wave.objects.get(), Path(file))


@pytest.fixture
def wave(chiara, tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"
    return broad_wave(chiara)


def seconds_alone(nursery: Nursery, *arguments: str) -> float:
    """How long the work takes here and now when nobody kills it; it leaves all of it behind."""
    nursery.begin(*arguments)
    started = time.monotonic()
    assert nursery.end() == 0
    return time.monotonic() - started


def killed(nursery: Nursery, *arguments: str, after: float) -> bool:
    nursery.begin(*arguments)
    time.sleep(after)
    is_alive = nursery.kill()
    assert "Traceback" not in nursery.said()
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
    kills = 0
    with Nursery(confirm) as nursery:
        alone = seconds_alone(nursery)
        fill(batch, bram)
        for _ in range(KILLS):
            kills += killed(nursery, after=random.uniform(0, alone))
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
    kills = 0
    with Nursery(bring_in) as nursery:
        alone = seconds_alone(nursery, str(file))
        forget_the_import()
        for _ in range(KILLS):
            kills += killed(nursery, str(file), after=random.uniform(0, alone))
            stored = (ImportedFile.objects.count(), Submission.objects.count())
            assert stored in {(0, 0), (1, ROWS)}
            if stored[0]:
                forget_the_import()
    assert kills > KILLS / 3
