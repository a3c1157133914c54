"""The rows of a questionnaire as plain values.

A long one has thousands of them, each with a column for every language: to make a model of each takes longer than
everything else that a page does with them.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import F

from cxportal.organisation.texts import columns_of
from surveys.models import Choice, Item, Question, Survey

Row = Mapping[str, Any]


def texts_in(row: Row, field: str) -> dict[str, str]:
    """Language -> text, for the languages that have one."""
    return {code: text for code, column in columns_of(field) if (text := row[column])}


def questions_by_part(survey: Survey, **also: F) -> dict[int, list[Row]]:
    """Id of a part -> its questions in order. `also`: columns of other tables."""
    rows: Any = Question.objects.filter(part__survey=survey).annotate(**also)
    return _grouped("part_id", rows.order_by("part_id", "position", "pk").raw_values())


def rows_by_question(model: type[Choice | Item], survey: Survey, **also: F) -> dict[int, list[Row]]:
    """Id of a question -> its choices or items in order. `also`: columns of other tables."""
    rows: Any = model._default_manager.filter(question__part__survey=survey).annotate(**also)
    return _grouped("question_id", rows.order_by("question_id", "position", "pk").raw_values())


def _grouped(by: str, rows: Any) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row[by], []).append(row)
    return found
