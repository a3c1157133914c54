"""The staff site: Django's admin in our frame."""

from functools import update_wrapper

from django.contrib import admin
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from cxportal.organisation.admin_base import ScopedAdmin
from cxportal.portal import home, navigation, search
from cxportal.portal.sign_in import to_sign_in
from cxportal.portal.staff_languages import languages_of_page

NOT_OURS = {"view_on_site", "app_list", "password_change_done"}


class StaffSite(admin.AdminSite):
    site_title = _("Customer experience")
    site_header = _("Customer experience")
    enable_nav_sidebar = True

    def register(self, model_or_iterable, admin_class=None, **options):
        """Pages that packages bring along know nothing of our roles; they stay out."""
        if admin_class and issubclass(admin_class, ScopedAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request) -> bool:
        """Whoever has a role may enter; what is seen inside is decided by each page."""
        user = request.user
        return user.is_authenticated and user.is_active and not user.scope.is_empty

    def get_urls(self):
        pages = [path("search/", self.admin_view(self.search), name="search")]
        return pages + [url for url in super().get_urls() if getattr(url, "name", None) not in NOT_OURS]

    def each_context(self, request):
        if not self.has_permission(request):
            return super().each_context(request)
        return super().each_context(request) | {
            "navigation": navigation.groups_for(request),
            "page_languages": languages_of_page(request),
            "role_name": navigation.role_name(request.user),
        }

    def get_app_list(self, request, app_label=None):
        # the navigation takes its place; building it would ask every model admin on every page
        return []

    def index(self, request, extra_context=None):
        request.current_app = self.name
        context = self.each_context(request) | home.page_for(request) | (extra_context or {})
        return TemplateResponse(request, "admin/index.html", context)

    def search(self, request):
        query = request.GET.get("q", "").strip()
        context = self.each_context(request) | {
            "title": _("Search"),
            "query": query,
            "found": search.find(request, query) if query else [],
        }
        return TemplateResponse(request, "admin/search.html", context)

    def admin_view(self, view, cacheable=False):
        inner = super().admin_view(view, cacheable)

        def guarded(request, *args, **kwargs):
            if not self.has_permission(request):
                return to_sign_in(request, back_to=request.get_full_path())
            return inner(request, *args, **kwargs)

        return update_wrapper(guarded, inner)

    def login(self, request, extra_context=None):
        if self.has_permission(request):
            return redirect("admin:index")
        return to_sign_in(request, back_to=request.GET.get("next") or reverse("admin:index"))

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

    def logout(self, request, extra_context=None):
        return redirect("account_logout")
