"""Addresses of what the public reads of actions; they stand under the language."""

from django.urls import path

from actions.views import did, request

urlpatterns = [
    path("", did.index, name="did"),
    path("<int:told_id>/", did.one, name="did_one"),
    path("topic/<str:code>/", did.about_topic, name="did_topic"),
    path("service/<str:code>/", did.about_service, name="did_service"),
    path("request/<str:token>/", request.adjustment, name="adjustment"),
]
