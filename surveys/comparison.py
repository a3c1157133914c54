"""What changed between waves, units and segments, and what may be said of it.

Works on figures as a publication holds them. Nothing is claimed across a break in the series, inside the margin, or
one by one where many are read together.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from surveys import indicators
from surveys.indicators import Definition
from surveys.models import Answer, Change, Collector, CountedIndicator, Indicator, Response, Version, Wave
from surveys.statistics import change
from surveys.statistics.change import Difference, Kind, Stratum, Verdict
from surveys.statistics.estimates import Estimate, Sums

WORDS = {
    Verdict.BETTER: _("better"),
    Verdict.WORSE: _("worse"),
    Verdict.DIFFERENT: _("clearly different"),
    Verdict.NO_CLEAR_CHANGE: _("no clear change"),
    Verdict.CANNOT_SAY: _("cannot be said"),
}
CHANCE_ONLY = _(
    "People chose themselves whether to answer. The margin says how much chance could do; it does not say how those "
    "who did not answer would have answered."
)
MIX_MOVED = 0.05
"""From this share of answers that moved between groups on, the comparison at constant mix stands beside the plain one."""
MIXED_BY = ("language", "unit", "mode")
Formula = Indicator.Formula


# ---------- breaks ----------


class Break(NamedTuple):
    """Why two figures may not be compared: what was changed about which question."""

    question: str
    kind: str
    """A kind of change, or "definition" where the indicator itself is another one now."""


DEFINITION = "definition"


def breaks_between(first: Wave, second: Wave, questions: Iterable[str]) -> list[Break]:
    """Changes of these questions between the versions that were asked, of a kind that breaks the series."""
    return Breaks([first, second]).of(first, second, "", list(questions))


def breaks_of_indicator(first: Wave, second: Wave, code: str) -> list[Break]:
    """As `breaks_between`, and where the indicator was made of other questions or counted other answers.

    A question added to a pooled share is a break, although each of its questions stayed as it was.
    """
    return Breaks([first, second]).of(first, second, f"{indicators.MARK}{code}", [])


def _breaks_of_definitions(
    one: Definition | None, other: Definition | None, of_questions: list[Break]
) -> list[Break]:
    if one is None or other is None:
        return [Break("", DEFINITION)]
    added = [
        Break(question, Change.Kind.QUESTION_ADDED)
        for question in other.questions
        if question not in one.questions
    ]
    removed = [
        Break(question, Change.Kind.QUESTION_REMOVED)
        for question in one.questions
        if question not in other.questions
    ]
    breaks = added + removed + of_questions
    if not breaks and _how(one) != _how(other):
        breaks.append(Break("", DEFINITION))
    return breaks


class Breaks:
    """All breaks in the series of these waves, read once: three queries, however many figures are asked about."""

    def __init__(self, waves: Collection[Wave]):
        self._numbers = dict(Version.objects.filter(waves__in=waves).values_list("waves", "number"))
        rows = Change.objects.filter(
            version__survey__in={wave.survey_id for wave in waves}, kind__in=Change.BREAKS_SERIES
        ).order_by("version__number", "question_code")
        self._changed = list(rows.values_list("version__survey", "version__number", "question_code", "kind"))
        self._counted: dict[int, dict[str, Definition]] = defaultdict(dict)
        for row in CountedIndicator.objects.filter(wave__in=waves):
            self._counted[row.wave_id][row.code] = indicators.from_content(row.content)

    def of(self, first: Wave, second: Wave, code: str, questions: Sequence[str]) -> list[Break]:
        """Why this figure cannot be compared. `code`: of a question, or "=" and the code of an indicator."""
        if not code.startswith(indicators.MARK):
            return self._between(first, second, questions)
        name = code.removeprefix(indicators.MARK)
        one, other = (self._counted[wave.pk].get(name) for wave in (first, second))
        kept = (
            [question for question in one.questions if question in other.questions] if one and other else []
        )
        return _breaks_of_definitions(one, other, self._between(first, second, kept))

    def _between(self, first: Wave, second: Wave, questions: Iterable[str]) -> list[Break]:
        if not {first.pk, second.pk} <= self._numbers.keys():  # one of them asks nothing yet
            return []
        codes = {question.partition(".")[0] for question in questions}
        ends = sorted((self._numbers[first.pk], self._numbers[second.pk]))
        return [
            Break(question, kind)
            for survey, number, question, kind in self._changed
            if survey == second.survey_id and ends[0] < number <= ends[1] and question in codes
        ]


def breaks_along(waves: Sequence[Wave], figures: Mapping[str, Sequence[str]]) -> list[dict[str, list[Break]]]:
    """For each wave after the first: figure -> why it cannot be compared with the wave before. Three queries.

    `figures`: code of a question, or "=" and the code of an indicator -> the questions it is made of.
    """
    breaks = Breaks(waves)
    return [
        {code: breaks.of(first, second, code, questions) for code, questions in figures.items()}
        for first, second in pairwise(waves)
    ]


def _definition(wave: Wave, code: str) -> Definition | None:
    return next((one for one in indicators.counted_in(wave) if one.code == code), None)


def _how(one: Definition) -> tuple:
    return one.formula, one.counted, one.favourable, one.at_least


# ---------- differences ----------


class Compared(NamedTuple):
    """`verdict` is adjusted for everything that was compared in the same call; `difference` is second - first."""

    difference: Difference | None
    verdict: Verdict
    breaks: tuple[Break, ...] = ()


def compare(
    pairs: Sequence[tuple[Estimate | None, Estimate | None]],
    *,
    kind: Kind,
    high_is_good: bool | None = True,
    breaks: Sequence[Break] = (),
) -> list[Compared]:
    """Each pair (earlier or other, later or own), judged together: everything one page or table shows at once.

    Hidden or missing figures are None. Across a break no difference is given.
    """
    if breaks:
        return [Compared(None, Verdict.CANNOT_SAY, tuple(breaks)) for _pair in pairs]
    differences = [
        difference(first, second, kind=kind) if first and second else None for first, second in pairs
    ]
    verdicts = change.verdicts(differences, high_is_good=high_is_good)
    return [Compared(*one) for one in zip(differences, verdicts, strict=True)]


def difference(first: Estimate, second: Estimate, *, kind: Kind) -> Difference:
    """Of two published figures of the same kind."""
    return change.difference_of_estimates(first, second, kind)


def judge(differences: Sequence[Difference], high_is_good: Sequence[bool | None]) -> list[Verdict]:
    """Verdicts on figures of any kinds and directions that one page shows together, adjusted for their number."""
    upwards = change.verdicts(differences, high_is_good=True)
    return [_turned(verdict, is_good) for verdict, is_good in zip(upwards, high_is_good, strict=True)]


def _turned(verdict: Verdict, high_is_good: bool | None) -> Verdict:
    turned = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER}
    if high_is_good or verdict not in turned:
        return verdict
    return Verdict.DIFFERENT if high_is_good is None else turned[verdict]


class AtConstantMix(NamedTuple):
    """The same comparison with the earlier wave's mix. `covered`: share of the earlier answers it rests on."""

    difference: Difference
    verdict: Verdict
    moved: float
    """Share of the answers that moved between groups, 0 to 1."""
    covered: float


