"""Brings database, catalogues and static files up to date; what is unchanged since the last time is left alone."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from cxportal.portal.catalogues import compile_catalogues


def prepare(say: Callable[[str], None]) -> None:
    say("Bringing the database up to date ...")
    call_command("migrate", verbosity=0, interactive=False)
    if settings.KEYS_FOLDER and "keys" in settings.DATABASES:
        call_command("migrate", database="keys", verbosity=0, interactive=False)
    if compile_catalogues():
        say("Translations are compiled.")
    if collect_static_files():
        say("Style sheets and pictures are collected.")


def collect_static_files() -> bool:
    """Collect and compress them unless name, size and time of every file are as they were."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    state = _state_of_static_files()
    if stamp.exists() and stamp.read_text() == state:
        return False
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(state)
    return True


def _state_of_static_files() -> str:
    state = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list(["CVS", ".*", "*~"]):
            file = Path(storage.path(path)).stat()
            state.update(f"{path} {file.st_size} {file.st_mtime_ns}\n".encode())
    return state.hexdigest()
