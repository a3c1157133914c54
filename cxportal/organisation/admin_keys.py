"""Admins of other systems that come with a key: made here, shown once."""

from django.contrib import admin, messages
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cxportal.keys.api_keys import new_key
from cxportal.organisation.admin_base import ScopedAdmin


class KeyGivingAdmin(ScopedAdmin):
    """For models with `name` and `key_hash`."""

    actions = ["new_key"]

    def save_model(self, request, obj, form, change):
        made = None if change else new_key()
        if made:
            obj.key_hash = made.hash
        super().save_model(request, obj, form, change)
        if made:
            self.show_key(request, obj, made.key)

    @admin.action(description=_("Give a new key; the old one stops working"), permissions=["change"])
    def new_key(self, request, queryset):
        for system in queryset:
            made = new_key()
            system.key_hash = made.hash
            system.save()
            self.show_key(request, system, made.key)

    def show_key(self, request, system, key: str) -> None:
        words = gettext("The key of %(name)s, shown only now:") % {"name": system.name}
        self.message_user(request, format_html("{} <code>{}</code>", words, key), messages.WARNING)
