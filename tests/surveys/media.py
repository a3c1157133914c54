"""Small pictures and recordings, as cameras and recorders make them: with notes about place and person."""

import struct
import zlib

SECRET = b"Taken by Aino at 60.17 N 24.94 E"


def png(width: int = 12, height: int = 8) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _row in range(height)))
    notes = chunk(b"tEXt", b"Author\0" + SECRET)
    return b"\x89PNG\r\n\x1a\n" + head + notes + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg(width: int = 12, height: int = 8, *, orientation: int = 1) -> bytes:
    def segment(marker: int, body: bytes) -> bytes:
        return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body

    tiff = b"MM\0*" + struct.pack(">I", 8) + struct.pack(">HHHIHH", 1, 0x0112, 3, 1, orientation, 0)
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return b"".join(
        [
            b"\xff\xd8",
            segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            segment(0xE1, b"Exif\0\0" + tiff + SECRET),
            segment(0xFE, SECRET),
            segment(0xC0, frame),
            segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd0\x56",
            b"\xff\xd9",
            SECRET,  # a film behind the picture, as some phones add
        ]
    )


def webp(width: int = 12, height: int = 8) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)

    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    bits = struct.pack("<I", (width - 1) | (height - 1) << 14)
    body = chunk(b"VP8X", b"\x0c\0\0\0" + canvas) + chunk(b"VP8L", b"\x2f" + bits) + chunk(b"EXIF", SECRET)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def mp3(frames: int = 3) -> bytes:
    """MPEG 1 layer III, 32 kbit/s at 44.1 kHz: frames of 104 bytes."""
    tag = b"ID3\x04\0\0" + bytes([0, 0, 0, len(SECRET)]) + SECRET
    return tag + (b"\xff\xfb\x10\xc4" + bytes(100)) * frames + b"TAG" + SECRET.ljust(125, b"\0")


def ogg() -> bytes:
    return b"OggS\0\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01" + bytes(50)


def m4a(handler: bytes = b"soun") -> bytes:
    def box(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body) + 8) + name + body

    track = box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + handler + bytes(12))))
    about = box(b"udta", box(b"\xa9xyz", SECRET))
    return box(b"ftyp", b"M4A \0\0\0\0") + box(b"moov", track + about) + box(b"mdat", bytes(64))
