"""How long the answers of a confidential wave take as CSV, how soon the first of it comes, and how much memory.

    python benchmarks/results_csv.py [--rows 20000 200000]

Twenty answers a row, two breakdowns. Each size is written by a process of its own, so that its memory can be told.
Runs on the database that CX_DATABASE_URL names, in one that it makes and drops.
"""

import argparse
import json
import multiprocessing
import os
import random
import resource
import sys
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test.utils import setup_databases, teardown_databases  # noqa: E402

from surveys import exports  # noqa: E402
from surveys.bulk_rows import stored_uuid, write_rows  # noqa: E402
from surveys.models import Answer, Response, Wave  # noqa: E402
from surveys.publishing import content_of  # noqa: E402
from surveys.release import RESPONSE_COLUMNS  # noqa: E402
from surveys.waves import open_wave  # noqa: E402
from tests.factories import CollectorFactory, PartFactory, QuestionFactory, VersionFactory  # noqa: E402

QUESTIONS = 20


def opened(code: str) -> Wave:
    version = VersionFactory(content={})
    part = PartFactory(survey=version.survey)
    for number in range(QUESTIONS):
        QuestionFactory(part=part, code=f"q{number}")
    version.content = content_of(version.survey)
    version.save()
    wave = Wave.objects.create(
        survey=version.survey,
        version=version,
        code=code,
        name=code,
        privacy="confidential",
        breakdowns=["unit", "language"],
    )
    CollectorFactory(wave=wave)
    return open_wave(wave=wave, by=None)


def put_in_rows(wave: Wave, n: int, rng: random.Random) -> None:
    collector = wave.collectors.get()
    for start in range(0, n, 5000):
        ids = [uuid.uuid4() for _ in range(min(5000, n - start))]
        write_rows(
            Response,
            RESPONSE_COLUMNS,
            (
                (
                    *(stored_uuid(pk), wave.pk, wave.version_id, collector.pk, None),
                    *("fi", "full", None, "p", True, json.dumps({"unit": "u1", "language": "fi"})),
                )
                for pk in ids
            ),
        )
        write_rows(
            Answer,
            ("response_id", "question", "value", "number"),
            ((stored_uuid(pk), f"q{q}", str(rng.randint(1, 5)), 3.0) for pk in ids for q in range(QUESTIONS)),
        )


def write(wave_id: int, rows: int) -> None:
    wave = Wave.objects.get(pk=wave_id)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun, cpu, first, size = time.perf_counter(), time.process_time(), 0.0, 0
    for part in exports.csv_of_answers(wave):
        first = first or time.perf_counter() - begun
        size += len(part)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"| {rows:,} | {time.perf_counter() - begun:.1f} | {time.process_time() - cpu:.1f} | {first:.2f} |"
        f" {size / 1e6:.0f} | {most // 1024} ({before // 1024} before) |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="*", default=[20_000, 200_000])
    options = parser.parse_args()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        rng = random.Random(1)
        print(f"{connection.vendor}, load {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores\n")
        print("| rows | s | s CPU | first part, s | MB | memory at most, MB |\n|" + "---|" * 6)
        for rows in options.rows:
            wave = opened(f"rows_{rows}")
            put_in_rows(wave, rows, rng)
            connection.close()
            writer = multiprocessing.get_context("fork").Process(target=write, args=(wave.pk, rows))
            writer.start()
            writer.join()
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main()
