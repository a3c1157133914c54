"""Three plain sentences over the results of a wave: best and worst, what changed, who is missing.

Computed from the figures that the page shows, each a whole sentence of its own in every language.
"""

from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from surveys.publications import Group
from surveys.result_charts import RatedScale
from surveys.result_figures import Change, Figure
from surveys.result_participation import Answered

NAMED = 3
"""At most so many things are named in one sentence."""
LEAST_GAP = 0.8
"""Who is called missing answered at most so much as often as those who answered most."""


def sentences(
    *,
    scales: Sequence[RatedScale],
    figures: Mapping[str, Figure],
    changed: Mapping[str, Change],
    earlier: str,
    answered: Answered | None,
    units: Mapping[str, Group],
) -> list[str]:
    """`earlier`: what the wave compared with is called; empty where there is none."""
    return [
        *best_and_worst(scales),
        *clear_changes(figures, changed, earlier),
        *(who_is_missing(answered, units)[:2] if answered else []),
    ]


def best_and_worst(scales: Sequence[RatedScale]) -> list[str]:
    rows = [row.figure for row in scales[0].rows if row.figure.value] if scales else []
    if not rows:
        return []
    best, worst = rows[0], rows[-1]
    words = {"best": best.name, "best_figure": best.shown, "worst": worst.name, "worst_figure": worst.shown}
    if len(rows) == 1:
        return [_("“%(best)s” was rated %(best_figure)s.") % words]
    if _overlap(best, worst):
        return [
            _(
                "Nothing stands out: the ratings lie between %(worst_figure)s and %(best_figure)s, no further apart "
                "than chance could make them."
            )
            % words
        ]
    return [
        _("Customers rate “%(best)s” best (%(best_figure)s) and “%(worst)s” worst (%(worst_figure)s).")
        % words
    ]


def clear_changes(figures: Mapping[str, Figure], changed: Mapping[str, Change], earlier: str) -> list[str]:
    if not earlier:
        return [_("There is no earlier wave to compare with.")]
    known = {code: change for code, change in changed.items() if change.difference}
    better = [figures[code] for code, change in known.items() if change.is_better]
    worse = [figures[code] for code, change in known.items() if change.is_worse]
    words = {"wave": earlier, "better": listed(better), "worse": listed(worse)}
    if not known:
        return [_("Nothing can be compared with “%(wave)s”.") % words]
    if better and worse:
        return [_("Since “%(wave)s” these got better: %(better)s. These got worse: %(worse)s.") % words]
    if better:
        return [_("Since “%(wave)s” these got better: %(better)s. Nothing clearly got worse.") % words]
    if worse:
        return [_("Since “%(wave)s” these got worse: %(worse)s. Nothing clearly got better.") % words]
    return [_("Since “%(wave)s” nothing changed by more than chance could.") % words]


def who_is_missing(answered: Answered, units: Mapping[str, Group]) -> list[str]:
    found = []
    rated = [part for part in answered.by_language if part.rate]
    if len(rated) > 1:
        most, least = rated[0], rated[-1]
        if least.percent < most.percent * LEAST_GAP:
            words = {"language": least.name, "percent": least.percent, "most": most.percent}
            found.append(
                _(
                    "People asked in this language answered least: %(language)s (%(percent)d %%; at most %(most)d %%)."
                )
                % words
            )
        else:
            found.append(_("People answered about equally often in every language."))
    elif answered.rate is None:
        found.append(_("Nobody has counted how many could have answered, so it is not known who is missing."))
    hidden = sum(group.is_hidden for group in units.values())
    silent = sum(group.n == 0 for group in units.values())
    if hidden:
        found.append(
            ngettext(
                "%(count)d unit is not shown, so that nobody can be recognised.",
                "%(count)d units are not shown, so that nobody can be recognised.",
                hidden,
            )
            % {"count": hidden}
        )
    if silent:
        found.append(
            ngettext("From %(count)d unit nobody answered.", "From %(count)d units nobody answered.", silent)
            % {"count": silent}
        )
    return found


def listed(figures: Iterable[Figure]) -> str:
    names = [str(figure.name) for figure in figures]
    more = len(names) - NAMED
    between = pgettext("between the names of a list", ", ")
    if more > 0:
        words = {"names": between.join(names[:NAMED]), "count": more}
        return ngettext("%(names)s and %(count)d more", "%(names)s and %(count)d more", more) % words
    return between.join(names)


def _overlap(one: Figure, other: Figure) -> bool:
    """Without margins nothing can be said to stand out."""
    if not one.value or not other.value:
        return True
    ends = (one.value.low, one.value.high, other.value.low, other.value.high)
    if any(end is None for end in ends):
        return True
    low, high, other_low, other_high = ends
    return low <= other_high and other_low <= high  # type: ignore[operator]
