"""The home page of the staff: for each role the boxes that help it first. A room that is built fills its boxes."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext
from modeltranslation.utils import build_localized_fieldname

from actions.models import Action
from cxportal.dispatch.models import Message
from cxportal.dispatch.restored import is_on_hold
from cxportal.languages import LANGUAGES, KnownLanguage
from cxportal.organisation.admin_base import StaffRequest
from cxportal.organisation.models import (
    Agency,
    Language,
    Role,
    Service,
    Stage,
    TextReading,
    Topic,
    Unit,
    User,
)
from cxportal.organisation.texts import text_of
from cxportal.portal.demo import filling
from cxportal.portal.navigation import roles_of
from cxportal.portal.sign_in import has_second_factor
from feedback import queue
from feedback.backlog import backlog
from panels import purge
from panels.models import Mailing
from surveys.models import Publication, Wave
from surveys.participation import response_percent, waves_with_figures

Text = Promise | str
NAMED = (Service, Stage, Topic, Unit)
ACTIONS_SHOWN = 8


class Box(NamedTuple):
    """One card. `context` returns what the template shows; without it the box says that there is nothing yet."""

    code: str
    title: Text
    width: str = "s6"
    template: str = "portal/boxes/nothing_yet.html"
    context: Callable[[StaffRequest], dict[str, Any]] | None = None
    nothing_yet: Text = ""


# ---------- what can be counted today ----------
class Step(NamedTuple):
    """One thing to do before the portal is ready; `is_done` is looked up, never ticked by hand."""

    title: Text
    hint: Text
    is_done: bool
    address: str | None


def set_up_steps(request: StaffRequest) -> dict[str, Any]:
    units = Unit.objects.count()
    unread = _unread_languages()
    second_factor = has_second_factor(request.user)
    on_hold = is_on_hold()
    steps = [
        Step(
            _("Name your agency"),
            _("The name stands on every public page and in every message."),
            bool(text_of(Agency.current(), "name").text),
            _address("admin:organisation_agency_changelist"),
        ),
        Step(
            _("Import the units"),
            ngettext("There is %(count)d unit.", "There are %(count)d units.", units) % {"count": units}
            if units
            else _("The command import_units reads them from a file; a few can be added by hand."),
            units > 0,
            _address("admin:organisation_unit_changelist"),
        ),
        Step(
            _("Let a person read the texts in each language"),
            _("Nobody has read texts in these languages yet: %(languages)s.")
            % {"languages": ", ".join(language.native_name for language in unread)}
            if unread
            else _("Texts in every offered language have been read."),
            not unread,
            _address("admin:organisation_languages") or _address("admin:organisation_language_changelist"),
        ),
        Step(
            _("Protect your own account with a second factor"),
            _("A code from your phone, besides the password.")
            if settings.REQUIRE_SECOND_FACTOR
            else _("It is not compulsory here. CX_REQUIRE_SECOND_FACTOR=1 makes it so for everybody."),
            second_factor,
            _address("mfa_index"),
        ),
        Step(
            _("Give people their roles"),
            _("The CX team keeps surveys and results, managers their units, desks log what they hear."),
            User.objects.filter(is_active=True, roles__role=Role.CX_TEAM).exists(),
            _address("admin:organisation_user_changelist"),
        ),
        Step(
            _("Let messages leave"),
            _("Every message is on hold. Look at what waits, and release it.")
            if on_hold
            else _("Nothing is on hold."),
            not on_hold,
            _address("admin:dispatch_overview"),
        ),
    ]
    return {"steps": steps, "done": sum(step.is_done for step in steps)}


def _unread_languages() -> list[KnownLanguage]:
    read = set(TextReading.objects.values_list("language", flat=True).distinct())
    return [
        LANGUAGES[code] for code in Language.offered() if code != settings.LANGUAGE_CODE and code not in read
    ]


class Coverage(NamedTuple):
    language: KnownLanguage
    ready: int
    missing: int

    @property
    def percent(self) -> int:
        total = self.ready + self.missing
        return round(100 * self.ready / total) if total else 100


def missing_translations(request: StaffRequest) -> dict[str, Any]:
    rows = sorted(_coverage(request), key=lambda row: -row.missing)
    return {"rows": rows, "address": _address("admin:organisation_languages")}


def _coverage(request: StaffRequest) -> list[Coverage]:
    """Names that a visitor would read in another language, for each offered language; counted once per page."""
    if not hasattr(request, "cx_coverage"):
        request.cx_coverage = _count_coverage()  # type: ignore[attr-defined]
    return request.cx_coverage  # type: ignore[attr-defined]


def _count_coverage() -> list[Coverage]:
    offered = Language.offered()
    named = {f"in_{number}": _named_in(code) for number, code in enumerate(offered)}
    counts = [model.objects.aggregate(all=Count("pk"), **named) for model in NAMED]
    total = sum(count["all"] for count in counts)
    ready = [sum(count[f"in_{number}"] for count in counts) for number in range(len(offered))]
    return [
        Coverage(LANGUAGES[code], there, total - there) for code, there in zip(offered, ready, strict=True)
    ]


def _named_in(code: str) -> Count:
    name = build_localized_fieldname("name", code)
    return Count("pk", filter=Q(**{f"{name}__gt": ""}))


class Waiting(NamedTuple):
    """Something that waits for a person, with its number in front."""

    number: int
    title: Text
    hint: Text
    address: str | None
    is_bad: bool = False
    language: KnownLanguage | None = None


def first_things(request: StaffRequest) -> dict[str, Any]:
    unknown = Message.objects.undecided().count()
    worst = max(_coverage(request), key=lambda row: row.missing)
    waiting = [
        Waiting(
            unknown,
            _("Messages without a known outcome"),
            _("They are never sent again by themselves; decide for each."),
            _address("admin:dispatch_unknown"),
            is_bad=True,
        ),
        Waiting(
            int(purge.is_late()),
            _("Personal data is not being wiped"),
            _("The nightly purge has not come to its end for 36 hours. Tell those who run the portal."),
            None,
            is_bad=True,
        ),
        Waiting(
            queue.late_for(request.user).count(),
            _("Feedback past its day"),
            _("Units have not finished it. The backlog says which."),
            _address("queue:backlog"),
            is_bad=True,
        ),
        Waiting(
            worst.missing,
            _("Names missing in"),
            _("Visitors read them in another language until they are written."),
            _address("admin:organisation_languages"),
            language=worst.language,
        ),
        Waiting(
            0 if text_of(Agency.current(), "name").text else 1,
            _("The agency has no name yet"),
            _("It stands on every public page and in every message."),
            _address("admin:organisation_agency_changelist"),
        ),
    ]
    return {"waiting": [thing for thing in waiting if thing.number]}


class BacklogLine(NamedTuple):
    unit: Unit | None
    total: int
    late: int


def feedback_waiting(request: StaffRequest) -> dict[str, Any]:
    """By age, and the units with most that is late; for a unit its own and those below."""
    rows = backlog(request.user)
    units = Unit.objects.in_bulk([row.unit_id for row in rows[:5] if row.unit_id])
    return {
        "all": sum(row.total for row in rows),
        "ages": [
            (_("Under a week"), sum(row.week for row in rows)),
            (_("Under 30 days"), sum(row.month for row in rows)),
            (_("Older"), sum(row.older for row in rows)),
        ],
        "late": sum(row.late for row in rows),
        "units": [BacklogLine(units.get(row.unit_id), row.total, row.late) for row in rows[:5]],
        "address": _address("queue:queue"),
    }


def waits_for_manager(request: StaffRequest) -> dict[str, Any]:
    address = _address("queue:queue")
    rows = [
        (queue.late_for(request.user).count(), queue.SHOWS["late"], "late", True),
        (queue.waiting_for(request.user).count(), queue.SHOWS["waiting"], "waiting", False),
        (queue.to_approve(request.user).count(), queue.SHOWS["approve"], "approve", False),
        (queue.to_release(request.user).count(), queue.SHOWS["release"], "release", False),
    ]
    return {
        "waiting": [
            Waiting(number, words, "", f"{address}?show={show}", is_bad)
            for number, words, show, is_bad in rows
            if number
        ]
    }


def my_units(request: StaffRequest) -> dict[str, Any]:
    units = list(Unit.objects.for_user(request.user).active().with_tree_fields()[:13])
    return {
        "units": units[:12],
        "has_more": len(units) > 12,
        "address": _address("admin:organisation_unit_changelist"),
    }


def people(request: StaffRequest) -> dict[str, Any]:
    counts = User.objects.filter(is_active=True).aggregate(
        all=Count("pk", distinct=True),
        with_second_factor=Count("pk", filter=Q(authenticator__type="totp"), distinct=True),
        without_role=Count("pk", filter=Q(roles__isnull=True, is_superuser=False), distinct=True),
    )
    return counts | {"address": _address("admin:organisation_user_changelist")}


def _address(url_name: str) -> str | None:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return None


class WaveUnderWay(NamedTuple):
    wave: Wave
    title: str
    day: int
    days: int | None
    percent: int | None


def waves_under_way(request: StaffRequest) -> dict[str, Any]:
    rows = Wave.objects.for_user(request.user).filter(state=Wave.State.OPEN).defer("version__content")
    shown = waves_with_figures(rows.select_related("survey", "version")).order_by("-opens_at")[:6]
    return {
        "waves": [WaveUnderWay(wave, str(wave), *_day_of(wave), response_percent(wave)) for wave in shown],
        "address": _address("admin:surveys_wave_changelist"),
    }


def _day_of(wave: Wave) -> tuple[int, int | None]:
    """Which day of how many; without an end, only the day."""
    first = localtime(wave.opens_at).date()
    day = (localtime().date() - first).days + 1
    return day, (localtime(wave.closes_at).date() - first).days + 1 if wave.closes_at else None


class ActionLine(NamedTuple):
    action: Action
    days_late: int


def my_actions(request: StaffRequest) -> dict[str, Any]:
    """One's own, by day, so that what is late stands first."""
    return _actions(Action.objects.for_user(request.user).of(request.user).open())


