"""What stands behind an action, in words for those who may open it."""

from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from actions.effect import shown
from actions.models import Evidence
from cxportal.organisation.texts import direction_of, text_of
from feedback.masking import masked
from feedback.models import Item
from surveys.result_figures import decimal
from surveys.statistics.change import Kind

WITH_ITS_SOURCE = ("item", "tombstone", "topic", "wave", "unit_figure__figure", "unit_figure__unit")


def kind_words(row: Evidence) -> str:
    return {
        "item": _("Feedback"),
        "tombstone": _("Feedback"),
        "topic": _("Topic"),
        "figure": _("Published figure"),
        "unit_figure": _("Unit figure"),
        "reference": _("Something else"),
    }[row.kind]


def words_of(row: Evidence) -> str:
    """Reads the relations named in WITH_ITS_SOURCE and nothing else."""
    if row.item:
        return item_words(row.item)
    if row.tombstone:
        month = date_format(row.tombstone.month, "YEAR_MONTH_FORMAT")
        return _("Of %(month)s; its text is no longer kept, it still counts.") % {"month": month}
    if row.topic:
        return text_of(row.topic, "name").text
    if row.unit_figure:
        figure = row.unit_figure
        return f"{figure.figure}, {figure.unit}: {number_format(figure.value)}"
    return figure_words(row) if row.wave else row.reference


def item_words(item: Item) -> str:
    text = masked(item.text, item.marks)
    if not item.language:
        return format_html('<bdi dir="auto">{}</bdi>', text)
    return format_html('<bdi lang="{}" dir="{}">{}</bdi>', item.language, direction_of(item.language), text)


def figure_words(row: Evidence) -> str:
    figure = row.figure or {}
    place = f"{row.wave}, {row.question.removeprefix('=')}{f' ({row.cell})' if row.cell else ''}"
    if figure.get("value") is None:
        return place
    kind = Kind(figure.get("kind", Kind.MEAN))
    value = decimal(figure["value"], 2) if kind is Kind.MEAN else shown(figure["value"], kind)
    words = _("%(place)s: %(value)s from %(n)s answers")
    return words % {"place": place, "value": value, "n": figure["n"]}
