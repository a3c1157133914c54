"""What is worked out of the answers, on sheets of its own: contradictions and indicators. Only this portal reads them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

from cxportal.organisation.texts import column_of, texts_of
from surveys.interchange.forms import FormMeasure, Report
from surveys.models import Contradiction, Indicator, Survey

Cells = dict[str, str]
SHEETS: dict[str, type[Model]] = {"cx_contradictions": Contradiction, "cx_indicators": Indicator}
COLUMNS = {
    "cx_contradictions": ["code", "first_question", "first_values", "second_question", "second_values"],
    "cx_indicators": [
        *("code", "text", "formula", "questions", "favourable", "values", "target", "high_is_good"),
    ],
}
"""“text” is the name of an indicator, in each language that has it."""


def rows_of(survey: Survey) -> Iterator[tuple[str, list[tuple[Cells, Mapping[str, str]]]]]:
    """Sheet, and for each of its rows the plain columns and the texts by language."""
    yield (
        "cx_contradictions",
        [
            ({name: getattr(pair, name) for name in COLUMNS["cx_contradictions"]}, {})
            for pair in survey.contradictions.all()
        ],
    )
    yield (
        "cx_indicators",
        [
            (
                {
                    **{name: getattr(one, name) for name in ("code", "formula", "favourable", "values")},
                    "questions": " ".join(one.questions),
                    "target": "" if one.target is None else f"{one.target:.12g}",
                    "high_is_good": "yes" if one.high_is_good else "no",
                },
                texts_of(one, "name"),
            )
            for one in survey.indicators.all()
        ],
    )


def take_in_measures(survey: Survey, measures: Iterable[FormMeasure], report: Report) -> None:
    """Each by itself: one that was spoilt in the spreadsheet is listed, and the others are taken."""
    for position, measure in enumerate(measures):
        row = _made(survey, measure, position)
        try:
            row.full_clean()
        except ValidationError as error:
            note = _("It does not hold together, so it was left out: %(why)s") % {
                "why": " ".join(error.messages)
            }
            report.dropped(measure.place, measure.cells.get("code", ""), note, str(dict(measure.cells)))
        else:
            row.save()


def _made(survey: Survey, measure: FormMeasure, position: int) -> Model:
    cells: dict[str, Any] = {name: measure.cells[name] for name in COLUMNS[measure.sheet] if name != "text"}
    if SHEETS[measure.sheet] is Contradiction:
        return Contradiction(survey=survey, **cells)
    known = set(survey.questions.values_list("code", flat=True))
    questions = cells.pop("questions").split()
    high_is_good = cells.pop("high_is_good") != "no"
    target = cells.pop("target") or None
    indicator = Indicator(
        survey=survey,
        position=position,
        questions=[code for code in questions if code.partition(".")[0] in known],
        high_is_good=high_is_good,
        target=target,
        **cells,
    )
    for code, text in measure.texts.items():
        setattr(indicator, column_of("name", code), text)
    return indicator
