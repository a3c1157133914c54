"""From a mailing that was looked at to messages in the queue: start, freeze, send, take back, stop.

Starting says yes to what the preview showed. Freezing makes tickets and invitations of it: from then on nobody is
added, and a change in between is refused. Sending hands what is frozen to dispatch when its time has come, but for
those who in the meantime do not want it any more. Every step may be cut off and is begun or gone on with again.
"""

import base64
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from cxportal.dispatch import mailings as dispatch_mailings
from cxportal.dispatch import queueing
from cxportal.dispatch.models import Batch, ChannelOfMessage
from cxportal.keys import store
from cxportal.organisation.models import User
from cxportal.organisation.texts import text_of
from panels import contact_rules, exclusions, invitation_texts, profiles, pseudonyms
from panels.audience import Audience, Invited
from panels.models import (
    Exclusion,
    Invitation,
    Mailing,
    Member,
    Membership,
    Panel,
    Reason,
    Reminder,
    Sample,
)
from panels.preferences import preferences_url
from panels.preview import Preview, preview_of
from surveys import waves
from surveys.ballot_box import hash_of
from surveys.bulk_rows import in_turn, next_ids, stored_moment, turns, write_rows, written_in_turn
from surveys.models import Collector, Profile, Ticket, Wave

ROWS_AT_A_TIME = 1000
LEASE = timedelta(minutes=3)
SEALED = "ticket"
TICKET_COLUMNS = (
    *("id", "wave_id", "collector_id", "profile_id", "token_hash", "sealed_token", "subject"),
    "panel_key_name",
)
INVITATION_COLUMNS = (
    *("id", "mailing_id", "wave_id", "member_id", "membership_id", "ticket_id", "language", "channel"),
    *("state", "reason", "asked_at"),
)
PURPOSES = ("invitation", "reminder")


class CannotStart(ValueError):
    """`faults` says in one sentence each why the mailing is not started."""

    def __init__(self, faults: list[str]):
        self.faults = faults
        super().__init__(" ".join(faults))


# ---------- preparing ----------


@transaction.atomic
def prepare(
    *,
    wave: Wave,
    panels: Sequence[Panel],
    by: User | None,
    name: str = "",
    sample: dict[str, Any] | None = None,
    **how: Any,
) -> Mailing:
    """A mailing in draft. `sample` has the columns of Sample; without it everybody is asked."""
    mailing = Mailing(wave=wave, collector=collector_of(wave), name=name or wave.name, **how)
    mailing.save()
    mailing.panels.set(panels)
    Sample.objects.create(mailing=mailing, **(sample or {}))
    return mailing


def collector_of(wave: Wave) -> Collector:
    """The way in of personal links: the wave's own, or a new one."""
    known = wave.collectors.filter(kind=Collector.Kind.TICKETS).exclude(state=Collector.State.CLOSED)
    return known.first() or Collector.objects.create(
        wave=wave, kind=Collector.Kind.TICKETS, name=_("Personal links")
    )


# ---------- starting ----------


def start(*, mailing: Mailing, seen: str, by: User | None, at: datetime | None = None) -> Mailing:
    """Say yes to the preview with this hash. Nothing leaves before the mailing is frozen and its time has come."""
    preview = preview_of(mailing, at=at)
    if faults := faults_in(preview, seen=seen, at=at):
        raise CannotStart(faults)
    with transaction.atomic():
        started = Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.DRAFT).update(
            state=Mailing.State.SCHEDULED,
            seen_hash=seen,
            started_by=by,
            refusal="",
            starts_at=mailing.starts_at or at or timezone.now(),
        )
        if not started:
            raise CannotStart([_("This mailing was started before.")])
    mailing.refresh_from_db()
    return mailing


