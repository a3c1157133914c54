"""The texts of one row in a form: a field per language, the source beside each, what is missing."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django import forms
from django.db.models import Model
from modeltranslation.utils import build_localized_fieldname

from cxportal.languages import LANGUAGES, KnownLanguage
from cxportal.organisation.admin_base import ScopedAdmin
from surveys import editing
from surveys.translating import LABELS, Line


class TextField(NamedTuple):
    bound: Any
    label: str
    source: str
    is_missing: bool
    is_required: bool
    counts_words: bool


class Panel(NamedTuple):
    language: KnownLanguage
    is_source: bool
    missing: int
    fields: list[TextField]


def text_columns(model: type[Model], languages: Iterable[str]) -> list[str]:
    """Names of the localized fields of a model that respondents read."""
    languages = list(languages)
    return [
        build_localized_fieldname(field, code)
        for kind, field in LABELS
        if kind is model
        for code in languages
    ]


def panels_of(form: forms.ModelForm, source: str, languages: Iterable[str], lines: list[Line]) -> list[Panel]:
    """One panel per language. `lines` are all texts that the tab's count of missing ones speaks of."""
    return [
        Panel(
            LANGUAGES[code],
            code == source,
            sum(bool(line.text(source)) and not line.text(code) for line in lines),
            fields_in(form, source, code),
        )
        for code in languages
    ]


def fields_in(form: forms.ModelForm, source: str, code: str) -> list[TextField]:
    found = []
    for (model, name), label in LABELS.items():
        column = build_localized_fieldname(name, code)
        if model is not form._meta.model or column not in form.fields:
            continue
        bound = form[column]
        original = getattr(form.instance, build_localized_fieldname(name, source), None) or ""
        is_source = code == source
        found.append(
            TextField(
                bound,
                str(label),
                "" if is_source else original,
                bool(original) and not bound.value(),
                is_source and form.fields[column].required,
                name == "text" and model.__name__ == "Question" and code not in editing.WITHOUT_SPACES,
            )
        )
    return found


class WithTexts:
    """For admins and inlines: localized fields are plain inputs that say which language they are in."""

    rows: int | None = None
    """Height of a text box; `None` for one line."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and hasattr(db_field, "translated_field"):
            language = LANGUAGES[db_field.language]
            field.required = False
            field.widget = _widget_of(db_field)
            field.widget.attrs |= {"lang": language.code, "dir": language.direction}
        return field


def _widget_of(db_field) -> forms.Widget:
    original = db_field.translated_field
    longest = {"maxlength": original.max_length}
    if original.get_internal_type() == "TextField":
        return forms.Textarea(attrs=longest | {"rows": 2})
    return forms.TextInput(attrs=longest)


class AdminWithTexts(WithTexts, ScopedAdmin):
    pass
