"""Addresses of feedback. Those of `unprefixed` stand without a language: they are for machines."""

from django.urls import path

from feedback.api import FeedbackView
from feedback.telling import KINDS
from feedback.views import stories, tell

urlpatterns = [
    path("stories/", stories.read, name="stories"),
    path("tell/", tell.tell, {"kind": "story"}, name="tell"),
    *(
        path(f"tell/{kind.replace('_', '-')}/", tell.tell, {"kind": kind.value}, name=f"tell_{kind.value}")
        for kind in KINDS
        if kind != "story"
    ),
]

unprefixed = [path("api/feedback/", FeedbackView.as_view(), name="api_feedback")]
