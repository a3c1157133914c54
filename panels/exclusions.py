"""Why somebody who was drawn is not asked. The first reason that holds is kept: it is part of the response rate."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from cxportal.dispatch.models import Suppression
from panels import contact_rules
from panels.models import (
    AddressState,
    Consent,
    ConsentKind,
    Invitation,
    Mailing,
    Membership,
    Panel,
    Reason,
)
from surveys import declining
from surveys.models import Wave

ROWS_AT_A_TIME = 5000


class Person(NamedTuple):
    """What must be known of one membership to decide whether and how its person is asked."""

    membership: int
    member: int
    panel: int
    unit: int | None
    attributes: dict[str, Any]
    prefers: str
    language: str
    further_languages: str
    paused_until: date | None
    mail_state: str
    sms_state: str
    has_email: bool
    has_phone: bool
    has_opted_out: bool
    has_consented: bool
    has_declined: bool


def people(memberships: QuerySet[Membership], *, wave: Wave) -> Iterator[Person]:
    """In the order of the panels' keys, then of joining. Six queries, whatever the number: the database joins who
    said no apart, because asking beside each row takes ten times as long.
    """
    rows = memberships.filter(left_at=None).order_by()
    stopped = _reached_by(rows, _stopped)
    declined = _reached_by(rows, lambda hashes: _suppressed(hashes).filter(scope=declining.scope_of(wave)))
    needs_consent = rows.filter(panel__kind__in=Panel.STANDING)
    without_consent = set(needs_consent.filter(~Exists(_consents())).values_list("pk", flat=True))
    for row in rows.order_by("panel_id", "pk").values_list(*COLUMNS).iterator(chunk_size=ROWS_AT_A_TIME):
        *known, email, phone, left_panel, left_all = row
        pk = row[0]
        facts = (
            email != "",
            phone != "",
            left_panel is not None or left_all is not None or pk in stopped,
            pk not in without_consent,
            pk in declined,
        )
        yield Person._make((*known, *facts))


COLUMNS = (
    "pk",
    "member_id",
    "panel_id",
    "unit_id",
    "attributes",
    "channel",
    "member__language",
    "member__further_languages",
    "member__paused_until",
    "member__mail_state",
    "member__sms_state",
    "member__email_folded",
    "member__phone",
    "opted_out_at",
    "member__opted_out_at",
)


@dataclass(frozen=True)
class Standing:
    """What other mailings mean for this one: keys of members."""

    same_wave: set[int]
    other_wave: set[int]
    too_recent: set[int]
    today: date

    @classmethod
    def of(cls, mailing: Mailing, *, at: datetime) -> "Standing":
        others = Invitation.objects.filter(member__isnull=False).exclude(mailing=mailing)
        about_to = others.exclude(wave=mailing.wave_id).filter(state=Invitation.State.WAITING)
        return cls(
            same_wave=_members(others.filter(wave=mailing.wave_id)),
            other_wave=_members(about_to),
            too_recent=contact_rules.asked_too_often(contact_rules.current(), at),
            today=timezone.localtime(at).date(),
        )


def reason_for(person: Person, standing: Standing, by: str) -> str:
    """Why this person is not asked by the channels of the mailing; empty if nothing stands against it."""
    if why := wish_of(person, standing.today):
        return why
    if person.member in standing.same_wave:
        return Reason.SAME_WAVE
    if not channel_of(person, by):
        return Reason.NO_CHANNEL if lacks_channel(person, by) else Reason.BOUNCED
    if person.member in standing.other_wave:
        return Reason.OTHER_WAVE
    return Reason.TOO_RECENT if person.member in standing.too_recent else ""


def wish_of(person: Person, today: date) -> str:
    """What the person wants themselves."""
    if person.has_opted_out:
        return Reason.OPTED_OUT
    if not person.has_consented:
        return Reason.NO_CONSENT
    if person.has_declined:
        return Reason.DECLINED
    return Reason.PAUSED if person.paused_until and person.paused_until > today else ""


def channel_of(person: Person, by: str) -> str:
    """The channel the person prefers if the mailing uses it and the address works; else the other one; else none."""
    works = {
        "email": person.has_email and person.mail_state != AddressState.HARD,
        "sms": person.has_phone and person.sms_state != AddressState.HARD,
    }
    allowed = ("email", "sms") if by == Mailing.By.EITHER else (by,)
    wanted = sorted(allowed, key=lambda channel: channel != person.prefers)
    return next((channel for channel in wanted if works[channel]), "")


def lacks_channel(person: Person, by: str) -> bool:
    """No address at all for what the mailing uses, rather than one that does not work."""
    has = {"email": person.has_email, "sms": person.has_phone}
    return not any(has.values()) if by == Mailing.By.EITHER else not has[by]


def _members(invitations: QuerySet[Invitation]) -> set[int]:
    return set(invitations.values_list("member", flat=True).distinct())


def _reached_by(rows: QuerySet[Membership], suppressions: Callable[[str], QuerySet[Suppression]]) -> set[int]:
    """Memberships whose address or number is among these."""
    found: set[int] = set()
    for hashes in ("member__email_hash", "member__phone_hash"):
        found.update(rows.filter(Exists(suppressions(hashes))).values_list("pk", flat=True))
    return found


def _suppressed(hashes: str) -> QuerySet[Suppression]:
    return Suppression.objects.filter(address_hash=OuterRef(hashes))


def _stopped(hashes: str) -> QuerySet[Suppression]:
    """A dead address is not a wish: the state of the address tells it."""
    this_panel = Concat(Value("panel:"), Cast(OuterRef("panel_id"), CharField()))
    wishes = _suppressed(hashes).exclude(reason=Suppression.Reason.HARD_BOUNCE)
    return wishes.filter(Q(scope="") | Q(scope=this_panel))


def _consents() -> QuerySet[Consent]:
    """The last word counts."""
    said = Consent.objects.filter(membership=OuterRef("membership"), at__gt=OuterRef("at"))
    given = Consent.objects.filter(membership=OuterRef("pk"), kind=ConsentKind.GIVEN)
    return given.exclude(Exists(said.filter(kind=ConsentKind.WITHDRAWN)))
