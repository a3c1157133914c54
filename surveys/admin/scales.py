"""Scales of the agency's own, 2 to 11 points."""

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.forms.models import BaseInlineFormSet
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.admin_base import ScopedInline
from cxportal.organisation.models import Language, Role
from cxportal.organisation.texts import text_in
from surveys import editing
from surveys.admin.texts import AdminWithTexts, Panel, WithTexts, fields_in, text_columns
from surveys.models import OwnScale, OwnScalePoint
from surveys.translating import lines_of_row

CX_TEAM = (Role.CX_TEAM,)


def languages_of_scale(scale: OwnScale | None) -> list[str]:
    points = list(scale.points.all()) if scale else []
    begun = [code for code in LANGUAGES if any(text_in(point, "label", code) for point in points)]
    return list(dict.fromkeys([source_of_scale(scale), *Language.offered(), *begun]))


def source_of_scale(scale: OwnScale | None) -> str:
    """The language of the first survey that uses it; English for a scale nobody uses yet."""
    first = scale.questions.select_related("survey").first() if scale else None
    return first.survey.source_language if first else SOURCE


class PointFormSet(BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        kept = [
            form
            for form in self.forms
            if getattr(form, "cleaned_data", None) and not form.cleaned_data.get("DELETE")
        ]
        if any(self.errors):
            return
        if not 2 <= len(kept) <= 11:
            raise ValidationError(_("A scale needs 2 to 11 points."))
        if self.instance.pk and editing.scale_is_frozen(self.instance):
            was = {(point.code, point.value) for point in self.instance.points.all()}
            if was != {(form.cleaned_data["code"], form.cleaned_data["value"]) for form in kept}:
                raise ValidationError(
                    _(
                        "A published survey uses this scale: codes and values of its points stay. Make a new scale instead."
                    )
                )


class PointInline(WithTexts, ScopedInline):
    model = OwnScalePoint
    formset = PointFormSet
    roles_view = roles_add = roles_change = roles_delete = CX_TEAM
    template = "admin/surveys/ownscale/points.html"

    def get_extra(self, request, obj=None, **kwargs):
        return 0 if obj else 5

    def get_fields(self, request, obj=None):
        columns = text_columns(OwnScalePoint, languages_of_scale(obj))
        return ["value", "code", *columns, "is_favourable"]

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        source, languages = source_of_scale(obj), languages_of_scale(obj)

        class Points(formset):
            settings = ("is_favourable",)

            def add_fields(self, form, index):
                super().add_fields(form, index)
                form.cells = [(LANGUAGES[code], fields_in(form, source, code)) for code in languages]
                form.fields["code"].widget.attrs |= {"dir": "ltr", "size": 10}

        return Points


@admin.register(OwnScale)
class OwnScaleAdmin(AdminWithTexts):
    description = gettext_lazy(
        "Scales of your own, 2 to 11 points. Look first whether a ready one fits: those are translated."
    )
    icon = "scale"
    roles_view = roles_add = roles_change = roles_delete = CX_TEAM
    empty_text = gettext_lazy(
        "The ready scales are offered in every question. Add one here only if none of them fits."
    )
    inlines = [PointInline]
    change_form_template = "admin/surveys/ownscale/change_form.html"
    list_display = ["name", "code_shown", "points_counted", "questions_counted"]
    numeric = ("points_counted", "questions_counted")
    search_fields = ["name", "code"]
    actions = None
    fieldsets = ((gettext_lazy("Scale"), {"fields": [("name", "code"), ("is_numeric", "high_is_good")]}),)

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .annotate(
                point_count=Count("points", distinct=True), question_count=Count("questions", distinct=True)
            )
        )

    def get_readonly_fields(self, request, obj=None):
        return ["code"] if obj and editing.scale_is_frozen(obj) else []

    @admin.display(description=gettext_lazy("code"), ordering="code")
    def code_shown(self, scale) -> str:
        return format_html('<code class="cx-code">{}</code>', scale.code)

    @admin.display(description=gettext_lazy("points"), ordering="point_count")
    def points_counted(self, scale) -> int:
        return scale.point_count

    @admin.display(description=gettext_lazy("questions"), ordering="question_count")
    def questions_counted(self, scale) -> int:
        return scale.question_count

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        languages, source = languages_of_scale(obj), source_of_scale(obj)
        lines = [line for point in obj.points.all() for line in lines_of_row(point)] if obj else []
        context |= {
            "panels": [
                Panel(
                    LANGUAGES[code],
                    code == source,
                    sum(bool(line.text(source)) and not line.text(code) for line in lines),
                    [],
                )
                for code in languages
            ],
            "source_language": source,
        }
        return super().render_change_form(request, context, add, change, form_url, obj)
