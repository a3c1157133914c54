"""From a form that was read to one that can be published here: pages, order, texts that are missing."""

from django.utils.translation import gettext as _

from surveys.interchange.fitting import fitted, longest_of
from surveys.interchange.forms import Form, FormPart, FormQuestion, Report
from surveys.models import OwnScalePoint, Part, Survey
from surveys.shown_css import TYPED

MOST_ON_A_PAGE = 20
LONGEST_QUESTION = 500
MOST_QUESTIONS = 2000


def settle(form: Form, report: Report) -> None:
    _fill_in_the_source(form, report)
    if not form.is_ours:
        form.parts = [page for part in form.parts for page in _pages(part, report)]
    for question in form.questions:
        if any(len(text) > LONGEST_QUESTION for text in [*question.texts.values(), *question.help.values()]):
            note = _(
                "The text is longer than %(longest)d letters. It was taken whole; shorten it before you change the question."
            )
            report.changed(question.place, question.name, note % {"longest": LONGEST_QUESTION})
    _shorten(form, report)
    _note_what_is_missing(form, report)


def _shorten(form: Form, report: Report) -> None:
    form.title = fitted(form.title, longest_of(Survey, "title"), report, "survey", "title")
    for number, part in enumerate(form.parts, 1):
        place = _("part %(number)d") % {"number": number}
        part.texts = fitted(part.texts, longest_of(Part, "title"), report, place, "title")
    points = {
        id(point): (point, question)
        for question in form.questions
        if question.scale and not question.scale.standard
        for point in question.scale.points
    }
    for point, question in points.values():
        longest = longest_of(OwnScalePoint, "label")
        point.texts = fitted(point.texts, longest, report, question.place, point.name)


def _fill_in_the_source(form: Form, report: Report) -> None:
    """What has no text in the language the form is written in shows its name: other systems do that too."""
    for question in form.questions:
        if not question.texts.get(form.source):
            question.texts[form.source] = question.name
            note = _("It has no text in the language the form is written in; its name stands there.")
            report.changed(question.place, question.name, note)
        for row in question.rows():
            if not row.texts.get(form.source):
                row.texts[form.source] = row.name
        if question.help and not question.help.get(form.source):
            note = _("The hint has no text in the language the form is written in.")
            report.changed(question.place, question.name, note)


def _pages(part: FormPart, report: Report) -> list[FormPart]:
    """No page depends on what is typed on it, and none is endless."""
    pages = [FormPart(part.texts)]
    for question in part.questions:
        here = pages[-1].questions
        typed = {one.code for one in here if one.kind in TYPED}
        looks_at = {one.question for one in question.condition.comparisons()} if question.condition else set()
        if typed & looks_at:
            note = _("It begins a new page, because it depends on something typed on the page before.")
            report.changed(question.place, question.name, note)
            pages.append(FormPart(dict(part.texts)))
        elif len(here) >= MOST_ON_A_PAGE:
            note = _("It begins a new page: more than %(count)d questions stood on one.") % {
                "count": MOST_ON_A_PAGE
            }
            report.changed(question.place, question.name, note)
            pages.append(FormPart(dict(part.texts)))
        pages[-1].questions.append(question)
    return pages


def _note_what_is_missing(form: Form, report: Report) -> None:
    """Which questions lack a text in a language that the form has begun."""
    begun = {language.code for language in report.languages if language.code} & {
        code for question in form.questions for code in question.texts
    }
    for code in sorted(begun - {form.source}):
        if lacking := [question.code for question in form.questions if _lacks(question, code)]:
            report.missing[code] = lacking


def _lacks(question: FormQuestion, code: str) -> bool:
    texts = [question.texts, question.help, *(row.texts for row in question.rows())]
    return any(by_language and not by_language.get(code) for by_language in texts)
