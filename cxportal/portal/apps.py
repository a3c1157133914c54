from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from cxportal import slots


class PortalConfig(AppConfig):
    name = "cxportal.portal"
    verbose_name = _("Portal")

    def ready(self) -> None:
        slots.fill("front.receipt", "public/receipt/door.html", lambda request: {})
