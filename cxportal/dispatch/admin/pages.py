"""What the pages about messages have in common: who may open them, and the frame around them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from cxportal.organisation.models import Role, User

KEEPERS = (Role.CX_TEAM, Role.ADMINISTRATOR)
View = Callable[..., HttpResponse]


class StaffRequest(HttpRequest):
    """Behind `staff_path` somebody is signed in."""

    user: User


def framed(request: HttpRequest, template_name: str, /, **context: Any) -> TemplateResponse:
    request.current_app = admin.site.name
    return TemplateResponse(request, template_name, admin.site.each_context(request) | context)


def staff_path(route: str, view: View, name: str) -> URLPattern:
    return path(route, admin.site.admin_view(_for_keepers(view)), name=name)


def _for_keepers(view: View) -> View:
    @wraps(view)
    def guarded(request: StaffRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.scope.has_any(KEEPERS):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
