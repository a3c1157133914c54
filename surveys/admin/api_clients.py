"""Keys by which other systems read results: made here, shown once."""

from django.contrib import admin, messages
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cxportal.keys.api_keys import new_key
from cxportal.organisation.admin_base import ScopedAdmin
from cxportal.organisation.models import Role
from surveys.models import ApiClient

CX_TEAM = (Role.CX_TEAM,)


@admin.register(ApiClient)
class ApiClientAdmin(ScopedAdmin):
    description = _("Other systems that read published results. Each has a key of its own, shown once.")
    icon = "pc"
    roles_view = roles_add = roles_change = roles_delete = CX_TEAM
    list_display = ["name", "unit", "reads_actions", "is_active", "last_used_on"]
    list_select_related = ["unit"]
    search_fields = ["name"]
    autocomplete_fields = ["unit"]
    actions = ["new_key"]
    fieldsets = ((None, {"fields": ["name", "unit", "is_active"]}),)

    def save_model(self, request, obj, form, change):
        made = None if change else new_key()
        if made:
            obj.key_hash = made.hash
        super().save_model(request, obj, form, change)
        if made:
            self.show_key(request, obj, made.key)

    @admin.action(description=_("Give a new key; the old one stops working"), permissions=["change"])
    def new_key(self, request, queryset):
        for client in queryset:
            made = new_key()
            client.key_hash = made.hash
            client.save()
            self.show_key(request, client, made.key)

    def show_key(self, request, client: ApiClient, key: str) -> None:
        words = gettext("The key of %(name)s, shown only now:") % {"name": client.name}
        self.message_user(request, format_html("{} <code>{}</code>", words, key), messages.WARNING)
