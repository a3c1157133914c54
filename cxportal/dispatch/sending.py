"""A worker at work: claim, hand over, write down, until nothing is due."""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction

from cxportal.dispatch import claiming, outcomes, restored
from cxportal.dispatch.gateways import gateway_for, is_set
from cxportal.dispatch.gateways.base import DATABASE_ERRORS, Fate, Gateway, Outcome
from cxportal.dispatch.models import Message

logger = logging.getLogger(__name__)

LONGEST_WAIT_SECONDS = 5
PATIENCE_SECONDS = 300
FEWEST_CLAIMED = 8
MOST_CLAIMED = 500
QUICK_SECONDS = 0.5
HEALTHY_SECONDS = 1  # how long the good health of the gateway need not be written down anew

_one_sender = threading.Lock()


def send_due(
    *,
    channel: str = "email",
    worker: str | None = None,
    stop_when: Callable[[], bool] = lambda: False,
    gateway: Gateway | None = None,
) -> int:
    """Send what is due on a channel, until there is nothing more or `stop_when()`; how many got an outcome.

    Any number of workers may do this at once. On SQLite one thread of a process does, the others return at once.
    """
    if gateway is None and not is_set(channel):
        return 0
    with _turn() as is_mine:
        if not is_mine or restored.hold_if_restored():
            return 0
        own_gateway = gateway or gateway_for(channel)
        sender = Sender(channel=channel, worker=worker or secrets.token_hex(8), stop_when=stop_when)
        try:
            finished = sender.work(own_gateway)
        finally:
            if gateway is None:
                own_gateway.close()
        if finished:
            restored.keep_last_mark()
        return finished


class Sender:
    """The desk of one worker: what it has claimed, and outcomes not written yet."""

    def __init__(self, *, channel: str, worker: str, stop_when: Callable[[], bool]) -> None:
        self.channel = channel
        self.worker = worker
        self.stop_when = stop_when
        self.unwritten: list[tuple[Message, Outcome]] = []
        self.lost_fences: set[int] = set()
        self.finished = 0
        self.healthy_until = 0.0

    def work(self, gateway: Gateway) -> int:
        pause = Pause()
        while not self.stop_when():
            finished = self.finished
            claims = self._deliver(gateway)
            if self.finished > finished:
                pause.reset()
            elif claims.taken or claims.has_failed:
                pause.wait(self.stop_when)  # the gateway or the database was away
            else:
                break
        return self.finished

    def fence(self, messages: list[Message]) -> set[int]:
        ids = [message.pk for message in messages]
        try:
            passed = (
                self._fence_in_one_statement(ids) if self._all_is_well() else self._fence_after_writing(ids)
            )
        except DATABASE_ERRORS:
            # Whether that commit took place cannot be known. None of these was handed over, so none passes, and what
            # was written is written again: both are safe, because each change names the state it starts from.
            self.lost_fences.update(message.pk for message in messages)
            self.reconnect()
            return set()
        self._written()
        return passed

    def _all_is_well(self) -> bool:
        return (
            connection.vendor == "postgresql"
            and time.monotonic() < self.healthy_until
            and all(outcome.fate is Fate.ACCEPTED for _, outcome in self.unwritten)
        )

    def _fence_in_one_statement(self, ids: list[int]) -> set[int]:
        """What happens to nearly every message of a large mailing: one way to the database and back."""
        return claiming.fence(
            worker=self.worker, ids=ids, accepted=[message.pk for message, _ in self.unwritten]
        )

    def _fence_after_writing(self, ids: list[int]) -> set[int]:
        with transaction.atomic():
            self._write()
            passed = claiming.fence(worker=self.worker, ids=ids)
        if self.unwritten and not any(outcome.is_transport_error for _, outcome in self.unwritten):
            self.healthy_until = time.monotonic() + HEALTHY_SECONDS
        return passed

    def report(self, message: Message, outcome: Outcome) -> None:
        if message.pk in self.lost_fences and outcome.fate is Fate.WITHHELD:
            outcome = Outcome.given_back()
        self.lost_fences.discard(message.pk)
        self.unwritten.append((message, outcome))

    def flush(self) -> None:
        """Write outcomes, waiting for a database that restarts: what is lost here ends as unknown."""
        pause = Pause()
        gives_up_at = time.monotonic() + PATIENCE_SECONDS
        while self.unwritten:
            try:
                with transaction.atomic():
                    self._write()
            except DATABASE_ERRORS:
                self.reconnect()
                if time.monotonic() > gives_up_at:
                    raise
                pause.wait()
            else:
                self._written()

    def _deliver(self, gateway: Gateway) -> "Claims":
        """One run of the gateway over what can be claimed."""
        claims = Claims(self)
        try:
            gateway.deliver(claims, self)
        finally:
            for message in claims.left():
                self.report(message, Outcome.given_back())
            self.flush()
        return claims

    def _write(self) -> None:
        if self.unwritten:
            outcomes.write(worker=self.worker, channel=self.channel, outcomes=self.unwritten)

    def _written(self) -> None:
        self.finished += sum(outcome.fate is not Fate.NOT_TRIED for _, outcome in self.unwritten)
        self.unwritten = []

    def reconnect(self) -> None:
        logger.warning("The database does not answer; the worker waits for it.")
        if not connection.in_atomic_block:
            connection.close()


