"""The messages of panels."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cxportal.dispatch.rendering import register_template
from panels.invitation_texts import NOBODY, TEMPLATE, link_with


def _invitation_of_nobody() -> dict:
    return {
        "title": "How was your visit?",
        "intro": "Please tell us how it was, so that we can do it better.",
        "sms": "How was your visit?",
        "questions": 6,
        "minutes": 2,
        "closes_on": "21 November 2026",
        "privacy": "anonymous",
        "reminders": 1,
        "reminder": 0,
        "other_languages": [["fi", "Suomi"], ["ar", "العربية"]],
        "link": link_with(NOBODY),
        "panel": ["Customer panel", "en"],
        "preferences": f"{settings.BASE_URL}/en/example/4F7A21/",
    }


register_template(
    TEMPLATE,
    name=_("Invitation to a survey, and its reminders"),
    sample=_invitation_of_nobody,
    purposes=("invitation", "reminder"),
    channels=("email", "sms"),
    sample_scope="panel:1",
)
register_template(
    "panels.joining",
    name=_("Confirming that somebody wants to join a panel"),
    sample=lambda: {"panel": "Customer panel", "days": 7, "link": f"{settings.BASE_URL}/en/example/4F7A21/"},
    purposes=("joining",),
    channels=("email", "sms"),
)
register_template(
    "panels.copy",
    name=_("Link to a copy of what is held about a member"),
    sample=lambda: {"hours": 24, "link": f"{settings.BASE_URL}/en/example/4F7A21/"},
    purposes=("copy",),
    channels=("email", "sms"),
)
