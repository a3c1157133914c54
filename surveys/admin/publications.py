"""Publications of waves, the decision to make one public, and files that are asked for."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, StreamingHttpResponse
from django.urls import path, reverse
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from kombu.exceptions import OperationalError

from cxportal.organisation.admin_base import ScopedAdmin
from cxportal.organisation.models import Role
from surveys import exports, publications, tasks
from surveys.models import Export, Publication, Wave

CX_TEAM = (Role.CX_TEAM,)
READERS = (Role.CX_TEAM, Role.MANAGER, Role.VIEWER)


@admin.register(Publication)
class PublicationAdmin(ScopedAdmin):
    description = gettext_lazy(
        "What is shown of each wave: numbered and frozen, with small groups left out. A later one takes the place of an"
        " earlier one."
    )
    icon = "chart"
    empty_text = gettext_lazy(
        "Nothing is published yet. A wave is published by itself once ten people have answered."
    )
    roles_view = READERS
    list_display = ["wave_shown", "as_of_shown", "answers_shown", "public_shown", "files"]
    numeric = ("answers_shown",)
    list_filter = ["is_final"]
    search_fields = ["wave__name", "wave__code"]
    list_select_related = ["wave", "superseded_by"]
    fields = ["wave", "number", "as_of", "n", "is_final", "released_at", "released_by"]
    readonly_fields = fields
    actions = ["make_public", "take_back"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("content", "comments", "counted")

    def get_actions(self, request):
        return super().get_actions(request) if request.user.scope.is_cx_team else {}

    @admin.display(description=gettext_lazy("wave"), ordering="wave__name")
    def wave_shown(self, publication) -> str:
        is_current = not hasattr(publication, "superseded_by")
        state = _("current") if is_current else _("superseded")
        return format_html(
            "{}<small>{} · {}</small>",
            *(publication.wave.name, _("number %(number)d") % {"number": publication.number}, state),
        )

    @admin.display(description=gettext_lazy("as of"), ordering="as_of")
    def as_of_shown(self, publication) -> str:
        day = date_format(localtime(publication.as_of), "SHORT_DATETIME_FORMAT")
        return format_html(
            "{}<small>{}</small>", day, _("after the close") if publication.is_final else _("while open")
        )

    @admin.display(description=gettext_lazy("answers"), ordering="n")
    def answers_shown(self, publication) -> str:
        return format_html("<b>{}</b>", number_format(publication.n, force_grouping=True))

    @admin.display(
        description=pgettext_lazy("who may read it", "public"), ordering="released_at", boolean=True
    )
    def public_shown(self, publication) -> bool:
        return publication.is_public

    @admin.display(description=gettext_lazy("figures as a file"))
    def files(self, publication) -> str:
        links = [
            format_html(
                '<a href="{}">{}</a>',
                *(reverse("admin:surveys_publication_file", args=[publication.pk, kind]), kind.upper()),
            )
            for kind in exports.FORMATS
        ]
        if publication.is_public:
            public = reverse("public_results", args=[publication.wave.code])
            links.append(format_html('<a href="{}">{}</a>', public, _("Public page")))
        return format_html_join(" ", "{}", ((link,) for link in links))

    @admin.action(description=gettext_lazy("Make public: everybody may read these results"))
    def make_public(self, request, queryset):
        for publication in queryset:
            publications.make_public(publication=publication, by=request.user)
            self.log_change(request, publication, "made public")
        messages.success(request, _("Made public: %(count)d.") % {"count": len(queryset)})

    @admin.action(description=gettext_lazy("Take back from the public"))
    def take_back(self, request, queryset):
        for publication in queryset:
            publications.take_back(publication=publication, by=request.user)
            self.log_change(request, publication, "taken back")
        messages.success(request, _("Taken back: %(count)d.") % {"count": len(queryset)})

    def get_urls(self):
        own = path(
            "<int:publication_id>/figures.<slug:kind>",
            self.admin_site.admin_view(self.file_view),
            name="surveys_publication_file",
        )
        return [own, *super().get_urls()]

    def file_view(self, request: HttpRequest, publication_id: int, kind: str) -> StreamingHttpResponse:
        publication = self.get_queryset(request).select_related("wave").filter(pk=publication_id).first()
        if publication is None or kind not in exports.FORMATS:
            raise Http404
        results = publications.of_publication(publication, request.user)
        name = f"{publication.wave.code}-{publication.number}.{kind}"
        return StreamingHttpResponse(
            exports.FORMATS[kind](results),
            content_type=exports.CONTENT_TYPES[kind],
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "no-store, private",
            },
        )


class ExportForm(forms.ModelForm):
    class Meta:
        model = Export
        fields = ["wave", "kind", "purpose"]
        help_texts = {
            "kind": gettext_lazy("Answers one by one are given out of confidential waves only."),
            "purpose": gettext_lazy(
                "Needed for answers one by one; kept with your name after the file is gone."
            ),
        }
        widgets = {"purpose": forms.Textarea(attrs={"rows": 3})}

    asked_by: Any = None

    def clean(self):
        cleaned = super().clean() or {}
        if cleaned.get("wave") and cleaned.get("kind"):
            try:
                exports.check(
                    wave=cleaned["wave"],
                    kind=cleaned["kind"],
                    by=self.asked_by,
                    purpose=cleaned.get("purpose", ""),
                )
            except exports.CannotExport as error:
                self.add_error(None, str(error))
        return cleaned


@admin.register(Export)
class ExportAdmin(ScopedAdmin):
    description = gettext_lazy(
        "Files that somebody asked for. Each is deleted after a week; what it was for stays."
    )
    icon = "report"
    empty_text = gettext_lazy("Nobody has asked for a file yet.")
    roles_view = roles_add = CX_TEAM
    form = ExportForm
    list_display = ["wave_shown", "kind", "asked_shown", "state_shown"]
    list_filter = ["state", "kind"]
    search_fields = ["wave__name", "wave__code", "purpose"]
    list_select_related = ["wave", "asked_by"]
    actions = None

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("wave", "asked_by")

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"asked_by": request.user})

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "wave":
            kwargs["queryset"] = Wave.objects.for_user(request.user).exclude(state=Wave.State.DRAFT)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_fields(self, request, obj=None):
        if obj is None:
            return ["wave", "kind", "purpose"]
        return ["wave", "kind", "purpose", "asked_by", "asked_at", "state", "rows", "written", "expires_at"]

    def save_form(self, request, form, change):
        return exports.ask(
            wave=form.cleaned_data["wave"],
            kind=form.cleaned_data["kind"],
            purpose=form.cleaned_data["purpose"],
            by=request.user,
        )

    def save_model(self, request, obj, form, change):
        write_soon(obj.pk)

    @admin.display(description=gettext_lazy("wave"), ordering="wave__name")
    def wave_shown(self, export) -> str:
        return format_html("{}<small>{}</small>", export.wave.name, export.purpose)

    @admin.display(description=gettext_lazy("asked for"), ordering="asked_at")
    def asked_shown(self, export) -> str:
        day = date_format(localtime(export.asked_at), "SHORT_DATETIME_FORMAT")
        return format_html("{}<small>{}</small>", day, export.asked_by.display_name)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_shown(self, export) -> str:
        if export.state == Export.State.READY:
            return format_html(
                '<a href="{}">{}</a>',
                *(reverse("admin:surveys_export_file", args=[export.pk]), _("Save the file")),
            )
        if export.state == Export.State.WRITING and export.rows:
            return _("%(written)d of %(rows)d lines") % {"written": export.written, "rows": export.rows}
        return export.get_state_display()

    def get_urls(self):
        own = path(
            "<int:export_id>/file", self.admin_site.admin_view(self.file_view), name="surveys_export_file"
        )
        return [own, *super().get_urls()]

    def file_view(self, request: HttpRequest, export_id: int) -> FileResponse:
        export = self.get_queryset(request).ready().filter(pk=export_id).first()
        if export is None:
            raise Http404
        if export.kind == Export.Kind.ROWS and export.asked_by_id != request.user.pk:
            raise PermissionDenied  # the purpose was that person's
        suffix = "csv" if export.kind == Export.Kind.ROWS else export.kind
        answer = FileResponse(
            default_storage.open(export.file),
            as_attachment=True,
            filename=f"{export.wave.code}-{export.kind}.{suffix}",
            content_type=exports.CONTENT_TYPES[suffix],
        )
        answer["Cache-Control"] = "no-store, private"
        return answer


def write_soon(export_id: int) -> None:
    """If the queue does not answer, the clock writes it within a minute."""
    try:
        tasks.write_export.apply_async(args=[export_id], retry=False, expires=3600)
    except (OperationalError, OSError):
        return
