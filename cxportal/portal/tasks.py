from celery import shared_task

from cxportal.portal import health


@shared_task
def beat_heart() -> None:
    """Run by a worker at the scheduler's word: proves that both are alive."""
    health.beat_heart()
