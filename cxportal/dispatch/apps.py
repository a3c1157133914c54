from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class DispatchConfig(AppConfig):
    name = "cxportal.dispatch"
    label = "dispatch"
    verbose_name = _("Messages")

    def ready(self) -> None:
        # in these modules every room says what it sends, what it does again and again, and which keys it needs
        autodiscover_modules("message_templates", "periodic_jobs", "expected_keys")
