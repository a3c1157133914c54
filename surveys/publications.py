"""Reading what was published: plain values for pages, mails, exports and the API, narrowed to what a person may see.

A figure that is hidden is there, without a value and with a reason, so that a page can say why it is missing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from cxportal.organisation.models import Unit, User
from surveys.models import Collector, Comment, Publication, PublishedBreakdown, Survey, Wave
from surveys.publication_making import NOBODY, SMALL_GROUP
from surveys.published_rows import RESERVED, Asked
from surveys.statistics.change import Difference
from surveys.suppression import EVERYBODY, TIMES, Place

__all__ = ["NOBODY", "SMALL_GROUP"]

MOST_WAVES = 24
"""Read at once on the page of a topic."""


# ---------- what a page gets ----------


@dataclass(frozen=True)
class Value:
    """A figure with its interval; shares between 0 and 1. No interval: nothing can be said about chance."""

    value: float
    low: float | None
    high: float | None
    n: int
    effective_n: float | None = None

    @classmethod
    def of(cls, stored: Sequence[Any] | None) -> "Value | None":
        return cls(*stored) if stored else None


@dataclass(frozen=True)
class Target:
    target: float
    """In the unit of the figure: a share as a fraction."""
    is_reached: bool
    is_beyond_doubt: bool


@dataclass(frozen=True)
class QuestionFigures:
    """One question in one group. `n` is None where it is hidden, 0 where nobody answered."""

    asked: Asked
    n: int | None
    counts: Mapping[str, int]
    """value -> how many; reserved values begin with a colon."""
    mean: Value | None
    without_number: int
    """Answers that the mean does not hold: given in the easier version."""
    reason: str
    from_number: int | None
    """The earlier publication whose figures still stand, because too little came since; None: this one."""

    @property
    def is_hidden(self) -> bool:
        return self.n is None

    @property
    def favourable(self) -> int | None:
        if self.n is None or not self.asked.favourable:
            return None
        return sum(self.counts.get(value, 0) for value in self.asked.favourable)

    @property
    def in_order(self) -> list[tuple[str, int]]:
        """(value, how many) in the order of the scale, then what else was given, reserved values last."""
        known = [value for value in self.asked.values if value in self.counts]
        others = sorted(set(self.counts) - set(known) - set(RESERVED))
        given = [*self.asked.values, *others, *(value for value in RESERVED if value in self.counts)]
        return [(value, self.counts.get(value, 0)) for value in given]


@dataclass(frozen=True)
class IndicatorFigures:
    code: str
    name: Mapping[str, str]
    formula: str
    kind: str
    high_is_good: bool
    questions: tuple[str, ...]
    n: int | None
    value: Value | None
    target: Target | None
    left_out: int
    reason: str
    from_number: int | None

    @property
    def is_hidden(self) -> bool:
        return self.n is None


@dataclass(frozen=True)
class Group:
    """The figures of one cell of one breakdown; `place` is ("", "") for everybody."""

    place: Place
    n: int | None
    reason: str
    from_number: int | None
    questions: Mapping[str, QuestionFigures]
    indicators: Mapping[str, IndicatorFigures]

    @property
    def is_hidden(self) -> bool:
        return self.n is None


@dataclass(frozen=True)
class TopicFigures:
    """Everything that was asked about one topic, in one group."""

    topic: str
    questions: tuple[QuestionFigures, ...]

    @property
    def means(self) -> list[Value]:
        return [question.mean for question in self.questions if question.mean]


@dataclass(frozen=True)
class Weighted:
    """Figures of the whole wave under a weighting run, by the code of the indicator; none where `reason` says why."""

    run: int
    by: tuple[str, ...]
    source: str
    effective_n: int | None
    reason: str
    values: Mapping[str, Value]


@dataclass(frozen=True)
class SamePeople:
    """Change within those who answered the wave before too, by the code of the indicator."""

    wave: str
    """Code of the wave before."""
    changes: Mapping[str, tuple[int, Difference]]
    """How many people, and by how much."""


@dataclass(frozen=True)
class Matrix:
    """Groups of one breakdown by topics."""

    breakdown: str
    topics: tuple[str, ...]
    rows: tuple[tuple[Group, tuple[TopicFigures, ...]], ...]


@dataclass(frozen=True)
class TrendPoint:
    wave: Wave
    publication: Publication
    group: Group
    results: "Results"

    @property
    def as_of(self) -> datetime:
        return self.publication.as_of


@dataclass(frozen=True)
class TopicPoint:
    """What one wave says of a topic in one group."""

    wave: Wave
    publication: Publication
    figures: TopicFigures


@dataclass(frozen=True)
class ShownComment:
    id: str
    text: str
    language: str
    question: str
    topic: str | None
    unit: str | None
    """None where the unit would tell too much."""
    band: str


# ---------- reading ----------


def latest(wave: Wave, for_user: User) -> "Results | None":
    """The current publication of a wave as far as the person may see it; None if there is none."""
    publication = (
        Publication.objects.for_user(for_user).current().filter(wave=wave).defer("counted", "comments")
    )
    found = publication.select_related("wave").first()
    return Results(found, Seen.by(for_user)) if found else None


def latest_of(waves: Collection[Wave], for_user: User, *, breakdown: str) -> "dict[int, Results]":
    """`latest` of each of these waves by its key, one breakdown read with it. Two queries, and what scope takes."""
    current = Publication.objects.for_user(for_user).current().filter(wave__in=waves)
    found = {row.pk: row for row in current.select_related("wave").defer("counted", "comments")}
    parts = PublishedBreakdown.objects.filter(publication__in=found, breakdown=breakdown)
    cells = {part.publication_id: part.cells for part in parts}
    seen = Seen.by(for_user)
    return {row.wave_id: Results(row, seen, {breakdown: cells.get(row.pk, {})}) for row in found.values()}


def of_publication(publication: Publication, for_user: User) -> "Results":
    return Results(publication, Seen.by(for_user))


def public(wave: Wave) -> "Results | None":
    """The latest publication of a wave that the CX team has made public, with every group in it."""
    released = wave.publications.public().order_by("-number").defer("counted", "comments")
    found = released.select_related("wave").first()
    return Results(found, Seen.everything()) if found else None


@dataclass(frozen=True)
class Seen:
    """Which units and ways in a person may read figures of; None for all."""

    units: frozenset[str] | None
    collectors: frozenset[str] | None

    @classmethod
    def everything(cls) -> "Seen":
        return cls(None, None)

    @classmethod
    def by(cls, user: User) -> "Seen":
        """Own units and all below; of units above the figures of the whole."""
        scope = user.scope
        if scope.is_cx_team:
            return cls.everything()
        own = scope.unit_ids("manager", "viewer")
        above = scope.ancestors if own else frozenset()
        codes = Unit.objects.filter(pk__in=own | above).values_list("code", flat=True)
        collectors = Collector.objects.filter(unit__in=own).values_list("pk", flat=True)
        return cls(frozenset(codes), frozenset(str(pk) for pk in collectors))

    def may_read(self, place: Place) -> bool:
        breakdown, cell = place
        parts = zip(breakdown.split(TIMES), cell.split(TIMES), strict=True)
        return all(self._may_read_part(name, code) for name, code in parts)

    def _may_read_part(self, name: str, code: str) -> bool:
        allowed = {"unit": self.units, "collector": self.collectors}.get(name)
        return allowed is None or code in allowed


class Results:
    """One publication, read in a fixed number of queries: everybody comes with it, each breakdown is one more, or all
    of them together are (`read_all`).

    `cells`: breakdown -> cell -> figures as they are kept, of what was read already.
    """

    def __init__(
        self,
        publication: Publication,
        seen: Seen,
        cells: Mapping[str, Mapping[str, Any]] | None = None,
    ):
        self.publication = publication
        self.wave = publication.wave
        self._seen = seen
        self.asked = {row["code"]: Asked.from_content(row) for row in publication.content["questions"]}
        self._indicators = {row["code"]: row for row in publication.content["indicators"]}
        self._read: dict[str, dict[str, Group]] = {}
        self._cells = dict(cells or {})
        self._has_all = False

    def read_all(self) -> None:
        """For a page that offers every group to choose from: as many queries however many breakdowns there are."""
        self._cells = dict(self.publication.breakdowns.values_list("breakdown", "cells"))
        self._has_all = True

    @property
    def threshold(self) -> int:
        return self.publication.content["threshold"]

    @property
    def everybody(self) -> Group:
        return self._group(EVERYBODY, self.publication.content["everybody"])

    @property
    def weighted(self) -> Weighted | None:
        """None where no weighting run is in use."""
        stored = self.publication.content.get("weighted")
        if not stored:
            return None
        return Weighted(
            stored["run"],
            tuple(stored["by"]),
            stored["source"],
            stored.get("effective_n"),
            stored.get("reason", ""),
            {code: Value(*found["estimate"]) for code, found in stored["indicators"].items()},
        )

    @property
    def same_people(self) -> SamePeople | None:
        stored = self.publication.content.get("paired")
        if not stored:
            return None
        changes = {
            code: (found["people"], Difference(*found["difference"]))
            for code, found in stored["indicators"].items()
        }
        return SamePeople(stored["wave"], changes)

    @property
    def breakdowns(self) -> list[str]:
        """Those that were declared, pairs last, in which the person may read something."""
        stored = self.publication.breakdowns.values_list("breakdown", flat=True)
        names = list(self._cells if self._has_all else stored)
        return sorted(names, key=lambda name: (TIMES in name, name))

    def by(self, breakdown: str) -> dict[str, Group]:
        """cell -> figures, of the cells that the person may see. Empty where nothing was declared by it."""
        if breakdown not in self._read:
            self._read[breakdown] = {
                cell: self._group((breakdown, cell), stored)
                for cell, stored in self._cells_of(breakdown).items()
                if self._seen.may_read((breakdown, cell))
            }
        return self._read[breakdown]

    def one(self, place: Place) -> Group | None:
        """One cell; None where it is not there or not to be seen."""
        breakdown, cell = place
        stored = self._cells_of(breakdown).get(cell)
        return self._group(place, stored) if stored and self._seen.may_read(place) else None

    def _cells_of(self, breakdown: str) -> Mapping[str, Any]:
        if breakdown not in self._cells and not self._has_all:
            part = PublishedBreakdown.objects.filter(
                publication=self.publication, breakdown=breakdown
            ).first()
            self._cells[breakdown] = part.cells if part else {}
        return self._cells.get(breakdown, {})

    def stored(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(breakdown, cells as they are kept), of what the person may see."""
        for breakdown in self.breakdowns:
            part = self.publication.breakdowns.get(breakdown=breakdown)
            yield (
                breakdown,
                {
                    cell: figures
                    for cell, figures in part.cells.items()
                    if self._seen.may_read((breakdown, cell))
                },
            )

    def question(self, code: str, breakdown: str = "") -> dict[str, QuestionFigures]:
        """cell -> figures of one question; everybody stands under ""."""
        groups = {"": self.everybody} | (self.by(breakdown) if breakdown else {})
        return {cell: _question_in(group, self.asked[code]) for cell, group in groups.items()}

    def matrix(self, breakdown: str = "unit") -> Matrix:
        topics = tuple(dict.fromkeys(asked.topic for asked in self.asked.values() if asked.topic))
        return Matrix(
            breakdown,
            topics,
            tuple(
                (group, tuple(self._about(group, topic) for topic in topics))
                for group in [self.everybody, *self.by(breakdown).values()]
            ),
        )

    def comments(
        self, *, question: str = "", band: str = "", topic: str = "", unit: str = ""
    ) -> list[ShownComment]:
        """In random order. `unit`: with all units below it."""
        listed = list(self._comments_listed(question=question, band=band, topic=topic, unit=unit))
        texts = {
            str(comment.pk): comment
            for comment in Comment.objects.filter(pk__in=[pk for pk, *_more in listed])
        }
        return [
            ShownComment(
                pk, texts[pk].text, texts[pk].language, code, self._topic_of(code), unit_shown, band_given
            )
            for pk, code, unit_shown, band_given in listed
            if pk in texts
        ]

    def count_comments(self) -> int:
        return sum(1 for _comment in self._comments_listed(question="", band="", topic="", unit=""))

    def _comments_listed(
        self, *, question: str, band: str, topic: str, unit: str
    ) -> Iterator[tuple[str, str, str | None, str]]:
        paths = self.wave.unit_paths
        for code, rows in self.publication.comments.items():
            if (question and code != question) or (topic and self._topic_of(code) != topic):
                continue
            for pk, unit_shown, band_given in rows:
                is_of_unit = not unit or (unit_shown and unit in [unit_shown, *paths.get(unit_shown, [])])
                is_mine = self._seen.units is None or unit_shown in self._seen.units
                if is_of_unit and is_mine and (not band or band == band_given):
                    yield pk, code, unit_shown, band_given

    def _topic_of(self, code: str) -> str | None:
        asked = self.asked.get(code.removesuffix(".other"))
        return asked.topic if asked else None

    def _about(self, group: Group, topic: str) -> TopicFigures:
        about = [asked for asked in self.asked.values() if asked.topic == topic and not asked.is_text]
        return TopicFigures(topic, tuple(_question_in(group, asked) for asked in about))

    def _group(self, place: Place, stored: Mapping[str, Any]) -> Group:
        return Group(
            place,
            stored["n"],
            stored.get("reason", ""),
            stored.get("from"),
            {code: _figures(self.asked[code], found) for code, found in stored.get("questions", {}).items()},
            {
                code: _indicator(self._indicators[code], found)
                for code, found in stored.get("indicators", {}).items()
            },
        )


