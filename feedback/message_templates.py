"""Mails that feedback sends."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cxportal.dispatch.rendering import register_template

REPLY = "feedback.reply"

register_template(
    REPLY,
    name=_("Answer to feedback"),
    sample=lambda: {
        "text": "Thank you for telling us. There is a second queue now.",
        "text_language": "en",
        "text_direction": "ltr",
        "link": f"{settings.BASE_URL}/en/receipt/",
    },
    purposes=("reply",),
    channels=("email", "sms"),
)
