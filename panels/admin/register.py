"""Panels: what they are for, who is in them, what people agreed to; files in and out; the key of joined answers."""

import tempfile
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from cxportal.organisation.admin_base import ScopedInline, TranslatedAdmin, name_in_every_language
from cxportal.organisation.models import Role
from cxportal.organisation.spreadsheets import csv_lines, write_workbook
from panels import consent_texts, member_export, member_files, pseudonyms
from panels.admin.register_forms import AttributeForm, FileForm, KeyForm
from panels.models import Attribute, MemberImport, Panel, Wording
from panels.tasks import look_through_import, take_import

CX_TEAM = (Role.CX_TEAM,)
READERS = (Role.CX_TEAM, Role.MANAGER)
REFUSALS_SHOWN = 200
STATE_LOOKS = {
    MemberImport.State.CHECKED: "is-wait",
    MemberImport.State.DONE: "is-done",
    MemberImport.State.FAILED: "is-bad",
}


class AttributeInline(ScopedInline):
    model = Attribute
    form = AttributeForm
    roles_view = READERS
    roles_add = roles_change = roles_delete = CX_TEAM
    fields = ["code", "name_en", "lines", "may_be_breakdown", "position"]
    extra = 1


class WordingInline(ScopedInline):
    """Old wordings are kept as they were; a better one is a new version."""

    model = Wording
    roles_view = READERS
    roles_add = CX_TEAM
    fields = ["language", "version", "text", "made_at"]
    readonly_fields = ["version", "made_at"]
    extra = 1
    verbose_name = gettext_lazy("consent wording")
    verbose_name_plural = gettext_lazy("what people agree to")


