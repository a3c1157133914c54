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
        """Whether it was at work still."""
        os.kill(self.pid, signal.SIGKILL)  # until somebody has waited for it, the number is nobody else's
        return self.end() == -signal.SIGKILL

    def end(self) -> int:
        """Wait for its end; its exit code, or the signal below zero."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def said(self) -> str:
        """What all of them have written to their error output."""
        self.errors.seek(0)
        return self.errors.read()


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
