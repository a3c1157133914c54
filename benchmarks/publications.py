"""How long it takes to make a publication, to read an overview of it, and to write the answers of a wave as CSV.

    python benchmarks/publications.py [--answers 10000 1000000] [--rows 200000]

Twenty questions, fifteen units, twelve languages. Tallies of the overview are put in as sums, because nothing reads
rows; the CSV is written from real rows. Runs on the database that CX_DATABASE_URL names, in one that it makes and
drops.
"""

import argparse
import json
import os
import random
import resource
import sys
import time
import uuid
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.rows import keep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext, setup_databases, teardown_databases  # noqa: E402

from surveys import exports, publications  # noqa: E402
from surveys.bulk_rows import stored_uuid, write_rows  # noqa: E402
from surveys.models import Answer, Response, Tally, Wave  # noqa: E402
from surveys.publication_making import make  # noqa: E402
from surveys.publishing import content_of  # noqa: E402
from surveys.release import RESPONSE_COLUMNS  # noqa: E402
from surveys.waves import open_wave  # noqa: E402
from tests.factories import (  # noqa: E402
    CollectorFactory,
    PartFactory,
    QuestionFactory,
    StaffRoleFactory,
    UnitFactory,
    VersionFactory,
)

QUESTIONS, UNITS, LANGUAGES = 20, 15, 12


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
        pairs=[["unit", "language"]],
    )
    CollectorFactory(wave=wave)
    return open_wave(wave=wave, by=None)


def cells_by_size(units: list[str]) -> dict[tuple[str, str], float]:
    return {
        (unit, f"l{language}"): 1 / (1 + number) ** 0.7 / (1 + language) ** 1.2
        for number, unit in enumerate(units)
        for language in range(LANGUAGES)
    }


def put_in_tallies(wave: Wave, units: list[str], answers: int, rng: random.Random) -> None:
    shares = cells_by_size(units)
    whole = sum(shares.values())
    sums: Counter = Counter()
    for (unit, language), share in shares.items():
        n = max(1, round(answers * share / whole))
        places = [("", ""), ("unit", unit), ("language", language), ("unit×language", f"{unit}×{language}")]
        for place in places:
            sums["", "", place] += n
        for question in range(QUESTIONS):
            left = n
            for point in range(1, 6):
                given = left if point == 5 else rng.randint(0, left // 2)
                left -= given
                for place in places:
                    sums[f"q{question}", str(point), place] += given
    rows, numbers = [], {}
    for (question, value, place), n in sums.items():
        if n:
            rows.append(
                Tally(wave=wave, question=question, value=value, breakdown=place[0], cell=place[1], n=n)
            )
        if question and n:
            found = numbers.setdefault((question, place), [0, 0, 0])
            found[0] += n
            found[1] += n * int(value)
            found[2] += n * int(value) ** 2
    rows += [
        Tally(
            wave=wave, question=question, breakdown=place[0], cell=place[1], n=n, total=total, squares=squares
        )
        for (question, place), (n, total, squares) in numbers.items()
    ]
    Tally.objects.bulk_create(rows, batch_size=500)


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


def measure_overview(answers: int, units: list[str], rng: random.Random) -> None:
    wave = opened(f"wave_{answers}")
    put_in_tallies(wave, units, answers, rng)
    Wave.objects.filter(pk=wave.pk).update(state="closed")
    started, cpu = time.perf_counter(), time.process_time()
    make(wave=wave)
    made, made_cpu = time.perf_counter() - started, time.process_time() - cpu
    user = StaffRoleFactory().user
    best = None
    for _ in range(5):
        with CaptureQueriesContext(connection) as queries:
            cpu = time.process_time()
            results = publications.latest(wave, user)
            results.by("unit")
            results.by("language")
            results.matrix("unit")
            taken = 1000 * (time.process_time() - cpu)
        in_database = 1000 * sum(float(query["time"]) for query in queries.captured_queries)
        best = min(best or (taken, in_database, 0), (taken, in_database, len(queries)))
    keep("publication: made", size=answers, seconds=made, cpu_seconds=made_cpu)
    keep("publication: overview read", size=answers, seconds=best[1] / 1000, cpu_seconds=best[0] / 1000)
    print(
        f"| {answers:,} | {best[1]:.0f} | {best[0]:.0f} | {best[2]} | {made:.1f} | {made_cpu:.1f} |",
        flush=True,
    )


def measure_csv(rows: int, rng: random.Random) -> None:
    wave = opened(f"rows_{rows}")
    put_in_rows(wave, rows, rng)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, cpu, first, size = time.perf_counter(), time.process_time(), None, 0
    for part in exports.csv_of_answers(wave):
        first = first or time.perf_counter() - started
        size += len(part)
    print(
        f"| {rows:,} | {time.perf_counter() - started:.1f} | {time.process_time() - cpu:.1f} | {first:.2f} |"
        f" {size / 1e6:.0f} | {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} ({before // 1024} before) |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answers", type=int, nargs="*", default=[10_000, 1_000_000])
    parser.add_argument("--rows", type=int, nargs="*", default=[20_000, 200_000])
    options = parser.parse_args()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        rng = random.Random(1)
        units = [UnitFactory(code=f"u{number}").code for number in range(UNITS)]
        print(f"{connection.vendor}, load {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores\n")
        print("| answers | overview, ms in the database | ms CPU in all | queries | made in s | s CPU |")
        print("|---|---|---|---|---|---|")
        for answers in options.answers:
            measure_overview(answers, units, rng)
        print(
            "\n| rows | CSV, s | s CPU | first part, s | MB | memory at most, MB |\n|---|---|---|---|---|---|"
        )
        for rows in options.rows:
            measure_csv(rows, rng)
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main()
