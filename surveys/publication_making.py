"""Makes the publications of a wave: what is shown from then on, to everybody alike.

The only reader of tallies besides release, recount and the weighting run. Each publication is decided together with
all earlier ones: what came to a group since it was last shown must not be a small group either, so such a group keeps
its earlier figures until enough has come.
"""

import json
import logging
import secrets
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from django.db import IntegrityError, transaction
from django.db.models import Count as CountRows
from django.utils import timezone

from cxportal.organisation.models import User
from surveys import comparison, suppression, weighting
from surveys.indicators import Definition, counted_in, figure_of
from surveys.models import Comment, Publication, PublishedBreakdown, Response, Tally, Wave
from surveys.published_rows import NOT_ASKED, NUMBERS, RESERVED, Asked, asked_in
from surveys.statistics import estimates
from surveys.statistics.estimates import Estimate, Sums
from surveys.suppression import EVERYBODY, TIMES, Groups, Place, Question, Rows

logger = logging.getLogger(__name__)

FORMAT = 1
LEAST_ANSWERS = 10
"""A wave with fewer is never shown."""
LEAST_CHANGE = 10
LATEST_AFTER_CLOSE = timedelta(hours=3)
"""Anonymous answers are counted once an hour."""
SHARE_CHANGED = 0.25
"""An open wave is published by itself when so much has come since the last time."""
COMMENTS_AT_LEAST = 10
SMALL_GROUP = "small_group"
NOBODY = "nobody"

_random = secrets.SystemRandom()

TallyKey = tuple[str, str, Place]
Snapshot = dict[TallyKey, tuple[int, float, float]]
Shown = dict[str, set[Place]]
"""question ("" for the responses) -> where it was shown anew"""


def make(
    *, wave: Wave, by: User | None = None, at: datetime | None = None, is_complementary: bool = True
) -> Publication | None:
    """The next publication, if there is enough new to show; else None. Doing it again does no harm."""
    wave = Wave.objects.select_related("version").get(pk=wave.pk)
    before = list(wave.publications.order_by("number"))
    now = snapshot_of(wave)
    if wave.version is None or not is_enough(wave, now, before):
        return None
    made = _Making(wave, [*(unpacked(one.counted) for one in before), (now, {})], before, is_complementary)
    if made.is_nothing_shown:
        return None
    breakdowns = made.breakdowns()
    try:
        with transaction.atomic():
            publication = Publication.objects.create(
                wave=wave,
                number=len(before) + 1,
                supersedes=before[-1] if before else None,
                as_of=at or timezone.now(),
                made_by=by,
                is_final=wave.state == Wave.State.CLOSED,
                n=made.everybody_n,
                content=made.content(breakdowns),
                comments=comments_of(wave) if wave.state == Wave.State.CLOSED else {},
                counted=packed(now, made.shown),
            )
            PublishedBreakdown.objects.bulk_create(
                PublishedBreakdown(publication=publication, breakdown=name, cells=cells)
                for name, cells in breakdowns.items()
            )
    except IntegrityError:  # somebody else made it meanwhile
        return wave.publications.order_by("number").last()
    return publication


def show_weights(*, wave: Wave, by: User | None, at: datetime | None = None) -> Publication | None:
    """The current figures once more, with those of the weighting run that is in use now, or without any.

    Nothing else may differ: fewer than ten answers may have been taken out since.
    """
    wave = Wave.objects.get(pk=wave.pk)
    last = wave.publications.order_by("number").last()
    if last is None or not last.is_final:
        return None
    parts = {part.breakdown: part.cells for part in last.breakdowns.all()}
    weighted = _weighted(wave, last.content["everybody"], parts)
    if weighted == last.content.get("weighted"):
        return None
    with transaction.atomic():
        publication = Publication.objects.create(
            wave=wave,
            number=last.number + 1,
            supersedes=last,
            as_of=at or timezone.now(),
            made_by=by,
            is_final=True,
            n=last.n,
            content=last.content | {"weighted": weighted},
            comments=last.comments,
            counted=last.counted,
        )
        PublishedBreakdown.objects.bulk_create(
            PublishedBreakdown(publication=publication, breakdown=name, cells=cells)
            for name, cells in parts.items()
        )
    return publication


