"""Addresses for machines: without a language."""

from django.urls import path

from actions import api

urlpatterns = [path("api/actions/", api.ActionsView.as_view(), name="api_actions")]
