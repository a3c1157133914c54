"""Forgetting people in time. One rule per class of personal data; docs/retention.md says the same in words.

Rules run in this order, each in short transactions: a purge that was cut off goes on where it stopped. Only counts are
logged. At the end deleted rows are also taken off the disk.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from auditlog.context import disable_auditlog
from django.db import transaction
from django.db.models import Case, Exists, F, Max, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from cxportal import free_space
from cxportal.dispatch.models import Message, OutboxMail, State
from cxportal.keys import store
from panels import progress, subject_requests
from panels.models import Consent, Member, MemberImport, Membership, Panel, PurgeRun
from panels.models.mailing import Exclusion, Invitation, Mailing

logger = logging.getLogger(__name__)

ROWS_AT_A_TIME = 500
IMPORT_KEPT = timedelta(days=1)
UNCONFIRMED_KEPT = timedelta(days=7)
ALARM_AFTER = timedelta(hours=36)
JOINING = "joining"
"""Purpose of the message that asks somebody to confirm that they want to join."""
WRITTEN_ANEW = (Member, Membership, Consent, Invitation, Exclusion, MemberImport, Message, OutboxMail)


class Rule(NamedTuple):
    name: str
    due: Callable[[], int]
    """How many rows the rule would take now."""
    apply: Callable[[], int]


def purge(*, at: datetime | None = None) -> dict[str, int]:
    """Carry out every rule; how many rows each took."""
    run = PurgeRun.objects.create(begun_at=at or timezone.now())
    counts = {rule.name: rule.apply() for rule in RULES}
    if any(counts.values()):
        free_space.wipe(WRITTEN_ANEW)
    PurgeRun.objects.filter(pk=run.pk).update(finished_at=at or Now(), counts=counts)
    logger.info("Purge: %s.", ", ".join(f"{name} {count}" for name, count in counts.items()))
    return counts


def wipe_finished_lists() -> int:
    """By day, soon after the last message; the rest of the purge and the disk follow at night."""
    return RULES[0].apply()


def would_purge() -> dict[str, int]:
    """The same counts, and nothing is changed. Of a rule that follows another, what is due already."""
    return {rule.name: rule.due() for rule in RULES}


def is_late(*, at: datetime | None = None) -> bool:
    """Whether there is anybody to forget and no purge has come to its end for too long."""
    at = at or timezone.now()
    last = PurgeRun.objects.exclude(finished_at=None).aggregate(at=Max("finished_at"))["at"]
    if last:
        return last < at - ALARM_AFTER
    return Member.objects.filter(created_on__lt=timezone.localdate(at) - timedelta(days=2)).exists()


# ---------- contact lists ----------


def finished_lists() -> QuerySet[Panel]:
    """Lists whose last message, or last reminder, was handed over, and which no other mailing waits for."""
    through = Mailing.panels.through.objects.filter(panel=OuterRef("pk"))
    under_way = through.exclude(mailing__state__in=[Mailing.State.DONE, Mailing.State.STOPPED])
    open_messages = Message.objects.filter(
        state__in=[State.QUEUED, State.CLAIMED, State.HANDING], batch=OuterRef("mailing__batch")
    )
    with_open_messages = through.filter(Exists(open_messages))
    return Panel.objects.wiped_by_themselves().filter(
        Exists(through), ~Exists(under_way), ~Exists(with_open_messages)
    )


def _on_finished_lists() -> QuerySet[Membership]:
    return Membership.objects.filter(panel__in=finished_lists())


def _wipe_finished_lists() -> int:
    """What is counted of their mailings is kept first."""
    through = Mailing.panels.through.objects.filter(mailing=OuterRef("pk"), panel__in=finished_lists())
    counted = Mailing.objects.filter(Exists(through), figures={}).select_related("collector__wave")
    for mailing in counted:
        progress.freeze(mailing=mailing)
    return _end(_on_finished_lists)()


# ---------- people who left, and people kept long enough ----------


def _left() -> QuerySet[Membership]:
    return Membership.objects.filter(left_at__isnull=False)


def _kept_long_enough() -> QuerySet[Membership]:
    today = timezone.localdate()
    last_days = [
        When(panel=panel, then=Value(months_before(today, panel.retention_months)))
        for panel in Panel.objects.only("pk", "retention_months")
    ]
    if not last_days:
        return Membership.objects.none()
    return Membership.objects.alias(
        since=Coalesce(F("renewed_on"), F("joined_on")), forgotten_before=Case(*last_days)
    ).filter(since__lt=F("forgotten_before"))


def months_before(day: date, months: int) -> date:
    month = day.year * 12 + day.month - 1 - months
    return date(month // 12, month % 12 + 1, min(day.day, 28))


def _end(memberships: Callable[[], QuerySet[Membership]]) -> Callable[[], int]:
    def apply() -> int:
        ended = 0
        for keys in _chunks(memberships()):
            ended += _end_chunk(keys)
        return ended

    return apply


@disable_auditlog()  # the clock decides; the counts are kept, not a line for each person
@transaction.atomic
def _end_chunk(keys: list[int]) -> int:
    """Memberships, and with their last one the people and the messages sent to them."""
    members = Member.objects.filter(memberships__in=keys).distinct()
    member_keys = list(members.values_list("pk", flat=True))
    ended, _tables = Membership.objects.filter(pk__in=keys).delete()
    _forget_people(list(Member.objects.filter(pk__in=member_keys).without_panel()))
    return len(keys) if ended else 0


def _forget_people(members: list[Member]) -> int:
    """Links already sent to them still work until the wave closes: nothing tells any more whose they were."""
    subject_requests.forget_messages(subject_requests.messages_to(members))
    Member.objects.filter(pk__in=[member.pk for member in members]).delete()
    return len(members)


@disable_auditlog()
def _forget_members_without_panel() -> int:
    forgotten = 0
    for keys in _chunks(Member.objects.without_panel()):
        with transaction.atomic():
            forgotten += _forget_people(list(Member.objects.filter(pk__in=keys).without_panel()))
    return forgotten


def _chunks(rows: QuerySet) -> Iterator[list[int]]:
    """Keys, a few at a time, read once: what is added while the rule runs waits for the next night."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), ROWS_AT_A_TIME):
        yield keys[start : start + ROWS_AT_A_TIME]


