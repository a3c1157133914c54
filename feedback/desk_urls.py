"""Addresses under which staff write down what they see and hear, and look at one topic."""

from collections.abc import Callable

from django.contrib import admin
from django.http import HttpResponse
from django.urls import URLPattern, path

from feedback.views import observe, take_down, topics

app_name = "desk"


def staff_path(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    return path(route, admin.site.admin_view(view), name=name)


urlpatterns = [
    staff_path("observe/", observe.observe, "observe"),
    staff_path("observe/undo/", observe.undo, "undo"),
    staff_path("take-down/", take_down.take_down, "take_down"),
    staff_path("topics/", topics.all_topics, "topics"),
    staff_path("topics/<str:code>/", topics.topic, "topic"),
]
