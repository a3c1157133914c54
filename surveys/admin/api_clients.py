"""Keys by which other systems read results."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from cxportal.organisation.admin_keys import KeyGivingAdmin
from cxportal.organisation.models import Role
from surveys.models import ApiClient

CX_TEAM = (Role.CX_TEAM,)


@admin.register(ApiClient)
class ApiClientAdmin(KeyGivingAdmin):
    description = _("Other systems that read published results. Each has a key of its own, shown once.")
    icon = "pc"
    roles_view = roles_add = roles_change = roles_delete = CX_TEAM
    list_display = ["name", "unit", "reads_actions", "is_active", "last_used_on"]
    list_select_related = ["unit"]
    search_fields = ["name"]
    autocomplete_fields = ["unit"]
    fieldsets = ((None, {"fields": ["name", "unit", "is_active"]}),)
