"""Pages made once and filled in for each person: text with holes, compressed beforehand where nothing else changes."""

import re
import struct
import zlib
from collections.abc import Mapping

OPEN, CLOSE = "\x02", "\x03"
_HOLE = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"


def hole(name: str) -> str:
    return f"{OPEN}{name}{CLOSE}"


class Stencil:
    """Rendered text with named holes; a hole nobody fills stays empty."""

    def __init__(self, text: str):
        self._pieces = _HOLE.split(text)

    def filled(self, holes: Mapping[str, str]) -> str:
        pieces = self._pieces[:]
        pieces[1::2] = [holes.get(name, "") for name in self._pieces[1::2]]
        return "".join(pieces)

    def names(self) -> list[str]:
        return self._pieces[1::2]


class Packed:
    """A page with one hole, compressed on both sides of it: putting something in costs next to nothing.

    The pieces are deflated apart and flushed to whole bytes, so that they can be joined as they are.
    """

    def __init__(self, before: str, after: str):
        self._before, self._after = before.encode(), after.encode()
        self._before_deflated = deflated(self._before)
        self._after_deflated = deflated(self._after, is_last=True)
        self._crc_before = zlib.crc32(self._before)

    @classmethod
    def around(cls, text: str, name: str) -> "Packed":
        before, _mark, after = text.partition(hole(name))
        return cls(before, after)

    def plain(self, middle: str = "") -> bytes:
        return b"".join((self._before, middle.encode(), self._after))

    def gzipped(self, middle: str = "") -> bytes:
        inner = middle.encode()
        crc = zlib.crc32(self._after, zlib.crc32(inner, self._crc_before))
        length = len(self._before) + len(inner) + len(self._after)
        return b"".join(
            (
                _GZIP_HEAD,
                self._before_deflated,
                stored(inner),
                self._after_deflated,
                struct.pack("<LL", crc, length & 0xFFFFFFFF),
            )
        )


def stored(content: bytes) -> bytes:
    """As blocks that are not compressed: for a few bytes that is as short, and much faster."""
    size = 0xFFFF
    blocks = (content[start : start + size] for start in range(0, len(content), size))
    return b"".join(b"\x00" + struct.pack("<HH", len(block), len(block) ^ 0xFFFF) + block for block in blocks)


def deflated(content: bytes, *, is_last: bool = False) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(content) + compressor.flush(zlib.Z_FINISH if is_last else zlib.Z_FULL_FLUSH)
