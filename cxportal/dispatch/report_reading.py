"""What a mail says about an earlier mail of ours: delivery reports (RFC 3464) and complaints (RFC 5965).

Only machine-readable reports count. Auto-replies, receipts of reading and free text prove nothing about an
address, so nothing comes back for them.
"""

import email
import logging
import re
from collections.abc import Iterator
from email.message import Message as Mail
from enum import StrEnum
from typing import NamedTuple, cast

logger = logging.getLogger(__name__)


class Verdict(StrEnum):
    DELIVERED = "delivered"
    DELAYED = "delayed"  # still being tried: 4.x.x
    GIVEN_UP = "given_up"  # not delivered, the address may be good: soft
    NO_SUCH_ADDRESS = "no_such_address"  # not delivered, and nothing ever will be: hard
    COMPLAINT = "complaint"  # "this is spam", sent on by the mail provider


class Report(NamedTuple):
    verdict: Verdict
    message_id: str
    status: str = ""


LARGEST_REPORT_BYTES = 2_000_000
STATUS_TYPES = {"message/delivery-status", "message/global-delivery-status"}
MAIL_TYPES = {"message/rfc822", "message/global"}
HEADER_TYPES = {"text/rfc822-headers", "message/global-headers"}
# RFC 3463: no such mailbox or domain, mailbox closed, no way to the domain. Other 5.x.x speak of a full mailbox,
# this mail's size or content, our own address, a filter: the person may still be there.
ABOUT_THE_ADDRESS = re.compile(r"5\.(0\.\d+|1\.(?![78]\Z)\d+|2\.[01]|4\.(4|310))\Z")
STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
MESSAGE_ID = re.compile(r"<[!-;=?A-~]{1,200}@[!-;=?A-~]{1,200}>")


def read_report(raw: bytes) -> list[Report]:
    """Every verdict in a mail; none in most mails. Never raises: anybody can write to the mailbox."""
    try:
        mail = email.message_from_bytes(raw[:LARGEST_REPORT_BYTES])
        return list(_reports(mail))
    except Exception as error:  # the parser of the standard library fails in many ways on broken mails
        logger.warning("A mail in the report mailbox could not be read: %s", type(error).__name__)
        return []


def _reports(mail: Mail) -> Iterator[Report]:
    if mail.get_content_type() != "multipart/report" or not mail.is_multipart():
        return
    parts = _parts(mail)
    statuses = [part for part in parts if part.get_content_type() in STATUS_TYPES]
    feedback = [part for part in parts if part.get_content_type() == "message/feedback-report"]
    if feedback:
        yield from _complaint(feedback[0], _message_id(mail, feedback[0]))
    elif statuses:
        yield from _verdicts(statuses[0], _message_id(mail, statuses[0]))


def _complaint(part: Mail, message_id: str) -> Iterator[Report]:
    kind = _field(part, "Feedback-Type").lower()
    if message_id and kind in {"abuse", "fraud", "opt-out", "opt-out-list"}:
        yield Report(Verdict.COMPLAINT, message_id)


def _verdicts(part: Mail, message_id: str) -> Iterator[Report]:
    """One verdict for the mail: ours have one recipient, so of several the worst counts."""
    if not message_id:
        return
    reports = []
    for group in _groups(part):
        status = STATUS.search(str(group.get("Status", "")))
        code = status.group() if status else ""
        verdict = _verdict(str(group.get("Action", "")).strip().lower(), code)
        if verdict:
            reports.append(Report(verdict, message_id, code))
    if reports:
        yield max(reports, key=lambda report: list(Verdict).index(report.verdict))


def _verdict(action: str, status: str) -> Verdict | None:
    if action == "delivered":
        return Verdict.DELIVERED
    if action == "delayed":
        return Verdict.DELAYED
    if action == "failed":
        return Verdict.NO_SUCH_ADDRESS if ABOUT_THE_ADDRESS.match(status) else Verdict.GIVEN_UP
    return None  # relayed, expanded: handed on to where no report will come from


def _groups(part: Mail) -> list[Mail]:
    """The blocks of fields in a status part. The standard parser splits some types of part, others not."""
    if not part.is_multipart():
        return _blocks(part.get_payload(decode=True))
    return [block for group in _parts(part) for block in (group, *_blocks(group.get_payload(decode=True)))]


def _parts(mail: Mail) -> list[Mail]:
    return cast(list[Mail], mail.get_payload())


def _blocks(text: object) -> list[Mail]:
    if not isinstance(text, bytes):
        return []
    return [
        email.message_from_bytes(block.strip())
        for block in re.split(rb"\r?\n[ \t]*\r?\n", text)
        if block.strip()
    ]


def _field(part: Mail, name: str) -> str:
    return next((str(group[name]).strip() for group in _groups(part) if group[name]), "")


def _message_id(mail: Mail, status: Mail) -> str:
    """Our mail's id: from the status fields, from the mail or headers sent back, from the threading."""
    candidates = [_field(status, "Original-Message-ID"), _field(status, "X-Original-Message-ID")]
    for part in _parts(mail):
        if part.get_content_type() in MAIL_TYPES and part.is_multipart():
            candidates.append(str(_parts(part)[0].get("Message-ID", "")))
        elif part.get_content_type() in HEADER_TYPES | MAIL_TYPES:
            candidates += [str(block.get("Message-ID", "")) for block in _groups(part)[:1]]
    candidates += [str(mail.get("In-Reply-To", "")), *str(mail.get("References", "")).split()[-1:]]
    return next((found.group() for text in candidates if (found := MESSAGE_ID.search(text))), "")
