"""Launching a wave by mail or text message, and how it goes."""

import logging
import secrets
from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count as CountRows
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from kombu.exceptions import OperationalError

from cxportal.dispatch import queueing
from cxportal.dispatch.admin.overview import waiting_for_a_gateway
from cxportal.dispatch.counts import Counts
from cxportal.languages import LANGUAGES, KnownLanguage
from cxportal.organisation.admin_base import ScopedAdmin, StaffRequest
from cxportal.organisation.models import Role
from panels import invitation_texts, progress
from panels import mailing as mailings
from panels.admin.mailing_form import LaunchForm, MailingForm
from panels.models import Exclusion, Mailing, Reason
from panels.preview import Preview, preview_of
from panels.tasks import carry_on_mailing
from surveys.breakdowns import ATTRIBUTE

logger = logging.getLogger(__name__)

CX_TEAM = (Role.CX_TEAM,)
LOOKS = {
    Mailing.State.DRAFT: "",
    Mailing.State.SCHEDULED: "is-wait",
    Mailing.State.SENDING: "is-open",
    Mailing.State.STOPPED: "is-bad",
    Mailing.State.DONE: "is-done",
}
LEFT_OUT_SHOWN = 500
STEPS = {"unit": gettext_lazy("Unit"), "language": gettext_lazy("Language")}


class ToItsPage(ChangeList):
    def url_for_result(self, result):
        return address_of(result)


def address_of(mailing: Mailing) -> str:
    page = "change" if mailing.is_draft else "progress"
    return reverse(f"admin:panels_mailing_{page}", args=[mailing.pk])


