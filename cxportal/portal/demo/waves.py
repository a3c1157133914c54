"""Waves of two years: opened, answered, counted and published on their days, with the figures that five bodies published."""

import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet
from django.db.models.functions import Now

from cxportal.dispatch import sending
from cxportal.dispatch.models import OPEN_STATES, Message
from cxportal.organisation.models import User
from cxportal.portal import blueprints
from cxportal.portal.demo.answers import Filler
from cxportal.portal.demo.margins import fewest
from cxportal.portal.demo.published import with_figures
from cxportal.portal.demo.stage import Stage
from feedback import survey_comments
from panels import mailing as mailings
from panels import upkeep
from panels.models import Invitation, Mailing, Membership
from panels.preview import preview_of
from surveys import (
    announcing,
    ballot_box,
    declining,
    preparing,
    publication_making,
    publications,
    release,
    waves,
)
from surveys.brought_in import Ballot, Stack, put_in_all, take_open
from surveys.indicators import counted_in
from surveys.models import Collector, Count, Mode, Survey, Wave

PATIENCE_SECONDS, PAUSE_SECONDS = 60, 0.5
MODE_OF = {Collector.Kind.PAPER: Mode.PAPER, Collector.Kind.STAFF: Mode.STAFF}


@dataclass(frozen=True)
class Run:
    """One wave as it went. Days count back from today; a wave without `closes` is still open."""

    code: str
    blueprint: str
    opens: int
    closes: int | None
    people: int
    figures: Mapping[str, float]
    """Code of an indicator -> as published; shares from 0 to 1."""
    digits: int = 0
    """Of the shares."""
    fewest: int = 100
    languages: Mapping[str, int] = field(default_factory=lambda: {"en": 1})
    declared: Mapping[str, Mapping[str, tuple[int, float]]] = field(default_factory=dict)
    """Question -> choice -> (how many, how much more content they are)."""
    of_invited: float = 0.0
    """What share of the people invited by mail answered."""
    sample: int = 0
    """So many are drawn; 0 for as many as the blueprint says."""
    declines: int = 0
    """So many of the panel say beforehand that they do not want to be asked."""
    offered: float = 0.0
    """What share of those to whom the form was given filled it in."""
    mood: float = 0.0
    """How much more content everybody is than usual."""
    better: Mapping[str, float] = field(default_factory=dict)
    """The same for single units."""
    writes: float = 0.15
    """What share of the people writes something."""


@dataclass
class Person:
    contentment: float
    language: str
    declared: dict[str, str]
    collector: Collector
    token: str = ""


class Guest(NamedTuple):
    """Somebody with a personal link."""

    collector: Collector
    language: str
    token: str


def fill_wave(stage: Stage, run: Run) -> None:
    """Opened and answered; invitations are in the queue."""
    dice, chiara = stage.dice(run.code), stage.person("chiara")
    opens = stage.ago(run.opens)
    wave = _opened(stage, run, by=chiara, at=opens)
    invited = _invited(stage, run, wave, at=opens, by=chiara) if run.of_invited else []
    people = list(_people(stage, run, wave, invited, dice))
    _answer(wave, run, people, dice)
    if run.offered:
        _enter_offered(wave, len(people) / run.offered, day=_end_of(run, stage).date(), by=chiara)


def send_messages(stage: Stage, run: Run) -> None:
    """Not in a transaction: what was handed over is not taken back. Doing it again sends what is left."""
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while _open_messages(run.code).exists() and time.monotonic() < ends_at:
        if not sum(sending.send_due(channel=channel) for channel in ("email", "sms")):
            time.sleep(PAUSE_SECONDS)  # the portal has them in its hands


def _open_messages(wave: str) -> QuerySet[Message]:
    batches = Mailing.objects.filter(wave__code=wave).values("batch")
    return Message.objects.filter(batch__in=batches, state__in=OPEN_STATES, due_at__lte=Now())


def publish_wave(stage: Stage, run: Run) -> None:
    """Closed, if it is over, counted and published. Where the clock was faster, its publication counts."""
    wave, chiara, ends = Wave.objects.get(code=run.code), stage.person("chiara"), _end_of(run, stage)
    if run.closes is not None:
        waves.close_wave(wave=wave, by=chiara, at=ends)
    for mailing in Mailing.objects.filter(wave=wave).under_way():
        upkeep.carry_on(mailing=mailing, at=ends)
    release.release(wave)
    survey_comments.fetch_comments(at=min(ends + timedelta(days=1), stage.today))
    publication_making.make(wave=wave, by=chiara, at=min(ends + timedelta(hours=2), stage.today))
    publication = wave.publications.order_by("number").last()
    if publication and run.closes is not None:
        publications.make_public(publication=publication, by=chiara, at=ends + timedelta(days=7))


def prepare_next(stage: Stage) -> None:
    """One more wave is in draft, with its mailings: the launch page has something to launch."""
    chiara = stage.person("chiara")
    wave = blueprints.prepare_wave("C1", by=chiara, at=stage.today, wave_code="customers_fourth")
    for mailing in Mailing.objects.filter(wave=wave):
        if not mailing.panels.filter(memberships__left_at=None).exists():
            mailing.delete()


def _end_of(run: Run, stage: Stage) -> datetime:
    return stage.today if run.closes is None else stage.ago(run.closes, hour=20)


