"""Figures of results as pages show them: one figure, its margin, and what may be said of a change."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cxportal.organisation.texts import Text
from surveys import comparison, result_names, scales
from surveys.charts import series
from surveys.comparison import Break
from surveys.publications import Group, IndicatorFigures, QuestionFigures, Results, Target, Value
from surveys.published_rows import Asked
from surveys.statistics.change import Difference, Kind, Verdict
from surveys.statistics.estimates import Estimate
from surveys.suppression import EVERYBODY

IMPORTANCE = "importance"
"""How the codes of scales begin that ask how important something is."""
RATED_KINDS = {"rating", "grid"}


# ---------- scales ----------


def scale_of(asked: Asked) -> tuple[float, float]:
    """The smallest and the largest number that an answer can be; without ends where people write it."""
    if not asked.values and not asked.scale:
        return series.NO_ENDS
    known = scales.STANDARD.get(asked.scale or "")
    values = [point.value for point in known.points if point.value is not None] if known else []
    values = values or [int(value) for value in asked.values if value.isdigit()]
    return (min(values), max(values)) if len(set(values)) > 1 else (1, max(len(asked.values), 2))


def is_high_good(asked: Asked) -> bool | None:
    """None where neither end of the scale is good, as of importance."""
    known = scales.STANDARD.get(asked.scale or "")
    if known:
        return known.high_is_good
    places = [place for place, value in enumerate(asked.values) if value in asked.favourable]
    return not places or sum(places) / len(places) >= (len(asked.values) - 1) / 2


def is_importance(asked: Asked) -> bool:
    return (asked.scale or "").startswith(IMPORTANCE)


def is_rated(asked: Asked) -> bool:
    """Whether the question belongs to the table of what was rated."""
    known = scales.STANDARD.get(asked.scale or "")
    return asked.kind in RATED_KINDS and not is_importance(asked) and (known is None or known.is_numeric)


def worst_first(asked: Asked) -> tuple[str, ...]:
    return asked.values[::-1] if is_high_good(asked) is False else asked.values


# ---------- one figure ----------


class Figure(NamedTuple):
    """An indicator or the mean of a question in one group, with all that is needed to show and compare it."""

    code: str
    """As in an address: an indicator begins with "="."""
    name: Text
    kind: Kind
    high_is_good: bool | None
    questions: tuple[str, ...]
    n: int | None
    value: Value | None
    target: Target | None = None
    left_out: int = 0
    from_number: int | None = None
    scale: tuple[float, float] = (1, 5)
    weighted: Value | None = None
    """The same under the weighting run in use; of everybody only."""

    @property
    def weighted_shown(self) -> str:
        return show(self.weighted.value, self.kind) if self.weighted else ""

    @property
    def weighted_margin(self) -> str:
        return show_margin(self.weighted, self.kind) if self.weighted else ""

    @property
    def is_indicator(self) -> bool:
        return self.code.startswith("=")

    @property
    def shown(self) -> str:
        return show(self.value.value, self.kind) if self.value else ""

    @property
    def margin(self) -> str:
        return show_margin(self.value, self.kind) if self.value else ""

    @property
    def target_shown(self) -> str:
        return show(self.target.target, self.kind) if self.target else ""

    @property
    def is_hidden(self) -> bool:
        return self.n is None


def decimal(value: float, digits: int) -> str:
    """Rounded: Django's own formatting cuts digits off."""
    return number_format(round(value, digits) + 0.0, digits)


def show(value: float, kind: Kind | str) -> str:
    if kind == Kind.SHARE:
        return _("%(number)s %%") % {"number": decimal(100 * value, 0)}
    if kind == Kind.NPS:
        return f"{'+' if value > 0.5 else ''}{decimal(value, 0)}".replace("-", "\N{MINUS SIGN}")
    return decimal(value, 2)


def show_margin(value: Value, kind: Kind | str) -> str:
    """The wider side of the interval; empty where chance cannot be judged."""
    if value.low is None or value.high is None:
        return ""
    half = max(value.high - value.value, value.value - value.low)
    digits = 2 if kind == Kind.MEAN else 0
    return decimal(half * (100 if kind == Kind.SHARE else 1), digits)


