"""The tasks of the staff, grouped, for each role. A room that is built adds its line here."""

from collections.abc import Callable
from typing import NamedTuple

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cxportal.organisation.admin_base import StaffRequest
from cxportal.organisation.models import Role, User
from surveys.models import Wave

CX_TEAM = (Role.CX_TEAM,)
KEEPERS = (Role.CX_TEAM, Role.ADMINISTRATOR)
ADMINISTRATORS = (Role.ADMINISTRATOR,)
DESK = (Role.CX_TEAM, Role.ADMINISTRATOR, Role.MANAGER, Role.STAFF)
WRITERS = (Role.CX_TEAM, Role.MANAGER, Role.STAFF)


class Count(NamedTuple):
    """What waits behind an entry: a number and the word that a screen reader says after it."""

    number: int
    word: Promise | str
    is_bad: bool = False


class Entry(NamedTuple):
    label: Promise | str
    icon: str
    url_name: str
    roles: tuple[str, ...]
    waiting: Callable[[StaffRequest], Count | None] | None = None


class ShownEntry(NamedTuple):
    label: Promise | str
    icon: str
    address: str
    is_current: bool
    waiting: Count | None


class Group(NamedTuple):
    label: Promise | str
    entries: list[ShownEntry]


def open_waves(request: StaffRequest) -> Count | None:
    number = Wave.objects.for_user(request.user).filter(state=Wave.State.OPEN).count()
    return Count(number, _("under way")) if number else None


GROUPS: list[tuple[Promise | str, list[Entry]]] = [
    (
        _("Surveys and waves"),
        [
            Entry(_("Surveys"), "form", "admin:surveys_survey_changelist", (*CX_TEAM, Role.MANAGER)),
            Entry(_("Ready-made surveys"), "plus", "blueprints:gallery", CX_TEAM),
            Entry(_("All questions"), "search", "admin:surveys_question_changelist", CX_TEAM),
            Entry(_("Indicators"), "chart", "admin:surveys_indicator_changelist", (*CX_TEAM, Role.MANAGER)),
            Entry(_("Own scales"), "scale", "admin:surveys_ownscale_changelist", CX_TEAM),
            Entry(_("Waves"), "wave", "admin:surveys_wave_changelist", (*CX_TEAM, Role.MANAGER), open_waves),
            Entry(_("Typing in answers"), "form", "paper:batches", (*CX_TEAM, Role.MANAGER, Role.STAFF)),
        ],
    ),
    (
        _("Panels"),
        [
            Entry(_("Panels"), "people", "admin:panels_panel_changelist", (*CX_TEAM, Role.MANAGER)),
            Entry(_("Members"), "search", "admin:panels_member_changelist", (*CX_TEAM, Role.MANAGER)),
            Entry(_("Mailings"), "send", "admin:panels_mailing_changelist", CX_TEAM),
            Entry(_("Asked after a contact"), "clock", "admin:panels_trigger_changelist", CX_TEAM),
            Entry(_("Contact rule"), "flag", "admin:panels_contactrule_changelist", CX_TEAM),
        ],
    ),
    (
        _("Feedback"),
        [
            Entry(_("Feedback queue"), "chat", "queue:queue", (*CX_TEAM, Role.MANAGER, Role.STAFF)),
            Entry(_("Backlog"), "clock", "queue:backlog", (*CX_TEAM, Role.MANAGER, Role.STAFF)),
            Entry(_("New observation"), "plus", "desk:observe", WRITERS),
            Entry(_("Take down a voice"), "talk", "desk:take_down", WRITERS),
            Entry(_("Topics side by side"), "tag", "desk:topics", WRITERS),
            Entry(
                _("All feedback"),
                "talk",
                "admin:feedback_item_changelist",
                (*CX_TEAM, Role.MANAGER, Role.STAFF),
            ),
            Entry(_("Routing rules"), "next", "admin:feedback_routingrule_changelist", CX_TEAM),
            Entry(_("Patterns of case numbers"), "shield", "admin:feedback_casepattern_changelist", CX_TEAM),
            Entry(_("Names of staff to mask"), "shield", "admin:feedback_staffname_changelist", CX_TEAM),
            Entry(_("Retention rules"), "clock", "admin:feedback_retentionrule_changelist", CX_TEAM),
            Entry(_("Systems that send feedback"), "pc", "admin:feedback_integration_changelist", KEEPERS),
        ],
    ),
    (
        _("Actions"),
        [
            Entry(
                _("Action board"),
                "flag",
                "actions:board",
                (*CX_TEAM, Role.MANAGER, Role.STAFF),
            ),
            Entry(
                _("All actions"),
                "search",
                "admin:actions_action_changelist",
                (*CX_TEAM, Role.MANAGER, Role.STAFF),
            ),
            Entry(_("Annual plans"), "plan", "actions:plans", (*CX_TEAM, Role.MANAGER, Role.STAFF)),
            Entry(
                _("You said, we did"), "eye", "admin:actions_toldback_changelist", (*CX_TEAM, Role.MANAGER)
            ),
            Entry(_("Statuses of actions"), "next", "admin:actions_status_changelist", CX_TEAM),
            Entry(_("Allowed moves"), "shield", "admin:actions_move_changelist", CX_TEAM),
        ],
    ),
    (
        _("Results"),
        [
            Entry(
                _("Results"),
                "chart",
                "results:waves",
                (*CX_TEAM, Role.MANAGER, Role.VIEWER),
            ),
            Entry(
                _("Publications"),
                "chart",
                "admin:surveys_publication_changelist",
                (*CX_TEAM, Role.MANAGER, Role.VIEWER),
            ),
            Entry(_("Files"), "report", "admin:surveys_export_changelist", CX_TEAM),
            Entry(_("Systems that read results"), "pc", "admin:surveys_apiclient_changelist", CX_TEAM),
        ],
    ),
    (
        _("Organisation"),
        [
            Entry(_("Units and desks"), "tree", "admin:organisation_unit_changelist", DESK),
            Entry(_("Services"), "flag", "admin:organisation_service_changelist", DESK),
            Entry(_("Stages"), "plan", "admin:organisation_stage_changelist", KEEPERS),
            Entry(_("Topics"), "tag", "admin:organisation_topic_changelist", DESK),
            Entry(
                _("Unit figures"),
                "chart",
                "admin:organisation_unitfigure_changelist",
                (*CX_TEAM, Role.MANAGER),
            ),
            Entry(_("What is counted"), "report", "admin:organisation_figure_changelist", KEEPERS),
            Entry(_("Languages"), "globe", "admin:organisation_language_changelist", KEEPERS),
            Entry(_("Texts and translations"), "form", "admin:organisation_languages", CX_TEAM),
            Entry(_("Public pages"), "eye", "admin:portal_publicpage_changelist", KEEPERS),
        ],
    ),
    (
        _("System"),
        [
            Entry(_("Agency"), "sign", "admin:organisation_agency_changelist", KEEPERS),
            Entry(_("People and roles"), "people", "admin:organisation_user_changelist", ADMINISTRATORS),
            Entry(_("Messages"), "mail", "admin:dispatch_overview", KEEPERS),
            Entry(_("Messages to decide on"), "late", "admin:dispatch_unknown", KEEPERS),
            Entry(_("Local outbox"), "send", "admin:dispatch_outbox", KEEPERS),
            Entry(_("Message texts"), "chat", "admin:dispatch_preview", KEEPERS),
            Entry(_("Who did what"), "clock", "admin:auditlog_logentry_changelist", ADMINISTRATORS),
        ],
    ),
]


