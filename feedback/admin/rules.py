"""What the CX team sets for feedback."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from cxportal.organisation.admin_base import ScopedAdmin
from cxportal.organisation.admin_keys import KeyGivingAdmin
from cxportal.organisation.models import Role
from feedback.models import CasePattern, Integration, RetentionRule, RoutingRule, StaffName

CX_TEAM = (Role.CX_TEAM,)
KEEPERS = (Role.CX_TEAM, Role.ADMINISTRATOR)


class SetByCxTeam(ScopedAdmin):
    roles_view = roles_add = roles_change = roles_delete = CX_TEAM


@admin.register(RoutingRule)
class RoutingRuleAdmin(SetByCxTeam):
    description = _(
        "Which unit gets what comes in, and until when. Without a fitting rule it stays where it came in."
    )
    icon = "next"
    list_display = ["name", "goes_to", "due_days", "position", "is_active"]
    numeric = ("due_days", "position")
    list_select_related = ["goes_to"]
    list_filter = ["is_active"]
    search_fields = ["name"]
    autocomplete_fields = ["topic", "service", "unit", "goes_to"]
    fieldsets = (
        (None, {"fields": ["name", ("position", "is_active")]}),
        (_("If all of this fits"), {"fields": [("kind", "channel"), ("topic", "service"), "unit"]}),
        (_("then"), {"fields": [("goes_to", "due_days"), "is_last"]}),
    )


@admin.register(RetentionRule)
class RetentionRuleAdmin(SetByCxTeam):
    description = _(
        "How long feedback is kept. After that only its kind, topics, unit and month still count."
    )
    icon = "clock"
    list_display = ["kind", "days", "contact_days"]
    numeric = ("days", "contact_days")


@admin.register(CasePattern)
class CasePatternAdmin(SetByCxTeam):
    description = _("How case numbers of your agency look. What looks like one is hidden in every text.")
    icon = "shield"
    list_display = ["name", "pattern", "is_active"]
    search_fields = ["name"]


@admin.register(StaffName)
class StaffNameAdmin(SetByCxTeam):
    description = _("Names that are hidden in every text.")
    icon = "shield"
    list_display = ["full_name"]
    search_fields = ["full_name"]


@admin.register(Integration)
class IntegrationAdmin(KeyGivingAdmin):
    description = _("Other systems that hand in feedback. Each has a key of its own, shown once.")
    icon = "pc"
    roles_view = roles_add = roles_change = roles_delete = KEEPERS
    list_display = ["name", "unit", "channel", "is_active", "last_used_on"]
    list_select_related = ["unit"]
    search_fields = ["name"]
    autocomplete_fields = ["unit"]
    fieldsets = ((None, {"fields": ["name", ("unit", "channel"), "is_active"]}),)
