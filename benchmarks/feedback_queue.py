"""How long the queue and the home page take with many real voices: seconds of CPU here and in the database, per page; and its number of queries.

    CX_VAR=/tmp/bench .venv/bin/python benchmarks/feedback_queue.py --texts FOLDER --items 10000

Writes into the database that the settings name (migrate it first): give it one of its own. Texts are cells of the CSV files
in the folder, so each is real; unit, topic, tone and day are dealt out.
"""

import argparse
import csv
import os
import sys
import time
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.rows import keep
from benchmarks.running_portal import cpu_here_and_there

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cxportal.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from cxportal.organisation.models import Role, StaffRole, Topic, Unit, User  # noqa: E402
from feedback.intake import Arrival, Intake  # noqa: E402
from feedback.models import Item, Kind, Tone  # noqa: E402

QUEUE = "/en/admin/feedback/queue/"
PAGES = {
    "home": "/en/admin/",
    "first page": QUEUE,
    "search for a word": f"{QUEUE}?q=patient",
    "search for nothing there": f"{QUEUE}?q=zzzzqqqq",
    "late": f"{QUEUE}?show=late",
    "with an outcome": f"{QUEUE}?show=done",
    "by topic and tone": f"{QUEUE}?topic=bench-1&tone=negative",
    "page 100": f"{QUEUE}?page=100",
}


def texts_in(folder: Path):
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
            for row in csv.reader(lines):
                yield from (cell for cell in row if len(cell) >= 40)


def fill(folder: Path, count: int) -> None:
    units = [
        Unit.objects.get_or_create(
            code=f"bench-{n}", defaults={"name": f"Unit {n}", "kind": "service_point"}
        )[0]
        for n in range(12)
    ]
    topics = [
        Topic.objects.get_or_create(code=f"bench-{n}", defaults={"name": f"Topic {n}"})[0].pk
        for n in range(12)
    ]
    now = timezone.now()
    arrivals = [
        Arrival(
            Item(
                kind=Kind.STORY,
                way_in=Item.WayIn.IMPORT,
                received_at=now - timedelta(hours=n % 4000),
                text=text,
                tone=Tone.values[n % 3],
                unit=units[n % 12],
            ),
            topics=[topics[n % 11]],
        )
        for n, text in enumerate(islice(cycle(list(texts_in(folder))), count))
    ]
    Intake().take(arrivals, at=now - timedelta(days=20))
    with connection.cursor() as cursor:  # as a running database does by itself
        cursor.execute("ANALYZE")


def person(role: str, unit: Unit | None = None) -> Client:
    user, _new = User.objects.get_or_create(
        username=f"bench-{role}", defaults={"email": f"{role}@agency.example"}
    )
    StaffRole.objects.get_or_create(user=user, role=role, unit=unit)
    client = Client(headers={"host": "localhost"})
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--texts", type=Path, required=True, help="folder with CSV files of real texts")
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=10, help="pages of each kind")
    options = parser.parse_args()
    call_command("collectstatic", interactive=False, verbosity=0)
    missing = options.items - Item.objects.count()
    if missing > 0:
        fill(options.texts, missing)
    people = {
        "CX team": person(Role.CX_TEAM),
        "staff of one unit": person(Role.STAFF, Unit.objects.get(code="bench-1")),
    }
    print(f"{Item.objects.count()} items, {connection.vendor}")
    for name, client in people.items():
        for page, address in PAGES.items():
            taken = []
            began_cpu = cpu_here_and_there(connection)
            for _time in range(options.times):
                began = time.perf_counter()
                with CaptureQueriesContext(connection) as queries:
                    answer = client.get(address)
                assert answer.status_code == 200, answer.status_code
                taken.append(time.perf_counter() - began)
            # the database's clock of the processor ticks coarsely: the mean of all
            cpu, wall = (
                (cpu_here_and_there(connection) - began_cpu) / options.times,
                sorted(taken)[options.times // 2],
            )
            keep(f"queue of {name}, {page}", size=options.items, seconds=wall, cpu_seconds=cpu)
            print(
                f"{name:18} {page:26} {cpu * 1000:6.0f} ms CPU {wall * 1000:6.0f} ms {len(queries):3} queries"
            )


if __name__ == "__main__":
    main()
