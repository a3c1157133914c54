from django import template
from django.urls import reverse
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cxportal.organisation.texts import direction_of, text_of
from feedback.models import Item
from feedback.shown import in_its_language, text_shown

register = template.Library()


@register.simple_tag
def tell_in(language: str, kind: str) -> str:
    """The address of the form of one kind in one language."""
    with translation.override(language):
        return reverse("tell" if kind == "story" else f"tell_{kind}")


@register.simple_tag
def option_language(row) -> SafeString | str:
    """The language of a name inside an option, where no element can stand, if it is not that of the page."""
    name = text_of(row, "name")
    if name.language == translation.get_language():
        return ""
    return format_html(' lang="{}" dir="{}"', name.language, name.direction)


@register.filter
def voice(item: Item, length: int | None = None) -> SafeString:
    """What was written, without what is hidden."""
    return text_shown(item, length)


@register.filter
def in_language(text: str, language: str) -> SafeString:
    return in_its_language(text, language)


@register.filter
def direction(language: str) -> str:
    return direction_of(language)