def faults_in(preview: Preview, *, seen: str, at: datetime | None = None) -> list[str]:
    """Sentences about everything that keeps the mailing from starting."""
    mailing = preview.mailing
    if not Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.DRAFT).exists():
        return [_("This mailing was started before.")]
    faults = list(faults_of_wave(mailing, at=at or timezone.now()))
    faults += faults_of_messages(preview)
    faults += faults_of_reminders(mailing, preview)
    if not preview.invited:
        faults.append(_("Nobody is left to be invited."))
    if not seen:
        faults.append(_("Look at the preview first, and say that you have seen it."))
    elif seen != preview.seen_hash and not faults:
        faults.append(
            _("Who is asked or what they read has changed since the preview: look at it again, then start.")
        )
    return faults


def faults_of_wave(mailing: Mailing, *, at: datetime) -> Iterator[str]:
    wave, moment = mailing.wave, mailing.starts_at or at
    if wave.version is None:
        yield _("The survey has not been published.")
    elif (wave.closes_at and wave.closes_at <= moment) or wave.state == Wave.State.CLOSED:
        yield _("The wave is closed before the mailing goes out.")
    elif wave.state == Wave.State.PAUSED:
        yield _("The wave is paused: let it go on first.")
    elif wave.state == Wave.State.DRAFT and not will_be_open(wave, moment):
        yield _("The wave is not open: open it first, or let it open by itself before the mailing goes out.")
    if mailing.collector.state != Collector.State.OPEN:
        yield _("The way in for personal links is not open.")


def will_be_open(wave: Wave, moment: datetime) -> bool:
    return bool(wave.opens_by_itself and wave.opens_at and wave.opens_at <= moment)


def faults_of_messages(preview: Preview) -> list[str]:
    return [
        _("There is no message in %(language)s, which %(number)d people would get.")
        % {"language": row.language.native_name, "number": row.together}
        for row in preview.languages
        if not row.has_words
    ]


def faults_of_reminders(mailing: Mailing, preview: Preview) -> list[str]:
    faults = []
    if len(mailing.reminder_days) > preview.rule.most_reminders:
        faults.append(
            _("The contact rule allows at most %(most)d reminders.") % {"most": preview.rule.most_reminders}
        )
    if mailing.reminder_days and mailing.panels.filter(wipes=Panel.Wipes.AFTER_LAST_MESSAGE).exists():
        faults.append(
            _("A list that is wiped after the last message cannot be reminded: take the reminders away.")
        )
    return faults


# ---------- one worker at a time ----------


@contextmanager
def lease(mailing: Mailing) -> Iterator[bool]:
    """Whether this worker has the mailing now. One that died loses it after some minutes."""
    free = Mailing.objects.filter(Q(leased_until=None) | Q(leased_until__lte=Now()), pk=mailing.pk)
    is_mine = bool(free.update(leased_until=timezone.now() + LEASE))
    try:
        yield is_mine
    finally:
        if is_mine:
            Mailing.objects.filter(pk=mailing.pk).update(leased_until=None)


def go_on(mailing: Mailing) -> None:
    """This worker is still at it."""
    Mailing.objects.filter(pk=mailing.pk).update(leased_until=timezone.now() + LEASE)


# ---------- freezing ----------


def freeze(*, mailing: Mailing, at: datetime | None = None) -> bool:
    """Make tickets and invitations of what was said yes to. False, and back to draft, if it is no longer the same.

    What an earlier try left behind is thrown away first; nobody was written to yet.
    """
    _unfreeze(mailing)
    preview = preview_of(mailing, at=at)
    if preview.seen_hash != mailing.seen_hash:
        refuse(
            mailing,
            _("Who is asked or what they read has changed since the preview: look at it again, then start."),
        )
        return False
    return freeze_as_seen(mailing, preview)


