"""Addresses for members and for those who want to be; they stand under the language."""

from django.urls import path

from panels.views import membership

app_name = "panels"
urlpatterns = [
    path("join/", membership.panels_to_join, name="join_list"),
    path("join/<slug:code>/", membership.join, name="join"),
    path("joining/<str:token>/", membership.confirm, name="confirm"),
    path("member/<str:token>/", membership.preferences, name="preferences"),
    path("member/<str:token>/text/<int:consent_id>/", membership.agreed_text, name="agreed_text"),
    path("held/<str:token>/", membership.held, name="held"),
]
