"""What we hold about one person, to be handed to them; and taking all of it away.

A confidential answer is found by the pseudonym of the membership as long as the panel's key exists. Answers of
anonymous waves lead to nobody, so they are neither shown nor taken out.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from cxportal.dispatch import suppression
from cxportal.dispatch.models import Message, OutboxMail
from cxportal.keys.store import KeyMissing
from panels import opt_out
from panels.models import Consent, Member, Membership, Way
from panels.models.mailing import Invitation
from panels.pseudonyms import pseudonym_of
from surveys import pseudonymous
from surveys.models import Ticket

logger = logging.getLogger(__name__)


def held_about(member: Member) -> dict[str, Any]:
    """Everything, as values JSON can carry. The keys are the names of the columns."""
    memberships = list(member.memberships.select_related("panel", "unit").order_by("joined_on", "pk"))
    return {
        "person": {
            "name": member.name,
            "organisation": member.organisation,
            "email": member.email,
            "phone": member.phone,
            "language": member.language,
            "further_languages": member.further_languages,
            "paused_until": _day(member.paused_until),
            "wants_news": member.wants_news,
            "email_address_works": member.mail_state,
            "phone_number_works": member.sms_state,
            "wants_no_messages_since": _moment(member.opted_out_at),
            "in_the_register_since": _day(member.created_on),
        },
        "memberships": [_membership(membership) for membership in memberships],
        "consents": [_consent(consent) for consent in _consents(member)],
        "invitations": [_invitation(invitation) for invitation in _invitations(member)],
        "messages": [_message(message) for message in messages_to([member]).order_by("created_at", "pk")],
        "confidential_answers": pseudonymous.answers_under(pseudonyms_of(memberships)),
    }


def _membership(membership: Membership) -> dict[str, Any]:
    return {
        "panel": membership.panel.name or membership.panel.code,
        "purpose": membership.panel.purpose,
        "attributes": membership.attributes,
        "unit": str(membership.unit) if membership.unit else "",
        "channel": membership.channel,
        "joined_on": _day(membership.joined_on),
        "wanted_to_stay_on": _day(membership.renewed_on),
        "wants_no_messages_since": _moment(membership.opted_out_at),
    }


def _consents(member: Member) -> QuerySet[Consent]:
    rows = Consent.objects.filter(membership__member=member).select_related("wording", "panel")
    return rows.order_by("at", "pk")


def _consent(consent: Consent) -> dict[str, Any]:
    wording = consent.wording
    return {
        "panel": consent.panel.name or consent.panel.code,
        "what": consent.kind,
        "how": consent.way,
        "at": _moment(consent.at),
        "wording_version": wording.version if wording else None,
        "wording_language": wording.language if wording else "",
        "wording": wording.text if wording else "",
        "purpose": wording.purpose if wording else "",
    }


def _invitations(member: Member) -> QuerySet[Invitation]:
    return Invitation.objects.filter(member=member).select_related("wave").order_by("asked_at", "pk")


def _invitation(invitation: Invitation) -> dict[str, Any]:
    return {
        "survey": invitation.wave.name,
        "channel": invitation.channel,
        "language": invitation.language,
        "asked_at": _moment(invitation.asked_at),
    }


def _message(message: Message) -> dict[str, Any]:
    return {
        "purpose": message.purpose,
        "channel": message.channel,
        "address": message.address,
        "state": message.state,
        "made_at": _moment(message.created_at),
    }


def _day(day) -> str:
    return day.isoformat() if day else ""


def _moment(moment: datetime | None) -> str:
    return timezone.localtime(moment).isoformat(timespec="minutes") if moment else ""


def pseudonyms_of(memberships: Iterable[Membership]) -> list[str]:
    """Of panels whose key exists. Without it nothing of ours leads to the answers."""
    found = []
    for membership in memberships:
        try:
            found.append(pseudonym_of(membership))
        except KeyMissing:
            continue
    return found


def last_invitation(member: Member) -> Invitation | None:
    return _invitations(member).order_by("-asked_at").first()


def has_confidential_answers(member: Member) -> bool:
    return pseudonymous.has_answers(pseudonyms_of(member.memberships.select_related("panel")))


def messages_to(members: Iterable[Member]) -> QuerySet[Message]:
    return Message.objects.filter(
        address_hash__in=[digest for member in members for digest in opt_out.hashes_of(member)]
    )


@transaction.atomic
def erase(*, member: Member, way: str = Way.WEB, at: datetime | None = None) -> int:
    """Everything about the person goes, their confidential answers too; how many questionnaires that were.

    What stays: that somebody agreed to which wording on which day, without the person, and a keyed hash of the
    address, so that no file brings the person back.
    """
    memberships = list(member.memberships.select_related("panel"))
    withdrawn = pseudonymous.withdraw(pseudonyms_of(memberships))
    for membership in memberships:
        opt_out.withdraw_consent(membership=membership, way=way, at=at)
    opt_out.suppress_for_ever(member=member)
    forget_tickets([member])
    forget_messages(messages_to([member]))
    member.delete()
    logger.info("A person was erased; %d confidential questionnaires with them.", withdrawn)
    return withdrawn


def forget_tickets(members: Iterable[Member]) -> None:
    """Links that were sent to them stop working, and nothing tells any more whose they were."""
    members = list(members)
    subjects = Membership.objects.filter(member__in=members).values("subject")
    tickets = Invitation.objects.filter(member__in=members, ticket__isnull=False).values("ticket")
    Ticket.objects.filter(Q(subject__in=subjects) | Q(pk__in=tickets)).delete()


def forget_messages(messages: QuerySet[Message]) -> int:
    """Addresses, numbers and words of what was sent; how many messages held some."""
    names = messages.values("message_id")
    OutboxMail.objects.filter(message_id__in=names).delete()
    return suppression.forget(messages)
