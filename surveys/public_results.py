"""What everybody may read of a wave that the CX team has made public, in the language of the page."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext_noop as _

from cxportal.interface import said
from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.models import Unit
from cxportal.organisation.texts import Text, direction_of, text_of
from surveys import comparison, public_charts, publications
from surveys.models import Change, Publication, Wave
from surveys.publications import Group, IndicatorFigures, QuestionFigures, Results, Value
from surveys.published_rows import RESERVED, Asked
from surveys.result_figures import decimal
from surveys.statistics.change import Kind, Verdict
from surveys.statistics.estimates import Estimate
from surveys.wording import worded

RATED = {"rating", "grid"}
CHOSEN = {"single", "multiple", "yes_no", "thumbs", "reasons"}
UNITS_AT_FIRST = 40
EARLIER_WAVES = 7
VERDICTS = {
    Verdict.BETTER: ("up", _("better than the time before")),
    Verdict.WORSE: ("down", _("worse than the time before")),
    Verdict.NO_CLEAR_CHANGE: ("same", _("no clear change since the time before")),
}


class SinceBefore(NamedTuple):
    look: str
    words: Text


class Shown(NamedTuple):
    """A figure as it is printed. Without a value it is hidden, or nobody answered."""

    value: str = ""
    low: str = ""
    high: str = ""
    n: str = ""
    is_hidden: bool = False
    change: SinceBefore | None = None


class Labelled(NamedTuple):
    label: Text
    percent: int
    answers: str
    step: int = 0

    @property
    def rest(self) -> int:
        return 100 - self.percent


class Rated(NamedTuple):
    """One thing that was rated: its bar and the figures of it."""

    code: str
    heading: Text
    figure: Shown
    points: list[Labelled]
    bar: public_charts.Bar | None
    easier: str
    """How many answered in the easier version and stand in no figure here; empty: nobody."""


class Scale(NamedTuple):
    """Everything that was rated on one scale."""

    key: list[Labelled]
    rows: list[Rated]


class Chosen(NamedTuple):
    code: str
    heading: Text
    n: str
    answers: list[Labelled]
    is_hidden: bool


class Place(NamedTuple):
    name: Text
    figure: Shown


class Headline(NamedTuple):
    name: Text
    figure: Shown
    unit: str
    """ "%", "of 5" or nothing."""
    most: str
    tens: int | None
    """So many people out of ten, where it is a share."""
    weighted: str = ""
    """The same if each group counted by its size; empty where nothing was weighted."""


class Past(NamedTuple):
    name: str
    figure: Shown
    dot: public_charts.Dot


class Series(NamedTuple):
    chart: public_charts.Trend
    points: list[Past]
    has_break: bool


class Page(NamedTuple):
    wave: Wave
    title: Text
    as_of: datetime
    is_final: bool
    is_self_selected: bool
    threshold: int
    answers: str
    headline: Headline | None
    scales: list[Scale]
    chosen: list[Chosen]
    series: Series | None
    languages: list[Place]
    units: list[Place]
    units_left_out: int


class Listed(NamedTuple):
    code: str
    title: Text
    answers: str
    as_of: datetime


# ---------- reading ----------


def listed() -> list[Listed]:
    """Every wave with public results, the latest first."""
    found = Publication.objects.public().select_related("wave__version").order_by("wave_id", "-number")
    rows: dict[int, Publication] = {}
    for publication in found.defer("content", "comments", "counted"):
        rows.setdefault(publication.wave_id, publication)
    latest = sorted(rows.values(), key=lambda one: one.as_of, reverse=True)
    return [Listed(one.wave.code, title_of(one.wave), whole(one.n), one.as_of) for one in latest]


def is_public(wave: Wave) -> bool:
    return wave.publications.public().exists()


def results_of(code: str) -> Results | None:
    wave = Wave.objects.select_related("version", "survey").filter(code=code).first()
    return publications.public(wave) if wave else None


def page_of(results: Results, *, all_units: bool = False) -> Page:
    reader = _Reader(results)
    units, left_out = reader.units(all_units=all_units)
    return Page(
        wave=results.wave,
        title=title_of(results.wave),
        as_of=results.publication.as_of,
        is_final=results.publication.is_final,
        is_self_selected=comparison.is_self_selected(results.wave),
        threshold=results.threshold,
        answers=whole(results.everybody.n or 0),
        headline=reader.headline(),
        scales=reader.scales(),
        chosen=list(reader.chosen()),
        series=reader.series(),
        languages=reader.languages(),
        units=units,
        units_left_out=left_out,
    )


class _Reader:
    def __init__(self, results: Results):
        self.results = results
        self.language = get_language() or SOURCE
        self.source = results.wave.version.content["source"] if results.wave.version else SOURCE
        self.is_mirrored = direction_of(self.language) == "rtl"
        self.earlier = earlier_of(results.wave)
        self.main = self._main_question()
        self.changes = self._changes()

    # ---------- what stands on top ----------

    def _main_question(self) -> Asked | None:
        return next((asked for asked in self.results.asked.values() if asked.kind in RATED), None)

    def headline(self) -> Headline | None:
        for indicator in self.results.everybody.indicators.values():
            if indicator.value is not None:
                return self._of_indicator(indicator, indicator.value)
        return self._of_question(self.main) if self.main else None

    def _of_indicator(self, one: IndicatorFigures, value: Value) -> Headline:
        name = self._text(one.name)
        by_run = self.results.weighted
        found = by_run.values.get(one.code) if by_run else None
        if one.kind == "share":
            weighted = f"{as_percent(found).value} %" if found else ""
            return Headline(name, as_percent(value), "%", "", round(10 * value.value), weighted)
        return Headline(name, as_number(value), "", "", None, as_number(found).value if found else "")

    def _of_question(self, asked: Asked) -> Headline | None:
        found = self.results.question(asked.code)[""]
        if found.mean is None:
            return None
        figure = as_number(found.mean, asked)._replace(change=self.changes.get(asked.code))
        favourable = found.favourable
        given = sum(n for value, n in found.counts.items() if value not in RESERVED)
        tens = round(10 * favourable / given) if favourable is not None and given else None
        return Headline(self._heading(asked), figure, "", _most(asked), tens)

    # ---------- questions ----------

    def scales(self) -> list[Scale]:
        """Two scales may have the same points, 1 to 5, and say something else with them: each has its own key."""
        by_scale: dict[tuple[tuple[str, str], ...], list[Asked]] = {}
        for asked in self.results.asked.values():
            if asked.kind in RATED and asked.values:
                points = tuple((value, self._label(asked, value).text) for value in asked.values)
                by_scale.setdefault(points, []).append(asked)
        return [self._scale(group) for group in by_scale.values()]

    def _scale(self, group: list[Asked]) -> Scale:
        first = group[0]
        steps = public_charts.steps_of(len(first.values), best_last=not is_turned(first))
        key = [
            Labelled(self._label(first, value), 0, "", step)
            for value, step in zip(first.values, steps, strict=True)
        ]
        found = {asked.code: self.results.question(asked.code)[""] for asked in group}
        counts = {
            code: [one.counts.get(value, 0) for value in one.asked.values] for code, one in found.items()
        }
        drawn = [code for code, row in counts.items() if sum(row)]
        bars = public_charts.bars(
            [counts[code] for code in drawn], best_last=not is_turned(first), is_mirrored=self.is_mirrored
        )
        bar_of = dict(zip(drawn, bars, strict=True))
        rows = [
            self._rated(one, key, counts[code], bar_of.get(code))
            for code, one in sorted(found.items(), key=lambda pair: _by_mean(pair[1]))
        ]
        return Scale(key, rows)

    def _rated(
        self,
        found: QuestionFigures,
        key: Sequence[Labelled],
        counts: Sequence[int],
        bar: public_charts.Bar | None,
    ) -> Rated:
        asked = found.asked
        points = [
            point._replace(percent=percent, answers=whole(count))
            for point, percent, count in zip(key, public_charts.percents(counts), counts, strict=True)
        ]
        figure = mean_of(found)._replace(change=self.changes.get(asked.code))
        easier = whole(found.without_number) if found.without_number else ""
        return Rated(asked.code, self._heading(asked), figure, points, bar, easier)

    def chosen(self) -> Iterator[Chosen]:
        for asked in self.results.asked.values():
            if asked.kind not in CHOSEN:
                continue
            found = self.results.question(asked.code)[""]
            counts = [(value, n) for value, n in found.in_order if value not in RESERVED]
            among = (found.n or 0) if asked.is_picked else sum(n for _value, n in counts)
            answers = [
                Labelled(self._label(asked, value), round(100 * n / among) if among else 0, whole(n))
                for value, n in counts
            ]
            yield Chosen(
                asked.code,
                self._heading(asked),
                whole(among),
                answers if among else [],
                found.is_hidden,
            )

    # ---------- groups ----------

    def languages(self) -> list[Place]:
        groups = self.results.by("language")
        return [
            Place(Text(known.native_name, code, known.direction), Shown(n=whole(group.n)))
            if group.n is not None
            else Place(Text(known.native_name, code, known.direction), Shown(is_hidden=True))
            for code, group in sorted(groups.items(), key=lambda pair: -(pair[1].n or 0))
            if group.n != 0 and (known := LANGUAGES.get(code))
        ]

    def units(self, *, all_units: bool) -> tuple[list[Place], int]:
        groups = {code: group for code, group in self.results.by("unit").items() if group.n != 0}
        names = {unit.code: text_of(unit, "name") for unit in Unit.objects.filter(code__in=groups)}
        places = [
            Place(names[code], self._figure_in(group)) for code, group in groups.items() if code in names
        ]
        places.sort(key=lambda place: (place.figure.is_hidden, str(place.name)))
        shown = places if all_units else places[:UNITS_AT_FIRST]
        return shown, len(places) - len(shown)

    def _figure_in(self, group: Group) -> Shown:
        if group.is_hidden:
            return Shown(is_hidden=True)
        found = group.questions.get(self.main.code) if self.main else None
        if found is None:
            return Shown(n=whole(group.n or 0))
        return mean_of(found)

    # ---------- time ----------

    def _changes(self) -> dict[str, SinceBefore]:
        """Of every rating since the wave before that is public too, judged together."""
        if not self.earlier:
            return {}
        before = self.earlier[-1]
        both = [
            (asked, old, new)
            for asked in self.results.asked.values()
            if asked.kind in RATED
            and (new := self.results.question(asked.code)[""].mean)
            and asked.code in before.asked
            and (old := before.question(asked.code)[""].mean)
        ]
        broken = self._broken(before.wave, [asked.code for asked, _old, _new in both])
        kept = [row for row in both if row[0].code not in broken]
        compared = comparison.compare(
            [(_estimate(old), _estimate(new)) for _asked, old, new in kept], kind=Kind.MEAN
        )
        verdicts = {
            asked.code: _verdict_of(asked, one.verdict)
            for (asked, _old, _new), one in zip(kept, compared, strict=True)
        }
        return {
            code: SinceBefore(VERDICTS[verdict][0], said(VERDICTS[verdict][1]))
            for code, verdict in verdicts.items()
            if verdict in VERDICTS
        }

    @cached_property
    def _breaks(self) -> list[tuple[int, str]]:
        """(version, question) of every change of the survey after which figures cannot be compared."""
        rows = Change.objects.filter(
            version__survey=self.results.wave.survey_id, kind__in=Change.BREAKS_SERIES
        )
        return list(rows.values_list("version__number", "question_code"))

    def _broken(self, before: Wave, codes: Iterable[str]) -> set[str]:
        first, last = (_version_number(wave) for wave in (before, self.results.wave))
        changed = {question for number, question in self._breaks if first < number <= last}
        return {code for code in codes if code in changed or code.partition(".")[0] in changed}

    def series(self) -> Series | None:
        """The main rating from wave to wave, as far back as it is the same question."""
        if self.main is None:
            return None
        waves = [*self.earlier, self.results]
        found = [
            (results.wave.name, mean, results.wave)
            for results in waves
            if self.main.code in results.asked and (mean := results.question(self.main.code)[""].mean)
        ]
        kept = [row for row in found if not self._broken(row[2], [self.main.code])]
        if len(kept) < 2:
            return None
        points = [public_charts.Point(mean.value, mean.low, mean.high) for _name, mean, _wave in kept]
        chart = public_charts.trend(points, is_mirrored=self.is_mirrored)
        past = [
            Past(_when(wave), as_number(mean, self.main), dot)
            for (_name, mean, wave), dot in zip(kept, chart.dots, strict=True)
        ]
        return Series(chart, past, len(kept) < len(found))

    # ---------- words ----------

    def _text(self, texts) -> Text:
        return worded(texts, self.language, self.source)

    def _heading(self, asked: Asked) -> Text:
        return self._text(asked.item or asked.text)

    def _label(self, asked: Asked, value: str) -> Text:
        label = self._text(asked.labels.get(value, {}))
        return label if label.text else Text(value, self.language, direction_of(self.language))


def earlier_of(wave: Wave) -> list[Results]:
    """The public results of earlier waves of the same survey, oldest first."""
    found = (
        Publication.objects.public()
        .filter(wave__survey=wave.survey_id, wave__opens_at__lt=wave.opens_at)
        .select_related("wave__version")
        .defer("counted", "comments")
        .order_by("-wave__opens_at", "-number")
        if wave.opens_at
        else Publication.objects.none()
    )
    latest: dict[int, Publication] = {}
    for publication in found:
        latest.setdefault(publication.wave_id, publication)
    everything = publications.Seen.everything()
    return [Results(one, everything) for one in list(latest.values())[:EARLIER_WAVES]][::-1]


def title_of(wave: Wave) -> Text:
    content = wave.version.content if wave.version else None
    language = get_language() or SOURCE
    if not content:
        return Text(wave.name, SOURCE, direction_of(SOURCE))
    return worded(content["title"], language, content["source"])


def _version_number(wave: Wave) -> int:
    return wave.version.number if wave.version else 0


def _when(wave: Wave) -> str:
    return date_format(localtime(wave.opens_at), "YEAR_MONTH_FORMAT") if wave.opens_at else wave.name


def is_turned(asked: Asked) -> bool:
    """Whether the first point of the scale is the good end."""
    values = asked.values
    return bool(values) and values[0] in asked.favourable and values[-1] not in asked.favourable


def _verdict_of(asked: Asked, verdict: Verdict) -> Verdict:
    turned = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER}
    return turned.get(verdict, verdict) if is_turned(asked) else verdict


def _estimate(value: Value) -> Estimate:
    return Estimate(value.value, value.low, value.high, value.n, value.effective_n)


def _within(asked: Asked, value: Value) -> Value:
    """No limit stands beyond the ends of the scale."""
    if not (asked.values and asked.values[0].isdigit() and asked.values[-1].isdigit()):
        return value
    least, most = sorted((float(asked.values[0]), float(asked.values[-1])))
    low, high = (None if one is None else min(max(one, least), most) for one in (value.low, value.high))
    return replace(value, low=low, high=high)


def _by_mean(found: QuestionFigures) -> tuple:
    if found.mean is None:
        return (1, 0.0)
    return (0, found.mean.value if is_turned(found.asked) else -found.mean.value)


def _most(asked: Asked) -> str:
    return asked.values[-1] if asked.values and asked.values[-1].isdigit() else ""


# ---------- numbers ----------


def whole(number: int) -> str:
    return number_format(number, force_grouping=True)


def as_number(value: Value, asked: Asked | None = None) -> Shown:
    return _shown(_within(asked, value) if asked else value, 1, 2)


def mean_of(found: QuestionFigures) -> Shown:
    if found.is_hidden:
        return Shown(is_hidden=True)
    if found.mean is None:
        return Shown(n=whole(sum(found.counts.get(value, 0) for value in found.asked.values)))
    return as_number(found.mean, found.asked)


def as_percent(value: Value) -> Shown:
    return _shown(value, 100, 0)


def _shown(value: Value, times: int, digits: int) -> Shown:
    low, high = ("" if limit is None else decimal(limit * times, digits) for limit in (value.low, value.high))
    return Shown(decimal(value.value * times, digits), low, high, whole(value.n))
