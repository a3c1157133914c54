"""Who does not want to be written to: one panel, or no message at all. Also after their data is gone.

A wish stands in the register as long as the person does, and as a keyed hash in the suppression list of dispatch for
good. Wishes that reach dispatch first (by the link in a message, a complaint, a dead address) are taken over here.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from cxportal.dispatch import suppression
from cxportal.dispatch.models import Message, Reason, State, Suppression
from panels.contact import Contact
from panels.models import AddressState, Consent, ConsentKind, Member, Membership, Panel, Way

STOPS_IMPORT = (
    Suppression.Reason.OPT_OUT,
    Suppression.Reason.COMPLAINT,
    Suppression.Reason.ERASED,
    Suppression.Reason.STAFF,
)
LOOKED_BACK = timedelta(days=40)
"""Longer than dispatch tries and waits for reports, so that a few days without this job lose nothing."""


@transaction.atomic
def opt_out_of_everything(*, member: Member, at: datetime | None = None) -> None:
    """No message of any panel from now on; the person stays in the register and is excluded with this reason."""
    Member.objects.filter(pk=member.pk, opted_out_at=None).update(opted_out_at=at or timezone.now())
    _suppress(member, "", Suppression.Reason.OPT_OUT)


@transaction.atomic
def opt_out_of_panel(*, membership: Membership, at: datetime | None = None) -> None:
    same = Membership.objects.filter(pk=membership.pk, opted_out_at=None)
    same.update(opted_out_at=at or timezone.now())
    _suppress(membership.member, membership.panel.unsubscribe_scope, Suppression.Reason.OPT_OUT)


@transaction.atomic
def leave(*, membership: Membership, way: str = Way.WEB, at: datetime | None = None) -> None:
    """The membership goes at once, and the person with the last one. That they agreed and left stays, without them."""
    member = membership.member
    withdraw_consent(membership=membership, way=way, at=at)
    _suppress(member, membership.panel.unsubscribe_scope, Suppression.Reason.OPT_OUT)
    membership.delete()
    Member.objects.filter(pk=member.pk).without_panel().delete()


def withdraw_consent(*, membership: Membership, way: str, at: datetime | None = None) -> None:
    last = membership.consents.select_related("wording").first()
    if last and last.kind == ConsentKind.GIVEN:
        Consent.objects.create(
            membership=membership,
            panel=membership.panel,
            wording=last.wording,
            kind=ConsentKind.WITHDRAWN,
            way=way,
            at=at or timezone.now(),
        )


@transaction.atomic
def write_again(*, member: Member, panel: Panel) -> None:
    """The person has said so themselves: wishes not to be written to about this panel end."""
    Member.objects.filter(pk=member.pk).update(opted_out_at=None)
    Membership.objects.filter(member=member, panel=panel).update(opted_out_at=None, left_at=None)
    lifted = Suppression.objects.filter(
        address_hash__in=hashes_of(member),
        scope__in=["", panel.unsubscribe_scope],
        reason__in=[Suppression.Reason.OPT_OUT, Suppression.Reason.COMPLAINT],
    )
    for row in lifted:
        suppression.lift(address_hash=row.address_hash, scope=row.scope)


def hashes_of(member: Member) -> list[str]:
    return [digest for digest in (member.email_hash, member.phone_hash) if digest]


def suppress_for_ever(*, member: Member) -> None:
    """Whoever was erased is not taken up again, by whatever file."""
    _suppress(member, "", Suppression.Reason.ERASED)


def is_erased(contact: Contact) -> bool:
    stays = [Suppression.Reason.ERASED, Suppression.Reason.STAFF]
    hashes = [digest for digest in (contact.email_hash, contact.phone_hash) if digest]
    return Suppression.objects.filter(address_hash__in=hashes, scope="", reason__in=stays).exists()


def _suppress(member: Member, scope: str, reason: str) -> None:
    for digest in hashes_of(member):
        suppression.suppress_hash(address_hash=digest, scope=scope, reason=reason)


# ---------- what dispatch learned ----------


def take_over_reports(*, at: datetime | None = None) -> dict[str, int]:
    """Mark members as dispatch was told; returns how many of each kind. Running it again changes nothing."""
    at = at or timezone.now()
    return {
        "left panels": _opted_out_of_panels(at),
        "want nothing": _opted_out_of_everything(at),
        "e-mail dead": _mark("mail_state", "email_hash", AddressState.HARD, at),
        "e-mail came back": _mark("mail_state", "email_hash", AddressState.SOFT, at),
        "e-mail works again": _mark("mail_state", "email_hash", AddressState.OK, at),
        "number dead": _mark("sms_state", "phone_hash", AddressState.HARD, at),
        "number came back": _mark("sms_state", "phone_hash", AddressState.SOFT, at),
        "number works again": _mark("sms_state", "phone_hash", AddressState.OK, at),
    }


def _of_member(prefix: str = "") -> Q:
    email, phone = OuterRef(f"{prefix}email_hash"), OuterRef(f"{prefix}phone_hash")
    return Q(address_hash=email) | Q(address_hash=phone)


def _opted_out_of_panels(at: datetime) -> int:
    changed = 0
    for panel in Panel.objects.all():
        wishes = Suppression.objects.filter(_of_member("member__"), scope=panel.unsubscribe_scope)
        changed += (
            Membership.objects.filter(panel=panel, opted_out_at=None)
            .filter(Exists(wishes))
            .update(opted_out_at=at)
        )
    return changed


def _opted_out_of_everything(at: datetime) -> int:
    stop = [Suppression.Reason.OPT_OUT, Suppression.Reason.COMPLAINT, Suppression.Reason.STAFF]
    wishes = Suppression.objects.filter(_of_member(), scope="", reason__in=stop)
    return Member.objects.filter(opted_out_at=None).filter(Exists(wishes)).update(opted_out_at=at)


def _mark(column: str, hash_column: str, state: str, at: datetime) -> int:
    """Hard: dispatch keeps the address as dead. Otherwise the last message that was finished decides."""
    members = Member.objects.exclude(**{hash_column: ""})
    dead = Suppression.objects.filter(
        address_hash=OuterRef(hash_column), scope="", reason=Suppression.Reason.HARD_BOUNCE
    )
    if state == AddressState.HARD:
        return members.exclude(**{column: state}).filter(Exists(dead)).update(**{column: state})
    finished = Message.objects.filter(
        address_hash=OuterRef(hash_column),
        state__in=[State.DELIVERED, State.ACCEPTED, State.BOUNCED, State.REFUSED],
        final_at__gt=at - LOOKED_BACK,
    )
    came_back = Q(state=State.BOUNCED, reason=Reason.SOFT_BOUNCE) | Q(
        state=State.REFUSED, reason=Reason.RECIPIENT_REFUSED
    )
    failed_last = finished.filter(came_back).exclude(Exists(_later_that_arrived()))
    members = members.filter(~Exists(dead))
    if state == AddressState.SOFT:
        return (
            members.filter(**{column: AddressState.OK}).filter(Exists(failed_last)).update(**{column: state})
        )
    return (
        members.exclude(**{column: AddressState.OK})
        .filter(Exists(finished), ~Exists(failed_last))
        .update(**{column: AddressState.OK})
    )


def _later_that_arrived():
    return Message.objects.filter(
        address_hash=OuterRef("address_hash"),
        state__in=[State.DELIVERED, State.ACCEPTED],
        final_at__gt=OuterRef("final_at"),
    )
