"""Putting messages into the queue. The row is the promise; everything after it may die and come back."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from cxportal.dispatch.addresses import AddressNotPossible, address_hash, normal_address
from cxportal.dispatch.models import Batch, Message, Policy, Reason, State, new_message_id
from cxportal.dispatch.waking import wake_after_commit

ROWS_AT_A_TIME = 1000
PLAIN = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def new_batch(*, name: str) -> Batch:
    return Batch.objects.create(name=name)


def queue(
    *,
    cause: str,
    purpose: str,
    channel: str,
    address: str,
    template: str,
    language: str,
    data: Mapping[str, Any] | None = None,
    policy: str = Policy.NEVER_TWICE,
    due_at: datetime | None = None,
    batch: Batch | None = None,
    unsubscribe_scope: str = "",
) -> Message | None:
    """One message for one cause; `None` if this cause had its message already, by whatever channel.

    An address that no gateway could write to gives a message that is refused from the start. Without
    `unsubscribe_scope` the person cannot unsubscribe from it: for account mail and the like.
    """
    message = _message(
        cause=cause,
        purpose=purpose,
        channel=channel,
        address=address,
        template=template,
        language=language,
        data=data,
        policy=policy,
        due_at=due_at,
        batch=batch,
        unsubscribe_scope=unsubscribe_scope,
    )
    with transaction.atomic():
        Message.objects.bulk_create([message], ignore_conflicts=True)
        queued = Message.objects.filter(message_id=message.message_id).first()
        if queued:
            wake_after_commit(queued.channel)
    return queued


def queue_many(messages: Iterable[Mapping[str, Any]], *, batch: Batch) -> int:
    """All messages of a mailing in one transaction, with bounded memory; returns how many are new.

    Each item has the arguments of `queue`. Causes that had their message already are left as they are, so a mailing
    can be queued again after a crash.
    """
    added = 0
    with transaction.atomic():
        for rows in _chunks(_message(**row, batch=batch) for row in messages):
            before = Message.objects.filter(cause__in=[row.cause for row in rows]).count()
            Message.objects.bulk_create(rows, ignore_conflicts=True)
            added += Message.objects.filter(cause__in=[row.cause for row in rows]).count() - before
        for channel in ("email", "sms"):
            wake_after_commit(channel)
    return added


def _chunks(rows: Iterable[Message]) -> Iterator[list[Message]]:
    rows = iter(rows)
    while chunk := list(islice(rows, ROWS_AT_A_TIME)):
        yield chunk


def _message(
    *,
    cause: str,
    purpose: str,
    channel: str,
    address: str,
    template: str,
    language: str,
    data: Mapping[str, Any] | None = None,
    policy: str = Policy.NEVER_TWICE,
    due_at: datetime | None = None,
    batch: Batch | None = None,
    unsubscribe_scope: str = "",
) -> Message:
    _check(cause=(cause, 200), purpose=(purpose, 40), template=(template, 100), language=(language, 10))
    message = Message(
        cause=cause,
        purpose=purpose,
        channel=channel,
        template=template,
        language=language,
        data=dict(data or {}),
        policy=policy,
        batch=batch,
        unsubscribe_scope=unsubscribe_scope,
        message_id=new_message_id(_domain()),
    )
    if due_at:
        message.due_at = due_at
    _address(message, address)
    return message


def _address(message: Message, address: str) -> None:
    try:
        message.address = normal_address(address, message.channel)
    except AddressNotPossible as refusal:
        message.state = State.REFUSED
        message.reason = Reason.ADDRESS_NOT_POSSIBLE
        message.reason_text = str(refusal)
        message.final_at = Now()
        message.address_hash = address_hash(address, message.channel)
    else:
        message.address_hash = address_hash(message.address, message.channel)


def _check(**fields: tuple[str, int]) -> None:
    for name, (value, longest) in fields.items():
        if not PLAIN.fullmatch(value) or len(value) > longest:
            raise ValueError(f"The {name} of a message is one line of 1 to {longest} characters.")


@cache
def _domain() -> str:
    """Right-hand side of Message-IDs; a bare host name still needs a dot to be taken for one."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return host if "." in host else f"{host}.invalid"
