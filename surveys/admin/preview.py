"""The real page of a survey that may not be published yet, for the staff who write it."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from surveys.models import Survey
from surveys.publishing import Content, content_of
from surveys.questionnaire import Page, Questionnaire
from surveys.respondent_page import preview


def without_conditions(content: Content) -> Content:
    """In a preview nothing is answered, so every question is shown, also those with a condition."""
    parts = [
        part | {"questions": [question | {"shown_if": None} for question in part["questions"]]}
        for part in content["parts"]
    ]
    return content | {"parts": parts}


def pages_of(content: Content, *, simple: bool) -> Sequence[Page]:
    return Questionnaire(without_conditions(content)).pages(is_simple=simple)


def page_with(pages: Sequence[Page], question: str) -> int | None:
    """The number, from 1, of the first page on which a question stands."""
    return next((page.number + 1 for page in pages if question in page.codes), None)


def page_of_draft(
    request: HttpRequest, survey: Survey, *, language: str, part: int, question: str, simple: bool
) -> HttpResponse:
    """The page with this number, or the one with this question."""
    content: dict[str, Any] = without_conditions(content_of(survey))
    pages = pages_of(content, simple=simple)
    part = page_with(pages, question) or part
    if not pages:
        return TemplateResponse(
            request, "admin/surveys/survey/nothing_to_preview.html", {"language": language}
        )
    return HttpResponse(preview(content, part - 1, language, is_simple=simple))
