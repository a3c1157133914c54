"""Addresses of the staff's own pages for actions."""

from django.contrib import admin
from django.urls import path

from actions.views import plans, staff

app_name = "actions"
urlpatterns = [
    path("board/", admin.site.admin_view(staff.board), name="board"),
    path("board/actions.<slug:kind>", admin.site.admin_view(staff.export), name="export"),
    path("make/", admin.site.admin_view(staff.make), name="make"),
    path("<int:action_id>/move/", admin.site.admin_view(staff.move), name="move"),
    path("<int:action_id>/ask/", admin.site.admin_view(staff.ask), name="ask"),
    path("plans/", admin.site.admin_view(plans.overview), name="plans"),
    path("plans/<int:unit_id>/<int:year>/", admin.site.admin_view(plans.plan), name="plan"),
    path("plans/topic/<int:topic_id>/", admin.site.admin_view(plans.hand_over), name="hand_over"),
]
