"""Pictures and recordings that come beside a form: single files, or a ZIP archive of them. What they are is looked at later."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from surveys.interchange.formats import ENDINGS
from surveys.interchange.forms import Refused

MOST_BYTES = 60 * 1024 * 1024
MOST_FILES = 1000
BROKEN = (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, ValueError, EOFError)
"""What `zipfile` raises for archives that are cut off, locked or packed in a way of their own."""


def gathered(files: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """Name without folders -> content. Raises `Refused` for a broken archive, and for more than there is room for."""
    found: dict[str, bytes] = {}
    room = MOST_BYTES
    for name, content in files:
        if zipfile.is_zipfile(io.BytesIO(content)):
            unpacked = _unpacked(name, content, room)
        else:
            unpacked = {_last(name): content}
        room -= sum(map(len, unpacked.values()))
        found |= unpacked
        if room < 0 or len(found) > MOST_FILES:
            raise Refused(_too_much())
    return found


def form_apart(name: str, content: bytes) -> tuple[str, bytes, dict[str, bytes]]:
    """Name and content of the form, and what is packed beside it. Raises `Refused`.

    A file that is no archive, or is a workbook (an archive too), is the form itself.
    """
    if name.lower().endswith(ENDINGS):
        return name, content, {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            is_workbook = "[Content_Types].xml" in archive.namelist()
    except BROKEN:
        return name, content, {}
    if is_workbook:
        return name, content, {}
    files = _unpacked(name, content, MOST_BYTES)
    forms = [one for one in files if one.lower().endswith(ENDINGS) and not one.startswith((".", "~$"))]
    if len(forms) != 1:
        raise Refused(
            _("The archive “%(name)s” must hold one form (%(endings)s); it holds: %(forms)s.")
            % {"name": name[:100], "endings": ", ".join(ENDINGS), "forms": ", ".join(forms) or "–"}
        )
    return forms[0], files.pop(forms[0]), files


def packed(media: Mapping[str, bytes]) -> bytes:
    """All of them as one archive, to wait for a yes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in media.items():
            archive.writestr(name, content)
    return out.getvalue()


def _unpacked(name: str, content: bytes, room: int) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [part for part in archive.infolist() if not part.is_dir()]
            if len(parts) > MOST_FILES or sum(part.file_size for part in parts) > room:
                raise Refused(_too_much())
            return {_last(part.filename): archive.read(part) for part in parts}
    except Refused:
        raise
    except BROKEN as error:
        raise Refused(
            _("The archive “%(name)s” is damaged or locked. Pack it again.") % {"name": name[:100]}
        ) from error


def _last(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name[:200]


def _too_much() -> str:
    return _("Pictures and recordings take more than %(megabytes)d MB, or are more than %(count)d files.") % {
        "megabytes": MOST_BYTES // (1024 * 1024),
        "count": MOST_FILES,
    }
