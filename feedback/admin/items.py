"""All feedback as a list to look through. It is worked on in the queue."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from cxportal.interface import marked
from cxportal.organisation.admin_base import ScopedAdmin
from cxportal.organisation.models import Role
from cxportal.organisation.texts import text_of
from feedback.models import Item
from feedback.shown import name_of, state_of, state_words, text_shown
from feedback.words import with_words

SHOWN_IN_LIST = 140


class OpenFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("open", _("open")), ("late", _("late")), ("closed", _("has an outcome"))]

    def queryset(self, request, queryset):
        chosen = {"open": queryset.open, "late": queryset.late, "closed": queryset.closed}.get(self.value())
        return chosen() if chosen else queryset


@admin.register(Item)
class ItemAdmin(ScopedAdmin):
    description = _("Everything that came in, whichever way. What is hidden in a text stays hidden here.")
    icon = "talk"
    empty_text = _("Nothing has come in yet.")
    roles_view = (Role.CX_TEAM, Role.MANAGER, Role.STAFF)
    list_display = ["received_at", "beginning", "kind", "tone", "unit", "units_shown"]
    list_display_links = ["received_at"]
    list_filter = [OpenFilter, "kind", "tone", "channel", "has_personal_data", "unit", "topics"]
    list_select_related = ["unit"]
    search_fields = ["folded"]
    date_hierarchy = "received_at"
    fieldsets = (
        (None, {"fields": ["whole_text", ("kind", "tone", "channel"), ("received_at", "way_in")]}),
        (_("About"), {"fields": [("unit", "service", "stage"), "topics_shown", "page_address"]}),
        (_("Handled by"), {"fields": ["units_shown", "outcome_shown"]}),
    )

    def get_queryset(self, request):
        return super().get_queryset(request).with_outcome().prefetch_related("assignments__unit", "topics")

    def get_search_results(self, request, queryset, search_term):
        return with_words(queryset, search_term.replace("\0", "")), False

    @admin.display(description=_("text"))
    def beginning(self, item) -> str:
        return text_shown(item, SHOWN_IN_LIST)

    @admin.display(description=_("text"))
    def whole_text(self, item) -> str:
        return text_shown(item)

    @admin.display(description=_("handled by"))
    def units_shown(self, item) -> str:
        return format_html_join(
            "",
            "<div>{} <small>{}</small></div>",
            ((name_of(one), state_of(one)) for one in item.assignments.all()),
        )

    @admin.display(description=_("topics"))
    def topics_shown(self, item) -> str:
        return format_html_join(
            ", ", "{}", ((marked(text_of(topic, "name")),) for topic in item.topics.all())
        )

    @admin.display(description=_("outcome"))
    def outcome_shown(self, item) -> str:
        return state_words(item.derived_outcome)
