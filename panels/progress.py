"""How a mailing goes: every number is counted from the rows when it is asked for.

When the rows of people are wiped the numbers stay, because messages keep their state and the mailing its figures.
"""

from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import models, transaction
from django.db.models import Min, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy

from cxportal.dispatch.models import Message, State
from panels.models import Exclusion, Invitation, Mailing, Reason, Reminder, Sample, Trigger
from surveys.models import Collector, Count, Response, Wave

SOURCE = "mailings"
STOPPED = "stopped"
"""The reason in counts of those who were to be asked when the mailing was stopped."""
IN_WORDS = {**dict(Reason.choices), STOPPED: gettext_lazy("the mailing was stopped")}
MOST_DAYS = 31
"""The last ones, on the page."""
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
    """Of people who were wiped, as it was counted then; their messages and answers go on being counted."""
    if not mailing.figures:
        return _counted_now(mailing)
    lines, reminder_messages = _messages(mailing)
    kept = from_json(mailing.figures)
    return replace(
        kept,
        lines=lines or kept.lines,
        reminder_messages=reminder_messages or kept.reminder_messages,
        begun=_begun(mailing.collector),
        answered=_answered(mailing.collector),
    )


def _counted_now(mailing: Mailing) -> Figures:
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
        answered=_answered(mailing.collector),
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


def _answered(collector: Collector) -> int:
    return Response.objects.filter(wave=collector.wave_id, collector=collector).count()


# ---------- day by day, beside the wave before ----------


def note_day(*, collector: Collector, at: datetime | None = None) -> None:
    """Answers counted today: how many there are, less those of earlier days. Safe to repeat; no answer carries a day."""
    today = timezone.localdate(at)
    days = Count.objects.filter(collector=collector, kind=Count.Kind.SUBMITTED, source=SOURCE)
    earlier = days.filter(period_starts_on__lt=today).aggregate(n=Sum("n"))["n"] or 0
    number = max(0, _answered(collector) - earlier)
    known = days.filter(period_starts_on=today).values_list("n", flat=True).first()
    if number != (known or 0):
        Count.objects.update_or_create(
            collector=collector,
            kind=Count.Kind.SUBMITTED,
            period_starts_on=today,
            language="",
            cell="",
            defaults={"n": number, "source": SOURCE},
        )


class Day(NamedTuple):
    """One day of a wave, and how far the wave before had come on the same day of its own."""

    number: int
    day: date
    answers: int
    together: int
    before: int | None
    percent: int
    """Of the best day."""

    @property
    def ahead(self) -> int | None:
        return None if self.before is None else self.together - self.before

    @property
    def behind(self) -> int | None:
        return None if self.before is None else self.before - self.together


class Result(NamedTuple):
    """What came of inviting people to a wave."""

    wave: Wave
    invited: int
    handed_over: int
    answered: int

    @property
    def percent(self) -> int | None:
        """Answers per hundred messages handed over."""
        return min(100, round(100 * self.answered / self.handed_over)) if self.handed_over else None


def days_of(mailing: Mailing) -> list[Day]:
    """From the first day on which people were invited to the last on which an answer was counted."""
    now = _by_day(mailing.collector_id, mailing.wave_id)
    earlier = _mailing_before(mailing)
    before = _by_day(earlier.collector_id, earlier.wave_id) if earlier else Counter()
    first = _first_day(mailing.wave_id)
    last = max(now, default=-1)
    days, together, together_before = [], 0, 0
    for number in range(min(last, 365) + 1):
        together += now[number]
        together_before += before[number]
        days.append(
            Day(
                number + 1,
                first + timedelta(days=number),
                now[number],
                together,
                together_before if before else None,
                round(100 * now[number] / max(now.values())),
            )
        )
    return days[-MOST_DAYS:]


def results_of(mailing: Mailing) -> list[Result]:
    """This wave, and the one before of the same survey to which people were invited."""
    earlier = _mailing_before(mailing)
    return [_result(one) for one in (mailing, earlier) if one]


def _result(mailing: Mailing) -> Result:
    rows = Count.objects.filter(collector=mailing.collector_id, source=SOURCE, period_starts_on=None)
    numbers = dict(rows.order_by().values_list("kind").annotate(n=Sum("n")))
    return Result(
        mailing.wave,
        numbers.get(Count.Kind.SAMPLED, 0) - numbers.get(Count.Kind.EXCLUDED, 0),
        numbers.get(Count.Kind.ACCEPTED, 0),
        _answered(mailing.collector),
    )


def _mailing_before(mailing: Mailing) -> Mailing | None:
    if mailing.wave.opens_at is None:
        return None
    earlier = Mailing.objects.filter(
        wave__survey=mailing.wave.survey_id, wave__opens_at__lt=mailing.wave.opens_at, frozen_at__isnull=False
    )
    return earlier.select_related("wave", "collector").order_by("-wave__opens_at", "pk").first()


def _first_day(wave_id: int) -> date:
    """On which people were first invited to the wave."""
    first = Mailing.objects.filter(wave=wave_id).aggregate(at=Min("frozen_at"))["at"]
    return timezone.localdate(first)


def _by_day(collector_id: int, wave_id: int) -> Counter[int]:
    """Number of the day, counted from 0 -> answers."""
    first = _first_day(wave_id)
    rows = Count.objects.filter(
        collector=collector_id, kind=Count.Kind.SUBMITTED, source=SOURCE, n__gt=0
    ).values_list("period_starts_on", "n")
    found: Counter[int] = Counter()
    for day, number in rows:
        if day:
            found[max(0, (day - first).days)] += number
    return found


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
