"""Tags of the pages of a survey."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from cxportal.interface import marked
from cxportal.organisation.texts import Text
from surveys import stencils

register = template.Library()


@register.simple_tag
def hole(*parts: object) -> SafeString:
    """A place that is filled in for each person; `parts` together are its name."""
    return mark_safe(stencils.hole("".join(map(str, parts))))


@register.simple_tag(takes_context=True)
def said_in(context, text: Text) -> SafeString:
    """` lang="…" dir="…"` for an element whose text is in another language than the page; else nothing."""
    if not text.text or text.language == context["LANGUAGE_CODE"]:
        return mark_safe("")
    return mark_safe(f' lang="{text.language}" dir="{text.direction}"')


@register.filter
def lines(text: Text) -> SafeString:
    """A text of several lines with its line ends kept."""
    return mark_safe(marked(text).replace("\n", "<br>"))
