"""Strings of the interface together with the language they are really in, like the texts of content.

gettext hands back English where a catalogue has no entry, and the `lang` of the page would then be a lie. In
templates of public pages use the tag `{% say _("Whole sentence.") %}` (see its docstring); in Python `said`.
"""

from typing import Any

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, trans_real

from cxportal.languages import SOURCE
from cxportal.organisation.texts import Text, direction_of


def said(message: str, **values: Any) -> Text:
    """`message` in the active language, else in English, with `%(name)s` replaced; text and values are escaped."""
    language = get_language() or SOURCE
    translation = _entry(message, language)
    if translation:
        try:
            return Text(_filled(translation, values), language, direction_of(language))
        except (KeyError, ValueError, TypeError):
            pass  # a translator broke a placeholder: English is better than an error page
    return Text(_filled(message, values), SOURCE, direction_of(SOURCE))


def marked(text: Text) -> SafeString:
    """The text; inside an element that names its language when that is not the language of the page."""
    words = conditional_escape(text.text)
    if text.language == (get_language() or SOURCE) or not words:
        return mark_safe(words)
    return mark_safe(f'<span lang="{text.language}" dir="{text.direction}">{words}</span>')


def _entry(message: str, language: str) -> str | None:
    if language == SOURCE:
        return None
    # like Django's own JavaScriptCatalog: gettext itself does not tell a fallback from a translation
    return trans_real.translation(language)._catalog.get(message)  # type: ignore[attr-defined]


def _filled(message: str, values: dict[str, Any]) -> SafeString:
    text = conditional_escape(message)
    return (
        mark_safe(text % {name: conditional_escape(value) for name, value in values.items()})
        if values
        else text
    )
