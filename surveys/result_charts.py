"""Figures of a publication laid out for pages: what was rated, what matters, groups by topics, from wave to wave."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cxportal.organisation.texts import Text
from surveys import comparison, result_names
from surveys.charts import diverging, fields, heat, series
from surveys.models import Wave
from surveys.publications import Group, QuestionFigures, Results, TrendPoint
from surveys.published_rows import Asked
from surveys.result_figures import (
    Change,
    Figure,
    decimal,
    figures_of,
    in_group,
    is_importance,
    is_rated,
    scale_of,
    show,
    show_margin,
    worst_first,
)

# ---------- what was rated ----------


class Point(NamedTuple):
    shade: int
    label: Text


class Part(NamedTuple):
    percent: int
    label: Text


@dataclass(frozen=True)
class RatedRow:
    figure: Figure
    bar: diverging.Bar | None
    parts: tuple[Part, ...]
    """Every point of the scale with its per cent: the bar in words."""
    apart: tuple[tuple[Text, int], ...]
    """Answers outside the bar: not for me, do not know."""
    change: Change | None


@dataclass(frozen=True)
class RatedScale:
    """Questions of one scale, best first; only those can share a centre and be sorted by their means."""

    key: tuple[Point, ...]
    scale: tuple[float, float]
    rows: tuple[RatedRow, ...]


def rated(
    results: Results,
    group: Group,
    figures: Mapping[str, Figure],
    changed: Mapping[str, Change],
    *,
    mirrored: bool,
) -> list[RatedScale]:
    asked = [results.asked[code] for code in figures if code in results.asked]
    chosen = sorted((one for one in asked if is_rated(one)), key=lambda one: (str(one.scale), one.values))
    found = [
        _rated_scale(list(questions), group, figures, changed, mirrored)
        for _scale, questions in groupby(chosen, key=lambda one: (one.scale, one.values))
    ]
    return sorted(found, key=lambda scale: -len(scale.rows))


def _rated_scale(
    questions: Sequence[Asked],
    group: Group,
    figures: Mapping[str, Figure],
    changed: Mapping[str, Change],
    mirrored: bool,
) -> RatedScale:
    shown = [one for one in questions if not figures[one.code].is_hidden and group.questions[one.code].counts]
    drawn = diverging.bars([_counts(one, group) for one in shown], mirrored=mirrored)
    bars = dict(zip([one.code for one in shown], drawn, strict=True))
    rows = [
        RatedRow(
            figures[one.code],
            bars.get(one.code),
            _parts(one, bars[one.code]) if one.code in bars else (),
            _apart(one, group),
            changed.get(one.code),
        )
        for one in questions
    ]
    return RatedScale(_key(questions[0]), scale_of(questions[0]), tuple(sorted(rows, key=_best_first)))


def _best_first(row: RatedRow) -> tuple[bool, float]:
    value = row.figure.value
    if value is None:
        return True, 0.0
    return False, value.value if row.figure.high_is_good is False else -value.value


def _counts(asked: Asked, group: Group) -> list[int]:
    counts = group.questions[asked.code].counts
    return [counts.get(value, 0) for value in worst_first(asked)]


def _parts(asked: Asked, bar: diverging.Bar) -> tuple[Part, ...]:
    labels = [result_names.of_value(asked, value) for value in worst_first(asked)]
    return tuple(Part(percent, label) for percent, label in zip(bar.percents, labels, strict=True))


def _apart(asked: Asked, group: Group) -> tuple[tuple[Text, int], ...]:
    own = group.questions.get(asked.code)
    if own is None or own.is_hidden:
        return ()
    outside = ("not_for_me", "dont_know")
    return tuple(
        (result_names.of_value(asked, value), n)
        for value, n in own.counts.items()
        if value.removeprefix(":") in outside and n
    )


def _key(asked: Asked) -> tuple[Point, ...]:
    values = worst_first(asked)
    return tuple(
        Point(diverging.shade_of(place, len(values)), result_names.of_value(asked, value))
        for place, value in enumerate(values)
    )


# ---------- what else was asked ----------


def bar_of(own: QuestionFigures, *, mirrored: bool) -> diverging.Bar | None:
    """The answers to a question with a scale from edge to edge; None where there is nothing to draw."""
    if own.asked.scale is None or not own.counts:
        return None
    return diverging.whole_bar(
        [own.counts.get(value, 0) for value in worst_first(own.asked)], mirrored=mirrored
    )


class Counted(NamedTuple):
    label: Text
    n: int
    percent: int
    is_favourable: bool
    is_reserved: bool


def answers_to(own: QuestionFigures) -> list[Counted]:
    """Every answer to one question with its share of those who answered; reserved ones carry no share."""
    total = own.n or 0
    return [
        Counted(
            result_names.of_value(own.asked, value),
            n,
            0 if value.startswith(":") or not total else round(100 * n / total),
            value in own.asked.favourable,
            value.startswith(":"),
        )
        for value, n in own.in_order
        if value
    ]


# ---------- importance ----------


class Important(NamedTuple):
    name: Text
    importance: Figure
    rating: Figure
    field: fields.Field


def importance(
    results: Results, figures: Mapping[str, Figure], *, mirrored: bool
) -> tuple[fields.Chart | None, list[Important]]:
    """Things whose importance was asked, by topic, beside how they were rated. The most important one first."""
    asked = results.asked
    how_important = {
        one.topic: figures[code]
        for code, one in asked.items()
        if code in figures and one.topic and is_importance(one) and figures[code].value
    }
    pairs = [
        (how_important[one.topic], figures[code])
        for code, one in asked.items()
        if code in figures and one.topic in how_important and is_rated(one) and figures[code].value
    ]
    ruler = {figure.scale for _importance, figure in pairs}
    if len(ruler) > 1:  # means of different scales have no common average
        most = max(ruler, key=lambda scale: sum(figure.scale == scale for _importance, figure in pairs))
        pairs = [pair for pair in pairs if pair[1].scale == most]
    things = [
        fields.Thing(str(rating.name), value.value.value, rating.value.value)  # type: ignore[union-attr]
        for value, rating in pairs
    ]
    drawn = fields.chart(things, mirrored=mirrored)
    if drawn is None:
        return None, []
    listed = [
        Important(rating.name, value, rating, dot.field)
        for (value, rating), dot in zip(pairs, drawn.dots, strict=True)
    ]
    return drawn, sorted(listed, key=lambda one: -one.importance.value.value)  # type: ignore[union-attr]


# ---------- groups by topics ----------


class HeatCell(NamedTuple):
    figure: Figure | None
    shade: int
    is_hidden: bool
    question: str


class HeatRow(NamedTuple):
    cell: str
    name: Text
    depth: int
    n: int | None
    cells: tuple[HeatCell, ...]


class Heat(NamedTuple):
    columns: tuple[tuple[str, Text], ...]
    rows: tuple[HeatRow, ...]
    limits: tuple[str, ...]
    scale: tuple[float, float]


def heat_table(results: Results, breakdown: str) -> Heat | None:
    """Groups by rated questions of the commonest scale; None where nothing was rated."""
    whole = {
        code: one for code, one in figures_of(results, results.everybody).items() if not one.is_indicator
    }
    rated_ones = {code: one for code, one in whole.items() if is_rated(results.asked[code])}
    if not rated_ones:
        return None
    found = [one.scale for one in rated_ones.values()]
    scale = max(set(found), key=found.count)
    columns = {code: one for code, one in rated_ones.items() if one.scale == scale}
    groups = results.by(breakdown)
    names = result_names.of_cells(breakdown, groups, results.asked)
    paths = results.wave.unit_paths if breakdown == "unit" else {}
    ordered = in_order_of_tree(groups, paths, names)
    rows = [_heat_row("", result_names.here(_("Everybody")), 0, results.everybody, columns)]
    rows += [
        _heat_row(cell, names[cell], _depth(cell, paths, groups), groups[cell], columns) for cell in ordered
    ]
    limits = tuple(decimal(limit, 2) for limit in heat.limits(scale))
    return Heat(tuple((code, one.name) for code, one in columns.items()), tuple(rows), limits, scale)


def in_order_of_tree(
    cells: Iterable[str], paths: Mapping[str, Sequence[str]], names: Mapping[str, Text]
) -> list[str]:
    """Each unit before those below it, by name among its sisters."""
    return sorted(cells, key=lambda cell: _place_in_tree(cell, paths, names))


def _place_in_tree(cell: str, paths: Mapping[str, Sequence[str]], names: Mapping[str, Text]) -> list[str]:
    return [str(names.get(unit, unit)).casefold() for unit in [*_above(cell, paths), cell]]


def _above(cell: str, paths: Mapping[str, Sequence[str]]) -> list[str]:
    """Units above, the topmost first."""
    above = [unit for unit in paths.get(cell, []) if unit != cell]
    return sorted(above, key=lambda unit: len(paths.get(unit, [])))


def _depth(cell: str, paths: Mapping[str, Sequence[str]], groups: Mapping[str, Group]) -> int:
    return min(sum(unit in groups for unit in _above(cell, paths)), 4)


def _heat_row(cell: str, name: Text, depth: int, group: Group, columns: Mapping[str, Figure]) -> HeatRow:
    return HeatRow(
        cell, name, depth, group.n, tuple(_heat_cell(code, whole, group) for code, whole in columns.items())
    )


def _heat_cell(code: str, whole: Figure, group: Group) -> HeatCell:
    own = group.questions.get(code)
    figure = whole._replace(n=own.n if own else None, value=own.mean if own else None)
    if figure.value is None:
        is_hidden = own.is_hidden if own else group.n != 0
        return HeatCell(None, 0, is_hidden, code)
    shade = heat.shade(figure.value.value, whole.scale, high_is_good=whole.high_is_good is not False)
    return HeatCell(figure, shade, False, code)


# ---------- from wave to wave ----------


class TrendColumn(NamedTuple):
    """One wave of a series. `dot` is None where the figure is not shown."""

    x: float
    wave: Wave
    label: str
    n: int | None
    shown: str
    margin: str
    is_break: bool
    dot: series.Dot | None


class Trend(NamedTuple):
    figure: Figure
    chart: series.Chart
    columns: tuple[TrendColumn, ...]
    lines: tuple[tuple[series.Line, str], ...]
    low: str
    high: str
    scale_low: str
    scale_high: str


def trend(points: Sequence[TrendPoint], figure: Figure, *, mirrored: bool) -> Trend | None:
    """None where no wave shows the figure. Three queries for the breaks."""
    if not points:
        return None
    broken = comparison.breaks_along([point.wave for point in points], {figure.code: figure.questions})
    is_break = [False, *(bool(found[figure.code]) for found in broken)]
    found = [in_group(point.group, figure) for point in points]
    drawn = series.chart(
        [
            series.Point(value.value, value.low, value.high, broke)
            if value
            else series.Point(None, None, None, broke)
            for (_n, value), broke in zip(found, is_break, strict=True)
        ],
        scale=figure.scale,
        target=figure.target.target if figure.target else None,
        mirrored=mirrored,
    )
    if drawn is None:
        return None
    dots = {dot.number: dot for dot in drawn.dots}
    columns = [
        TrendColumn(
            drawn.columns[place].x,
            point.wave,
            _short_name(point.wave),
            n,
            show(value.value, figure.kind) if value else "",
            show_margin(value, figure.kind) if value else "",
            is_break[place],
            dots.get(place),
        )
        for place, (point, (n, value)) in enumerate(zip(points, found, strict=True))
    ]
    ends = (drawn.low, drawn.high, *figure.scale)
    has_ends = figure.scale != series.NO_ENDS
    return Trend(
        figure,
        drawn,
        tuple(columns),
        tuple((line, show(line.value, figure.kind)) for line in drawn.lines),
        *(show(end, figure.kind) if has_ends else "" for end in ends),
    )


def _short_name(wave: Wave) -> str:
    if wave.opens_at:
        return date_format(timezone.localtime(wave.opens_at), "M Y")
    return wave.name[:12]
