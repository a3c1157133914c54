"""What was deleted leaves the files of the database too."""

import logging
import time
from collections.abc import Iterable
from datetime import timedelta

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from django.utils import timezone

logger = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=1)


def wipe(models: Iterable[type[Model]]) -> None:
    """Does nothing inside a transaction, where no database can.

    PostgreSQL keeps deleted rows in free places of a page until the table is written anew, which locks it for a
    moment. SQLite overwrites them at once (`secure_delete`) and keeps copies in its journal until this.
    """
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _wait_for_older_transactions(cursor)
            for model in models:
                cursor.execute(f'VACUUM FULL "{model._meta.db_table}"')
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _wait_for_older_transactions(cursor: CursorWrapper) -> None:
    """PostgreSQL copies a deleted row into the new table for as long as somebody could still read it."""
    begun_at = timezone.now()
    while timezone.now() < begun_at + PATIENCE:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND xact_start < %s)",
            [begun_at],
        )
        if not cursor.fetchone()[0]:
            return
        time.sleep(0.2)
    logger.warning("A transaction older than the purge goes on; deleted rows leave the disk the next night.")
