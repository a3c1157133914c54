"""Every benchmark, one after the other, and a summary of them: `make bench`.

    python benchmarks/everything.py [--size full|small|tiny] [--only release] [--rows FILE] [--out docs/benchmarks.md]

All of them take hours. With --rows what was measured is kept in that file, and what has come to its end is not measured
again when it is started once more. Tiny only shows that each of them starts and comes to its end.

PostgreSQL and Redis are those of CX_TEST_DATABASE_URL and CX_TEST_REDIS_URL, or the usual local ones; what needs them is
left out, and said so, where they do not answer. The mail server, database and broker of the dispatch benchmark are its
own.
"""

import argparse
import contextlib
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import rows
from benchmarks.running_portal import ROOT, SERVER, machine

SIZES = ("full", "small", "tiny")
TEXTS = "TEXTS"
"""Stands for the folder with texts."""


class Bench(NamedTuple):
    script: str
    full: str
    small: str
    tiny: str
    needs_services: bool = False
    on_postgres: bool = False
    """Once more on PostgreSQL; else on SQLite, or as the script itself says."""
    prepares: bool = False
    """Writes into the database that the settings name, which has to be there."""


BENCHES = [
    Bench("release_speed.py", *(f"--counted {n} --batch {b} --rounds {r}" for n, b, r in [("10000 100000", 4000, 3), ("2000 20000", 2000, 2), ("0 100", 50, 1)]), on_postgres=True),
    Bench("overview.py", *(f"--answers {n}" for n in ("10000 1000000", "10000 100000", "10000")), on_postgres=True),
    Bench("results_csv.py", *(f"--rows {n}" for n in ("20000 200000", "2000 20000", "100")), on_postgres=True),
    Bench("interchange.py", *(f"--questions {n}" for n in (560, 100, 10))),
    Bench("actions.py", *(f"--actions {a} --evidence {e} --times {t}" for a, e, t in [(5000, 50_000, 5), (500, 5000, 3), (20, 50, 1)]), prepares=True),
    Bench("indicators_and_weights.py", *(f"--responses {n}" for n in ("5000 20000", "1000 4000", "200"))),
    Bench("respond_speed.py", *(f"--way embedded --requests {n}" for n in (1500, 300, 100))),
    Bench("respond_speed.py", *(f"--way services --requests {n}" for n in (1500, 300, 100)), needs_services=True),
    Bench("bot_flood.py", *(f"--way embedded --robots 1 --posts {n} --seconds {s} --people {p}" for n, s, p in [(10000, 60, 60), (1000, 30, 20), (5, 3, 1)])),
    Bench("feedback_flood.py", *(f"--way embedded --robots 200 --posts {n} --seconds {s} --people {p}" for n, s, p in [(10000, 60, 30), (1000, 30, 9), (5, 3, 1)])),
    Bench("member_import.py", *(f"--rows {n}" for n in (100_000, 10_000, 100)), on_postgres=True),
    Bench("sampling.py", *(f"--people {n} --limit-s 3600" for n in (100_000, 10_000, 400)), on_postgres=True),
    Bench("feedback_import.py", *(f"{TEXTS} --items {n}" for n in (10_000, 2000, 50)), prepares=True),
    Bench("feedback_queue.py", *(f"--texts {TEXTS} --items {n}" for n in (10_000, 2000, 50)), prepares=True),
    Bench("tour.py", *(f"--size {s} --smaller-size {t}" for s, t in [(1, 0.1), (0.4, 0.1), (0.05, 0.05)])),
    Bench("dispatch_pages.py", *(f"--messages {n} --limit-ms 60000" for n in (1_000_000, 50_000, 2000))),
    Bench("dispatch_throughput.py", *(f"--size {n} --lazy-size {z} --runs {r}" for n, z, r in [(100_000, 20_000, 5), (5000, 1000, 2), (50, 50, 1)]), needs_services=True),
]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--only", default="", help="benchmarks with this in their name")
    parser.add_argument("--rows", type=Path, help="keep the rows there, and go on where a run was broken off")
    parser.add_argument("--out", type=Path, help="the summary, else it is printed")
    options = parser.parse_args()
    size, about = options.size, f"{machine()}. Size: {options.size}."
    with tempfile.TemporaryDirectory(prefix="cx-bench-") as folder:
        kept = options.rows or Path(folder) / "rows"
        kept.touch()
        write_texts(Path(folder) / "texts")
        failed = [
            failure
            for bench in BENCHES
            if options.only in bench.script
            for failure in run(bench, getattr(bench, size), Path(folder), kept)
        ]
        summary = page(about, rows.kept(kept), failed)
    if options.out:
        options.out.write_text(summary, encoding="utf-8")
    else:
        print(summary)
    return int(any("came to no end" in failure for failure in failed))