def figures_of(results: Results, group: Group) -> dict[str, Figure]:
    """Indicators first, then the means of questions; those hidden in this group are there without a value."""
    whole = results.everybody
    found = {}
    weighted = results.weighted.values if results.weighted and group.place == EVERYBODY else {}
    for code, defined in whole.indicators.items():
        figure = _of_indicator(results, defined, group.indicators.get(code))
        found[f"={code}"] = figure._replace(weighted=weighted.get(code))
    for code, asked in results.asked.items():
        everybody = whole.questions.get(code)
        if everybody and (everybody.mean or (is_rated(asked) and everybody.is_hidden)):
            found[code] = _of_question(asked, group.questions.get(code))
    return found


def _of_indicator(results: Results, defined: IndicatorFigures, own: IndicatorFigures | None) -> Figure:
    kind = Kind(defined.kind)
    asked = [results.asked[code] for code in defined.questions if code in results.asked]
    scale = {Kind.SHARE: (0.0, 1.0), Kind.NPS: (-100.0, 100.0)}.get(kind)
    return Figure(
        f"={defined.code}",
        result_names.chosen(defined.name, defined.code),
        kind,
        defined.high_is_good,
        defined.questions,
        own.n if own else None,
        own.value if own else None,
        own.target if own else None,
        own.left_out if own else 0,
        own.from_number if own else None,
        scale or (scale_of(asked[0]) if asked else (1, 5)),
    )


def _of_question(asked: Asked, own: QuestionFigures | None) -> Figure:
    return Figure(
        asked.code,
        result_names.of_question(asked),
        Kind.MEAN,
        is_high_good(asked),
        (asked.code,),
        own.n if own else None,
        own.mean if own else None,
        left_out=own.without_number if own else 0,
        from_number=own.from_number if own else None,
        scale=scale_of(asked),
    )


def mean_of(own: QuestionFigures) -> Figure | None:
    return _of_question(own.asked, own) if own.mean else None


def estimate(value: Value | None) -> Estimate | None:
    return Estimate(value.value, value.low, value.high, value.n, value.effective_n) if value else None


def in_group(group: Group, figure: Figure) -> tuple[int | None, Value | None]:
    if figure.is_indicator:
        indicator = group.indicators.get(figure.code.removeprefix("="))
        return (indicator.n, indicator.value) if indicator else (None, None)
    question = group.questions.get(figure.code)
    return (question.n, question.mean) if question else (None, None)


# ---------- change ----------


class Change(NamedTuple):
    """What may be said of the difference between two figures."""

    verdict: Verdict
    difference: Difference | None
    kind: Kind
    reason: str = ""
    """Why nothing can be said: "new", "break", "hidden" or ""."""

    @property
    def is_better(self) -> bool:
        return self.verdict == Verdict.BETTER

    @property
    def is_worse(self) -> bool:
        return self.verdict == Verdict.WORSE

    @property
    def is_higher(self) -> bool:
        return bool(self.difference and self.difference.value > 0)

    @property
    def by(self) -> str:
        """How much, without its sign; points of per cent for shares."""
        if not self.difference:
            return ""
        digits = 2 if self.kind == Kind.MEAN else 0
        factor = 100 if self.kind == Kind.SHARE else 1
        return decimal(abs(self.difference.value) * factor, digits)

    @property
    def interval(self) -> str:
        if not self.difference or self.difference.low is None or self.difference.high is None:
            return ""
        factor, digits = (100, 0) if self.kind == Kind.SHARE else (1, 2 if self.kind == Kind.MEAN else 0)
        ends = [decimal(end * factor, digits) for end in (self.difference.low, self.difference.high)]
        return pgettext("an interval", "%(low)s to %(high)s") % {
            name: end.replace("-", "\N{MINUS SIGN}") for name, end in zip(("low", "high"), ends, strict=True)
        }

    @property
    def words(self) -> str:
        if self.reason == "new":
            return _("not asked before")
        if self.reason == "break":
            return _("changed since, not comparable")
        if self.reason == "hidden":
            return _("not shown in both")
        if self.reason == "within":
            return _("one contains the other")
        if self.is_better:
            return _("better by %(by)s") % {"by": self.by}
        if self.is_worse:
            return _("worse by %(by)s") % {"by": self.by}
        return str(comparison.WORDS[self.verdict])


