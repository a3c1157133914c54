"""Weights that make the answers of a closed wave stand for its population, and the tallies that follow from them.

A run is never changed. Its figures stand beside the unweighted ones, never in their place.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from django.db import transaction
from django.db.models import Count, F, Max, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from cxportal.organisation.models import User
from surveys import breakdowns, indicators
from surveys.models import Answer, Response, Wave, WeightedTally, WeightingRun
from surveys.statistics import weighting
from surveys.statistics.estimates import Estimate
from surveys.statistics.weighted import WeightedSums
from surveys.statistics.weighting import CannotWeight

LOWEST, HIGHEST = 0.3, 3.0
"""Usual limits, as multiples of the mean weight."""
NOT_STATED = ""
CHUNK = 500
TOLD_EVERY = 5000
STALE = timedelta(minutes=30)
State = WeightingRun.State


class MarginGiven(NamedTuple):
    """What is known of the population: cell -> how many, by one breakdown or by several crossed (cells with "×")."""

    breakdowns: tuple[str, ...]
    population: Mapping[str, float]

    @property
    def name(self) -> str:
        return breakdowns.TIMES.join(self.breakdowns)


class CannotWeigh(ValueError):
    """Says in one sentence why there can be no such weights."""


def ask(
    *,
    wave: Wave,
    margins: Sequence[MarginGiven],
    by: User | None,
    lowest: float | None = None,
    highest: float | None = None,
    source: str = "",
    at: datetime | None = None,
) -> WeightingRun:
    """Have a run worked out in the background. Raises CannotWeigh where that can be said beforehand."""
    with transaction.atomic():
        wave = Wave.objects.select_for_update(no_key=True).get(pk=wave.pk)
        if wave.state != Wave.State.CLOSED or wave.submissions.exists():
            raise CannotWeigh(_("Weights are made when the wave is closed and everything has been counted."))
        if faults := faults_in(wave, margins):
            raise CannotWeigh(" ".join(faults))
        return WeightingRun.objects.create(
            wave=wave,
            number=(wave.weighting_runs.aggregate(last=Max("number"))["last"] or 0) + 1,
            state=WeightingRun.State.WAITING,
            method=WeightingRun.Method.RAKING
            if len(margins) > 1
            else WeightingRun.Method.POST_STRATIFICATION,
            margins=[
                {"breakdowns": list(margin.breakdowns), "population": dict(margin.population)}
                for margin in margins
            ],
            source=source,
            lowest=lowest,
            highest=highest,
            made_at=at or timezone.now(),
            made_by=by,
        )


def weigh_waiting(*, at: datetime | None = None) -> None:
    """Work out every run that waits, or whose worker died."""
    stale = (at or timezone.now()) - STALE
    WeightingRun.objects.filter(state=State.RUNNING, claimed_at__lt=stale).update(state=State.WAITING)
    for pk in list(WeightingRun.objects.filter(state=State.WAITING).values_list("pk", flat=True)):
        weigh(pk, at=at)


def weigh(run_id: int, *, at: datetime | None = None) -> bool:
    """Fit weights to the margins and count the wave with them. The mean weight is 1.

    One margin is post-stratification, several are raked. Answers that do not state a margin, or whose group has no
    number in it, keep their share. Where limits stand in the way the mean weight is not 1.
    Two workers never work out the same run. Where there are no such weights the run says why.
    """
    waiting = WeightingRun.objects.filter(pk=run_id, state=State.WAITING)
    if not waiting.update(state=State.RUNNING, claimed_at=at or timezone.now(), counted=0):
        return False
    run = WeightingRun.objects.select_related("wave").get(pk=run_id)
    try:
        while not _worked_out(run):
            pass
    except CannotWeight as error:
        _failed(run, str(error))
    except Exception:
        _failed(run, _("It broke off. Try once more; if it happens again, the log of the portal says why."))
        raise
    return True


def _failed(run: WeightingRun, why: str) -> None:
    WeightingRun.objects.filter(pk=run.pk).update(state=State.FAILED, fault=why)


def _worked_out(run: WeightingRun) -> bool:
    """False where answers were taken out of the wave meanwhile: then everything is counted once more."""
    margins = [MarginGiven(tuple(one["breakdowns"]), one["population"]) for one in run.margins]
    names = names_of(run)
    groups = _groups(run.wave, names)
    fitted = _fitted(margins, names, groups, lowest=run.lowest, highest=run.highest)
    counts = list(groups.values())
    WeightingRun.objects.filter(pk=run.pk).update(n=sum(counts))
    sums = _sums(run, names, dict(zip(groups, fitted.per_group.tolist(), strict=True)))
    with transaction.atomic():
        Wave.objects.select_for_update(no_key=True).get(pk=run.wave_id)
        if _groups(run.wave, names) != groups:
            return False
        _write(run, sums)
        WeightingRun.objects.filter(pk=run.pk).update(
            state=State.READY,
            weights=[
                {"key": breakdowns.TIMES.join(key), "weight": float(weight)}
                for key, weight in zip(groups, fitted.per_group, strict=True)
            ],
            effective_n=weighting.effective_n(counts, fitted.per_group),
            design_effect=weighting.design_effect(counts, fitted.per_group),
            held=fitted.trimmed,
            distance=fitted.distance,
        )
    return True


@transaction.atomic
def use(*, run: WeightingRun, by: User | None) -> None:
    """Show this run, and no other, beside the unweighted figures."""
    runs = WeightingRun.objects.select_for_update().filter(wave=run.wave_id)
    runs.update(is_used=False)
    runs.filter(pk=run.pk).update(is_used=True)


def put_aside(*, run: WeightingRun, by: User | None) -> None:
    WeightingRun.objects.filter(pk=run.pk).update(is_used=False)


@transaction.atomic
def bring_up_to_date(wave: Wave) -> list[str]:
    """Let a wave and its weighting runs count the indicators of its survey as they are now."""
    changed = indicators.synchronise(wave)
    if changed:
        count_anew(wave)
    return changed


@transaction.atomic
def count_anew(wave: Wave) -> None:
    """The sums of all weighting runs from the rows as they are now, under the weights they have."""
    for run in wave.weighting_runs.ready().select_related("wave"):
        run.tallies.all().delete()
        weights = {tuple(one["key"].split(breakdowns.TIMES)): one["weight"] for one in run.weights}
        _write(run, _sums(run, names_of(run), weights))


def names_of(run: WeightingRun) -> tuple[str, ...]:
    """The breakdowns by which it weights."""
    return tuple(dict.fromkeys(name for margin in run.margins for name in margin["breakdowns"]))


def faults_in(wave: Wave, margins: Sequence[MarginGiven]) -> list[str]:
    """Sentences about margins that cannot be used. Small categories are neither steady nor safe to weight by."""
    if not margins:
        return [_("Enter at least one margin: how many people there are in each group.")]
    faults = []
    for margin in margins:
        undeclared = [name for name in margin.breakdowns if name not in wave.breakdowns]
        if undeclared:
            faults.append(_("“%(name)s” is no breakdown of this wave.") % {"name": ", ".join(undeclared)})
            continue
        answers = cells_of(wave, margin.breakdowns)
        for cell in margin.population:
            n = answers.get(cell, 0)
            if n < wave.threshold:
                words = _(
                    "“%(cell)s” has fewer than %(least)d answers; join it with a neighbour or leave it out."
                )
                faults.append(words % {"cell": cell, "least": wave.threshold})
        if len(margin.population) < 2:
            faults.append(_("“%(name)s” needs numbers for at least two groups.") % {"name": margin.name})
    return faults


def weighted_figures(run: WeightingRun) -> dict[str, Estimate]:
    """Indicator code -> weighted figure of the whole wave.

    Of the whole wave only: next to an unweighted figure of a smaller cell it would tell who is in that cell.
    """
    sums = {
        (row.question, row.value): WeightedSums(*(getattr(row, name) for name in WeightedSums._fields))
        for row in run.tallies.filter(breakdown="", cell="")
    }
    found = {
        definition.code: indicators.weighted_estimate_of(definition, sums)
        for definition in indicators.counted_in(run.wave)
    }
    return {code: estimate for code, estimate in found.items() if estimate}


def cells_of(wave: Wave, names: Sequence[str]) -> dict[str, int]:
    """cell -> answers, by breakdowns crossed; "" for those who lack one of them."""
    found: dict[str, int] = defaultdict(int)
    for key, n in _groups(wave, tuple(names)).items():
        found[_crossed(key)] += n
    return dict(found)


def _groups(wave: Wave, names: tuple[str, ...]) -> dict[tuple[str, ...], int]:
    """Cells in these breakdowns -> how many responses have exactly them."""
    groups: dict[tuple[str, ...], int] = defaultdict(int)
    rows = Response.objects.filter(wave=wave).order_by().values_list("cells").annotate(n=Count("pk"))
    for cells, n in rows.iterator():
        groups[_key(cells, names)] += n
    return dict(sorted(groups.items()))


def _key(cells: Mapping[str, str], names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(cells.get(name, NOT_STATED) for name in names)


def _crossed(key: Sequence[str]) -> str:
    return breakdowns.TIMES.join(key) if all(key) else NOT_STATED


def _fitted(
    margins: Sequence[MarginGiven],
    names: tuple[str, ...],
    groups: Mapping[tuple[str, ...], int],
    *,
    lowest: float | None,
    highest: float | None,
) -> weighting.Weights:
    counts = np.array(list(groups.values()), dtype=float)
    prepared = []
    for margin in margins:
        places = [names.index(name) for name in margin.breakdowns]
        crossed = [_crossed([key[place] for place in places]) for key in groups]
        category_of = [cell if cell in margin.population else NOT_STATED for cell in crossed]
        prepared.append(weighting.Margin(margin.name, category_of, _scaled(margin, category_of, counts)))
    return weighting.rake(counts, prepared, lowest=lowest, highest=highest)


def _scaled(margin: MarginGiven, category_of: Sequence[str], counts: np.ndarray) -> dict[str, float]:
    """The population in answers: those who state nothing keep their number, the others share the rest."""
    silent = float(sum(n for cell, n in zip(category_of, counts, strict=True) if cell == NOT_STATED))
    whole = sum(margin.population.values())
    if whole <= 0:
        raise CannotWeight(f"The numbers of “{margin.name}” must be positive.")
    share = (float(counts.sum()) - silent) / whole
    scaled = {cell: number * share for cell, number in margin.population.items()}
    return scaled | {NOT_STATED: silent} if silent else scaled


# ---------- tallies ----------


Fact = tuple[breakdowns.Cells, str, str, int, float, float]
"""cells, question, value, n, total, squares: of responses alike in every group"""


WeightedSumsOf = dict[tuple[str, str, str, str], WeightedSums]
"""question, value, breakdown, cell -> sums"""


def _sums(
    run: WeightingRun, names: tuple[str, ...], weights: Mapping[tuple[str, ...], float]
) -> WeightedSumsOf:
    sums: WeightedSumsOf = defaultdict(WeightedSums)
    for number, (cells, question, value, n, total, squares) in enumerate(_facts(run.wave), 1):
        w = weights[_key(cells, names)]
        one = WeightedSums(n, n * w, n * w * w, total * w, squares * w, total * w * w, squares * w * w)
        for place in breakdowns.tallied_cells(run.wave, cells):
            sums[question, value, *place] += one
        if number % TOLD_EVERY == 0:
            WeightingRun.objects.filter(pk=run.pk).update(counted=number)
    return sums


def _write(run: WeightingRun, sums: WeightedSumsOf) -> None:
    rows = (_row(run, place, found) for place, found in sums.items())
    while chunk := list(islice(rows, CHUNK)):
        WeightedTally.objects.bulk_create(chunk)


def _row(run: WeightingRun, place: tuple[str, str, str, str], sums: WeightedSums) -> WeightedTally:
    names = ("question", "value", "breakdown", "cell")
    return WeightedTally(run=run, **dict(zip(names, place, strict=True)), **sums._asdict())


def _facts(wave: Wave) -> Iterator[Fact]:
    """The response itself, each answer, each number once more for means, and indicators; summed by the database."""
    responses: Any = (
        Response.objects.filter(wave=wave).order_by().values_list("cells").annotate(n=Count("pk"))
    )
    for cells, n in responses.iterator():
        yield cells, "", "", n, 0.0, 0.0
    answers = Answer.objects.filter(response__wave=wave).order_by()
    values: Any = answers.values_list("response__cells", "question", "value").annotate(n=Count("question"))
    for cells, question, value, n in values.iterator():
        yield cells, question, value, n, 0.0, 0.0
    numbers: Any = (
        answers.filter(number__isnull=False)
        .values_list("response__cells", "question")
        .annotate(n=Count("number"), total=Sum("number"), squares=Sum(F("number") * F("number")))
    )
    for cells, question, n, total, squares in numbers.iterator():
        yield cells, question, "", n, total, squares
    for cells, facts in indicators.numbers_in(wave, indicators.counted_in(wave)):
        for question, value, number in facts:
            yield cells, question, value, 1, number, number * number
