"""Answers that came in a flood wait apart until the CX team has decided: count them, or throw them away.

They are as nameless as those in the ballot box: no address, no time and no order stand beside them. So they are
decided on together, all that came by one way in.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count as CountRows
from django.utils import timezone

from cxportal.organisation.audit import note_change
from cxportal.organisation.models import User
from surveys.brought_in import join_late, take_open_or_late
from surveys.memory import kept
from surveys.models import Collector, HeldSubmission, Submission, Wave
from surveys.models.wave import LATE_DAYS
from surveys.release import SMALLEST_BATCH, delete_exactly, forget_deleted_rows, shuffle_box

MOST_HELD = 25_000
"""Of one way in."""
FOR_ALL_BUT_FREQUENT = 5_000
"""Room that addresses which send again and again cannot fill: the last to be turned away are people."""
SECONDS_IN_MEMORY = 5
COLUMNS = "id, wave_id, version_id, collector_id, profile_id, language, mode, is_assisted, pseudonym, content"


def has_room(collector_id: int, *, is_frequent: bool) -> bool:
    """Whether one more can be held; how many there are is looked up every few seconds."""
    held = kept(
        ("held", collector_id),
        lambda: HeldSubmission.objects.filter(collector=collector_id).count(),
        seconds=SECONDS_IN_MEMORY,
    )
    return held < (MOST_HELD - FOR_ALL_BUT_FREQUENT if is_frequent else MOST_HELD)


def waiting(collectors: list[Collector]) -> Mapping[int, int]:
    """Collector -> how many are held."""
    rows = HeldSubmission.objects.filter(collector__in=collectors).order_by().values_list("collector")
    return dict(rows.annotate(n=CountRows("pk")))


def count_all(*, collector: Collector, by: User, at: datetime | None = None) -> int:
    """Put everything held of one way in into the ballot box, in random order. Returns how many; raises `NotOpen`."""
    with transaction.atomic():
        wave = take_open_or_late(collector, at=at)
        table, box = HeldSubmission._meta.db_table, Submission._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {box} ({COLUMNS}) SELECT {COLUMNS} FROM {table} "  # noqa: S608
                "WHERE collector_id = %s ORDER BY random()",
                [collector.pk],
            )
            moved = cursor.rowcount
            # one that came in meanwhile stays
            cursor.execute(
                f"DELETE FROM {table} WHERE collector_id = %s AND id IN (SELECT id FROM {box})",  # noqa: S608
                [collector.pk],
            )
        if moved < SMALLEST_BATCH:
            shuffle_box(wave)
        if moved:
            join_late(wave, [collector.pk])
            note_change([collector], "held_counted")
    forget_deleted_rows(HeldSubmission)
    return moved


def discard_all(*, collector: Collector, by: User) -> int:
    """Delete everything held of one way in. Returns how many."""
    with transaction.atomic():
        keys = list(HeldSubmission.objects.filter(collector=collector).values_list("pk", flat=True))
        delete_exactly(HeldSubmission, keys)
        if keys:
            note_change([collector], "held_discarded")
    forget_deleted_rows(HeldSubmission)
    return len(keys)


def let_expire(*, at: datetime | None = None) -> None:
    """So many days after its wave has closed, what nobody decided on is deleted."""
    closed_before = (at or timezone.now()) - timedelta(days=LATE_DAYS)
    over = Wave.objects.filter(state=Wave.State.CLOSED, closes_at__lte=closed_before)
    deleted, _of_each_model = HeldSubmission.objects.filter(wave__in=over).delete()
    if deleted:
        forget_deleted_rows(HeldSubmission)
