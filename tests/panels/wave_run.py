"""A whole wave with everything that may break: `python -m tests.panels.wave_run --size N`.

PostgreSQL, Redis, two Celery workers of which one is killed now and then, a scheduler, and a mail server that puts
off, refuses and cuts lines. Invitations, answers, reminders; then who got what is compared with who should have.
"""

import argparse
import contextlib
import os
import resource
import signal
import sys
import time
from collections import Counter

from tests.dispatch.faults import Report, Stage
from tests.dispatch.own_services import Postgres, Redis

SHARE_THAT_ANSWERS = 0.2
WORKERS = 2
BRING_FORWARD_SECONDS = 2
BRING_FORWARD = (
    "UPDATE dispatch_message SET due_at = now() WHERE state = 'queued' AND due_at > now()",
    "DELETE FROM dispatch_due WHERE job = 'panels.mailings'",
)
"""Nobody is here to wait for a retry, or for the minute after which the clock looks at mailings again."""
SENT = ("accepted", "unknown")


class Run:
    def __init__(self, stage: Stage, redis: Redis) -> None:
        self.stage = stage
        self.kills, self.most_kills = 0, max(4, stage.size // 400)
        stage.environment |= {"CX_REDIS_URL": redis.url, "CX_DISPATCH_TICK_SECONDS": "3"}
        stage.start_sink(refuse=0.02, lose_reply=0.01, later=0.02, cut_before=0.005, reply_delay=0.002)

    def part(self, *command: object) -> None:
        self.stage.run("-m", "tests.panels.wave_parts", *map(str, command))

    def start_workers(self) -> None:
        self.workers = [self.start_worker(number) for number in range(WORKERS)]
        self.stage.start("-m", "celery", "-A", "cxportal", "beat", "-s", self.stage.folder / "beat")

    def start_worker(self, number: int):
        return self.stage.start(
            "-m",
            "celery",
            "-A",
            "cxportal",
            "worker",
            "-P",
            "solo",
            "-n",
            f"wave{number}-{self.kills}@localhost",
        )

    def kill_one(self) -> None:
        number = self.stage.random.randrange(WORKERS)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.workers[number].pid, signal.SIGKILL)
        self.workers[number].wait()
        self.kills += 1
        self.workers[number] = self.start_worker(number)

    def until(self, condition, *, seconds: float = 1500, kill_every: float) -> None:
        """Kills a worker now and then and brings forward what waits.

        On a machine so busy that workers die before they get anywhere, the rest is done in peace.
        """
        next_kill_at = time.monotonic() + kill_every
        next_look_at = time.monotonic()
        ends_at = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > ends_at:
                raise TimeoutError("The run did not come to its end.")
            if time.monotonic() > next_kill_at and self.kills < self.most_kills:
                self.kill_one()
                # a killed worker's lease on the mailing ends after minutes
                self.stage.sql("UPDATE panels_mailing SET leased_until = NULL")
                next_kill_at = time.monotonic() + kill_every
            if time.monotonic() > next_look_at:
                for statement in BRING_FORWARD:
                    self.stage.sql(statement)
                next_look_at = time.monotonic() + BRING_FORWARD_SECONDS
            time.sleep(0.5)

    def invitations_are_out(self) -> bool:
        rows = self.stage.sql("SELECT count(*) FROM panels_invitation WHERE state = 'waiting'")
        is_sending = self.stage.sql("SELECT count(*) FROM panels_mailing WHERE state = 'sending'")[0][0]
        return bool(is_sending) and rows[0][0] == 0 and not self.waits()

    def waits(self) -> int:
        return self.stage.sql(
            "SELECT count(*) FROM dispatch_message WHERE state IN ('queued', 'claimed', 'handing')"
        )[0][0]

    def is_done(self) -> bool:
        return bool(self.stage.sql("SELECT count(*) FROM panels_mailing WHERE state = 'done'")[0][0])


def run_wave(size: int, postgres: Postgres, *, kill_every: float = 12) -> Report:
    report = Report("a wave with its reminders", size)
    began_at, cpu_before = time.monotonic(), cpu_of_children()
    stage, redis = Stage(postgres, size), Redis()
    try:
        run = Run(stage, redis)
        run.part("launch", size)
        run.start_workers()
        run.until(run.invitations_are_out, kill_every=kill_every)
        run.part("answer", SHARE_THAT_ANSWERS, stage.folder / "answered")
        run.until(run.is_done, kill_every=kill_every)
        compare(stage, run, report)
    except TimeoutError as error:
        report.broken.append(f"{error} {dict(stage.states())} {stage.output}")
    finally:
        report.seconds = time.monotonic() - began_at
        stage.close()
        redis.close()
    report.figures["CPU s of its processes"] = round(cpu_of_children() - cpu_before)
    return report


def cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compare(stage: Stage, run: Run, report: Report) -> None:
    rows = stage.sql("SELECT message_id, cause, state, purpose FROM dispatch_message")
    copies = Counter(message_id for _, message_id, _, _ in stage.taken())
    invitations = [row for row in rows if row[3] == "invitation"]
    reminders = [row for row in rows if row[3] == "reminder"]
    members = stage.sql("SELECT count(*) FROM panels_member WHERE opted_out_at IS NULL")[0][0]
    doubled = [message_id for message_id, times in copies.items() if times > 1]
    lost = [row for row in rows if row[2] == "accepted" and row[0] not in copies]
    answered = set((stage.folder / "answered").read_text().split())
    got = {row[1].rsplit(":", 1)[0] for row in invitations if row[2] in SENT}
    asked_again = {row[1].rsplit(":reminder", 1)[0] for row in reminders}
    by_member = {
        f"wave:{wave}:{member}": email
        for wave, member, email in stage.sql(
            "SELECT i.wave_id, m.id, m.email FROM panels_invitation i JOIN panels_member m ON m.id = i.member_id"
        )
    }
    reminded = {by_member[cause] for cause in asked_again}
    should_be = {by_member[cause] for cause in got} - answered
    run.part("compare", stage.folder / "differences")
    differences = (stage.folder / "differences").read_text().splitlines()
    states = Counter(row[2] for row in rows)
    report.figures |= {
        "invitations": len(invitations),
        "reminders": len(reminders),
        "answered": len(answered),
        **states,
        "kills": run.kills,
        "doubled": len(doubled),
        "lost": len(lost),
        "numbers that differ": len(differences),
    }
    report.must(len(invitations) == members, "somebody was missed, or asked who should not be")
    report.must(not doubled, "a message came twice")
    report.must(not lost, "a message that was accepted never came")
    report.must(set(states) <= {"accepted", "refused", "unknown"}, "a message did not come to its end")
    report.must(reminded == should_be, "not exactly those who had not answered were reminded")
    report.must(
        len(answered) > 0 < len(reminders), "nobody answered or nobody was reminded: nothing was tried"
    )
    report.must(not differences, "; ".join(differences[:5]))


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", type=int, default=2000)
    options.add_argument("--kill-every", type=float, default=12, help="seconds")
    chosen = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    postgres = Postgres()
    try:
        report = run_wave(chosen.size, postgres, kill_every=chosen.kill_every)
    finally:
        postgres.close()
    sys.stdout.write(report.line() + "\n")
    return int(bool(report.broken))


if __name__ == "__main__":
    sys.exit(main())
