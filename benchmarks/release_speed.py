"""How fast a release counts, and whether its cost per response stays the same as the wave grows.

    python benchmarks/release_speed.py [--counted 10000 100000 1000000] [--batch 4000] [--plot docs/benchmarks/release.svg]

Runs on the database that CX_DATABASE_URL names, in a database of its own that it makes and drops. Prints a table:
counted already, responses per second by the clock, CPU time per response of this process and of the database process.
On PostgreSQL what is counted already is copied inside the database, so that a million takes minutes and not hours.
"""

import argparse
import math
import os
import random
import sys
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test.utils import setup_databases, teardown_databases  # noqa: E402

from benchmarks.rows import keep  # noqa: E402
from benchmarks.running_portal import cpu_of_backend, machine  # noqa: E402
from surveys import release  # noqa: E402
from surveys.models import Answer, Response, Submission, Wave  # noqa: E402
from surveys.publishing import content_of  # noqa: E402
from surveys.waves import open_wave  # noqa: E402
from tests.factories import CollectorFactory, PartFactory, QuestionFactory, VersionFactory  # noqa: E402

QUESTIONS = 20


def wave_of_twenty_questions() -> Wave:
    version = VersionFactory(content={})
    part = PartFactory(survey=version.survey)
    for number in range(QUESTIONS):
        QuestionFactory(part=part, code=f"q{number}")
    version.content = content_of(version.survey)
    version.save()
    wave = Wave.objects.create(
        survey=version.survey,
        version=version,
        code="bench",
        name="Bench",
        privacy="confidential",
        breakdowns=["unit", "channel", "language", "mode", "collector"],
    )
    CollectorFactory(wave=wave)
    return open_wave(wave=wave, by=None)


def fill(wave: Wave, n: int, rng: random.Random) -> None:
    collector = wave.collectors.get()
    for start in range(0, n, 5000):
        Submission.objects.bulk_create(
            Submission(
                wave=wave,
                version=wave.version,
                collector=collector,
                language=rng.choice(["fi", "sv", "en", "ar"]),
                content={
                    "values": [[f"q{q}", str(rng.randint(1, 5))] for q in range(QUESTIONS)],
                    "texts": [],
                },
            )
            for _ in range(min(5000, n - start))
        )


COPIES = [
    """INSERT INTO surveys_response (id, wave_id, version_id, collector_id, language, mode, pseudonym, is_shuffled, cells)
    SELECT gen_random_uuid(), wave_id, version_id, collector_id, language, mode, pseudonym, is_shuffled, cells
    FROM surveys_response CROSS JOIN generate_series(1, %s) LIMIT %s""",
    """INSERT INTO surveys_answer (response_id, question, value, number)
    SELECT r.id, 'q' || q, p::text, p FROM surveys_response r CROSS JOIN generate_series(0, %s) q
    CROSS JOIN LATERAL (SELECT 1 + floor(random() * 5)::int * (r.id IS NOT NULL)::int AS p) points
    WHERE NOT EXISTS (SELECT FROM surveys_answer a WHERE a.response_id = r.id)""",
]


