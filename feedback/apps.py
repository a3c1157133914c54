from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from cxportal import slots


class FeedbackConfig(AppConfig):
    name = "feedback"
    verbose_name = _("Feedback")

    def ready(self) -> None:
        slots.fill("front.tell", "feedback/public/door.html", lambda request: {})
