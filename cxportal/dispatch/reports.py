"""What came back about messages that were handed over: mail reports, reports of the SMS gateway, complaints."""

import logging

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from cxportal.dispatch.models import Message, MessageQuerySet, Reason, State, Suppression
from cxportal.dispatch.report_mailbox import Mailbox, unread_reports
from cxportal.dispatch.report_reading import MESSAGE_ID, Report, Verdict, read_report
from cxportal.dispatch.suppression import suppress_hash

logger = logging.getLogger(__name__)

# queued once more because nobody knew: a verdict on the first attempt spares the second
WITHOUT_VERDICT = Q(state__in=[State.ACCEPTED, State.UNKNOWN, State.HANDING]) | Q(
    state=State.QUEUED, is_possible_double=True
)
STATUS_OF_SMS = {
    "delivered": Verdict.DELIVERED,
    "undelivered": Verdict.GIVEN_UP,
    "failed": Verdict.GIVEN_UP,
    "expired": Verdict.GIVEN_UP,
    "rejected": Verdict.GIVEN_UP,
    "unknown_number": Verdict.NO_SUCH_ADDRESS,
}


def read_mailbox() -> int:
    """Read the mailbox of CX_BOUNCE_URL; returns how many reports were about messages of ours."""
    if not settings.BOUNCE_URL:
        return 0
    return sum(take_mail(raw) for raw in unread_reports(Mailbox.from_url(settings.BOUNCE_URL)))


def take_mail(raw: bytes) -> int:
    """How many verdicts on messages of ours the mail held. A mail that is no report holds none."""
    return sum(take_report(report) for report in read_report(raw))


def take_sms_report(*, reference: str, status: str) -> bool:
    """A status on the way ("sent", "buffered") is no verdict and changes nothing."""
    verdict = STATUS_OF_SMS.get(status.strip().lower().replace("-", "_").replace(" ", "_"))
    if verdict is None or not MESSAGE_ID.fullmatch(f"<{reference}>"):
        return False
    return take_report(Report(verdict, f"<{reference}>"), channel="sms")


@transaction.atomic
def take_report(report: Report, *, channel: str = "email") -> bool:
    """Write down what became of the message. The same report twice changes nothing the second time.

    Only a message that left may come back: a report about any other is forged or mistaken.
    """
    message = Message.objects.filter(
        message_id=report.message_id, channel=channel, fenced_at__isnull=False
    ).first()
    if message is None:
        logger.info("A report about a message that was not sent from here was left aside.")
        return False
    this_one = Message.objects.filter(pk=message.pk)
    match report.verdict:
        case Verdict.DELIVERED:
            _finish(this_one, State.DELIVERED, "")
        case Verdict.DELAYED:
            this_one.filter(WITHOUT_VERDICT).update(soft_bounces=F("soft_bounces") + 1)
        case Verdict.GIVEN_UP:
            _finish(this_one, State.BOUNCED, Reason.SOFT_BOUNCE, report.status)
        case Verdict.NO_SUCH_ADDRESS:
            _finish(this_one, State.BOUNCED, Reason.HARD_BOUNCE, report.status)
            _suppress(message, Suppression.Reason.HARD_BOUNCE)
        case Verdict.COMPLAINT:
            this_one.exclude(state=State.BOUNCED).update(reason=Reason.COMPLAINT)
            _suppress(message, Suppression.Reason.COMPLAINT)
    return True


def _finish(message: MessageQuerySet, state: State, reason: str, status: str = "") -> None:
    """The first verdict stands. A worker that still waits for its answer finds the message settled."""
    came_back = 1 if reason == Reason.SOFT_BOUNCE else 0
    message.filter(WITHOUT_VERDICT).update(
        state=state,
        reason=reason,
        reason_text=status,
        final_at=Now(),
        lease_until=None,
        soft_bounces=F("soft_bounces") + came_back,
    )


def _suppress(message: Message, reason: str) -> None:
    suppress_hash(address_hash=message.address_hash, reason=reason)
