"""Only in the database of `CX_KEYS_URL`, never in the main one: see `router.py`."""

from django.db import models
from django.db.models import Q


class StoredKey(models.Model):
    name = models.CharField(max_length=120, primary_key=True)
    key = models.BinaryField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    destroyed_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(key__isnull=False, destroyed_on__isnull=True)
                | Q(key__isnull=True, destroyed_on__isnull=False),
                name="stored_key_is_kept_or_destroyed",
            )
        ]

    def __str__(self) -> str:
        return self.name


class StoredMark(models.Model):
    """A counter that only rises."""

    name = models.CharField(max_length=120, primary_key=True)
    value = models.BigIntegerField()

    def __str__(self) -> str:
        return self.name
