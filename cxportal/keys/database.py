"""Keys as rows of a small second database (`CX_KEYS_URL`), for installations on several machines."""

from datetime import date

from django.db import connections, transaction
from django.utils import timezone

from cxportal.keys.models import StoredKey, StoredMark
from cxportal.keys.router import ALIAS


class DatabaseStore:
    """One row per name; a destroyed key keeps its row with the day and no key."""

    place = "the database of CX_KEYS_URL"

    def read(self, name: str) -> bytes | None:
        key = StoredKey.objects.using(ALIAS).filter(name=name).values_list("key", flat=True).first()
        return bytes(key) if key else None

    def add(self, name: str, key: bytes) -> None:
        StoredKey.objects.using(ALIAS).bulk_create([StoredKey(name=name, key=key)], ignore_conflicts=True)

    def destroy(self, name: str, on: date) -> None:
        rows = StoredKey.objects.using(ALIAS)
        _forget_deleted_content()
        rows.bulk_create([StoredKey(name=name, destroyed_on=on)], ignore_conflicts=True)
        rows.filter(name=name, key__isnull=False).update(key=None, destroyed_on=on)
        transaction.on_commit(_sweep, using=ALIAS)

    def destroyed_on(self, name: str) -> date | None:
        return StoredKey.objects.using(ALIAS).filter(name=name).values_list("destroyed_on", flat=True).first()

    def names(self) -> list[str]:
        kept = StoredKey.objects.using(ALIAS).filter(key__isnull=False)
        return list(kept.order_by("name").values_list("name", flat=True))

    def made_on(self, name: str) -> date | None:
        kept = StoredKey.objects.using(ALIAS).filter(name=name, key__isnull=False)
        made_at = kept.values_list("created_at", flat=True).first()
        return timezone.localdate(made_at) if made_at else None

    def tombstones(self) -> dict[str, date]:
        gone = StoredKey.objects.using(ALIAS).filter(key__isnull=True).order_by("name")
        return {name: day for name, day in gone.values_list("name", "destroyed_on") if day}

    def read_mark(self, name: str) -> int | None:
        return StoredMark.objects.using(ALIAS).filter(name=name).values_list("value", flat=True).first()

    def raise_mark(self, name: str, value: int) -> None:
        marks = StoredMark.objects.using(ALIAS)
        if not marks.filter(name=name, value__lt=value).update(value=value):
            marks.bulk_create([StoredMark(name=name, value=value)], ignore_conflicts=True)
            # somebody else may have made the row a moment ago, with less
            marks.filter(name=name, value__lt=value).update(value=value)

    def marks(self) -> dict[str, int]:
        return dict(StoredMark.objects.using(ALIAS).order_by("name").values_list("name", "value"))


def _forget_deleted_content() -> None:
    connection = connections[ALIAS]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete=ON")


def _sweep() -> None:
    """An UPDATE leaves the old row in the file: write the (tiny) table anew without it."""
    connection = connections[ALIAS]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"VACUUM FULL {StoredKey._meta.db_table}")
        elif connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
