"""Texts that are longer than there is room for."""

from django.db.models import Model
from django.utils.translation import gettext as _

from surveys.interchange.forms import Report, Texts


def longest_of(model: type[Model], field: str = "text") -> int:
    """Letters that such a text may have."""
    return model._meta.get_field(field).max_length  # type: ignore[union-attr,return-value]


def fitted(texts: Texts, longest: int, report: Report, place: str, name: str) -> Texts:
    """Texts that are too long end with “…”, and the report keeps them whole."""
    found = {}
    for code, text in texts.items():
        if len(text) > longest:
            note = _("The text is longer than %(longest)d letters; it was shortened. Whole it was:")
            report.changed(place, name, note % {"longest": longest}, text)
            text = f"{text[: longest - 1].rstrip()}…"
        found[code] = text
    return found
