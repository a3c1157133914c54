"""How fast mail leaves, as a ratio to a plain smtplib script that sends the same bytes over one kept-open connection.

    python benchmarks/dispatch_throughput.py [--size 100000] [--lazy-size 20000] [--runs 5] [--only prompt]

Both send to a mail server of our own in another process. Dispatch renders each message from its template, claims,
fences and writes down each outcome in PostgreSQL, with two workers. Time is from the first to the last mail taken.
CPU time is that of everything that takes part: workers or script, mail server, database. It says more than the time of
the clock where others use the machine too.
"""

import argparse
import contextlib
import os
import platform
import resource
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.rows import keep
from tests.dispatch.faults import Stage
from tests.dispatch.own_services import Postgres

BASELINE = Path(__file__).with_name("smtplib_baseline.py")
DIFFERENT_MAILS = 500
LAZINESS: dict[str, dict[str, object]] = {
    "prompt": {},
    "lazy (TCP acknowledges as late as it may)": {"delayed_ack": True},
    "lazy (answers each body after 5 ms)": {"reply_delay": 0.005},
}


class Run(NamedTuple):
    mails_per_second: float
    cpu_microseconds: float
    """For each mail, of all processes together."""
    megabytes: list[int]


def dispatch(stage: Stage, size: int, workers: int) -> Run:
    stage.sql("TRUNCATE dispatch_message, dispatch_batch CASCADE")
    stage.part("queue", size, "never_twice")
    stage.sql("VACUUM ANALYZE dispatch_message")
    files = [stage.folder / f"used{number}" for number in range(workers)]
    servers_before = cpu_of_servers(stage)
    seconds = _seconds_to_take(
        stage,
        size,
        lambda: [stage.start("-m", "tests.dispatch.fault_parts", "send", path) for path in files],
    )
    used = [path.read_text().split() for path in files]
    cpu = cpu_of_servers(stage) - servers_before + sum(float(cpu) for _, cpu in used)
    return Run(size / seconds, 1e6 * cpu / size, [int(megabytes) for megabytes, _ in used])


def baseline(stage: Stage, size: int, mails: Path) -> Run:
    port = stage.environment["CX_EMAIL_URL"].rpartition(":")[2]
    before = cpu_of_servers(stage) + cpu_of_children()
    seconds = _seconds_to_take(stage, size, lambda: [stage.start(BASELINE, port, mails, size)])
    cpu = cpu_of_servers(stage) + cpu_of_children() - before
    return Run(size / seconds, 1e6 * cpu / size, [])


def cpu_of_servers(stage: Stage) -> float:
    """Seconds of the mail server and of the database with its processes, those that have ended as well."""
    time.sleep(0.5)  # the processes of closed connections end
    database = int((stage.postgres.data / "postmaster.pid").read_text().split()[0])
    ticks = sum(_ticks(stat)[0] for stat in _stats() if _parent(stat) == database)
    ticks += sum(_ticks(Path(f"/proc/{database}/stat").read_text()))
    ticks += _ticks(Path(f"/proc/{stage.processes[0].pid}/stat").read_text())[0]
    return ticks / os.sysconf("SC_CLK_TCK")


def cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _stats() -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            yield path.read_text()


def _parent(stat: str) -> int:
    return int(stat.rpartition(")")[2].split()[1])


def _ticks(stat: str) -> tuple[int, int]:
    """Its own, and those of its children that have ended."""
    user, system, of_children, system_of_children = map(int, stat.rpartition(")")[2].split()[11:15])
    return user + system, of_children + system_of_children


def _seconds_to_take(stage: Stage, size: int, start: Callable[[], list[subprocess.Popen]]) -> float:
    before = stage.log.stat().st_size
    for process in start():
        if process.wait():
            raise SystemExit(stage.output)
    with stage.log.open() as log:
        log.seek(before)
        times = [float(line.split(" ", 1)[0]) for line in log]
    if len(times) != size:
        raise SystemExit(f"{len(times)} mails were taken instead of {size}.")
    return times[-1] - times[0]


def measure(postgres: Postgres, laziness: str, size: int, runs: int, workers: int) -> str:
    stage = Stage(postgres, size)
    try:
        stage.environment["CX_DISPATCH_LEASE_SECONDS"] = "120"
        stage.start_sink(**LAZINESS[laziness])
        stage.part("mails", DIFFERENT_MAILS, stage.folder / "mails")
        pairs = []
        for _ in range(runs):
            plain = baseline(stage, size, stage.folder / "mails")
            pairs.append((dispatch(stage, size, workers), plain))
    finally:
        stage.close()
    ratios = [sent.mails_per_second / plain.mails_per_second for sent, plain in pairs]
    ours, theirs = zip(*pairs, strict=True)
    keep(
        f"mail sent, server {laziness}: one mail",
        size=size,
        seconds=size / _median(ours, "mails_per_second"),
        cpu_seconds=_median(ours, "cpu_microseconds") / 1e6,
        ratio=statistics.median(ratios),
        beside="smtplib over one connection, mails a second",
        megabytes=max(max(run.megabytes) for run in ours),
    )
    return (
        f"| {laziness} | {size:,} | {_median(ours, 'mails_per_second'):,.0f} "
        f"| {_median(theirs, 'mails_per_second'):,.0f} | **{statistics.median(ratios):.2f}** "
        f"| {', '.join(f'{ratio:.2f}' for ratio in ratios)} | {_median(ours, 'cpu_microseconds'):.0f} "
        f"| {_median(theirs, 'cpu_microseconds'):.0f} | {max(max(run.megabytes) for run in ours)} |"
    )


def _median(runs: Iterable[Run], name: str) -> float:
    return statistics.median(getattr(run, name) for run in runs)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", type=int, default=100_000)
    options.add_argument("--lazy-size", type=int, default=20_000, help="the script alone takes minutes then")
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--only", default="")
    chosen = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that nothing is left running
    load = os.getloadavg()[0]
    say(
        f"{platform.python_version()}, {os.cpu_count()} cores, load before {load:.1f}, {time.strftime('%Y-%m-%d')}\n"
    )
    say(
        "| mail server | mails | dispatch /s | smtplib /s | median ratio | ratios"
        " | CPU µs a mail, dispatch | CPU µs a mail, smtplib | MB per worker |"
    )
    say("|---|---|---|---|---|---|---|---|---|")
    postgres = Postgres()
    try:
        for laziness in LAZINESS:
            if chosen.only in laziness:
                size = chosen.size if laziness == "prompt" else min(chosen.size, chosen.lazy_size)
                say(measure(postgres, laziness, size, chosen.runs, chosen.workers))
    finally:
        postgres.close()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
