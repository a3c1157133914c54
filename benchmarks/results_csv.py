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

from benchmarks.own_database import own_database  # noqa: E402
from benchmarks.rows import keep  # noqa: E402
from benchmarks.running_portal import cpu_here_and_there  # noqa: E402
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


INSIDE = (
    f"INSERT INTO surveys_response ({', '.join(RESPONSE_COLUMNS)})"
    " SELECT gen_random_uuid(), %s, %s, %s, NULL, 'fi', 'full', NULL, 'p', TRUE, %s FROM generate_series(1, %s)",
    "INSERT INTO surveys_answer (response_id, question, value, number)"
    " SELECT id, 'q' || q, 1 + floor(5 * random())::int, 3 FROM surveys_response, generate_series(0, %s) q"
    " WHERE wave_id = %s",
)
"""Rows made inside PostgreSQL: responses, then their answers."""
CELLS = json.dumps({"unit": "u1", "language": "fi"})


def put_in_rows(wave: Wave, n: int, rng: random.Random) -> None:
    collector = wave.collectors.get()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(INSIDE[0], [wave.pk, wave.version_id, collector.pk, CELLS, n])
            cursor.execute(INSIDE[1], [QUESTIONS - 1, wave.pk])
            cursor.execute("ANALYZE surveys_response, surveys_answer")  # as it does by itself in time
        return
    for start in range(0, n, 5000):
        ids = [uuid.uuid4() for _ in range(min(5000, n - start))]
        write_rows(
            Response,
            RESPONSE_COLUMNS,
            (
                (
                    *(stored_uuid(pk), wave.pk, wave.version_id, collector.pk, None),
                    *("fi", "full", None, "p", True, CELLS),
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
    begun, cpu, size = time.perf_counter(), cpu_here_and_there(connection), 0
    own, first, first_cpu = time.process_time(), 0.0, 0.0
    for part in exports.csv_of_answers(wave):
        if not size:
            first, first_cpu = time.perf_counter() - begun, cpu_here_and_there(connection) - cpu
        size += len(part)
    whole, everywhere = time.perf_counter() - begun, cpu_here_and_there(connection) - cpu
    own = time.process_time() - own
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    keep(
        f"answers as CSV, {connection.vendor}: one row",
        size=rows,
        seconds=whole,
        cpu_seconds=everywhere,
        operations=rows,
    )
    print(
        f"| {rows:,} | {whole:.1f} | {own:.1f} | {everywhere:.1f} |"
        f" {first:.2f} | {first_cpu:.2f} | {size / 1e6:.0f} | {most // 1024} ({before // 1024} before) |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="*", default=[20_000, 200_000])
    options = parser.parse_args()
    with own_database():
        rng = random.Random(1)
        print(f"{connection.vendor}, load {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores\n")
        print(
            "| rows | s | s CPU | and of the database | first part, s | s CPU | MB | memory at most, MB |\n|"
            + "---|" * 8
        )
        for rows in options.rows:
            wave = opened(f"rows_{rows}")
            put_in_rows(wave, rows, rng)
            connection.close()
            writer = multiprocessing.get_context("fork").Process(target=write, args=(wave.pk, rows))
            writer.start()
            writer.join()


if __name__ == "__main__":
    main()
