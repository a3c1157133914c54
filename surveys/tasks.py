from celery import shared_task

from surveys import begun, exports, release, waves, weighting
from surveys.models import Wave


@shared_task
def keep_the_calendar() -> None:
    waves.keep_the_calendar()


@shared_task
def write_begun() -> None:
    """Where the worker runs inside the web process. Other web processes write theirs themselves."""
    begun.write_begun()


@shared_task
def release_confidential() -> None:
    """Waves that are not anonymous are counted within seconds."""
    for wave in Wave.objects.filter(privacy=Wave.Privacy.CONFIDENTIAL).with_waiting_submissions():
        release.release(wave)


@shared_task
def release_anonymous() -> None:
    """Once an hour; after the close also the copying in random order."""
    for wave in Wave.objects.filter(privacy=Wave.Privacy.ANONYMOUS).with_waiting_submissions():
        release.release(wave)
    for wave in Wave.objects.with_unshuffled_responses():
        release.shuffle_closed(wave)


@shared_task
def count_indicators() -> None:
    """Waves that have begun count the indicators of their surveys as they are now."""
    for wave in Wave.objects.exclude(state=Wave.State.DRAFT).with_indicators():
        weighting.bring_up_to_date(wave)


@shared_task
def write_export(export_id: int) -> None:
    exports.write(export_id)


@shared_task
def weigh(run_id: int) -> None:
    weighting.weigh(run_id)
