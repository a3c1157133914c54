"""Which part of the results somebody looks at: a group and a wave to compare with, only of what was declared."""

from collections.abc import Mapping
from typing import NamedTuple

from cxportal.organisation.texts import Text
from surveys import result_names
from surveys.breakdowns import TIMES
from surveys.publications import Group, Results
from surveys.suppression import EVERYBODY, Place

MOST_PAIRS = 200
"""Cells of pairs that are still offered to choose from; all can be reached by their address."""


class NoSuchGroup(Exception):
    """It was not declared, or is out of the person's reach."""


class Option(NamedTuple):
    value: str
    name: Text


class Options(NamedTuple):
    """The groups of one breakdown."""

    breakdown: str
    name: Text
    options: tuple[Option, ...]


def as_text(place: Place) -> str:
    """As it stands in an address: "unit=A"; nothing for everybody."""
    return "" if place == EVERYBODY else "=".join(place)


def chosen_group(results: Results, text: str) -> Group:
    if not text:
        return results.everybody
    breakdown, _equals, cell = text.partition("=")
    if breakdown not in results.breakdowns:
        raise NoSuchGroup
    found = results.by(breakdown).get(cell)
    if found is None:
        raise NoSuchGroup
    return found


def groups_to_choose(results: Results) -> list[Options]:
    found = []
    names: dict[str, Mapping[str, Text]] = {}
    for breakdown in results.breakdowns:
        cells = results.by(breakdown)
        if TIMES in breakdown:
            if len(cells) > MOST_PAIRS:
                continue
            shown = {cell: _pair_name(breakdown, cell, names) for cell in cells}
        else:
            shown = names[breakdown] = result_names.of_cells(breakdown, cells, results.asked)
        kinds = [str(result_names.of_breakdown(part, results.asked)) for part in breakdown.split(TIMES)]
        options = tuple(Option(as_text((breakdown, cell)), name) for cell, name in shown.items())
        if options:
            in_order = tuple(sorted(options, key=lambda option: str(option.name).casefold()))
            found.append(Options(breakdown, result_names.here(f" {TIMES} ".join(kinds)), in_order))
    return found


def _pair_name(breakdown: str, cell: str, names: Mapping[str, Mapping[str, Text]]) -> Text:
    parts = zip(breakdown.split(TIMES), cell.split(TIMES), strict=True)
    return result_names.here(
        f" {TIMES} ".join(str(names.get(name, {}).get(code, code)) for name, code in parts)
    )


def are_apart(results: Results, one: Place, other: Place) -> bool:
    """Whether nobody can be in both groups of the same wave."""
    if one[0] != other[0] or not one[0] or TIMES in one[0] or one == other:
        return False
    paths = results.wave.unit_paths if one[0] == "unit" else {}
    return one[1] not in paths.get(other[1], []) and other[1] not in paths.get(one[1], [])
