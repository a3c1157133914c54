from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActionsConfig(AppConfig):
    name = "actions"
    verbose_name = _("Actions")

    def ready(self) -> None:
        for name in ("places", "digest_section"):  # they need the models, which are there only now
            import_module(f"actions.{name}")
