"""Wake workers. A lost wake-up costs at most the twenty seconds until the next tick, never a message."""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

SEND = "cxportal.dispatch.tasks.send"
EXPIRES_SECONDS = 25


def wake_after_commit(channel: str) -> None:
    transaction.on_commit(lambda: wake(channel))


def wake(channel: str, workers: int = 1) -> None:
    """A wake-up nobody has taken before the next tick is thrown away, so that they do not pile up."""
    try:
        for _ in range(workers):
            current_app.send_task(SEND, args=[channel], expires=EXPIRES_SECONDS, retry=False)
    except (OperationalError, OSError):
        logger.warning("The queue does not answer; the next tick wakes the workers.")
