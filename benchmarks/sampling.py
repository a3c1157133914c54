"""How long it takes to work out whom a mailing asks: a stratified sample, exclusions and profiles.

    .venv/bin/python benchmarks/sampling.py [--people 100000] [--limit-s 5]

SQLite in a temporary folder; PostgreSQL in a database of its own when CX_DATABASE_URL names a server. The panel holds
twice as many people as are drawn. Prints processor time (of this process and of the server's for it), wall time and memory; ends with 1 if
the processor time is over the limit.
"""

import argparse
import gc
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.rows import keep
from benchmarks.running_portal import cpu_of_backend

RUNS = 3
ROWS = 5000
LANGUAGES = ["fi"] * 40 + ["en"] * 25 + ["sv"] * 10 + ["ar"] * 10 + ["so"] * 5 + ["ru"] * 9 + ["ti"]
AGES = ["under_30", "30_to_49", "50_to_64", "over_64"]
PERMITS = ["work", "study", "family", "asylum", "citizenship", "other"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=100_000, help="how many are drawn")
    parser.add_argument("--limit-s", type=float, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "CX_VAR": folder,
            "CX_PRODUCTION": "0",
            "CX_LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "cxportal.settings",
        }
        with own_database():
            return measure(options.people, options.limit_s)


class own_database:
    """A database beside the one that CX_DATABASE_URL names, dropped at the end; nothing to do for SQLite."""

    name = "panels2_bench_sampling"

    def __enter__(self) -> None:
        self.url = os.environ.get("CX_DATABASE_URL", "")
        if self.url:
            self._run(f"DROP DATABASE IF EXISTS {self.name}", f"CREATE DATABASE {self.name}")
            os.environ["CX_DATABASE_URL"] = urlunsplit(urlsplit(self.url)._replace(path=f"/{self.name}"))

    def __exit__(self, *_exception: object) -> None:
        if self.url:
            from django.db import connection  # noqa: PLC0415

            connection.close()
            self._run(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def _run(self, *commands: str) -> None:
        import psycopg  # noqa: PLC0415

        with psycopg.connect(self.url, autocommit=True) as connection:
            for command in commands:
                connection.execute(command)


def measure(people: int, limit_seconds: float) -> int:
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    mailing = fill(people)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the database does by itself some time after an import
    from panels.audience import audience_of  # noqa: PLC0415

    audience_of(mailing)
    gc.collect()
    memory = _megabytes()
    best = None
    for _run in range(RUNS):
        wall, own, server = time.perf_counter(), time.process_time(), cpu_of_backend(connection)
        audience = audience_of(mailing)
        own, server = time.process_time() - own, cpu_of_backend(connection) - server
        spent = own + server, own, server, time.perf_counter() - wall
        best = min(best or spent, spent)
    added = _megabytes() - memory
    keep(
        f"sample and exclusions: one person, {connection.vendor}",
        size=len(audience.drawn.people),
        seconds=best[3],
        cpu_seconds=best[0],
        operations=len(audience.drawn.people),
    )
    print(f"database          {connection.vendor}")
    print(f"in the panel      {audience.drawn.frame:>9,}")
    print(f"drawn             {len(audience.drawn.people):>9,}")
    print(f"left out          {len(audience.left_out):>9,}  {dict(audience.reasons)}")
    print(f"invited           {len(audience.invited):>9,}")
    sizes = audience.profile_sizes()
    print(f"profiles          {len(sizes):>9,}  the smallest of {min(sizes.values())}")
    print(f"processor time    {best[0]:>9.2f} s  ({best[1]:.2f} here, {best[2]:.2f} in the server)")
    print(f"wall time         {best[3]:>9.2f} s")
    print(f"largest memory    {_megabytes():>9.0f} MB, {added:.0f} MB more than after the first run")
    return int(best[0] > limit_seconds)


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fill(people: int):
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415

    from cxportal.dispatch.addresses import address_hash  # noqa: PLC0415
    from cxportal.dispatch.models import Suppression  # noqa: PLC0415
    from cxportal.organisation.models import Unit  # noqa: PLC0415
    from panels import mailing as mailings  # noqa: PLC0415
    from panels.models import Attribute, Consent, Invitation, Member, Membership, Panel, Wording  # noqa: PLC0415
    from surveys.models import Survey, Version, Wave  # noqa: PLC0415

    rng = random.Random(7)
    now = datetime.now(UTC)
    agency = Unit.objects.create(code="agency", name="Agency")
    regions = [Unit.objects.create(code=f"region-{n}", name=f"Region {n}", parent=agency) for n in range(10)]
    desks = [
        Unit.objects.create(code=f"desk-{n}", name=f"Desk {n}", parent=regions[n % 10]) for n in range(100)
    ]
    survey = Survey.objects.create(code="bench", title="Bench")
    content = {"title": {"en": "Bench"}, "purpose": {"en": "To measure"}, "parts": [], "source": "en"}
    version = Version.objects.create(
        survey=survey, number=1, digest="0" * 64, content=content, published_at=now
    )
    shared = {
        "survey": survey,
        "version": version,
        "languages": ["fi", "en", "sv", "ar", "so", "ru", "ti"],
        "breakdowns": ["unit", "language", "attribute:age", "attribute:permit"],
    }
    wave = Wave.objects.create(code="bench", name="Bench", **shared)
    earlier = Wave.objects.create(code="earlier", name="Earlier", **shared)
    panel = Panel.objects.create(code="bench", name="Bench", kind="customer")
    for code, values in {"age": AGES, "permit": PERMITS}.items():
        Attribute.objects.create(
            panel=panel, code=code, name=code, values=[{"code": value, "name": value} for value in values]
        )
    wording = Wording.objects.create(panel=panel, language="en", text="I agree.")
    asked_before = mailings.prepare(wave=earlier, panels=[panel], by=None)
    for start in range(0, 2 * people, ROWS):
        members = Member.objects.bulk_create(
            Member(
                name=f"Person {n}",
                email=f"person{n}@mail.example",
                email_folded=f"person{n}@mail.example",
                email_hash=address_hash(f"person{n}@mail.example", "email"),
                language=rng.choice(LANGUAGES),
                mail_state="hard" if n % 50 == 0 else "ok",
                paused_until=(now + timedelta(days=30)).date() if n % 97 == 0 else None,
            )
            for n in range(start, min(start + ROWS, 2 * people))
        )
        rows = Membership.objects.bulk_create(
            Membership(
                panel=panel,
                member=member,
                unit=rng.choice(desks),
                attributes={"age": rng.choice(AGES), "permit": rng.choice(PERMITS)},
                opted_out_at=now if rng.random() < 0.02 else None,
            )
            for member in members
        )
        Consent.objects.bulk_create(
            Consent(membership=row, panel=panel, wording=wording, kind="given", way="web") for row in rows
        )
        Suppression.objects.bulk_create(
            Suppression(address_hash=member.email_hash, reason="opt_out") for member in members[::60]
        )
        Invitation.objects.bulk_create(
            Invitation(
                mailing=asked_before,
                wave=earlier,
                member=member,
                language="fi",
                channel="email",
                state="queued",
                asked_at=now - timedelta(days=20),
            )
            for member in members[::20]
        )
    sample = {"method": "proportional", "size": people, "strata": "unit", "seed": "bench"}
    return mailings.prepare(wave=wave, panels=[panel], by=None, sample=sample)


if __name__ == "__main__":
    sys.exit(main())
