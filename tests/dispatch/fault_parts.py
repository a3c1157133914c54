"""What the fault runs start as processes of their own: `python -m tests.dispatch.fault_parts PART ...`."""

import json
import os
import random
import resource
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import django
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

django.setup()

from cxportal.dispatch import due, queueing, reaping, suppression  # noqa: E402
from cxportal.dispatch.gateways.mime import mail_bytes, sender_header  # noqa: E402
from cxportal.dispatch.models import GatewayState  # noqa: E402
from cxportal.dispatch.rendering import render  # noqa: E402
from cxportal.dispatch.sending import send_due  # noqa: E402


def queue(size: str, policy: str, channel: str = "email", rate: str = "") -> None:
    """One mailing of `size` messages; a quarter as many addresses have two of them."""
    if rate:
        limited = {"rate_per_minute": int(rate), "tokens": 0, "refilled_at": timezone.now()}
        GatewayState.objects.update_or_create(channel=channel, defaults=limited)
    batch = queueing.new_batch(name="fault run")
    queueing.queue_many((_row(number, policy, channel) for number in range(int(size))), batch=batch)


def _row(number: int, policy: str, channel: str) -> dict:
    return {
        "cause": f"fault:{number}:invitation",
        "purpose": "invitation",
        "channel": channel,
        "address": f"person{number}@example.org" if channel == "email" else f"+35840{1000000 + number}",
        "template": "test",
        "language": "ar" if number % 10 == 0 else "en",
        "data": {},
        "policy": policy,
        "unsubscribe_scope": "panel:1",
    }


def crew(workers: str, pids: str, channel: str = "email") -> None:
    """Workers that are forked anew when they die, and one process that reaps and leaves periodic jobs alone."""
    connections.close_all()
    running: dict[int, str] = {}
    signal.signal(signal.SIGTERM, lambda *_: _stop(running))
    parent = os.getppid()
    wanted = ["reaper", *[f"worker{number}" for number in range(int(workers))]]
    while os.getppid() == parent:
        for name in [name for name in wanted if name not in running.values()]:
            running[_fork(name, channel)] = name
            _write(pids, [pid for pid, name in running.items() if name != "reaper"])
        pid, _ = os.waitpid(-1, os.WNOHANG)
        if pid:
            del running[pid]
        else:
            time.sleep(0.02)
    _stop(running)


def _fork(name: str, channel: str) -> int:
    pid = os.fork()
    if pid:
        return pid
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parent = os.getppid()
    while os.getppid() == parent:
        try:
            finished = reaping.reap() and 0 if name == "reaper" else send_due(channel=channel)
        except Exception as error:
            sys.stderr.write(f"{name}: {type(error).__name__} {error}\n")
            connection.close()
            finished = 0
        if not finished:
            time.sleep(0.5)
    os._exit(0)


def _write(path: str, pids: list[int]) -> None:
    new = Path(f"{path}.new")
    new.write_text(" ".join(map(str, pids)))
    new.rename(path)


def _stop(running: dict[int, str]) -> None:
    for pid in running:
        os.kill(pid, signal.SIGKILL)
    os._exit(0)


def send(used: str) -> None:
    """One worker until nothing is due; writes down its largest memory in MB and the CPU seconds it took to send."""
    began_at = time.process_time()
    send_due()
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    Path(used).write_text(f"{megabytes} {time.process_time() - began_at}")


def mails(count: str, folder: str) -> None:
    """Ready-made mails for a plain script: the bytes that dispatch sends."""
    Path(folder).mkdir()
    for number in range(int(count)):
        message = queueing._message(**_row(number, "never_twice", "email"))
        mail = mail_bytes(message, render(message), sender=sender_header("", settings.EMAIL_FROM))
        Path(folder, f"{message.address}.eml").write_bytes(mail)


def opt_out(size: str, times: str, seconds: str, log: str) -> None:
    """At random moments somebody opts out or is erased; writes whom, and the database's time after it was done."""
    chosen = random.Random(2).sample(range(int(size)), int(times))
    moments = sorted(random.Random(3).uniform(0, float(seconds)) for _ in chosen)
    began_at = time.monotonic()
    with Path(log).open("w") as lines:
        for number, moment in zip(chosen, moments, strict=True):
            time.sleep(max(0, moment - (time.monotonic() - began_at)))
            kind = {"scope": "panel:1", "reason": "opt_out"} if number % 2 else {"reason": "erased"}
            suppression.suppress(address=f"person{number}@example.org", **kind)
            with connection.cursor() as cursor:
                cursor.execute("SELECT clock_timestamp()")
                lines.write(
                    json.dumps([f"fault:{number}:invitation", cursor.fetchone()[0].isoformat()]) + "\n"
                )


def scheduler(jobs: str, periods: str, log: str) -> None:
    """One scheduler with four workers; another one like it runs at the same time."""
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    with ThreadPoolExecutor(4) as workers:
        for period in range(int(periods)):
            for job in range(int(jobs)):
                name = f"job{job}:{period}"
                due.register(
                    name, lambda name=name: os.write(out, f"{name}\n".encode()), period_of=lambda now: "1"
                )
                workers.submit(_run_once, name)


def _run_once(name: str) -> None:
    try:
        due.run_if_due(name)
    finally:
        connection.close()


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
