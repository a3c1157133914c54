"""A backup of the keys is one file, readable by its owner alone, to be deleted within `KEYS_BACKUP_DAYS`."""

import base64
import contextlib
import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from cxportal.keys import expected, store

FORMAT = 1


class BackupRefused(Exception):
    """Says in one sentence why nothing was written or restored."""


class Restored(NamedTuple):
    added: list[str]
    kept: list[str]
    destroyed: list[str]
    """In the backup, but destroyed since: not brought back."""


def write_backup(file: Path) -> int:
    """Returns how many keys the file holds. Never writes over an older backup."""
    keys = store.current()
    encoded = {name: base64.b64encode(store.key(name)).decode() for name in keys.names()}
    content = {
        "format": FORMAT,
        "made_on": timezone.localdate().isoformat(),
        "keys": encoded,
        "destroyed": {name: day.isoformat() for name, day in keys.tombstones().items()},
        "marks": keys.marks(),
    }
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise BackupRefused(f"{file} exists already; give each backup a name of its own.") from error
    except OSError as error:
        raise BackupRefused(f"{file} cannot be written: {error.strerror}.") from error
    with os.fdopen(descriptor, "w") as opened:
        json.dump(content, opened)
        opened.flush()
        os.fsync(opened.fileno())
    return len(encoded)


def delete_by() -> date:
    return timezone.localdate() + timedelta(days=settings.KEYS_BACKUP_DAYS)


def restore(file: Path, *, although_old: bool = False) -> Restored:
    """Add what is missing. Keys destroyed since the backup stay destroyed; keys that are here stay as they are.

    Afterwards messages are on hold until a person releases them: what the database calls queued may have been sent.
    """
    content = _read(file)
    age = timezone.localdate() - date.fromisoformat(content["made_on"])
    if age.days > settings.KEYS_BACKUP_DAYS and not although_old:
        raise BackupRefused(
            f"{file} is {age.days} days old and should have been deleted after {settings.KEYS_BACKUP_DAYS}:"
            " keys destroyed since would come back. Use --although-old only if every newer backup is lost."
        )
    keys = {name: base64.b64decode(key) for name, key in content["keys"].items()}
    _refuse_other_keys(keys)
    days = {
        name: date.fromisoformat(day) for name, day in content["destroyed"].items()
    } | expected.destroyed_days()
    for name, day in days.items():
        store.destroy(name, at=day)
    restored = Restored([], [], [])
    for name, key in sorted(keys.items()):
        if store.destroyed_on(name):
            restored.destroyed.append(name)
        elif store.exists(name):
            restored.kept.append(name)
        else:
            store.adopt(name, key)
            restored.added.append(name)
    for name, value in content["marks"].items():
        # ahead of a database of the same hour, which was most likely restored too
        store.write_mark(name, value + 1)
    return restored


def _read(file: Path) -> dict:
    try:
        content = json.loads(file.read_text())
    except FileNotFoundError as error:
        raise BackupRefused(f"There is no file {file}.") from error
    except (OSError, ValueError) as error:
        raise BackupRefused(f"{file} is no backup of keys.") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise BackupRefused(f"{file} is no backup of keys, or one of a newer version of the portal.")
    return content


def _refuse_other_keys(keys: dict[str, bytes]) -> None:
    for name, key in keys.items():
        with contextlib.suppress(store.KeyMissing):
            if store.key(name) != key:
                raise BackupRefused(
                    f"The key {name} here is another one than in the backup. Nothing was restored: find out first"
                    " which of the two the data were made with."
                )
