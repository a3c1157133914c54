"""Two years of feedback: what came in by page, phone and desk, who got it, and how it ended."""

import random
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from cxportal.organisation.models import Channel, Service, Topic, Unit, User
from cxportal.organisation.models import Stage as StageOfService
from cxportal.portal.demo.stage import Stage
from cxportal.portal.demo.voices import COMPLAINT, FAILURE, PRAISE, REMARK, SEEN, STORY, TIP, Voice, shuffled
from feedback import observing, publishing, replies, triage
from feedback.intake import Arrival, Intake
from feedback.models import (
    Assignment,
    CasePattern,
    Contact,
    Item,
    Kind,
    Outcome,
    RoutingRule,
    StaffName,
)

WEEKS = 104
VOICES, OBSERVATIONS = 330, 70
ROUTES = [
    ("e-service", "e-services", 10),
    ("decision", "decisions", 14),
    ("waiting-time", "decisions", 21),
    ("food", "reception", 7),
]
SERVICES = ("work-permit", "family-permit")
CHANNELS = (Channel.WEB, Channel.EMAIL, Channel.PHONE, Channel.E_SERVICE, Channel.SOCIAL_MEDIA)
CONSENT = "You may answer me at this address."
ANSWERS = {
    "en": "Thank you for writing to us. We have read it together with the people who can change it, and we are sorry for the trouble. What we change because of it is told on our page “What we did”.",
    "fi": "Kiitos, että kirjoitit. Luimme viestisi niiden kanssa, jotka voivat muuttaa asiaa, ja olemme pahoillamme vaivasta. Kerromme muutoksista sivulla ”Mitä teimme”.",
    "sv": "Tack för att du skrev. Vi har läst det med dem som kan ändra saken och beklagar besväret. Vad vi ändrar berättar vi på sidan ”Det här gjorde vi”.",
}
NOTED: dict[str, str] = {
    PRAISE: "Passed on to the people it is about.",
    Kind.SURVEY_COMMENT: "Read and counted under its topic; the team goes through the topics every month.",
    Kind.OBSERVATION: "Talked about in the weekly meeting of the team.",
}
NOTED_OTHERWISE = "Many say the same; it is followed under its topic."
NOBODY_CAN = "The law sets this; nobody in the agency can change it."


def fill_rules(stage: Stage) -> None:
    for position, (topic, unit, days) in enumerate(ROUTES, 1):
        RoutingRule.objects.create(
            name=f"{topic} to {unit}",
            position=position,
            topic=Topic.objects.get(code=topic),
            goes_to=stage.unit(unit),
            due_days=days,
        )
    CasePattern.objects.create(name="Case numbers", pattern="AAA/9999/999999")
    StaffName.objects.create(full_name="Mikael Lindqvist")


# ---------- what came in ----------


