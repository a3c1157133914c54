"""The pages on which people answer. No cookie, no session; nothing is kept on the server before "Send".

A POST carries no cookie either, so it is exempt from the cookie's token and guarded by the signed number of the form.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import get_script_prefix, reverse
from django.utils.cache import patch_vary_headers
from django.utils.formats import date_format
from django.utils.safestring import mark_safe
from django.utils.timezone import localtime
from django.utils.translation import get_language, override
from django.utils.translation import gettext_noop as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from cxportal.interface import said
from cxportal.languages import SOURCE
from cxportal.organisation.models import User
from cxportal.organisation.texts import Text
from cxportal.public import TooManyRequests, best_language, public_page, without_referrer
from surveys import abuse, ballot_box, begun, carried, form_key, held, journey, respondent_page, ways_in
from surveys import stylesheet as sheets
from surveys.abuse import Decision
from surveys.answering import final, known_only, merged, read_page, usable
from surveys.ballot_box import Outcome, Result
from surveys.carried import Sheet
from surveys.memory import kept
from surveys.models import Collector, Mode, Version
from surveys.qr import qr_svg
from surveys.questionnaire import Page, Questionnaire
from surveys.respondent_page import Filling, Setting
from surveys.stencils import Packed, Stencil
from surveys.ways_in import Way
from surveys.wording import Wording, promise_of

STAFF_ROLES = ("manager", "staff")
CHECK = "check"
SECONDS_TO_READ_A_QUESTION = 1
"""Looked at only while more answers come than expected."""
A_YEAR = 365 * 24 * 3600
READS = ["GET", "HEAD", "POST"]

PRESS_AGAIN = _("Your answers are still here. Please press the button once more.")
CHECK_AGAIN = _("Something got lost on the way. Please look through your answers and press the button again.")


@dataclass(frozen=True)
class Visit:
    """One request for a page of one way in."""

    request: HttpRequest
    way: Way
    base: str
    """Its address after the language: "s/k7m2qrt/"."""
    token: str | None = None
    staff: User | None = None
    is_numbered: bool = False

    @cached_property
    def offered(self) -> tuple[str, ...]:
        return self.way.offered

    @cached_property
    def language(self) -> str:
        active = get_language() or SOURCE
        return active if active in self.offered else best_language(self.request, self.offered)

    @property
    def for_whom(self) -> str:
        return f"{self.way.collector_id}:{self.staff.pk}" if self.staff else str(self.way.collector_id)

    def setting(self, digest: str, *, is_simple: bool = False) -> Setting:
        return Setting(
            digest=digest,
            language=self.language,
            languages=self.offered,
            privacy=promise_of(self.way.privacy, is_numbered=self.is_numbered),
            is_simple=is_simple,
            is_staff=self.staff is not None,
            is_personal=self.token is not None,
        )

    def rest(self, page: str = "") -> str:
        return f"{self.base}{page}/" if page else self.base

    def address(self, page: str = "") -> str:
        return f"{get_script_prefix()}{self.language}/{self.rest(page)}"

    def mode_page(self, *, is_simple: bool) -> str:
        return "easy" if is_simple else "answer"


# ---------- ways in ----------


@csrf_exempt
@require_http_methods(READS)
def open_link(request: HttpRequest, address: str, page: str) -> HttpResponse:
    """A link that everybody may use, and the one with which staff enter answers."""
    way = ways_in.by_address(address)
    if way and way.is_staff_entry:
        return staff_entry(request, way, page)
    return _open_link(request, way, page)


@csrf_exempt
@require_http_methods(READS)
@public_page
def personal_link(request: HttpRequest, token: str, page: str) -> HttpResponse:
    """A link for one person. Only sending answers spends it."""
    link = ways_in.by_token(token)
    if link is None:
        return unknown_link(request)
    visit = Visit(request, link.way, f"t/{token}/", token=token, is_numbered=link.is_numbered)
    if link.is_spent and not link.way.closed and request.method != "POST":
        return used_link(visit, link.open_address)
    return show(visit, page)


@public_page
def _open_link(request: HttpRequest, way: Way | None, page: str) -> HttpResponse:
    if way is None:
        return unknown_link(request)
    return show(Visit(request, way, f"s/{way.address}/"), page)


def staff_entry(request: HttpRequest, way: Way, page: str) -> HttpResponse:
    """The same pages for a member of staff who answers together with the person."""
    user = request.user
    if not user.is_authenticated:
        if request.method != "POST":
            return redirect_to_login(request.get_full_path())
        return signed_out(Visit(request, way, f"s/{way.address}/"))
    may_enter = user.scope.is_cx_team or way.unit_id in user.scope.unit_ids(*STAFF_ROLES)
    if not may_enter:
        return unknown_link(request)
    return without_referrer(show(Visit(request, way, f"s/{way.address}/", staff=user), page))


@require_safe
def short_link(request: HttpRequest, address: str) -> HttpResponse:
    """The address as it stands on paper leads to the language asked for, or the one the browser prefers."""
    way = ways_in.by_address(address)
    return to_language(request, f"s/{address}/", way.offered if way else None)


@require_safe
def short_personal_link(request: HttpRequest, token: str) -> HttpResponse:
    link = ways_in.by_token(token)
    return to_language(request, f"t/{token}/", link.way.offered if link else None)


def to_language(request: HttpRequest, rest: str, offered: tuple[str, ...] | None) -> HttpResponse:
    wanted = request.GET.get("lang", "")
    language = wanted if offered and wanted in offered else best_language(request, offered)
    response = HttpResponseRedirect(f"{get_script_prefix()}{language}/{rest}")
    patch_vary_headers(response, ["Accept-Language"])
    return without_referrer(no_store(response))


def show(visit: Visit, page: str) -> HttpResponse:
    request, way = visit.request, visit.way
    if request.method != "POST" and visit.language != get_language():
        return HttpResponseRedirect(visit.address("" if page == "start" else page))
    if page == "stopped":
        return stopped(visit)
    if way.closed:
        is_form = request.method == "POST" and way.version_id
        return (
            Posted.read(visit, is_simple=page == "easy").refused(way.closed)
            if is_form
            else not_open(visit, way.closed)
        )
    if page == "start":
        return start(visit)
    return answer(visit, is_simple=page == "easy")


@require_safe
def stylesheet(request: HttpRequest, digest: str, revision: str) -> HttpResponse:
    """Its address changes with its content. An old address gets the rules of today."""
    is_common = digest in {sheets.WITHOUT_RULES, sheets.FOR_CLIPS}
    questionnaire = None if is_common else ways_in.questionnaire_with(digest)
    rules = sheets.own_rules(questionnaire) if questionnaire else sheets.rules_by_name(digest)
    packed = sheets.sheet_with(rules)
    response = packed_response(request, packed, "", "text/css; charset=utf-8")
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    return response


# ---------- start ----------


def start(visit: Visit) -> HttpResponse:
    """Why, how long, what is promised, in which languages. Nothing on it belongs to one person."""
    questionnaire = ways_in.questionnaire_of(visit.way)
    setting = visit.setting(visit.way.digest)
    links = {
        "rest": visit.rest(),
        "begin": visit.address("answer"),
        "easy": visit.address("easy"),
    }
    rendered = kept(("start", setting), lambda: Stencil(start_page(questionnaire, setting)))
    if visit.token:
        return page_response(rendered.filled(links))
    packed = kept(("start", setting, visit.base), lambda: Packed(rendered.filled(links), ""))
    return no_store(packed_response(visit.request, packed))


def start_page(questionnaire: Questionnaire, setting: Setting) -> str:
    wording = Wording(questionnaire, setting.language)
    minutes, size = questionnaire.minutes_from(), questionnaire.size
    with override(setting.language):
        context = respondent_page.frame(questionnaire, setting) | {
            "title": wording.title,
            "heading": wording.title,
            "purpose": wording.text(questionnaire.content["purpose"]),
            "falls_back": wording.title.language != setting.language,
            "minutes": said(_("About 1 minute"))
            if minutes == 1
            else said(_("About %(n)s minutes"), n=minutes),
            "how_many": said(_("1 question")) if size == 1 else said(_("%(n)s questions"), n=size),
        }
        return render_to_string("surveys/start.html", context)


# ---------- answering ----------


def answer(visit: Visit, *, is_simple: bool) -> HttpResponse:
    if visit.request.method == "POST":
        return Posted.read(visit, is_simple=is_simple).answered()
    way = visit.way
    questionnaire = ways_in.questionnaire_of(way)
    setting = visit.setting(way.digest, is_simple=is_simple)
    packed = respondent_page.fresh_page(
        questionnaire,
        questionnaire.pages(is_simple=is_simple)[0],
        setting,
        rest=visit.rest(visit.mode_page(is_simple=is_simple)),
        other_mode=visit.rest(visit.mode_page(is_simple=not is_simple)),
    )
    key = form_key.issue(way.digest, visit.for_whom)
    return no_store(packed_response(visit.request, packed, respondent_page.form_state(key)))


@dataclass
class Posted:
    """A form that came back."""

    visit: Visit
    questionnaire: Questionnaire
    version_id: int
    setting: Setting
    key: form_key.FormKey
    sheet: Sheet
    page: Page | None
    """The page it was sent from; nothing on the page where everything is checked."""
    notice: str = ""

    @classmethod
    def read(cls, visit: Visit, *, is_simple: bool) -> "Posted":
        """Whatever was sent, this makes something of it: what cannot be trusted is left out, and said."""
        fields, way = visit.request.POST, visit.way
        key = form_key.read(fields.get("key", ""), visit.for_whom)
        version = ways_in.version_of_form(way, key.digest) if key else None
        notice = "" if version else CHECK_AGAIN
        version_id, digest = version or (way.version_id, way.digest)
        questionnaire = ways_in.questionnaire_by(version_id, digest)
        sheet = Sheet()
        if key and version:
            try:
                sheet = carried.unpack(fields.get("carried", ""), key)
            except carried.NotOurs:
                notice = CHECK_AGAIN
        if key is None or version is None or key.is_too_old():
            notice = notice or PRESS_AGAIN
            key = form_key.issue(digest, visit.for_whom)
        setting = visit.setting(digest, is_simple=is_simple)
        posted = cls(visit, questionnaire, version_id, setting, key, sheet, None, notice)
        posted._read_page(fields)
        return posted

    def _read_page(self, fields) -> None:
        switched = fields.get("go") == "mode"
        was_simple = self.is_simple != switched
        pages = self.questionnaire.pages(is_simple=was_simple)
        name = usable(fields.get("page", "0"))
        if name != CHECK:
            number = int(name) if name.isascii() and name.isdecimal() and len(name) < 5 else 0
            page = pages[min(number, len(pages) - 1)]
            self.page = page
            if fields.get("go") != "stay":  # the page that asks whether to stop has none of the questions
                self.sheet.given = merged(self.sheet.given, page, read_page(page, fields))
        if fields.get("helped") in {"yes", "no"}:
            self.sheet.helped = fields["helped"]
        if "helped" in fields or "receipt" in fields or name == CHECK:
            self.sheet.wants_receipt = "receipt" in fields
        if switched:
            self.sheet.given = known_only(self.sheet.given, self.questionnaire, is_simple=self.is_simple)
            self.page = self.questionnaire.pages(is_simple=self.is_simple)[0]

    @property
    def is_simple(self) -> bool:
        return self.setting.is_simple

    @property
    def may_send(self) -> bool:
        """Whether the button it was sent with said "Send"."""
        if self.page is None:
            return True
        shown = respondent_page.visible(self.questionnaire, self.sheet.given)
        return respondent_page.is_surely_last(
            self.questionnaire, self.page, self.setting, self.sheet.given, shown
        )

    # ----- what the person wants -----

    def answered(self) -> HttpResponse:
        fields = self.visit.request.POST
        go = fields.get("go", "next")
        if go == "stopped":
            return HttpResponseRedirect(self.visit.address("stopped"))
        if go == "stop":
            return self.ask_whether_to_stop()
        if self.notice or "lang" in fields or go in {"mode", "stay"}:
            return self.show_again()
        if "change" in fields:
            return self.show_page(self._page_number(fields["change"]))
        if go == "back":
            return self.show_page(self._before())
        return self.send() if go == "send" and self.page is None else self.go_on()

    def go_on(self) -> HttpResponse:
        page, sheet = self.page, self.sheet
        if page is None:
            return self.check()
        if problems := journey.problems_to_show(self.questionnaire, page, sheet):
            return self.show_page(page, problems=problems)
        if page.number == 0 and not sheet.has_begun:
            sheet.has_begun = True
            begun.count_begun(self.visit.way.collector_id, self.visit.language)
        if sheet.is_checked:
            return self.check()
        following = journey.page_after(self.questionnaire, page, sheet.given, is_simple=self.is_simple)
        if following:
            return self.show_page(following)
        return self.send() if self.may_send else self.check()

    def send(self) -> HttpResponse:
        """Everything is looked at again; only now something is stored."""
        request, sheet = self.visit.request, self.sheet
        too_long = journey.first_too_long(self.questionnaire, sheet, is_simple=self.is_simple)
        if too_long:
            problems = journey.problems_to_show(self.questionnaire, too_long, sheet)
            return self.show_page(too_long, problems=problems)
        if request.POST.get("website") or self.key.is_too_fast():
            self.notice = PRESS_AGAIN
            return self.show_again()
        is_held = self.is_above_the_limits()
        return self.after(self.put_in(is_held=is_held), is_held=is_held)

    def is_above_the_limits(self) -> bool:
        """Whether a person has to decide if this is counted. Raises `TooManyRequests` where it cannot even be kept."""
        way, request = self.visit.way, self.visit.request
        if self.visit.token or not way.people_per_hour:
            return False
        decision, is_frequent = abuse.verdict(
            way.collector_id,
            request.META.get("REMOTE_ADDR", ""),
            people_per_hour=way.people_per_hour,
            is_hurried=self.key.is_younger_than(self.questionnaire.size * SECONDS_TO_READ_A_QUESTION),
        )
        if decision == Decision.COUNT:
            return False
        if decision == Decision.REFUSE or not held.has_room(way.collector_id, is_frequent=is_frequent):
            raise TooManyRequests(request.POST)
        return True

    def put_in(self, *, is_held: bool) -> Outcome:
        sheet, visit = self.sheet, self.visit
        return ballot_box.put_in(
            collector=Collector(pk=visit.way.collector_id, wave_id=visit.way.wave_id),
            version=Version(pk=self.version_id),
            content=self.final,
            form_number=self.key.number,
            token=visit.token,
            language=visit.language,
            mode=Mode.SIMPLE if self.is_simple else Mode.STAFF if visit.staff else Mode.FULL,
            is_assisted=True if visit.staff else {"yes": True, "no": False}.get(sheet.helped),
            wants_receipt=sheet.wants_receipt,
            is_held=is_held,
        )

    def after(self, outcome: Outcome, *, is_held: bool) -> HttpResponse:
        match outcome.result:
            case Result.ACCEPTED:
                return self.thank(outcome, is_held=is_held)
            case Result.AGAIN:
                return self.thank(outcome)
            case Result.SPENT:
                return used_link(self.visit, ways_in.open_address_of(self.visit.way.wave_id))
            case _:
                return self.refused(outcome.result)

    def refused(self, why: Result) -> HttpResponse:
        """Nothing is taken just now. A paused form can be sent again; of a closed one the words are given back."""
        written = [text for _question, text in self.final["texts"]]
        return not_open(self.visit, why, written=None if why == Result.PAUSED else written)

    # ----- what is shown -----

    def show_again(self) -> HttpResponse:
        return self.show_page(self.page) if self.page else self.check()

    def show_page(self, page: Page, *, problems=()) -> HttpResponse:
        mode_page = self.visit.mode_page
        filling = Filling(
            self.sheet,
            self.key,
            self.visit.rest(mode_page(is_simple=self.is_simple)),
            self.visit.rest(mode_page(is_simple=not self.is_simple)),
            tuple(problems),
            self.notice,
        )
        return page_response(respondent_page.filled_page(self.questionnaire, page, self.setting, filling))

    def check(self) -> HttpResponse:
        self.sheet.is_checked, self.page = True, None
        with override(self.setting.language):
            context = self.frame() | {
                "title": said(_("Check and send")),
                "parts": respondent_page.checked_parts(self.questionnaire, self.setting, self.sheet.given),
                "closing": self.closing(),
                "notice": self.notice_box(),
            }
            text = render_to_string("surveys/check.html", context, None)
        rest = self.visit.rest(self.visit.mode_page(is_simple=self.is_simple))
        return page_response(Stencil(text).filled({"rest": rest}))

    def closing(self) -> str:
        text = respondent_page.closing_of(self.questionnaire, self.setting)
        return mark_safe(Stencil(text).filled(respondent_page.closing_holes(self.sheet)))

    def notice_box(self) -> str:
        if not self.notice:
            return ""
        return render_to_string("surveys/notice.html", {"text": said(self.notice)})

    def ask_whether_to_stop(self) -> HttpResponse:
        with override(self.setting.language):
            context = self.frame() | {"title": said(_("Stop and delete your answers?"))}
            return page_response(render_to_string("surveys/stop.html", context))

    def thank(self, outcome: Outcome, *, is_held: bool = False) -> HttpResponse:
        """Mostly the same page for everybody, so it is rendered once; not so a receipt, or a form sent before."""
        wrote = bool(self.final["texts"])
        if outcome.receipt or (outcome.result == Result.AGAIN and not self.visit.token):
            return page_response(self.thanks_page(outcome, wrote=wrote, is_held=is_held))
        key = ("thanks", self.setting, self.visit.base if self.visit.staff else "", wrote, is_held)
        packed = kept(key, lambda: Packed(self.thanks_page(outcome, wrote=wrote, is_held=is_held), ""))
        return unlogged(no_store(packed_response(self.visit.request, packed)))

    def thanks_page(self, outcome: Outcome, *, wrote: bool, is_held: bool) -> str:
        is_again = outcome.result == Result.AGAIN and not self.visit.token
        if is_again:
            self.key, self.page = form_key.issue(self.setting.digest, self.visit.for_whom), None
        wording = Wording(self.questionnaire, self.setting.language)
        with override(self.setting.language):
            label = str(said(_("QR code of your receipt code")))
            context = (self.frame() if is_again else self.frame_alone()) | {
                "title": said(_("Thank you")),
                "thanks": wording.text(self.questionnaire.content["thanks"]),
                "wrote": wrote,
                "is_held": is_held,
                "receipt": outcome.receipt,
                "qr": qr_svg(outcome.receipt, label) if outcome.receipt else "",
                "is_again": is_again,
                "next_person": self.visit.address() if self.visit.staff else "",
            }
            return render_to_string("surveys/thanks.html", context)

    @cached_property
    def final(self) -> dict[str, Any]:
        """What is stored. To be asked for only when nothing is read or changed any more."""
        return final(self.questionnaire, self.sheet.given, is_simple=self.is_simple)

    def frame_alone(self) -> dict[str, Any]:
        return respondent_page.frame(self.questionnaire, self.setting) | {"request": self.visit.request}

    def frame(self) -> dict[str, Any]:
        fields = respondent_page.form_state(self.key, self.sheet)
        page = CHECK if self.page is None else str(self.page.number)
        return self.frame_alone() | {
            "opens_beside": True,
            "address": self.visit.address(self.visit.mode_page(is_simple=self.is_simple)),
            "state": mark_safe(f'{fields}<input type="hidden" name="page" value="{page}">'),
        }

    # ----- pages by number -----

    def _page_number(self, text: str) -> Page:
        pages = self.questionnaire.pages(is_simple=self.is_simple)
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0
        return pages[min(number, len(pages) - 1)]

    def _before(self) -> Page:
        given, is_simple = self.sheet.given, self.is_simple
        if self.page is None:
            return journey.last_page(self.questionnaire, given, is_simple=is_simple)
        before = journey.page_before(self.questionnaire, self.page, given, is_simple=is_simple)
        return before or self.page


# ---------- pages of one message ----------


def message(
    visit: Visit | None,
    request: HttpRequest,
    icon: str,
    lead: list[Text],
    title: Text,
    *,
    status: int = 200,
    rest: str = "",
    **more,
) -> HttpResponse:
    language = visit.language if visit else get_language() or SOURCE
    setting = visit.setting("") if visit else Setting("", language, (language,), "")
    if more.get("fields") or more.get("written"):
        setting = setting._replace(languages=(language,))  # another language would be another page
    context = respondent_page.frame(None, setting) | {
        "request": request,
        "icon": icon,
        "title": title,
        "lead": lead,
        "opens_beside": bool(more.get("fields") or more.get("written")),
        **more,
    }
    return page_response(
        Stencil(render_to_string("surveys/message.html", context)).filled({"rest": rest}), status=status
    )


def unknown_link(request: HttpRequest) -> HttpResponse:
    lead = [
        said(_("The address may have been cut off or mistyped. Please look at it once more.")),
        said(_("You have done nothing wrong, and it has no effect on your permit or your application.")),
    ]
    return message(None, request, "search", lead, said(_("This link does not work")), status=404)


def used_link(visit: Visit, open_address: str) -> HttpResponse:
    with override(visit.language):
        lead = [
            said(_("Each link works once, so that every person is counted once.")),
            said(_("If you have answered: your answers have arrived. You need not do anything more.")),
        ]
        return message(
            visit,
            visit.request,
            "tick",
            lead,
            said(_("This link has already been used")),
            rest=visit.rest(),
            open_address=open_address,
        )


def not_open(visit: Visit, why: Result, *, written: list[str] | None = None) -> HttpResponse:
    way, request = visit.way, visit.request
    calm = _("You have done nothing wrong, and it has no effect on your permit or your application.")
    with override(visit.language):
        if why == Result.PAUSED:
            is_kept = request.method == "POST"
            return message(
                visit,
                request,
                "hourglass",
                [said(_("We have stopped it for a short time. Please try again later.")), said(calm)],
                said(_("This survey is paused")),
                rest=visit.rest(),
                fields=fields_of(request) if is_kept else (),
                address=request.get_full_path(),
            )
        if why == Result.NOT_OPEN:
            day = way.opens_at and date_format(localtime(way.opens_at))
            lead = [said(_("It opens on %(day)s."), day=day) if day else said(_("Please come back later."))]
            return message(
                visit, request, "calendar", lead, said(_("This survey is not open yet")), rest=visit.rest()
            )
        day = way.closes_at and date_format(localtime(way.closes_at))
        lead = ([said(_("It was open until %(day)s."), day=day)] if day else []) + [said(calm)]
        return message(
            visit,
            request,
            "calendar",
            lead,
            said(_("This survey is closed")),
            rest=visit.rest(),
            written=written,
        )


def stopped(visit: Visit) -> HttpResponse:
    with override(visit.language):
        lead = [
            said(_("We stored nothing. Your answers are gone from this device too.")),
            said(_("This has no effect on your permit or your application.")),
        ]
        again = "" if visit.way.closed else visit.address()
        return message(
            visit,
            visit.request,
            "tick",
            lead,
            said(_("Your answers are deleted")),
            rest=visit.rest("stopped"),
            again=again,
        )


def signed_out(visit: Visit) -> HttpResponse:
    with override(visit.language):
        return message(
            visit,
            visit.request,
            "lock",
            [said(_("You were signed out because nothing was sent for a while."))],
            said(_("Please sign in again")),
            fields=fields_of(visit.request),
            address=visit.request.get_full_path(),
            sign_in=reverse("account_login"),
            status=403,
        )


def fields_of(request: HttpRequest) -> list[tuple[str, str]]:
    return [(name, value) for name, values in request.POST.lists() for value in values]


# ---------- responses ----------


def page_response(text: str, *, status: int = 200) -> HttpResponse:
    return unlogged(no_store(HttpResponse(text, status=status)))


def unlogged(response: HttpResponse) -> HttpResponse:
    response._has_been_logged = True  # type: ignore[attr-defined]  # an address may hold somebody's token
    return response


def packed_response(
    request: HttpRequest, packed: Packed, middle: str = "", content_type: str = "text/html; charset=utf-8"
) -> HttpResponse:
    if "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", ""):
        response = HttpResponse(packed.gzipped(middle), content_type=content_type)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = HttpResponse(packed.plain(middle), content_type=content_type)
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def no_store(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    return response
