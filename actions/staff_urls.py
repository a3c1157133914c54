"""Addresses of the staff's own pages for actions."""

from django.contrib import admin
from django.urls import path

from actions.views import staff

app_name = "actions"
urlpatterns = [
    path("board/", admin.site.admin_view(staff.board), name="board"),
    path("make/", admin.site.admin_view(staff.make), name="make"),
    path("<int:action_id>/move/", admin.site.admin_view(staff.move), name="move"),
]