def changes(
    before: Mapping[str, Figure],
    now: Mapping[str, Figure],
    breaks: Mapping[str, Sequence[Break]],
) -> dict[str, Change]:
    """Of every figure of `now`, judged together: a page that shows twenty must not claim one by luck."""
    comparable = {
        code: (estimate(before[code].value), estimate(figure.value))
        for code, figure in now.items()
        if code in before and not breaks.get(code)
    }
    judged = dict(_judged(comparable, now))
    return {code: judged.get(code) or _unsaid(code, figure, before, breaks) for code, figure in now.items()}


def _judged(
    pairs: Mapping[str, tuple[Estimate | None, Estimate | None]], now: Mapping[str, Figure]
) -> Iterable[tuple[str, Change]]:
    """Kinds are compared by their own methods, but adjusted together."""
    differences = {
        code: comparison.difference(first, second, kind=now[code].kind)
        for code, (first, second) in pairs.items()
        if first and second
    }
    verdicts = comparison.judge(list(differences.values()), [now[code].high_is_good for code in differences])
    for (code, difference), verdict in zip(differences.items(), verdicts, strict=True):
        yield code, Change(verdict, difference, now[code].kind)


def _unsaid(
    code: str, figure: Figure, before: Mapping[str, Figure], breaks: Mapping[str, Sequence[Break]]
) -> Change:
    reason = "new" if code not in before else "break" if breaks.get(code) else "hidden"
    return Change(Verdict.CANNOT_SAY, None, figure.kind, reason)


def within(figure: Figure) -> Change:
    """Of two groups that share people: nothing can be said."""
    return Change(Verdict.CANNOT_SAY, None, figure.kind, "within")


class OfSamePeople(NamedTuple):
    """How those changed who answered both waves."""

    figure: Figure
    people: int
    change: Change


def of_same_people(results: Results, figures: Mapping[str, Figure]) -> list[OfSamePeople]:
    """Every indicator, judged together."""
    if results.same_people is None:
        return []
    found = [
        (figures[f"={code}"], people, difference)
        for code, (people, difference) in results.same_people.changes.items()
        if f"={code}" in figures
    ]
    verdicts = comparison.judge(
        [difference for *_more, difference in found], [figure.high_is_good for figure, *_more in found]
    )
    return [
        OfSamePeople(figure, people, Change(verdict, difference, figure.kind))
        for (figure, people, difference), verdict in zip(found, verdicts, strict=True)
    ]


class Mixed(NamedTuple):
    """The change of one figure if the groups had kept their shares."""

    change: Change
    moved_percent: int
    covered_percent: int


def at_constant_mix(earlier: Results, now: Results, breakdown: str, figure: Figure) -> Mixed | None:
    """None where the mix of this breakdown did not move, or was not declared in both waves."""
    first, second = (_estimates_by(results, breakdown, figure) for results in (earlier, now))
    found = comparison.at_constant_mix(first, second, kind=figure.kind, high_is_good=figure.high_is_good)
    if found is None or found.moved < comparison.MIX_MOVED:
        return None
    change = Change(found.verdict, found.difference, figure.kind)
    return Mixed(change, round(100 * found.moved), round(100 * found.covered))


def _estimates_by(results: Results, breakdown: str, figure: Figure) -> dict[str, Estimate | None]:
    """Of units only those without units below them, so that nobody counts twice."""
    above = {unit for cell in results.by(breakdown) for unit in results.wave.unit_paths.get(cell, [])}
    return {
        cell: estimate(in_group(group, figure)[1])
        for cell, group in results.by(breakdown).items()
        if breakdown != "unit" or cell not in above - {cell}
    }
