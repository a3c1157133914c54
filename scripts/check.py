"""`make check`: every fast check, one after the other; all are run even if one fails."""

import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
APPS = ["organisation", "dispatch", "keys", "portal", "surveys", "panels", "feedback", "actions"]
PRODUCTION = {
    "CX_PRODUCTION": "1",
    "CX_SECRET_KEY": secrets.token_urlsafe(64),
    "CX_BASE_URL": "https://cx.example.org",
    "CX_REDIS_URL": "redis://127.0.0.1:6379/0",
    "CX_VAR": str(ROOT / "var" / "check"),
}


def run(*command: str | Path, **variables: str) -> bool:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        print(done.stdout[-6000:])
    return done.returncode == 0


def manage(*arguments: str, **variables: str) -> bool:
    return run(BIN / "python", "-W", "error", "manage.py", *arguments, **variables)


def requirements_name_no_host() -> bool:
    named = [
        f"{path.name}:{number}: {line}"
        for path in sorted((ROOT / "requirements").glob("*.txt"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"://|--index|--find-links", line)
    ]
    print("\n".join(named[:5]), end="")
    return not named


CHECKS: dict[str, Callable[[], bool]] = {
    "lint": lambda: run(BIN / "ruff", "check", "."),
    "format": lambda: run(BIN / "ruff", "format", "--check", "."),
    "doors between the rooms": lambda: run(BIN / "lint-imports"),
    "templates": lambda: run(
        BIN / "djlint", "cxportal", "surveys", "panels", "feedback", "actions", "--lint"
    ),
    "types": lambda: run(BIN / "mypy", "cxportal", "surveys", "panels", "feedback", "actions"),
    "no migration is missing": lambda: manage("makemigrations", "--check", "--dry-run"),
    "migrations do no harm": lambda: manage(
        "lintmigrations",
        *("--settings", "tests.settings_of_linter", "--no-cache"),
        # SQLite writes tables anew to change them, which looks like a column that may not be empty or a new unique index
        *("--exclude-migration-tests", "NOT_NULL", "ADD_UNIQUE", "--include-apps", *APPS),
    ),
    "catalogues compile": lambda: manage("compile_catalogues"),
    "check --deploy": lambda: manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION),
    "requirements name no host": requirements_name_no_host,
    "house rules": lambda: run(
        BIN / "python", "-m", "pytest", "-q", "tests/test_house_rules.py", "-p", "no:randomly"
    ),
}


def main() -> int:
    failed = []
    begun = time.monotonic()
    for name, check in CHECKS.items():
        started = time.monotonic()
        good = check()
        print(f"{'ok  ' if good else 'FAIL'} {name} ({time.monotonic() - started:.1f} s)", flush=True)
        if not good:
            failed.append(name)
    print(f"{len(CHECKS) - len(failed)} passed, {len(failed)} failed  in {time.monotonic() - begun:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