def freeze_as_seen(mailing: Mailing, preview: Preview) -> bool:
    """False if the mailing was taken back meanwhile."""
    freeze_promise(mailing.wave)
    audience = preview.audience
    rows = profiles.make_profiles(mailing.wave, audience.profile_sizes())
    make = partial(_make_tickets, mailing, audience, rows, preview.at)
    for _made in written_in_turn(in_turn(audience.invited), make):
        go_on(mailing)
    for left_out in in_turn(audience.left_out):
        Exclusion.objects.bulk_create(
            Exclusion(mailing=mailing, member_id=row.member, reason=row.reason, language=row.language)
            for row in left_out
        )
    Sample.objects.filter(mailing=mailing).update(counts=counts_of(audience))
    kept = Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.SCHEDULED).update(frozen_at=Now())
    if not kept:  # taken back meanwhile
        _unfreeze(mailing)
    return bool(kept)


def counts_of(audience: Audience) -> dict[str, Any]:
    drawn = audience.drawn
    return {
        "frame": drawn.frame,
        "drawn": len(drawn.people),
        "invited": len(audience.invited),
        "excluded": dict(audience.reasons),
        "groups": {group: list(numbers) for group, numbers in drawn.groups.items()},
        "lost": audience.coarsened.lost,
        "smallest_profile": audience.coarsened.smallest,
        "unique": audience.unique,
    }


def refuse(mailing: Mailing, why: str) -> None:
    Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.SCHEDULED).update(
        state=Mailing.State.DRAFT, seen_hash="", refusal=why
    )


@transaction.atomic
def freeze_promise(wave: Wave) -> None:
    locked = Wave.objects.select_for_update().get(pk=wave.pk)
    waves.freeze_promise(locked)
    locked.save()


def _make_tickets(
    mailing: Mailing,
    audience: Audience,
    rows: dict[profiles.Group, Profile],
    asked_at: datetime,
    people: Sequence[Invited],
) -> None:
    wave = mailing.wave
    subjects = {} if wave.is_anonymous else _subjects(people)
    groups = audience.coarsened.groups
    tickets, invitations = next_ids(Ticket, len(people)), next_ids(Invitation, len(people))

    def ticket_rows() -> Iterator[tuple[Any, ...]]:
        for pk, person in zip(tickets, people, strict=True):
            token, subject = new_token(), subjects.get(person.membership, ("", ""))
            profile = rows[groups[person.known]].pk
            yield (
                *(pk, wave.pk, mailing.collector_id, profile),
                *(hash_of(token), seal(wave, token), *subject),
            )

    asked = stored_moment(asked_at)
    write_rows(Ticket, TICKET_COLUMNS, ticket_rows())
    write_rows(
        Invitation,
        INVITATION_COLUMNS,
        (
            (
                *(pk, mailing.pk, wave.pk, person.member, person.membership, ticket),
                *(person.language, person.channel, Invitation.State.WAITING.value, "", asked),
            )
            for pk, person, ticket in zip(invitations, people, tickets, strict=True)
        ),
    )


def new_token() -> str:
    """120 random bits in letters and digits that survive every mail program."""
    return base64.b32encode(secrets.token_bytes(15)).decode().lower()


def seal(wave: Wave, token: str) -> bytes:
    return store.encrypt(wave.key_name, token.encode(), SEALED)


def unseal(wave: Wave, sealed: bytes) -> str:
    """Raises KeyMissing once the wave's key is gone."""
    return store.decrypt(wave.key_name, bytes(sealed), SEALED).decode()


def _subjects(people: Sequence[Invited]) -> dict[int, tuple[str, str]]:
    """Membership -> (its random name, the key of its panel)."""
    rows = Membership.objects.filter(pk__in=[person.membership for person in people]).select_related("panel")
    names = {row.panel_id: row.panel for row in rows}
    keys = {panel_id: pseudonyms.key_name_of(panel) for panel_id, panel in names.items()}
    return {row.pk: (row.subject, keys[row.panel_id]) for row in rows}


def _unfreeze(mailing: Mailing) -> None:
    """Only before anything was queued."""
    mine = Invitation.objects.filter(mailing=mailing)
    while tickets := list(mine.values_list("ticket_id", flat=True)[:ROWS_AT_A_TIME]):
        with transaction.atomic():
            used = set(Ticket.objects.filter(pk__in=tickets).values_list("profile_id", flat=True))
            mine.filter(Q(ticket__in=tickets) | Q(ticket=None)).delete()
            Ticket.objects.filter(pk__in=tickets).delete()
            Profile.objects.filter(pk__in=used, tickets=None).delete()
        go_on(mailing)
    Exclusion.objects.filter(mailing=mailing).delete()
    Mailing.objects.filter(pk=mailing.pk).update(frozen_at=None)


