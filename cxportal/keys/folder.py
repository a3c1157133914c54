"""Keys as files of a folder that only the portal's own account may open (`CX_KEYS`)."""

import contextlib
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from django.utils import timezone

KEY, GONE, MARK = ".key", ".gone", ".mark"


class KeyFolderUnsafe(Exception):
    """Other accounts of the machine could read or replace the keys."""


class FolderStore:
    """`<name>.key` holds a key, `<name>.gone` the day it was destroyed, `<name>.mark` a counter."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.place = f"the folder {folder}"

    def read(self, name: str) -> bytes | None:
        if self._path(name, GONE).exists():
            return None
        return self._content(self._path(name, KEY))

    def add(self, name: str, key: bytes) -> None:
        self._make_folder()
        if not self._path(name, GONE).exists():
            self._link(name, KEY, key)
        # destroyed between the question and the link: the tombstone wins
        if self._path(name, GONE).exists():
            self._wipe(self._path(name, KEY))

    def destroy(self, name: str, on: date) -> None:
        self._make_folder()
        # the tombstone first: from now on the key counts as gone, whatever happens to this process
        self._link(name, GONE, on.isoformat().encode())
        self._wipe(self._path(name, KEY))

    def destroyed_on(self, name: str) -> date | None:
        content = self._content(self._path(name, GONE))
        return date.fromisoformat(content.decode()) if content else None

    def names(self) -> list[str]:
        return sorted(set(self._names_with(KEY)) - set(self._names_with(GONE)))

    def made_on(self, name: str) -> date | None:
        try:
            changed_at = self._path(name, KEY).stat().st_mtime
        except FileNotFoundError:
            return None
        return timezone.localdate(datetime.fromtimestamp(changed_at, UTC))

    def tombstones(self) -> dict[str, date]:
        days = {name: self.destroyed_on(name) for name in self._names_with(GONE)}
        return {name: day for name, day in sorted(days.items()) if day}

    def read_mark(self, name: str) -> int | None:
        content = self._content(self._path(name, MARK))
        return int(content) if content else None

    def raise_mark(self, name: str, value: int) -> None:
        self._make_folder()
        with self._locked():
            before = self.read_mark(name)
            if before is not None and before >= value:
                return
            temporary = self._temporary(str(value).encode())
            temporary.replace(self._path(name, MARK))

    def marks(self) -> dict[str, int]:
        values = {name: self.read_mark(name) for name in self._names_with(MARK)}
        return {name: value for name, value in sorted(values.items()) if value is not None}

    def _path(self, name: str, ending: str) -> Path:
        return self.folder / (name.replace(":", "=") + ending)

    def _names_with(self, ending: str) -> list[str]:
        if not self.folder.exists():
            return []
        self._refuse_if_unsafe()
        return [path.name.removesuffix(ending).replace("=", ":") for path in self.folder.glob(f"*{ending}")]

    def _content(self, path: Path) -> bytes | None:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        self._refuse_if_unsafe()
        return content

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._refuse_if_unsafe()

    def _refuse_if_unsafe(self) -> None:
        if stat.S_IMODE(self.folder.stat().st_mode) & 0o077:
            raise KeyFolderUnsafe(
                f"Other accounts can open the folder of keys: run `chmod 700 {self.folder}` and start again."
            )
        above = self.folder.parent.stat().st_mode
        if above & stat.S_IWOTH and not above & stat.S_ISVTX:
            raise KeyFolderUnsafe(
                f"Any account can replace the folder of keys: run `chmod o-w {self.folder.parent}` and start again."
            )

    def _temporary(self, content: bytes) -> Path:
        path = self.folder / f".{secrets.token_hex(8)}"
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            os.write(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return path

    def _link(self, name: str, ending: str, content: bytes) -> None:
        """Complete or not at all, and never over what is there: two processes end up with one file."""
        temporary = self._temporary(content)
        with contextlib.suppress(FileExistsError):
            os.link(temporary, self._path(name, ending))
        temporary.unlink()
        self._sync_folder()

    def _wipe(self, path: Path) -> None:
        # The overwriting helps on plain disks; on flash and copy-on-write file systems the unlinking has to do.
        try:
            with path.open("r+b") as file:
                file.write(secrets.token_bytes(path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        except FileNotFoundError:
            return  # another process was faster
        self._sync_folder()

    def _sync_folder(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self.folder / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