# ---------- messages and files ----------


def _messages_to_nobody() -> QuerySet[Message]:
    """Of panels, closed, and their address is in the register no longer (or never was: joining was not confirmed)."""
    # each with the condition of its index: else every message would look through all members
    by_email = Member.objects.filter(~Q(email_hash=""), email_hash=OuterRef("address_hash"))
    by_phone = Member.objects.filter(~Q(phone_hash=""), phone_hash=OuterRef("address_hash"))
    unconfirmed = Q(purpose=JOINING, final_at__lt=timezone.now() - UNCONFIRMED_KEPT)
    of_panels = Q(unsubscribe_scope__startswith="panel:") | unconfirmed
    return (
        Message.objects.closed()
        .filter(of_panels, ~Exists(by_email), ~Exists(by_phone))
        .exclude(address="", data={})
    )


def _forget_messages_to_nobody() -> int:
    forgotten = 0
    for keys in _chunks(_messages_to_nobody()):
        with transaction.atomic():
            forgotten += subject_requests.forget_messages(Message.objects.filter(pk__in=keys))
    return forgotten


def _old_imports() -> QuerySet[MemberImport]:
    return MemberImport.objects.filter(made_at__lt=timezone.now() - IMPORT_KEPT).exclude(
        sealed_file=b"", sealed_refusals=b""
    )


def _wipe_old_imports() -> int:
    return sum(wipe_import(one) for one in _old_imports())


def wipe_import(member_import: MemberImport) -> int:
    """The file and the refused rows; the key first, so that no copy of them can be read."""
    store.destroy(member_import.key_name)
    return MemberImport.objects.filter(pk=member_import.pk).update(sealed_file=b"", sealed_refusals=b"")


RULES = (
    Rule("finished contact lists", lambda: _on_finished_lists().count(), _wipe_finished_lists),
    Rule("left a panel", lambda: _left().count(), _end(_left)),
    Rule("kept long enough", lambda: _kept_long_enough().count(), _end(_kept_long_enough)),
    Rule("in no panel", lambda: Member.objects.without_panel().count(), _forget_members_without_panel),
    Rule("messages to nobody we know", lambda: _messages_to_nobody().count(), _forget_messages_to_nobody),
    Rule("imported files", lambda: _old_imports().count(), _wipe_old_imports),
)