def is_enough(wave: Wave, now: Snapshot, before: Sequence[Publication]) -> bool:
    """Ten answers in all; afterwards ten that changed, or the wave has closed since."""
    n = responses_in(now)
    if n < max(LEAST_ANSWERS, wave.threshold):
        return False
    if not before:
        return True
    last = before[-1]
    has_closed = wave.state == Wave.State.CLOSED and not last.is_final
    return has_closed or abs(n - responses_in(unpacked(last.counted)[0])) >= LEAST_CHANGE


def is_due(wave: Wave) -> bool:
    """Whether it is made without anybody asking: the first time, by a quarter more answers, and after the close."""
    now = Tally.objects.filter(wave=wave, question="", value="", breakdown="", cell="").first()
    last = wave.publications.order_by("number").last()
    if now is None or now.n < max(LEAST_ANSWERS, wave.threshold):
        return False
    is_counted_up = wave.state == Wave.State.CLOSED and not wave.submissions.exists()
    if last is None or (is_counted_up and not last.is_final):
        return wave.state != Wave.State.CLOSED or is_counted_up
    return abs(now.n - last.n) >= max(LEAST_CHANGE, SHARE_CHANGED * last.n)


def is_overdue(wave: Wave, *, at: datetime | None = None) -> bool:
    """Whether results of a closed wave should long have been there: then something broke, and nobody must take it
    for a wave that too few answered.
    """
    since = (at or timezone.now()) - LATEST_AFTER_CLOSE
    if wave.state != Wave.State.CLOSED or wave.closes_at is None or wave.closes_at > since:
        return False
    everybody = Tally.objects.filter(wave=wave, question="", value="", breakdown="", cell="")
    return everybody.filter(n__gte=max(LEAST_ANSWERS, wave.threshold)).exists()


def make_due() -> None:
    """What the clock does. A wave that fails does not keep the others from being published."""
    everybody = Tally.objects.filter(question="", value="", breakdown="", cell="", n__gte=LEAST_ANSWERS)
    final = Publication.objects.filter(is_final=True)
    waves = Wave.objects.exclude(state=Wave.State.DRAFT).filter(pk__in=everybody.values("wave"))
    for wave in waves.exclude(state=Wave.State.CLOSED, pk__in=final.values("wave")):
        if is_due(wave):
            try:
                make(wave=wave)
            except Exception:
                logger.exception("The results of wave %s could not be published.", wave.pk)


# ---------- the sums of one moment ----------


def snapshot_of(wave: Wave) -> Snapshot:
    rows = Tally.objects.filter(wave=wave).values_list(
        "question", "value", "breakdown", "cell", "n", "total", "squares"
    )
    return {
        (question, value, (breakdown, cell)): (n, total, squares)
        for question, value, breakdown, cell, n, total, squares in rows.iterator(chunk_size=5000)
    }


def responses_in(snapshot: Snapshot) -> int:
    return snapshot.get(("", "", EVERYBODY), (0, 0.0, 0.0))[0]


def packed(snapshot: Snapshot, shown: Shown) -> bytes:
    rows = [[question, value, *place, *sums] for (question, value, place), sums in snapshot.items()]
    kept = {question: sorted(places) for question, places in shown.items()}
    return zlib.compress(json.dumps({"rows": rows, "shown": kept}).encode())


def unpacked(blob: bytes | memoryview) -> tuple[Snapshot, Shown]:
    kept = json.loads(zlib.decompress(bytes(blob)))
    rows = {
        (question, value, (breakdown, cell)): (n, total, squares)
        for question, value, breakdown, cell, n, total, squares in kept["rows"]
    }
    return rows, {
        question: {(breakdown, cell) for breakdown, cell in places}
        for question, places in kept["shown"].items()
    }


# ---------- the tables that are decided about ----------


class QuestionTable(NamedTuple):
    """How the answers to one question are counted; see `suppression.Question`."""

    rows: Rows
    steps: np.ndarray
    bases: np.ndarray | None


