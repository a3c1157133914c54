"""How a mailing goes: every number is counted from the rows when it is asked for.

When the rows of people are wiped the numbers stay, because messages keep their state and the mailing its figures.
"""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import models, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy

from cxportal.dispatch.models import Message, State
from panels.models import Exclusion, Invitation, Mailing, Reason, Reminder, Sample, Trigger
from surveys.models import Collector, Count

SOURCE = "mailings"
STOPPED = "stopped"
"""The reason in counts of those who were to be asked when the mailing was stopped."""
IN_WORDS = {**dict(Reason.choices), STOPPED: gettext_lazy("the mailing was stopped")}
WAITING = (State.QUEUED, State.CLAIMED, State.HANDING)
FATES = {
    State.ACCEPTED: "accepted",
    State.DELIVERED: "accepted",
    State.BOUNCED: "bounced",
    State.REFUSED: "refused",
    State.EXPIRED: "refused",
    State.CANCELLED: "cancelled",
    State.UNKNOWN: "unknown",
    **dict.fromkeys(WAITING, "waiting"),
}
"""What the portal calls what dispatch knows. A bounce was accepted first and is counted as bounced only."""


@dataclass
class Line:
    """Messages of one language by one channel."""

    language: str
    channel: str
    queued: int = 0
    accepted: int = 0
    bounced: int = 0
    refused: int = 0
    unknown: int = 0
    cancelled: int = 0
    waiting: int = 0

    def add(self, fate: str, number: int) -> None:
        self.queued += number
        setattr(self, fate, getattr(self, fate) + number)


@dataclass
class Figures:
    frame: int = 0
    drawn: int = 0
    invited: int = 0
    """Those who were drawn and not excluded; `withdrawn` of them changed their mind, or had to be left out later."""
    waiting: int = 0
    """Invitations that dispatch does not have yet."""
    withdrawn: int = 0
    excluded: dict[str, int] = field(default_factory=dict)
    withdrawn_for: dict[str, int] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    reminders: list[dict[str, Any]] = field(default_factory=list)
    reminder_messages: dict[str, int] = field(default_factory=dict)
    begun: int = 0
    answered: int = 0

    def total(self, name: str) -> int:
        return sum(getattr(line, name) for line in self.lines)


def figures_of(mailing: Mailing) -> Figures:
    if mailing.figures:
        return from_json(mailing.figures)
    invitations = Invitation.objects.filter(mailing=mailing)
    by_state = _counted(invitations, "state")
    counts = Sample.objects.filter(mailing=mailing).values_list("counts", flat=True).first() or {}
    lines, reminder_messages = _messages(mailing)
    return Figures(
        frame=counts.get("frame", 0),
        drawn=counts.get("drawn", 0),
        invited=sum(by_state.values()),
        waiting=by_state.get(Invitation.State.WAITING, 0),
        withdrawn=by_state.get(Invitation.State.WITHDRAWN, 0),
        excluded=_counted(Exclusion.objects.filter(mailing=mailing), "reason"),
        withdrawn_for=_counted(invitations.filter(state=Invitation.State.WITHDRAWN), "reason"),
        lines=lines,
        reminders=_reminders(mailing),
        reminder_messages=reminder_messages,
        begun=_begun(mailing.collector),
        answered=mailing.collector.wave.responses.filter(collector=mailing.collector_id).count(),
    )


def freeze(*, mailing: Mailing) -> Figures:
    """Before the people of a list are forgotten: what is counted now stays as it is."""
    figures = figures_of(mailing)
    if not mailing.figures:
        mailing.figures = asdict(figures)
        mailing.save(update_fields=["figures"])
    return figures


def from_json(figures: dict[str, Any]) -> Figures:
    return Figures(**{**figures, "lines": [Line(**line) for line in figures["lines"]]})


def _counted(rows: models.QuerySet, column: str) -> dict[str, int]:
    return dict(rows.order_by().values_list(column).annotate(n=models.Count("pk")))


