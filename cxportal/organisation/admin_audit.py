"""The page on which administrators read who did what. Nobody writes there."""

from typing import Any

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cxportal.organisation.admin_base import ScopedAdmin
from cxportal.organisation.audit import IMPORTED
from cxportal.organisation.models import Role

VERBS = {
    LogEntry.Action.CREATE: _("added"),
    LogEntry.Action.UPDATE: _("changed"),
    LogEntry.Action.DELETE: _("deleted"),
}

ROWS_OF_FILE = {
    "new": _("new"),
    "changed": _("changed"),
    "unchanged": _("unchanged"),
    "refused": _("refused"),
}


class VerbFilter(admin.SimpleListFilter):
    title = _("what was done")
    parameter_name = "verb"

    def lookups(self, request, model_admin):
        return list(VERBS.items())

    def queryset(self, request, queryset):
        return queryset.filter(action=self.value()) if self.value() else queryset


class KindFilter(admin.SimpleListFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request, model_admin):
        kinds = ContentType.objects.get_for_models(*auditlog.get_models()).values()
        return sorted(((kind.pk, capfirst(kind.name)) for kind in kinds), key=lambda pair: pair[1])

    def queryset(self, request, queryset):
        return queryset.filter(content_type=self.value()) if self.value() else queryset


@admin.register(LogEntry)
class AuditAdmin(ScopedAdmin):
    description = _(
        "Changes by staff: person, time, object and the names of the fields. What stood in them is not kept."
    )
    icon = "clock"
    empty_text = _("Nobody has changed anything yet.")
    roles_view = (Role.ADMINISTRATOR,)
    list_display = ["time", "person", "verb", "object_shown", "fields_shown"]
    list_select_related = ["actor", "content_type"]
    list_filter = [VerbFilter, KindFilter]
    search_fields = ["object_repr", "=object_pk"]
    show_facets = admin.ShowFacets.NEVER  # the list has no end
    show_full_result_count = False
    date_hierarchy = "timestamp"
    ordering = ["-timestamp", "-pk"]
    fields = ["time", "person", "verb", "object_shown", "fields_shown"]
    readonly_fields = ["time", "person", "verb", "object_shown", "fields_shown"]

    @admin.display(description=_("time"), ordering="timestamp")
    def time(self, entry):
        return date_format(localtime(entry.timestamp), "SHORT_DATETIME_FORMAT")

    @admin.display(description=_("person"), ordering="actor")
    def person(self, entry) -> str:
        return entry.actor.display_name if entry.actor else gettext("the portal itself")

    @admin.display(description=_("what was done"), ordering="action")
    def verb(self, entry) -> str:
        return str(VERBS.get(entry.action, ""))

    @admin.display(description=_("object"), ordering="object_repr")
    def object_shown(self, entry) -> str:
        return format_html("{} <small>{}</small>", entry.object_repr, capfirst(entry.content_type.name))

    @admin.display(description=_("fields"))
    def fields_shown(self, entry) -> str:
        if IMPORTED in (entry.changes or {}):
            numbers = ", ".join(
                f"{label}: {entry.additional_data[name]}"
                for name, label in ROWS_OF_FILE.items()
                if name in (entry.additional_data or {})
            )
            return gettext("rows of a file (%(numbers)s)") % {"numbers": numbers}
        model = entry.content_type.model_class()
        return ", ".join(_label(model, name) for name in sorted(entry.changes or {}))


def _label(model: type[Model] | None, field_name: str) -> str:
    """The name of a field as the forms show it; of a field that no longer exists, its name in the code."""
    try:
        field: Any = model._meta.get_field(field_name) if model else None
    except FieldDoesNotExist:
        field = None
    return str(field.verbose_name) if field else field_name
