"""Addresses of the queue; they stand beside the lists of the staff site."""

from django.contrib import admin
from django.urls import path

from feedback.views import queue

app_name = "queue"

urlpatterns = [
    path("queue/", admin.site.admin_view(queue.queue), name="queue"),
    path("queue/many/", admin.site.admin_view(queue.many), name="many"),
    path("queue/backlog/", admin.site.admin_view(queue.backlog), name="backlog"),
    path("queue/<uuid:item_id>/", admin.site.admin_view(queue.queue), name="item"),
    path("queue/<uuid:item_id>/reveal/", admin.site.admin_view(queue.reveal), name="reveal"),
    *(
        path(f"queue/<uuid:item_id>/{do}/", admin.site.admin_view(queue.decide), {"do": do}, name=do)
        for do in queue.DECISIONS
    ),
]
