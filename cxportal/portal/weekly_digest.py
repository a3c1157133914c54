"""The weekly digest: one mail to each member of staff who has chosen it and may read something that is new."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from cxportal.digest_sections import Section, Week, sections_for
from cxportal.dispatch.models import Reason
from cxportal.dispatch.queueing import queue
from cxportal.dispatch.rendering import NotToBeSent
from cxportal.languages import SOURCE
from cxportal.organisation.models import User

TEMPLATE = "digest.weekly"


def choose(*, user: User, wants_digest: bool) -> None:
    """From the next one on; one that still waits to be sent to somebody who no longer wants it is not sent."""
    user.weekly_digest = wants_digest
    user.save(update_fields=["weekly_digest"])


def queue_due(*, at: datetime | None = None) -> int:
    """Once a week, for the week that has ended. Whoever has nothing new gets no mail."""
    week = Week.before(at or timezone.now())
    people = User.objects.filter(is_active=True, weekly_digest=True).exclude(email="")
    queued = 0
    for user in people.iterator():
        with translation.override(language_of(user)):
            has_news = bool(sections_for(user, week))
        if has_news and _queue(user, week):
            queued += 1
    return queued


def _queue(user: User, week: Week) -> bool:
    """The mail holds no figure until it is sent: what may be read is looked up then."""
    message = queue(
        cause=f"digest:{week.first.isoformat()}:{user.pk}",
        purpose="digest",
        channel="email",
        address=user.email,
        template=TEMPLATE,
        language=language_of(user),
        data={"person": user.pk, "week": week.first.isoformat()},
    )
    return message is not None


def language_of(user: User) -> str:
    return user.language or SOURCE


def written(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the mail says, by the rights of this moment."""
    if "sections" in data:
        return dict(data)
    user = User.objects.filter(pk=data["person"], is_active=True).first()
    if user is None:
        raise NotToBeSent(Reason.STAFF)
    if not user.weekly_digest:
        raise NotToBeSent(Reason.UNSUBSCRIBED)
    week = Week(date.fromisoformat(data["week"]))
    sections = sections_for(user, week)
    if not sections:
        raise NotToBeSent(Reason.STAFF)
    return values_of(week, sections)


def values_of(week: Week, sections: list[Section]) -> dict[str, Any]:
    return {
        "number": week.number,
        "first": date_format(week.first),
        "last": date_format(week.last),
        "sections": sections,
        "base_url": settings.BASE_URL,
        "settings_link": settings.BASE_URL + reverse("account_mails"),
    }
