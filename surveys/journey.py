"""Which page comes next. Pages on which nothing is shown to this person are passed over."""

from surveys.answering import Fault, Given, Problem, problems_on, visible
from surveys.carried import Sheet
from surveys.questionnaire import Page, Questionnaire


def page_after(questionnaire: Questionnaire, page: Page, given: Given, *, is_simple: bool) -> Page | None:
    pages = questionnaire.pages(is_simple=is_simple)[page.number + 1 :]
    return first_shown(questionnaire, pages, given)


def page_before(questionnaire: Questionnaire, page: Page, given: Given, *, is_simple: bool) -> Page | None:
    pages = questionnaire.pages(is_simple=is_simple)[: page.number]
    return first_shown(questionnaire, pages[::-1], given)


def last_page(questionnaire: Questionnaire, given: Given, *, is_simple: bool) -> Page:
    pages = questionnaire.pages(is_simple=is_simple)
    return first_shown(questionnaire, pages[::-1], given) or pages[0]


def first_shown(questionnaire: Questionnaire, pages: tuple[Page, ...], given: Given) -> Page | None:
    shown = visible(questionnaire, given)
    return next((page for page in pages if page.codes & shown), None)


def problems_to_show(questionnaire: Questionnaire, page: Page, sheet: Sheet) -> tuple[Problem, ...]:
    """What this person has not been asked about yet. A text that is too long is asked about until it fits."""
    problems = problems_on(page, sheet.given, visible(questionnaire, sheet.given))
    new = [one for one in problems if one.place not in sheet.asked_again or one.fault == Fault.TOO_LONG]
    sheet.asked_again |= {problem.place for problem in problems}
    return tuple(new)


def first_too_long(questionnaire: Questionnaire, sheet: Sheet, *, is_simple: bool) -> Page | None:
    """The page with a text that cannot be taken as it is, wherever the person is now."""
    shown = visible(questionnaire, sheet.given)
    for page in questionnaire.pages(is_simple=is_simple):
        if any(one.fault == Fault.TOO_LONG for one in problems_on(page, sheet.given, shown)):
            return page
    return None
