"""Processes to be killed, forked from one that has Django ready: starting each of them anew takes two seconds.

with Nursery(work) as nursery:
    nursery.begin("argument")  # work("argument") runs in a process of its own
    nursery.kill()             # -9; False if it had ended
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import django
from django.db import connection, connections

ROOT = Path(__file__).resolve().parent.parent


class Nursery:
    """`work` is a function of a module; its arguments are what JSON can say. The database is that of the test."""

    def __init__(self, work: Callable[..., object]) -> None:
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                __name__,
                connection.settings_dict["NAME"],
                work.__module__,
                work.__name__,
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> "Nursery":
        return self

    def __exit__(self, *_error: object) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()
        self.errors.close()

    def begin(self, *arguments: object) -> None:
        """Returns when the work is about to begin."""
        self.process.stdin.write(f"{json.dumps(arguments)}\n")
        self.process.stdin.flush()
        said = self.process.stdout.readline()
        assert said, f"no process was started: {self.said()}"
        self.pid = int(said)

    def kill(self) -> bool:
        """Whether it was at work still. Returns when the database has nothing of it left to do."""
        os.kill(self.pid, signal.SIGKILL)  # until somebody has waited for it, the number is nobody else's
        was_at_work = self.end() == -signal.SIGKILL
        connections["default"].close()
        wait_for_its_last_commit()
        return was_at_work

    def end(self) -> int:
        """Wait for its end; its exit code, or the signal below zero."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def said(self) -> str:
        """What all of them have written to their error output."""
        self.errors.seek(0)
        return self.errors.read()


def wait_for_its_last_commit() -> None:
    """PostgreSQL's own process finishes what a killed one has sent; two counts must not lie on both sides of it."""
    until = time.monotonic() + 30
    while connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            if not cursor.fetchone()[0]:
                return
        assert time.monotonic() < until, "a process of the database is still at work"
        time.sleep(0.05)


def main(database: str, module: str, function: str) -> None:
    django.setup()
    connections["default"].settings_dict["NAME"] = database
    work = getattr(import_module(module), function)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            say(os.getpid())
            work(*json.loads(line))
            sys.exit(0)
        sys.stdin.readline()
        _pid, status = os.waitpid(child, 0)
        say(os.waitstatus_to_exitcode(status))


def say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    main(*sys.argv[1:])
