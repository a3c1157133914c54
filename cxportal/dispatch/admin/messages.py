from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cxportal.dispatch.addresses import AddressNotPossible, address_hash, masked, normal_address
from cxportal.dispatch.admin import outbox, overview, texts, unknown
from cxportal.dispatch.admin.pages import KEEPERS, staff_path
from cxportal.dispatch.models import Batch, ChannelOfMessage, Message
from cxportal.dispatch.templatetags.dispatch import look
from cxportal.organisation.admin_base import ScopedAdmin

MAILINGS_TO_CHOOSE = 20


class MailingFilter(admin.SimpleListFilter):
    """The newest mailings: hundreds would make the list of filters longer than the list."""

    title = _("mailing")
    parameter_name = "mailing"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        chosen = Q(pk=self.value()) if (self.value() or "").isdecimal() else Q(pk=None)
        newest = Batch.objects.order_by("-pk").values("pk")[:MAILINGS_TO_CHOOSE]
        batches = Batch.objects.filter(Q(pk__in=list(newest.values_list("pk", flat=True))) | chosen)
        return [(str(batch.pk), batch.name) for batch in batches]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        chosen = self.value() or ""
        return queryset.filter(batch=int(chosen)) if chosen.isdecimal() else queryset


class MessageList(ChangeList):
    """What was counted as none is not looked for: a database may read a million rows to find that out again."""

    def get_results(self, request) -> None:
        super().get_results(request)
        if not self.result_count:
            self.result_list = self.queryset.none()


@admin.register(Message)
class MessageAdmin(ScopedAdmin):
    """History: what was decided by gateways and people is read here, never edited."""

    roles_view = KEEPERS
    description = _(
        "One line for each message to a person. Addresses are shown in part, contents not at all."
    )
    empty_text = _("No message has been queued yet.")
    icon = "mail"
    list_display = ("cause_shown", "state_shown", "address_shown", "batch", "moment")
    list_select_related = ("batch",)
    list_filter = ("state", "channel", "reason", MailingFilter)
    search_fields = ("cause",)
    search_help_text = _("The whole cause, Message-ID or address.")
    ordering = ("-pk",)
    show_facets = admin.ShowFacets.NEVER  # counting a million rows for each filter takes seconds
    show_full_result_count = False

    fieldsets = (
        (None, {"fields": (("cause", "purpose"), ("state_shown", "reason", "reason_text"))}),
        (
            _("To whom"),
            {
                "fields": (
                    ("address_shown", "channel", "language"),
                    ("batch", "template", "unsubscribe_scope"),
                )
            },
        ),
        (
            _("On its way"),
            {
                "fields": (
                    ("created_at", "due_at", "fenced_at", "final_at"),
                    ("tries", "soft_bounces", "is_possible_double", "policy"),
                    ("decided_at", "decided_by_shown"),
                    "message_id",
                )
            },
        ),
    )
    readonly_fields = ("address_shown", "state_shown", "decided_by_shown")

    def get_changelist(self, request, **kwargs):
        return MessageList

    def get_urls(self):
        return [
            staff_path("overview/", overview.overview, "dispatch_overview"),
            staff_path("overview/hold/", overview.hold_everything, "dispatch_hold"),
            staff_path("overview/release/", overview.release_everything, "dispatch_release"),
            staff_path("overview/test/", overview.send_test, "dispatch_test"),
            staff_path("unknown/", unknown.unknown, "dispatch_unknown"),
            staff_path("texts/", texts.texts, "dispatch_preview"),
            staff_path("texts/<str:code>/<str:language>/", texts.text, "dispatch_preview_text"),
            staff_path("texts/<str:code>/<str:language>/html/", texts.text_html, "dispatch_preview_html"),
            *self._outbox_urls(),
            *super().get_urls(),
        ]

    def _outbox_urls(self):
        if not outbox.is_in_use():
            return []
        return [
            staff_path("outbox/", outbox.outbox, "dispatch_outbox"),
            staff_path("outbox/<int:pk>/", outbox.outbox_mail, "dispatch_outbox_mail"),
            staff_path("outbox/<int:pk>/html/", outbox.outbox_html, "dispatch_outbox_html"),
        ]

    def get_search_results(self, request, queryset, search_term):
        """Exact: a part of a cause would have to be looked for in every row. An address is looked up by its hash."""
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = Q(cause=term) | Q(message_id=term) | Q(message_id=f"<{term}>")
        for channel in ChannelOfMessage:
            try:
                wanted |= Q(address_hash=address_hash(normal_address(term, channel), channel))
            except AddressNotPossible:
                continue
        return queryset.filter(wanted), False

    @admin.display(description=_("cause"))
    def cause_shown(self, message: Message) -> str:
        return format_html(
            "{}<small>{} · {}</small>", message.cause, message.get_channel_display(), message.language
        )

    @admin.display(description=_("time"))
    def moment(self, message: Message) -> str:
        """When it was finished; before that, when it is due."""
        if message.final_at:
            return date_format(localtime(message.final_at), "SHORT_DATETIME_FORMAT")
        due = date_format(localtime(message.due_at), "SHORT_DATETIME_FORMAT")
        return gettext("due %(time)s") % {"time": due}

    @admin.display(description=_("address"))
    def address_shown(self, message: Message) -> str:
        return masked(message.address)

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, message: Message) -> str:
        state = format_html(
            '<span class="cx-state {}">{}</span>', look(message.state), message.get_state_display()
        )
        reason = message.get_reason_display()
        return format_html("{}<small>{}</small>", state, reason) if reason else state

    @admin.display(description=_("decided by"))
    def decided_by_shown(self, message: Message) -> str:
        return message.decided_by.display_name if message.decided_by else ""
