"""The messages that belong to no other room."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cxportal.dispatch.rendering import register_template


def _sample_link() -> str:
    return f"{settings.BASE_URL}/en/example/4F7A21/"


register_template(
    "account.password_reset",
    name=_("Forgotten password"),
    sample=lambda: {"username": "chiara", "link": _sample_link(), "hours": 1},
    purposes=("account",),
)
register_template(
    "account.notice",
    name=_("Change to an account"),
    # event: password_changed, second_factor_on, second_factor_off, recovery_codes_made, unknown_account, other
    sample=lambda: {"username": "chiara", "event": "password_changed", "link": _sample_link()},
    purposes=("account",),
)
register_template(
    "notice",
    name=_("Notice to staff"),
    sample=lambda: {
        "title": "Two actions are late",
        "paragraphs": ["Shorter phone menu: 12 days.", "Signs in six languages: 4 days."],
        "link": _sample_link(),
    },
    purposes=("notice",),
)
register_template(
    "test",
    name=_("Test message"),
    sample={},
    purposes=("test",),
    channels=("email", "sms"),
)
