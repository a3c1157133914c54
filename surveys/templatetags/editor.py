"""Parts of the editor's pages: texts that name their language, buttons that move a row."""

from functools import cache

from django import template
from django.forms import BaseForm, BaseFormSet
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import override
from modeltranslation.utils import build_localized_fieldname

from cxportal.languages import LANGUAGES, KnownLanguage
from cxportal.organisation.texts import text_of

register = template.Library()


@register.simple_tag
def text(row, field: str, language: str | None = None) -> SafeString:
    """A text of a survey in the given language or the nearest it exists in, naming its language."""
    found = text_of(row, field, language)
    if not found.text:
        return format_html("<code>{}</code>", getattr(row, "code", "") or "–")
    return format_html('<span lang="{}" dir="{}">{}</span>', found.language, found.direction, found.text)


@register.filter
def language(code: str) -> KnownLanguage:
    return LANGUAGES[code]


@register.filter
def item(found: dict, key):
    return found.get(key, "")


@register.filter
def field(form: BaseForm, name: str):
    return form[name]


@register.simple_tag
def field_label(formset: BaseFormSet, name: str) -> str:
    return capfirst(formset.empty_form.fields[name].label or "")


@register.simple_tag
def order_buttons(
    row, name: str, called: str, moved: str = "", may: bool = True, prefix: str = ""
) -> SafeString:
    """Up and down; the one pressed last has the focus again when the page comes back."""
    if not may:
        return SafeString("")
    return format_html(
        "{}{}",
        _button(row, name, prefix, "up", _("Move “%(name)s” up") % {"name": called}, moved),
        _button(row, name, prefix, "down", _("Move “%(name)s” down") % {"name": called}, moved),
    )


def _button(row, name: str, prefix: str, step: str, words: str, moved: str) -> SafeString:
    return format_html(
        '<button class="cx-square is-small" type="submit" name="{}" value="{}{}:{}"{}>'
        "{}"
        '<span class="visually-hidden">{}</span></button>',
        name,
        prefix,
        row.pk,
        step,
        SafeString(" autofocus") if moved == f"{prefix}{row.pk}-{step}" else "",
        _arrow(step),
        words,
    )


@cache
def _arrow(step: str) -> SafeString:
    return format_html(
        '<svg class="cx-i" aria-hidden="true"><use href="{}#i-{}"></use></svg>', static("cx/icons.svg"), step
    )


@register.filter
def source_text(row, survey) -> str:
    """The title of a part in the language the survey is written in, to be edited."""
    return getattr(row, build_localized_fieldname("title", survey.source_language)) or ""


class InLanguage(template.Node):
    def __init__(self, nodes, code):
        self.nodes, self.code = nodes, code

    def render(self, context) -> str:
        with override(self.code.resolve(context)):
            return self.nodes.render(context)


@register.tag
def in_language(parser, token) -> InLanguage:
    """`{% in_language code %} ... {% endin_language %}`: a part of a page in the language of its readers."""
    _name, code = token.split_contents()
    nodes = parser.parse(("endin_language",))
    parser.delete_first_token()
    return InLanguage(nodes, parser.compile_filter(code))