def at_constant_mix(
    first: Mapping[str, Estimate | None],
    second: Mapping[str, Estimate | None],
    *,
    kind: Kind,
    high_is_good: bool | None = True,
) -> AtConstantMix | None:
    """By the cells of one breakdown that does not contain itself (units: one level); None where it makes no sense.

    Cells shown in one wave only are left out of both sides.
    """
    both = {cell: (first[cell], second.get(cell)) for cell in first}
    strata = [Stratum(one.n, one, other) for one, other in both.values() if one and other]
    if len(strata) < 2:
        return None
    difference = change.difference_at_constant_mix(strata, kind=kind)
    (verdict,) = change.verdicts([difference], high_is_good=high_is_good)
    shown = sum(one.n for one in first.values() if one)
    moved = change.mix_distance([one.first.n for one in strata], [one.second.n for one in strata])
    return AtConstantMix(difference, verdict, moved, sum(stratum.share for stratum in strata) / shown)


def is_self_selected(wave: Wave) -> bool:
    """Whether answers came by ways in that anybody could take: then a margin only measures chance."""
    answered = Exists(Response.objects.filter(collector=OuterRef("pk")))
    return wave.collectors.filter(answered).exclude(kind=Collector.Kind.TICKETS).exists()


# ---------- the same people ----------


class Paired(NamedTuple):
    """Change within people who answered both waves. Means in the unit of the figure, shares 0 to 1, NPS in points."""

    people: int
    difference: Difference
    verdict: Verdict
    once_only: tuple[int, int]
    """How many more gave the first wave a figure, and the second: what is left when these people are taken off."""
    is_alike: bool
    """Whether all of them gave the same answer in one of the waves."""


def within_people(first: Wave, second: Wave, code: str) -> Paired | None:
    """Of one indicator of two confidential waves; None across a break and where too few answered both times."""
    if first.is_anonymous or second.is_anonymous or breaks_of_indicator(first, second, code):
        return None
    definition = _definition(second, code)
    if definition is None:
        return None
    before, after = numbers_of_people(first, definition), numbers_of_people(second, definition)
    pairs = [(before[person], number) for person, number in after.items() if person in before]
    if len(pairs) < max(first.threshold, second.threshold):
        return None
    if definition.formula in (Formula.SHARE, Formula.GOAL, Formula.ALL_OF):
        difference = _paired_shares(pairs)
    else:
        changes = [later - earlier for earlier, later in pairs]
        sums = Sums(len(changes), sum(changes), sum(one * one for one in changes))
        difference = change.paired_difference_of_means(sums)
    (verdict,) = change.verdicts([difference], high_is_good=definition.high_is_good)
    once_only = (len(before) - len(pairs), len(after) - len(pairs))
    is_alike = any(len(set(numbers)) == 1 for numbers in zip(*pairs, strict=True))
    return Paired(len(pairs), difference, verdict, once_only, is_alike)


def _paired_shares(pairs: Sequence[tuple[float, float]]) -> Difference:
    return change.paired_difference_of_shares(
        both=sum(bool(one and other) for one, other in pairs),
        only_first=sum(bool(one and not other) for one, other in pairs),
        only_second=sum(bool(other and not one) for one, other in pairs),
        neither=sum(not one and not other for one, other in pairs),
    )


def numbers_of_people(wave: Wave, definition: Definition) -> dict[str, float]:
    """Person -> what the indicator is for this person; a pooled share is each person's own share.

    A person is known by the pseudonym; who has none is somebody else in every wave.
    """
    rows = Answer.objects.filter(response__wave=wave, question__in=definition.questions).values_list(
        "response__pseudonym", "response_id", "question", "value", "number"
    )
    answers: dict[str, list[indicators.GivenAnswer]] = {}
    for pseudonym, response, question, value, number in rows.iterator():
        answers.setdefault(pseudonym or str(response), []).append((question, value, number))
    found = {person: indicators.number_of_person(definition, given) for person, given in answers.items()}
    return {person: number for person, number in found.items() if number is not None}
