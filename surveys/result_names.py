"""What groups, questions and answers of a publication are called, in the reader's language where there is one."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.models import Channel, Service, Stage, Topic, Unit
from cxportal.organisation.texts import Text, direction_of, text_of
from surveys.breakdowns import ATTRIBUTE, QUESTION
from surveys.models import Answer, Collector, Mode
from surveys.published_rows import NOT_ASKED, Asked

KINDS: Mapping[str, str | Promise] = {
    "unit": _("Unit"),
    "service": _("Service"),
    "stage": _("Stage"),
    "channel": _("Channel"),
    "collector": _("Way in"),
    "language": _("Language"),
    "mode": _("How it was answered"),
    "assisted": _("With help"),
}
RESERVED: Mapping[str, str | Promise] = {
    Answer.EMPTY: _("left empty"),
    Answer.NOT_FOR_ME: _("not for me"),
    Answer.DONT_KNOW: _("do not know"),
    NOT_ASKED: _("not asked"),
}
ASSISTED = {"yes": _("yes"), "no": _("no")}
OF_ROWS: Mapping[str, Any] = {
    "unit": Unit,
    "service": Service,
    "stage": Stage,
}


def chosen(texts: Mapping[str, str], fallback: str = "") -> Text:
    """One of several translations: the reader's, else English, else any."""
    wanted = get_language() or SOURCE
    for code in (wanted, SOURCE, *texts):
        if texts.get(code):
            return Text(texts[code], code, direction_of(code))
    return Text(fallback, wanted, direction_of(wanted))


def here(text: object) -> Text:
    """Words of the interface."""
    language = get_language() or SOURCE
    return Text(str(text), language, direction_of(language))


def of_question(asked: Asked) -> Text:
    """A thing in a grid by its own name, anything else by what was asked."""
    name = chosen(asked.item or asked.text, asked.code)
    return here(_("%(question)s (reasons)") % {"question": name}) if asked.kind == "reasons" else name


def of_value(asked: Asked, value: str) -> Text:
    if value in RESERVED:
        return here(RESERVED[value])
    label = chosen(asked.labels.get(value, {}), value)
    is_number = value.isdigit() and label.text != value
    return label._replace(text=f"{value} · {label.text}") if is_number and len(asked.values) > 5 else label


def of_breakdown(breakdown: str, asked: Mapping[str, Asked]) -> Text:
    if breakdown.startswith(QUESTION):
        code = breakdown.removeprefix(QUESTION)
        return of_question(asked[code]) if code in asked else here(code)
    return here(KINDS.get(breakdown, breakdown.removeprefix(ATTRIBUTE)))


def of_cells(breakdown: str, cells: Iterable[str], asked: Mapping[str, Asked]) -> dict[str, Text]:
    """cell -> name, in one query at most; a row that is gone is called by its code."""
    listed = list(cells)
    if breakdown in OF_ROWS:
        rows = OF_ROWS[breakdown].objects.filter(code__in=listed)
        found = {row.code: text_of(row, "name") for row in rows}
    elif breakdown == "collector":
        numbers = [cell for cell in listed if cell.isdigit()]
        found = {str(row.pk): here(row) for row in Collector.objects.filter(pk__in=numbers)}
    else:
        found = {cell: _of_cell(breakdown, cell, asked) for cell in listed}
    return {cell: found[cell] if cell in found and found[cell].text else here(cell) for cell in listed}


def of_topics(codes: Iterable[str]) -> dict[str, Text]:
    listed = list(codes)
    found = {row.code: text_of(row, "name") for row in Topic.objects.filter(code__in=listed)}
    return {code: found.get(code) or here(code) for code in listed}


def _of_cell(breakdown: str, cell: str, asked: Mapping[str, Asked]) -> Text:
    if breakdown == "language" and cell in LANGUAGES:
        return Text(LANGUAGES[cell].native_name, cell, direction_of(cell))
    if breakdown.startswith(QUESTION) and breakdown.removeprefix(QUESTION) in asked:
        return of_value(asked[breakdown.removeprefix(QUESTION)], cell)
    known: Mapping[str, str | Promise] = {
        "channel": dict(Channel.choices),
        "mode": dict(Mode.choices),
        "assisted": ASSISTED,
    }.get(breakdown, {})
    return here(known.get(cell, cell))
