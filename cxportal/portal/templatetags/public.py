"""Tags of the pages for the public; every template has them without loading them."""

import re
from typing import NamedTuple

from django import template
from django.template.base import FilterExpression, token_kwargs
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from cxportal import interface
from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.texts import Text
from cxportal.public import public_languages, same_page

register = template.Library()

MESSAGE = re.compile(r"""_\((["'])(?P<words>.*)\1\)""")


class LanguageLink(NamedTuple):
    code: str
    name: str
    address: str
    is_current: bool


class LanguageMenu(NamedTuple):
    current: str
    links: list[LanguageLink]


class SayNode(template.Node):
    def __init__(self, message: str, values: dict[str, FilterExpression], variable: str | None):
        self.message = message
        self.values = values
        self.variable = variable

    def render(self, context) -> str:
        text = interface.said(
            self.message, **{name: value.resolve(context) for name, value in self.values.items()}
        )
        if self.variable:
            context[self.variable] = text
            return ""
        return interface.marked(text)


@register.tag
def say(parser, token) -> SayNode:
    """`{% say _("Your code: %(code)s") code=code %}`: a sentence of the interface in the language of the page.

    Use it for every string of a public page, in place of `translate` and `blocktranslate`. Where the catalogue of
    the active language has no entry, the English sentence comes inside `<span lang="en" dir="ltr">`, so that a
    screen reader does not read it with the wrong voice. `_( )` is what makemessages looks for, also with values.
    Sentence and values are escaped, so that a translation cannot bring markup.

    Where no element can stand (a title, an attribute), keep it: `{% say _("Page not found") as title %}` gives a
    `Text`: `{{ title }}`, `{{ title.language }}`, `{{ title.direction }}`.
    """
    bits = token.split_contents()[1:]
    found = MESSAGE.fullmatch(bits.pop(0)) if bits else None
    if not found:
        raise template.TemplateSyntaxError('say needs a whole sentence first: {% say _("Begin") %}')
    variable = None
    if len(bits) >= 2 and bits[-2] == "as":
        variable = bits[-1]
        del bits[-2:]
    values = token_kwargs(bits, parser)
    if bits:
        raise template.TemplateSyntaxError(f"say does not understand {bits[0]!r}")
    return SayNode(found["words"], values, variable)


@register.filter
def marked(text: Text) -> SafeString:
    """A `Text` of content or interface, naming its language where that is not the language of the page."""
    return interface.marked(text)


@register.simple_tag(takes_context=True)
def language_menu(context) -> LanguageMenu:
    """This page in every offered language. A page that must not ask the database brings its own `offered`."""
    offered = context["offered"] if "offered" in context else public_languages()
    current = get_language() or SOURCE
    links = [
        LanguageLink(code, LANGUAGES[code].native_name, same_page(context["request"], code), code == current)
        for code in offered
    ]
    return LanguageMenu(LANGUAGES[current].native_name, links)
