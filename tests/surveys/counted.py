"""Closed or confidential waves with given answers, and their sums as results read them."""

import hashlib
import json
from collections.abc import Iterable

from surveys import indicators, waves, weighting
from surveys.models import Submission, Tally, Wave, WeightingRun
from surveys.release import release
from surveys.statistics.estimates import Sums
from surveys.statistics.weighted import WeightedSums
from tests.factories import CollectorFactory, IndicatorFactory, UnitFactory, VersionFactory, WaveFactory


def opened(by, content=None, *, indicators: dict | None = None, unit="", **wave) -> Wave:
    """An open confidential wave of this content, with indicators code -> fields."""
    more = {}
    if content is not None:
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        more["version"] = VersionFactory(content=content, digest=digest)
    defaults = {"confidential": True, "breakdowns": ["language", "mode", "unit"], "pairs": []}
    made = WaveFactory(**(defaults | more | wave))
    for code, fields in (indicators or {}).items():
        IndicatorFactory(survey=made.survey, code=code, **fields)
    CollectorFactory(wave=made, unit=UnitFactory(code=unit) if unit else None)
    return waves.open_wave(wave=made, by=by)


def answer(wave: Wave, filled: Iterable[list[list[str]]], **more) -> Wave:
    """Put these answers in and count them; `more` stands beside each (language, mode, pseudonym)."""
    collector = more.pop("collector", None) or wave.collectors.first()
    Submission.objects.bulk_create(
        (
            Submission(
                wave=wave,
                version=wave.version,
                collector=collector,
                content={"values": values, "texts": []},
                **more,
            )
            for values in filled
        ),
        batch_size=500,
    )
    release(wave)
    return wave


def close(wave: Wave, by) -> Wave:
    waves.close_wave(wave=wave, by=by)
    wave.refresh_from_db()
    release(wave)
    return wave


def weighed(**asked) -> WeightingRun:
    """A weighting run that is ready; raises as `ask` does where working it out failed."""
    run = weighting.ask(**asked)
    weighting.weigh(run.pk)
    run.refresh_from_db()
    if run.fault:
        raise weighting.CannotWeigh(run.fault)
    return run


def sums_of(wave: Wave, breakdown="", cell="") -> dict[tuple[str, str], Sums]:
    rows = Tally.objects.filter(wave=wave, breakdown=breakdown, cell=cell)
    return {(row.question, row.value): Sums(row.n, row.total, row.squares) for row in rows}


def weighted_sums_of(run, breakdown="", cell="") -> dict[tuple[str, str], WeightedSums]:
    return {
        (row.question, row.value): WeightedSums(**{name: getattr(row, name) for name in WeightedSums._fields})
        for row in run.tallies.filter(breakdown=breakdown, cell=cell)
    }


def figures(wave: Wave, breakdown="", cell="") -> dict[str, indicators.Figure | None]:
    sums = sums_of(wave, breakdown, cell)
    return {one.code: indicators.figure_of(one, sums) for one in indicators.counted_in(wave)}


def spread(counts: dict[str, int], question: str) -> list[list[list[str]]]:
    """value -> how many, as that many filled questionnaires of one answer."""
    return [[[question, value]] for value, n in counts.items() for _each in range(n)]