def _opened(stage: Stage, run: Run, *, by: User, at: datetime) -> Wave:
    """The first wave of a survey comes with its installation; each later one is prepared anew."""
    written_at = at - timedelta(days=14)
    survey_code = blueprints.blueprint(run.blueprint).survey
    if Survey.objects.filter(code=survey_code).exists():
        wave = blueprints.prepare_wave(run.blueprint, by=by, at=written_at, wave_code=run.code)
    else:
        survey = blueprints.install(run.blueprint, by=by, at=written_at)
        wave = survey.waves.get()
        wave.code = run.code
    wave.opens_at = None
    # one that is over is closed when its messages are out
    wave.closes_at = None if run.closes is not None else stage.ago(-20, hour=20)
    wave.repeat = Wave.Repeat.NEVER
    wave.save()
    announcing.announce(wave=wave, is_public=True, who={}, by=by)
    return waves.open_wave(wave=wave, by=by, at=at)


# ---------- who is asked ----------


def _invited(stage: Stage, run: Run, wave: Wave, *, at: datetime, by: User) -> list[Guest]:
    """Everybody whom a mailing has reached, with the link that only the message keeps."""
    links: dict[int, str] = {}
    for mailing in Mailing.objects.filter(wave=wave, state=Mailing.State.DRAFT):
        _decline(mailing, run.declines)
        if run.sample:
            mailing.sample.size = stage.scaled(run.sample, least=60)
            mailing.sample.save(update_fields=["size"])
        preview = preview_of(mailing, at=at)
        if not preview.invited:
            mailing.delete()  # a panel that this agency does not have
            continue
        mailings.start(mailing=mailing, seen=preview.seen_hash, by=by, at=at)
        with mailings.lease(mailing):
            mailings.freeze(mailing=mailing, at=at)
        frozen = Invitation.objects.filter(mailing=mailing).select_related("ticket", "wave")
        links |= {invitation.pk: mailings.token_of(invitation) for invitation in frozen}
        upkeep.carry_on(mailing=mailing, at=at)
    reached = Invitation.objects.filter(wave=wave, state=Invitation.State.QUEUED)
    rows = reached.select_related("mailing__collector").order_by("pk")
    return [Guest(row.mailing.collector, row.language, links[row.pk]) for row in rows]


def _decline(mailing: Mailing, number: int) -> None:
    """On the public page of the wave."""
    members = (
        Membership.objects.filter(panel__in=mailing.panels.all()).select_related("member").order_by("pk")
    )
    for membership in members[:number]:
        declining.decline(wave=mailing.wave, address=membership.member.email)


# ---------- who answers ----------


def _people(
    stage: Stage, run: Run, wave: Wave, invited: list[Guest], dice: random.Random
) -> Iterator[Person]:
    answering = dice.sample(invited, round(run.of_invited * len(invited)))
    for guest in answering:
        yield _person(run, wave, dice, *guest)
    own_ways = list(
        wave.collectors.exclude(kind=Collector.Kind.TICKETS).select_related("unit").order_by("pk")
    )
    effects = {way.pk: dice.gauss(0, 0.04) + run.better.get(_unit_code(way), 0.0) for way in own_ways}
    wanted = fewest(
        stage.scaled(run.people, least=run.fewest),
        [share for share in run.figures.values() if share <= 1],
        digits=run.digits,
        times=_answers_each(run, wave),
    )
    for _each in range(max(wanted - len(answering), 0) if run.people else 0):
        way = dice.choice(own_ways)
        language = dice.choices(list(run.languages), list(run.languages.values()))[0]
        person = _person(run, wave, dice, way, language)
        person.contentment += effects[way.pk]
        yield person


def _unit_code(way: Collector) -> str:
    return way.unit.code if way.unit else ""


def _answers_each(run: Run, wave: Wave) -> int:
    """How many answers of one person a share stands on."""
    return max((len(one.questions) for one in counted_in(wave) if one.formula == "pooled_share"), default=1)


def _person(
    run: Run,
    wave: Wave,
    dice: random.Random,
    collector: Collector,
    language: str,
    token: str = "",
) -> Person:
    declared, effect = {}, run.mood
    for question, choices in run.declared.items():
        (code,) = dice.choices(list(choices), [weight for weight, _effect in choices.values()])
        declared[question] = code
        effect += choices[code][1]
    known = language if language in wave.languages else wave.languages[0]
    return Person(dice.gauss(0.6, 0.22) + effect, known, declared, collector, token)


def _answer(wave: Wave, run: Run, people: list[Person], dice: random.Random) -> None:
    content = wave.version.content  # type: ignore[union-attr]
    filler = Filler(content, dice, writes=run.writes)
    contentment = [person.contentment for person in people]
    given = with_figures(run.figures, counted_in(wave), filler.questionnaire.questions, contentment, dice)
    with Stack() as stack:
        for person, answers in zip(people, given, strict=True):
            mood = min(max(person.contentment, 0.0), 1.0)
            filled = filler.filled(mood, person.language, person.declared | answers)
            mode = MODE_OF.get(Collector.Kind(person.collector.kind), Mode.FULL)
            if not person.token:
                stack.add(Ballot(person.collector.pk, filled, person.language, mode))
                continue
            ballot_box.put_in(
                collector=person.collector,
                version=wave.version,  # type: ignore[arg-type]
                content=filled,
                form_number=dice.randbytes(16),
                token=person.token,
                language=person.language,
            )
        if stack:
            put_in_all(wave=take_open(wave.pk), version_id=wave.version_id, stack=stack)  # type: ignore[arg-type]


def _enter_offered(wave: Wave, offered: float, *, day: date, by: User) -> None:
    """What the units counted: to how many people the form was given, as many at each way in."""
    ways = list(wave.collectors.exclude(kind=Collector.Kind.TICKETS).order_by("pk"))
    month = preparing.months_of(wave, today=day)[-1]
    each, left = divmod(round(offered), len(ways))
    numbers = {
        (way.pk, str(Count.Kind.OFFERED), month): each + (place < left) for place, way in enumerate(ways)
    }
    preparing.enter_counts(wave=wave, numbers=numbers, by=by)