def _question_in(group: Group, asked: Asked) -> QuestionFigures:
    hidden = {"n": group.n if group.n == 0 else None, "reason": group.reason or SMALL_GROUP}
    return group.questions.get(asked.code) or _figures(asked, hidden)


def _figures(asked: Asked, stored: Mapping[str, Any]) -> QuestionFigures:
    return QuestionFigures(
        asked,
        stored["n"],
        stored.get("counts", {}),
        Value.of(stored.get("mean")),
        stored.get("without_number", 0),
        stored.get("reason", ""),
        stored.get("from"),
    )


def _indicator(definition: Mapping[str, Any], stored: Mapping[str, Any]) -> IndicatorFigures:
    target = stored.get("target")
    return IndicatorFigures(
        definition["code"],
        definition["name"],
        definition["formula"],
        definition["kind"],
        definition["high_is_good"],
        tuple(definition["questions"]),
        stored["n"],
        Value.of(stored.get("estimate")),
        Target(*target) if target else None,
        stored.get("left_out", 0),
        stored.get("reason", ""),
        stored.get("from"),
    )


def trend(survey: Survey, for_user: User, place: Place = EVERYBODY) -> list[TrendPoint]:
    """The figures of one group in the current publication of each wave of a survey, oldest first: two queries."""
    seen = Seen.by(for_user)
    if not seen.may_read(place):
        return []
    publications = list(_current_of(survey, for_user))
    breakdown, cell = place
    parts = PublishedBreakdown.objects.filter(publication__in=publications, breakdown=breakdown)
    cells = {part.publication_id: part.cells for part in parts} if breakdown else {}
    return list(_points(publications, seen, place, cells, cell))


