"""The gallery of ready-made surveys: what each one holds, how respondents meet it, and installing it."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, NamedTuple

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.models import Role
from cxportal.organisation.texts import Text
from cxportal.portal import blueprints
from cxportal.portal.blueprints.installing import content_of_blueprint
from cxportal.portal.blueprints.parts import Blueprint, Figure
from cxportal.portal.blueprints.words import text_in, words_of
from surveys.admin.preview import pages_of, without_conditions
from surveys.models import Collector, Indicator, Question, Survey, Wave
from surveys.publishing import Content
from surveys.respondent_page import preview
from surveys.scales import STANDARD
from surveys.wording import worded

View = Callable[..., HttpResponse]


class Card(NamedTuple):
    """One blueprint in the gallery."""

    code: str
    title: Text
    what: Text
    use: Text
    languages: list[str]
    questions: int
    survey: Survey | None
    """What was installed from it, or whatever else has its code."""


class Asked(NamedTuple):
    kind: str
    text: Text
    rows: list[Text]
    """Things to rate, or choices."""


class Counted(NamedTuple):
    name: Text
    formula: str
    target: float | None
    is_share: bool


def for_the_cx_team(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.scope.has_any((Role.CX_TEAM,)):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def framed(request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
    request.current_app = admin.site.name
    return TemplateResponse(request, template, admin.site.each_context(request) | context)


def found_or_404(code: str) -> Blueprint:
    try:
        return blueprints.blueprint(code)
    except blueprints.Unknown:
        raise Http404 from None


@require_safe
@for_the_cx_team
def gallery(request: HttpRequest) -> HttpResponse:
    known = _surveys(request)
    cards = [_card(one, known) for one in blueprints.BLUEPRINTS.values()]
    return framed(request, "admin/blueprints/gallery.html", title=_("Ready-made surveys"), cards=cards)


@require_safe
@for_the_cx_team
@csp_update({"frame-src": [SELF]})
def one(request: HttpRequest, code: str) -> HttpResponse:
    found = found_or_404(code)
    card = _card(found, _surveys(request))
    content = without_conditions(content_of_blueprint(found))
    return framed(
        request,
        "admin/blueprints/one.html",
        title=card.title.text,
        card=card,
        parts=[(_in_words(part["title"]), list(_asked(part))) for part in content["parts"]],
        figures=[_counted(found, figure) for figure in found.figures],
        ways=_ways(found),
        privacy=Wave.Privacy(found.privacy).label,
        repeat=Wave.Repeat(found.repeat).label,
        languages=[LANGUAGES[language] for language in words_of(found.code)],
        pages=range(1, len(pages_of(content, simple=False)) + 1),
        **_shown(request, found),
    )


@require_safe
@for_the_cx_team
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF]})
def page(request: HttpRequest, code: str) -> HttpResponse:
    """One page as respondents would meet it; it cannot be sent."""
    found = found_or_404(code)
    shown = _shown(request, found)
    content = without_conditions(content_of_blueprint(found))
    return HttpResponse(preview(content, shown["number"] - 1, shown["language"].code, privacy=found.privacy))


@require_POST
@for_the_cx_team
def install(request: HttpRequest, code: str) -> HttpResponse:
    found = found_or_404(code)
    try:
        survey = blueprints.install(code, by=request.user)
    except blueprints.CannotInstall as why:
        messages.error(request, str(why))
        return redirect("blueprints:one", found.code)
    messages.success(
        request,
        _(
            "The survey is published and its first wave is in draft. Read the translations before you open it."
        ),
    )
    return redirect("admin:surveys_survey_questions", survey.pk)


# ---------- what the pages show ----------


def _surveys(request: HttpRequest) -> dict[str, Survey]:
    codes = [one.survey for one in blueprints.BLUEPRINTS.values()]
    return {row.code: row for row in Survey.objects.for_user(request.user).filter(code__in=codes)}


def _card(found: Blueprint, known: dict[str, Survey]) -> Card:
    language = get_language() or SOURCE
    title, what, use = (
        text_in(found.code, place, language) for place in ("title", "for_staff.what", "for_staff.use")
    )
    names = [LANGUAGES[code].native_name for code in words_of(found.code)]
    return Card(found.code, title, what, use, names, len(found.questions), known.get(found.survey))


def _shown(request: HttpRequest, found: Blueprint) -> dict[str, Any]:
    """Which page in which language; what is not there is the first."""
    language, number = request.GET.get("language", ""), request.GET.get("page", "")
    return {
        "language": LANGUAGES[language if language in words_of(found.code) else SOURCE],
        "number": int(number) if number.isascii() and number.isdigit() else 1,
    }


def _in_words(texts: dict[str, str]) -> Text:
    return worded(texts, get_language() or SOURCE, SOURCE)


def _asked(part: Content) -> Iterator[Asked]:
    for question in part["questions"]:
        kind = str(Question.Kind(question["kind"]).label)
        if question["kind"] in Question.WITH_SCALE:
            kind = f"{kind}: {STANDARD[question['scale']['code']].name}"
        rows = [*question.get("items", []), *question.get("choices", [])]
        yield Asked(kind, _in_words(question["text"]), [_in_words(row["text"]) for row in rows])


def _counted(found: Blueprint, figure: Figure) -> Counted:
    name = text_in(found.code, f"figure.{figure.code}", get_language() or SOURCE)
    formula = Indicator.Formula(figure.formula)
    return Counted(name, str(formula.label), figure.target, formula in Indicator.IS_SHARE)


def _ways(found: Blueprint) -> list[str]:
    kinds = [way.kind for way in found.ways] + [Collector.Kind.TICKETS for _mail in found.mails[:1]]
    return list(dict.fromkeys(str(Collector.Kind(kind).label) for kind in kinds))
