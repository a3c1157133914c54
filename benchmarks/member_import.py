"""How long an import of members takes, how much memory, and how long respondents wait meanwhile.

    python benchmarks/member_import.py [--rows 100000] [--phones 0.3] [--xlsx]

Runs on the database that CX_DATABASE_URL names, or on SQLite, in a database of its own that it makes and drops.
Another process sends answers to an open wave all the time. Prints seconds (wall and CPU of this process) of looking
through the file, of taking it and of making a ticket and an invitation for everybody in it (each with a sealed link),
peak memory, and the longest and the median wait of a respondent. On PostgreSQL also what plain COPY of the same rows
into the same tables takes, with their indexes and foreign keys and nothing else.
"""

import argparse
import csv
import multiprocessing
import os
import random
import resource
import secrets
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.rows import keep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.test.utils import setup_databases, teardown_databases  # noqa: E402

from cxportal.organisation.spreadsheets import write_workbook  # noqa: E402
from panels.mailing import freeze_as_seen, prepare  # noqa: E402
from panels.member_import import import_members  # noqa: E402
from panels.models import Attribute, Consent, Invitation, Mailing, Member, Membership, Panel, Wording  # noqa: E402
from panels.preview import preview_of  # noqa: E402
from surveys import ballot_box  # noqa: E402
from surveys.models import Ticket  # noqa: E402
from surveys.waves import open_wave  # noqa: E402
from tests.factories import CollectorFactory, WaveFactory  # noqa: E402

HEADINGS = ["E-mail", "Phone", "Name", "Language", "Region", "Consent on"]
CONTENT = {"values": [["overall", "4"], ["staff", "5"]], "texts": []}


def people(count: int, phones: float, rng: random.Random):
    for number in range(count):
        yield [
            f"{rng.choice(['Anna', 'omar', 'Λίνα', 'yusuf'])}.{number}@mail{number % 97}.example",
            f"+35840{number:07d}" if rng.random() < phones else "",
            f"Person {number} Ääninen",
            rng.choice(["fi", "sv", "en", "Arabic", "Suomi"]),
            rng.choice(["north", "South", "west"]),
            "2026-05-01",
        ]


def write_file(file: Path, rows) -> None:
    if file.suffix == ".xlsx":
        with file.open("wb") as opened:
            write_workbook(opened, title="people", headings=HEADINGS, rows=rows)
    else:
        with file.open("w", newline="", encoding="utf-8") as opened:
            writer = csv.writer(opened, delimiter=";")
            writer.writerow(HEADINGS)
            writer.writerows(rows)


def a_panel() -> Panel:
    panel = Panel.objects.create(code="bench", name="Bench")
    values = [{"code": code, "name": code.title()} for code in ("north", "south", "west")]
    Attribute.objects.create(panel=panel, code="region", name="Region", values=values)
    Wording.objects.create(panel=panel, language="en", text="We keep your address to send you invitations.")
    return panel


def answer_all_the_time(collector, stop, pipe) -> None:
    waits = []
    while not stop.is_set():
        begun = time.perf_counter()
        ballot_box.put_in(
            collector=collector,
            version=collector.wave.version,
            content=CONTENT,
            form_number=secrets.token_bytes(16),
        )
        waits.append(time.perf_counter() - begun)
        time.sleep(0.05)
    pipe.send(waits)
    connections.close_all()


def timed(what: str, rows: int, function) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    told = function()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    keep(
        f"members, {what}, {connection.vendor}: one row",
        size=rows,
        seconds=wall,
        cpu_seconds=cpu,
        operations=rows,
    )
    print(f"{what:28} {wall:7.1f} s  {cpu:7.1f} s CPU   {told}")


def importing(panel: Panel, file: Path, **how) -> str:
    _table, outcome = import_members(panel, file, **how)
    return (
        f"{outcome.new} new, {outcome.changed} changed, {outcome.unchanged} unchanged,"
        f" {len(outcome.refused)} refused"
    )


def making_tickets(mailing: Mailing) -> str:
    preview = preview_of(mailing)
    begun = time.perf_counter()
    freeze_as_seen(mailing, preview)
    seconds = time.perf_counter() - begun
    return f"{Ticket.objects.count()} tickets; {seconds:.1f} s of it for tickets and invitations"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--phones", type=float, default=0.3, help="share of people with a phone number")
    parser.add_argument("--xlsx", action="store_true", help="an Excel file instead of CSV")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings.KEYS_FOLDER = Path(folder) / "keys"
        if connection.vendor == "sqlite":
            connection.settings_dict["TEST"]["NAME"] = str(Path(folder) / "bench.sqlite3")
        databases = setup_databases(verbosity=0, interactive=False)
        try:
            measure(Path(folder), options)
        finally:
            teardown_databases(databases, verbosity=0)


def measure(folder: Path, options) -> None:
    file = folder / ("people.xlsx" if options.xlsx else "people.csv")
    write_file(file, people(options.rows, options.phones, random.Random(1)))
    panel = a_panel()
    collector = CollectorFactory(wave=WaveFactory())
    collector.wave = open_wave(wave=collector.wave, by=None)
    connections.close_all()
    context = multiprocessing.get_context("fork")
    stop, (mine, theirs) = context.Event(), context.Pipe(duplex=False)
    respondent = context.Process(target=answer_all_the_time, args=(collector, stop, theirs))
    respondent.start()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{connection.vendor}, {options.rows:,} rows, {file.stat().st_size / 1e6:.1f} MB")
    timed("look through", options.rows, lambda: importing(panel, file, check=True))
    timed("look through and take", options.rows, lambda: importing(panel, file, skip_refused=True))
    timed("the same file again", options.rows, lambda: importing(panel, file, skip_refused=True))
    mailing = prepare(
        wave=collector.wave, panels=[panel], by=None, state=Mailing.State.SCHEDULED, seen_hash="-"
    )
    timed("whom to ask, and tickets", options.rows, lambda: making_tickets(mailing))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    stop.set()
    waits = mine.recv()
    respondent.join()
    print(
        f"respondents: {len(waits)} answers, longest wait {max(waits):.3f} s, median {statistics.median(waits):.3f} s"
    )
    print(f"memory: {peak:.0f} MB at most, {before:.0f} MB before")
    print(f"rows: {Member.objects.count()} {Membership.objects.count()} {Consent.objects.count()}")
    if connection.vendor == "postgresql":
        print(f"plain COPY of the same rows: {seconds_of_plain_copy():.1f} s")


def seconds_of_plain_copy() -> float:
    """Out of the tables, which are emptied, and in again."""
    tables = [model._meta.db_table for model in (Member, Membership, Consent, Ticket, Invitation)]
    copied = {}
    with connection.cursor() as cursor:
        for table in tables:
            with cursor.copy(f"COPY {table} TO STDOUT") as copy:
                copied[table] = b"".join(copy)
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
        begun = time.perf_counter()
        for table in tables:
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                copy.write(copied[table])
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