def about(topic: str, for_user: User, place: Place = EVERYBODY, *, since: datetime) -> list[TopicPoint]:
    """Of every wave that opened since then and asked about the topic, in the current publication, the newest first.

    Two queries more than it takes to know what the person may read.
    """
    seen = Seen.by(for_user)
    if not seen.may_read(place):
        return []
    current = Publication.objects.for_user(for_user).filter(wave__opens_at__gte=since).current()
    publications = current.select_related("wave__survey").defer("counted", "comments")
    newest = list(publications.order_by("-wave__opens_at", "-wave_id")[:MOST_WAVES])
    breakdown, cell = place
    parts = PublishedBreakdown.objects.filter(publication__in=newest, breakdown=breakdown)
    cells = {part.publication_id: part.cells for part in parts} if breakdown else {}
    points = _points(newest, seen, place, cells, cell)
    found = (
        TopicPoint(point.wave, point.publication, point.results._about(point.group, topic))
        for point in points
    )
    return [point for point in found if point.figures.questions]


def _current_of(survey: Survey, user: User) -> QuerySet[Publication]:
    current = Publication.objects.for_user(user).current().filter(wave__survey=survey)
    return current.select_related("wave").defer("counted", "comments").order_by("wave__opens_at", "wave_id")


def _points(
    publications: Iterable[Publication],
    seen: Seen,
    place: Place,
    cells: Mapping[int, Mapping[str, Any]],
    cell: str,
) -> Iterator[TrendPoint]:
    for publication in publications:
        results = Results(publication, seen)
        if place == EVERYBODY:
            yield TrendPoint(publication.wave, publication, results.everybody, results)
        elif stored := cells.get(publication.pk, {}).get(cell):
            yield TrendPoint(publication.wave, publication, results._group(place, stored), results)


# ---------- decisions ----------


def make_public(*, publication: Publication, by: User, at: datetime | None = None) -> None:
    """From now on everybody may read this publication. A later one has to be decided on again."""
    Publication.objects.filter(pk=publication.pk, released_at=None).update(
        released_at=at or timezone.now(), released_by=by
    )


def take_back(*, publication: Publication, by: User) -> None:
    """The public no longer reads it; who did both stands in the log."""
    Publication.objects.filter(pk=publication.pk).update(released_at=None, released_by=None)
