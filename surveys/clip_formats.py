"""What a clip may be, told by its content: MP3, M4A and Ogg to hear, PNG, JPEG and WebP to see.

What cameras and recorders write into a file about place, time and person is taken out, without encoding it anew. Of
Ogg the tags stay: they cannot be cut out without changing the checksums of the stream.
"""

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _

LARGEST_BYTES = 1_000_000
LARGEST_SIDE = 4000
MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
}
PICTURES = ("png", "jpg", "webp")

PNG_HEAD = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD"}
PNG_KEPT |= {b"acTL", b"fcTL", b"fdAT"}
JPEG_KEPT_APPS = {0xE0, 0xE2, 0xEE}
"""JFIF, colour profile, Adobe's colour transform."""
AFTER_JPEG_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
WEBP_WITHOUT = {b"EXIF", b"XMP "}
WEBP_FLAGS_OF_THEM = 0x0C
M4A_BRANDS = {b"M4A ", b"M4B ", b"mp42", b"mp41", b"isom", b"iso2", b"iso5", b"iso6", b"dash"}
DEEPEST_BOX = 2
M4A_ABOUT_PEOPLE = {b"udta", b"meta", b"uuid"}
ORIENTATION = 0x0112


class BadClip(ValueError):
    """Says in one sentence why the file is not taken."""


class Checked(NamedTuple):
    extension: str
    content: bytes
    width: int | None = None
    height: int | None = None

    @property
    def is_picture(self) -> bool:
        return self.extension in PICTURES


