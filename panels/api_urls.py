"""Addresses for machines: without a language."""

from django.urls import path

from panels import api

urlpatterns = [path("contacts/<slug:code>/", api.contacts, name="panel_contacts")]