@admin.register(Mailing)
class MailingAdmin(ScopedAdmin):
    description = gettext_lazy(
        "Who is asked by mail or text message. Nothing is sent before its preview was seen."
    )
    empty_text = gettext_lazy("With a published survey, a wave and a panel, people can be invited.")
    icon = "send"
    roles_view = roles_add = roles_change = roles_delete = CX_TEAM
    list_display = ["mailing_shown", "state_shown", "starts_shown", "invited_shown"]
    numeric = ("invited_shown",)
    list_filter = ["state", "channel", "wave"]
    list_select_related = ["wave"]
    search_fields = ["name", "wave__name"]
    actions = None

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(invited=CountRows("invitations", distinct=True))

    def get_changelist(self, request, **kwargs):
        return ToItsPage

    def has_delete_permission(self, request, obj=None):
        return (obj is None or obj.is_draft) and super().has_delete_permission(request, obj)

    @admin.display(description=gettext_lazy("mailing"), ordering="name")
    def mailing_shown(self, mailing) -> str:
        return format_html("{}<small>{}</small>", mailing.name, mailing.wave.name)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_shown(self, mailing) -> str:
        return state_mark(mailing)

    @admin.display(description=gettext_lazy("goes out"), ordering="starts_at")
    def starts_shown(self, mailing) -> str:
        return _moment(mailing.starts_at) or "–"

    @admin.display(description=gettext_lazy("invited"))
    def invited_shown(self, mailing) -> str:
        return number_format(mailing.invited, force_grouping=True) if mailing.invited else "–"

    # ---------- pages ----------

    def get_urls(self):
        pages = [
            ("change/", self.launch_view, "change"),
            ("progress/", self.progress_view, "progress"),
            ("left-out/", self.left_out_view, "left_out"),
            ("start/", self.start_view, "start"),
            ("test/", self.test_view, "test"),
            ("take-back/", self.take_back_view, "take_back"),
            ("stop/", self.stop_view, "stop"),
        ]
        own = [
            path(
                f"<int:mailing_id>/{address}", self.admin_site.admin_view(view), name=f"panels_mailing_{name}"
            )
            for address, view, name in pages
        ]
        return [
            path("add/", self.admin_site.admin_view(self.new_view), name="panels_mailing_add"),
            *own,
            *super().get_urls(),
        ]

    def _mailing(self, request: StaffRequest, mailing_id: int) -> Mailing:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related(
            "wave__version", "wave__survey", "sample", "collector__wave", "batch", "started_by"
        )
        mailing = rows.filter(pk=mailing_id).first()
        if mailing is None:
            raise Http404
        return mailing

    def _page(self, request: StaffRequest, template: str, title: str, **context: Any) -> TemplateResponse:
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request,
            f"admin/panels/mailing/{template}.html",
            self.admin_site.each_context(request) | {"opts": self.opts, "title": title} | context,
        )

    def new_view(self, request: StaffRequest) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        initial = {"wave": request.GET.get("wave", "")}
        form = MailingForm(request.POST or None, initial=initial, user=request.user)
        if request.method == "POST" and form.is_valid():
            mailing = form.prepare()
            self.log_addition(request, mailing, "made")
            return HttpResponseRedirect(address_of(mailing))
        return self._page(request, "new", _("New mailing"), form=form)

    def launch_view(self, request: StaffRequest, mailing_id: int) -> HttpResponse:
        mailing = self._mailing(request, mailing_id)
        if not mailing.is_draft:
            return HttpResponseRedirect(address_of(mailing))
        form = LaunchForm(request.POST or None, instance=mailing, user=request.user)
        if request.method == "POST" and form.is_valid():
            form.save()
            self.log_change(request, mailing, "prepared")
            return HttpResponseRedirect(address_of(mailing) + "#preview")
        return self._launch_page(request, self._mailing(request, mailing_id), form)

    def _launch_page(
        self,
        request: StaffRequest,
        mailing: Mailing,
        form: LaunchForm | None = None,
        faults: list[str] | None = None,
    ) -> HttpResponse:
        preview = preview_of(mailing)
        return self._page(
            request,
            "launch",
            _("Launch: %(name)s") % {"name": mailing.name},
            mailing=mailing,
            original=mailing,
            has_change_permission=True,
            form=form or LaunchForm(instance=mailing, user=request.user),
            preview=preview,
            faults=faults or [],
            obstacles=mailings.faults_in(preview, seen=preview.seen_hash),
            lost=[(_step(step), number) for step, number in preview.lost],
            order=[_step(step) for step in preview.order],
            asked_again=[_step(name) for name in preview.audience.asked_again],
            examples=_examples(preview),
            shown=_shown(preview),
        )

    def start_view(self, request: StaffRequest, mailing_id: int) -> HttpResponse:
        mailing = self._mailing(request, mailing_id)
        if request.method != "POST":
            return HttpResponseRedirect(address_of(mailing))
        seen = request.POST.get("hash", "") if request.POST.get("seen") else ""
        try:
            mailing = mailings.start(mailing=mailing, seen=seen, by=request.user)
        except mailings.CannotStart as error:
            if not mailing.is_draft:
                messages.warning(request, " ".join(error.faults))
                return HttpResponseRedirect(address_of(mailing))
            return self._launch_page(request, mailing, faults=error.faults)
        transaction.on_commit(lambda: wake(mailing))
        self.log_change(request, mailing, "started")
        messages.success(request, _("The mailing is started."))
        return HttpResponseRedirect(address_of(mailing))

    def test_view(self, request: StaffRequest, mailing_id: int) -> HttpResponse:
        mailing = self._mailing(request, mailing_id)
        if request.method != "POST":
            return HttpResponseRedirect(address_of(mailing))
        if not request.user.email:
            messages.error(request, _("Your account has no e-mail address to send a test to."))
            return HttpResponseRedirect(address_of(mailing))
        number = send_test(mailing, request.user.email)
        messages.success(
            request,
            ngettext(
                "%(number)d test is on its way to you.", "%(number)d tests are on their way to you.", number
            )
            % {"number": number},
        )
        return HttpResponseRedirect(address_of(mailing))

    def take_back_view(self, request: StaffRequest, mailing_id: int) -> HttpResponse:
        mailing = self._mailing(request, mailing_id)
        if request.method == "POST":
            if mailings.take_back(mailing=mailing, by=request.user):
                self.log_change(request, mailing, "taken back")
                messages.success(request, _("Taken back: nobody has been written to."))
            else:
                messages.warning(request, _("Too late to take it back; it can still be stopped."))
        return HttpResponseRedirect(address_of(mailing))

    def stop_view(self, request: StaffRequest, mailing_id: int) -> HttpResponse:
        mailing = self._mailing(request, mailing_id)
        if request.method == "POST":
            cancelled = mailings.stop(mailing=mailing, by=request.user)
            self.log_change(request, mailing, "stopped")
            text = ngettext(
                "Sending is stopped: %(number)d message is not sent.",
                "Sending is stopped: %(number)d messages are not sent.",
                cancelled,
            )
            messages.success(request, text % {"number": cancelled})
        return HttpResponseRedirect(address_of(mailing))

    def progress_view(self, request: StaffRequest, mailing_id: int) -> HttpResponse:
        mailing = self._mailing(request, mailing_id)
        if mailing.is_draft:
            return HttpResponseRedirect(address_of(mailing))
        figures = progress.figures_of(mailing)
        return self._page(
            request,
            "progress",
            mailing.name,
            mailing=mailing,
            original=mailing,
            state_mark=state_mark(mailing),
            starts=_moment(mailing.starts_at),
            figures=figures,
            lines=[LineShown(LANGUAGES.get(line.language), line) for line in figures.lines],
            totals={name: figures.total(name) for name in TOTALS},
            not_asked=_in_words(figures.excluded),
            withdrawn=_in_words(figures.withdrawn_for),
            reminders=_reminders(mailing),
            reminder_messages=figures.reminder_messages,
            days=progress.days_of(mailing) if mailing.frozen_at else [],
            results=progress.results_of(mailing) if mailing.frozen_at else [],
            waiting_for_a_gateway=waiting_for_a_gateway(Counts.of_batches([mailing.batch_id]))
            if mailing.batch_id
            else {},
        )

    def left_out_view(self, request: StaffRequest, mailing_id: int) -> HttpResponse:
        mailing = self._mailing(request, mailing_id)
        if mailing.frozen_at:
            rows = list(
                Exclusion.objects.filter(mailing=mailing).values_list("member", "reason")[:LEFT_OUT_SHOWN]
            )
            total = Exclusion.objects.filter(mailing=mailing).count()
        else:
            left_out = preview_of(mailing).audience.left_out
            rows = [(row.member, row.reason) for row in left_out[:LEFT_OUT_SHOWN]]
            total = len(left_out)
        return self._page(
            request,
            "left_out",
            _("Left out of: %(name)s") % {"name": mailing.name},
            mailing=mailing,
            original=mailing,
            rows=[(member, Reason(reason).label) for member, reason in rows],
            total=total,
        )


