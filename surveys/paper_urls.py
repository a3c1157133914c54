"""Addresses of the pages for answers from paper, and for how well a wave was answered."""

from collections.abc import Callable

from django.contrib import admin
from django.http import HttpResponse
from django.urls import URLPattern, path

from surveys.views import paper, quality

app_name = "paper"


def staff_path(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    return path(route, admin.site.admin_view(view), name=name)


urlpatterns = [
    staff_path("paper/", paper.batches, "batches"),
    staff_path("paper/<int:batch_id>/", paper.batch, "batch"),
    staff_path("paper/<int:batch_id>/type/", paper.type_sheet, "type"),
    staff_path("paper/<int:batch_id>/type/<int:sheet_id>/", paper.type_sheet, "correct"),
    staff_path("paper/<int:batch_id>/type/<int:sheet_id>/remove/", paper.remove_sheet, "remove"),
    staff_path("paper/<int:batch_id>/finish/", paper.finish, "finish"),
    staff_path("paper/<int:batch_id>/again/<int:sheet_id>/", paper.type_again, "again"),
    staff_path("paper/<int:batch_id>/settle/<int:sheet_id>/", paper.settle, "settle"),
    staff_path("paper/<int:batch_id>/confirm/", paper.confirm, "confirm"),
    staff_path("paper/<int:batch_id>/discard/", paper.discard, "discard"),
    staff_path("quality/<int:wave_id>/", quality.wave_quality, "quality"),
]
