"""`make test`: everything on the embedded way; beside it what depends on database or queue on PostgreSQL and Redis.

The two runs share nothing but the processor; the second is printed when the first has ended. CX_REQUIRE_SERVICES=1 and CX_REQUIRE_BROWSER=1 turn what is missing into a failure. More arguments go to pytest.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import psycopg
import redis

ROOT = Path(__file__).resolve().parent.parent
DATABASE_URL = os.environ.get("CX_TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/cxportal")
REDIS_URL = os.environ.get("CX_TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
NOTHING_TO_RUN = 5
PROCESSES = (os.cpu_count() or 1) + 1  # tests wait for a browser or a worker a third of their time
ON_EVERY_CORE = ("-n", str(PROCESSES), "--dist", "worksteal", "--durations", "40")


def services_answer() -> bool:
    try:
        with psycopg.connect(DATABASE_URL.rpartition("/")[0] + "/postgres", connect_timeout=3):
            pass
        return bool(redis.Redis.from_url(REDIS_URL, socket_connect_timeout=3).ping())
    except (psycopg.Error, redis.RedisError):
        return False


def pytest(*arguments: str, output: IO[str] | None = None, **variables: str) -> subprocess.Popen:
    """Begins a run. With `output` it is silent and writes there."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CX_")}
    required = {
        name: os.environ[name] for name in ("CX_REQUIRE_SERVICES", "CX_REQUIRE_BROWSER") if name in os.environ
    }
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT,
        env=environment | required | variables,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
    )


def on_services(marks: str, more: Sequence[str], output: IO[str]) -> subprocess.Popen:
    return pytest(
        *("-m", marks, "-p", "no:cacheprovider", *more),
        output=output,
        CX_DATABASE_URL=DATABASE_URL,
        CX_REDIS_URL=REDIS_URL,
        CX_PRODUCTION="0",
        CX_VAR=str(ROOT / "var" / "tests-on-services"),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="only the full-size runs")
    options, more = parser.parse_known_args()
    services = services_answer()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    print(
        f"Ways to run: embedded (SQLite, in memory): yes; services (PostgreSQL, Redis): {'yes' if services else 'no'};"
        f" browser (Chromium): {'yes' if chromium else 'no, apt-get install -y chromium'}",
        flush=True,
    )
    if not services and os.environ.get("CX_REQUIRE_SERVICES") == "1":
        print("CX_REQUIRE_SERVICES=1, but PostgreSQL and Redis do not both answer.", file=sys.stderr)
        return 1
    if not chromium and os.environ.get("CX_REQUIRE_BROWSER") == "1":
        print("CX_REQUIRE_BROWSER=1, but there is no Chromium: apt-get install -y chromium", file=sys.stderr)
        return 1
    subprocess.run([sys.executable, "manage.py", "compile_catalogues"], cwd=ROOT, check=True)
    with tempfile.TemporaryFile("w+") as output:
        marks = "services and long" if options.long else "services and not browser"
        second = on_services(marks, more, output) if services else None
        size = ("-m", "long") if options.long else ON_EVERY_CORE
        failed = pytest(*size, *more).wait()
        if second:
            failed_there = second.wait()
            output.seek(0)
            print("On PostgreSQL and Redis:", output.read(), sep="\n", flush=True)
            failed = failed or (0 if failed_there == NOTHING_TO_RUN else failed_there)
    return failed


if __name__ == "__main__":
    sys.exit(main())
