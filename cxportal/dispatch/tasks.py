"""Wake-ups. Lost, late or doubled they change nothing: what there is to do stands in the database."""

import time

from celery import shared_task
from django.conf import settings

from cxportal.dispatch import claiming, due, gateways, reaping, restored, waking
from cxportal.dispatch.sending import send_due

SLICE_SECONDS = 20


@shared_task
def send(channel: str) -> None:
    """Send for a while, then make room for other work and ask to be woken again if there is more."""
    ends_at = time.monotonic() + SLICE_SECONDS
    finished = send_due(channel=channel, stop_when=lambda: time.monotonic() > ends_at)
    if finished and time.monotonic() > ends_at:
        waking.wake(channel)


@shared_task
def tick() -> None:
    """Every twenty seconds: take up what dead workers left, begin periodic jobs, wake workers if something is due."""
    reaping.reap()
    for name in due.due_jobs():
        run_job.apply_async(args=[name], expires=waking.EXPIRES_SECONDS)
    if restored.hold_if_restored():
        return
    for channel in ("email", "sms"):
        if gateways.is_set(channel) and claiming.has_due(channel):
            waking.wake(channel, workers=settings.DISPATCH_WORKERS)


@shared_task
def run_job(name: str) -> None:
    due.run_if_due(name)