def checked(content: bytes) -> Checked:
    """The file without what it tells about people. Raises BadClip."""
    if len(content) > LARGEST_BYTES:
        raise BadClip(
            _("The file has %(size)s kB; at most %(most)s kB are taken, so that it loads on a slow phone.")
            % {"size": len(content) // 1000 + 1, "most": LARGEST_BYTES // 1000}
        )
    try:
        found = _read(content)
    except (struct.error, IndexError, ValueError) as error:
        if isinstance(error, BadClip):
            raise
        raise BadClip(_("This file is damaged.")) from error
    if found is None:
        raise BadClip(
            _(
                "This is none of the kinds that are taken: MP3, M4A, Ogg for recordings, PNG, JPEG, WebP for pictures."
            )
        )
    if found.is_picture and not (
        0 < (found.width or 0) <= LARGEST_SIDE and 0 < (found.height or 0) <= LARGEST_SIDE
    ):
        raise BadClip(_("A picture may be at most %(most)s points wide and high.") % {"most": LARGEST_SIDE})
    return found


def _read(content: bytes) -> Checked | None:
    if content.startswith(PNG_HEAD):
        return _png(content)
    if content.startswith(b"\xff\xd8\xff"):
        return _jpeg(content)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _webp(content)
    if content.startswith(b"OggS"):
        return _ogg(content)
    if content[4:8] == b"ftyp":
        return _m4a(content)
    return _mp3(content)


# ---------- pictures ----------


def _png(content: bytes) -> Checked:
    kept, names = [PNG_HEAD], []
    width = height = 0
    place = len(PNG_HEAD)
    while place < len(content) and b"IEND" not in names:
        (length,) = struct.unpack_from(">I", content, place)
        name, whole = content[place + 4 : place + 8], content[place : place + 12 + length]
        if len(whole) < 12 + length:
            raise BadClip(_("This file is damaged."))
        if name == b"IHDR":
            width, height = struct.unpack_from(">II", whole, 8)
        if name in PNG_KEPT:
            kept.append(whole)
        names.append(name)
        place += 12 + length
    if names[:1] != [b"IHDR"] or b"IDAT" not in names or names[-1] != b"IEND":
        raise BadClip(_("This file is damaged."))
    return Checked("png", b"".join(kept), width, height)


def _jpeg(content: bytes) -> Checked:
    kept = [content[:2]]
    width = height = 0
    for marker, segment in _jpeg_segments(content):
        if marker == 0xE1 and segment[4:10] == b"Exif\0\0" and _lies_on_its_side(segment[10:]):
            raise BadClip(
                _("The picture is stored turned, as phones do. Open it, save it upright, and add it again.")
            )
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack_from(">HH", segment, 5)
        is_about_people = (0xE0 <= marker <= 0xEF and marker not in JPEG_KEPT_APPS) or marker == 0xFE
        if not is_about_people:
            kept.append(segment)
    if not width or not any(segment[:2] == b"\xff\xda" for segment in kept):
        raise BadClip(_("This file is damaged."))
    return Checked("jpg", b"".join(kept), width, height)


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and bytes of each segment up to the end of the picture; a scan together with its data."""
    place = 2
    while True:
        if content[place] != 0xFF:
            raise BadClip(_("This file is damaged."))
        marker = content[place + 1]
        if marker == 0xFF:  # fill
            place += 1
            continue
        if marker == 0xD9:
            yield marker, content[place : place + 2]
            return
        (length,) = struct.unpack_from(">H", content, place + 2)
        end = place + 2 + length
        if marker == 0xDA:
            following = AFTER_JPEG_SCAN.search(content, end)
            if following is None:
                raise BadClip(_("This file is damaged."))
            end = following.start()
        yield marker, content[place:end]
        place = end


def _lies_on_its_side(tiff: bytes) -> bool:
    order = "<" if tiff[:2] == b"II" else ">"
    (first,) = struct.unpack_from(f"{order}I", tiff, 4)
    (entries,) = struct.unpack_from(f"{order}H", tiff, first)
    for number in range(entries):
        tag, _kind, _count, value = struct.unpack_from(f"{order}HHIH", tiff, first + 2 + 12 * number)
        if tag == ORIENTATION:
            return value not in {0, 1}
    return False


def _webp(content: bytes) -> Checked:
    (length,) = struct.unpack_from("<I", content, 4)
    if length + 8 > len(content):
        raise BadClip(_("This file is damaged."))
    kept, size = [], None
    place = 12
    while place + 8 <= length + 8:
        name, (part,) = content[place : place + 4], struct.unpack_from("<I", content, place + 4)
        body = content[place + 8 : place + 8 + part]
        if name == b"VP8X":
            size = _three_bytes(body, 4) + 1, _three_bytes(body, 7) + 1
            body = bytes([body[0] & ~WEBP_FLAGS_OF_THEM]) + body[1:]
        elif name == b"VP8 " and size is None:
            width, height = struct.unpack_from("<HH", body, 6)
            size = width & 0x3FFF, height & 0x3FFF
        elif name == b"VP8L" and size is None:
            (bits,) = struct.unpack_from("<I", body, 1)
            size = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        if name not in WEBP_WITHOUT:
            kept.append(name + struct.pack("<I", part) + body + b"\0" * (part % 2))
        place += 8 + part + part % 2
    if size is None:
        raise BadClip(_("This file is damaged."))
    inside = b"WEBP" + b"".join(kept)
    return Checked("webp", b"RIFF" + struct.pack("<I", len(inside)) + inside, *size)


def _three_bytes(body: bytes, place: int) -> int:
    return int.from_bytes(body[place : place + 3], "little")


# ---------- recordings ----------


def _mp3(content: bytes) -> Checked | None:
    """Frames of MPEG layer III, without the tags before and after them."""
    start = 0
    while content[start : start + 3] == b"ID3":
        size = 0
        for part in content[start + 6 : start + 10]:
            size = size << 7 | part & 0x7F
        start += 10 + size
    end = len(content) - 128 if content[-128:-125] == b"TAG" else len(content)
    first = _frame_bytes(content, start)
    if not first or not _frame_bytes(content, start + first):
        return None
    return Checked("mp3", content[start:end])


def _frame_bytes(content: bytes, place: int) -> int:
    """Length of the frame at this place; 0 if there is none."""
    head = content[place : place + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate_index, sample_index, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer != 1 or rate_index in {0, 15} or sample_index == 3:
        return 0
    is_first = version == 3
    rates = (
        "32 40 48 56 64 80 96 112 128 160 192 224 256 320"
        if is_first
        else ("8 16 24 32 40 48 56 64 80 96 112 128 144 160")
    )
    rate = int(rates.split()[rate_index - 1]) * 1000
    sample = (44100, 48000, 32000)[sample_index] // {3: 1, 2: 2, 0: 4}[version]
    return (144 if is_first else 72) * rate // sample + padding


def _ogg(content: bytes) -> Checked | None:
    head = content[:200]
    is_sound = b"\x01vorbis" in head or b"OpusHead" in head
    has_picture = re.search(rb"theora|BBCD\0", head)
    return Checked("ogg", content) if is_sound and not has_picture else None


def _m4a(content: bytes) -> Checked | None:
    """Sound alone in a box of boxes. What names people is overwritten in its place, for the rest counts by place."""
    if content[8:12] not in M4A_BRANDS:
        return None
    clean = bytearray(content)
    names = list(_blank_boxes(clean, 0, len(clean)))
    if b"moov" not in names or b"mdat" not in names:
        raise BadClip(_("This file is damaged."))
    if re.search(rb"hdlr.{8}vide", content, re.S) or not re.search(rb"hdlr.{8}soun", content, re.S):
        return None
    return Checked("m4a", bytes(clean))


def _blank_boxes(clean: bytearray, place: int, end: int, depth: int = 0) -> Iterator[bytes]:
    while place + 8 <= end:
        size, name = struct.unpack_from(">I4s", clean, place)
        if size == 0:
            size = end - place
        if size < 8 or place + size > end:
            raise BadClip(_("This file is damaged."))
        if name in M4A_ABOUT_PEOPLE:
            clean[place + 4 : place + 8] = b"free"
            clean[place + 8 : place + size] = bytes(size - 8)
        elif name in {b"moov", b"trak"} and depth < DEEPEST_BOX:
            list(_blank_boxes(clean, place + 8, place + size, depth + 1))
        yield name
        place += size
