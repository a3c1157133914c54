"""The base of every admin page of the product: roles decide who may do what, `for_user` decides to which rows.

Django's own groups and permissions are not used. What is out of scope is a 404 wherever it could be reached.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import get_deleted_objects
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin
from modeltranslation.utils import build_localized_fieldname

from cxportal.languages import LANGUAGES
from cxportal.organisation.models import Role, User

EVERYBODY = tuple(Role.values)


class StaffRequest(HttpRequest):
    """Of somebody who is signed in: every page of the staff site has made sure of that."""

    user: User


# The browser's own pickers: they know dark, right to left and touch, and need no script.
NATIVE_DATES: Mapping[type[models.Field], Mapping[str, Any]] = {
    models.DateField: {"widget": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})},
    models.TimeField: {"widget": forms.TimeInput(format="%H:%M", attrs={"type": "time"})},
    models.DateTimeField: {
        "form_class": forms.DateTimeField,
        "widget": forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    },
}


def seen_by(queryset: QuerySet, user: User) -> QuerySet:
    """The rows of a model that a member of staff may see; all of them when the model has no scope."""
    return queryset.for_user(user) if hasattr(queryset, "for_user") else queryset


class RoleRules:
    """Which roles may see, add, change and delete. Whoever may change may also see.

    `unit_path` leads from a row to its unit ("" for units themselves). With it, a role counts only in the units
    where the person holds it: the manager of A who is a viewer in B changes nothing in B.
    """

    roles_view: Iterable[str] = ()
    roles_add: Iterable[str] = ()
    roles_change: Iterable[str] = ()
    roles_delete: Iterable[str] = ()
    unit_path: str | None = None

    def has_view_permission(self, request, obj: Model | None = None) -> bool:
        return self._may(request.user, {*self.roles_view, *self.roles_change}, obj)

    def has_add_permission(self, request, obj: Model | None = None) -> bool:
        return self._may(request.user, self.roles_add)

    def has_change_permission(self, request, obj: Model | None = None) -> bool:
        return self._may(request.user, self.roles_change, obj)

    def has_delete_permission(self, request, obj: Model | None = None) -> bool:
        return self._may(request.user, self.roles_delete, obj)

    def has_module_permission(self, request) -> bool:
        return self.has_view_permission(request)

    def _may(self, user: User, roles: Iterable[str], obj: Model | None = None) -> bool:
        scope = user.scope
        if not scope.has_any(roles):
            return False
        if obj is None or obj.pk is None or self.unit_path is None or not scope.agency_wide.isdisjoint(roles):
            return True
        return type(obj)._default_manager.filter(self._within(user, roles), pk=obj.pk).exists()

    def _within(self, user: User, roles: Iterable[str]) -> models.Q:
        return user.scope.units_condition(self.unit_path or "", *roles)

    def get_queryset(self, request) -> QuerySet:
        queryset = seen_by(super().get_queryset(request), request.user)  # type: ignore[misc]
        roles = {*self.roles_view, *self.roles_change}
        if not request.user.scope.has_any(roles):
            return queryset.none()  # else a page answers 403 for what exists and 404 for what does not
        if self.unit_path is None:
            return queryset
        if not request.user.scope.agency_wide.isdisjoint(roles):
            return queryset
        return queryset.filter(self._within(request.user, roles))

    def get_field_queryset(self, db, db_field, request) -> QuerySet:
        """Pickers offer, and forms accept, only what the person may see."""
        queryset = super().get_field_queryset(db, db_field, request)  # type: ignore[misc]
        if queryset is None:
            queryset = db_field.remote_field.model._default_manager.using(db)
        return seen_by(queryset.all(), request.user)


class RelatedInScopeFilter(admin.RelatedFieldListFilter):
    """A filter by a related row names only rows in scope, and of them only those that the list needs."""

    def field_choices(self, field, request, model_admin):
        related = seen_by(field.remote_field.model._default_manager.all(), request.user)
        needed = model_admin.get_queryset(request).order_by().values(f"{self.field_path}__pk")
        return field.get_choices(
            include_blank=False,
            ordering=self.field_admin_ordering(field, request, model_admin),
            limit_choices_to=models.Q(pk__in=related.values("pk")) & models.Q(pk__in=needed),
        )


admin.FieldListFilter.register(
    lambda field: bool(field.remote_field), RelatedInScopeFilter, take_priority=True
)


class ScopedAdmin(RoleRules, admin.ModelAdmin):
    description: Promise | str = ""
    """One sentence under the title of the list."""
    icon = "form"
    empty_text: Promise | str = _("Nothing has been added here yet.")
    numeric: Sequence[str] = ()
    """Columns of the list that are numbers, set at the end of their cells."""
    list_per_page = 50
    show_facets = admin.ShowFacets.ALWAYS
    formfield_overrides = NATIVE_DATES

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        return without_pop_ups(super().formfield_for_dbfield(db_field, request, **kwargs))

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        # Django would lead to the home page and say that the object does not exist
        raise Http404

    def get_action_choices(self, request, default_choices=None):
        return super().get_action_choices(request, [("", _("Choose what to do"))])

    def history_view(self, request, object_id, extra_context=None):
        # before the row is looked for: the answer must not tell whether there is one
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    def get_deleted_objects(self, objs, request):
        """Say how many rows go, of which kind, never their names: some may be out of the person's scope."""
        _names, counts, missing, protected = get_deleted_objects(objs, request, self.admin_site)
        return [], counts, missing, [len(protected)] if protected else []

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {**self._words(), **(extra_context or {})})

    def _words(self) -> dict:
        return {
            "description": self.description,
            "icon": self.icon,
            "empty_text": self.empty_text,
            "title": self.opts.verbose_name_plural,
        }


class TranslatedAdmin(ScopedAdmin, TranslationAdmin):
    """With a field per language; the tabs are made by the template, see `portal.templatetags.staff`."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and hasattr(db_field, "translated_field"):
            language = LANGUAGES[db_field.language]
            field.widget.attrs |= {"lang": language.code, "dir": language.direction}
        return field

    def get_readonly_fields(self, request, obj=None):
        return [*self.replace_orig_field(super().get_readonly_fields(request, obj))]


class ScopedInline(RoleRules, admin.TabularInline):
    extra = 0
    formfield_overrides = NATIVE_DATES

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        return without_pop_ups(super().formfield_for_dbfield(db_field, request, **kwargs))


def without_pop_ups(field):
    """A picker without buttons that open a second window: they are lost on a tablet."""
    if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
        field.widget = field.widget.widget
    return field


def name_in_every_language(field: str = "name") -> list[str]:
    """Names of the columns of a translated field, to search in all of them."""
    return [build_localized_fieldname(field, code) for code in LANGUAGES]