class Material:
    """The snapshots of all publications, the last being the one to make, as arrays over the same places."""

    def __init__(self, wave: Wave, moments: Sequence[tuple[Snapshot, Shown]]):
        self.wave = wave
        self.snapshots = [snapshot for snapshot, _shown in moments]
        self.earlier_shown = [shown for _snapshot, shown in moments[:-1]]
        self.is_final = wave.state == Wave.State.CLOSED
        self.places = sorted(
            {place for snapshot in self.snapshots for question, value, place in snapshot if not question}
        )
        self.column = {place: number for number, place in enumerate(self.places)}
        self.values: dict[str, set[str]] = defaultdict(set)
        self._by_fact: list[dict[tuple[str, str], np.ndarray]] = [self._arrays(one) for one in self.snapshots]
        for snapshot in self._by_fact:
            for question, value in snapshot:
                self.values[question].add(value)
        self.responses = self.steps_of("", "")
        found = suppression.relations(self.places, wave.unit_paths)
        found += suppression.neighbours(_combinations(wave), wave.unit_paths, wave.threshold)
        self.groups = Groups(self.places, found, self.responses)

    def _arrays(self, snapshot: Snapshot) -> dict[tuple[str, str], np.ndarray]:
        arrays: dict[tuple[str, str], np.ndarray] = {}
        for (question, value, place), (n, _total, _squares) in snapshot.items():
            key = (question, value)
            if key not in arrays:
                arrays[key] = np.zeros(len(self.places))
            arrays[key][self.column[place]] = n
        return arrays

    def steps_of(self, question: str, value: str) -> np.ndarray:
        """(steps, places): what came between one publication and the next."""
        nothing = np.zeros(len(self.places))
        sums = np.array([snapshot.get((question, value), nothing) for snapshot in self._by_fact])
        return np.diff(sums, axis=0, prepend=0)

    def shown_before(self, question: str) -> np.ndarray:
        """(steps - 1, places)"""
        return np.array(
            [[place in shown.get(question, ()) for place in self.places] for shown in self.earlier_shown],
            dtype=bool,
        ).reshape(len(self.earlier_shown), len(self.places))

    def table_of(self, asked: Asked) -> QuestionTable:
        given = self.values[asked.code] - {""}
        reserved = sorted(value for value in given if value in RESERVED)
        steps_of_reserved = [self.steps_of(asked.code, value) for value in reserved]
        if asked.kind == "number":
            # how many numbers; each for itself might tell who gave it
            steps = [self.steps_of(asked.code, "")]
            return self._tied([NUMBERS], steps, reserved, steps_of_reserved)
        real = sorted(given - set(reserved))
        steps = [self.steps_of(asked.code, value) for value in real]
        if not asked.is_picked:
            return self._tied(real, steps, reserved, steps_of_reserved)
        bases = self.responses - sum(steps_of_reserved, np.zeros_like(self.responses))
        if asked.conditional:  # nobody knows how many were asked: as few as gave the most frequent answer
            bases = np.max(steps, axis=0) if steps else np.zeros_like(self.responses)
        names = (*real, *reserved)
        rows = Rows(names, tuple(range(len(real))), tied=False)
        return QuestionTable(rows, self._stacked([*steps, *steps_of_reserved]), bases)

    def _tied(
        self,
        real: list[str],
        steps: list[np.ndarray],
        reserved: list[str],
        steps_of_reserved: list[np.ndarray],
    ) -> QuestionTable:
        names, every = [*real, *reserved], [*steps, *steps_of_reserved]
        left = self.responses - sum(every, np.zeros_like(self.responses))
        if np.abs(left).sum():
            names, every = [*names, NOT_ASKED], [*every, left]
        rows = Rows(tuple(names), tuple(range(len(real))), tied=True)
        return QuestionTable(rows, self._stacked(every), None)

    def table_of_indicator(self, code: str) -> QuestionTable:
        values = sorted(self.values[code])
        rows = Rows(tuple(values), tuple(range(len(values))), tied=False)
        steps = self._stacked([self.steps_of(code, value) for value in values])
        return QuestionTable(rows, steps, steps.sum(axis=0))

    def _stacked(self, steps: list[np.ndarray]) -> np.ndarray:
        return np.array(steps).reshape(len(steps), *self.responses.shape)


def _combinations(wave: Wave) -> Iterator[tuple[Mapping[str, str], int]]:
    """In which groups answers stand together: of these the page needs only which lies wholly in which."""
    rows = Response.objects.filter(wave=wave).values("cells").annotate(n=CountRows("pk")).order_by()
    return ((row["cells"], row["n"]) for row in rows.iterator())


# ---------- one publication ----------


