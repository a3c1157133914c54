"""Starts the audit after the translated fields are known: see INSTALLED_APPS."""

from auditlog.apps import AuditlogConfig
from django.utils.module_loading import autodiscover_modules


class AuditConfig(AuditlogConfig):
    def ready(self) -> None:
        super().ready()
        # in this module every room says which of its models are followed
        autodiscover_modules("audited")
