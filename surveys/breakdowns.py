"""By what results may be read: declared before a wave opens, frozen then."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from django.utils.translation import gettext as _

from surveys.models import Collector, Profile, Wave

FIXED = ("unit", "service", "stage", "channel", "collector", "language", "mode", "assisted")
ATTRIBUTE, QUESTION = "attribute:", "question:"
MAX_QUESTIONS = 6
TIMES = "×"

Cells = dict[str, str]
"""breakdown -> cell, one response."""


def faults_in(
    breakdowns: Sequence[str], pairs: Sequence[Sequence[str]], question_codes: set[str]
) -> list[str]:
    """Sentences about what may not be declared."""
    faults = []
    for name in breakdowns:
        if name.startswith(QUESTION):
            if name.removeprefix(QUESTION) not in question_codes:
                faults.append(_("“%(name)s” is no question of this survey.") % {"name": name})
        elif name not in FIXED and not name.startswith(ATTRIBUTE):
            faults.append(_("“%(name)s” is no breakdown.") % {"name": name})
    if sum(name.startswith(QUESTION) for name in breakdowns) > MAX_QUESTIONS:
        faults.append(_("At most %(most)d questions may be breakdowns.") % {"most": MAX_QUESTIONS})
    faults += [
        _("The pair “%(pair)s” has a part that is not declared by itself.")
        % {"pair": f" {TIMES} ".join(pair)}
        for pair in pairs
        if len(pair) != 2 or not set(pair) <= set(breakdowns)
    ]
    return faults


def cells_of(
    wave: Wave,
    *,
    collector: Collector,
    profile: Profile | None,
    declared: Mapping[str, str],
    values: Mapping[str, str],
    language: str,
    mode: str,
    is_assisted: bool | None,
) -> Cells:
    """The cell of one response in each declared breakdown: first declared, else profile, else collector.

    `declared` is what choices that stand for something said (breakdown -> code), `values` the single choices.
    """
    known: dict[str, Any] = {
        "unit": _code(profile and profile.unit) or _code(collector.unit),
        "service": _code(collector.service),
        "channel": collector.channel,
        "collector": str(collector.pk),
        "language": language,
        "mode": mode,
        "assisted": {True: "yes", False: "no"}.get(is_assisted, ""),  # type: ignore[arg-type]
        **{f"{ATTRIBUTE}{name}": value for name, value in (profile.attributes if profile else {}).items()},
        **{f"{QUESTION}{code}": value for code, value in values.items()},
    } | dict(declared)
    return {name: str(known[name]) for name in wave.breakdowns if known.get(name)}


def tallied_cells(wave: Wave, cells: Cells) -> Iterator[tuple[str, str]]:
    """(breakdown, cell) of everything a response counts in: everybody, its cells, units above, declared pairs."""
    yield "", ""
    paths = {name: _with_units_above(wave, name, cell) for name, cell in cells.items()}
    yield from chain.from_iterable(((name, cell) for cell in path) for name, path in paths.items())
    for first, second in wave.pairs:
        for one in paths.get(first, ()):
            for other in paths.get(second, ()):
                yield f"{first}{TIMES}{second}", f"{one}{TIMES}{other}"


def _with_units_above(wave: Wave, name: str, cell: str) -> list[str]:
    return [cell, *wave.unit_paths.get(cell, [])] if name == "unit" else [cell]


def _code(row: Any) -> str:
    return row.code if row else ""
