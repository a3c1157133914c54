"""The pages of a questionnaire, from the content of a version alone.

A page is rendered once per version, language and setting, with holes for what differs from person to person: what was
ticked, what was wrong, the number of the form. Kept in the memory of this process for a minute.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.html import conditional_escape
from django.utils.translation import gettext_noop as _
from django.utils.translation import override

from cxportal.interface import marked, said
from cxportal.languages import LANGUAGES
from cxportal.organisation.models import Agency
from cxportal.organisation.texts import Text
from surveys import stylesheet
from surveys.answering import (
    Fault,
    Given,
    Problem,
    is_shown_on,
    labels_given,
    places_of,
    ranks_of,
    reasons,
    typed,
    visible,
)
from surveys.carried import Sheet, pack
from surveys.form_key import FormKey
from surveys.memory import kept
from surveys.questionnaire import (
    ASKS_REASONS_AFTER,
    DONT_KNOW,
    NOT_FOR_ME,
    Asked,
    Content,
    Form,
    Page,
    Questionnaire,
    scale_of,
)
from surveys.shown_css import facts_that_hold
from surveys.stencils import Packed, Stencil, hole
from surveys.wording import Wording

FIRST_PAGE = 0

SAYS = {
    Fault.NO_NUMBER: _("Write a number, or choose “%(button)s” again to leave this question empty."),
    Fault.OUT_OF_RANGE: _(
        "Write a number from %(low)s to %(high)s, or choose “%(button)s” again to leave this question empty."
    ),
    Fault.CONTRADICTION: _(
        "One of your choices says that none of the others fit. Choose one or the other, or choose “%(button)s” again."
    ),
    Fault.SAME_RANK: _("Use each number once, or choose “%(button)s” again."),
    Fault.TOO_LONG: _("This text is %(too_many)s letters too long. Please make it shorter."),
}
MISSING = {
    "faces": _("Choose a face, or choose “%(button)s” again to leave this question empty."),
    "typed": _("Write an answer, or choose “%(button)s” again to leave this question empty."),
    "": _("Choose an answer, or choose “%(button)s” again to leave this question empty."),
}
NEXT, SEND, ERROR = _("Next"), _("Send"), _("Error:")
THINGS = _("There is 1 thing to fix"), _("There are %(number)s things to fix")
RESERVED = {NOT_FOR_ME: _("Not for me"), DONT_KNOW: _("I do not know")}


class Setting(NamedTuple):
    """Everything that makes two renderings of a page differ, but for the person."""

    digest: str
    language: str
    languages: tuple[str, ...]
    privacy: str
    is_simple: bool = False
    is_staff: bool = False
    """A member of staff types: no question about help."""
    is_personal: bool = False


class PartPage(NamedTuple):
    page: Stencil
    conditional: dict[str, Stencil]
    closing: Stencil
    next_label: str
    send_label: str


@dataclass
class Filling:
    """What one person has on one page."""

    sheet: Sheet
    key: FormKey
    rest: str
    """The address of the form after the language: "s/k7m2qrt/answer/"."""
    other_mode: str = ""
    problems: tuple[Problem, ...] = ()
    notice: str = ""


# ---------- the page of one part ----------


def part_page(questionnaire: Questionnaire, page: Page, setting: Setting) -> PartPage:
    return kept(("part", setting, page.number), lambda: _render_part(questionnaire, page, setting))


def fresh_page(
    questionnaire: Questionnaire, page: Page, setting: Setting, *, rest: str, other_mode: str
) -> Packed:
    """The page with nothing filled in: only the number of the form is still missing (`form_state`)."""

    def make() -> Packed:
        holes = holes_of(questionnaire, page, setting, Sheet(), rest=rest, other_mode=other_mode)
        text = part_page(questionnaire, page, setting).page.filled(holes | {"state": hole("state")})
        return Packed.around(text, "state")

    return kept(("fresh", setting, page.number, rest), make)


def filled_page(questionnaire: Questionnaire, page: Page, setting: Setting, filling: Filling) -> str:
    """The page with what was filled in before, with errors, and with the other pages carried along."""
    with override(setting.language):
        more = holes_of_problems(questionnaire, page, setting, filling)
        if filling.notice:
            more["notice"] = render_to_string("surveys/notice.html", {"text": said(filling.notice)})
    more["state"] = form_state(filling.key, filling.sheet)
    holes = holes_of(
        questionnaire,
        page,
        setting,
        filling.sheet,
        rest=filling.rest,
        other_mode=filling.other_mode,
        more=more,
    )
    return part_page(questionnaire, page, setting).page.filled(holes)


def form_state(key: FormKey, sheet: Sheet | None = None) -> str:
    """The hidden fields of a form."""
    carried = pack(sheet, key) if sheet else ""
    fields = f'<input type="hidden" name="key" value="{key.text}">'
    return fields + f'<input type="hidden" name="carried" value="{carried}">'


def holes_of(
    questionnaire: Questionnaire,
    page: Page,
    setting: Setting,
    sheet: Sheet,
    *,
    rest: str,
    other_mode: str = "",
    more: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    rendered = part_page(questionnaire, page, setting)
    shown = visible(questionnaire, sheet.given)
    holes = given_holes(page, sheet.given) | dict(more)
    cards = {
        f"card:{code}": card.filled(holes)
        for code, card in rendered.conditional.items()
        if is_shown_on(page, code, questionnaire, sheet.given, shown) is not False
    }
    is_last = is_surely_last(questionnaire, page, setting, sheet.given, shown)
    return (
        holes
        | cards
        | {
            "rest": rest,
            "other_mode": other_mode,
            "facts": " ".join(facts_that_hold(questionnaire, page, sheet.given, shown)),
            "closing": rendered.closing.filled(closing_holes(sheet)) if is_last else "",
            "next": rendered.send_label if is_last else rendered.next_label,
        }
    )


def given_holes(page: Page, given: Given) -> dict[str, str]:
    holes: dict[str, str] = {}
    for name, field in page.fields.items():
        for value in given.get(name, ()):
            if field.form == Form.TYPED:
                holes[f"t:{name}"] = conditional_escape(value)
            else:
                holes[f"c:{name}={value}"] = " checked"
                holes[f"s:{name}={value}"] = " selected"
    return holes


def closing_holes(sheet: Sheet) -> dict[str, str]:
    return {f"helped={sheet.helped}": " checked", "receipt": " checked" if sheet.wants_receipt else ""}


def is_surely_last(
    questionnaire: Questionnaire, page: Page, setting: Setting, given: Given, shown: frozenset[str]
) -> bool:
    """Whether this page ends with “Send”: nothing can follow it, and there is no page to check everything."""
    if questionnaire.is_long:
        return False
    following = questionnaire.pages(is_simple=setting.is_simple)[page.number + 1 :]
    return not any(can_follow(questionnaire, page, later, given, shown) for later in following)


def can_follow(
    questionnaire: Questionnaire, page: Page, later: Page, given: Given, shown: frozenset[str]
) -> bool:
    """Whether a later page may have something to show, whatever is answered from this page on."""
    for asked in later.asked:
        condition = questionnaire.conditions.get(asked.code)
        if condition is None:
            return True
        looked_at = {comparison.question for comparison in condition.comparisons()}
        is_open = any(position_of(questionnaire, code, page) for code in looked_at)
        if is_open or asked.code in shown:
            return True
    return False


def position_of(questionnaire: Questionnaire, code: str, page: Page) -> bool:
    """Whether a question stands on this page or after it."""
    order = list(questionnaire.questions)
    first = min((order.index(asked.code) for asked in page.asked), default=0)
    return order.index(code) >= first


def _render_part(questionnaire: Questionnaire, page: Page, setting: Setting) -> PartPage:
    wording = Wording(questionnaire, setting.language)
    cards = [wording.card(asked, is_simple=setting.is_simple) for asked in page.asked]
    conditional = {card.code for card in cards if card.code in questionnaire.conditions}
    with override(setting.language):
        context = frame(questionnaire, setting) | {
            **steps_of(questionnaire, page, setting),
            "title": title_of(questionnaire, page, setting, wording),
            "heading": heading_of(page, wording),
            "cards": cards,
            "conditional": conditional,
            "has_faces": any(option.face for card in cards for option in card.options),
            "falls_back": wording.falls_back(cards),
            "is_first": page.number == FIRST_PAGE,
            "opens_beside": True,
            "number": page.number,
        }
        rendered = render_to_string("surveys/part.html", context)
        apart = {
            card.code: Stencil(render_to_string(card.template, context | {"card": card}))
            for card in cards
            if card.code in conditional
        }
        return PartPage(
            Stencil(rendered),
            apart,
            Stencil(closing_of(questionnaire, setting)),
            marked(said(NEXT)),
            marked(said(SEND)),
        )


def frame(questionnaire: Questionnaire | None, setting: Setting) -> dict[str, Any]:
    """What the frame of every page of a survey needs."""
    content = questionnaire.content if questionnaire else {}
    return {
        "LANGUAGE_CODE": setting.language,
        "LANGUAGE_BIDI": LANGUAGES[setting.language].is_rtl,
        "agency": Agency.current(),
        "stylesheet": stylesheet.address_of(questionnaire, setting.digest),
        "languages": [LANGUAGES[code] for code in setting.languages],
        "language_name": LANGUAGES[setting.language].native_name,
        "root": get_script_prefix(),
        "privacy": setting.privacy,
        "is_simple": setting.is_simple,
        "is_personal": setting.is_personal,
        "offers_simple": bool(content.get("offers_simple_mode")),
    }


def closing_of(questionnaire: Questionnaire, setting: Setting) -> str:
    return render_to_string(
        "surveys/closing.html",
        {"asks_help": not setting.is_staff, "asks_receipt": questionnaire.asks_for_text},
    )


def steps_of(questionnaire: Questionnaire, page: Page, setting: Setting) -> dict[str, Any]:
    parts = sorted({one.part for one in questionnaire.pages()})
    now = parts.index(page.part)
    states = ["on"] * now + ["now"] + [""] * (len(parts) - now - 1)
    minutes = questionnaire.minutes_from(page)
    left = (
        said(_("about 1 minute left"))
        if minutes == 1
        else said(_("about %(minutes)s minutes left"), minutes=minutes)
    )
    return {
        "steps": said(_("Part %(number)s of %(all)s"), number=now + 1, all=len(parts)),
        "minutes": left,
        "bar": states,
    }


def heading_of(page: Page, wording: Wording) -> Text:
    title = wording.part_title(page.part)
    return title if title.text else wording.title


def title_of(questionnaire: Questionnaire, page: Page, setting: Setting, wording: Wording) -> Text:
    heading = heading_of(page, wording)
    return heading._replace(text=f"{steps_of(questionnaire, page, setting)['steps']} – {heading.text}")


# ---------- errors ----------


def holes_of_problems(
    questionnaire: Questionnaire, page: Page, setting: Setting, filling: Filling
) -> dict[str, str]:
    """What was wrong, said in the title, in a box on top, and at each question."""
    holes = {"error": f"{said(ERROR)} "} if filling.problems or filling.notice else {}
    problems = [
        {"place": problem.place, "text": problem_text(questionnaire, page, setting, filling.sheet, problem)}
        for problem in filling.problems
    ]
    for problem in problems:
        place = problem["place"]
        holes[f"e:{place}"] = render_to_string("surveys/error.html", problem)
        holes[f"E:{place}"] = " has-error"
        holes[f"d:{place}"] = f" e-{place}"
        holes[f"D:{place}"] = f' aria-describedby="e-{place}"'
        holes[f"i:{place}"] = ' aria-invalid="true"'
    if problems:
        heading = said(THINGS[0]) if len(problems) == 1 else said(THINGS[1], number=len(problems))
        box = {"problems": problems, "heading": heading, "LANGUAGE_CODE": setting.language}
        holes["errors"] = render_to_string("surveys/errors.html", box)
    return holes


def problem_text(
    questionnaire: Questionnaire, page: Page, setting: Setting, sheet: Sheet, problem: Problem
) -> Text:
    question = questionnaire.questions[problem.question]
    shown = visible(questionnaire, sheet.given)
    is_last = is_surely_last(questionnaire, page, setting, sheet.given, shown)
    message = SAYS.get(problem.fault) or MISSING[_way_to_answer(question, setting)]
    if problem.fault == Fault.OUT_OF_RANGE and (question["low"] is None or question["high"] is None):
        message = SAYS[Fault.NO_NUMBER]
    values = {
        "button": said(SEND if is_last else NEXT),
        "low": question.get("low"),
        "high": question.get("high"),
        "too_many": problem.too_many,
    }
    return said(message, **values)


def _way_to_answer(question: Content, setting: Setting) -> str:
    if "scale" in question and scale_of(question, setting.is_simple)["look"] == "faces":
        return "faces"
    return "typed" if question["kind"] in {"number", "short_text", "long_text"} else ""


# ---------- check and send ----------


class CheckedRow(NamedTuple):
    text: Text
    answers: list[Text]
    typed: str


class CheckedPart(NamedTuple):
    page: int
    title: Text
    rows: list[CheckedRow]


def checked_parts(questionnaire: Questionnaire, setting: Setting, given: Given) -> list[CheckedPart]:
    """Everything answered so far, part by part, in the words of the page."""
    wording, shown = Wording(questionnaire, setting.language), visible(questionnaire, given)
    parts = []
    for page in questionnaire.pages(is_simple=setting.is_simple):
        rows = [
            row
            for asked in page.asked
            if asked.code in shown
            for row in checked_rows(wording, asked, given, is_simple=setting.is_simple)
        ]
        if rows:
            parts.append(CheckedPart(page.number, heading_of(page, wording), rows))
    return parts


def checked_rows(wording: Wording, asked: Asked, given: Given, *, is_simple: bool) -> Iterable[CheckedRow]:
    question, code, kind = asked.question, asked.code, asked.kind
    skipped = [said(RESERVED[value]) for value in given.get(f"{code}:skip", ())]
    if kind in {"number", "short_text", "long_text"}:
        text = typed(given, code)
        yield CheckedRow(wording.text(question["text"]), [] if text else skipped, text)
        return
    if kind == "ranking":
        ranks = dict(ranks_of(question, given))
        ranked = sorted((int(rank), choice) for choice, rank in ranks.items())
        labels = {choice["code"]: wording.text(choice["text"]) for choice in question["choices"]}
        answers = [labels[choice]._replace(text=f"{rank}. {labels[choice]}") for rank, choice in ranked]
        yield CheckedRow(wording.text(question["text"]), answers or skipped, "")
        return
    for place in places_of(asked):
        item = next((item for item in asked.items if place == f"{code}.{item['code']}"), None)
        chosen = labels_given(asked, place, given, is_simple=is_simple)
        answers = [option_text(wording, option) for option in chosen]
        answers += [said(RESERVED[value]) for value in given.get(place, ()) if value in RESERVED]
        if kind in ASKS_REASONS_AFTER and ASKS_REASONS_AFTER[kind] in given.get(code, ()):
            ticked = reasons(question, given)
            answers += [wording.text(one["text"]) for one in question["choices"] if one["code"] in ticked]
        about = wording.text(item["text"] if item else question["text"])
        yield CheckedRow(about, answers, "" if item else typed(given, f"{code}.other"))


def option_text(wording: Wording, option: Mapping[str, Any]) -> Text:
    if "text" in option:
        return wording.text(option["text"])
    label = wording.text(option["label"])
    number = Text(str(option["value"]), wording.language, LANGUAGES[wording.language].direction)
    return label if label.text else number


# ---------- for staff who write a survey ----------


def preview(
    content: dict[str, Any],
    number: int,
    language: str,
    *,
    is_simple: bool = False,
    privacy: str = "anonymous",
) -> str:
    """A page as respondents will see it, of content that may not be published yet. It cannot be sent.

    `number` counts pages from 0; one that does not exist is the last one.
    """
    questionnaire = Questionnaire(content)
    pages = questionnaire.pages(is_simple=is_simple)
    page = pages[min(max(number, 0), len(pages) - 1)]
    setting = Setting("", language, (language,), privacy, is_simple)
    rendered = _render_part(questionnaire, page, setting)
    holes = {f"card:{code}": card.filled({}) for code, card in rendered.conditional.items()}
    return rendered.page.filled(holes | {"next": rendered.next_label})
