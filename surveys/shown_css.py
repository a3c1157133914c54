"""Conditions between questions of one page as CSS, so that a page without script shows and hides them.

Everything stands under `@supports selector(:has(*))`: a browser without it shows the question instead of losing it,
and the server has the last word anyway. Where a condition also looks at earlier pages, the form carries a class for
each comparison with them that holds (`facts_that_hold`).
"""

from collections.abc import Iterator

from surveys.answering import answered_codes
from surveys.conditions import AllOf, AnyOf, Comparison, Condition, Not
from surveys.questionnaire import Content, Page, Questionnaire

FORM = "#survey"
TYPED = {"number", "short_text", "long_text", "ranking"}


def rules_of(questionnaire: Questionnaire) -> str:
    """The rules for all pages of a version; empty if no question depends on another one of its page."""
    rules = [rule for page in questionnaire.pages() for rule in rules_of_page(questionnaire, page)]
    return "@supports selector(:has(*)){" + "".join(rules) + "}" if rules else ""


def rules_of_page(questionnaire: Questionnaire, page: Page) -> Iterator[str]:
    for asked in page.asked:
        condition = questionnaire.conditions.get(asked.code)
        if condition and looks_at(condition, page):
            selector = selector_of(condition, questionnaire, page)
            yield f"{FORM}:not({selector}) #c-{asked.code}{{display:none}}"


def looks_at(condition: Condition, page: Page) -> bool:
    return any(comparison.question in page.codes for comparison in condition.comparisons())


def facts_that_hold(
    questionnaire: Questionnaire, page: Page, given: dict, shown: frozenset[str]
) -> list[str]:
    """Classes of the form: which comparisons with earlier pages hold, as far as this page's rules ask."""
    answers = {
        code: codes for code in shown if (codes := answered_codes(questionnaire.questions[code], given))
    }
    facts = facts_of_page(questionnaire, page)
    return [name for name, comparison in facts.items() if comparison.holds(answers)]


def facts_of_page(questionnaire: Questionnaire, page: Page) -> dict[str, Comparison]:
    facts = {}
    for asked in page.asked:
        condition = questionnaire.conditions.get(asked.code)
        if condition and looks_at(condition, page):
            for comparison in condition.comparisons():
                if comparison.question not in page.codes:
                    facts[fact_name(questionnaire, comparison)] = comparison
    return facts


def fact_name(questionnaire: Questionnaire, comparison: Comparison) -> str:
    every = [one for condition in questionnaire.conditions.values() for one in condition.comparisons()]
    return f"k{every.index(comparison)}"


def selector_of(condition: Condition, questionnaire: Questionnaire, page: Page) -> str:
    """A compound selector that matches the form exactly while the condition holds."""
    if isinstance(condition, AllOf):
        return "".join(selector_of(part, questionnaire, page) for part in condition.parts)
    if isinstance(condition, AnyOf):
        return f":is({','.join(selector_of(part, questionnaire, page) for part in condition.parts)})"
    if isinstance(condition, Not):
        return f":not({selector_of(condition.part, questionnaire, page)})"
    if condition.question not in page.codes:
        return f".{fact_name(questionnaire, condition)}"
    question = questionnaire.questions[condition.question]
    above = questionnaire.conditions.get(condition.question)
    is_shown = selector_of(above, questionnaire, page) if above and looks_at(above, page) else ""
    return has_answer(condition, question) + is_shown


def has_answer(comparison: Comparison, question: Content) -> str:
    if question["kind"] in TYPED:
        return ":is(form)"  # nobody can tell from outside what is being typed: shown until the server knows
    begins = "^" if question["kind"] == "grid" else ""
    name = f"q.{question['code']}." if begins else f"q.{question['code']}"
    fitting = [code for code in codes_of(question) if comparison.holds({question["code"]: (code,)})]
    if not fitting:
        return ":not(form)"
    values = ",".join(f'[value="{code}"]' for code in fitting)
    return f':has([name{begins}="{name}"]:is({values}):checked)'


def codes_of(question: Content) -> list[str]:
    if "scale" in question:
        return [point["code"] for point in question["scale"]["points"]]
    return [choice["code"] for choice in question.get("choices", ())]
