"""What the clock does for mailings and triggers, once a minute: freeze, send, remind, keep quiet hours, finish."""

import logging
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from cxportal.dispatch import mailings as dispatch_mailings
from cxportal.dispatch import suppression
from cxportal.dispatch.models import FINAL_STATES, Batch, Message
from panels import contact_rules, progress, triggers
from panels.mailing import freeze, lease, send, stop
from panels.models import Invitation, Mailing, Reminder, Trigger
from panels.reminders import due_reminders, remind
from surveys.models import Collector, Ticket, Wave

logger = logging.getLogger(__name__)

REPORTS_COME_FOR = timedelta(days=30)


def keep_up(*, at: datetime | None = None) -> None:
    """One mailing that fails does not keep the others from going on."""
    at = at or timezone.now()
    for mailing in Mailing.objects.under_way():
        try:
            carry_on(mailing=mailing, at=at)
        except Exception:
            logger.exception("Mailing %s could not go on; it is tried again in a minute.", mailing.pk)
    for trigger in Trigger.objects.all():
        triggers.carry_on(trigger=trigger, at=at)
    keep_quiet_hours(at=at)


def carry_on(*, mailing: Mailing, at: datetime | None = None) -> None:
    """Whatever is next for this mailing. Safe to call at any time, also by two workers at once."""
    at = at or timezone.now()
    with lease(mailing) as is_mine:
        if not is_mine:
            return
        mailing = Mailing.objects.select_related(
            "wave__version", "wave__survey", "collector", "batch__changed_by"
        ).get(pk=mailing.pk)
        if mailing.state == Mailing.State.SCHEDULED and mailing.frozen_at is None:
            if not freeze(mailing=mailing, at=at):
                return
            mailing.refresh_from_db(fields=["frozen_at"])
        if mailing.state == Mailing.State.SENDING and mailing.wave.state == Wave.State.CLOSED:
            end_with_the_wave(mailing=mailing, at=at)
        if mailing.batch and mailing.batch.state == Batch.State.STOPPED:  # on the pages of dispatch
            stop(mailing=mailing, by=mailing.batch.changed_by)
        send(mailing=mailing, at=at)
        for reminder in due_reminders(mailing, at=at):
            remind(reminder=reminder, at=at)
        finish_if_done(mailing=mailing, at=at)
        progress.write_counts(collector=mailing.collector)
        progress.note_day(collector=mailing.collector, at=at)


def end_with_the_wave(*, mailing: Mailing, at: datetime) -> None:
    """A closed wave takes no answer: nobody is sent to it any more."""
    Reminder.objects.filter(mailing=mailing, queued_at=None).update(queued_at=at)
    if _something_waits(mailing):
        stop(mailing=mailing, by=None)


def finish_if_done(*, mailing: Mailing, at: datetime) -> bool:
    """Done when nothing waits any more, here or in dispatch; then no link is kept for reminders."""
    mailing.refresh_from_db()
    if mailing.state != Mailing.State.SENDING:
        return False
    if not Reminder.objects.filter(mailing=mailing, queued_at=None).exists():
        forget_links(mailing)
    if _something_waits(mailing):
        return False
    forget_messages(mailing)
    return bool(
        Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.SENDING).update(
            state=Mailing.State.DONE, finished_at=at
        )
    )


def _something_waits(mailing: Mailing) -> bool:
    return (
        Reminder.objects.filter(mailing=mailing, queued_at=None).exists()
        or Invitation.objects.filter(mailing=mailing, state=Invitation.State.WAITING).exists()
        or Message.objects.filter(batch=mailing.batch_id, state__in=progress.WAITING).exists()
    )


def forget_links(mailing: Mailing) -> None:
    """The last message with them is in the queue: nobody can compute any more who has answered."""
    if Invitation.objects.filter(mailing=mailing, state=Invitation.State.WAITING).exists():
        return
    mine = Invitation.objects.filter(mailing=mailing, ticket=OuterRef("pk"))
    Ticket.objects.filter(Exists(mine), sealed_token__isnull=False).update(sealed_token=None)


def forget_messages(mailing: Mailing) -> None:
    """The links stand in the messages too: those whose outcome is known lose their address and words."""
    suppression.forget(Message.objects.filter(batch=mailing.batch_id, state__in=FINAL_STATES))


def keep_quiet_hours(*, at: datetime) -> None:
    """What is not yet handed over waits until morning. A hold that a person set is left to the person."""
    ours = [
        pk
        for pk in [
            *Mailing.objects.under_way().values_list("batch", flat=True),
            *Trigger.objects.values_list("batch", flat=True),
        ]
        if pk
    ]
    batches = Batch.objects.filter(pk__in=ours)
    if contact_rules.is_quiet(contact_rules.current(), at):
        for batch in batches.filter(state=Batch.State.RUNNING):
            dispatch_mailings.hold(batch=batch, by=None)
    else:
        for batch in batches.filter(state=Batch.State.HELD, changed_by=None):
            dispatch_mailings.release(batch=batch, by=None)


def recount(*, at: datetime | None = None) -> None:
    """Reports and answers come for weeks after the last message: the counts of what is done follow them."""
    since = (at or timezone.now()) - REPORTS_COME_FOR
    done = Mailing.objects.filter(finished_at__gt=since)
    for collector in Collector.objects.filter(pk__in=done.values("collector")):
        progress.write_counts(collector=collector)
        progress.note_day(collector=collector, at=at)
