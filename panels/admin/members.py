"""People of the register: how they can be reached, what they are in, what they agreed to; copy and erasure."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cxportal.organisation.admin_base import NATIVE_DATES, ScopedAdmin, ScopedInline
from cxportal.organisation.models import Role
from panels import subject_requests
from panels.admin.register_forms import MemberForm
from panels.held_page import json_file, sections_of
from panels.models import Member, Membership, Way

CX_TEAM = (Role.CX_TEAM,)
READERS = (Role.CX_TEAM, Role.MANAGER)


class MembershipInline(ScopedInline):
    model = Membership
    roles_view = READERS
    roles_add = roles_change = CX_TEAM
    fields = ["panel", "attributes", "unit", "channel", "joined_on", "opted_out_at", "left_at"]
    readonly_fields = ["joined_on", "opted_out_at"]
    autocomplete_fields = ["panel", "unit"]
    # a narrow box: the row has to fit beside the navigation
    formfield_overrides = {
        **NATIVE_DATES,
        models.JSONField: {"widget": forms.Textarea(attrs={"rows": 2, "cols": 18})},
    }

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("panel", "unit")


@admin.register(Member)
class MemberAdmin(ScopedAdmin):
    description = gettext_lazy("One person stands here once, in however many panels.")
    icon = "people"
    empty_text = gettext_lazy("Nobody yet. People join by the public page or come from a file.")
    roles_view = READERS
    roles_add = roles_change = CX_TEAM
    form = MemberForm
    change_form_template = "admin/panels/member/change_form.html"
    list_display = ["member_shown", "email", "phone", "language", "panels_counted", "state_shown"]
    numeric = ("panels_counted",)
    list_filter = ["language", "mail_state", "memberships__panel"]
    search_fields = ["name", "organisation", "email_folded", "phone"]
    inlines = [MembershipInline]
    actions = None
    show_full_result_count = False

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(panels_in=Count("memberships", distinct=True))

    @admin.display(description=gettext_lazy("person"), ordering="name")
    def member_shown(self, member) -> str:
        return format_html("{}<small>{}</small>", member.name or str(member), member.organisation)

    @admin.display(description=gettext_lazy("panels"), ordering="panels_in")
    def panels_counted(self, member) -> int:
        return member.panels_in

    @admin.display(description=gettext_lazy("state"))
    def state_shown(self, member) -> str:
        if member.opted_out_at:
            return _("wants no messages")
        if member.paused_until:
            return _("pauses")
        return _("address does not work") if "hard" in {member.mail_state, member.sms_state} else ""

    def get_urls(self):
        own = [("held/", self.held_view, "held"), ("erase/", self.erase_view, "erase")]
        pages = [
            path(f"<int:member_id>/{route}", self.admin_site.admin_view(view), name=f"panels_member_{name}")
            for route, view, name in own
        ]
        return pages + super().get_urls()

    def _member(self, request: HttpRequest, member_id: int) -> Member:
        member = self.get_object(request, str(member_id))
        if member is None:
            raise Http404
        if not self.has_change_permission(request, member):
            raise PermissionDenied
        return member

    def held_view(self, request, member_id):
        """For a request of the person: everything, to read or as a file."""
        member = self._member(request, member_id)
        content = subject_requests.held_about(member)
        if "json" in request.GET:
            return json_file(content)
        return self._page(
            request, member, "held", _("What we hold about this person"), sections=sections_of(content)
        )

    def erase_view(self, request, member_id):
        member = self._member(request, member_id)
        if request.method == "POST":
            subject_requests.erase(member=member, way=Way.STAFF)
            messages.success(
                request, _("The person was erased. A keyed hash keeps every file from bringing them back.")
            )
            return HttpResponseRedirect(reverse("admin:panels_member_changelist"))
        return self._page(
            request,
            member,
            "erase",
            _("Erase this person?"),
            has_confidential=subject_requests.has_confidential_answers(member),
        )

    def _page(
        self, request: HttpRequest, member: Member, template: str, title: str, **context: Any
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        context |= {"member": member, "title": title, "opts": self.opts}
        return TemplateResponse(
            request, f"admin/panels/member/{template}.html", self.admin_site.each_context(request) | context
        )
