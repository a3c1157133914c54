"""Parts of the staff face: icons, language tabs of a form, cells and filters of a list."""

import re
from functools import cache
from typing import Any, NamedTuple

from django import template
from django.contrib.admin.templatetags.admin_list import result_headers, results
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import FieldDoesNotExist
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext

from cxportal.languages import LANGUAGES, SOURCE, STAFF, KnownLanguage
from cxportal.organisation.admin_base import seen_by
from cxportal.organisation.models import Language
from cxportal.organisation.texts import text_of
from cxportal.portal.staff_languages import PageInLanguage, languages_of_page

register = template.Library()


@register.simple_tag
@cache
def icon(name: str, extra_class: str = "") -> SafeString:
    return format_html(
        '<svg class="cx-i {}" aria-hidden="true"><use href="{}#i-{}"></use></svg>',
        extra_class,
        static("cx/icons.svg"),
        name,
    )


@register.filter
def shown_as(row) -> str:
    """What a row is called on a page. `str()` of a person is neutral, because the admin's log keeps it."""
    return getattr(row, "display_name", None) or str(row)


@register.filter
def named_in(row):
    """The name of a row with the language it is really in; rows without translated names as they are called."""
    name = text_of(row, "name")
    if not name.text:
        return shown_as(row)
    return format_html('<span lang="{}" dir="{}">{}</span>', name.language, name.direction, name.text)


# ---------- forms ----------
@register.filter
def plain(field) -> SafeString:
    """A field without its placeholder, which only repeats the label."""
    return field.as_widget(attrs={"placeholder": ""})


class TranslatedField(NamedTuple):
    field: Any
    label: str
    source: str
    is_missing: bool


class LanguagePanel(NamedTuple):
    language: KnownLanguage
    is_used: bool
    fields: list[TranslatedField]

    @property
    def missing(self) -> int:
        return sum(field.is_missing for field in self.fields)

    @property
    def is_source(self) -> bool:
        return self.language.code == SOURCE

    @property
    def has_errors(self) -> bool:
        return any(getattr(field.field, "errors", None) for field in self.fields)


class SplitFieldset(NamedTuple):
    """The lines of a fieldset: translated fields by language, the others as they are."""

    panels: list[LanguagePanel]
    lines: list[Any]

    @property
    def used(self) -> list[LanguagePanel]:
        return [panel for panel in self.panels if panel.is_used]

    @property
    def others(self) -> list[LanguagePanel]:
        return [panel for panel in self.panels if not panel.is_used]


@register.simple_tag
def split_by_language(fieldset) -> SplitFieldset:
    lines: list[Any] = []
    fields: dict[str, list[TranslatedField]] = {}
    for line in fieldset:
        parts = list(line)
        column = _translated_column(fieldset.form, parts[0]) if len(parts) == 1 else None
        if column is None:
            lines.append(line)
        else:
            fields.setdefault(column.language, []).append(_translated(fieldset.form, parts[0], column))
    used = _languages_in_use()
    order = [*used, *(code for code in LANGUAGES if code not in used)]
    panels = [LanguagePanel(LANGUAGES[code], code in used, fields[code]) for code in order if code in fields]
    return SplitFieldset(panels, lines)


def _translated_column(form, part):
    column = _column(form, part.field["name"] if part.is_readonly else part.field.name)
    return column if hasattr(column, "translated_field") else None


def _translated(form, part, column) -> TranslatedField:
    source_column = f"{column.translated_field.name}_{SOURCE}"
    source = getattr(form.instance, source_column, None) or ""
    value = getattr(form.instance, column.name) if part.is_readonly else part.field.value()
    is_source = column.language == SOURCE
    return TranslatedField(
        part, column.translated_field.verbose_name, "" if is_source else source, bool(source) and not value
    )


def _languages_in_use() -> list[str]:
    """The source, the other offered languages in their order, then those the staff work in."""
    return list(dict.fromkeys([SOURCE, *Language.offered(), *STAFF]))


