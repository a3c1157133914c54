"""`manage.py serve`: web, worker and scheduler in one process, as `make run` starts them."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Portal:
    """One portal in a process group of its own, on a folder of its own."""

    def __init__(self, var: Path, port: int, demo_size: float = 0) -> None:
        self.var, self.port, self.demo_size = var, port, demo_size

    def command(self) -> tuple[list[str], dict[str, str]]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CX_")}
        environment |= {"CX_VAR": str(self.var), "CX_BASE_URL": f"http://localhost:{self.port}"}
        serve = [sys.executable, "manage.py", "serve", "--demo", "--demo-size", str(self.demo_size)]
        return [*serve, "--port", str(self.port)], environment

    def start(self) -> "Portal":
        command, environment = self.command()
        self.log = (self.var / "serve.log").open("w")
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=self.log, stderr=self.log, start_new_session=True
        )
        return self

    def refused(self) -> tuple[int, str]:
        command, environment = self.command()
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stderr.strip()

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def wait_until(self, path: str, status: int = 200, seconds: float = 90) -> str:
        last = None
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                last = self.get(path)
                if last[0] == status:
                    return last[1]
            except OSError as error:
                last = error
            time.sleep(0.2)
        raise AssertionError(f"{path} gave {last}; log: {(self.var / 'serve.log').read_text()[-2000:]}")

    def processes(self) -> list[int]:
        """Everything in the process group that is not yet buried."""
        alive = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == self.process.pid and fields[0] != "Z":
                alive.append(int(stat.parent.name))
        return sorted(alive)

    def wait_until_nothing_runs(self, seconds: float = 15) -> list[int]:
        until = time.monotonic() + seconds
        while self.processes() and time.monotonic() < until:
            self.process.poll()
            time.sleep(0.2)
        return self.processes()

    def stop(self) -> None:
        if self.process.poll() is None or self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        self.log.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for all: only the first start has everything to prepare."""
    return tmp_path_factory.mktemp("var")


@pytest.fixture
def portal(folder):
    portal = Portal(folder, free_port()).start()
    portal.wait_until("/healthz")
    yield portal
    portal.stop()


def test_the_portal_is_ready_with_worker_and_scheduler_and_stops_at_ctrl_c(portal):
    checks = json.loads(portal.wait_until("/readyz"))
    assert checks == {"database": "ok", "migrations": "ok", "broker": "ok", "worker": "ok"}
    os.killpg(portal.process.pid, signal.SIGINT)
    assert portal.process.wait(15) == 0
    assert portal.wait_until_nothing_runs() == []


@pytest.mark.parametrize("which", ["arbiter", "web"])
def test_kill_9_leaves_nothing_running_and_the_next_start_works(portal, which):
    arbiter, web = portal.processes()
    os.kill(arbiter if which == "arbiter" else web, signal.SIGKILL)
    assert portal.wait_until_nothing_runs() == []
    portal.stop()
    started = time.monotonic()
    portal.start()
    portal.wait_until("/healthz")
    assert time.monotonic() - started < 30  # the promise is 10 s on a machine that does nothing else


def test_a_taken_port_and_a_taken_folder_end_in_one_sentence(portal, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    code, sentence = Portal(elsewhere, portal.port).refused()
    assert code == 1
    assert (
        sentence
        == f"CommandError: Port {portal.port} is taken; choose another: PORT={portal.port + 1} make run"
    )
    code, sentence = Portal(portal.var, free_port()).refused()
    assert code == 1
    assert sentence.startswith(f"CommandError: A portal already runs on {portal.var}; stop it first")


def test_the_demo_is_filled_beside_the_server_and_ends_with_it(tmp_path_factory):
    portal = Portal(tmp_path_factory.mktemp("demo"), free_port(), demo_size=0.01).start()
    try:
        portal.wait_until("/healthz")
        until = time.monotonic() + 60
        while "Demo: 1 of" not in (log := (portal.var / "serve.log").read_text()):
            assert time.monotonic() < until, log[-2000:]
            time.sleep(0.2)
        assert len(portal.processes()) == 3
        os.killpg(portal.process.pid, signal.SIGINT)
        assert portal.process.wait(15) == 0
        assert portal.wait_until_nothing_runs() == []
    finally:
        portal.stop()
