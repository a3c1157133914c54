from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Outcome(models.TextChoices):
    """How a unit ended its part; the strongest first."""

    ANSWERED = "answered", pgettext_lazy("outcome", "Answered")
    BECAME_ACTION = "became_action", _("Became an action")
    JOINED_ACTION = "joined_action", _("Joined an action")
    NOTED = "noted", pgettext_lazy("outcome", "Noted")
    NOT_ACTIONABLE = "not_actionable", _("Nothing can be done")
    SPAM = "spam", _("Spam")


NEED_A_REASON = (Outcome.NOTED, Outcome.NOT_ACTIONABLE)
