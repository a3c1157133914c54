"""Compiles the catalogues of the interface; a bare machine has no msgfmt, so polib does it."""

from pathlib import Path

import polib
from django.conf import settings


class BrokenCatalogue(Exception):
    """Names file and line of what cannot be read."""


def compile_catalogues() -> int:
    """Write each .mo whose .po is newer. Returns how many were written."""
    written = 0
    for source in sorted(Path(settings.BASE_DIR).glob("locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        try:
            catalogue = polib.pofile(str(source), check_for_duplicates=True)
        except (OSError, ValueError, UnicodeDecodeError) as error:
            raise BrokenCatalogue(f"{source}: {error}") from error
        catalogue.save_as_mofile(str(target))
        written += 1
    return written