# ---------- sending ----------


def send(*, mailing: Mailing, at: datetime | None = None) -> int:
    """Hand everything that waits to dispatch, in short transactions; how many messages. Does nothing before its time,
    and waits while the wave is not open.
    """
    at = at or timezone.now()
    if not _begin_sending(mailing, at):
        return 0
    mailing.refresh_from_db()
    sending = Sending(mailing, at=at)
    waiting = Invitation.objects.filter(mailing=mailing, state=Invitation.State.WAITING).order_by("pk")
    queued = 0
    for size in turns():
        chunk = list(waiting.values_list("pk", flat=True)[:size])
        if not chunk:
            break
        with transaction.atomic():
            if not _is_still_sending(mailing):
                break
            queued += sending.queue(chunk)
        go_on(mailing)
    return queued


@transaction.atomic
def _begin_sending(mailing: Mailing, at: datetime) -> bool:
    row = Mailing.objects.select_for_update().select_related("wave").get(pk=mailing.pk)
    if row.state == Mailing.State.SENDING:
        return row.wave.state == Wave.State.OPEN
    if (
        row.state != Mailing.State.SCHEDULED
        or row.frozen_at is None
        or (row.starts_at and row.starts_at > at)
    ):
        return False
    if row.wave.state == Wave.State.CLOSED:
        row.refusal = _("The wave was closed before the mailing went out.")
        row.state = Mailing.State.STOPPED
        row.save(update_fields=["state", "refusal"])
        return False
    if row.wave.state != Wave.State.OPEN:
        return False
    row.batch = queueing.new_batch(name=row.name)
    row.state = Mailing.State.SENDING
    row.save(update_fields=["state", "batch"])
    rule = contact_rules.current()
    Reminder.objects.bulk_create(
        Reminder(
            mailing=row,
            number=number,
            due_at=contact_rules.next_moment(rule, at + timedelta(days=days)),
        )
        for number, days in enumerate(sorted(row.reminder_days), start=1)
    )
    return True


def _is_still_sending(mailing: Mailing) -> bool:
    """Locked until the chunk is written, so that nothing is queued behind a stop."""
    row = Mailing.objects.select_for_update().only("state").get(pk=mailing.pk)
    return row.state == Mailing.State.SENDING