def _messages(mailing: Mailing) -> tuple[list[Line], dict[str, int]]:
    if mailing.batch_id is None:
        return [], {}
    rows = (
        Message.objects.filter(batch=mailing.batch_id)
        .order_by()
        .values_list("purpose", "language", "channel", "state")
        .annotate(n=models.Count("pk"))
    )
    lines: dict[tuple[str, str], Line] = {}
    reminders: Counter[str] = Counter()
    for purpose, language, channel, state, number in rows:
        if purpose == "invitation":
            lines.setdefault((language, channel), Line(language, channel)).add(FATES[State(state)], number)
        elif purpose == "reminder":
            reminders[FATES[State(state)]] += number
    by_size = sorted(lines.values(), key=lambda line: (-line.queued, line.language, line.channel))
    return by_size, dict(reminders)


def _reminders(mailing: Mailing) -> list[dict[str, Any]]:
    rows = Reminder.objects.filter(mailing=mailing)
    return [
        {
            "number": row.number,
            "due_at": row.due_at.isoformat(),
            "is_queued": row.queued_at is not None,
            "reminded": row.reminded,
            "answered": row.answered,
            "left_out": row.left_out,
        }
        for row in rows
    ]


def _begun(collector: Collector) -> int:
    rows = Count.objects.filter(collector=collector, kind=Count.Kind.BEGUN)
    return rows.aggregate(n=Sum("n"))["n"] or 0


# ---------- denominators for surveys ----------


@transaction.atomic
def write_counts(*, collector: Collector) -> None:
    """What mailings and triggers know of the denominators of a way in. A recount overwrites, so doing it again does no
    harm; what is no longer there is taken away. In the sample: everybody drawn, also those excluded.
    """
    numbers = _numbers(collector)
    known = {
        (row.kind, row.language, row.cell): row
        for row in Count.objects.filter(collector=collector, source=SOURCE, period_starts_on=None)
    }
    for key in known.keys() - numbers.keys():
        known[key].delete()
    for (kind, language, cell), number in numbers.items():
        row = known.get((kind, language, cell))
        if row is None or row.n != number:
            Count.objects.update_or_create(
                collector=collector,
                kind=kind,
                period_starts_on=None,
                language=language,
                cell=cell,
                defaults={"n": number, "source": SOURCE},
            )


def _numbers(collector: Collector) -> Counter[tuple[str, str, str]]:
    numbers: Counter[tuple[str, str, str]] = Counter()
    mailings = Mailing.objects.filter(collector=collector, frozen_at__isnull=False)
    for language, number in _by(Invitation.objects.filter(mailing__in=mailings), "language"):
        numbers[Count.Kind.SAMPLED, language, ""] += number
    for language, reason, number in _by(Exclusion.objects.filter(mailing__in=mailings), "language", "reason"):
        numbers[Count.Kind.SAMPLED, language, ""] += number
        numbers[Count.Kind.EXCLUDED, language, reason] += number
    withdrawn = Invitation.objects.filter(mailing__in=mailings, state=Invitation.State.WITHDRAWN)
    for language, reason, number in _by(withdrawn, "language", "reason"):
        numbers[Count.Kind.EXCLUDED, language, reason or STOPPED] += number
    batches = [*mailings.values_list("batch", flat=True)]
    batches += Trigger.objects.filter(collector=collector).values_list("batch", flat=True)
    messages = Message.objects.filter(batch__in=[pk for pk in batches if pk], purpose="invitation")
    for language, state, number in _by(messages, "language", "state"):
        fate = FATES[State(state)]
        if fate in ("accepted", "bounced", "refused"):
            numbers[Count.Kind(fate), language, ""] += number
    triggered = messages.filter(batch__in=Trigger.objects.filter(collector=collector).values("batch"))
    for language, number in _by(triggered, "language"):
        numbers[Count.Kind.SAMPLED, language, ""] += number
    return numbers


def _by(rows: models.QuerySet, *columns: str):
    return rows.order_by().values_list(*columns).annotate(n=models.Count("pk"))
