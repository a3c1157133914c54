from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cxportal.dispatch.addresses import AddressNotPossible, address_hash, normal_address
from cxportal.dispatch.admin.pages import KEEPERS
from cxportal.dispatch.models import ChannelOfMessage, GatewayState, Suppression
from cxportal.dispatch.suppression import lift, suppress_hash
from cxportal.organisation.admin_base import ScopedAdmin
from cxportal.organisation.models import Role

LIFTED_BY_STAFF = (Suppression.Reason.HARD_BOUNCE, Suppression.Reason.STAFF)


@admin.register(GatewayState)
class GatewayAdmin(ScopedAdmin):
    """Only the rate is chosen by people; the rest is what the gateway last did."""

    roles_view = KEEPERS
    roles_change = (Role.ADMINISTRATOR,)
    description = _("How fast each gateway may be fed, and whether it answers.")
    empty_text = _("A gateway stands here after its first message.")
    icon = "send"
    list_display = ("channel", "rate_per_minute", "failures", "open_until", "last_error")
    numeric = ("rate_per_minute", "failures")
    fields = ("channel", "rate_per_minute", "failures", "delay_seconds", "open_until", "last_error")
    readonly_fields = ("channel", "failures", "delay_seconds", "open_until", "last_error")
    show_facets = admin.ShowFacets.NEVER


class SuppressionForm(forms.ModelForm):
    """Takes an address and keeps its hash."""

    channel = forms.ChoiceField(label=_("channel"), choices=ChannelOfMessage.choices)
    address = forms.CharField(
        label=_("address"),
        max_length=320,
        help_text=_("It is not stored: only a mark made from it, by which it is recognised."),
    )

    class Meta:
        model = Suppression
        fields = ("scope",)

    def clean(self):
        values = super().clean()
        if {"address", "channel"} <= values.keys():
            try:
                normal = normal_address(values["address"], values["channel"])
            except AddressNotPossible as refusal:
                raise ValidationError(
                    {"address": _("No message can be sent to such an address.")}
                ) from refusal
            self.instance.address_hash = address_hash(normal, values["channel"])
            self.instance.reason = Suppression.Reason.STAFF
        return values


@admin.register(Suppression)
class SuppressionAdmin(ScopedAdmin):
    """What people asked for is not undone by staff: only a dead address and a decision of staff can be lifted."""

    roles_view = roles_add = roles_delete = KEEPERS
    actions = None
    description = _(
        "Addresses that get no messages. They are recognised by a mark; nobody can read them here."
    )
    empty_text = _("Nobody has unsubscribed, and no address has turned out to be dead.")
    icon = "stop"
    list_display = ("since", "reason", "scope")
    list_filter = ("reason",)
    search_fields = ("address_hash",)
    search_help_text = _("The whole address.")
    ordering = ("-since",)
    readonly_fields = ("reason", "since")
    show_facets = admin.ShowFacets.NEVER

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, **kwargs | ({} if obj else {"form": SuppressionForm}))

    def get_fieldsets(self, request, obj=None):
        fields = ("scope", "reason", "since") if obj else ("channel", "address", "scope")
        return [(None, {"fields": fields})]

    def get_search_results(self, request, queryset, search_term):
        hashes = []
        for channel in ChannelOfMessage:
            try:
                hashes.append(address_hash(normal_address(search_term.strip(), channel), channel))
            except AddressNotPossible:
                continue
        return (queryset.filter(address_hash__in=hashes) if search_term.strip() else queryset), False

    def save_model(self, request: HttpRequest, obj: Suppression, form, change: bool) -> None:
        suppress_hash(address_hash=obj.address_hash, scope=obj.scope, reason=obj.reason)
        obj.pk = Suppression.objects.get(address_hash=obj.address_hash, scope=obj.scope).pk

    def delete_model(self, request: HttpRequest, obj: Suppression) -> None:
        lift(address_hash=obj.address_hash, scope=obj.scope)

    def has_delete_permission(self, request, obj=None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.reason in LIFTED_BY_STAFF)
