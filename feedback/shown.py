"""Feedback in words of the staff pages, without what is hidden in it."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from cxportal.interface import marked
from cxportal.organisation.texts import direction_of, text_of
from feedback.masking import masked
from feedback.models import Assignment, Item, Outcome


def text_shown(item: Item, length: int | None = None) -> SafeString:
    """What was written without what is hidden, in its own language."""
    return in_its_language(beginning(masked(item.text, item.marks), length), item.language)


def beginning(text: str, length: int | None) -> str:
    return f"{text[:length].rstrip()}…" if length and len(text) > length else text


def in_its_language(text: str, language: str) -> SafeString:
    if not language:
        return format_html('<bdi dir="auto">{}</bdi>', text)
    return format_html('<bdi lang="{}" dir="{}">{}</bdi>', language, direction_of(language), text)


def name_of(assignment: Assignment) -> SafeString | str:
    return marked(text_of(assignment.unit, "name")) if assignment.unit else gettext("CX team")


def state_of(assignment: Assignment) -> str:
    if assignment.is_late():
        return gettext("late")
    return assignment.get_outcome_display() or assignment.get_status_display()


def state_words(outcome: str) -> str:
    return str(dict(Outcome.choices).get(outcome, gettext("open")))
