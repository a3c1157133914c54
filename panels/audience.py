"""Who is asked by a mailing, in which language, by which channel, with which profile; who is not, and why.

Worked out anew whenever it is looked at; the seed makes it the same as long as the register is the same.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db.models import CharField, F, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils import timezone

from cxportal.organisation.models import Unit
from panels import exclusions, profiles, sampling
from panels.models import Mailing, Membership, Sample
from panels.models.register import languages_in
from panels.profiles import Group
from surveys.breakdowns import ATTRIBUTE
from surveys.models import Wave
from surveys.publishing import questions_in


class Invited(NamedTuple):
    membership: int
    member: int
    panel: int
    language: str
    channel: str
    falls_back: bool
    known: Group
    """What is known of the person; the profile is `Audience.profiles[known]`."""
    asked_again: tuple[str, ...]


class LeftOut(NamedTuple):
    member: int
    reason: str
    language: str


@dataclass
class Audience:
    drawn: sampling.Drawn
    invited: list[Invited] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    coarsened: profiles.Coarsened = field(default_factory=lambda: profiles.Coarsened({}, {}, 0))
    unique: int = 0
    """Invited whom the questionnaire's own questions on what is known of them single out."""
    asked_again: list[str] = field(default_factory=list)

    @property
    def reasons(self) -> Counter[str]:
        return Counter(left_out.reason for left_out in self.left_out)

    @property
    def languages(self) -> Counter[str]:
        return Counter(person.language for person in self.invited)

    def profile_sizes(self) -> Counter[Group]:
        return Counter(self.coarsened.groups[person.known] for person in self.invited)

    def digest(self) -> str:
        """Of who is asked how, and of who is not and why."""
        told = hashlib.sha256()
        for person in self.invited:
            profile = self.coarsened.groups[person.known]
            row = (person.membership, person.member, person.language, person.channel, profile)
            told.update(repr(row).encode())
        for left_out in self.left_out:
            told.update(repr(left_out).encode())
        return told.hexdigest()


def audience_of(mailing: Mailing, *, at: datetime | None = None) -> Audience:
    """About 30 µs and 300 bytes a person: names and addresses are not read."""
    at = at or timezone.now()
    frame = frame_of(mailing)
    audience = Audience(sampling.draw(_candidates(frame, mailing.sample), mailing.sample))
    standing = exclusions.Standing.of(mailing, at=at)
    reading = Reading.of(mailing.wave)
    seen: set[int] = set()
    for person in exclusions.people(frame, wave=mailing.wave):
        if person.member in seen or person.member not in audience.drawn.people:
            continue
        seen.add(person.member)
        if reason := exclusions.reason_for(person, standing, mailing.channel):
            audience.left_out.append(LeftOut(person.member, reason, reading.language_for(person)))
        else:
            audience.invited.append(reading.invited(person, exclusions.channel_of(person, mailing.channel)))
    _add_profiles(audience, mailing.wave)
    audience.asked_again = reading.asked_again
    audience.unique = _unique(audience)
    return audience


def frame_of(mailing: Mailing) -> QuerySet[Membership]:
    """Everybody the sample is drawn from: who is in one of the panels now."""
    panels = list(mailing.panels.values_list("pk", flat=True))
    return Membership.objects.filter(panel__in=panels, left_at=None)


def strata_of(mailing: Mailing) -> list[str]:
    """By what groups can be formed: "unit", "language" and the attributes of the panels."""
    codes = mailing.panels.values_list("attributes__code", flat=True).order_by("attributes__code").distinct()
    return ["unit", "language", *(f"{ATTRIBUTE}{code}" for code in codes if code)]


def _candidates(frame: QuerySet[Membership], sample: Sample) -> Iterator[sampling.Candidate]:
    """A person in several panels counts once, with what the first of them knows."""
    seen: set[int] = set()
    rows = frame.order_by("panel_id", "pk").values_list("member_id", _stratum(sample))
    for member, group in rows.iterator(chunk_size=exclusions.ROWS_AT_A_TIME):
        if member not in seen:
            seen.add(member)
            yield sampling.Candidate(member, str(group or ""))


def _stratum(sample: Sample):
    if sample.strata.startswith(ATTRIBUTE):
        return KeyTextTransform(sample.strata.removeprefix(ATTRIBUTE), "attributes")
    column = {"unit": "unit__code", "language": "member__language"}.get(sample.strata)
    return F(column) if column else Cast("panel_id", CharField())


class Reading(NamedTuple):
    """How what the register knows becomes what an answer may carry."""

    languages: tuple[str, ...]
    fallback: str
    kept: tuple[str, ...]
    has_unit: bool
    has_language: bool
    asked_again: list[str]

    @classmethod
    def of(cls, wave: Wave) -> "Reading":
        languages = tuple(wave.languages or sorted(wave.version.content["title"] if wave.version else ()))
        source = wave.survey.source_language
        return cls(
            languages=languages,
            fallback=source if source in languages or not languages else languages[0],
            kept=tuple(profiles.kept_attributes(wave)),
            has_unit="unit" in wave.breakdowns,
            has_language="language" in wave.breakdowns,
            asked_again=asked_again(wave),
        )

    def language(self, wanted: str) -> str:
        return wanted if wanted in self.languages else self.fallback

    def language_for(self, person: exclusions.Person) -> str:
        """The first that the person named and the wave has."""
        if person.language in self.languages or not person.further_languages:
            return self.language(person.language)
        named = languages_in(person.language, person.further_languages)
        return next((code for code in named if code in self.languages), self.fallback)

    def invited(self, person: exclusions.Person, channel: str) -> Invited:
        language = self.language_for(person)
        known = person.attributes
        return Invited(
            person.membership,
            person.member,
            person.panel,
            language,
            channel,
            language not in (person.language, *person.further_languages.split(",")),
            Group(
                person.unit if self.has_unit else None,
                language if self.has_language else "",
                tuple((name, str(known[name])) for name in self.kept if known.get(name)),
            ),
            tuple(
                str(person.unit or "") if name == "unit" else str(known.get(name, ""))
                for name in self.asked_again
            ),
        )


def asked_again(wave: Wave) -> list[str]:
    """What the register may know and the questionnaire asks as well: the unit, and attributes of the same code."""
    if wave.version is None:
        return []
    asked = []
    for question in questions_in(wave.version.content):
        if any(choice.get("stands_for", {}).get("unit") for choice in question.get("choices", [])):
            asked.append("unit")
        asked.append(question["code"])
    known = set(
        Membership._meta.get_field("panel")
        .related_model._default_manager.filter(attributes__code__in=asked)
        .values_list("attributes__code", flat=True)
    )
    return [name for name in dict.fromkeys(asked) if name == "unit" or name in known]


def _add_profiles(audience: Audience, wave: Wave) -> None:
    known = Counter(person.known for person in audience.invited)
    if wave.is_anonymous:
        audience.coarsened = profiles.coarsen(
            known,
            order=profiles.order_of(wave),
            smallest=wave.smallest_profile,
            parents=dict(Unit.objects.values_list("pk", "parent_id")),
        )
    else:
        audience.coarsened = profiles.Coarsened(
            {group: group for group in known}, {}, min(known.values(), default=0)
        )


def _unique(audience: Audience) -> int:
    """How many are alone with their profile and their own answers to what is asked again."""
    if not audience.asked_again:
        return 0
    told = Counter(
        (audience.coarsened.groups[person.known], person.asked_again) for person in audience.invited
    )
    return sum(number == 1 for number in told.values())
