"""A portal of its own for a benchmark: gunicorn as in production, on PostgreSQL and Redis or the embedded way.

Used by the other scripts here. PostgreSQL and Redis are those of CX_TEST_DATABASE_URL and CX_TEST_REDIS_URL, or the
usual local ones; the database is made, and dropped at the end.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

import psycopg

ROOT = Path(__file__).resolve().parent.parent
SERVER = os.environ.get("CX_TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/x").rpartition("/")[0]
REDIS = os.environ.get("CX_TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
PREAMBLE = """
import json, sys
sys.path.insert(0, {root!r})
import django
django.setup()
def told(**facts):
    print(json.dumps(facts))
"""
SURVEY = """
from cxportal.organisation.models import Language
from surveys.models import Wave
from surveys.publishing import content_of
from surveys.waves import open_wave
from tests.factories import CollectorFactory, PartFactory, QuestionFactory, VersionFactory
for position, code in enumerate(["en", "ar"]):
    row = {{"is_offered": True, "position": position, "decision": "A benchmark"}}
    Language.objects.update_or_create(code=code, defaults=row)
def in_both(node):
    if isinstance(node, list):
        return [in_both(one) for one in node]
    if not isinstance(node, dict):
        return node
    if node.keys() == {{"en"}}:
        return {{"en": node["en"], "ar": "\u0646\u0635 " + node["en"]}}
    return {{key: in_both(one) for key, one in node.items()}}
version = VersionFactory(content={{}}, survey__code="bench")
part = PartFactory(survey=version.survey)
for number in range({questions} - 1):
    QuestionFactory(part=part, code=f"q{{number}}")
QuestionFactory(part=part, code="city", kind="short_text", standard_scale="")
version.content = in_both(content_of(version.survey))
version.digest = "{digest}"
version.save()
wave = Wave.objects.create(survey=version.survey, version=version, code="bench", name="Bench",
    privacy="{privacy}", languages=["en", "ar"])
way = CollectorFactory(wave=wave)
open_wave(wave=wave, by=None)
told(address=way.address, collector=way.pk, wave=wave.pk)
"""


class RunningPortal:
    def __init__(self, *, services: bool, port: int, workers: int = 2, threads: int = 4) -> None:
        self.services, self.port, self.workers, self.threads = services, port, workers, threads
        self.var = Path(tempfile.mkdtemp(prefix="cx-bench-"))
        self.database = f"respond_bench_{secrets.token_hex(3)}"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("CX_")}
        self.environment |= {
            "CX_VAR": str(self.var),
            "CX_BASE_URL": f"http://localhost:{port}",
            "CX_TRUSTED_PROXIES": "1",
            "CX_SECRET_KEY": secrets.token_urlsafe(64),
            "DJANGO_SETTINGS_MODULE": "cxportal.settings",
        }
        if services:
            self.environment |= {
                "CX_DATABASE_URL": f"{SERVER}/{self.database}",
                "CX_REDIS_URL": REDIS,
                "CX_PRODUCTION": "0",
            }

    def __enter__(self) -> Self:
        if self.services:
            self._on_the_server(f"CREATE DATABASE {self.database}")
            for command in ("migrate", "compile_catalogues", "collectstatic"):
                self.manage(command, *(["--noinput"] if command != "compile_catalogues" else []))
        self._start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop()
        if self.services:
            self._on_the_server(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")
        shutil.rmtree(self.var, ignore_errors=True)

    def _on_the_server(self, statement: str) -> None:
        with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def manage(self, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def _start(self, module: str = "") -> None:
        command = [sys.executable, "manage.py", "serve", "--port", str(self.port)]
        if self.services or module:
            command = [sys.executable, "-m", "gunicorn", module or "cxportal.wsgi"]
            command += ["--bind", f"127.0.0.1:{self.port}", "--pythonpath", str(self.var)]
            command += ["--worker-class", "gthread", "--log-level", "warning", "--no-control-socket"]
            command += ["--workers", str(self.workers), "--threads", str(self.threads)]
        self.log = (self.var / "server.log").open("w")
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=self.log, stderr=self.log, start_new_session=True
        )
        self._wait()

    def _stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def restart(self, module: str) -> None:
        """Plain gunicorn on a module in the portal's folder, also on the embedded way: no worker beside it."""
        self._stop()
        self._start(module)

    def _wait(self) -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"http://localhost:{self.port}/healthz", timeout=5).read()
                return
            except (urllib.error.URLError, OSError):
                if self.process.poll() is not None:
                    break
                time.sleep(0.3)
        raise SystemExit((self.var / "server.log").read_text()[-3000:])

    def do(self, code: str) -> dict[str, Any]:
        """Run Python on the portal's data; what it says with `told(name=value)` comes back."""
        done = subprocess.run(
            [sys.executable, "-c", PREAMBLE.format(root=str(ROOT)) + code],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(done.stderr[-3000:])
        return json.loads(done.stdout.strip().splitlines()[-1])

    def with_survey(self, *, questions: int = 12, privacy: str = "anonymous") -> dict[str, Any]:
        """An open wave with an open link; the last question is a short text "city", the others are ratings."""
        digest = secrets.token_hex(32)
        return self.do(SURVEY.format(questions=questions, privacy=privacy, digest=digest))

    # ----- CPU time -----

    def cpu_seconds(self) -> dict[str, float]:
        """CPU time so far of the web processes, and of the database processes that serve them."""
        web = sum(cpu_of(pid) for pid in self._tree(self.process.pid))
        return {"web": web, "database": sum(cpu_of(pid) for pid in self._backends())}

    def _tree(self, pid: int) -> list[int]:
        children = Path(f"/proc/{pid}/task/{pid}/children")
        pids = [int(child) for child in children.read_text().split()] if children.exists() else []
        return [pid, *(one for child in pids for one in self._tree(child))]

    def _backends(self) -> list[int]:
        if not self.services:
            return []
        with psycopg.connect(f"{SERVER}/postgres") as connection:
            rows = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = %s", [self.database]
            ).fetchall()
        return [pid for (pid,) in rows]


def cpu_of(pid: int) -> float:
    """utime + stime in seconds; 0 for a process that is gone or belongs to another machine."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_of_backend(connection: Any) -> float:
    """CPU seconds so far of the PostgreSQL process that serves this connection; on SQLite there is none."""
    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cpu_of(cursor.fetchone()[0])


def cpu_here_and_there(connection: Any) -> float:
    """CPU seconds so far of this process and of the database process that serves it."""
    return time.process_time() + cpu_of_backend(connection)


def machine() -> str:
    """What the figures were measured on."""
    memory = next(
        line.split()[1] for line in Path("/proc/meminfo").read_text().splitlines() if "MemTotal" in line
    )
    load = os.getloadavg()
    return (
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {int(memory) / 1024**2:.0f} GB,"
        f" Python {sys.version.split()[0]}, load {load[0]:.1f}"
    )
