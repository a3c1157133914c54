"""Addresses of the gallery of ready-made surveys."""

from django.contrib import admin
from django.urls import path

from cxportal.portal.views import blueprints

app_name = "blueprints"

urlpatterns = [
    path("", admin.site.admin_view(blueprints.gallery), name="gallery"),
    path("<str:code>/", admin.site.admin_view(blueprints.one), name="one"),
    path("<str:code>/page/", admin.site.admin_view(blueprints.page), name="page"),
    path("<str:code>/install/", admin.site.admin_view(blueprints.install), name="install"),
]
