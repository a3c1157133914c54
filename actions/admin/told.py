"""What the public is told: written in every language, released by the CX team."""

from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from actions import telling_back, telling_people
from actions.models import ToldBack
from cxportal.organisation.admin_base import TranslatedAdmin, name_in_every_language
from cxportal.organisation.models import Role

CX_TEAM = (Role.CX_TEAM,)


@admin.register(ToldBack)
class ToldBackAdmin(TranslatedAdmin):
    description = gettext_lazy(
        "“You said, we did”: what everybody reads of an action. Nothing is public before the CX team releases it."
    )
    icon = "eye"
    empty_text = gettext_lazy("Nothing has been told back yet.")
    roles_view = (Role.CX_TEAM, Role.MANAGER)
    roles_add = roles_change = CX_TEAM
    unit_path = "action__unit"
    list_display = ["title", "action", "state", "released_at", "voices", "page"]
    numeric = ("voices",)
    list_filter = ["state"]
    list_select_related = ["action"]
    search_fields = [*name_in_every_language("title"), "action__title"]
    autocomplete_fields = ["action"]
    readonly_fields = ["state", "released_at", "voices", "people"]
    fields = ["action", "title", "heard", "did", "cannot", ("state", "released_at", "voices"), "people"]
    actions = ["release", "withdraw"]

    def get_readonly_fields(self, request, obj=None):
        fixed = ["action"] if obj else []
        return [*super().get_readonly_fields(request, obj), *fixed]

    def get_actions(self, request):
        return super().get_actions(request) if request.user.scope.is_cx_team else {}

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        is_public = obj is not None and obj.state == ToldBack.State.RELEASED
        context["may_release"] = request.user.scope.is_cx_team and not is_public
        context["public_page"] = reverse("did_one", args=[obj.pk]) if is_public and obj else ""
        return super().render_change_form(request, context, add, change, form_url, obj)

    def response_add(self, request, obj, post_url_continue=None):
        return self._released(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        return self._released(request, obj) or super().response_change(request, obj)

    def _released(self, request, told) -> HttpResponseRedirect | None:
        if "_release" not in request.POST:
            return None
        try:
            telling_back.release(told_back=told, by=request.user)
        except telling_back.NotReady as fault:
            messages.error(request, str(fault))
        else:
            messages.success(request, _("Made public: %(count)d.") % {"count": 1})
        return HttpResponseRedirect(reverse("admin:actions_toldback_change", args=[told.pk]))

    @admin.display(description=gettext_lazy("page"))
    def page(self, told) -> str:
        if told.state != ToldBack.State.RELEASED:
            return ""
        return format_html('<a href="{}">{}</a>', reverse("did_one", args=[told.pk]), _("Read it"))

    @admin.display(description=gettext_lazy("people told"))
    def people(self, told) -> str:
        if told.people_told_at is None:
            return _("not yet")
        day = date_format(localtime(told.people_told_at), "SHORT_DATETIME_FORMAT")
        if not (number := telling_people.writers_not_told(told)):
            return day
        missing = ngettext(
            "%(count)d person was not told: no message can go to the number or address",
            "%(count)d people were not told: no message can go to the number or address",
            number,
        )
        return f"{day}; {missing % {'count': number}}"

    @admin.action(description=gettext_lazy("Release: everybody may read it"))
    def release(self, request, queryset):
        released = 0
        for told in queryset:
            try:
                telling_back.release(told_back=told, by=request.user)
                released += 1
            except telling_back.NotReady as fault:
                messages.error(request, f"{told.title}: {fault}")
        if released:
            messages.success(request, _("Made public: %(count)d.") % {"count": released})

    @admin.action(description=gettext_lazy("Take back from the public"))
    def withdraw(self, request, queryset):
        for told in queryset:
            telling_back.withdraw(told_back=told, by=request.user)
        messages.success(request, _("Taken back: %(count)d.") % {"count": len(queryset)})
