"""Who answered: numbers of people from those asked to those who answered, and the rates of groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cxportal.organisation.texts import Text
from surveys import response_rates, result_names
from surveys.models import Wave
from surveys.publications import Results
from surveys.response_rates import Counts, Rate, Shown


class Step(NamedTuple):
    code: str
    n: int
    percent: int


class AnsweredBy(NamedTuple):
    cell: str
    name: Text
    n: int | None
    rate: Shown | None
    coverage: Shown | None
    """How many of those eligible were asked there: a place that does not invite shows it here."""

    @property
    def percent(self) -> int:
        return round(100 * self.rate.value) if self.rate else 0


@dataclass(frozen=True)
class Answered:
    n: int | None
    steps: tuple[Step, ...]
    rates: tuple[Shown, ...]
    counts: Counts
    by_language: tuple[AnsweredBy, ...]
    by_collector: tuple[AnsweredBy, ...]

    @property
    def rate(self) -> Shown | None:
        """The one rate for the top of a page: the most cautious that can be given."""
        wanted = (Rate.RR1, Rate.PARTICIPATION)
        return next((rate for rate in self.rates if rate.rate in wanted), None)


def answered(results: Results, wave: Wave) -> Answered:
    """Counts of people beside the published numbers of answers; a group that is hidden has no rate."""
    collectors = list(wave.collectors.all())
    by_collector = response_rates.counts_by_collector(collectors)
    asked_at = [collector for collector in collectors if str(collector.pk) in by_collector]
    counts = response_rates.together(by_collector.values())
    n = results.everybody.n
    everywhere = len(asked_at) == len(collectors)
    rates = response_rates.rates_of(counts, n) if everywhere else []
    return Answered(
        n,
        _steps(counts, n),
        tuple(rates),
        counts,
        _parts_by(results, "language", response_rates.counts_by_language(collectors)),
        _parts_by(results, "collector", by_collector),
    )


def _steps(counts: Counts, n: int | None) -> tuple[Step, ...]:
    delivered = (
        counts.sampled - (counts.bounced or 0) if counts.sampled is not None and counts.bounced else None
    )
    found = [
        ("eligible", counts.eligible),
        ("offered", counts.offered),
        ("sampled", counts.sampled),
        ("delivered", delivered),
        ("begun", counts.begun),
        ("submitted", n),
    ]
    known = [(code, number) for code, number in found if number is not None]
    most = max((number for _code, number in known), default=0)
    return tuple(Step(code, number, round(100 * number / most) if most else 0) for code, number in known)


def _parts_by(results: Results, breakdown: str, counts: Mapping[str, Counts]) -> tuple[AnsweredBy, ...]:
    groups = results.by(breakdown)
    names = result_names.of_cells(breakdown, groups, results.asked)
    parts = [
        AnsweredBy(
            cell,
            names[cell],
            group.n,
            _rate_of(counts.get(cell), group.n, Rate.RR1, Rate.PARTICIPATION),
            _rate_of(counts.get(cell), group.n, Rate.COVERAGE),
        )
        for cell, group in groups.items()
    ]
    return tuple(sorted(parts, key=lambda part: (-part.percent, -(part.n or 0))))


def _rate_of(counts: Counts | None, n: int | None, *wanted: Rate) -> Shown | None:
    if counts is None:
        return None
    return next((rate for rate in response_rates.rates_of(counts, n) if rate.rate in wanted), None)
