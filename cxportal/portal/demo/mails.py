"""Mails that are not invitations: letters to bodies outside, and the mail of the week."""

import time

from django.db.models.functions import Now

from cxportal.dispatch import sending
from cxportal.dispatch.models import OPEN_STATES, Message
from cxportal.portal import weekly_digest
from cxportal.portal.demo.stage import Stage

PATIENCE_SECONDS, PAUSE_SECONDS = 30, 0.5


def fill_weekly_mail(stage: Stage) -> None:
    for username in ("chiara", "aino"):
        weekly_digest.choose(user=stage.person(username), wants_digest=True)
    weekly_digest.queue_due(at=stage.today)


def send_waiting(stage: Stage) -> None:
    """Not in a transaction: what was handed over is not taken back. Doing it again sends what is left."""
    waiting = Message.objects.filter(channel="email", state__in=OPEN_STATES, due_at__lte=Now())
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while waiting.exists() and time.monotonic() < ends_at:
        if not sending.send_due(channel="email"):
            time.sleep(PAUSE_SECONDS)  # the portal has them in its hands
