"""How long the pages of actions take with many of them: seconds of CPU in this process, per page; and their queries.

    CX_VAR=/tmp/bench .venv/bin/python benchmarks/actions.py --actions 5000 --evidence 50000

Writes into the database that the settings name (migrate it first): give it one of its own. Voices, units, owners, days
and statuses are dealt out; every fifth voice supports another one, every fourth action is public, every second one
names a figure it should move, of six published waves with twenty questions each.
"""

import argparse
import os
import random
import sys
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cxportal.settings")

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from actions.models import Action, Evidence, ExpectedEffect, Status, ToldBack  # noqa: E402
from benchmarks.overview import QUESTIONS, asked, opened, published  # noqa: E402
from benchmarks.rows import keep  # noqa: E402
from cxportal.organisation.models import Role, Service, StaffRole, Topic, Unit, User  # noqa: E402
from feedback.models import Item, Kind  # noqa: E402

UNITS, TOPICS, SERVICES, OWNERS = 40, 15, 8, 60
PAIRS = 3
PAGES = {
    "CX team": {
        "board": "/en/admin/actions/board/",
        "board, one unit and horizon": "/en/admin/actions/board/?unit={unit}&horizon=short",
        "table": "/en/admin/actions/action/",
        "table, late": "/en/admin/actions/action/?state=late",
        "table, page 50": "/en/admin/actions/action/?p=50",
        "table, by voices": "/en/admin/actions/action/?o=-6",
        "annual plans": "/en/admin/actions/plans/",
    },
    "manager": {"board": "/en/admin/actions/board/", "table": "/en/admin/actions/action/"},
    "public": {
        "you said, we did": "/en/did/",
        "you said, we did: a topic": "/en/did/topic/bench-1/",
        "you said, we did: a service": "/en/did/service/bench-1/",
        "you said, we did: one": "/en/did/{told}/",
    },
}


def fill(actions: int, links: int) -> None:
    units = _named(Unit, UNITS, kind="service_point")
    topics, services = _named(Topic, TOPICS), _named(Service, SERVICES)
    owners = [User.objects.get_or_create(username=f"bench-{n}")[0] for n in range(OWNERS)]
    line = list(Status.objects.all())
    today, now = timezone.localdate(), timezone.now()
    made = Action.objects.bulk_create(
        (
            Action(
                title=f"Action {n} of a unit",
                unit=units[n % UNITS],
                service=services[n % SERVICES],
                owner=owners[n % OWNERS],
                status=line[n % len(line)],
                due_on=today + timedelta(days=n % 400 - 100),
                ended_on=None if line[n % len(line)].is_open else today - timedelta(days=n % 300),
                horizon=Action.Horizon.values[n % 3],
            )
            for n in range(actions)
        ),
        batch_size=1000,
    )
    Action.topics.through.objects.bulk_create(
        (Action.topics.through(action=action, topic=topics[n % TOPICS]) for n, action in enumerate(made)),
        batch_size=1000,
    )
    items = _voices(links // 2, units)
    Evidence.objects.bulk_create(
        (
            Evidence(action=made[n % actions], item=items[(n + n // actions) % len(items)], added_at=now)
            for n in range(links)
        ),
        batch_size=1000,
        ignore_conflicts=True,
    )
    ToldBack.objects.bulk_create(
        ToldBack(
            action=action,
            title=f"What became of {action.title}",
            title_en=f"What became of {action.title}",
            heard="Nobody says how long it takes.",
            heard_en="Nobody says how long it takes.",
            did="A screen shows it.",
            did_en="A screen shows it.",
            state=ToldBack.State.RELEASED,
            released_at=now - timedelta(hours=n),
            people_told_at=now,
        )
        for n, action in enumerate(made[::4])
    )
    aim(made, units)


def aim(actions: list[Action], units: list[Unit]) -> None:
    """Every second action names a question, with a wave before and one after it."""
    rng = random.Random(1)
    codes = [unit.code for unit in units[: len(actions)]]
    pairs = []
    for number in range(PAIRS):
        version = asked(f"aim{number}")
        waves = [opened(version, f"aim{number}_{year}", year) for year in (2025, 2026)]
        for wave in waves:
            published(wave, codes, 4000, rng)
        pairs.append(waves)
    ExpectedEffect.objects.bulk_create(
        ExpectedEffect(
            action=action,
            question=f"q{n % QUESTIONS}",
            baseline=pairs[n % PAIRS][0],
            follow_up=pairs[n % PAIRS][1],
        )
        for n, action in enumerate(actions[::2])
    )


def _named(model, count: int, **more) -> list:
    return [
        model.objects.get_or_create(code=f"bench-{n}", defaults={"name": f"{model.__name__} {n}"} | more)[0]
        for n in range(count)
    ]


def _voices(count: int, units: list[Unit]) -> list[Item]:
    now = timezone.now()

    def voice(n: int, head: Item | None = None) -> Item:
        return Item(
            kind=Kind.REMARK,
            way_in=Item.WayIn.IMPORT,
            received_at=now - timedelta(hours=n),
            text=f"The queue was long, number {n}.",
            unit=units[n % len(units)],
            merged_into=head,
        )

    heads = Item.objects.bulk_create((voice(n) for n in range(count * 4 // 5)), batch_size=1000)
    supporting = (voice(n, heads[n * 3 % len(heads)]) for n in range(count // 5))
    return [*heads, *Item.objects.bulk_create(supporting, batch_size=1000)]


def people() -> dict[str, Client]:
    clients = {"public": Client(headers={"host": "localhost"})}
    for name, role, unit in [
        ("CX team", Role.CX_TEAM, None),
        ("manager", Role.MANAGER, Unit.objects.get(code="bench-1")),
    ]:
        user = User.objects.get_or_create(username=f"bench-{role}")[0]
        StaffRole.objects.get_or_create(user=user, role=role, unit=unit)
        clients[name] = Client(headers={"host": "localhost"})
        clients[name].force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return clients


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--actions", type=int, default=5000)
    parser.add_argument("--evidence", type=int, default=50_000)
    parser.add_argument("--times", type=int, default=5, help="pages of each kind; the middle one is printed")
    options = parser.parse_args()
    if not Action.objects.exists():
        fill(options.actions, options.evidence)
    clients = people()
    places = {"unit": Unit.objects.get(code="bench-1").pk, "told": ToldBack.objects.first().pk}
    print(
        f"{Action.objects.count()} actions, {Evidence.objects.count()} links of evidence, {connection.vendor}"
    )
    for name, pages in PAGES.items():
        for page, address in pages.items():
            taken = []
            for _time in range(options.times):
                began, cpu = time.perf_counter(), time.process_time()
                with CaptureQueriesContext(connection) as queries:
                    answer = clients[name].get(address.format(**places))
                assert answer.status_code == 200, (address, answer.status_code)
                spent = sum(float(query["time"]) for query in queries)
                taken.append((time.process_time() - cpu, time.perf_counter() - began, spent))
            cpu, wall, spent = sorted(taken)[len(taken) // 2]
            keep(f"actions: {name}, {page}", size=options.actions, seconds=wall, cpu_seconds=cpu)
            print(
                f"| {name} | {page} | {cpu * 1000:.0f} | {spent * 1000:.0f} | {wall * 1000:.0f} | {len(queries)} |"
            )


if __name__ == "__main__":
    main()
