"""How often anybody may be asked, and who is asked soon after a contact."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.dates import WEEKDAYS
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cxportal.organisation.admin_base import ScopedAdmin, StaffRequest
from cxportal.organisation.models import Role
from panels import triggers
from panels.models import ContactRule, Trigger, TriggerContact
from surveys.models import Collector, Wave

CX_TEAM = (Role.CX_TEAM,)


class ContactRuleForm(forms.ModelForm):
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days on which messages go out"),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = ContactRule
        fields = ["most_requests", "within_days", "most_reminders", "quiet_from", "quiet_until", "weekdays"]
        widgets = {
            name: forms.TimeInput(format="%H:%M", attrs={"type": "time"})
            for name in ("quiet_from", "quiet_until")
        }


@admin.register(ContactRule)
class ContactRuleAdmin(ScopedAdmin):
    description = gettext_lazy(
        "One rule for all surveys: how often anybody may be asked, and at which hours."
    )
    icon = "clock"
    roles_view = roles_change = CX_TEAM
    form = ContactRuleForm

    def changelist_view(self, request, extra_context=None):
        if self.has_view_permission(request):
            ContactRule.objects.get_or_create(pk=1)
        return HttpResponseRedirect(reverse("admin:panels_contactrule_change", args=[1]))


class TriggerForm(forms.ModelForm):
    class Meta:
        model = Trigger
        fields = [
            "name",
            "code",
            "collector",
            "within_hours",
            "delay_minutes",
            "share_percent",
            "cooldown_days",
            "is_active",
        ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "collector" in self.fields:
            field: Any = self.fields["collector"]
            field.queryset = field.queryset.filter(kind=Collector.Kind.TICKETS).exclude(
                wave__state=Wave.State.CLOSED
            )
            field.help_text = _("A way in of the kind “Personal links of a mailing”.")


@admin.register(Trigger)
class TriggerAdmin(ScopedAdmin):
    description = gettext_lazy(
        "People are asked soon after a visit or a call. Contacts come from a system of the agency, or as a file."
    )
    empty_text = gettext_lazy("With a wave that has personal links, people can be asked after each contact.")
    icon = "send"
    roles_view = roles_add = roles_change = roles_delete = CX_TEAM
    form = TriggerForm
    change_form_template = "admin/panels/trigger/change_form.html"
    list_display = ["trigger_shown", "is_active", "asked_shown", "left_out_shown"]
    numeric = ("asked_shown", "left_out_shown")
    list_filter = ["is_active"]
    list_select_related = ["collector__wave"]
    search_fields = ["name", "code"]
    actions = None

    def get_queryset(self, request):
        states = TriggerContact.State
        return (
            super()
            .get_queryset(request)
            .annotate(
                asked=Count("contacts", filter=Q(contacts__state=states.QUEUED)),
                left_out=Count("contacts", filter=Q(contacts__state=states.LEFT_OUT)),
            )
        )

    def has_delete_permission(self, request, obj=None):
        """What has asked somebody is switched off, so that the rest between two questions is kept."""
        used = obj is not None and (obj.batch_id or obj.contacts.exists())
        return not used and super().has_delete_permission(request, obj)

    @admin.display(description=gettext_lazy("trigger"), ordering="name")
    def trigger_shown(self, trigger) -> str:
        return format_html("{}<small>{}</small>", trigger.name, trigger.collector.wave.name)

    @admin.display(description=gettext_lazy("asked"))
    def asked_shown(self, trigger) -> str:
        return number_format(trigger.asked, force_grouping=True)

    @admin.display(description=gettext_lazy("not asked"))
    def left_out_shown(self, trigger) -> str:
        return number_format(trigger.left_out, force_grouping=True)

    def get_urls(self):
        own = path(
            "<int:trigger_id>/key/", self.admin_site.admin_view(self.key_view), name="panels_trigger_key"
        )
        return [own, *super().get_urls()]

    def key_view(self, request: StaffRequest, trigger_id: int) -> HttpResponse:
        """A new key, shown this one time."""
        trigger = self.get_queryset(request).filter(pk=trigger_id).first()
        if trigger is None or not self.has_change_permission(request, trigger):
            raise Http404
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:panels_trigger_change", args=[trigger.pk]))
        key = triggers.new_key(trigger=trigger)
        self.log_change(request, trigger, "key")
        request.current_app = self.admin_site.name
        context = {
            "opts": self.opts,
            "original": trigger,
            "title": _("New key for: %(name)s") % {"name": trigger.name},
            "key": key,
            "address": request.build_absolute_uri(reverse("panel_contacts", args=[trigger.code])),
        }
        return TemplateResponse(
            request, "admin/panels/trigger/key.html", self.admin_site.each_context(request) | context
        )
