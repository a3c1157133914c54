"""Mails that actions send."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from actions import adjusting, reminders, telling_people
from cxportal.dispatch.rendering import register_template

register_template(
    adjusting.REQUEST,
    name=_("Request for adjustment to a body outside"),
    # kind: letter, before, after
    sample=lambda: {
        "kind": "letter",
        "body": "Town of Northhaven",
        "text": "The ramp at the entrance is too steep for wheelchairs. We ask you to rebuild it.",
        "text_language": "en",
        "text_direction": "ltr",
        "until": "31 January 2027",
        "link": f"{settings.BASE_URL}/en/did/request/example/",
    },
    purposes=("request",),
    written_when_sent=adjusting.written,
)
register_template(
    adjusting.ANSWERED,
    name=_("A body outside has answered"),
    # state: accepted, partly, not_accepted
    sample=lambda: {
        "title": "Rebuild the ramp",
        "state": "accepted",
        "link": f"{settings.BASE_URL}/en/admin/",
    },
    purposes=("notice",),
)
register_template(
    reminders.REMINDER,
    name=_("Reminder of an action"),
    # kind: soon, late, very_late
    sample=lambda: {
        "kind": "very_late",
        "title": "Signs in six languages",
        "of_action": "",
        "unit": "North Street",
        "due": "1 December 2026",
        "days": 14,
        "link": f"{settings.BASE_URL}/en/admin/",
    },
    purposes=("notice",),
    written_when_sent=reminders.written,
)
register_template(
    telling_people.TOLD,
    name=_("What became of what somebody told us"),
    sample=telling_people.sample,
    purposes=("told",),
    channels=("email", "sms"),
    sample_scope=telling_people.SCOPE_OF_NEWS,
    written_when_sent=telling_people.written,
)
