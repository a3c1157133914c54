"""Pages of the staff for units, services, topics, figures, people, the agency and its languages."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import Count
from django.forms import CheckboxSelectMultiple
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from cxportal.languages import LANGUAGES
from cxportal.organisation import admin_audit  # noqa: F401 - registers the page of the audit
from cxportal.organisation.admin_base import (
    ScopedAdmin,
    ScopedInline,
    TranslatedAdmin,
    name_in_every_language,
)
from cxportal.organisation.audit import note_change
from cxportal.organisation.coverage_pages import CoveragePages
from cxportal.organisation.language_form import LanguageForm
from cxportal.organisation.models import (
    Agency,
    Figure,
    Language,
    Role,
    Service,
    StaffRole,
    Stage,
    Topic,
    Unit,
    UnitFigure,
    User,
)
from cxportal.organisation.texts import text_of

CX_TEAM = (Role.CX_TEAM,)
KEEPERS = (Role.CX_TEAM, Role.ADMINISTRATOR)
ADMINISTRATORS = (Role.ADMINISTRATOR,)
NAMES: Any = (_("Name"), {"fields": ["name"]})
DEEPEST_STEP = 8


def name_of(row) -> str:
    """The name with the language it is really in, for a list."""
    name = text_of(row, "name")
    if not name.text:
        return row.code
    return format_html('<span lang="{}" dir="{}">{}</span>', name.language, name.direction, name.text)


@admin.display(description=_("state"), ordering="is_active")
def in_use(row) -> str:
    if row.is_active:
        return format_html('<span class="cx-state is-open">{}</span>', gettext("in use"))
    return format_html('<span class="cx-state">{}</span>', gettext("closed"))


@admin.display(description=_("code"), ordering="code")
def code_of(row) -> str:
    return format_html('<code class="cx-code">{}</code>', row.code)


class KeptByCxTeam(TranslatedAdmin):
    """Words that everybody at a desk picks from and the CX team keeps."""

    roles_view = (*KEEPERS, Role.MANAGER, Role.STAFF)
    roles_add = roles_change = roles_delete = KEEPERS
    search_fields = ["code", *name_in_every_language()]

    @admin.display(description=_("name"))
    def name_shown(self, row) -> str:
        return name_of(row)

    def get_readonly_fields(self, request, obj=None):
        fields = list(super().get_readonly_fields(request, obj))
        return [*fields, "code"] if obj else fields


class TreeOrder(ChangeList):
    """Units below their parents, unless a column is chosen to sort by."""

    def get_queryset(self, request, exclude_parameters=None):
        self.root_queryset = self.root_queryset.with_tree_fields()
        return super().get_queryset(request, exclude_parameters)

    def _get_default_ordering(self):
        return ["tree_ordering"]


@admin.register(Unit)
class UnitAdmin(KeptByCxTeam):
    description = _("The tree of your agency: regions, facilities, service points and desks.")
    icon = "tree"
    empty_text = _("Import the tree from a file with the command import_units, or add the first unit here.")
    unit_path = ""
    list_display = ["name_in_tree", code_of, "kind", in_use]
    list_filter = ["kind", ("is_active", admin.BooleanFieldListFilter)]
    autocomplete_fields = ["parent"]
    fieldsets = (
        NAMES,
        (_("Place in the agency"), {"fields": [("code", "kind"), "parent", "is_active"]}),
    )

    def get_changelist(self, request, **kwargs):
        return TreeOrder

    @admin.display(description=_("unit"))
    def name_in_tree(self, unit) -> str:
        depth = min(getattr(unit, "tree_depth", 0), DEEPEST_STEP)
        return format_html('<span class="cx-step-in is-{}">{}</span>', depth, name_of(unit))


@admin.register(Service)
class ServiceAdmin(KeptByCxTeam):
    description = _("What customers apply for or use. Waves, feedback and actions are sorted by service.")
    icon = "flag"
    list_display = ["name_shown", code_of, "stages_counted", in_use]
    numeric = ("stages_counted",)
    list_filter = ["is_active"]
    fieldsets = (
        NAMES,
        (_("Service"), {"fields": [("code", "position"), "stages", "is_active"]}),
    )

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(stage_count=Count("stages"))

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        return super().formfield_for_manytomany(db_field, request, widget=CheckboxSelectMultiple, **kwargs)

    @admin.display(description=_("stages"), ordering="stage_count")
    def stages_counted(self, service) -> int:
        return service.stage_count


@admin.register(Stage)
class StageAdmin(KeptByCxTeam):
    description = _("Steps on a customer's way through a service, in their order.")
    icon = "plan"
    list_display = ["name_shown", code_of, "position"]
    numeric = ("position",)
    fieldsets = (NAMES, (_("Stage"), {"fields": [("code", "position")]}))


@admin.register(Topic)
class TopicAdmin(KeptByCxTeam):
    description = _("What something is about. Questions, feedback and actions meet in this one list.")
    icon = "tag"
    list_display = ["name_shown", code_of, "position", in_use]
    numeric = ("position",)
    list_filter = ["is_active"]
    fieldsets = (NAMES, (_("Topic"), {"fields": [("code", "position"), "is_active"]}))


@admin.register(Figure)
class FigureAdmin(KeptByCxTeam):
    description = _("What is counted in the daily work and shown beside quality: applications, calls, days.")
    icon = "chart"
    list_display = ["name_shown", code_of, "measured_in", "direction"]
    list_filter = ["direction"]
    fieldsets = (NAMES, (_("Figure"), {"fields": [("code", "measured_in", "direction")]}))


@admin.register(UnitFigure)
class UnitFigureAdmin(ScopedAdmin):
    description = _("Operational figures of units and periods, imported or typed in.")
    icon = "chart"
    roles_view = (*CX_TEAM, Role.MANAGER)
    roles_add = roles_change = roles_delete = CX_TEAM
    unit_path = "unit"
    list_display = ["figure", "unit", "starts_on", "ends_on", "value_shown", "source"]
    numeric = ("value_shown",)
    list_select_related = ["figure", "unit"]
    list_filter = ["figure"]
    autocomplete_fields = ["unit", "figure"]
    search_fields = ["unit__code", "figure__code", "source"]
    date_hierarchy = "starts_on"
    fieldsets = ((None, {"fields": [("figure", "unit"), ("starts_on", "ends_on"), ("value", "source")]}),)

    @admin.display(description=_("value"), ordering="value")
    def value_shown(self, row) -> str:
        return f"{row.value.normalize():f} {row.figure.measured_in}".strip()


class StaffRoleInline(ScopedInline):
    model = StaffRole
    roles_view = roles_add = roles_change = roles_delete = ADMINISTRATORS
    autocomplete_fields = ["unit"]


class NewUserForm(AdminUserCreationForm):
    """Only people who sign in with a password are made here."""

    usable_password = None  # type: ignore[assignment]


@admin.register(User)
class UserAdmin(ScopedAdmin, DjangoUserAdmin):
    description = _("People who can sign in, and what they may do where.")
    icon = "people"
    roles_view = roles_add = roles_change = roles_delete = ADMINISTRATORS
    form = UserChangeForm
    add_form = NewUserForm
    add_form_template = None
    inlines = [StaffRoleInline]
    list_display = ["shown_name", "roles_shown", "language", "last_login", "state"]
    list_filter = ["roles__role", "is_active"]
    search_fields = ["username", "first_name", "last_name", "email"]
    ordering = ["username"]
    filter_horizontal = ()
    readonly_fields = ["last_login", "date_joined"]
    actions = ["remove_second_factor"]
    fieldsets = (
        (_("Person"), {"fields": [("first_name", "last_name"), ("email", "language")]}),
        (_("Signing in"), {"fields": ["username", "is_active", ("last_login", "date_joined")]}),
    )
    add_fieldsets = (
        (_("Person"), {"fields": [("first_name", "last_name"), ("email", "language")]}),
        (_("Signing in"), {"fields": ["username", ("password1", "password2")]}),
    )

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("roles__unit")

    @admin.display(description=_("person"), ordering="username")
    def shown_name(self, user) -> str:
        return format_html("{}<small>{}</small>", user.display_name, user.username)

    @admin.display(description=_("roles"))
    def roles_shown(self, user) -> str:
        roles = [
            (role.get_role_display(), name_of(role.unit) if role.unit else gettext("the whole agency"))
            for role in user.roles.all()
        ]
        if not roles:
            return format_html('<span class="cx-soft">{}</span>', gettext("none: may not enter"))
        return format_html_join("", "<div>{} <small>{}</small></div>", roles)

    @admin.display(description=_("state"), ordering="is_active")
    def state(self, user) -> str:
        if user.is_active:
            return format_html('<span class="cx-state is-open">{}</span>', gettext("may sign in"))
        return format_html('<span class="cx-state">{}</span>', gettext("locked"))

    @admin.action(description=_("Remove the second factor (lost phone)"), permissions=["change"])
    def remove_second_factor(self, request, queryset):
        people = queryset.filter(authenticator__isnull=False).distinct()
        count = people.count()
        note_change(people, "second_factor")
        Authenticator.objects.filter(user__in=people).delete()
        self.message_user(
            request,
            ngettext(
                "The second factor of %(count)d person is removed.",
                "The second factor of %(count)d people is removed.",
                count,
            )
            % {"count": count},
        )

    def has_delete_permission(self, request, obj=None):
        # nobody locks himself out
        return super().has_delete_permission(request, obj) and obj != request.user


@admin.register(Agency)
class AgencyAdmin(TranslatedAdmin):
    """A single row: its list leads straight to its form."""

    icon = "sign"
    roles_view = roles_change = KEEPERS
    fieldsets = (
        NAMES,
        (
            _("Contact for the public"),
            {"fields": [("contact_email", "contact_phone"), "contact_address"]},
        ),
    )

    def changelist_view(self, request, extra_context=None):
        if not Agency.objects.exists():
            Agency().save()
        return HttpResponseRedirect(reverse("admin:organisation_agency_change", args=[1]))


@admin.register(Language)
class LanguageAdmin(CoveragePages, ScopedAdmin):
    description = _(
        "Languages of public pages and surveys. The order here is the order of every language menu."
    )
    icon = "globe"
    roles_view = KEEPERS
    roles_add = roles_change = roles_delete = KEEPERS
    list_display = ["language_shown", "offered_shown", "position", "decision"]
    numeric = ("position",)
    list_filter = ["is_offered"]
    form = LanguageForm
    fieldsets = (
        (
            None,
            {"fields": [("code", "position"), "is_offered", "decision", ("decided_by_shown", "decided_at")]},
        ),
    )

    @admin.display(description=_("language"), ordering="code")
    def language_shown(self, row) -> str:
        language = LANGUAGES[row.code]
        return format_html(
            '<bdi lang="{}" dir="{}">{}</bdi>', language.code, language.direction, language.native_name
        )

    @admin.display(description=_("state"), ordering="is_offered")
    def offered_shown(self, row) -> str:
        if row.is_offered:
            return format_html('<span class="cx-state is-open">{}</span>', gettext("offered"))
        return format_html('<span class="cx-state">{}</span>', pgettext("language", "not offered"))

    @admin.display(description=_("decided by"))
    def decided_by_shown(self, row) -> str:
        return row.decided_by.display_name if row.decided_by else "–"

    def get_readonly_fields(self, request, obj=None):
        return [*(["code"] if obj else []), "decided_by_shown", "decided_at"]

    def save_model(self, request, obj, form, change):
        form.decide(by=request.user)