def groups_for(request: StaffRequest) -> list[Group]:
    """Groups with the entries this person may use; groups without any are left out."""
    scope = request.user.scope
    shown = [
        (
            label,
            [
                (entry, address)
                for entry in entries
                if scope.has_any(entry.roles) and (address := _address(entry))
            ],
        )
        for label, entries in GROUPS
    ]
    current = _nearest(request.path, [address for _label, entries in shown for _entry, address in entries])
    return [
        Group(label, [_shown(request, entry, address, current) for entry, address in entries])
        for label, entries in shown
        if entries
    ]


def _shown(request: StaffRequest, entry: Entry, address: str, current: str | None) -> ShownEntry:
    waiting = entry.waiting(request) if entry.waiting else None
    return ShownEntry(entry.label, entry.icon, address, address == current, waiting)


def _address(entry: Entry) -> str | None:
    try:
        return reverse(entry.url_name)
    except NoReverseMatch:
        return None


def _nearest(path: str, addresses: list[str]) -> str | None:
    """The entry whose page this is, or under whose page this one stands."""
    return max((address for address in addresses if path.startswith(address)), key=len, default=None)


ROLE_ORDER = (Role.CX_TEAM, Role.MANAGER, Role.STAFF, Role.VIEWER, Role.ADMINISTRATOR)


def roles_of(user: User) -> list[Role]:
    return [role for role in ROLE_ORDER if role in user.scope.roles]


def role_name(user: User) -> str:
    return ", ".join(str(role.label) for role in roles_of(user))