class Sending:
    """Queues invitations, or one round of reminders, of one mailing."""

    def __init__(self, mailing: Mailing, *, at: datetime, reminder: int = 0) -> None:
        self.batch = cast(Batch, mailing.batch)
        self.wave = mailing.wave
        self.reminder = reminder
        self.at = at
        self.due_at = contact_rules.next_moment(contact_rules.current(), at)
        self.today = timezone.localtime(at).date()
        self.panels = {panel.pk: panel for panel in mailing.panels.all()}
        words = invitation_texts.words_of(mailing)
        self.data = {
            code: invitation_texts.data_of(mailing, words[code], code) | {"reminder": reminder}
            for code in words
        }
        self.panel_names = {
            (pk, code): name_of(panel, code) for pk, panel in self.panels.items() for code in self.data
        }

    def queue(self, keys: list[int]) -> int:
        """Inside a transaction. Who must not be asked after all is withdrawn, with the reason."""
        rows = list(Invitation.objects.filter(pk__in=keys).select_related("member", "membership", "ticket"))
        wishes = self.wishes_of(rows)
        going = [row for row in rows if not wishes.get(row.pk)]
        messages = [self.message(row) for row in going]
        queued = queueing.queue_many(messages, batch=self.batch)
        Invitation.objects.filter(pk__in=[row.pk for row in going]).update(
            state=Invitation.State.QUEUED, asked_at=self.due_at
        )
        for reason in set(wishes.values()):
            with_reason = [pk for pk, why in wishes.items() if why == reason]
            Invitation.objects.filter(pk__in=with_reason).update(
                state=Invitation.State.WITHDRAWN, reason=reason
            )
        return queued

    def wishes_of(self, rows: list[Invitation]) -> dict[int, str]:
        """Invitation -> why it must not go out now."""
        memberships = [row.membership_id for row in rows if row.membership_id]
        known = {
            person.membership: person
            for person in exclusions.people(Membership.objects.filter(pk__in=memberships), wave=self.wave)
        }
        found = {}
        for row in rows:
            person = known.get(row.membership_id) if row.membership_id else None
            if person is None or row.ticket is None or row.ticket.sealed_token is None:
                found[row.pk] = Reason.ERASED.value
            elif why := exclusions.wish_of(person, self.today):
                found[row.pk] = str(why)
            elif exclusions.channel_of(person, row.channel) != row.channel:
                found[row.pk] = Reason.BOUNCED.value
        return found

    def message(self, row: Invitation) -> dict[str, Any]:
        member, membership = cast(Member, row.member), cast(Membership, row.membership)
        panel = self.panels[membership.panel_id]
        own_links = {"link": invitation_texts.link_with(token_of(row))}
        if panel.is_standing:
            own_links["preferences"] = preferences_url(member, row.language)
        is_mail = row.channel == ChannelOfMessage.EMAIL
        return {
            "cause": cause_of(row, self.reminder),
            "purpose": "reminder" if self.reminder else "invitation",
            "channel": row.channel,
            "address": member.email if is_mail else member.phone,
            "template": invitation_texts.TEMPLATE,
            "language": row.language,
            "data": self.data[row.language] | {"panel": self.panel_names[panel.pk, row.language]} | own_links,
            "due_at": self.due_at,
            "unsubscribe_scope": panel.unsubscribe_scope,
        }


def name_of(panel: Panel, language: str) -> tuple[str, str]:
    """The name and the language it is in."""
    name = text_of(panel, "name", language)
    return name.text, name.language


def token_of(row: Invitation) -> str:
    """Raises KeyMissing once the wave's key is gone."""
    ticket = cast(Ticket, row.ticket)
    return unseal(row.wave, cast(bytes, ticket.sealed_token))


def cause_of(row: Invitation, reminder: int = 0) -> str:
    kind = f"reminder:{reminder}" if reminder else "invitation"
    return f"wave:{row.wave_id}:{row.member_id}:{kind}"


# ---------- taking back and stopping ----------


def take_back(*, mailing: Mailing, by: User) -> bool:
    """Back to draft before anything was queued. False if it was too late: then it can be stopped."""
    with transaction.atomic():
        changed = Mailing.objects.filter(pk=mailing.pk, state=Mailing.State.SCHEDULED).update(
            state=Mailing.State.DRAFT, seen_hash="", frozen_at=None
        )
    if changed:
        _unfreeze(mailing)
    mailing.refresh_from_db()
    return bool(changed)


def stop(*, mailing: Mailing, by: User | None) -> int:
    """For good: from the moment this returns nothing more passes its fence. How many messages were cancelled."""
    with transaction.atomic():
        row = Mailing.objects.select_for_update().get(pk=mailing.pk)
        if row.state not in (Mailing.State.SCHEDULED, Mailing.State.SENDING):
            return 0
        row.state = Mailing.State.STOPPED
        row.frozen_at = row.frozen_at or timezone.now()
        row.finished_at = timezone.now()
        row.save(update_fields=["state", "frozen_at", "finished_at"])
    cancelled = dispatch_mailings.stop(batch=row.batch, by=by) if row.batch else 0
    Invitation.objects.filter(mailing=mailing, state=Invitation.State.WAITING).update(
        state=Invitation.State.WITHDRAWN
    )
    mailing.refresh_from_db()
    return cancelled