@register.simple_tag(takes_context=True)
def contents_in_scope(context, part):
    """A read-only field; related rows that the person may not see are not named."""
    column = _column(part.form, part.field["field"])
    if column is None or not column.remote_field:
        return part.contents()
    related = seen_by(column.remote_field.model._default_manager.all(), context["request"].user)
    if column.many_to_many:
        names = [str(row) for row in related.filter(pk__in=getattr(part.form.instance, column.name).all())]
        return ", ".join(names) or part.empty_value_display
    pk = getattr(part.form.instance, column.attname)
    if pk is None or related.filter(pk=pk).exists():
        return part.contents()
    return gettext("outside your units")


def _column(form, name: str):
    try:
        return form._meta.model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


# ---------- lists ----------
class Filter(NamedTuple):
    title: str
    choices: list[dict[str, Any]]
    is_active: bool


class Chip(NamedTuple):
    text: str
    without: str


class Narrowed(NamedTuple):
    filters: list[Filter]
    chips: list[Chip]


COUNTED = re.compile(r"(?P<text>.*) \((?P<count>\d+|-)\)\Z", re.S)


@register.simple_tag
def filters_of(cl) -> Narrowed:
    """The filters beside a list and the chips above it, from one counting."""
    filters, chips = [], []
    for spec in cl.filter_specs:
        choices = [_choice(choice, counted=cl.add_facets) for choice in spec.choices(cl)]
        is_active = bool(choices) and not choices[0]["selected"]
        filters.append(Filter(spec.title, choices, is_active))
        if is_active:
            chips += [
                Chip(choice["text"], choices[0]["query_string"])
                for choice in choices[1:]
                if choice["selected"]
            ]
    if cl.query:
        chips.append(Chip(f"“{cl.query}”", cl.get_query_string(remove=[SEARCH_VAR])))
    return Narrowed(filters, chips)


def _choice(choice: dict[str, Any], *, counted: bool) -> dict[str, Any]:
    # the admin writes the count into the words
    found = COUNTED.match(str(choice["display"])) if counted else None
    return choice | {
        "text": found["text"] if found else choice["display"],
        "count": found["count"] if found else None,
    }


@register.simple_tag
def list_of(cl) -> dict[str, Any]:
    """Heads and rows of a list. Each cell brings its label along, because on a phone rows are cards."""
    heads = list(result_headers(cl))
    numeric = [name in getattr(cl.model_admin, "numeric", ()) for name in _column_names(cl)]
    for head, is_number in zip(heads, numeric, strict=True):
        head["is_number"] = is_number
    rows = [_with_labels(row, heads) for row in results(cl)]
    return {"heads": heads, "rows": rows}


def _column_names(cl) -> list[str]:
    return [getattr(name, "__name__", name) for name in cl.list_display]


CELL = re.compile(r"<td(?P<attributes>[^>]*)>", re.S)


def _with_labels(row, heads) -> dict[str, Any]:
    cells = [_with_label(cell, head) for cell, head in zip(row, heads, strict=False)]
    return {"cells": cells + list(row[len(heads) :]), "form": row.form}


def _with_label(cell: str, head: dict[str, Any]) -> SafeString:
    opening = CELL.match(cell)
    if not opening or "action-checkbox" in opening["attributes"]:
        return mark_safe(cell)
    attributes = opening["attributes"]
    if head["is_number"]:
        attributes = (
            attributes.replace('class="', 'class="num ') if "class=" in attributes else ' class="num"'
        )
    label = format_html('<span class="cx-th">{}</span>', capfirst(head["text"]))
    return mark_safe(f"<td{attributes}>{label}{cell[opening.end() :]}")  # the admin has escaped the cell


# ---------- frame ----------
@register.simple_tag(takes_context=True)
def pages_in_languages(context) -> list[PageInLanguage]:
    return languages_of_page(context["request"])
