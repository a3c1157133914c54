"""The mailbox to which other mail servers send their reports: read over IMAP, never emptied."""

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, Self
from urllib.parse import unquote, urlsplit

from cxportal.dispatch.report_reading import LARGEST_REPORT_BYTES

REPORTS_AT_A_TIME = 500
TIMEOUT_SECONDS = 30


class Mailbox(NamedTuple):
    host: str
    port: int
    is_tls: bool
    user: str
    password: str
    folder: str

    @classmethod
    def from_url(cls, url: str) -> Self:
        """`imaps://user:password@host/INBOX`; `imap://` only for a server on the same machine."""
        parts = urlsplit(url)
        is_tls = parts.scheme == "imaps"
        if parts.scheme not in {"imaps", "imap"} or not parts.hostname or not parts.username:
            raise ValueError("CX_BOUNCE_URL must look like imaps://user:password@host/INBOX.")
        if not is_tls and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError(
                "CX_BOUNCE_URL must begin with imaps:// unless the mail server is on this machine."
            )
        return cls(
            host=parts.hostname,
            port=parts.port or (993 if is_tls else 143),
            is_tls=is_tls,
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
        )


def unread_reports(mailbox: Mailbox) -> Iterator[bytes]:
    """The unread reports; each is marked as read once the caller is done with it and asks for the next.

    Letters of people and auto-replies are not even fetched: they stay unread for whoever looks after the mailbox.
    """
    with _signed_in(mailbox) as connection:
        _, found = connection.uid("SEARCH", "UNSEEN", "HEADER", "Content-Type", "multipart/report")
        for uid in (found[0] or b"").split()[:REPORTS_AT_A_TIME]:
            _, answer = connection.uid("FETCH", uid.decode(), f"(BODY.PEEK[]<0.{LARGEST_REPORT_BYTES}>)")
            for item in answer:
                if isinstance(item, tuple):
                    yield item[1]
            connection.uid("STORE", uid.decode(), "+FLAGS.SILENT", r"(\Seen)")


@contextmanager
def _signed_in(mailbox: Mailbox) -> Iterator[imaplib.IMAP4]:
    connection = _connect(mailbox)
    try:
        connection.login(mailbox.user, mailbox.password)
        status, _ = connection.select(f'"{mailbox.folder}"')
        if status != "OK":
            raise imaplib.IMAP4.error("The folder named in CX_BOUNCE_URL does not exist.")
        yield connection
    finally:
        connection.shutdown()


def _connect(mailbox: Mailbox) -> imaplib.IMAP4:
    if mailbox.is_tls:
        context = ssl.create_default_context()
        return imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=context, timeout=TIMEOUT_SECONDS)
    return imaplib.IMAP4(mailbox.host, mailbox.port, timeout=TIMEOUT_SECONDS)
