"""Mailings under way: how far they are, and hold, release and stop in two clicks."""

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from cxportal.dispatch import mailings
from cxportal.dispatch.admin.overview import waiting_for_a_gateway
from cxportal.dispatch.admin.pages import KEEPERS, StaffRequest, framed, staff_path
from cxportal.dispatch.counts import Counts
from cxportal.dispatch.models import Batch
from cxportal.organisation.admin_base import ScopedAdmin

LOOKS = {Batch.State.RUNNING: "is-open", Batch.State.HELD: "is-wait", Batch.State.STOPPED: "is-bad"}


class MailingList(ChangeList):
    def get_results(self, request) -> None:
        """The messages of the mailings on this page are counted at once."""
        super().get_results(request)
        self.result_list = list(self.result_list)
        counts = Counts.of_batches(batch.pk for batch in self.result_list)
        for batch in self.result_list:
            batch.counts = counts.of_batch(batch.pk)


@admin.register(Batch)
class BatchAdmin(ScopedAdmin):
    roles_view = KEEPERS
    description = gettext_lazy("The messages of one mailing are held, released and stopped together.")
    empty_text = gettext_lazy("When a survey invites people, its mailing stands here.")
    icon = "send"
    list_display = ("name", "shown_state", "waiting", "arrived", "failed", "unknown", "created_at")
    numeric = ("waiting", "arrived", "failed", "unknown")
    list_filter = ("state",)
    search_fields = ("name",)
    ordering = ("-pk",)

    def get_changelist(self, request, **kwargs):
        return MailingList

    def get_urls(self):
        return [
            staff_path("<int:pk>/change/", mailing, "dispatch_batch_change"),
            staff_path("<int:pk>/<slug:verb>/", change_mailing, "dispatch_mailing"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def shown_state(self, batch: Batch) -> str:
        return format_html(
            '<span class="cx-state {}">{}</span>', LOOKS[Batch.State(batch.state)], batch.get_state_display()
        )

    @admin.display(description=gettext_lazy("waiting"))
    def waiting(self, batch: Batch) -> str:
        return self._number(batch, "waiting")

    @admin.display(description=gettext_lazy("accepted"))
    def arrived(self, batch: Batch) -> str:
        return self._number(batch, "arrived")

    @admin.display(description=gettext_lazy("failed"))
    def failed(self, batch: Batch) -> str:
        return self._number(batch, "failed")

    @admin.display(description=gettext_lazy("unknown"))
    def unknown(self, batch: Batch) -> str:
        return self._number(batch, "unknown")

    @staticmethod
    def _number(batch: Batch, name: str) -> str:
        counts: Counts = vars(batch)["counts"]  # put there by the list
        return number_format(getattr(counts, name), force_grouping=True)


@require_safe
def mailing(request: StaffRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(Batch.objects.select_related("changed_by"), pk=pk)
    counts = Counts.of_batches([pk])
    return framed(
        request,
        "dispatch/staff/mailing.html",
        title=batch.name,
        batch=batch,
        counts=counts,
        waiting_for_a_gateway=waiting_for_a_gateway(counts),
        list_address=reverse("admin:dispatch_batch_changelist"),
    )


@require_POST
def change_mailing(request: StaffRequest, pk: int, verb: str) -> HttpResponse:
    batch = get_object_or_404(Batch, pk=pk)
    if verb == "hold":
        _say(request, mailings.hold(batch=batch, by=request.user), _("The mailing is on hold."))
    elif verb == "release":
        _say(request, mailings.release(batch=batch, by=request.user), _("The mailing goes on."))
    elif verb == "stop":
        cancelled = mailings.stop(batch=batch, by=request.user)
        text = ngettext(
            "The mailing is stopped: %(count)d message is not sent.",
            "The mailing is stopped: %(count)d messages are not sent.",
            cancelled,
        )
        messages.success(request, text % {"count": cancelled})
    else:
        raise Http404
    return redirect("admin:dispatch_batch_change", batch.pk)


def _say(request: StaffRequest, is_done: bool, text: str) -> None:
    if is_done:
        messages.success(request, text)
    else:
        messages.warning(
            request, _("Nothing changed: somebody was faster. The state below is the present one.")
        )