@admin.register(Panel)
class PanelAdmin(TranslatedAdmin):
    description = gettext_lazy(
        "Groups of people who may be asked. A contact list is wiped after its mailing; a standing panel is kept."
    )
    icon = "people"
    empty_text = gettext_lazy("Add a panel, write what people agree to, and bring its people from a file.")
    roles_view = READERS
    roles_add = roles_change = roles_delete = CX_TEAM
    unit_path = "unit"
    change_form_template = "admin/panels/panel/change_form.html"
    list_display = ["panel_shown", "kind", "unit", "people_shown", "is_joinable"]
    numeric = ("people_shown",)
    list_filter = ["kind", "unit"]
    list_select_related = ["unit"]
    search_fields = ["code", *name_in_every_language()]
    autocomplete_fields = ["unit"]
    inlines = [AttributeInline, WordingInline]
    actions = None
    fields = ["code", "name", "purpose", "kind", "unit", "is_joinable", "wipes", "retention_months"]

    def get_queryset(self, request):
        current = Q(memberships__left_at=None)
        return super().get_queryset(request).annotate(people=Count("memberships", filter=current))

    @admin.display(description=gettext_lazy("panel"), ordering="code")
    def panel_shown(self, panel) -> str:
        return format_html("{}<small>{}</small>", str(panel), panel.code)

    @admin.display(description=gettext_lazy("people"), ordering="people")
    def people_shown(self, panel) -> str:
        return number_format(panel.people, force_grouping=True)

    def get_urls(self):
        own = [
            ("import/", self.import_view, "import"),
            ("import/<uuid:import_id>/", self.import_state_view, "import_state"),
            ("import/<uuid:import_id>/refused/", self.refused_view, "import_refused"),
            ("export/<str:kind>/", self.export_view, "export"),
            ("standard-wording/", require_POST(self.standard_wording_view), "standard_wording"),
            ("key/", self.key_view, "key"),
        ]
        pages = [
            path(f"<int:panel_id>/{route}", self.admin_site.admin_view(view), name=f"panels_panel_{name}")
            for route, view, name in own
        ]
        return pages + super().get_urls()

    def _panel(self, request: HttpRequest, panel_id: int) -> Panel:
        """What is out of scope is not there; what may only be looked at is not taken out or changed."""
        panel = self.get_object(request, str(panel_id))
        if panel is None:
            raise Http404
        if not self.has_change_permission(request, panel):
            raise PermissionDenied
        return panel

    def _page(
        self, request: HttpRequest, panel: Panel, template: str, title: str, **context: Any
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        context |= {"panel": panel, "title": title, "opts": self.opts}
        return TemplateResponse(
            request, f"admin/panels/panel/{template}.html", self.admin_site.each_context(request) | context
        )

    # ---------- files ----------

    def import_view(self, request, panel_id):
        panel = self._panel(request, panel_id)
        form = FileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            return self._bring(request, panel, form)
        earlier = panel.imports.select_related("made_by")[:10]
        return self._page(
            request,
            panel,
            "import",
            _("Bring people from a file"),
            form=form,
            earlier=earlier,
            attributes=list(panel.attributes.all()),
            has_wording=panel.wordings.exists(),
        )

    def _bring(self, request, panel: Panel, form: FileForm) -> HttpResponse:
        options = dict(form.cleaned_data)
        file = options.pop("file")
        member_import = member_files.bring(
            panel=panel, content=file.read(), file_name=file.name, by=request.user, **options
        )
        if member_files.is_small(member_import):
            member_files.look_through(member_import)
        else:
            transaction.on_commit(lambda: look_through_import.delay(str(member_import.pk)))
        return self._to_import(panel, member_import)

    def _to_import(self, panel: Panel, member_import: MemberImport) -> HttpResponseRedirect:
        return HttpResponseRedirect(
            reverse("admin:panels_panel_import_state", args=[panel.pk, member_import.pk])
        )

    def _import(self, panel: Panel, import_id) -> MemberImport:
        member_import = panel.imports.select_related("made_by").filter(pk=import_id).first()
        if member_import is None:
            raise Http404
        return member_import

    def import_state_view(self, request, panel_id, import_id):
        panel = self._panel(request, panel_id)
        member_import = self._import(panel, import_id)
        if request.method == "POST":
            return self._decide(request, panel, member_import)
        refusals = member_files.refusals_of(member_import)
        percent = 100 * member_import.done_count // max(member_import.row_count, 1)
        return self._page(
            request,
            panel,
            "import_state",
            _("People from a file"),
            one=member_import,
            look=STATE_LOOKS.get(MemberImport.State(member_import.state), "is-open"),
            refusals=refusals[:REFUSALS_SHOWN],
            shown=min(len(refusals), REFUSALS_SHOWN),
            percent=min(percent, 100),
            is_working=member_import.state in {"waiting", "checking", "confirmed", "writing"},
        )

    def _decide(self, request, panel: Panel, member_import: MemberImport) -> HttpResponse:
        if "give_up" in request.POST:
            member_files.give_up(member_import=member_import, by=request.user)
            messages.success(request, _("The file was thrown away. Nothing was taken from it."))
            return HttpResponseRedirect(reverse("admin:panels_panel_import", args=[panel.pk]))
        if not member_files.confirm(member_import=member_import, by=request.user):
            messages.warning(request, _("This file does not wait for a yes any more."))
        elif member_files.is_small(member_import):
            member_files.take(member_import)
        else:
            transaction.on_commit(lambda: take_import.delay(str(member_import.pk)))
        return self._to_import(panel, member_import)

    def refused_view(self, request, panel_id, import_id):
        panel = self._panel(request, panel_id)
        refusals = member_files.refusals_of(self._import(panel, import_id))
        return _csv(f"{panel.code}-refused", [_("line"), _("address"), _("why")], refusals)

    def export_view(self, request, panel_id, kind):
        panel = self._panel(request, panel_id)
        headings, rows = member_export.headings_of(panel), member_export.rows_of(panel)
        if kind == "csv":
            return _csv(panel.code, headings, rows)
        if kind != "xlsx":
            raise Http404
        file = tempfile.TemporaryFile()  # noqa: SIM115  closed by the response
        write_workbook(file, title=panel.code, headings=headings, rows=rows)
        file.seek(0)
        return FileResponse(file, as_attachment=True, filename=f"{panel.code}.xlsx")

    # ---------- words and key ----------

    def standard_wording_view(self, request, panel_id):
        panel = self._panel(request, panel_id)
        made = consent_texts.take_standard(panel)
        if made:
            words = ngettext(
                "The standard wording was taken in %(count)d language.",
                "The standard wording was taken in %(count)d languages.",
                made,
            )
            messages.success(request, words % {"count": made})
        else:
            messages.info(request, _("The panel has the standard wording already."))
        return HttpResponseRedirect(reverse("admin:panels_panel_change", args=[panel.pk]))

    def key_view(self, request, panel_id):
        panel = self._panel(request, panel_id)
        form = KeyForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                pseudonyms.destroy_key(panel=panel, typed_code=form.cleaned_data["code"], by=request.user)
            except pseudonyms.NotConfirmed:
                form.add_error("code", _("This is not the code of the panel. Nothing was destroyed."))
            else:
                messages.success(
                    request, _("The key is destroyed. Answers of this panel lead to nobody any more.")
                )
                return HttpResponseRedirect(reverse("admin:panels_panel_key", args=[panel.pk]))
        return self._page(
            request,
            panel,
            "key",
            _("The key of joined answers"),
            form=form,
            destroyed_on=pseudonyms.destroyed_on(panel),
        )


def _csv(name: str, headings, rows) -> StreamingHttpResponse:
    response = StreamingHttpResponse(csv_lines(headings, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
