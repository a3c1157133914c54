"""Whether the figure that an action should move has moved. It never says that the action caused it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, When
from django.db.models import Value as Constant
from django.db.models.functions import Coalesce
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from actions.models import Action, ExpectedEffect
from cxportal.organisation.models import UnitFigure, User
from surveys import publications
from surveys.comparison import breaks_between, breaks_of_indicator
from surveys.models import Publication, Wave
from surveys.publications import Group, Results, Value
from surveys.statistics.change import (
    Difference,
    Kind,
    Stratum,
    difference_in_differences,
    difference_of_estimates,
)
from surveys.statistics.estimates import Estimate

INDICATOR = "="
PERCENT = 100


class Verdict(StrEnum):
    MOVED = "moved"
    """Beyond its margin of error, whichever way."""
    NO_CLEAR_CHANGE = "no_clear_change"
    TOO_FEW = "too_few"
    CHANGED_QUESTION = "changed_question"
    NOT_YET = "not_yet"
    """The wave after has not been named or published."""


@dataclass(frozen=True)
class Comparison:
    """Before and after in one unit, and beside it where the same was asked without the action. Shares from 0 to 1."""

    verdict: Verdict
    kind: Kind | None = None
    before: Estimate | None = None
    after: Estimate | None = None
    change: Difference | None = None
    beside: Difference | None = None
    """own change less that of the other units; None where nothing can be put beside it."""
    others: int = 0


def effect_of(effect: ExpectedEffect, *, reader: User) -> Comparison:
    """From publications only, as far as this person may read them. A unit that is not published is not shown here.

    `effect` with its waves and its action's unit. Figures of units are another thing: see `actions.figure_effect`.
    """
    first, second = effect.baseline, effect.follow_up
    if first is None or second is None:
        return Comparison(Verdict.NOT_YET)
    before, after = publications.latest(first, reader), publications.latest(second, reader)
    if before is None or after is None:
        return Comparison(Verdict.NOT_YET)
    if _is_broken(first, second, effect.question):
        return Comparison(Verdict.CHANGED_QUESTION)
    kind = _kind(after, effect.question)
    own = effect.action.unit.code
    if own in {wave.unit.code for wave in (first, second) if wave.unit}:
        whole = _estimate(before.everybody, effect.question), _estimate(after.everybody, effect.question)
        return compare(kind, *whole)
    earlier, later = (_by_unit(results, effect.question) for results in (before, after))
    others = sorted(_without_the_action(effect, first, second, set(earlier) & set(later)))
    pairs = [(earlier[unit], later[unit]) for unit in others]
    return compare(kind, earlier.get(own), later.get(own), pairs)


def compare(
    kind: Kind,
    before: Estimate | None,
    after: Estimate | None,
    others: Iterable[tuple[Estimate, Estimate]] = (),
) -> Comparison:
    if before is None or after is None:
        return Comparison(Verdict.TOO_FEW, kind, before, after)
    change = difference_of_estimates(before, after, kind)
    if change.low is None:
        return Comparison(Verdict.TOO_FEW, kind, before, after)
    strata = [
        Stratum(first.weight_of_evidence, first, second)
        for first, second in others
        if first.has_interval and second.has_interval
    ]
    beside = difference_in_differences(before, after, strata, kind=kind) if strata else None
    verdict = Verdict.MOVED if change.excludes_zero else Verdict.NO_CLEAR_CHANGE
    return Comparison(verdict, kind, before, after, change, beside, len(strata))


# ---------- in words ----------


def words_of(comparison: Comparison) -> str:
    change = comparison.change
    if change is None or comparison.kind is None:
        return {
            Verdict.NOT_YET: _("The wave after it is not published yet."),
            Verdict.CHANGED_QUESTION: _(
                "The question was changed between the two waves: they cannot be compared."
            ),
        }.get(comparison.verdict, _("Too few answers in this unit to say anything."))
    kind = comparison.kind
    sentence = (
        _("It moved beyond its margin: by %(change)s, between %(low)s and %(high)s.")
        if comparison.verdict is Verdict.MOVED
        else _("No clear change: %(change)s, between %(low)s and %(high)s.")
    )
    return sentence % _numbers(change, kind)


def words_beside(comparison: Comparison) -> str:
    """What the same figure did where nothing was done; empty where there is nothing to put beside it."""
    if comparison.beside is None or comparison.kind is None or comparison.beside.low is None:
        return ""
    sentence = (
        _(
            "That is clearly another change than in units without this action: by %(change)s, %(low)s to %(high)s."
        )
        if comparison.beside.excludes_zero
        else _("Units without this action changed about as much: difference %(change)s, %(low)s to %(high)s.")
    )
    return sentence % _numbers(comparison.beside, comparison.kind)


def shown(value: float, kind: Kind, *, signed: bool = False) -> str:
    """A mean with two digits, a share in per cent, a net promoter score in points."""
    number, digits = (value * PERCENT, 1) if kind is Kind.SHARE else (value, 0 if kind is Kind.NPS else 2)
    rounded = round(number, digits)
    sign = "+" if signed and rounded > 0 else ""
    return f"{sign}{number_format(rounded, digits)}{' %' if kind is Kind.SHARE else ''}"


def _numbers(difference: Difference, kind: Kind) -> dict[str, str]:
    limits = {"change": difference.value, "low": difference.low or 0.0, "high": difference.high or 0.0}
    return {name: shown(value, kind, signed=True) for name, value in limits.items()}


# ---------- reading ----------


def _is_broken(first: Wave, second: Wave, question: str) -> bool:
    if question.startswith(INDICATOR):
        return bool(breaks_of_indicator(first, second, question.removeprefix(INDICATOR)))
    return bool(breaks_between(first, second, [question]))


def _kind(results: Results, question: str) -> Kind:
    found = results.everybody.indicators.get(question.removeprefix(INDICATOR))
    return Kind(found.kind) if found and question.startswith(INDICATOR) else Kind.MEAN


def _by_unit(results: Results, question: str) -> Mapping[str, Estimate]:
    """unit -> figure, of those that may be shown."""
    found = {unit: _estimate(group, question) for unit, group in results.by("unit").items()}
    return {unit: estimate for unit, estimate in found.items() if estimate}


def _estimate(group: Group, question: str) -> Estimate | None:
    figure = _figure(group, question)
    if figure is None:
        return None
    return Estimate(figure.value, figure.low, figure.high, figure.n, figure.effective_n)


def _figure(group: Group, question: str) -> Value | None:
    if question.startswith(INDICATOR):
        indicator = group.indicators.get(question.removeprefix(INDICATOR))
        return indicator.value if indicator else None
    asked = group.questions.get(question)
    return asked.mean if asked else None


def _without_the_action(effect: ExpectedEffect, first: Wave, second: Wave, units: set[str]) -> set[str]:
    """Units that share no answers with the action's unit or one another, and where nothing aims at this figure."""
    paths = {**first.unit_paths, **second.unit_paths}

    def stands_in(unit: str, whole: str) -> bool:
        return unit == whole or whole in paths.get(unit, [])

    aimed_at = {effect.action.unit.code, *_aimed_at(effect.question, first)}
    apart = {
        unit for unit in units if not any(stands_in(unit, own) or stands_in(own, unit) for own in aimed_at)
    }
    return {unit for unit in apart if not any(other != unit and stands_in(other, unit) for other in apart)}


