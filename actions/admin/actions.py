"""Actions as a list and as a form. Where they stand on the line is changed by moves only."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, F
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import get_language_bidi, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from actions import adjusting, effect, evidence, figure_effect, moves, proposing
from actions.admin.parts import (
    READERS,
    EffectInline,
    EventInline,
    EvidenceInline,
    MilestoneInline,
    NewEvidenceInline,
    NoteInline,
)
from actions.charts import Point, points_of, points_of_values
from actions.models import Action, Event, Evidence, Note, Status, ToldBack
from actions.way import way_of
from cxportal.organisation.admin_base import RelatedInScopeFilter, ScopedAdmin
from cxportal.organisation.models import Role, Unit, User

LEADERS = (Role.CX_TEAM, Role.MANAGER)


class LateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [
            ("late", gettext_lazy("late")),
            ("open", gettext_lazy("open")),
            ("mine", gettext_lazy("mine")),
            ("without", gettext_lazy("without evidence")),
        ]

    def queryset(self, request, queryset):
        match self.value():
            case "late":
                return queryset.overdue()
            case "open":
                return queryset.open()
            case "mine":
                return queryset.of(request.user)
            case "without":
                return queryset.without_evidence()
        return queryset


class CountedOnce(RelatedInScopeFilter):
    """What can be chosen is read once for a page, and counted in groups.

    Django reads it again for each filter whose numbers it counts, and counts with a condition for each choice.
    """

    def field_choices(self, field, request, model_admin):
        read = request.__dict__.setdefault("choices_of_filters", {})
        if self.field_path not in read:
            read[self.field_path] = super().field_choices(field, request, model_admin)
        return read[self.field_path]

    def get_facet_queryset(self, changelist):
        rows = changelist.get_queryset(self.request, exclude_parameters=self.expected_parameters())
        found = dict(rows.order_by().values_list(self.field_path).annotate(n=Count("pk", distinct=True)))
        return {f"{pk}__c": found.get(pk, 0) for pk, _name in self.lookup_choices} | {
            "__c": found.get(None, 0)
        }


class ActionList(ChangeList):
    """Voices and effects are counted for the rows of the page only, not for all that the list skips to get there."""

    def get_results(self, request) -> None:
        super().get_results(request)
        shown = self._loudest() or list(self.result_list.values_list("pk", flat=True))
        rows = evidence.voices_behind(self.queryset.filter(pk__in=shown))
        self.result_list = list(effect.with_effect_state(rows, reader=request.user))
        effect.say_effects(self.result_list, reader=request.user)

    def _loudest(self) -> list[int]:
        """Where voices come first in the order: the rows of this page, after the voices of all were counted at once."""
        column, direction = next(iter(self.get_ordering_field_columns().items()), (0, ""))
        if not direction or self.list_display[int(column)] != "voices_shown":
            return []
        voices = evidence.voices_of_all()
        _by_voices, *then = self.queryset.query.order_by
        shown = list(self.queryset.order_by(*then).values_list("pk", flat=True))
        shown.sort(key=lambda pk: voices[pk], reverse=direction == "desc")
        if self.show_all:
            return shown
        first = (self.page_num - 1) * self.list_per_page
        return shown[first : first + self.list_per_page]


@admin.register(Action)
class ActionAdmin(ScopedAdmin):
    description = gettext_lazy(
        "Every action has a source, a unit and a day. Those past their day stand first."
    )
    icon = "flag"
    empty_text = gettext_lazy("No actions yet. They are made from feedback, topics and results.")
    roles_view = READERS
    roles_add = roles_change = LEADERS
    list_display = [
        *("title", "status_and_progress", "unit", "owner_shown", "due_shown", "voices_shown", "effect_shown")
    ]
    numeric = ("voices_shown",)
    list_filter = [
        *(LateFilter, ("status", CountedOnce), ("unit", CountedOnce), "horizon", ("topics", CountedOnce))
    ]
    list_select_related = ["status", "unit", "owner"]
    search_fields = ["title", "what_and_why"]
    autocomplete_fields = ["unit", "service"]
    readonly_fields = ["status_shown", "voices_told"]
    fieldsets = (
        (None, {"fields": ["title", "what_and_why", "status_shown", "voices_told"]}),
        (
            gettext_lazy("Who and until when"),
            {"fields": [("unit", "owner"), ("due_on", "horizon", "progress"), ("service", "topics")]},
        ),
        (
            gettext_lazy("Is it worth it?"),
            {"fields": [("feasibility", "feasibility_reason"), ("usefulness", "usefulness_reason")]},
        ),
    )

    # ---------- who ----------

    def has_change_permission(self, request, obj=None) -> bool:
        if obj is None or obj.pk is None:
            return request.user.scope.has_any(READERS)
        return moves.may_change(request.user, obj)

    def get_readonly_fields(self, request, obj=None):
        fields = [*super().get_readonly_fields(request, obj)]
        if obj and moves.parts_of(request.user, obj) == {"owner"}:
            fields += ["unit", "owner", "due_on"]
        return fields

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        user = request.user
        if db_field.name == "unit" and not user.scope.is_cx_team:
            kwargs["queryset"] = Unit.objects.filter(pk__in=user.scope.unit_ids("manager"))
        if db_field.name == "owner":
            kwargs["queryset"] = people_for(user)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "owner" and field:
            field.label_from_instance = lambda person: person.display_name
        return field

    # ---------- list ----------

    def get_changelist(self, request, **kwargs):
        return ActionList

    def get_ordering(self, request):
        return [
            F("status__is_done").asc(),
            F("status__ends_here").asc(),
            F("due_on").asc(nulls_last=True),
            "pk",
        ]

    @admin.display(description=gettext_lazy("status"), ordering="status__position")
    def status_and_progress(self, action) -> str:
        return format_html("{}<br><small>{} %</small>", action.status, action.progress_shown)

    @admin.display(description=gettext_lazy("owner"), ordering="owner")
    def owner_shown(self, action) -> str:
        return action.owner.display_name if action.owner else ""

    @admin.display(description=gettext_lazy("due"), ordering="due_on")
    def due_shown(self, action) -> str:
        if not action.due_on:
            return ""
        if late := action.days_late():
            return format_html('<span class="cx-late">{}</span>', late_words(late))
        return format_html('<span class="cx-day">{}</span>', date_format(action.due_on, "SHORT_DATE_FORMAT"))

    @admin.display(description=gettext_lazy("voices"), ordering=evidence.voices())
    def voices_shown(self, action) -> str:
        return format_html("<b>{}</b>", action.voice_count)

    @admin.display(description=pgettext_lazy("of an action", "effect"))
    def effect_shown(self, action) -> str:
        if action.effect_state == effect.State.READY:
            page = reverse("admin:actions_action_change", args=[action.pk])
            return format_html('<a href="{}#effect-1">{}</a>', page, action.effect_words)
        return action.effect_words

    # ---------- form ----------

    def get_object(self, request, object_id, from_field=None):
        action = super().get_object(request, object_id, from_field)
        if action:
            action.voice_count = evidence.voices_behind(Action.objects.filter(pk=action.pk)).get().voice_count
            seen = Evidence.objects.for_user(request.user).filter(action=action).count()
            action.hidden_sources = action.evidence.count() - seen
        return action

    def get_inlines(self, request, obj):
        if obj is None:
            return [NewEvidenceInline, MilestoneInline]
        return [EvidenceInline, NewEvidenceInline, MilestoneInline, EffectInline, NoteInline, EventInline]

    @admin.display(description=gettext_lazy("status"))
    def status_shown(self, action) -> str:
        if not action.pk:
            return str(moves.first_status())
        reason = format_html(" · {}", action.reason) if action.reason else ""
        link = reverse("actions:move", args=[action.pk])
        return format_html('{}{} · <a href="{}">{}</a>', action.status, reason, link, _("Move this action"))

    @admin.display(description=gettext_lazy("voices"))
    def voices_told(self, action) -> str:
        if not action.pk:
            return "0"
        if hidden := action.hidden_sources:
            more = ngettext(
                "and %(count)d more source that you may not open",
                "and %(count)d more sources that you may not open",
                hidden,
            )
            return f"{action.voice_count}, {more % {'count': hidden}}"
        return str(action.voice_count)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["way"] = way_of(obj) if obj else []
        context["days_late"] = obj.days_late() if obj else 0
        context["may_move"] = bool(obj) and moves.may_change(request.user, obj)
        context["effects"] = effects_shown(obj, request.user) if obj else []
        context["requests"] = list(obj.adjustments.all()) if obj else []
        context["may_ask"] = bool(obj) and adjusting.may_ask(request.user, obj)
        context["today"] = timezone.localdate()
        context["told"] = ToldBack.objects.filter(action=obj).first() if obj else None
        context["may_tell"] = bool(obj) and request.user.scope.is_cx_team
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request, obj, form, change) -> None:
        if change:
            obj.save()
        else:
            proposing.begin(action=obj, by=request.user)

    def save_formset(self, request, form, formset, change) -> None:
        for row in formset.save(commit=False):
            stamp(row, request.user)
            row.save()
        for row in formset.deleted_objects:
            remove(row)
        formset.save_m2m()

    # ---------- several at once ----------

    def get_actions(self, request):
        offered = super().get_actions(request)
        if request.user.scope.has_any(LEADERS):
            for status in Status.objects.filter(needs_reason=""):
                name = f"move_to_{status.pk}"
                offered[name] = (bulk_move(status), name, _("Move to “%(status)s”") % {"status": status})
        return offered


def effects_shown(action: Action, reader: User) -> list[dict[str, Any]]:
    is_mirrored = get_language_bidi()
    asked = [
        {
            "effect": row,
            "figure": row.question.removeprefix(effect.INDICATOR),
            "words": effect.words_of(found),
            "beside": effect.words_beside(found),
            "points": points_of(found, is_mirrored=is_mirrored),
            "is_compared": found.change is not None,
        }
        for row, found in effect.effects_of(action, reader=reader)
    ]
    counted = [
        {
            "effect": row,
            "figure": row.figure,
            "words": figure_effect.words_of(pair),
            "points": _points_of_pair(pair, is_mirrored=is_mirrored),
            "is_compared": pair.change is not None,
        }
        for row, pair in figure_effect.figure_effects_of(action, reader=reader)
    ]
    return asked + counted


def _points_of_pair(pair: figure_effect.Pair, *, is_mirrored: bool) -> list[Point]:
    if not (pair.before and pair.after):
        return []
    values = (float(pair.before.value), float(pair.after.value))
    words = (figure_effect.number(values[0]), figure_effect.number(values[1]))
    return points_of_values(values, words, is_mirrored=is_mirrored)


def people_for(user: User):
    """Whom this person may give an action: the staff of own units; the CX team may choose anybody with a role."""
    people = User.objects.filter(is_active=True, roles__isnull=False)
    if not user.scope.is_cx_team:
        people = people.filter(roles__unit__in=user.scope.unit_ids("manager"))
    return people.distinct().order_by("first_name", "username")


def late_words(days: int) -> str:
    return ngettext("%(days)d day late", "%(days)d days late", days) % {"days": days}


def stamp(row: Any, by: User) -> None:
    if isinstance(row, Evidence) and not row.pk:
        row.added_by, row.added_at = by, timezone.now()
    if isinstance(row, Note) and not row.pk:
        row.written_by, row.written_at = by, timezone.now()


def remove(row: Any) -> None:
    if isinstance(row, Evidence):
        evidence.remove_evidence(evidence=row)
    elif not isinstance(row, Event):
        row.delete()


def bulk_move(status: Status):
    def move_all(model_admin, request, queryset):
        moved, refused = 0, {}
        for action in Action.objects.for_user(request.user).filter(pk__in=queryset.values("pk")):
            try:
                moves.move(action=action, to=status, by=request.user)
                moved += 1
            except moves.NotAllowed as not_allowed:
                refused[action] = str(not_allowed)
        if moved:
            messages.success(
                request,
                ngettext("%(count)d action moved.", "%(count)d actions moved.", moved) % {"count": moved},
            )
        for action, fault in list(refused.items())[:5]:
            messages.error(request, f"{action}: {fault}")

    return move_all
