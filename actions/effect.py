"""Whether the figure that an action should move has moved. It never says that the action caused it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, When
from django.db.models import Value as Constant
from django.db.models.functions import Coalesce
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from actions.models import Action, ExpectedEffect
from cxportal.organisation.models import UnitFigure, User
from surveys import publications
from surveys.comparison import Breaks
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
UNIT = "unit"
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
    return Readings([effect], reader).judge(effect)


class Readings:
    """What this person may read of the waves of some effects: a fixed number of queries, however many they are."""

    def __init__(self, effects: Iterable[ExpectedEffect], reader: User):
        waves = {wave.pk: wave for effect in effects for wave in (effect.baseline, effect.follow_up) if wave}
        self._results = publications.latest_of(list(waves.values()), reader, breakdown=UNIT)
        self._breaks = Breaks(list(waves.values()))

    def judge(self, effect: ExpectedEffect, *, beside_others: bool = True) -> Comparison:
        first, second = effect.baseline, effect.follow_up
        if first is None or second is None:
            return Comparison(Verdict.NOT_YET)
        before, after = self._results.get(first.pk), self._results.get(second.pk)
        if before is None or after is None:
            return Comparison(Verdict.NOT_YET)
        if self._breaks.of(first, second, effect.question, [effect.question]):
            return Comparison(Verdict.CHANGED_QUESTION)
        kind = _kind(after, effect.question)
        own = effect.action.unit.code
        if own in {wave.unit.code for wave in (first, second) if wave.unit}:
            earlier, later = (_estimate(results.everybody, effect.question) for results in (before, after))
            return compare(kind, earlier, later)
        earlier, later = (_estimate(results.one((UNIT, own)), effect.question) for results in (before, after))
        return compare(kind, earlier, later, _others(effect, before, after) if beside_others else ())


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


def _kind(results: Results, question: str) -> Kind:
    found = results.everybody.indicators.get(question.removeprefix(INDICATOR))
    return Kind(found.kind) if found and question.startswith(INDICATOR) else Kind.MEAN


def _others(effect: ExpectedEffect, before: Results, after: Results) -> list[tuple[Estimate, Estimate]]:
    """Before and after in the units that can be put beside the one of the action."""
    earlier, later = (_by_unit(results, effect.question) for results in (before, after))
    units = _without_the_action(effect, before.wave, after.wave, set(earlier) & set(later))
    return [(earlier[unit], later[unit]) for unit in sorted(units)]


def _by_unit(results: Results, question: str) -> Mapping[str, Estimate]:
    """unit -> figure, of those that may be shown."""
    found = {unit: _estimate(group, question) for unit, group in results.by(UNIT).items()}
    return {unit: estimate for unit, estimate in found.items() if estimate}


def _estimate(group: Group | None, question: str) -> Estimate | None:
    figure = _figure(group, question) if group else None
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
    rows = list(_of_waves(ExpectedEffect.objects.filter(action=action), reader))
    readings = Readings(rows, reader)
    return [(row, readings.judge(row)) for row in rows]


def _of_waves(effects: QuerySet, reader: User) -> QuerySet:
    mine = Wave.objects.for_user(reader).order_by().values("pk")
    with_waves = effects.filter(baseline__in=mine).order_by("action", "pk")
    # many effects share a few waves: read each wave once
    return with_waves.select_related("action__unit").prefetch_related("baseline__unit", "follow_up__unit")


# ---------- in a list ----------


class State(StrEnum):
    """Of an action in a list: whether it names a figure to move, and whether before and after are there to be read."""

    NONE = ""
    AWAITED = "awaited"
    READY = "ready"


def with_effect_state(actions: QuerySet, *, reader: User) -> QuerySet:
    """`effect_state`, from what this person may read."""
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


def say_effects(actions: Sequence[Any], *, reader: User) -> None:
    """Gives each action of a page `effect_words`; `actions` as `with_effect_state` reads them.

    The change in the unit itself, in a few words; with what else it is compared stands on the page of the action.
    """
    ready = [action.pk for action in actions if action.effect_state == State.READY]
    rows = list(_of_waves(ExpectedEffect.objects.filter(action__in=ready), reader)) if ready else []
    readings = Readings(rows, reader) if rows else None
    found: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        if readings and (words := few_words_of(readings.judge(row, beside_others=False))):
            found[row.action_id].append(words)
    for action in actions:
        action.effect_words = " · ".join(dict.fromkeys(found[action.pk])) or _words_of_state(
            action.effect_state
        )


def few_words_of(comparison: Comparison) -> str:
    change, kind = comparison.change, comparison.kind
    if comparison.verdict is Verdict.MOVED and change and kind:
        return _("moved: %(change)s") % {"change": shown(change.value, kind, signed=True)}
    return {
        Verdict.NO_CLEAR_CHANGE: _("no clear change"),
        Verdict.TOO_FEW: _("too few answers"),
        Verdict.CHANGED_QUESTION: _("the question was changed"),
    }.get(comparison.verdict, "")


def _words_of_state(state: str) -> str:
    """Where no verdict can be given: of figures of the unit no margin is known."""
    return {State.READY.value: _("before and after"), State.AWAITED.value: _("awaited")}.get(state, "")
