"""What the public may know of a wave before anybody is asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, override
from django.utils.translation import gettext_noop as _
from modeltranslation.utils import build_localized_fieldname

from cxportal.interface import said
from cxportal.languages import LANGUAGES, SOURCE, KnownLanguage
from cxportal.organisation.models import User
from cxportal.organisation.texts import Text, text_of
from surveys.memory import kept
from surveys.models import Announcement, Collector, Publication, Version, Wave
from surveys.wording import promise_of, worded

SECONDS_IN_MEMORY = 10


def announce(*, wave: Wave, is_public: bool, who: Mapping[str, str], by: User | None) -> Announcement:
    """Show the page of the wave, or no longer. `who`: language -> who is asked."""
    announcement, _created = Announcement.objects.get_or_create(wave=wave)
    announcement.is_public = is_public
    for code, text in who.items():
        setattr(announcement, build_localized_fieldname("who", code), text.strip())
    announcement.save()
    return announcement


def copy_announcement(wave: Wave, following: Wave) -> None:
    """The next wave of a continuous survey is announced like the one before."""
    for announcement in Announcement.objects.filter(wave=wave):
        announcement.pk, announcement._state.adding = None, True
        announcement.wave = following
        announcement.save()


class About(NamedTuple):
    """A wave as its public page tells it, in the language of the page."""

    wave: Wave
    digest: str
    title: Text
    purpose: Text
    who: Text
    when: Text
    privacy: str
    languages: list[KnownLanguage]
    has_results: bool

    @property
    def code(self) -> str:
        return self.wave.code

    @property
    def takes_declines(self) -> bool:
        return self.wave.state != Wave.State.CLOSED


def about(code: str) -> About | None:
    """The page of this wave in the active language; nothing where the CX team shows none."""
    found = _told(Announcement.objects.public().filter(wave__code=code))
    return found[0] if found else None


def under_way() -> list[About]:
    """All waves to come and under way that are shown to everybody, from memory."""
    shown = Announcement.objects.under_way().order_by("wave__opens_at", "wave__name")
    return kept(("announced", get_language()), lambda: _told(shown), seconds=SECONDS_IN_MEMORY)


def _told(announcements: QuerySet[Announcement]) -> list[About]:
    """Those of published surveys; a wave that has not opened yet is told by the newest version. Two queries."""
    tickets = Collector.objects.filter(wave=OuterRef("wave"), kind=Collector.Kind.TICKETS)
    newest = Version.objects.filter(survey=OuterRef("wave__survey")).order_by("-number")
    rows: list[Any] = list(
        announcements.select_related("wave").annotate(
            has_tickets=Exists(tickets),
            has_results=Exists(Publication.objects.public().filter(wave=OuterRef("wave"))),
            told_by=Coalesce("wave__version", Subquery(newest.values("pk")[:1])),
        )
    )
    versions = Version.objects.in_bulk({row.told_by for row in rows if row.told_by})
    return [_about(row, versions[row.told_by]) for row in rows if row.told_by]


def _about(announcement: Any, version: Version) -> About:
    wave, content = announcement.wave, version.content
    language = get_language() or SOURCE
    codes = wave.languages or [content["source"]]
    return About(
        wave=wave,
        digest=version.digest,
        title=worded(content["title"], language, content["source"]),
        purpose=worded(content["purpose"], language, content["source"]),
        who=text_of(announcement, "who", language),
        when=when(wave),
        privacy=promise_of(wave.privacy, is_numbered=announcement.has_tickets),
        languages=[LANGUAGES[code] for code in codes],
        has_results=announcement.has_results,
    )


def when(wave: Wave) -> Text:
    opens, closes = wave.opens_at, wave.closes_at
    match wave.state:
        case Wave.State.CLOSED:
            return on_days(_("It ended on %(day)s."), day=closes) if closes else said(_("It has ended."))
        case Wave.State.PAUSED:
            return said(_("It is paused at the moment."))
        case Wave.State.OPEN:
            if closes:
                return on_days(_("It runs until %(day)s."), day=closes)
            return said(_("It is running now."))
    if opens and closes:
        return on_days(_("It will run from %(first)s to %(last)s."), first=opens, last=closes)
    return on_days(_("It begins on %(day)s."), day=opens) if opens else said(_("It has not begun yet."))


def on_days(message: str, **moments: datetime) -> Text:
    """A sentence with days in it, both in one language, also where the sentence falls back to English."""
    language = said(message, **dict.fromkeys(moments, "")).language
    with override(language):
        return said(message, **{name: date_format(localtime(at)) for name, at in moments.items()})
