"""Tags every template has without loading them."""

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from cxportal import slots
from cxportal.organisation.texts import Text, text_of

register = template.Library()


@register.simple_tag(takes_context=True)
def slot(context, name: str, **keywords) -> str:
    """Everything upper rooms put into this place; nothing if nobody did."""
    request = context["request"]
    parts = []
    for filling in slots.fillings(name):
        extra = filling.context(request, **keywords)
        if extra is not None:
            parts.append(render_to_string(filling.template_name, extra, request))
    return mark_safe("".join(parts))  # each part is a rendered template


@register.filter
def translated(row, field: str) -> Text:
    """`{{ unit|translated:"name" }}`: the text with its language and direction."""
    return text_of(row, field)
