"""How many of those who could have answered did, from counts, with the definition of each rate named.

Definitions follow AAPOR, Standard Definitions, 10th edition (2023). A questionnaire is sent whole or not at all, so
every answer is a complete interview and partial ones never count as responses.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Sum
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from surveys.models import Collector, Count

Kind = Count.Kind


class Rate(StrEnum):
    RR1 = "rr1"
    PARTICIPATION = "participation"
    OF_DELIVERED = "of_delivered"
    COVERAGE = "coverage"
    BREAK_OFF = "break_off"


NAMES: Mapping[Rate, Promise] = {
    Rate.RR1: _("Response rate (AAPOR RR1)"),
    Rate.PARTICIPATION: _("Participation rate (AAPOR)"),
    Rate.OF_DELIVERED: _("Answers of those whose invitation arrived"),
    Rate.COVERAGE: _("Offered, of those eligible"),
    Rate.BREAK_OFF: _("Begun and not sent"),
}
DEFINITIONS: Mapping[Rate, Promise] = {
    Rate.RR1: _(
        "Answers divided by everybody in the sample, also those who could not be reached or refused (AAPOR Response "
        "Rate 1, the lowest of its rates)."
    ),
    Rate.PARTICIPATION: _(
        "Answers divided by everybody who was personally offered the survey (AAPOR participation rate, for surveys "
        "without a drawn sample)."
    ),
    Rate.OF_DELIVERED: _(
        "Answers divided by the sample without invitations that could not be delivered. Not an AAPOR rate."
    ),
    Rate.COVERAGE: _("People who were offered the survey, divided by everybody who used the service."),
    Rate.BREAK_OFF: _("People who sent their first page and never finished, divided by everybody who began."),
}


_reasons: dict[str, str | Promise] = {}


def name_reasons(words: Mapping[str, str | Promise]) -> None:
    """What the room that asks people calls its reasons for not asking somebody: their codes stand in the counts."""
    _reasons.update(words)


def reason_in_words(code: str) -> str:
    return str(_reasons.get(code, code))


class Counts(NamedTuple):
    """Numbers of people. None: nobody has counted that."""

    eligible: int | None = None
    served: int | None = None
    offered: int | None = None
    sampled: int | None = None
    accepted: int | None = None
    bounced: int | None = None
    refused: int | None = None
    begun: int | None = None
    not_asked: Mapping[str, int] = {}
    """Reason -> people of the frame who were not asked."""

    @property
    def not_asked_in_words(self) -> list[tuple[str, int]]:
        """The commonest reason first."""
        known = [(reason_in_words(code), n) for code, n in self.not_asked.items()]
        return sorted(known, key=lambda row: (-row[1], row[0]))


class Shown(NamedTuple):
    """numerator / denominator, between 0 and 1."""

    rate: Rate
    value: float
    numerator: int
    denominator: int

    @property
    def percent(self) -> str:
        """Whole per cents; below ten with a tenth, which is much of so low a rate."""
        value = 100 * self.value
        return number_format(round(value, 1), 1) if 0 < value < 9.95 else number_format(round(value))

    @property
    def name(self) -> str:
        return str(NAMES[self.rate])

    @property
    def definition(self) -> str:
        return str(DEFINITIONS[self.rate])


def counts_by_collector(collectors: Iterable[Collector]) -> dict[str, Counts]:
    return _counts_by(collectors, "collector_id")


def counts_by_language(collectors: Iterable[Collector]) -> dict[str, Counts]:
    """Only counts whose language is known."""
    found = _counts_by(collectors, "language")
    found.pop("", None)
    return found


def counts_of_all(collectors: Iterable[Collector]) -> Counts:
    return together(counts_by_collector(collectors).values())


def together(many: Iterable[Counts]) -> Counts:
    """Added up; a number that nobody counted stays unknown."""
    sums: dict[str, int | None] = {}
    reasons: dict[str, int] = defaultdict(int)
    for counts in many:
        for name, n in counts._asdict().items():
            if name != "not_asked" and n is not None:
                sums[name] = (sums.get(name) or 0) + n
        for reason, n in counts.not_asked.items():
            reasons[reason] += n
    return Counts(**sums, not_asked=dict(reasons))


def rates_of(counts: Counts, submitted: int | None) -> list[Shown]:
    """Every rate that these numbers allow. `submitted`: answers by the same ways in; None where they are hidden.

    Where more answered than were counted as asked, the denominator is wrong and there is no rate.
    """
    arrived = None if counts.sampled is None else counts.sampled - (counts.bounced or 0)
    possible = [
        (Rate.RR1, submitted, counts.sampled),
        (Rate.OF_DELIVERED, submitted, arrived if counts.bounced else None),
        (Rate.PARTICIPATION, submitted, counts.offered),
        (Rate.COVERAGE, counts.offered, counts.eligible),
        (Rate.BREAK_OFF, _unfinished(counts.begun, submitted), counts.begun),
    ]
    return [
        Shown(rate, numerator / denominator, numerator, denominator)
        for rate, numerator, denominator in possible
        if numerator is not None and denominator and numerator <= denominator
    ]


def _unfinished(begun: int | None, submitted: int | None) -> int | None:
    return begun - submitted if begun is not None and submitted is not None and begun >= submitted else None


def _counts_by(collectors: Iterable[Collector], column: str) -> dict[str, Counts]:
    rows = (
        Count.objects.filter(collector__in=list(collectors))
        .order_by()
        .values_list(column, "kind", "cell")
        .annotate(sum=Sum("n"))
    )
    numbers: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    reasons: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for key, kind, cell, n in rows:
        if kind == Kind.EXCLUDED:
            reasons[str(key)][cell] += n
        elif kind in Counts._fields:
            numbers[str(key)][kind] += n
    return {key: Counts(**numbers[key], not_asked=dict(reasons[key])) for key in {**numbers, **reasons}}
