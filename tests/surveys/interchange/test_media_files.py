"""Pictures and recordings beside a form: what an archive may be."""

import io
import zipfile

import pytest

from surveys.interchange import media_files
from surveys.interchange.forms import Refused


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a/desk.png", bytes(range(256)) * 40)
    return out.getvalue()


def test_names_lose_their_folders():
    assert set(media_files.gathered([("forms.zip", archive())])) == {"desk.png"}


@pytest.mark.parametrize("at", range(45, 140, 5))
def test_an_archive_damaged_anywhere_is_refused_and_nothing_breaks(at):
    whole = archive()
    damaged = whole[:at] + bytes([255, 255, 255, 255]) + whole[at + 4 :]
    with pytest.raises(Refused, match="damaged"):
        media_files.gathered([("forms.zip", damaged)])
