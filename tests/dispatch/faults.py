"""Everything that may break while messages are sent, broken on purpose: `python -m tests.dispatch.faults --size N`.

Each row fills a mailing, sends it through a mail server of our own while something is killed, cut, frozen or taken
back, and then compares the rows of the database with what the mail server took.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg

from tests.dispatch.own_services import Postgres, Redis

ROOT = Path(__file__).resolve().parent.parent.parent
CONNECTIONS = 8
WORKERS = 4
OPEN = ("queued", "claimed", "handing")
START_SECONDS = 300  # a busy machine takes minutes to start a process
TABLES_ONLY = "cx_tables_only"


@dataclass
class Report:
    """What a row found. `broken` says in words what must not be."""

    row: str
    size: int
    figures: dict[str, object] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    seconds: float = 0

    def must(self, holds: bool, sentence: str) -> None:
        if not holds:
            self.broken.append(sentence)

    def line(self) -> str:
        figures = ", ".join(f"{name} {value}" for name, value in self.figures.items())
        verdict = "holds" if not self.broken else "BROKEN: " + "; ".join(self.broken)
        return f"| {self.row} | {self.size:,} | {self.seconds:.0f} s | {figures} | {verdict} |"


class Stage:
    """Database, mail server and the processes of one row."""

    def __init__(self, postgres: Postgres, size: int, *, is_full: bool = False, seed: int = 1) -> None:
        self.postgres = postgres
        self.size = size
        self.is_full = is_full
        self.seed = seed
        self.folder = Path(tempfile.mkdtemp(prefix="cx-faults-"))
        self.processes: list[subprocess.Popen] = []
        self.random = random.Random(seed)
        self.lease_seconds = 20 if is_full else 3
        self.most_kills = 1000 if is_full else 30
        self.name = f"cx_{os.getpid()}_{id(self)}"
        self.url = database_url(postgres, self.name)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CX_")},
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "cxportal.settings",
            "CX_VAR": str(self.folder),
            "CX_DATABASE_URL": self.url,
            "CX_PRODUCTION": "0",
            "CX_EMAIL_FROM": "noreply@agency.example",
            "CX_EMAIL_CONNECTIONS": str(CONNECTIONS),
            "CX_DISPATCH_LEASE_SECONDS": str(self.lease_seconds),
            "CX_LOG_LEVEL": "CRITICAL",
        }
        self._make_database()

    def _make_database(self) -> None:
        """A copy of the one whose tables the first row has made."""
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            made = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [TABLES_ONLY]
            ).fetchone()
            if not made:
                connection.execute(f"CREATE DATABASE {TABLES_ONLY}")
                url = {"CX_DATABASE_URL": database_url(self.postgres, TABLES_ONLY)}
                self.run("manage.py", "migrate", "-v0", **url)
            connection.execute(f"CREATE DATABASE {self.name} TEMPLATE {TABLES_ONLY}")

    def run(self, *command: str, **variables: str) -> None:
        environment = self.environment | variables
        subprocess.run([sys.executable, *command], check=True, cwd=ROOT, env=environment)

    def part(self, *command: object) -> None:
        self.run("-m", "tests.dispatch.fault_parts", *map(str, command))

    def start(self, *command: object) -> subprocess.Popen:
        with (self.folder / "output").open("a") as output:
            process = subprocess.Popen(
                [sys.executable, *map(str, command)],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=output,
            )
        self.processes.append(process)
        return process

    def start_sink(self, **plan: object) -> None:
        ready = self.folder / "port"
        self.log.touch()
        self.start(
            ROOT / "tests/dispatch/smtp_sink.py",
            "--ready",
            ready,
            "--log",
            self.log,
            "--plan",
            json.dumps(plan),
            "--seed",
            self.seed,
        )
        wait_until(lambda: ready.exists() and ready.read_text(), START_SECONDS)
        self.environment["CX_EMAIL_URL"] = f"smtp://127.0.0.1:{ready.read_text()}"

    def start_sms_sink(self, **plan: object) -> None:
        ready = self.folder / "port"
        self.log.touch()
        self.start(
            ROOT / "tests/dispatch/sms_sink.py",
            "--ready",
            ready,
            "--log",
            self.log,
            "--plan",
            json.dumps(plan),
            "--seed",
            self.seed,
        )
        wait_until(lambda: ready.exists() and ready.read_text(), START_SECONDS)
        self.environment["CX_SMS_URL"] = f"http://127.0.0.1:{ready.read_text()}/send"

    def start_crew(self, workers: int = WORKERS, channel: str = "email") -> None:
        self.start("-m", "tests.dispatch.fault_parts", "crew", workers, self.folder / "pids", channel)
        wait_until(lambda: len(self.worker_pids()) == workers, START_SECONDS)

    def worker_pids(self) -> list[int]:
        with contextlib.suppress(FileNotFoundError):
            return [int(pid) for pid in (self.folder / "pids").read_text().split()]
        return []

    @property
    def log(self) -> Path:
        return self.folder / "taken"

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text()[-2000:]

    def sql(self, query: str, *parameters: object) -> list[tuple]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []

    def states(self) -> Counter:
        return Counter(dict(self.sql("SELECT state, count(*) FROM dispatch_message GROUP BY state")))

    def what_is_open(self) -> str:
        rows = self.sql(
            "SELECT state, reason, reason_text, tries, count(*) FROM dispatch_message"
            " WHERE state IN ('queued', 'claimed', 'handing', 'expired') GROUP BY 1, 2, 3, 4"
        )
        return f"not at its end: {rows}" if rows else "everything is at its end"

    def is_under_way(self) -> bool:
        """A row waiting for a later time is not; one in a worker's hands is."""
        with contextlib.suppress(psycopg.OperationalError):
            return self.sql(
                "SELECT EXISTS (SELECT 1 FROM dispatch_message WHERE state IN ('claimed', 'handing')"
                " OR (state = 'queued' AND due_at <= now()))"
            )[0][0]
        return True

    def wait_for_the_end(self, seconds: float = 1500) -> None:
        wait_until(lambda: not self.is_under_way(), seconds, every=0.5)

    def taken(self) -> list[tuple[float, str, str, str]]:
        """Time, Message-ID, recipient, heard or unheard: what the mail server took."""
        lines = (line.split() for line in self.log.read_text().splitlines())
        return [(float(at), message_id, recipient, heard) for at, message_id, recipient, heard in lines]

    def number_taken(self) -> int:
        return self.log.read_bytes().count(b"\n")

    def close(self) -> None:
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        with (
            contextlib.suppress(psycopg.Error),
            psycopg.connect(self.postgres.url, autocommit=True) as connection,
        ):
            connection.execute(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
        shutil.rmtree(self.folder, ignore_errors=True)

    def compare(self, report: Report, *, refused: bool = False) -> Counter:
        """The checks of every row: nothing lost in silence, states add up, and how many came twice."""
        states = self.states()
        copies = Counter(message_id for _, message_id, _, _ in self.taken())
        rows = self.sql("SELECT message_id, state, address, is_possible_double FROM dispatch_message")
        lost = [row for row in rows if row[1] == "accepted" and row[0] not in copies]
        doubled = {message_id for message_id, count in copies.items() if count > 1}
        ids_by_recipient = Counter(recipient for _, recipient in {taken[1:3] for taken in self.taken()})
        report.figures |= {
            "accepted": states["accepted"],
            "unknown": states["unknown"],
            **{name: states[name] for name in ("refused", "cancelled", "expired", "queued") if states[name]},
            "lost": len(lost),
            "doubled": len(doubled),
        }
        report.must(not lost, f"{len(lost)} accepted messages never reached the mail server")
        report.must(sum(states.values()) == self.size, "the states do not add up")
        report.must(
            len(ids_by_recipient) == sum(ids_by_recipient.values()), "a second Message-ID for one cause"
        )
        report.must(states["claimed"] + states["handing"] == 0, "messages are stuck in the hands of nobody")
        flagged = {row[0] for row in rows if row[3]}
        report.must(doubled <= flagged, f"{len(doubled - flagged)} came twice unflagged")
        return states


def database_url(postgres: Postgres, name: str) -> str:
    return postgres.url.rsplit("/", 1)[0] + f"/{name}"


def wait_until(condition: Callable[[], object], seconds: float, every: float = 0.05) -> None:
    ends_at = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends_at:
            raise TimeoutError("The run did not come to its end.")
        time.sleep(every)


def kill_workers(stage: Stage) -> int:
    """kill -9 of a random worker every 0.5 to 2 seconds until nothing is under way.

    On a machine so busy that workers die before they get anywhere, the rest is sent in peace.
    """
    kills = 0
    next_kill_at = time.monotonic() + stage.random.uniform(0.5, 2)
    while stage.is_under_way() and kills < stage.most_kills:
        if time.monotonic() >= next_kill_at:
            with contextlib.suppress(ProcessLookupError):
                os.kill(stage.random.choice(stage.worker_pids()), signal.SIGKILL)
                kills += 1
            next_kill_at = time.monotonic() + stage.random.uniform(0.5, 2)
        time.sleep(0.2)
    stage.wait_for_the_end()
    return kills


def kills_never_twice(stage: Stage, report: Report) -> None:
    stage.start_sink(reply_delay=0.1 if stage.is_full else 0.2)
    stage.part("queue", stage.size, "never_twice")
    stage.start_crew()
    kills = kill_workers(stage)
    report.figures["kills"] = kills
    states = stage.compare(report)
    report.must(report.figures["doubled"] == 0, "a message came twice")
    report.must(states["unknown"] <= kills * CONNECTIONS, "more unknown than kills x connections")
    report.must(states["accepted"] + states["unknown"] == stage.size, "a message did not come to its end")
    report.must(kills >= 5, "too few kills to say anything")


def kills_never_missed(stage: Stage, report: Report) -> None:
    stage.start_sink(reply_delay=0.01)
    stage.part("queue", stage.size, "never_missed")
    stage.start_crew()
    kills = kill_workers(stage)
    report.figures["kills"] = kills
    states = stage.compare(report)
    flagged = stage.sql("SELECT count(*) FROM dispatch_message WHERE is_possible_double")[0][0]
    missing = stage.size - len({message_id for _, message_id, _, _ in stage.taken()})
    report.figures |= {"flagged": flagged, "missing": missing}
    report.must(missing == 0, f"{missing} messages never came")
    report.must(report.figures["doubled"] <= kills, "more doubles than kills")
    report.must(states["accepted"] + states["unknown"] == stage.size, "a message did not come to its end")
    report.must(kills >= 5, "too few kills to say anything")


def redis_lost(stage: Stage, report: Report) -> None:
    """Two real Celery workers and a scheduler; a rate keeps them in need of wake-ups all the time."""
    tick, down_seconds, minutes = (20, 120, 6) if stage.is_full else (2, 5, 0.6)
    stage.environment["CX_DISPATCH_TICK_SECONDS"] = str(tick)
    redis = Redis()
    try:
        stage.environment["CX_REDIS_URL"] = redis.url
        stage.start_sink()
        stage.part("queue", 1, "never_twice", "email")
        for number in range(2):
            stage.start(
                "-m", "celery", "-A", "cxportal", "worker", "-P", "solo", "-n", f"fault{number}@localhost"
            )
        stage.start("-m", "celery", "-A", "cxportal", "beat", "-s", stage.folder / "beat")
        wait_until(stage.number_taken, 120, every=0.5)
        stage.part("queue", stage.size, "never_twice", "email", int(stage.size / minutes))
        wait_until(lambda: stage.number_taken() > stage.size * 0.2, 600, every=0.5)
        redis.flush()
        redis.kill()
        redis.start()
        wait_until(lambda: stage.number_taken() > stage.size * 0.45, 600, every=0.5)
        redis.kill()
        before = stage.number_taken()
        time.sleep(down_seconds)
        report.figures["taken without Redis"] = stage.number_taken() - before
        back_at = time.time()
        redis.start()
        wait_until(lambda: stage.taken()[-1][0] > back_at, 300, every=0.5 if not stage.is_full else 2)
        report.figures["goes on after s"] = round(
            next(at for at, _, _, _ in stage.taken() if at > back_at) - back_at, 1
        )
        stage.wait_for_the_end()
    finally:
        redis.close()
    states = stage.compare(report)
    report.must(report.figures["goes on after s"] <= 30, "it took more than 30 s to go on")
    report.must(report.figures["doubled"] == 0, "a message came twice")
    report.must(states["accepted"] == stage.size, "a message did not come to its end")


def postgres_restarted(stage: Stage, report: Report) -> None:
    stage.start_sink(reply_delay=0.1 if stage.is_full else 0.2)
    stage.part("queue", stage.size, "never_twice")
    stage.start_crew()
    for restart in range(1, 6):
        wait_until(lambda share=restart / 7: stage.number_taken() > stage.size * share, 600, every=0.1)
        stage.postgres.stop("immediate" if restart % 2 else "fast")
        stage.postgres.start()
    stage.wait_for_the_end()
    states = stage.compare(report)
    report.figures["restarts"] = 5
    report.must(report.figures["doubled"] == 0, "a message came twice")
    report.must(states["accepted"] + states["unknown"] == stage.size, "a message did not come to its end")
    report.must(
        states["unknown"] <= 5 * WORKERS * CONNECTIONS, "more unknown than restarts x workers x connections"
    )


def worker_frozen(stage: Stage, report: Report) -> None:
    """Three of four workers sleep for three lease lengths and wake up in the middle of what they did."""
    stage.start_sink(reply_delay=0.1 if stage.is_full else 0.25)
    stage.part("queue", stage.size, "never_twice")
    stage.start_crew()
    frozen = stage.random.sample(stage.worker_pids(), 3)
    for number, pid in enumerate(frozen, 1):
        wait_until(lambda share=number / 6: stage.number_taken() > stage.size * share, 600, every=0.1)
        os.kill(pid, signal.SIGSTOP)
    time.sleep(3 * stage.lease_seconds)
    lapsed = stage.sql("SELECT count(*) FROM dispatch_message WHERE state = 'unknown'")[0][0]
    for pid in frozen:
        os.kill(pid, signal.SIGCONT)
    stage.wait_for_the_end()
    time.sleep(2)  # the last to wake writes down what it hears only now
    states = stage.compare(report)
    report.figures |= {"frozen": len(frozen), "unknown while they slept": lapsed}
    report.must(report.figures["doubled"] == 0, "a message came twice")
    report.must(states["accepted"] + states["unknown"] == stage.size, "a message did not come to its end")
    report.must(lapsed > 0, "nobody slept with a message in hand: nothing was tried")


def difficult_server(stage: Stage, report: Report) -> None:
    """Greylisting, 421 after 50 mails, 2 % refused, 1 % of the replies lost; retries are brought forward."""
    stage.start_sink(greylist=0.3, close_after=50, refuse=0.02, lose_reply=0.01, later=0.01, cut_before=0.005)
    stage.part("queue", stage.size, "never_twice")
    stage.start_crew()
    rounds = 0
    while stage.states()["queued"]:
        stage.wait_for_the_end()
        before = connections_of(stage)
        time.sleep(3)
        report.must(connections_of(stage) == before, "workers keep connecting with nothing due")
        stage.sql("UPDATE dispatch_message SET due_at = now() WHERE state = 'queued'")
        rounds += 1
        if rounds > 12:
            break
    stage.wait_for_the_end()
    states = stage.compare(report)
    unheard = {message_id for _, message_id, _, heard in stage.taken() if heard == "unheard"}
    unknown = {row[0] for row in stage.sql("SELECT message_id FROM dispatch_message WHERE state = 'unknown'")}
    tries = stage.sql("SELECT sum(tries), max(tries) FROM dispatch_message")[0]
    suppressed = stage.sql("SELECT count(*) FROM dispatch_suppression WHERE reason = 'hard_bounce'")[0][0]
    report.figures |= {"unheard": len(unheard), "tries": tries[0], "rounds": rounds, "suppressed": suppressed}
    report.must(report.figures["doubled"] == 0, "a message came twice")
    report.must(unknown == unheard, "unknown is not exactly what the mail server took without a word")
    report.must(suppressed == states["refused"], "a refused address was not marked")
    report.must(sum(states[name] for name in OPEN) == 0, "a message did not come to its end")
    report.must(tries[0] < stage.size * 2, "more tries than the faults explain")


def connections_of(stage: Stage) -> int:
    counts = stage.folder / "port.counts"
    asked_at = time.time()
    wait_until(lambda: counts.exists() and counts.stat().st_mtime > asked_at, START_SECONDS)
    return int(counts.read_text().split()[0])


def text_messages(stage: Stage, report: Report) -> None:
    """kill -9 of workers while a text-message gateway refuses 2 %, puts off 2 % and loses 1 % of its replies."""
    stage.start_sms_sink(reply_delay=0.02, refuse=0.02, later=0.02, lose_reply=0.01)
    stage.part("queue", stage.size, "never_twice", "sms")
    stage.start_crew(channel="sms")
    kills = kill_workers(stage)
    stage.sql("UPDATE dispatch_message SET due_at = now() WHERE state = 'queued'")
    kills += kill_workers(stage)
    states = stage.compare(report)
    unheard = sum(heard == "unheard" for _, _, _, heard in stage.taken())
    report.figures |= {"kills": kills, "unheard": unheard}
    report.must(report.figures["doubled"] == 0, "a message came twice")
    report.must(unheard <= states["unknown"] <= kills + unheard, "more unknown than kills and lost replies")
    report.must(states["queued"] < stage.size * 0.01, "a message did not come to its end")


def opted_out(stage: Stage, report: Report) -> None:
    """500 people opt out or are erased at random moments while their messages are on the way."""
    stage.start_sink(reply_delay=0.1)
    times = min(500, stage.size // 4)
    stage.part("queue", stage.size, "never_twice")
    stage.start_crew()
    wait_until(stage.number_taken, START_SECONDS)  # a busy machine lets workers wait
    log = stage.folder / "opted_out"
    seconds = stage.size / 400 if stage.is_full else 8
    stage.part("opt_out", stage.size, times, seconds, log)
    stage.wait_for_the_end()
    states = stage.compare(report)
    fenced = dict(stage.sql("SELECT cause, fenced_at FROM dispatch_message WHERE fenced_at IS NOT NULL"))
    wishes = [json.loads(line) for line in log.read_text().splitlines()]
    too_late = [
        cause for cause, at in wishes if cause in fenced and fenced[cause] > datetime.fromisoformat(at)
    ]
    report.figures |= {"opted out": len(wishes), "fenced before": sum(cause in fenced for cause, _ in wishes)}
    report.figures["fence after the wish"] = len(too_late)
    report.must(len(wishes) == times, "somebody could not opt out")
    report.must(not too_late, f"{len(too_late)} fences came after the wish")
    report.must(
        states["cancelled"] + report.figures["fenced before"] == times,
        "a wish stopped too much or too little",
    )
    report.must(
        0 < states["cancelled"] < times, "all wishes came on one side of the fence: nothing was tried"
    )
    report.must(states["accepted"] + states["cancelled"] == stage.size, "a message did not come to its end")


def two_schedulers(stage: Stage, report: Report) -> None:
    log = stage.folder / "jobs"
    log.touch()
    jobs, periods = 20, max(5, min(stage.size // 400, 50))
    schedulers = [
        stage.start("-m", "tests.dispatch.fault_parts", "scheduler", jobs, periods, log) for _ in range(2)
    ]
    codes = [scheduler.wait(600) for scheduler in schedulers]
    done = Counter(log.read_text().split())
    report.size = jobs * periods
    report.figures |= {"jobs done": len(done), "done twice": sum(count > 1 for count in done.values())}
    report.must(codes == [0, 0], "a scheduler failed")
    report.must(len(done) == jobs * periods, "a job was not done")
    report.must(set(done.values()) == {1}, "a job was done twice")


ROWS: dict[str, Callable[[Stage, Report], None]] = {
    "kill -9 of a random worker every 0.5-2 s, never twice": kills_never_twice,
    "the same, never missed": kills_never_missed,
    "Redis flushed, restarted, away": redis_lost,
    "PostgreSQL restarted 5 times": postgres_restarted,
    "a worker frozen for three lease lengths": worker_frozen,
    "greylisting, 421 after 50, 2 % refused, 1 % replies lost": difficult_server,
    "text messages: kill -9, 2 % refused, 2 % put off, 1 % replies lost": text_messages,
    "opt-out or erasure at 500 random moments": opted_out,
    "two schedulers": two_schedulers,
}


def run_row(row: str, size: int, postgres: Postgres, *, is_full: bool = False, seed: int = 1) -> Report:
    report = Report(row, size)
    stage = Stage(postgres, size, is_full=is_full, seed=seed)
    began_at = time.monotonic()
    try:
        ROWS[row](stage, report)
    except TimeoutError as error:
        report.broken.append(f"{error} {stage.output}")
    finally:
        report.seconds = time.monotonic() - began_at
        if report.broken:
            report.broken.append(stage.what_is_open())
        stage.close()
    return report


def run_rows(rows: list[str], size: int, *, is_full: bool, seed: int) -> Iterator[Report]:
    postgres = Postgres()
    try:
        for row in rows:
            yield run_row(row, size, postgres, is_full=is_full, seed=seed)
    finally:
        postgres.close()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", type=int, default=2000)
    options.add_argument("--only", default="", help="rows whose name has this in it")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--full", action="store_true", help="real waiting times, as in `make long`")
    chosen = options.parse_args()
    rows = [row for row in ROWS if chosen.only in row]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that nothing is left running
    say("| fault | messages | time | found | verdict |\n|---|---|---|---|---|")
    is_broken = False
    for report in run_rows(rows, chosen.size, is_full=chosen.full, seed=chosen.seed):
        is_broken |= bool(report.broken)
        say(report.line())
    return int(is_broken)


if __name__ == "__main__":
    sys.exit(main())
