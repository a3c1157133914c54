"""How long the staff pages about messages take with a million messages in the table.

    .venv/bin/python benchmarks/dispatch_pages.py [--messages 1000000] [--limit-ms 300]

SQLite in a temporary folder; PostgreSQL in a database of its own when CX_DATABASE_URL names a server. Ends with 1 if
the median of a page is over the limit.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.rows import keep

RUNS = 7
BATCHES = 25
FIRST_ROWS = 20_000
STATES = (
    [("accepted", "")] * 60
    + [("delivered", "")] * 20
    + [("queued", "")] * 10
    + [("refused", "recipient_refused")] * 3
    + [("bounced", "hard_bounce"), ("bounced", "soft_bounce")] * 2
    + [("cancelled", "unsubscribed"), ("expired", "try_later"), ("unknown", "cut_after_body")]
)
UNDER_WAY = {"queued", "unknown"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--limit-ms", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "CX_VAR": folder,
            "CX_PRODUCTION": "0",
            "CX_LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "cxportal.settings",
        }
        with own_database():
            return measure(options.messages, options.limit_ms)


class own_database:
    """A database beside the one that CX_DATABASE_URL names, dropped at the end; nothing to do for SQLite."""

    name = "cx_bench_pages"

    def __enter__(self) -> None:
        self.url = os.environ.get("CX_DATABASE_URL", "")
        if self.url:
            self._run(f"DROP DATABASE IF EXISTS {self.name}", f"CREATE DATABASE {self.name}")
            os.environ["CX_DATABASE_URL"] = urlunsplit(urlsplit(self.url)._replace(path=f"/{self.name}"))

    def __exit__(self, *error: object) -> None:
        if self.url:
            from django.db import connections  # noqa: PLC0415  Django starts after the environment is set

            connections.close_all()
            self._run(f"DROP DATABASE {self.name}")

    def _run(self, *statements: str) -> None:
        import psycopg  # noqa: PLC0415

        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


def measure(messages: int, limit_ms: int) -> int:
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.urls import reverse  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    batch = fill(messages)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    client = Client(headers={"host": "localhost"})
    client.force_login(keeper(), backend="allauth.account.auth_backends.AuthenticationBackend")
    message_list = reverse("admin:dispatch_message_changelist")
    pages = {
        "overview": reverse("admin:dispatch_overview"),
        "to decide on": reverse("admin:dispatch_unknown"),
        "mailings": reverse("admin:dispatch_batch_changelist"),
        "one mailing": reverse("admin:dispatch_batch_change", args=[batch]),
        "messages": message_list,
        "messages, refused": f"{message_list}?state__exact=refused",
        "messages, given up by SMS": f"{message_list}?state__exact=expired&channel__exact=sms",
        "messages, one reason": f"{message_list}?state__exact=bounced&reason__exact=hard_bounce",
        "messages of one mailing": f"{message_list}?mailing={batch}",
        "messages, one cause": f"{message_list}?q=bench:4711",
        "messages, one address": f"{message_list}?q=person4711@mail.example",
        "local outbox": reverse("admin:dispatch_outbox"),
    }
    print(f"{messages} messages, {connection.vendor}, median, slowest and own CPU time of {RUNS} requests")
    slow = [name for name, address in pages.items() if timed(client, name, address, messages) > limit_ms]
    print(f"over {limit_ms} ms: {', '.join(slow) or 'none'}")
    return 1 if slow else 0


def timed(client, name: str, address: str, size: int) -> float:
    seconds, cpu_seconds = [], []
    for _ in range(RUNS + 1):
        begun, cpu_begun = time.perf_counter(), time.process_time()
        answer = client.get(address)
        seconds.append(time.perf_counter() - begun)
        cpu_seconds.append(time.process_time() - cpu_begun)
        assert answer.status_code == 200, (name, answer.status_code)
    median, cpu = 1000 * statistics.median(seconds[1:]), 1000 * statistics.median(cpu_seconds[1:])
    keep(f"page of messages: {name}", size=size, seconds=median / 1000, cpu_seconds=cpu / 1000)
    print(f"{name:<28}{median:8.0f} ms{1000 * max(seconds[1:]):8.0f} ms{cpu:8.0f} ms", flush=True)
    return median


def keeper():
    from cxportal.organisation.models import StaffRole, User  # noqa: PLC0415

    user = User.objects.create(username="keeper")
    StaffRole.objects.create(user=user, role="cx_team")
    return user


def fill(messages: int) -> int:
    from django.db import transaction  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from cxportal.dispatch.addresses import address_hash  # noqa: PLC0415
    from cxportal.dispatch.models import Batch, Message  # noqa: PLC0415

    now = timezone.now()
    batches = [Batch.objects.create(name=f"Customer survey {number}").pk for number in range(BATCHES)]

    def row(number: int) -> Message:
        state, reason = STATES[number * 7919 % len(STATES)]
        is_sms = number % 5 == 0
        address = f"person{number}@mail.example"
        return Message(
            cause=f"bench:{number}",
            purpose="invitation",
            channel="sms" if is_sms else "email",
            batch_id=None if number % 50 == 0 else batches[number * BATCHES // FIRST_ROWS],
            template="notice",
            language="fi",
            data={"title": "How was your visit?", "link": f"https://cx.example/s/{number:012d}"},
            address=address,
            address_hash=address_hash(address, "email"),
            unsubscribe_scope="panel:1",
            message_id=f"<{number:032x}@cx.example>",
            state=state,
            reason=reason,
            worker="" if state == "queued" else "worker",
            final_at=None if state in UNDER_WAY else now,
            fenced_at=None if state == "queued" else now,
            due_at=now,
            created_at=now,
        )

    with transaction.atomic():
        Message.objects.bulk_create([row(number) for number in range(FIRST_ROWS)], batch_size=1000)
    for copy in range(1, messages // FIRST_ROWS):
        copy_first_rows(copy)
    return batches[3]


def copy_first_rows(copy: int) -> None:
    """The same again under causes and Message-IDs of their own; a million rows through the ORM take minutes."""
    from django.db import connection  # noqa: PLC0415

    from cxportal.dispatch.models import Message  # noqa: PLC0415

    columns = [field.column for field in Message._meta.concrete_fields if not field.primary_key]
    own = {"cause": f"cause || ':{copy}'", "message_id": f"message_id || '{copy}'"}
    values = [own.get(column, column) for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Message._meta.db_table} ({', '.join(columns)}) SELECT {', '.join(values)}"
            f" FROM {Message._meta.db_table} ORDER BY id LIMIT {FIRST_ROWS}"
        )


if __name__ == "__main__":
    raise SystemExit(main())