def overdue_actions(request: StaffRequest) -> dict[str, Any]:
    return _actions(Action.objects.for_user(request.user).overdue())


def _actions(actions: QuerySet) -> dict[str, Any]:
    by_day = actions.order_by(F("due_on").asc(nulls_last=True), "pk").select_related(
        "status", "unit", "owner"
    )
    return {
        "actions": [ActionLine(action, action.days_late()) for action in by_day[:ACTIONS_SHOWN]],
        "address": _address("actions:board"),
    }


MAILINGS_SHOWN = 4
LOOKS = {
    Mailing.State.SCHEDULED: "is-wait",
    Mailing.State.SENDING: "is-open",
    Mailing.State.STOPPED: "is-bad",
    Mailing.State.DONE: "is-done",
}


class MailingLine(NamedTuple):
    mailing: Mailing
    look: str


def latest_mailings(request: StaffRequest) -> dict[str, Any]:
    rows = Mailing.objects.for_user(request.user).annotate(invited=Count("invitations")).order_by("-pk")
    return {
        "mailings": [
            MailingLine(row, LOOKS.get(Mailing.State(row.state), "")) for row in rows[:MAILINGS_SHOWN]
        ],
        "address": _address("admin:panels_mailing_changelist"),
    }


# ---------- boxes ----------
PUBLISHED_SHOWN = 6


