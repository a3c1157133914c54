"""Addresses of the public pages of the portal itself; they stand under the language."""

from django.urls import path

from cxportal.portal.models import PublicPage
from cxportal.portal.views import public, receipt

urlpatterns = [
    path("", public.front, name="front"),
    path("receipt/", receipt.receipt, name="receipt"),
    *(path(f"{key}/", public.statement_page, {"key": key}, name=key) for key in PublicPage.Key.values),
]
