"""The line of actions, which the CX team words and orders, and who may take which step."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from actions.models import Move, Status
from cxportal.organisation.admin_base import ScopedAdmin, TranslatedAdmin, name_in_every_language
from cxportal.organisation.models import Role

CX_TEAM = (Role.CX_TEAM,)


@admin.register(Status)
class StatusAdmin(TranslatedAdmin):
    description = _("The places an action passes, in their order, and how far the work is at each.")
    icon = "flag"
    roles_view = roles_add = roles_change = roles_delete = CX_TEAM
    list_display = ["name", "position", "default_progress", "is_first", "is_done", "ends_here"]
    numeric = ("position", "default_progress")
    search_fields = ["code", *name_in_every_language()]
    fields = [
        "code",
        "name",
        ("position", "default_progress"),
        ("is_first", "is_done", "ends_here"),
        "needs_reason",
    ]


@admin.register(Move)
class MoveAdmin(ScopedAdmin):
    description = _(
        "Who may take an action from one place of the line to another. What is not here is not allowed."
    )
    icon = "next"
    roles_view = roles_add = roles_change = roles_delete = CX_TEAM
    list_display = ["before", "after", "who"]
    list_display_links = ["before", "after"]
    list_filter = ["who", "before", "after"]
    list_select_related = ["before", "after"]
    ordering = ["before__position", "after__position", "who"]
