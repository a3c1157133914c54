"""The results in the weekly digest: what was published of the person's own units, and what changed."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cxportal import digest_sections
from cxportal.digest_sections import Block, Line, Section, Week
from cxportal.languages import SOURCE
from cxportal.organisation.models import Role, Unit, User
from cxportal.organisation.texts import text_of
from surveys import comparison, publications
from surveys.models import Publication, Wave
from surveys.public_results import as_number, as_percent, title_of, whole
from surveys.publications import Group, IndicatorFigures, QuestionFigures, TrendPoint, Value
from surveys.published_rows import Asked
from surveys.statistics.change import Kind, Verdict
from surveys.statistics.estimates import Estimate
from surveys.suppression import EVERYBODY, Place
from surveys.wording import worded

MOST_PUBLICATIONS = 20
MOST_FIGURES = 8
RATED = {"rating", "grid"}


class Figure(NamedTuple):
    """One figure of a group: an indicator, or the mean of a rating where there are no indicators."""

    code: str
    name: str
    kind: Kind
    high_is_good: bool
    n: int | None
    value: Value | None
    questions: tuple[str, ...]

    @property
    def shown(self) -> str:
        if self.value is None:
            return ""
        return f"{as_percent(self.value).value} %" if self.kind is Kind.SHARE else as_number(self.value).value

    @property
    def percent(self) -> int | None:
        return round(100 * self.value.value) if self.value and self.kind is Kind.SHARE else None


def results_of_week(user: User, week: Week) -> Section | None:
    found = (
        Publication.objects.for_user(user)
        .current()
        .filter(made_at__gte=week.begins, made_at__lt=week.ends)
        .select_related("wave__version", "wave__survey", "wave__unit")
        .defer("content", "comments", "counted")
        .order_by("wave__name")
    )
    blocks = [
        block for publication in found[:MOST_PUBLICATIONS] for block in _blocks_of(publication.wave, user)
    ]
    if not blocks:
        return None
    return Section(_("What people answered"), blocks, reverse("admin:surveys_publication_changelist"))


def _blocks_of(wave: Wave, user: User) -> Iterator[Block]:
    for place, name in _places_of(user):
        points = publications.trend(wave.survey, user, place)
        at = next((number for number, point in enumerate(points) if point.wave.pk == wave.pk), None)
        if at is not None and points[at].group.n != 0:
            title = str(title_of(wave))
            heading = f"{title}: {name}" if name else title
            yield _block(heading, points[at], points[at - 1] if at else None)


def _places_of(user: User) -> list[tuple[Place, str]]:
    """Everybody for the CX team; for others each unit of a role that reads results."""
    if user.scope.is_cx_team:
        return [(EVERYBODY, "")]
    units = Unit.objects.filter(
        staff_roles__user=user, staff_roles__role__in=[Role.MANAGER, Role.VIEWER]
    ).distinct()
    return [(("unit", unit.code), str(text_of(unit, "name"))) for unit in units]


def _block(heading: str, now: TrendPoint, before: TrendPoint | None) -> Block:
    if now.group.is_hidden:
        return Block(heading, sentences=[_("Too few people answered to show figures.")])
    figures = _figures_of(now)
    verdicts = _verdicts(figures, now, before) if before else {}
    lines = [_line(figure, figure.value.n, verdicts.get(figure.code)) for figure in figures if figure.value]
    sentences = list(_sentences(figures, verdicts))
    hidden = sum(figure.n is None for figure in figures)
    if hidden:
        sentences.append(
            ngettext(
                "%(count)d figure is not shown, because too few people answered.",
                "%(count)d figures are not shown, because too few people answered.",
                hidden,
            )
            % {"count": hidden}
        )
    return Block(heading, lines, sentences)


def _figures_of(point: TrendPoint) -> list[Figure]:
    """In the language of the mail."""
    language = get_language() or SOURCE
    version = point.wave.version
    source = version.content["source"] if version else SOURCE

    def text(texts: Mapping[str, str]) -> str:
        return str(worded(texts, language, source))

    group = point.group
    figures = [_of_indicator(one, text(one.name)) for one in group.indicators.values() if one.n != 0]
    if not figures:
        rated = [one for one in group.questions.values() if one.asked.kind in RATED and one.n != 0]
        figures = [_of_question(one, text(one.asked.item or one.asked.text)) for one in rated]
    return figures[:MOST_FIGURES]


def _of_indicator(one: IndicatorFigures, name: str) -> Figure:
    return Figure(one.code, name, Kind(one.kind), one.high_is_good, one.n, one.value, one.questions)


def _of_question(one: QuestionFigures, name: str) -> Figure:
    asked = one.asked
    return Figure(asked.code, name, Kind.MEAN, not _is_turned(asked), one.n, one.mean, (asked.code,))


def _is_turned(asked: Asked) -> bool:
    values = asked.values
    return bool(values) and values[0] in asked.favourable and values[-1] not in asked.favourable


def _verdicts(figures: list[Figure], now: TrendPoint, before: TrendPoint) -> dict[str, Verdict]:
    """Of each figure since the wave before; those of one kind are judged together."""
    earlier = {figure.code: figure for figure in _figures_of(before)}
    kept = [
        figure
        for figure in figures
        if figure.code in earlier and not _is_broken(figure, now.group, now, before)
    ]

    def sort(figure: Figure) -> tuple[str, bool]:
        return figure.kind.value, figure.high_is_good

    verdicts: dict[str, Verdict] = {}
    for (kind, high_is_good), rows in groupby(sorted(kept, key=sort), key=sort):
        alike = list(rows)
        compared = comparison.compare(
            [(_estimate(earlier[figure.code].value), _estimate(figure.value)) for figure in alike],
            kind=Kind(kind),
            high_is_good=high_is_good,
        )
        verdicts |= {figure.code: one.verdict for figure, one in zip(alike, compared, strict=True)}
    return verdicts


def _is_broken(figure: Figure, group: Group, now: TrendPoint, before: TrendPoint) -> bool:
    if figure.code in group.indicators:
        return bool(comparison.breaks_of_indicator(before.wave, now.wave, figure.code))
    return bool(comparison.breaks_between(before.wave, now.wave, figure.questions))


def _estimate(value: Value | None) -> Estimate | None:
    return Estimate(value.value, value.low, value.high, value.n, value.effective_n) if value else None


def _line(figure: Figure, n: int, verdict: Verdict | None) -> Line:
    answers = ngettext("%(count)s answer", "%(count)s answers", n) % {"count": whole(n)}
    words = str(comparison.WORDS[verdict]) if verdict and verdict is not Verdict.CANNOT_SAY else ""
    look = {Verdict.BETTER: "up", Verdict.WORSE: "down"}.get(verdict, "") if verdict else ""
    note = f"{words} · {answers}" if words else answers
    return Line(figure.name, figure.shown, note, look, figure.percent)


def _sentences(figures: list[Figure], verdicts: Mapping[str, Verdict]) -> Iterator[str]:
    for verdict, words in (
        (Verdict.BETTER, _("Clearly better than the time before: %(names)s.")),
        (Verdict.WORSE, _("Clearly worse than the time before: %(names)s.")),
    ):
        names = [figure.name for figure in figures if verdicts.get(figure.code) is verdict]
        if names:
            yield words % {"names": ", ".join(names)}


digest_sections.register("results", results_of_week, position=10)