def published_results(request: StaffRequest) -> dict[str, Any]:
    """The latest publication of each wave in reach, the newest first."""
    current = Publication.objects.for_user(request.user).current().select_related("wave")
    return {
        "publications": current.defer("content", "comments", "counted").order_by("-as_of")[:PUBLISHED_SHOWN]
    }


FIRST_THINGS = Box(
    "first",
    _("First things first"),
    "s12",
    "portal/boxes/first_things.html",
    first_things,
)
WAVES = Box(
    "waves",
    _("Waves under way"),
    "s8",
    "portal/boxes/waves.html",
    waves_under_way,
    nothing_yet=_("No waves yet. When a survey is open, its answers are counted here."),
)
COMMENTS = Box(
    "comments",
    _("Comments waiting"),
    "s4",
    "portal/boxes/feedback.html",
    feedback_waiting,
    nothing_yet=_("No comments yet. Those nobody has looked at are counted here by age."),
)
OVERDUE = Box(
    "overdue",
    _("Actions overdue"),
    template="portal/boxes/actions.html",
    context=overdue_actions,
    nothing_yet=_("No actions yet. Those past their day are listed here, the oldest first."),
)
TRANSLATIONS = Box(
    "translations",
    _("Translations missing"),
    template="portal/boxes/translations.html",
    context=missing_translations,
)
MAILINGS = Box(
    "mailings",
    _("Mailings"),
    "s12",
    "portal/boxes/mailings.html",
    latest_mailings,
    nothing_yet=_("No mailings yet. What is being sent, and what did not arrive, is shown here."),
)
MY_ACTIONS = Box(
    "my-actions",
    _("My actions"),
    "s8",
    "portal/boxes/actions.html",
    my_actions,
    nothing_yet=_("No actions yet. Yours are listed here, overdue ones first."),
)
WAITS_FOR_YOU = Box(
    "waits",
    _("Waits for you"),
    "s4",
    "portal/boxes/waits_for_you.html",
    waits_for_manager,
    nothing_yet=_("Nothing waits. Comments to answer and texts to approve are counted here."),
)
RATED = Box(
    "rated",
    _("How my unit is rated"),
    "s8",
    "portal/boxes/published.html",
    published_results,
    nothing_yet=_(
        "No results yet. After the first wave each topic stands here with its mean, margin and change."
    ),
)
MY_UNITS = Box("units", _("My unit and its desks"), "s4", "portal/boxes/my_units.html", my_units)
OBSERVATION = Box(
    "observation",
    _("New observation"),
    "s12",
    "portal/boxes/observation.html",
)
OWN_QUEUE = Box(
    "queue",
    _("Feedback for my unit"),
    "s8",
    "portal/boxes/feedback.html",
    feedback_waiting,
    nothing_yet=_("No feedback yet. What people wrote about your unit waits here for an answer."),
)
PUBLISHED = Box(
    "published",
    _("Published results"),
    "s12",
    "portal/boxes/published.html",
    published_results,
    nothing_yet=_("No results have been published yet. Each publication stands here with its date."),
)
SET_UP = Box("set-up", _("Set up the portal"), "s8", "portal/boxes/set_up.html", set_up_steps)
PEOPLE = Box("people", _("People who can sign in"), "s4", "portal/boxes/people.html", people)

