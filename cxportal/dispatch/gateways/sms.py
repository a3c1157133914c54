"""Text messages by any gateway that takes one HTTP request for each: address, headers and body come from settings.

The message's own reference goes along, so that a gateway that knows it already does not send it again.
"""

import http.client
import json
import re
import select
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import quote_plus, urlsplit

from django.conf import settings

from cxportal.dispatch.gateways.base import Gateway, Outcome
from cxportal.dispatch.models import Message, Reason
from cxportal.dispatch.rendering import render

TIMEOUT_SECONDS = 20
LARGEST_ANSWER_BYTES = 4096
PLACEHOLDER = re.compile(r"\{(to|text|reference)\}")
LINE_ERRORS = (OSError, http.client.HTTPException)
# The gateway does not know us or is not there: no verdict on this message, and the next will fare the same.
ABOUT_US = {401, 402, 403, 404, 405, 415}
COME_AGAIN = {408, 425, 429, 500, 503}
# Somebody between us and the gateway lost its answer.
NOBODY_KNOWS = {502, 504}


@dataclass(frozen=True)
class SmsService:
    """Where and how: `body` is a text with the places {to}, {text} and {reference}."""

    url: str
    body: str
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_settings(cls) -> Self:
        return cls(url=settings.SMS_URL, body=settings.SMS_BODY, headers=settings.SMS_HEADERS)

    @property
    def content_type(self) -> str:
        given = {name.lower(): value for name, value in self.headers.items()}
        return given.get("content-type", "application/json")

    def request_body(self, *, to: str, text: str, reference: str) -> bytes:
        """The values are quoted as the content type asks, so that a text cannot add a field of its own."""
        quote = self._quote
        values = {"to": to, "text": text, "reference": reference}
        return PLACEHOLDER.sub(lambda place: quote(values[place[1]]), self.body).encode()

    def _quote(self, value: str) -> str:
        if "json" in self.content_type:
            return json.dumps(value, ensure_ascii=False)[1:-1]
        if "urlencoded" in self.content_type:
            return quote_plus(value)
        return re.sub(r"[\r\n]+", " ", value)


class SmsGateway(Gateway):
    """One kept-open connection; the fence sits between the headers of the request and its body."""

    def __init__(self, service: SmsService | None = None) -> None:
        self.service = service or SmsService.from_settings()
        self._parts = urlsplit(self.service.url)
        self._connection: http.client.HTTPConnection | None = None

    def hand_over(self, message: Message, fence: Callable[[], bool]) -> Outcome:
        text = render(message).text
        body = self.service.request_body(to=message.address, text=text, reference=reference_of(message))
        try:
            connection = self._announced(len(body), reference_of(message))
        except LINE_ERRORS as error:
            self.close()
            return Outcome.not_tried(type(error).__name__)
        if not fence():
            self.close()  # the gateway drops the request whose body never came
            return Outcome.withheld()
        try:
            connection.send(body)
            answer = connection.getresponse()
            said = answer.read(LARGEST_ANSWER_BYTES).decode("utf-8", "replace")
        except LINE_ERRORS as error:
            self.close()
            return Outcome.unknown(type(error).__name__)
        if answer.will_close or not answer.isclosed():
            self.close()
        return verdict(answer.status, said)

    def close(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    def _announced(self, length: int, reference: str) -> http.client.HTTPConnection:
        """Send the head of the request; a connection the gateway has closed meanwhile is opened anew, once."""
        if self._connection and self._is_stale(self._connection):
            self.close()
        if self._connection is None:
            self._connection = self._connect()
        path = self._parts.path or "/"
        self._connection.putrequest("POST", f"{path}?{self._parts.query}" if self._parts.query else path)
        headers = {"Content-Type": self.service.content_type, "Idempotency-Key": reference}
        for name, value in (headers | self.service.headers | {"Content-Length": str(length)}).items():
            self._connection.putheader(name, value)
        self._connection.endheaders()
        return self._connection

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        connection: http.client.HTTPConnection
        if self._parts.scheme == "https":
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS, context=context)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    @staticmethod
    def _is_stale(connection: http.client.HTTPConnection) -> bool:
        """Something to read before anything was asked: the other side has hung up."""
        if connection.sock is None:
            return True
        poll = select.poll()
        poll.register(connection.sock, select.POLLIN)
        return bool(poll.poll(0))


def reference_of(message: Message) -> str:
    return message.message_id.strip("<>")


def verdict(status: int, said: str) -> Outcome:
    """What the answer of the gateway means for the message."""
    if 200 <= status < 300:
        return Outcome.accepted()
    text = f"{status} {said}"
    if status in NOBODY_KNOWS:
        return Outcome.unknown(text)
    if status in ABOUT_US or 300 <= status < 400:
        return Outcome.later(Reason.GATEWAY_AWAY, text, is_transport_error=True)
    if status in COME_AGAIN or status >= 500:
        return Outcome.later(Reason.TRY_LATER, text)
    return Outcome.refused(Reason.CONTENT_REFUSED, text)
