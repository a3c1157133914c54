"""Reminding those whose link has not been used.

What the server knows of an anonymous wave: whether a link was used, for as long as the wave's key and the sealed link
are there. Not what was answered with it, and nothing of anybody once the last reminder is in the queue.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from cxportal.dispatch import queueing
from cxportal.dispatch.models import Message, State
from cxportal.keys import store
from panels.mailing import ROWS_AT_A_TIME, Sending, cause_of, go_on, token_of
from panels.models import Invitation, Mailing, Reminder
from surveys.ballot_box import mark_of_ticket
from surveys.models import Mark, Wave

LEFT_OR_UNKNOWN = (State.ACCEPTED, State.DELIVERED, State.UNKNOWN)


def due_reminders(mailing: Mailing, *, at: datetime) -> QuerySet[Reminder]:
    return Reminder.objects.filter(mailing=mailing, queued_at=None, due_at__lte=at).order_by("number")


def remind(*, reminder: Reminder, at: datetime | None = None) -> int:
    """One round, in short transactions; how many messages. Cut off, it goes on behind the last chunk. Waits while the
    wave is paused; a wave that has closed is not reminded of any more.
    """
    at = at or timezone.now()
    mailing = Mailing.objects.select_related("wave", "batch").get(pk=reminder.mailing_id)
    if mailing.wave.state in (Wave.State.DRAFT, Wave.State.PAUSED):
        return 0
    if mailing.wave.state == Wave.State.CLOSED or not store.exists(mailing.wave.key_name):
        Reminder.objects.filter(pk=reminder.pk, queued_at=None).update(queued_at=at)
        return 0
    sending = Sending(mailing, at=at, reminder=reminder.number)
    reminded = 0
    while True:
        with transaction.atomic():
            row = Reminder.objects.select_for_update().get(pk=reminder.pk)
            state = Mailing.objects.select_for_update().values_list("state", flat=True).get(pk=mailing.pk)
            if row.queued_at or state != Mailing.State.SENDING:
                return reminded
            if not (chunk := _next_chunk(row)):
                Reminder.objects.filter(pk=row.pk).update(queued_at=at)
                return reminded
            reminded += _remind_some(row, chunk, sending)
        go_on(mailing)


def _next_chunk(reminder: Reminder) -> list[Invitation]:
    rows = Invitation.objects.filter(
        mailing=reminder.mailing_id, state=Invitation.State.QUEUED, pk__gt=reminder.last_invitation
    )
    return list(rows.order_by("pk").select_related("member", "membership", "ticket", "wave")[:ROWS_AT_A_TIME])


def _remind_some(reminder: Reminder, rows: list[Invitation], sending: Sending) -> int:
    wishes = sending.wishes_of(rows)
    arrived = _left(rows)
    able = [row for row in rows if not wishes.get(row.pk) and cause_of(row) in arrived]
    answered = answered_among(able)
    going = [row for row in able if row.pk not in answered]
    queued = queueing.queue_many([sending.message(row) for row in going], batch=sending.batch)
    Reminder.objects.filter(pk=reminder.pk).update(
        last_invitation=rows[-1].pk,
        reminded=F("reminded") + len(going),
        answered=F("answered") + len(answered),
        left_out=F("left_out") + len(rows) - len(able),
    )
    return queued


def _left(rows: list[Invitation]) -> set[str]:
    """Causes of invitations that were handed over. Who was not reached by the first message is not reminded of it."""
    causes = [cause_of(row) for row in rows]
    left = Message.objects.filter(cause__in=causes, state__in=LEFT_OR_UNKNOWN)
    return set(left.values_list("cause", flat=True))


def answered_among(rows: list[Invitation]) -> set[int]:
    """Invitations whose link was used. Computed from the links, kept nowhere."""
    if not rows:
        return set()
    wave = rows[0].wave
    marks = {mark_of_ticket(wave, token_of(row)): row.pk for row in rows}
    spent = Mark.objects.filter(wave=wave, mark__in=list(marks)).values_list("mark", flat=True)
    return {marks[mark] for mark in spent}