def page(about: str, found: list[rows.Row], failed: list[str]) -> str:
    left_out = "".join(f"- {sentence}\n" for sentence in failed)
    return (
        f"# Benchmarks\n\nMade by `make bench`. {about}\n\n"
        "Where the cost of one operation is named, it is time of the processor in all processes that take part:"
        " others who use the machine change it little. Memory is the most that the measuring process held.\n\n"
        f"{rows.table(found)}\n" + (f"\nLeft out:\n\n{left_out}" if left_out else "")
    )


def run(bench: Bench, arguments: str, folder: Path, kept: Path) -> Iterator[str]:
    """Sentences about what did not take place."""
    ways = [None, SERVER] if bench.on_postgres else [None]
    for server in ways:
        name = f"{bench.script}{' on PostgreSQL' if server else ''}"
        if (server or bench.needs_services) and not answers(SERVER):
            yield f"{name}: no PostgreSQL answers."
            continue
        ended = kept.with_name(f"{kept.name}.ended")
        whole = f"{name} {arguments}"
        if ended.exists() and whole in ended.read_text(encoding="utf-8").splitlines():
            continue
        print(f"{time.strftime('%H:%M:%S')}  {whole}", flush=True)
        with tempfile.TemporaryDirectory(prefix="var-", dir=folder) as var:
            # kept only when it has come to its end: begun anew it would be there twice
            measured = Path(var) / "rows"
            environment = environment_of(Path(var), measured, server)
            manage(environment, "collectstatic", "--noinput", "-v0")  # for those that show pages
            words = arguments.replace(TEXTS, str(folder / "texts")).split()
            if bench.prepares:
                manage(environment, "migrate", "-v0")
            done = subprocess.run(
                [sys.executable, ROOT / "benchmarks" / bench.script, *words], cwd=ROOT, env=environment
            )
            found = measured.read_text(encoding="utf-8") if measured.exists() else ""
        if done.returncode:
            yield f"{name} came to no end (code {done.returncode})."
            continue
        with kept.open("a", encoding="utf-8") as opened:
            opened.write(found)
        with ended.open("a", encoding="utf-8") as opened:
            opened.write(f"{whole}\n")


def environment_of(var: Path, kept: Path, server: str | None) -> dict[str, str]:
    found = {
        name: value for name, value in os.environ.items() if not name.startswith("CX_") or "TEST" in name
    }
    found |= {"CX_VAR": str(var), rows.FILE: str(kept), "CX_PRODUCTION": "0", "PYTHONPATH": str(ROOT)}
    found.pop("DJANGO_SETTINGS_MODULE", None)  # each benchmark says with which settings it runs
    return found | ({"CX_DATABASE_URL": f"{server}/postgres"} if server else {})


def answers(server: str) -> bool:
    with (
        contextlib.suppress(psycopg.OperationalError),
        psycopg.connect(f"{server}/postgres", connect_timeout=3),
    ):
        return True
    return False


def manage(environment: dict[str, str], *words: str) -> None:
    subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=environment, check=True)


def write_texts(folder: Path) -> None:
    """What people say in the demo, once for each place, as files of texts."""
    folder.mkdir()
    listing = (
        "import csv, sys; from cxportal.portal.demo.voices import VOICES, WHERE;"
        "csv.writer(sys.stdout).writerows([v.text + ' ' + WHERE[v.language].format(place=place)]"
        " for v in VOICES for place in ('Oulu', 'Turku', 'Vaasa', 'Pori', 'Kotka', 'Lahti'))"
    )
    environment = environment_of(folder, folder / "unused", None)
    environment["DJANGO_SETTINGS_MODULE"] = "cxportal.settings"
    code = f"import django; django.setup(); {listing}"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    with (folder / "texts.csv").open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerow(["text"])
        opened.write(found.stdout)


if __name__ == "__main__":
    sys.exit(main())
