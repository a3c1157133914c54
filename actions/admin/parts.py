"""What stands below an action in its form: where it comes from, its steps, notes, the figures it should move, its moves."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from actions.figure_effect import number, period_words
from actions.models import Event, Evidence, ExpectedEffect, Milestone, Note
from actions.moves import may_change
from actions.sources import WITH_ITS_SOURCE, kind_words, words_of
from cxportal.organisation.admin_base import ScopedInline
from cxportal.organisation.models import Role, Unit, UnitFigure, User

READERS = (Role.CX_TEAM, Role.MANAGER, Role.STAFF)
FIGURES_OFFERED = timedelta(days=730)


class OfActionInline(ScopedInline):
    """Whoever may change the action may write here."""

    roles_view = READERS
    can_be_changed = True

    def has_add_permission(self, request, obj=None) -> bool:
        if obj is None or obj.pk is None:
            return request.user.scope.has_any((Role.CX_TEAM, Role.MANAGER))
        return may_change(request.user, obj)

    def has_change_permission(self, request, obj=None) -> bool:
        return self.can_be_changed and self.has_add_permission(request, obj)

    def has_delete_permission(self, request, obj=None) -> bool:
        return self.has_add_permission(request, obj)


TYPED_IN = ("topic", "unit_figure", "reference")
"""Sources that are named in the form; others come from the page on which they were read."""


class NewEvidenceForm(forms.ModelForm):
    class Meta:
        model = Evidence
        fields = TYPED_IN

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        named = {name: cleaned[name] for name in TYPED_IN if cleaned.get(name)}
        if not self.errors and len(named) != 1:
            raise forms.ValidationError(_("Name one source in each row."))
        there = Evidence.objects.filter(action=self.instance.action_id, **named)
        if named and "reference" not in named and self.instance.action_id and there.exists():
            raise forms.ValidationError(_("It is there already."))
        return cleaned


class EvidenceFormSet(BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        action = self.instance
        if not self.deleted_forms or action.status.is_first:
            return
        if action.evidence.count() <= len(self.deleted_forms):
            raise forms.ValidationError(_("An action that has been taken up keeps at least one source."))


class EvidenceInline(OfActionInline):
    model = Evidence
    formset = EvidenceFormSet
    verbose_name_plural = gettext_lazy("Where it comes from")
    can_be_changed = False
    fields = ("source_kind", "source", "added")
    readonly_fields = ("source_kind", "source", "added")

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return super().has_add_permission(request, obj)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(*WITH_ITS_SOURCE)

    @admin.display(description=gettext_lazy("kind"))
    def source_kind(self, row) -> str:
        return kind_words(row)

    @admin.display(description=gettext_lazy("source"))
    def source(self, row) -> str:
        return words_of(row)

    @admin.display(description=gettext_lazy("added"))
    def added(self, row) -> str:
        return date_format(localtime(row.added_at))


class NewEvidenceInline(OfActionInline):
    model = Evidence
    form = NewEvidenceForm
    extra = 1
    verbose_name_plural = gettext_lazy("Add a source")
    can_delete = False
    can_be_changed = False

    def get_fields(self, request, obj=None):
        """Figures are those of the unit of the action, which a new action does not have yet."""
        return TYPED_IN if obj else [name for name in TYPED_IN if name != "unit_figure"]

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        if field := formset.form.base_fields.get("unit_figure"):
            field.queryset = figures_of(obj.unit, request.user)
            field.label_from_instance = figure_words_of
        return formset

    def get_queryset(self, request):
        return super().get_queryset(request).none()


def figures_of(unit: Unit, reader: User) -> QuerySet[UnitFigure]:
    since = timezone.localdate() - FIGURES_OFFERED
    values = UnitFigure.objects.for_user(reader).filter(unit=unit, ends_on__gte=since)
    return values.select_related("figure").order_by("figure", "-starts_on")


def figure_words_of(value: UnitFigure) -> str:
    return f"{value.figure}, {period_words(value)}: {number(float(value.value))}"


class MilestoneInline(OfActionInline):
    model = Milestone
    extra = 1
    fields = ["text", "due_on", "done_on", "position"]


class NoteInline(OfActionInline):
    """What was written stays as it was written."""

    model = Note
    extra = 1
    can_be_changed = False
    can_delete = False
    fields = ["text", "written"]
    readonly_fields = ["written"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("written_by")

    @admin.display(description=gettext_lazy("written"))
    def written(self, row) -> str:
        if not row.pk:
            return ""
        name = row.written_by.display_name if row.written_by else ""
        return f"{name} {date_format(localtime(row.written_at), 'SHORT_DATETIME_FORMAT')}".strip()


class EffectInline(OfActionInline):
    model = ExpectedEffect
    fields = ["question", "baseline", "follow_up", "figure", "starts_on", "expected_change"]


class EventInline(OfActionInline):
    model = Event
    can_be_changed = False
    can_delete = False
    verbose_name_plural = gettext_lazy("Moves so far")
    fields = ("step", "who", "when", "note")
    readonly_fields = ("step", "who", "when", "note")

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("before", "after", "by")

    @admin.display(description=gettext_lazy("move"))
    def step(self, row) -> str:
        return f"{row.before} › {row.after}" if row.before else str(row.after)

    @admin.display(description=gettext_lazy("by"))
    def who(self, row) -> str:
        return row.by.display_name if row.by else ""

    @admin.display(description=gettext_lazy("when"))
    def when(self, row) -> str:
        return date_format(localtime(row.at), "SHORT_DATETIME_FORMAT")