BOXES: dict[Role, list[Box]] = {
    Role.CX_TEAM: [FIRST_THINGS, WAVES, COMMENTS, OVERDUE, TRANSLATIONS, MAILINGS],
    Role.MANAGER: [MY_ACTIONS, WAITS_FOR_YOU, RATED, MY_UNITS],
    Role.STAFF: [OBSERVATION, OWN_QUEUE, MY_UNITS],
    Role.VIEWER: [PUBLISHED],
    Role.ADMINISTRATOR: [SET_UP, PEOPLE],
}
TITLES: dict[Role, Text] = {
    Role.CX_TEAM: _("Today"),
    Role.MANAGER: _("My work"),
    Role.STAFF: _("My desk"),
    Role.VIEWER: _("Results"),
    Role.ADMINISTRATOR: _("The portal"),
}


class ShownBox(NamedTuple):
    box: Box
    content: dict[str, Any]


def page_for(request: StaffRequest) -> dict[str, Any]:
    roles = roles_of(request.user)
    boxes = dict.fromkeys(box for role in roles for box in BOXES[role])
    return {
        "title": TITLES[roles[0]],
        # Translators: day of the week, day, month and year, in the letters of Django's date formats
        "today": date_format(localtime(), pgettext("date", "l j F Y")),
        "boxes": [ShownBox(box, box.context(request) if box.context else {}) for box in boxes],
        "demo": filling.progress() if settings.DEMO else None,
    }