def count_until(wave: Wave, wanted: int, rng: random.Random) -> None:
    """Release until so many are counted; on PostgreSQL the bulk is copied in the database."""
    if connection.vendor == "postgresql" and (missing := wanted - Response.objects.count()) > 20_000:
        there = Response.objects.count()
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(COPIES[0], [missing // there + 1, missing])
            cursor.execute(COPIES[1], [QUESTIONS - 1])
            cursor.execute("SET session_replication_role = DEFAULT")
            cursor.execute("VACUUM ANALYZE surveys_response, surveys_answer")
    while (missing := wanted - Response.objects.count()) > 0:
        fill(wave, min(missing, 20_000), rng)
        release.release(wave)


class Cost(NamedTuple):
    counted: int
    rate: float
    own: float
    database: float

    @property
    def cpu(self) -> float:
        """Milliseconds of both processes per response."""
        return self.own + self.database


def measure(wave: Wave, batch: int, rounds: int, rng: random.Random) -> Cost:
    """The best of some rounds."""
    counted, costs = Response.objects.count(), []
    for _round in range(rounds):
        fill(wave, batch, rng)
        started, own, database = time.perf_counter(), time.process_time(), cpu_of_backend(connection)
        assert release.release(wave) == batch
        rate = batch / (time.perf_counter() - started)
        own, database = time.process_time() - own, cpu_of_backend(connection) - database
        costs.append(Cost(counted, rate, 1000 * own / batch, 1000 * database / batch))
    best = min(costs, key=lambda cost: cost.cpu)
    return best._replace(rate=max(cost.rate for cost in costs))


def plot(costs: list[Cost]) -> str:
    """Cost per response over what is counted already, on a logarithmic axis; the scale begins at zero."""
    width, height, left, top = 640, 300, 70, 20
    most = max(cost.cpu for cost in costs) * 1.25
    lowest = math.log10(max(1, costs[0].counted))
    span = max(1e-9, math.log10(max(1, costs[-1].counted)) - lowest)
    x = [left + 20 + (width - left - 60) * (math.log10(max(1, one.counted)) - lowest) / span for one in costs]
    y = [top + height - height * one.cpu / most for one in costs]
    points = " ".join(f"{a:.0f},{b:.0f}" for a, b in zip(x, y, strict=True))
    marks = "".join(
        f'<circle cx="{a:.0f}" cy="{b:.0f}" r="4"/><text x="{a:.0f}" y="{b - 12:.0f}">{one.cpu:.2f}</text>'
        f'<text x="{a:.0f}" y="{top + height + 20}">{one.counted:,}</text>'
        for a, b, one in zip(x, y, costs, strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height + 70}" font-family="sans-serif"'
        f' font-size="12" text-anchor="middle"><rect width="100%" height="100%" fill="#fff"/>'
        f'<path d="M{left} {top}V{top + height}H{width - 20}" fill="none" stroke="#555"/>'
        f'<polyline points="{points}" fill="none" stroke="#06c" stroke-width="2"/><g>{marks}</g>'
        f'<text x="{width / 2:.0f}" y="{top + height + 42}">responses counted already</text>'
        f'<text transform="translate(24 {top + height / 2:.0f}) rotate(-90)">CPU ms per response, both processes</text>'
        f'<text x="{left - 8}" y="{top + height}" text-anchor="end">0</text></svg>\n'
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--counted", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--batch", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--plot", type=Path, help="write the cost per response as SVG to this file")
    options = parser.parse_args()
    databases = setup_databases(verbosity=0, interactive=False)
    costs = []
    try:
        rng = random.Random(1)
        wave = wave_of_twenty_questions()
        print(
            f"{machine()}\n{connection.vendor}: {QUESTIONS} answers a response, {len(wave.breakdowns)} breakdowns\n"
        )
        print(
            "| counted already | responses/s | CPU ms a response: Python | database | both |\n|---|---|---|---|---|"
        )
        for counted in options.counted:
            count_until(wave, counted, rng)
            cost = measure(wave, options.batch, options.rounds, rng)
            costs.append(cost)
            if options.plot:
                options.plot.write_text(plot(costs))
            keep(
                f"release: one response of {QUESTIONS} answers, {connection.vendor}",
                size=cost.counted + options.batch,
                seconds=options.batch / cost.rate,
                cpu_seconds=cost.cpu / 1000,
            )
            print(
                f"| {cost.counted:,} | {cost.rate:,.0f} | {cost.own:.2f} | {cost.database:.2f} | {cost.cpu:.2f} |",
                flush=True,
            )
        print(f"\n{Answer.objects.count():,} answers in all, load {os.getloadavg()[0]:.1f} at the end")
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main()