def _aimed_at(question: str, first: Wave) -> Iterable[str]:
    same = ExpectedEffect.objects.filter(question=question, baseline__survey=first.survey_id)
    working = ~Q(action__status__is_first=True) & ~Q(
        action__status__ends_here=True, action__status__is_done=False
    )
    return same.filter(working).values_list("action__unit__code", flat=True)


def effects_of(action: Action, *, reader: User) -> list[tuple[ExpectedEffect, Comparison]]:
    """Those of waves this person may see."""
    rows = action.effects.filter(baseline__isnull=False).select_related(
        "action__unit", "baseline__version", "baseline__unit", "follow_up__version", "follow_up__unit"
    )
    mine = set(Wave.objects.for_user(reader).values_list("pk", flat=True))
    return [(row, effect_of(row, reader=reader)) for row in rows if row.baseline_id in mine]


class State(StrEnum):
    """Of an action in a list: whether it names a figure to move, and whether before and after are there to be read."""

    NONE = ""
    AWAITED = "awaited"
    READY = "ready"


def with_effect_state(actions: QuerySet, *, reader: User) -> QuerySet:
    """`effect_state`, from what this person may read. What it says is left to the page of the action."""
    named = ExpectedEffect.objects.filter(action=OuterRef("pk"))
    current = Publication.objects.for_user(reader).current()
    before, after = (Exists(current.filter(wave=OuterRef(wave))) for wave in ("baseline", "follow_up"))
    since = UnitFigure.objects.for_user(reader).filter(
        unit=OuterRef("action__unit"),
        figure=OuterRef("figure"),
        starts_on__gte=Coalesce(OuterRef("starts_on"), OuterRef("action__made_on")),
    )
    state = Case(
        When(Exists(named.filter((before & after) | Exists(since))), then=Constant(State.READY.value)),
        When(Exists(named), then=Constant(State.AWAITED.value)),
        default=Constant(State.NONE.value),
        output_field=CharField(),
    )
    return actions.annotate(effect_state=state)
