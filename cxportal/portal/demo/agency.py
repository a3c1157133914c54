"""The agency: its whole tree, the languages it offers, and two years of what its units counted."""

import csv
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cxportal.organisation.figure_import import import_unit_figures
from cxportal.organisation.models import Figure, Language, Unit
from cxportal.organisation.unit_import import import_units
from cxportal.portal.demo.stage import Stage

LANGUAGES = ("fi", "sv", "ar", "ru", "so", "fa", "fr", "uk")
"""Beside English."""
WHY_OFFERED = "A demo: the texts were translated by a machine, and nobody has read them yet."
FIGURES = [
    ("visits", "Visits", "people", Figure.Direction.NEITHER, (180, 900)),
    ("calls", "Calls", "calls", Figure.Direction.NEITHER, (300, 2400)),
    ("processing-days", "Processing time", "days", Figure.Direction.LESS_IS_BETTER, (55, 140)),
]
OF_KIND = {
    Unit.Kind.SERVICE_POINT: ("visits",),
    Unit.Kind.DEPARTMENT: ("calls", "processing-days"),
}
MONTHS = 24


def fill_units(stage: Stage) -> None:
    import_units(Path(__file__).with_name("units.csv"))
    chiara = stage.person("chiara")
    for position, code in enumerate(LANGUAGES, 2):
        Language.objects.update_or_create(
            code=code,
            defaults={
                "is_offered": True,
                "position": position,
                "decision": WHY_OFFERED,
                "decided_by": chiara,
                "decided_at": stage.ago(720),
            },
        )


def fill_figures(stage: Stage) -> None:
    dice = stage.dice("unit figures")
    around = {}
    for code, name, measured_in, direction, (low, high) in FIGURES:
        Figure.objects.get_or_create(
            code=code, defaults={"name": name, "measured_in": measured_in, "direction": direction}
        )
        around[code] = (low, high)
    rows = []
    for kind, codes in OF_KIND.items():
        for unit in Unit.objects.filter(kind=kind).order_by("code"):
            for code in codes:
                usual = dice.uniform(*around[code])
                for month in _months(stage):
                    usual *= dice.uniform(0.95, 1.05)
                    rows.append((unit.code, code, month, round(usual), "demo"))
    with file_of(("unit", "figure", "period", "value", "source"), rows) as file:
        import_unit_figures(file)


def _months(stage: Stage) -> list[str]:
    """The whole months before today, the oldest first."""
    last = stage.today.year * 12 + stage.today.month - 2
    return [f"{month // 12}-{month % 12 + 1:02}" for month in range(last - MONTHS + 1, last + 1)]


@contextmanager
def file_of(headings: Sequence[str], rows: Iterable[Sequence[Any]]):
    """A file as another system would hand it over."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        writer.writerows(rows)
        file.flush()
        yield Path(file.name)
