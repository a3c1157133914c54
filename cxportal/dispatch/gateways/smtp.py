"""Mail over a few kept-open SMTP lines, all worked at once by one thread.

Each line carries one message at a time: MAIL, RCPT and DATA in one go (RFC 2920), then the fence, then the body; to a
server without PIPELINING the DATA goes after the fence. The lines move in step, so that one commit is the fence of one
message on each line, and the outcomes of the round before ride along.
What a kill leaves unknown is at most one message a line. A message that must not be missed goes alone in its round:
what a kill may double is then one message a worker.
"""

import contextlib
import logging
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Self
from urllib.parse import unquote, urlsplit

from django.conf import settings

from cxportal.dispatch.gateways.base import Desk, Gateway, Outcome
from cxportal.dispatch.gateways.mail_merge import merged_mail
from cxportal.dispatch.gateways.mime import dot_stuffed, sender_header
from cxportal.dispatch.models import Message, Policy, Reason
from cxportal.dispatch.rendering import NotToBeSent
from cxportal.organisation.models import Agency

logger = logging.getLogger(__name__)

LINE_ERRORS = (OSError, smtplib.SMTPException)
CONNECT_SECONDS = 15
COMMAND_SECONDS = 60
REPLY_SECONDS = 100
REOPEN_SECONDS = 30
GOODBYE_SECONDS = 2
SERVICE_CLOSING = 421
GO_AHEAD = 354
RECEIVED_BYTES = 4096
LONGEST_REPLY_LINE = 64 * 1024
ENHANCED_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


@dataclass(frozen=True)
class MailServer:
    host: str
    port: int
    security: str
    user: str = ""
    password: str = ""

    @classmethod
    def from_url(cls, url: str) -> Self:
        """`smtp://`, `smtp+tls://` (STARTTLS) or `smtp+ssl://`, then `user:password@host:port`."""
        parts = urlsplit(url)
        scheme, _, security = parts.scheme.partition("+")
        if scheme != "smtp" or security not in {"", "tls", "ssl"} or not parts.hostname:
            raise ValueError("CX_EMAIL_URL must look like smtp+tls://user:password@host:587.")
        return cls(
            host=parts.hostname,
            port=parts.port or {"": 25, "tls": 587, "ssl": 465}[security],
            security=security,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )

    def connect(self) -> smtplib.SMTP:
        if self.security == "ssl":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=CONNECT_SECONDS, context=_trusted()
            )
        else:
            smtp = smtplib.SMTP(self.host, self.port, timeout=CONNECT_SECONDS)
        try:
            if self.security == "tls":
                smtp.starttls(context=_trusted())
            smtp.ehlo_or_helo_if_needed()
            if self.user:
                smtp.login(self.user, self.password)
        except BaseException:
            smtp.close()
            raise
        return smtp


@cache
def _trusted() -> ssl.SSLContext:
    """Reading the certificates of the machine takes 50 ms: once for all lines, and not without TLS."""
    return ssl.create_default_context()


class ServiceClosing(smtplib.SMTPException):
    """The server said 421: it takes no more on this connection."""


@dataclass
class Letter:
    message: Message
    mail: bytes
    is_second_attempt: bool = False


