"""What pages of the staff have in common: who may enter, and the frame around them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from cxportal.organisation.admin_base import StaffRequest
from feedback.desks import WRITERS

View = Callable[..., HttpResponse]


def for_writers(view: View) -> View:
    @wraps(view)
    def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.scope.has_any(WRITERS):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def framed(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> TemplateResponse:
    request.current_app = admin.site.name  # type: ignore[attr-defined]
    return TemplateResponse(request, template, admin.site.each_context(request) | context, status=status)
