"""Operational figures of units beside the quality that their customers see: volumes, desks, staff, waiting days."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from cxportal.organisation.models import UnitFigure, User
from cxportal.organisation.texts import Text, text_of
from surveys import result_names
from surveys.models import Wave
from surveys.publications import Results
from surveys.result_charts import in_order_of_tree
from surveys.result_figures import Figure, in_group


class Beside(NamedTuple):
    """One value as it was entered; values of several periods are never added up or averaged here."""

    code: str
    name: Text
    measured_in: str
    value: Decimal
    starts_on: date
    ends_on: date
    source: str


def beside_wave(wave: Wave, *, user: User, today: date) -> dict[str, list[Beside]]:
    """Unit code -> its figures of periods that touch the wave, the newest first; only units the person may see."""
    if wave.opens_at is None:
        return {}
    starts_on = timezone.localtime(wave.opens_at).date()
    ends_on = timezone.localtime(wave.closes_at).date() if wave.closes_at else today
    rows = (
        UnitFigure.objects.for_user(user)
        .filter(starts_on__lte=ends_on, ends_on__gte=starts_on)
        .select_related("unit", "figure")
        .order_by("figure__code", "-starts_on")
    )
    found: dict[str, list[Beside]] = defaultdict(list)
    for row in rows:
        found[row.unit.code].append(
            Beside(
                row.figure.code,
                text_of(row.figure, "name"),
                row.figure.measured_in,
                row.value,
                row.starts_on,
                row.ends_on,
                row.source,
            )
        )
    return dict(found)


class Column(NamedTuple):
    code: str
    name: Text
    measured_in: str


class Row(NamedTuple):
    """One unit: how customers rated it, and its own figures, a cell for each column with the newest period first."""

    name: Text
    n: int | None
    quality: Figure | None
    cells: tuple[tuple[Beside, ...], ...]


class Table(NamedTuple):
    quality: Text | None
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def table(
    results: Results, *, user: User, quality: Figure | None, today: date, units: Sequence[str] | None = None
) -> Table | None:
    """Units of the wave that have figures in its time; None where there are none. `units`: only these."""
    groups = results.by("unit")
    found = {
        unit: rows
        for unit, rows in beside_wave(results.wave, user=user, today=today).items()
        if unit in groups and (units is None or unit in units)
    }
    if not found:
        return None
    names = result_names.of_cells("unit", found, results.asked)
    columns = {
        one.code: Column(one.code, one.name, one.measured_in) for rows in found.values() for one in rows
    }
    rows = []
    for unit in in_order_of_tree(found, results.wave.unit_paths, names):
        n, value = in_group(groups[unit], quality) if quality else (groups[unit].n, None)
        own = quality._replace(n=n, value=value, target=None) if quality else None
        cells = tuple(tuple(one for one in found[unit] if one.code == code) for code in sorted(columns))
        rows.append(Row(names[unit], groups[unit].n, own, cells))
    return Table(
        quality.name if quality else None, tuple(columns[code] for code in sorted(columns)), tuple(rows)
    )