class Line:
    """One connection, with one letter on it at a time."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        if smtp.sock is None:
            raise smtplib.SMTPServerDisconnected("The server has hung up.")
        self.smtp = smtp
        self.socket = smtp.sock
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.can_pipeline = smtp.has_extn("pipelining")
        self.can_utf8 = smtp.has_extn("smtputf8")
        self.is_open = True
        self.is_fresh = True
        self.needs_reset = False
        self.awaits_body = False
        self.received = b""
        self.seconds = 0.0

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reply(self) -> tuple[int, str]:
        texts = []
        while True:
            code, is_last, text = self._reply_line()
            texts.append(text)
            if is_last:
                break
        said = "\n".join(texts)
        if code == SERVICE_CLOSING:
            raise ServiceClosing(said)
        return code, said

    def _reply_line(self) -> tuple[int, bool, str]:
        while (end := self.received.find(b"\n")) < 0:
            more = self.socket.recv(RECEIVED_BYTES) if len(self.received) < LONGEST_REPLY_LINE else b""
            if not more:
                raise smtplib.SMTPServerDisconnected("The server has hung up.")
            self.received += more
        line, self.received = self.received[:end], self.received[end + 1 :]
        if not line[:3].isdigit():
            raise smtplib.SMTPServerDisconnected("The server does not speak SMTP.")
        return int(line[:3]), line[3:4] != b"-", line[4:].strip().decode("utf-8", "replace")

    def wait(self, seconds: float) -> None:
        if seconds != self.seconds:
            self.socket.settimeout(seconds)
            self.seconds = seconds

    def close(self) -> None:
        self.is_open = False
        self.smtp.close()


Pair = tuple[Line, Letter]


class SmtpGateway(Gateway):
    def __init__(self, *, url: str | None = None, connections: int | None = None) -> None:
        self.server = MailServer.from_url(url or settings.EMAIL_URL)
        self.return_path = settings.EMAIL_RETURN_PATH or settings.EMAIL_FROM
        self.most_lines = connections or settings.EMAIL_CONNECTIONS
        self.fewer_lines_until = 0.0
        self.lines: list[Line] = []
        self.again: list[Letter] = []
        self.sender = ""
        self.is_away = False
        self.is_hurried = True
        """Nothing was withheld lately: DATA goes out before the fence."""

    def deliver(self, messages: Iterator[Message], desk: Desk) -> None:
        self.is_away = False
        self.sender = sender_header(Agency.current().name, settings.EMAIL_FROM)
        rounds = _with_ends_of_rounds(messages)
        try:
            while letters := self._next_letters(rounds, desk):
                self._round(self._placed(letters, desk), desk)
                if self.is_away:
                    return
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        for line in self.lines:
            with contextlib.suppress(*LINE_ERRORS):
                if not line.awaits_body:  # there it would be the text of a mail
                    line.wait(GOODBYE_SECONDS)
                    line.smtp.quit()
            line.close()
        self.lines = []

    # ---------- one round: a letter on each line ----------

    def _next_letters(self, messages: Iterator[Message | None], desk: Desk) -> list[Letter]:
        letters, self.again = self.again, []
        while len(letters) < self._width():
            try:
                message = next(messages)
            except StopIteration:
                break
            if message is None and letters:
                break
            letter = self._letter(message, desk) if message else None
            if letter:
                letters.append(letter)
        return letters

    def _letter(self, message: Message, desk: Desk) -> Letter | None:
        try:
            return Letter(message, dot_stuffed(merged_mail(message, sender=self.sender)))
        except NotToBeSent as refusal:
            desk.report(message, Outcome.refused(Reason(refusal.reason)))
            return None
        except Exception as error:  # one message that cannot be made must not stop the others
            logger.exception("Message %s could not be made.", message.pk)
            desk.report(message, Outcome.after(error, has_passed_fence=False))
            return None

    def _round(self, pairs: list[Pair], desk: Desk) -> None:
        pairs = self._step(pairs, desk, self._name_recipient, self._lost_early)
        pairs = self._step(pairs, desk, self._read_recipient, self._lost_early)
        pairs = self._fenced(pairs, desk)
        if not all(line.awaits_body for line, _ in pairs):
            pairs = self._step(pairs, desk, self._announce_body, self._cut_before_body)
            pairs = self._step(pairs, desk, self._read_go_ahead, self._cut_before_body)
        pairs = self._step(pairs, desk, self._send_body, self._cut_after_body)
        self._step(pairs, desk, self._read_verdict, self._cut_after_body)
        self.lines = [line for line in self.lines if line.is_open]

    def _step(
        self,
        pairs: list[Pair],
        desk: Desk,
        action: Callable[[Line, Letter], Outcome | None],
        cut: Callable[[Line, Letter, Exception], Outcome | None],
    ) -> list[Pair]:
        """The same step on every line; those without an outcome yet go on to the next."""
        going_on = []
        for line, letter in pairs:
            try:
                outcome = action(line, letter)
            except LINE_ERRORS as error:
                line.close()
                outcome = cut(line, letter, error)
            else:
                if outcome is None:
                    going_on.append((line, letter))
            if outcome:
                desk.report(letter.message, outcome)
        return going_on

    def _fenced(self, pairs: list[Pair], desk: Desk) -> list[Pair]:
        if not pairs:
            return []
        passed = desk.fence([letter.message for _, letter in pairs])
        self.is_hurried = len(passed) == len(pairs)
        for line, letter in pairs:
            if letter.message.pk not in passed:
                self._take_back(line)
                desk.report(letter.message, Outcome.withheld())
        return [pair for pair in pairs if pair[1].message.pk in passed]

    @staticmethod
    def _take_back(line: Line) -> None:
        """A server that waits for the body drops the mail only with the line."""
        if line.awaits_body:
            line.close()
        else:
            line.needs_reset = True

    # ---------- lines ----------

    def _width(self) -> int:
        if time.monotonic() < self.fewer_lines_until:
            return max(len(self.lines), 1)
        return self.most_lines

    def _placed(self, letters: list[Letter], desk: Desk) -> list[Pair]:
        """A line for each letter; where the server gives no more lines, the rest waits for the next round."""
        error = self._open_lines(len(letters))
        pairs = list(zip(self.lines, letters, strict=False))
        left = letters[len(pairs) :]
        if pairs:
            self.again = left
        else:
            self.is_away = True
            for position, letter in enumerate(left):
                desk.report(letter.message, Outcome.not_tried(str(error), is_transport_error=position == 0))
        return pairs

    def _open_lines(self, wanted: int) -> Exception | None:
        while len(self.lines) < wanted:
            try:
                self.lines.append(Line(self.server.connect()))
            except LINE_ERRORS as error:
                self.fewer_lines_until = time.monotonic() + REOPEN_SECONDS
                return error
        return None

    # ---------- what is said on a line ----------

    def _name_recipient(self, line: Line, letter: Letter) -> Outcome | None:
        needs_utf8 = not letter.message.address.isascii()
        if needs_utf8 and not line.can_utf8:
            return Outcome.refused(Reason.ADDRESS_NOT_POSSIBLE, "The mail server does not offer SMTPUTF8.")
        line.wait(COMMAND_SECONDS)
        mail = f"MAIL FROM:<{self.return_path}>{' SMTPUTF8' if needs_utf8 else ''}\r\n".encode()
        recipient = f"RCPT TO:<{letter.message.address}>\r\n".encode()
        reset = b"RSET\r\n" if line.needs_reset else b""
        if line.can_pipeline:
            line.awaits_body = self.is_hurried
            line.send(reset + mail + recipient + (b"DATA\r\n" if line.awaits_body else b""))
            return None
        if reset:
            line.send(reset)
            line.reply()
            line.needs_reset = False
        line.send(mail)
        outcome = _sender_refused(*line.reply())
        if outcome is None:
            line.send(recipient)
        line.needs_reset = outcome is not None
        return outcome

    def _read_recipient(self, line: Line, letter: Letter) -> Outcome | None:
        sender_outcome = None
        if line.can_pipeline:
            if line.needs_reset:
                line.reply()
            sender_outcome = _sender_refused(*line.reply())
        outcome = sender_outcome or _recipient_refused(*line.reply())
        if sender_outcome:
            line.reply()  # to RCPT, which went out before the server had refused MAIL
        line.needs_reset = outcome is not None
        if line.awaits_body:
            return self._read_early_go_ahead(line, outcome)
        return outcome

    def _read_early_go_ahead(self, line: Line, outcome: Outcome | None) -> Outcome | None:
        code, text = line.reply()
        if code == GO_AHEAD and outcome is None:
            return None
        if code == GO_AHEAD:  # for a mail without a recipient: an empty one, which the server has to refuse
            line.send(b".\r\n")
            line.reply()
        line.awaits_body = False
        line.needs_reset = True
        return outcome or _content_refused(code, text)

    def _announce_body(self, line: Line, letter: Letter) -> None:
        if not line.awaits_body:
            line.send(b"DATA\r\n")

    def _read_go_ahead(self, line: Line, letter: Letter) -> Outcome | None:
        if line.awaits_body:
            return None
        code, text = line.reply()
        if code == GO_AHEAD:
            return None
        line.needs_reset = True
        return _content_refused(code, text)

    def _send_body(self, line: Line, letter: Letter) -> None:
        line.wait(REPLY_SECONDS)
        line.send(letter.mail + b".\r\n")

    def _read_verdict(self, line: Line, letter: Letter) -> Outcome:
        try:
            code, text = line.reply()
        except ServiceClosing as closing:  # an answer all the same: not taken, come again
            line.close()
            return Outcome.later(Reason.TRY_LATER, str(closing))
        line.is_fresh = line.awaits_body = False
        return Outcome.accepted() if code // 100 == 2 else _content_refused(code, text)

    # ---------- what a cut means ----------

    def _lost_early(self, line: Line, letter: Letter, error: Exception) -> Outcome | None:
        """A line that has carried letters may simply be spent: the letter gets another one at once, but only once."""
        if line.is_fresh or letter.is_second_attempt:
            reason = Reason.TRY_LATER if isinstance(error, ServiceClosing) else Reason.CUT_BEFORE_BODY
            return Outcome.later(reason, str(error), is_transport_error=True)
        letter.is_second_attempt = True
        self.again.append(letter)
        return None

    def _cut_before_body(self, line: Line, letter: Letter, error: Exception) -> Outcome:
        reason = Reason.TRY_LATER if isinstance(error, ServiceClosing) else Reason.CUT_BEFORE_BODY
        return Outcome.later(reason, str(error), is_transport_error=line.is_fresh)

    def _cut_after_body(self, line: Line, letter: Letter, error: Exception) -> Outcome:
        return Outcome.unknown(str(error))


def _with_ends_of_rounds(messages: Iterator[Message]) -> Iterator[Message | None]:
    """`None` ends a round: before a second message that must not be missed, and around one that may kill workers."""
    in_round = False
    for message in messages:
        if message.may_kill_workers:
            yield from (None, message, None)
            in_round = False
            continue
        if message.policy == Policy.NEVER_MISSED:
            if in_round:
                yield None
            in_round = True
        yield message


def _sender_refused(code: int, text: str) -> Outcome | None:
    """Whatever the server has against the sender concerns us, not this message: never a verdict on it."""
    if code // 100 == 2:
        return None
    return Outcome.later(Reason.TRY_LATER, f"{code} {text}", is_transport_error=code // 100 == 5)


def _recipient_refused(code: int, text: str) -> Outcome | None:
    if code // 100 == 2:
        return None
    if code // 100 == 5:
        return Outcome.refused(
            Reason.RECIPIENT_REFUSED, f"{code} {text}", is_address_dead=_is_dead(code, text)
        )
    return Outcome.later(Reason.TRY_LATER, f"{code} {text}")


def _content_refused(code: int, text: str) -> Outcome:
    if code // 100 == 5:
        return Outcome.refused(Reason.CONTENT_REFUSED, f"{code} {text}")
    return Outcome.later(Reason.TRY_LATER, f"{code} {text}")


def _is_dead(code: int, text: str) -> bool:
    """5.1.x is about the address; without such a status, 550, 551 and 553 mean it in practice."""
    status = ENHANCED_STATUS.match(text)
    return status.group().startswith("5.1.") if status else code in {550, 551, 553}
