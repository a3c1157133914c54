"""From an address or a personal link to what is asked there. Kept in memory for ten seconds, so that a page asks
the database nothing; whoever takes an answer reads the truth.
"""

from datetime import datetime
from typing import NamedTuple

from cxportal.languages import SOURCE
from cxportal.public import public_languages
from surveys.ballot_box import Result, hash_of, is_spent, why_not_open
from surveys.memory import kept
from surveys.models import Collector, Ticket, Version
from surveys.questionnaire import Questionnaire

SECONDS_IN_MEMORY = 10
QUESTIONNAIRES_IN_MEMORY = 64


class Way(NamedTuple):
    """One way into a wave: everything a page needs to know about it."""

    collector_id: int
    kind: str
    address: str
    unit_id: int | None
    wave_id: int
    survey_id: int
    version_id: int
    """0 while nothing is published."""
    digest: str
    languages: tuple[str, ...]
    default_language: str
    privacy: str
    closed: Result | None
    """Why no answer is taken; nothing while it is open."""
    opens_at: datetime | None
    closes_at: datetime | None
    people_per_hour: int
    """How many are expected from one address; 0 where that is not looked at."""

    @property
    def is_staff_entry(self) -> bool:
        return self.kind == Collector.Kind.STAFF

    @property
    def offered(self) -> tuple[str, ...]:
        """Languages of the wave that the portal offers, the way's own one first."""
        portal = public_languages()
        offered = [code for code in self.languages if code in portal] or [portal[0] if portal else SOURCE]
        return tuple(sorted(offered, key=lambda code: code != self.default_language))


class PersonalLink(NamedTuple):
    way: Way
    is_spent: bool
    is_numbered: bool
    """Whether answers given here are joined under the secret number of a member."""
    open_address: str
    """Of an open link to the same wave, for somebody whose own link was used; empty if there is none."""


def by_address(address: str) -> Way | None:
    """The way in with this short address, from memory; no way for links that are personal or typed in by staff."""
    return kept(("way", address), lambda: _read(address), seconds=SECONDS_IN_MEMORY)


def by_token(token: str) -> PersonalLink | None:
    """What a personal link opens. Looking spends nothing and leaves nothing behind."""
    ticket = (
        Ticket.objects.filter(token_hash=hash_of(token))
        .select_related("collector__wave__version", "wave")
        .defer("collector__wave__version__content")
        .first()
    )
    if ticket is None:
        return None
    used = is_spent(ticket.wave, token)
    return PersonalLink(
        _way(ticket.collector),
        used,
        bool(ticket.subject),
        open_address_of(ticket.wave_id) if used else "",
    )


def open_address_of(wave_id: int) -> str:
    links = Collector.objects.filter(
        wave_id=wave_id, kind=Collector.Kind.LINK, state=Collector.State.OPEN, wave__state="open"
    )
    return links.values_list("address", flat=True).first() or ""


def _read(address: str) -> Way | None:
    collector = (
        Collector.objects.filter(address=address, kind__in=[Collector.Kind.LINK, Collector.Kind.STAFF])
        .select_related("wave__version")
        .defer("wave__version__content")
        .first()
    )
    return _way(collector) if collector else None


def _way(collector: Collector) -> Way:
    wave = collector.wave
    return Way(
        collector_id=collector.pk,
        kind=collector.kind,
        address=collector.address,
        unit_id=collector.unit_id,
        wave_id=wave.pk,
        survey_id=wave.survey_id,
        version_id=wave.version_id or 0,
        digest=wave.version.digest if wave.version else "",
        languages=tuple(wave.languages),
        default_language=collector.default_language,
        privacy=wave.privacy,
        closed=why_not_open(wave, collector),
        opens_at=wave.opens_at,
        closes_at=wave.closes_at,
        people_per_hour=collector.people_per_hour,
    )


# ---------- versions ----------

_questionnaires: dict[str, Questionnaire] = {}


def questionnaire_of(way: Way) -> Questionnaire:
    """What is asked now. A version never changes, so it is worked out once and kept under its digest."""
    return questionnaire_by(way.version_id, way.digest)


def version_of_form(way: Way, digest: str) -> tuple[int, str] | None:
    """(key, digest) of the version that a form was made from: the current one, or an earlier one of the survey."""
    if way.digest.startswith(digest) and way.version_id:
        return way.version_id, way.digest
    found = Version.objects.filter(survey_id=way.survey_id, digest__startswith=digest)
    return found.values_list("pk", "digest").first()


def questionnaire_by(version_id: int, digest: str) -> Questionnaire:
    if digest not in _questionnaires:
        _keep(digest, Version.objects.values_list("content", flat=True).get(pk=version_id))
    return _questionnaires[digest]


def questionnaire_with(digest: str) -> Questionnaire | None:
    """By the first letters of a digest, for the stylesheet that belongs to it."""
    for known, questionnaire in _questionnaires.items():
        if known.startswith(digest):
            return questionnaire
    found = Version.objects.filter(digest__startswith=digest).values_list("pk", "digest").first()
    return questionnaire_by(*found) if found else None


def _keep(digest: str, content: dict) -> None:
    while len(_questionnaires) >= QUESTIONNAIRES_IN_MEMORY:
        _questionnaires.pop(next(iter(_questionnaires)), None)
    _questionnaires[digest] = Questionnaire(content)
