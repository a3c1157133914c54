"""A rendered message as the bytes of a mail. Every header is one line of ours: nothing in data can begin another."""

import binascii
import re
from email.header import Header
from email.utils import formataddr, formatdate
from typing import NamedTuple

from cxportal.dispatch.models import Message
from cxportal.dispatch.rendering import Rendered

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
LONGEST_PLAIN_HEADER = 900
SOFT_BREAK = b"=\r\n"  # of a line in quoted-printable


class HeaderNotPossible(ValueError):
    """A header would have spilled into another line."""


class Segment(NamedTuple):
    """Part of a mail; one in base64 is held as it was before."""

    content: bytes
    is_base64: bool = False

    def written(self) -> bytes:
        return _base64_lines(self.content) if self.is_base64 else self.content


def mail_bytes(message: Message, rendered: Rendered, *, sender: str, date: str | None = None) -> bytes:
    """Complete mail with CRLF line ends, before dot-stuffing."""
    parts = segments(message, rendered, sender=sender, date=date or mail_date())
    return b"".join(segment.written() for segment in parts)


def mail_date() -> str:
    return formatdate(usegmt=True)


def segments(message: Message, rendered: Rendered, *, sender: str, date: str) -> list[Segment]:
    boundary = f"=_cx_{message.message_id.strip('<>').partition('@')[0]}"
    headers = {
        "From": sender,
        "To": message.address,
        "Subject": encoded_header("Subject", rendered.subject),
        "Date": date,
        "Message-ID": message.message_id,
        **{name: encoded_header(name, value) for name, value in rendered.headers.items()},
        "MIME-Version": "1.0",
    }
    plain = _part("plain", rendered.text)
    if not rendered.html:
        return [Segment(_lines(headers)), *plain]
    headers["Content-Type"] = f'multipart/alternative; boundary="{boundary}"'
    edge = Segment(f"--{boundary}\r\n".encode())
    line_end = Segment(b"\r\n")
    return [
        Segment(_lines(headers)),
        *(line_end, edge, *plain),
        *(line_end, edge, *_part("html", rendered.html)),
        *(line_end, Segment(f"--{boundary}--\r\n".encode())),
    ]


def sender_header(name: str, address: str) -> str:
    return formataddr((CONTROL.sub(" ", name), address))


def encoded_header(name: str, value: str) -> str:
    if CONTROL.search(value) or not HEADER_NAME.fullmatch(name):
        raise HeaderNotPossible(f"The header {name[:40]!r} has a control character in it.")
    if value.isascii() and len(value) < LONGEST_PLAIN_HEADER and "=?" not in value:
        return value
    return Header(value, "utf-8", header_name=name).encode(linesep="\r\n")


def dot_stuffed(mail: bytes) -> bytes:
    stuffed = mail.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def _lines(headers: dict[str, str]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()


def _part(kind: str, text: str) -> list[Segment]:
    head = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: '
    raw = text.encode()
    if len(raw) * 2 > len(text) * 3:  # mostly letters beyond ASCII: quoted-printable would treble them
        return [Segment(f"{head}base64\r\n\r\n".encode()), Segment(raw, is_base64=True)]
    return [Segment(f"{head}quoted-printable\r\n\r\n".encode() + _quoted(raw))]


def _quoted(raw: bytes) -> bytes:
    encoded = binascii.b2a_qp(raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), istext=True)
    return encoded.replace(b"\n", b"\r\n") + b"\r\n"


def _base64_lines(raw: bytes) -> bytes:
    encoded = binascii.b2a_base64(raw, newline=False)
    return b"".join(encoded[at : at + 76] + b"\r\n" for at in range(0, len(encoded), 76))
