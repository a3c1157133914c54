"""How long the overview of a wave takes, as a whole page and in the database.

    python benchmarks/overview.py [--answers 10000 1000000]

Twenty questions, fifteen units, twelve languages, a wave before it to compare with. Answers are put in as sums, because
nothing reads rows. Runs on the database that CX_DATABASE_URL names, in one that it makes and drops.

"Its ms CPU" is processor time of the database process, which a busy machine changes little; the clock is for a quiet one.
Fewer than some thousand answers make nearly every cell small: then working out what to hide takes most of the time.
"""

import argparse
import os
import random
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402

from benchmarks.own_database import own_database  # noqa: E402
from benchmarks.rows import keep  # noqa: E402
from benchmarks.running_portal import cpu_of_backend  # noqa: E402
from cxportal.languages import LANGUAGES  # noqa: E402
from cxportal.organisation.models import User  # noqa: E402
from surveys.models import Tally, Version, Wave  # noqa: E402
from surveys.publication_making import make  # noqa: E402
from surveys.publishing import content_of  # noqa: E402
from surveys.waves import open_wave  # noqa: E402
from tests.conftest import client_of  # noqa: E402
from tests.factories import (  # noqa: E402
    CollectorFactory,
    IndicatorFactory,
    PartFactory,
    QuestionFactory,
    StaffRoleFactory,
    UnitFactory,
    VersionFactory,
)

QUESTIONS, UNITS, ROUNDS = 20, 15, 20
CODES = list(LANGUAGES)[:12]


def asked(code: str) -> Version:
    version = VersionFactory(content={})
    part = PartFactory(survey=version.survey)
    for number in range(QUESTIONS):
        QuestionFactory(part=part, code=f"q{number}")
    IndicatorFactory(survey=version.survey, code="mood", questions=["q0"], target=3.5)
    version.content, version.digest = content_of(version.survey), code
    version.save()
    return version


def opened(version: Version, code: str, year: int) -> Wave:
    wave = Wave.objects.create(
        survey=version.survey,
        version=version,
        code=code,
        name=code,
        privacy="confidential",
        breakdowns=["unit", "language"],
        pairs=[["unit", "language"]],
        opens_at=datetime(year, 3, 1, tzinfo=UTC),
    )
    CollectorFactory(wave=wave)
    return open_wave(wave=wave, by=None)


def cells_by_size(units: list[str]) -> dict[tuple[str, str], float]:
    return {
        (unit, code): 1 / (1 + number) ** 0.7 / (1 + language) ** 1.2
        for number, unit in enumerate(units)
        for language, code in enumerate(CODES)
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


def published(wave: Wave, units: list[str], answers: int, rng: random.Random) -> None:
    put_in_tallies(wave, units, answers, rng)
    Wave.objects.filter(pk=wave.pk).update(state="closed")
    make(wave=wave)


def measure(client: Client, answers: int, units: list[str], rng: random.Random) -> None:
    version = asked(f"v{answers}")
    published(opened(version, f"before_{answers}", 2025), units, answers, rng)
    wave = opened(version, f"wave_{answers}", 2026)
    begun, cpu = time.perf_counter(), time.process_time()
    published(wave, units, answers, rng)
    made, made_cpu = time.perf_counter() - begun, time.process_time() - cpu
    path = reverse("results:overview", args=[wave.pk])
    rounds, backend = [], cpu_of_backend(connection)
    for _each in range(ROUNDS):
        with CaptureQueriesContext(connection) as queries:
            begun, cpu = time.perf_counter(), time.process_time()
            page = client.get(path)
            taken = 1000 * (time.perf_counter() - begun), 1000 * (time.process_time() - cpu)
        in_database = 1000 * sum(float(query["time"]) for query in queries.captured_queries)
        rounds.append((in_database, *taken, len(queries)))
    backend = 1000 * (cpu_of_backend(connection) - backend) / ROUNDS
    assert page.status_code == 200, page.status_code
    in_database, whole, whole_cpu, count = (min(one[place] for one in rounds) for place in range(4))
    keep(
        f"overview of a wave, {connection.vendor}",
        size=answers,
        seconds=whole / 1000,
        cpu_seconds=(whole_cpu + backend) / 1000,
    )
    print(
        f"| {answers:,} | {in_database:.0f} | {backend:.0f} | {whole:.0f} | {whole_cpu:.0f} | {count} |"
        f" {len(page.content) / 1024:.0f} | {made:.1f} | {made_cpu:.1f} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answers", type=int, nargs="*", default=[10_000, 1_000_000])
    options = parser.parse_args()
    with own_database():
        rng = random.Random(1)
        units = [UnitFactory(code=f"u{number}").code for number in range(UNITS)]
        user: User = StaffRoleFactory(role="cx_team").user
        client = client_of(user)
        print(
            f"{connection.vendor}, load {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores; best of {ROUNDS}\n"
        )
        print(
            "| answers | ms in the database | its ms CPU | ms in all | ms CPU | queries | KB | made in s | s CPU |"
        )
        print("|" + "---|" * 9)
        for answers in options.answers:
            measure(client, answers, units, rng)


if __name__ == "__main__":
    main()
