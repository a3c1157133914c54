"""Several machines in one: `python -m tests.portal.scaled_run --answers 300 --invited 300`.

Two web processes, two workers and a scheduler on a PostgreSQL and a Redis of their own. While people answer by both web
processes and a mailing goes out, one of each is killed without warning and started again. Then who was thanked is
compared with what lies in the ballot box, and who was invited with what the mail server took.
"""

import argparse
import contextlib
import http.client
import json
import os
import random
import signal
import sys
import time
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.bot_flood import KEY, QUESTIONS, filled_in
from benchmarks.running_portal import SURVEY
from tests.dispatch.faults import START_SECONDS, Report, Stage
from tests.dispatch.own_services import Postgres, Redis, free_port, wait_for_port
from tests.panels.wave_run import Run

WEBS = 2
AT_ONCE = 16
READS_SECONDS = 2.2
PATIENCE_SECONDS = 600
SETTINGS = {"CX_TRUSTED_PROXIES": "1", "CX_BASE_URL": "http://localhost"}
TELL = """
import json, sys
from pathlib import Path
import django
django.setup()
def told(**facts):
    Path(sys.argv[1]).write_text(json.dumps(facts))
"""
IN_THE_BOX = """
from surveys.models import HeldSubmission, Submission
told(names=[text for model in (Submission, HeldSubmission) for content in model.objects.values_list("content", flat=True)
    for _question, text in content["texts"]])
"""


class Scaled(Run):
    def __init__(self, stage: Stage, redis: Redis, postgres: Postgres) -> None:
        super().__init__(stage, redis)
        self.redis, self.postgres = redis, postgres
        stage.environment |= SETTINGS
        stage.run("manage.py", "collectstatic", "--noinput", "-v0")
        self.ports = [free_port() for _each in range(WEBS)]

    def told(self, code: str) -> dict:
        file = self.stage.folder / "told"
        self.stage.run("-c", TELL + code, str(file))
        return json.loads(file.read_text())

    def start_webs(self) -> None:
        self.webs = [self.start_web(port) for port in self.ports]
        for port in self.ports:
            wait_for_port(port, START_SECONDS)

    def start_web(self, port: int):
        options = [
            "--bind",
            f"127.0.0.1:{port}",
            "--worker-class",
            "gthread",
            "--threads",
            "4",
            "--timeout",
            "600",
        ]
        return self.stage.start("-m", "gunicorn", "cxportal.wsgi", *options, "--log-level", "critical")

    def kill_a_web(self) -> None:
        children = Path(f"/proc/{self.webs[0].pid}/task/{self.webs[0].pid}/children").read_text().split()
        for pid in [self.webs[0].pid, *map(int, children)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.webs[0].wait()
        self.webs[0] = self.start_web(self.ports[0])

    def kill_the_broker(self) -> None:
        self.redis.kill()
        self.redis.start()

    def kill_the_database(self) -> None:
        self.postgres.stop("immediate")
        self.postgres.start()

    def kill_one_of_each(self, pause: float) -> None:
        for kill in (self.kill_a_web, self.kill_one, self.kill_the_broker, self.kill_the_database):
            time.sleep(pause)
            kill()
            self.kills += kill != self.kill_one  # which counts itself


def answer(ports: list[int], address: str, name: str) -> bool:
    """One person: a form from either process, sent to either until somebody says thank you."""
    rng = random.Random(name)
    until = time.monotonic() + PATIENCE_SECONDS
    key = None
    while key is None and time.monotonic() < until:
        key = KEY.search(_asked(rng.choice(ports), address, name))
    if key is None:
        return False
    time.sleep(READS_SECONDS)
    while time.monotonic() < until:
        page = _asked(rng.choice(ports), address, name, filled_in(key[1].decode(), name))
        if b"Your answers have arrived" in page:
            return True
    return False


def _asked(port: int, address: str, name: str, body: bytes = b"") -> bytes:
    number = int(name.rpartition(" ")[2])
    headers = {"X-Forwarded-For": f"10.{number // 60000}.{number // 250 % 250}.{number % 250}"}
    if body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    request = urllib.request.Request(
        f"http://localhost:{port}/en/s/{address}/answer/", data=body or None, headers=headers
    )
    try:
        with urllib.request.urlopen(request, timeout=120) as reply:
            return reply.read()
    except (OSError, http.client.HTTPException):  # killed, or not there yet
        time.sleep(0.5)
        return b""


def run(answers: int, invited: int, postgres: Postgres, *, pause: float = 4) -> Report:
    report = Report("one of each killed", answers + invited)
    began_at = time.monotonic()
    stage, redis = Stage(postgres, invited), Redis()
    try:
        scaled = Scaled(stage, redis, postgres)
        scaled.part("launch", invited)
        survey = scaled.told(SURVEY.format(questions=QUESTIONS, privacy="anonymous", digest="ab" * 32))
        scaled.start_webs()
        scaled.start_workers()
        names = [f"person {number}" for number in range(answers)]
        with ThreadPoolExecutor(AT_ONCE) as people:
            thanked = people.map(lambda name: answer(scaled.ports, survey["address"], name), names)
            scaled.kill_one_of_each(pause)
            was_thanked = dict(zip(names, thanked, strict=True))
        scaled.until(scaled.invitations_are_out, kill_every=1e9)
        compare(stage, scaled, was_thanked, report)
    except TimeoutError as error:
        report.broken.append(f"{error} {dict(stage.states())} {stage.output}")
    finally:
        report.seconds = time.monotonic() - began_at
        stage.close()
        redis.close()
    return report


def compare(stage: Stage, scaled: Scaled, was_thanked: dict[str, bool], report: Report) -> None:
    box = Counter(scaled.told(IN_THE_BOX)["names"])
    thanked = [name for name, was in was_thanked.items() if was]
    rows = stage.sql("SELECT message_id, state FROM dispatch_message WHERE purpose = 'invitation'")
    states, copies = Counter(state for _id, state in rows), Counter(taken[1] for taken in stage.taken())
    members = stage.sql("SELECT count(*) FROM panels_member WHERE opted_out_at IS NULL")[0][0]
    report.figures |= {
        "thanked": len(thanked),
        "in the box": sum(box.values()),
        **states,
        "kills": scaled.kills,
    }
    report.must(len(thanked) == len(was_thanked), "somebody was never thanked")
    report.must(all(box[name] for name in thanked), "an answer was lost after the thank-you page")
    report.must(max(box.values(), default=0) <= 1, "an answer counts twice")
    report.must(len(rows) == members, "somebody was not invited")
    report.must(set(states) <= {"accepted", "refused", "unknown"}, "a message did not come to its end")
    report.must(all(copies[pk] for pk, state in rows if state == "accepted"), "an invitation was lost")
    report.must(max(copies.values(), default=0) <= 1, "an invitation came twice")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--answers", type=int, default=300)
    options.add_argument("--invited", type=int, default=300)
    chosen = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    postgres = Postgres()
    try:
        report = run(chosen.answers, chosen.invited, postgres)
    finally:
        postgres.close()
    sys.stdout.write(report.line() + "\n")
    return int(bool(report.broken))


if __name__ == "__main__":
    sys.exit(main())