class _Making:
    def __init__(
        self,
        wave: Wave,
        moments: Sequence[tuple[Snapshot, Shown]],
        before: Sequence[Publication],
        is_complementary: bool,
    ):
        self.wave, self.number = wave, len(moments)
        self.material = Material(wave, moments)
        self.definitions = counted_in(wave)
        self.asked = list(asked_in(wave.version.content))  # type: ignore[union-attr]
        self.shown: Shown = {}
        self.last = before[-1] if before else None
        self.earlier = _figures_of(self.last) if self.last else {}
        self._decide(is_complementary)
        self._sums = self._cell_sums(moments[-1][0])

    def _decide(self, is_complementary: bool) -> None:
        material, threshold = self.material, self.wave.threshold
        table = suppression.decide_groups(
            material.groups,
            material.responses,
            material.shown_before(""),
            threshold,
            with_pairs=material.is_final,  # their cells are small and many: shown once
            is_complementary=is_complementary,
        )
        tables = {asked.code: material.table_of(asked) for asked in self.asked}
        for definition in self.definitions:
            if definition.is_per_response:
                tables[definition.tally_code] = material.table_of_indicator(definition.tally_code)
        questions = {
            code: Question(rows, steps, material.shown_before(code), bases)
            for code, (rows, steps, bases) in tables.items()
            if rows.real
        }
        decided = suppression.decide_questions(table, questions, threshold, is_complementary=is_complementary)
        self._remember("", table.shown[-1, : len(material.places)])
        for code, shown in decided.items():
            self._remember(code, shown)

    def _remember(self, code: str, shown: np.ndarray) -> None:
        self.shown[code] = {
            place for place, is_shown in zip(self.material.places, shown, strict=True) if is_shown
        }

    def _cell_sums(self, now: Snapshot) -> dict[Place, dict[tuple[str, str], Sums]]:
        sums: dict[Place, dict[tuple[str, str], Sums]] = defaultdict(dict)
        for (question, value, place), (n, total, squares) in now.items():
            sums[place][question, value] = Sums(n, total, squares)
        return sums

    # ---------- as it is kept ----------

    @property
    def is_nothing_shown(self) -> bool:
        return EVERYBODY not in self.shown[""] and EVERYBODY not in self.earlier

    @property
    def everybody_n(self) -> int:
        return self._cell(EVERYBODY)["n"]

    def content(self, breakdowns: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        is_final, everybody = self.material.is_final, self._cell(EVERYBODY)
        return {
            "format": FORMAT,
            "wave": self.wave.code,
            "threshold": self.wave.threshold,
            "privacy": self.wave.privacy,
            "questions": [asked.as_content() for asked in self.asked],
            "indicators": [_indicator_content(definition) for definition in self.definitions],
            "weighted": _weighted(self.wave, everybody, breakdowns) if is_final else None,
            "paired": self._paired(everybody) if is_final else None,
            "everybody": everybody,
        }

    def _paired(self, everybody: Mapping[str, Any]) -> dict[str, Any] | None:
        """Said once, after the close: a second time it would tell of those who were taken out since."""
        if self.last and self.last.is_final:
            return self.last.content.get("paired")
        return _paired(self.wave, self.definitions, everybody)

    def breakdowns(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {name: {} for name in self.wave.breakdowns}
        if self.material.is_final:
            found |= {TIMES.join(pair): {} for pair in self.wave.pairs}
        if self.material.is_final and "unit" in found:
            found["unit"] = {unit: {"n": 0, "reason": NOBODY} for unit in self._units_with_a_way_in()}
        for place in self.material.places:
            breakdown, cell = place
            if breakdown in found:
                found[breakdown][cell] = self._cell(place)
        return {name: dict(sorted(cells.items())) for name, cells in found.items()}

    def _units_with_a_way_in(self) -> set[str]:
        return set(self.wave.collectors.exclude(unit=None).values_list("unit__code", flat=True))

    def _cell(self, place: Place) -> dict[str, Any]:
        before = self.earlier.get(place, {})
        if place in self.shown[""]:
            cell: dict[str, Any] = {"n": self._sums[place].get(("", ""), Sums(0, 0, 0)).n}
        elif before.get("n") is not None:
            cell = {"n": before["n"], "from": before.get("from", self.number - 1)}
        else:
            return {"n": None, "reason": SMALL_GROUP}
        cell["questions"] = {asked.code: self._question(place, asked, before) for asked in self.asked}
        cell["indicators"] = {one.code: self._indicator(place, one, before) for one in self.definitions}
        return cell

    def _question(self, place: Place, asked: Asked, before: Mapping[str, Any]) -> dict[str, Any]:
        if asked.code not in self.shown:  # nobody was asked, or nobody answered, anywhere
            return {"n": 0, "reason": NOBODY}
        if place not in self.shown[asked.code]:
            return self._carried(before.get("questions", {}).get(asked.code), before)
        sums = self._sums[place]
        rows = {
            value: found.n for (question, value), found in sums.items() if question == asked.code and value
        }
        found: dict[str, Any] = {"n": self._answered(place, asked, rows)}
        if asked.kind != "number":
            found["counts"] = rows
        else:
            found["counts"] = {value: n for value, n in rows.items() if value in RESERVED}
        if numbers := sums.get((asked.code, "")):
            found["mean"] = as_list(estimates.mean(*numbers))
            found["without_number"] = found["n"] - numbers.n
        return found

    def _answered(self, place: Place, asked: Asked, rows: Mapping[str, int]) -> int:
        real = sum(n for value, n in rows.items() if value not in RESERVED)
        if not asked.is_picked:
            return real
        if asked.conditional:
            return max((n for value, n in rows.items() if value not in RESERVED), default=0)
        return self._sums[place]["", ""].n - sum(n for value, n in rows.items() if value in RESERVED)

    def _indicator(self, place: Place, definition: Definition, before: Mapping[str, Any]) -> dict[str, Any]:
        needed = list(definition.questions)
        if definition.is_per_response:
            needed.append(definition.tally_code)
        if not any(code in self.shown for code in needed):
            return {"n": 0, "reason": NOBODY}
        if any(place not in self.shown.get(code, ()) for code in needed if code in self.shown):
            return self._carried(before.get("indicators", {}).get(definition.code), before)
        figure = figure_of(definition, self._sums[place])
        if figure is None:
            return {"n": 0, "reason": NOBODY}
        return {
            "n": figure.estimate.n,
            "estimate": as_list(figure.estimate),
            "left_out": figure.left_out,
            "target": figure.target and list(figure.target),
        }

    def _carried(self, before: Mapping[str, Any] | None, cell: Mapping[str, Any]) -> dict[str, Any]:
        if not before or before["n"] is None or before.get("reason"):
            return {"n": None, "reason": SMALL_GROUP}
        return {**before, "from": before.get("from", cell.get("from", self.number - 1))}


def as_list(estimate: Estimate | None) -> list[float | None] | None:
    """[value, low, high, n, effective n]"""
    return estimate and [
        estimate.value,
        estimate.low,
        estimate.high,
        estimate.n,
        estimate.effective_n,
    ]


def _indicator_content(definition: Definition) -> dict[str, Any]:
    return {
        "code": definition.code,
        "name": dict(definition.name),
        "formula": definition.formula,
        "kind": definition.kind,
        "questions": list(definition.questions),
        "target": definition.target,
        "high_is_good": definition.high_is_good,
    }


def _figures_of(publication: Publication) -> dict[Place, dict[str, Any]]:
    figures: dict[Place, dict[str, Any]] = {EVERYBODY: publication.content["everybody"]}
    for part in publication.breakdowns.all():
        figures |= {
            (part.breakdown, cell): found for cell, found in part.cells.items() if found.get("n") is not None
        }
    return figures


# ---------- weighted, and the same people twice ----------


def _weighted(
    wave: Wave, everybody: Mapping[str, Any], breakdowns: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any] | None:
    """Figures of the whole wave under the run in use, rounded as they are printed; None where no run is used.

    Beside the unweighted figure each is an equation more about the groups that were weighted apart. So there is one
    only where all these groups are large, and shown with the same figure; and only over the same people, else it would
    tell of those who were taken out since.
    """
    run = wave.weighting_runs.filter(is_used=True).select_related("wave").first()
    if run is None:
        return None
    names = weighting.names_of(run)
    sizes = [n for name in names for n in weighting.cells_of(wave, [name]).values()]
    apart = [*names, *(TIMES.join(pair) for pair in wave.pairs if set(pair) <= set(names))]
    cells = [cell for name in apart for cell in breakdowns.get(name, {}).values()]
    are_large = min(sizes, default=0) >= wave.threshold
    shown = {
        code: {"estimate": as_list(_rounded(figure))}
        for code, figure in weighting.weighted_figures(run).items()
        if _may_stand_beside(code, figure.n, everybody, cells, are_large)
    }
    head = {"run": run.number, "method": run.method, "by": list(names), "source": run.source}
    if not shown:
        return head | {"reason": SMALL_GROUP, "indicators": {}}
    return head | {"effective_n": round(run.effective_n), "indicators": shown}


def _may_stand_beside(
    code: str, n: int, everybody: Mapping[str, Any], cells: Sequence[Mapping[str, Any]], are_large: bool
) -> bool:
    is_shown = all(_is_shown(cell, code) for cell in (everybody, *cells))
    return are_large and is_shown and n == everybody["indicators"][code]["n"]


def _is_shown(cell: Mapping[str, Any], code: str) -> bool:
    """In this publication, or nobody is in it."""
    own = cell.get("indicators", {}).get(code, {})
    return cell["n"] == 0 or (own.get("n") is not None and "from" not in own and "from" not in cell)


def _rounded(figure: Estimate) -> Estimate:
    digits = 3 if abs(figure.value) <= 1 else 2

    def cut(number: float | None) -> float | None:
        return None if number is None else round(number, digits)

    return figure._replace(
        value=round(figure.value, digits),
        low=cut(figure.low),
        high=cut(figure.high),
        effective_n=figure.effective_n and round(figure.effective_n),
    )


def _paired(
    wave: Wave, definitions: Sequence[Definition], everybody: Mapping[str, Any]
) -> dict[str, Any] | None:
    """How the people changed who answered the wave before too: "difference" is [value, low, high, p]."""
    if wave.is_anonymous or wave.opens_at is None:
        return None
    final = Publication.objects.filter(is_final=True).values("wave")
    before = Wave.objects.filter(pk__in=final, survey=wave.survey_id, opens_at__lt=wave.opens_at)
    earlier = before.select_related("version").order_by("-opens_at", "-pk").first()
    if earlier is None or earlier.is_anonymous:
        return None
    wholes = [earlier.publications.order_by("number").last().content["everybody"], everybody]  # type: ignore[union-attr]
    least = max(earlier.threshold, wave.threshold)
    found = {one.code: comparison.within_people(earlier, wave, one.code) for one in definitions}
    changes = {
        code: {"people": paired.people, "difference": list(paired.difference[:4])}
        for code, paired in found.items()
        if paired and _may_be_told(paired, [whole["indicators"].get(code, {}) for whole in wholes], least)
    }
    return {"wave": earlier.code, "indicators": changes} if changes else None


def _may_be_told(paired: comparison.Paired, wholes: Sequence[Mapping[str, Any]], threshold: int) -> bool:
    """Not where the whole is hidden, where all answered or changed alike, or where a few are left when these people are
    taken off: of those who are counted now, and of those who were when the figure of the whole was published.
    """
    if any(whole.get("n") is None for whole in wholes) or paired.difference.low is None:
        return False
    if paired.is_alike and paired.people < suppression.SAME_ANSWER_AT_LEAST:
        return False
    left = [*paired.once_only, *(abs(whole["n"] - paired.people) for whole in wholes)]
    return not any(0 < n < threshold for n in left)


# ---------- comments ----------


def comments_of(wave: Wave) -> dict[str, list[list[str | None]]]:
    """question -> [comment, unit or null, band], in random order, of questions with enough of them.

    A comment is shown of a unit only where that opens no small group of writers: the same rules, another threshold.
    Shown after the close alone, so that nobody sees which ones are new.
    """
    threshold = max(COMMENTS_AT_LEAST, wave.threshold)
    by_question: dict[str, list[tuple[str, str | None, str]]] = defaultdict(list)
    rows = Comment.objects.filter(wave=wave).values_list("pk", "question", "unit__code", "band")
    for pk, question, unit, band in rows.iterator():
        by_question[question].append((str(pk), unit, band))
    found = {}
    for question, comments in sorted(by_question.items()):
        if len(comments) >= threshold:
            units = _units_shown(wave, [unit for _pk, unit, _band in comments], threshold)
            listed = [
                [pk, next((code for code in _with_above(wave, unit) if code in units), None), band]
                for pk, unit, band in comments
            ]
            _random.shuffle(listed)
            found[question] = listed
    return found


def _units_shown(wave: Wave, units: Iterable[str | None], threshold: int) -> set[str]:
    sums: dict[Place, int] = defaultdict(int)
    for unit in units:
        sums[EVERYBODY] += 1
        for code in _with_above(wave, unit):
            sums["unit", code] += 1
    places = sorted(sums)
    steps = np.array([[float(sums[place]) for place in places]])
    groups = Groups(places, suppression.relations(places, wave.unit_paths), steps)
    table = suppression.decide_groups(groups, steps, np.zeros((0, len(places)), dtype=bool), threshold)
    return {cell for (name, cell), shown in zip(places, table.shown[-1], strict=False) if shown and name}


def _with_above(wave: Wave, unit: str | None) -> list[str]:
    return [unit, *wave.unit_paths.get(unit, [])] if unit else []