class Claims(Iterator[Message]):
    """Messages for one run of the gateway, claimed a chunk at a time: urgent ones, mailings, then lapsed claims."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender
        self.chunk: Iterator[Message] = iter(())
        self.batch_id: int | None = None
        self.most = claiming.CHUNK
        self.given_out = 0
        self.claimed_at = 0.0
        self.given_out_until = 0.0
        self.taken = 0
        self.has_failed = False

    def __next__(self) -> Message:
        if time.monotonic() > self.given_out_until:
            self._give_back()
        message = next(self.chunk, None)
        if message is None:
            self._learn()
            self.chunk = iter(self._claimed())
            message = next(self.chunk)
        self.given_out += 1
        return message

    def _give_back(self) -> None:
        """A slow gateway: what is left would lose its lease in the queue of this worker. Next time claim less."""
        left = self.left()
        for message in left:
            self.sender.report(message, Outcome.given_back())
        if left:
            self.most = max(self.given_out, FEWEST_CLAIMED)

    def _learn(self) -> None:
        """So many that they last about a second: few enough for urgent ones to come in between."""
        if not self.given_out:
            return
        seconds = time.monotonic() - self.claimed_at
        if seconds < QUICK_SECONDS and self.given_out == self.most:
            self.most = min(self.most * 2, MOST_CLAIMED)
        elif seconds > 4 * QUICK_SECONDS:
            self.most = max(self.most // 2, FEWEST_CLAIMED)

    def left(self) -> list[Message]:
        """Claimed, but not asked for by the gateway."""
        return list(self.chunk)

    def _claimed(self) -> list[Message]:
        if self.has_failed or self.sender.stop_when():
            return []
        try:
            claimed = self._urgent() or self._of_mailing() or self._lapsed()
        except restored.Restored:
            restored.hold_if_restored()
            return []
        except DATABASE_ERRORS:
            # claims of a lost commit are nobody's now and lapse
            self.has_failed = True
            self.sender.reconnect()
            return []
        self.taken += len(claimed)
        self.given_out = 0
        self.claimed_at = time.monotonic()
        self.given_out_until = self.claimed_at + settings.DISPATCH_LEASE_SECONDS / 2
        return claimed

    def _urgent(self) -> list[Message]:
        return claiming.claim(worker=self.sender.worker, channel=self.sender.channel, most=self.most)

    def _of_mailing(self) -> list[Message]:
        if self.batch_id is not None:
            claimed = self._of_batch(self.batch_id)
            if claimed:
                return claimed
        self.batch_id = claiming.next_batch(self.sender.channel)
        return [] if self.batch_id is None else self._of_batch(self.batch_id)

    def _of_batch(self, batch_id: int) -> list[Message]:
        return claiming.claim(
            worker=self.sender.worker, channel=self.sender.channel, batch_id=batch_id, most=self.most
        )

    def _lapsed(self) -> list[Message]:
        return claiming.claim_lapsed(worker=self.sender.worker, channel=self.sender.channel, most=self.most)


class Pause:
    """Waits longer each time, so that nothing turns in a busy loop."""

    FIRST_SECONDS = 0.25

    def __init__(self) -> None:
        self.seconds = self.FIRST_SECONDS

    def wait(self, stop_when: Callable[[], bool] = lambda: False) -> None:
        ends_at = time.monotonic() + self.seconds
        while time.monotonic() < ends_at and not stop_when():
            time.sleep(0.1)
        self.seconds = min(self.seconds * 2, LONGEST_WAIT_SECONDS)

    def reset(self) -> None:
        self.seconds = self.FIRST_SECONDS


@contextmanager
def _turn() -> Iterator[bool]:
    if connection.vendor != "sqlite":
        yield True
        return
    is_mine = _one_sender.acquire(blocking=False)
    try:
        yield is_mine
    finally:
        if is_mine:
            _one_sender.release()