TOTALS = ("queued", "accepted", "bounced", "refused", "unknown", "cancelled", "waiting")


class LineShown(NamedTuple):
    language: KnownLanguage | None
    line: progress.Line


class Example(NamedTuple):
    member: int
    language: KnownLanguage
    channel: str
    falls_back: bool


def _examples(preview: Preview) -> list[Example]:
    """Three people, drawn anew each time the page is looked at."""
    invited = preview.audience.invited
    chosen = secrets.SystemRandom().sample(invited, min(3, len(invited)))
    return [
        Example(person.member, LANGUAGES[person.language], person.channel, person.falls_back)
        for person in chosen
    ]


def _shown(preview: Preview) -> list[tuple[KnownLanguage, invitation_texts.Shown]]:
    """The message as it will be read, in every language in use."""
    panel = preview.mailing.panels.first()
    if panel is None:
        return []
    return [
        (
            row.language,
            invitation_texts.shown(
                preview.mailing,
                row.language.code,
                scope=panel.unsubscribe_scope,
                panel_name=mailings.name_of(panel, row.language.code),
            ),
        )
        for row in preview.languages
        if row.has_words
    ]


def wake(mailing: Mailing) -> None:
    """A lost wake-up costs at most the minute until the clock looks."""
    try:
        carry_on_mailing.apply_async(args=[mailing.pk], retry=False)
    except (OperationalError, OSError):
        logger.warning("The queue does not answer; mailing %s begins with the next minute.", mailing.pk)


def send_test(mailing: Mailing, address: str) -> int:
    """The message in every language of the wave, with a link that opens nothing."""
    words = invitation_texts.words_of(mailing)
    codes = [code for code in mailing.wave.languages if code in words] or list(words)
    panel = mailing.panels.first()
    for code in codes:
        data = invitation_texts.data_of(mailing, words[code], code) | {
            "link": invitation_texts.link_with(invitation_texts.NOBODY),
            "panel": mailings.name_of(panel, code) if panel else None,
        }
        queueing.queue(
            cause=f"mailing:{mailing.pk}:test:{secrets.token_hex(8)}",
            purpose="test",
            channel="email",
            address=address,
            template=invitation_texts.TEMPLATE,
            language=code,
            data=data,
        )
    return len(codes)


def state_mark(mailing: Mailing) -> SafeString:
    return format_html(
        '<span class="cx-state {}">{}</span>',
        LOOKS[Mailing.State(mailing.state)],
        mailing.get_state_display(),
    )


def _in_words(reasons: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(
        ((str(progress.IN_WORDS[reason or progress.STOPPED]), number) for reason, number in reasons.items()),
        key=lambda row: -row[1],
    )


def _reminders(mailing: Mailing) -> list[dict[str, Any]]:
    return [
        {
            "number": row.number,
            "due": _moment(row.due_at),
            "is_queued": row.queued_at is not None,
            "reminded": row.reminded,
            "answered": row.answered,
            "left_out": row.left_out,
        }
        for row in mailing.reminders.all()
    ]


def _step(name: str) -> str:
    return str(STEPS.get(name, name.removeprefix(ATTRIBUTE)))


def _moment(moment) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT") if moment else ""