def fill_voices(stage: Stage) -> None:
    dice = stage.dice("voices")
    points = list(Unit.objects.filter(kind=Unit.Kind.SERVICE_POINT).order_by("code"))
    by_place = {unit.name.removesuffix(" service point"): unit for unit in points}
    number = stage.scaled(VOICES, least=60)
    voices = list(shuffled(dice, places=by_place))[:number]
    topics = {topic.code: topic.pk for topic in Topic.objects.all()}
    services = list(Service.objects.filter(code__in=SERVICES).order_by("code"))
    intake = Intake()
    for week in range(WEEKS, 0, -1):
        taken, voices = voices[: -(-len(voices) // week)], voices[-(-len(voices) // week) :]
        at = stage.ago(7 * week - 6, hour=9)
        arrivals = [
            _arrival(voice, dice, at=at, topic=topics[voice.topic], units=by_place, services=services)
            for voice in taken
        ]
        intake.take(arrivals, at=at)


def _arrival(
    voice: Voice,
    dice: random.Random,
    *,
    at: datetime,
    topic: int,
    units: dict[str, Unit],
    services: list[Service],
) -> Arrival:
    is_told = dice.random() < 0.5
    unit = next(unit for place, unit in units.items() if place in voice.text)
    item = Item(
        kind=voice.kind,
        way_in=Item.WayIn.PAGE,
        channel=dice.choice(CHANNELS),
        received_at=at - timedelta(hours=dice.randint(1, 120)),
        text=voice.text,
        language=voice.language,
        tone=voice.tone,
        unit=unit if is_told else None,
        service=dice.choice([*services, None]),
        may_publish=voice.kind == STORY or dice.random() < 0.2,
        intake_key=f"{dice.getrandbits(256):064x}",
    )
    contact = None
    if dice.random() < 0.1:
        contact = Contact(
            by=Contact.By.EMAIL,
            address=f"writer{dice.randrange(10**6)}@people.example",
            language=voice.language,
            purpose=Contact.Purpose.REPLY,
            consent=CONSENT,
            consented_at=item.received_at,
        )
    return Arrival(item, topics=[topic], contact=contact)


def fill_observations(stage: Stage) -> None:
    dice = stage.dice("observations")
    desks = list(Unit.objects.filter(kind=Unit.Kind.DESK).order_by("code"))
    stages = list(StageOfService.objects.order_by("position"))
    topics = {topic.code: topic for topic in Topic.objects.all()}
    for place in range(stage.scaled(OBSERVATIONS, least=12)):
        tone, topic, text = SEEN[place % len(SEEN)]
        at = stage.ago(dice.randint(1, 360), hour=dice.randint(9, 16))
        observing.observe(
            draft=uuid.UUID(int=dice.getrandbits(128)),
            unit=dice.choice(desks),
            day=at.date(),
            concerns=Item.Concerns.CUSTOMER,
            stage=dice.choice(stages),
            topic=topics[topic],
            tone=tone,
            text=text,
            at=at,
        )


# ---------- how it ended ----------


def fill_outcomes(stage: Stage) -> None:
    dice = stage.dice("outcomes")
    ines = stage.person("ines")
    waiting = Assignment.objects.open().select_related("item", "unit").order_by("assigned_at", "pk")
    for assignment in list(waiting):
        age = (stage.today - assignment.assigned_at).days
        if dice.random() < _share_ended(age):
            _end(stage, assignment, dice, by=ines, days=dice.randint(1, min(max(age, 1), 12)))
        elif dice.random() < 0.4:
            triage.take_up(assignment=assignment, by=ines)


def _share_ended(age: int) -> float:
    return 0.985 if age > 60 else 0.8 if age > 14 else 0.3


def _end(stage: Stage, assignment: Assignment, dice: random.Random, *, by: User, days: int) -> None:
    item = assignment.item
    at = min(assignment.assigned_at + timedelta(days=days), stage.today)
    if item.kind in (STORY, COMPLAINT, REMARK, TIP, FAILURE) and dice.random() < 0.6:
        _answer(stage, assignment, by=by, at=at)
    elif item.kind == COMPLAINT and dice.random() < 0.2:
        triage.close(assignment=assignment, outcome=Outcome.NOT_ACTIONABLE, reason=NOBODY_CAN, by=by, at=at)
    else:
        reason = NOTED.get(item.kind, NOTED_OTHERWISE)
        triage.close(assignment=assignment, outcome=Outcome.NOTED, reason=reason, by=by, at=at)


def _answer(stage: Stage, assignment: Assignment, *, by: User, at: datetime) -> None:
    """Written by one person, approved by another."""
    language = assignment.item.language if assignment.item.language in ANSWERS else "en"
    reply = replies.draft(assignment=assignment, text=ANSWERS[language], language=language, by=by)
    replies.approve(reply=reply, by=stage.person("chiara"), at=at)
    replies.send(reply=reply, by=by, at=at)


def fill_stories(stage: Stage) -> None:
    """Every other one that may be public is; the latest wait for somebody who reads them."""
    chiara = stage.person("chiara")
    for place, item in enumerate(_stories()):
        publication = publishing.propose(item=item, by=chiara)
        at = item.received_at + timedelta(days=9)
        if place % 2 == 0 and at < stage.today:
            publishing.release(
                publication=publication, text=publication.text, language=item.language, by=chiara, at=at
            )


def _stories() -> Iterator[Item]:
    rows = Item.objects.of_queue().not_spam().filter(may_publish=True, looks_like_spam=False)
    yield from rows.order_by("received_at", "pk")[:70]
