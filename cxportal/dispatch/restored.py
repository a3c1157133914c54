"""Hold everything after a restore from backup: what the database calls queued may have been sent since.

Each claim raises a counter in its own transaction and then a mark beside the keys, which have a backup of their own.
A database behind its mark was restored; so was one that has claimed before and finds no mark at all.
"""

import time

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from cxportal.dispatch.models import Hold, Ledger
from cxportal.dispatch.waking import wake_after_commit
from cxportal.keys import store
from cxportal.organisation.models import User

SECONDS_BETWEEN_MARKS = 1


class Restored(Exception):
    """The database is older than the mark beside the keys; the claim must be rolled back."""


def is_on_hold() -> bool:
    return Hold.objects.filter(released_at__isnull=True).exists()


def hold_if_restored() -> bool:
    """Compare database and mark; True if nothing may be sent now."""
    with transaction.atomic():
        ledger = _locked_ledger()
        mark = store.read_mark(_name(ledger))
        if mark is None and ledger.claims == 0:
            store.write_mark(_name(ledger), 0)
        elif mark is None or ledger.claims < mark:
            hold_all(reason=Hold.Reason.RESTORED)
    return is_on_hold()


def hold_all(*, by: User | None = None, reason: str = Hold.Reason.STAFF) -> None:
    """From the moment this returns no message passes its fence."""
    Hold.objects.get_or_create(reason=reason, released_at=None, defaults={"held_by": by})


def release_all(*, by: User) -> None:
    """A person decided that what is queued may be sent; from here on the counter is ahead of the mark again."""
    with transaction.atomic():
        ledger = _locked_ledger()
        claims = max(ledger.claims, _mark(ledger))
        Ledger.objects.filter(pk=1).update(claims=claims)
        store.write_mark(_name(ledger), claims)
        Hold.objects.filter(released_at__isnull=True).update(released_at=Now(), released_by=by)
        for channel in ("email", "sms"):
            wake_after_commit(channel)


def count_claim() -> Ledger:
    """At the end of the transaction of a claim; the result goes to `keep_mark` after the commit.

    The row is locked from here to the commit, so no other claim can bring the mark up to this one's number.
    """
    if not Ledger.objects.filter(pk=1).update(claims=F("claims") + 1):
        Ledger.objects.create(pk=1, claims=1)
    ledger = Ledger.objects.get(pk=1)
    if ledger.claims <= _mark(ledger):
        raise Restored
    return ledger


def keep_mark(ledger: Ledger) -> None:
    """At most once a second, and at the end by `keep_last_mark`: no backup is younger."""
    now = time.monotonic()
    if now >= _next_marks.get(ledger.installation, 0):
        store.write_mark(_name(ledger), ledger.claims)
        _next_marks[ledger.installation] = now + SECONDS_BETWEEN_MARKS


def keep_last_mark() -> None:
    ledger = Ledger.objects.filter(pk=1).first()
    if ledger:
        store.write_mark(_name(ledger), ledger.claims)


_next_marks: dict[str, float] = {}


def _locked_ledger() -> Ledger:
    Ledger.objects.get_or_create(pk=1)
    return Ledger.objects.select_for_update().get(pk=1)


def _mark(ledger: Ledger) -> int:
    return store.read_mark(_name(ledger)) or 0


def _name(ledger: Ledger) -> str:
    return f"dispatch:{ledger.installation}"
