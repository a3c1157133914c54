"""How well the questionnaire of a wave was answered, for the CX team."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from surveys import quality
from surveys.models import Wave


def wave_quality(request: HttpRequest, wave_id: int) -> HttpResponse:
    if not request.user.scope.is_cx_team:
        raise PermissionDenied
    wave = get_object_or_404(Wave.objects.for_user(request.user), pk=wave_id)
    request.current_app = admin.site.name
    context = {"title": _("How well it was answered"), "wave": wave, "lines": quality.shown(wave)}
    return TemplateResponse(request, "surveys/paper/quality.html", admin.site.each_context(request) | context)
