from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from cxportal import slots


class FeedbackConfig(AppConfig):
    name = "feedback"
    verbose_name = _("Feedback")

    def ready(self) -> None:
        import_module("feedback.digest_section")  # it needs the models, which are there only now
        slots.fill("front.tell", "feedback/public/door.html", lambda request: {})
