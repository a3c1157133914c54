"""Addresses of the results, for staff. Filters stand behind the question mark."""

from collections.abc import Callable

from django.contrib import admin
from django.http import HttpResponse
from django.urls import URLPattern, path

from surveys.views import results

app_name = "results"


def staff_path(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    return path(route, admin.site.admin_view(view), name=name)


urlpatterns = [
    staff_path("", results.waves, "waves"),
    staff_path("<int:wave_id>/", results.overview, "overview"),
    staff_path("<int:wave_id>/question/<str:code>/", results.question, "question"),
    staff_path("<int:wave_id>/groups/", results.groups, "groups"),
    staff_path("<int:wave_id>/answered/", results.answered, "answered"),
    staff_path("<int:wave_id>/comparison/", results.compared, "comparison"),
    staff_path("<int:wave_id>/trend/", results.trend, "trend"),
    staff_path("<int:wave_id>/importance/", results.importance, "importance"),
    staff_path("<int:wave_id>/comments/", results.comments, "comments"),
]
