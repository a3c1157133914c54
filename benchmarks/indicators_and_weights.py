"""What indicators add to a release, and how long a weighting run, a later indicator and a recount take.

    python benchmarks/indicators_and_weights.py [--responses 5000 20000] [--indicators 8]

Runs on the database that CX_DATABASE_URL names, in a database of its own that it makes and drops. Prints CPU time of
this process (on SQLite that is the database as well).
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.rows import keep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.test.utils import setup_databases, teardown_databases  # noqa: E402

from surveys import weighting  # noqa: E402
from surveys.models import Indicator, Wave  # noqa: E402
from surveys.recount import recount  # noqa: E402
from surveys.release import release  # noqa: E402
from surveys.waves import close_wave, open_wave  # noqa: E402
from surveys.weighting import MarginGiven  # noqa: E402
from tests.factories import CollectorFactory, VersionFactory  # noqa: E402
from tests.surveys.contents import content, rating  # noqa: E402
from tests.surveys.counted import answer, weighed  # noqa: E402

QUESTIONS = [f"q{number}" for number in range(20)]
LANGUAGES = {"fi": 0.4, "sv": 0.2, "en": 0.2, "ar": 0.1, "ru": 0.1}
FORMULAS = ["pooled_share", "all_of", "composite"]


def wave_of_twenty_questions(indicators: int) -> Wave:
    version = VersionFactory(content=content([rating(code) for code in QUESTIONS]))
    for number in range(indicators):
        Indicator.objects.create(
            survey=version.survey,
            code=f"i{number}",
            name_en=f"Indicator {number}",
            formula=FORMULAS[number % len(FORMULAS)],
            questions=QUESTIONS[number : number + 5],
        )
    wave = Wave.objects.create(
        survey=version.survey,
        version=version,
        code=f"bench_{version.pk}",
        name="Bench",
        privacy="confidential",
        breakdowns=["language", "mode"],
    )
    CollectorFactory(wave=wave)
    return open_wave(wave=wave, by=None)


def fill(wave: Wave, responses: int, rng: random.Random) -> float:
    seconds = 0.0
    for language, share in LANGUAGES.items():
        filled = [
            [[code, str(rng.randint(1, 5))] for code in QUESTIONS] for _each in range(int(share * responses))
        ]
        for start in range(0, len(filled), 2000):
            seconds += cpu_seconds(
                lambda part=filled[start : start + 2000]: answer(wave, part, language=language)  # noqa: B023
            )
    return seconds


def cpu_seconds(act: Callable[[], object]) -> float:
    begun = time.process_time()
    act()
    return time.process_time() - begun


def measure(responses: int, indicators: int) -> None:
    rng = random.Random(1)
    plain = fill(wave_of_twenty_questions(0), responses, rng)
    wave = wave_of_twenty_questions(indicators)
    counted = fill(wave, responses, rng)
    close_wave(wave=wave, by=None)
    wave.refresh_from_db()
    release(wave)
    margins = [MarginGiven(("language",), dict.fromkeys(LANGUAGES, 1.0))]
    weighting_run = cpu_seconds(lambda: weighed(wave=wave, margins=margins, by=None))
    Indicator.objects.create(
        survey=wave.survey, code="later", name_en="Later", formula="all_of", questions=QUESTIONS[:3]
    )
    later = cpu_seconds(lambda: weighting.bring_up_to_date(wave))
    again = cpu_seconds(lambda: recount(wave))
    for what, seconds, ratio in [
        ("release with indicators: one response", counted, counted / plain),
        ("weighting run: one response", weighting_run, None),
        ("later indicator: one response", later, None),
        ("recount: one response", again, None),
    ]:
        keep(
            what,
            size=responses,
            seconds=seconds,
            cpu_seconds=seconds,
            operations=responses,
            ratio=ratio,
            beside="the same without indicators" if ratio else "",
        )
    print(
        f"{responses:>9,} {plain:>9.1f} {counted:>9.1f} {counted / plain - 1:>7.0%} {weighting_run:>9.1f} "
        f"{later:>9.1f} {again:>9.1f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--responses", type=int, nargs="+", default=[5000, 20000])
    parser.add_argument("--indicators", type=int, default=8)
    options = parser.parse_args()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        print("responses   release  with ind.    more   weights     later   recount   (CPU seconds)")
        for responses in options.responses:
            measure(responses, options.indicators)
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main()
