"""What a gateway is: it takes rendered messages and says what became of each."""

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Protocol

from django.db import InterfaceError, OperationalError

from cxportal.dispatch.models import Message, Reason
from cxportal.dispatch.rendering import NotToBeSent
from cxportal.logs import without_personal_data

logger = logging.getLogger(__name__)

DATABASE_ERRORS = (OperationalError, InterfaceError)


class Fate(Enum):
    ACCEPTED = "accepted"
    REFUSED = "refused"  # for good
    LATER = "later"  # asked to come again, or cut before the message was handed over
    NOT_TRIED = "not_tried"  # never reached the gateway: back to the queue without counting as a try
    UNKNOWN = "unknown"  # cut after the body began: nobody can know
    WITHHELD = "withheld"  # the fence said no


@dataclass(frozen=True)
class Outcome:
    fate: Fate
    reason: str = ""
    text: str = ""
    is_address_dead: bool = False
    """Refused because the address does not exist: it is suppressed from now on."""
    is_transport_error: bool = False
    """The line, not the message, was at fault: counts towards pausing the gateway."""

    @classmethod
    @cache
    def accepted(cls) -> "Outcome":
        return cls(Fate.ACCEPTED)

    @classmethod
    def withheld(cls) -> "Outcome":
        return cls(Fate.WITHHELD)

    @classmethod
    def refused(cls, reason: Reason, text: str = "", *, is_address_dead: bool = False) -> "Outcome":
        return cls(Fate.REFUSED, reason, sanitised(text), is_address_dead=is_address_dead)

    @classmethod
    def later(cls, reason: Reason, text: str = "", *, is_transport_error: bool = False) -> "Outcome":
        return cls(Fate.LATER, reason, sanitised(text), is_transport_error=is_transport_error)

    @classmethod
    def not_tried(cls, text: str = "", *, is_transport_error: bool = True) -> "Outcome":
        return cls(
            Fate.NOT_TRIED, Reason.GATEWAY_AWAY, sanitised(text), is_transport_error=is_transport_error
        )

    @classmethod
    def given_back(cls) -> "Outcome":
        return cls(Fate.NOT_TRIED)

    @classmethod
    def unknown(cls, text: str = "") -> "Outcome":
        return cls(Fate.UNKNOWN, Reason.CUT_AFTER_BODY, sanitised(text), is_transport_error=True)

    @classmethod
    def after(cls, error: Exception, *, has_passed_fence: bool) -> "Outcome":
        """An error of ours. Before the fence nothing has left; after it nobody can know."""
        if has_passed_fence:
            return cls(Fate.UNKNOWN, Reason.CUT_AFTER_BODY, type(error).__name__)
        if isinstance(error, DATABASE_ERRORS):  # texts are read from it: no fault of the message
            return cls.given_back()
        return cls(Fate.LATER, Reason.NOT_RENDERED, type(error).__name__)


def sanitised(text: str) -> str:
    """What a gateway said, without addresses, numbers and control characters."""
    return without_personal_data(re.sub(r"[\x00-\x1f\x7f\s]+", " ", text).strip())[:200]


class Desk(Protocol):
    """Where a gateway asks and reports; the database stands behind it."""

    def fence(self, messages: list[Message]) -> set[int]:
        """Ids of those that may be handed over now. Outcomes reported before are written in the same commit.

        Asked after the recipient was accepted and just before the body is sent; each id may be sent once.
        """

    def report(self, message: Message, outcome: Outcome) -> None:
        """What became of a message; kept in memory until the next fence or the end."""


class Gateway:
    """One message at a time; a gateway that can do better overrides `deliver`."""

    def deliver(self, messages: Iterator[Message], desk: Desk) -> None:
        """Take messages until there are no more; report exactly one outcome for each one taken."""
        for message in messages:
            fence = OneFence(message, desk)
            try:
                outcome = self.hand_over(message, fence)
            except NotToBeSent as refusal:
                outcome = Outcome.refused(Reason(refusal.reason))
            except Exception as error:  # one message that cannot be made must not stop the others
                logger.exception("Message %s could not be handed over.", message.pk)
                outcome = Outcome.after(error, has_passed_fence=fence.has_passed)
            desk.report(message, outcome)

    def hand_over(self, message: Message, fence: Callable[[], bool]) -> Outcome:
        """Send one message. Calls `fence()` once, just before the body leaves; False: send nothing, withheld."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of connections."""


class OneFence:
    def __init__(self, message: Message, desk: Desk) -> None:
        self.message = message
        self.desk = desk
        self.has_passed = False

    def __call__(self) -> bool:
        self.has_passed = self.message.pk in self.desk.fence([self.message])
        return self.has_passed
