"""Making an action, or joining one, from where something was read: a voice, a topic, a cell of results."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from actions import planning
from actions.effect import INDICATOR
from actions.evidence import About, PublishedFigure, Source, Voice, add_evidence
from actions.models import Action, PlanTopic
from actions.proposing import propose
from cxportal.organisation.models import Topic, Unit, User
from feedback import triage
from feedback.models import Assignment, Item, Outcome
from surveys import publications
from surveys.models import Wave
from surveys.statistics.change import Kind


def read_source(named: Mapping[str, str], *, by: User) -> Source | None:
    """What an address names (`item`, `topic`, `plan_topic`, or `wave`, `question`, `breakdown`, `cell`), if this person
    may see it.
    """
    if plan_topic := read_plan_topic(named, by=by):
        return planning.source_of(plan_topic)
    if named.get("item"):
        item = Item.objects.for_user(by).filter(pk=_uuid(named["item"])).select_related("unit").first()
        return Voice(item) if item else None
    if named.get("topic"):
        topic = Topic.objects.filter(pk=_number(named["topic"])).first()
        return About(topic) if topic else None
    if named.get("wave"):
        wave = Wave.objects.for_user(by).filter(pk=_number(named["wave"])).first()
        return _figure(wave, named, by) if wave else None
    return None


def read_plan_topic(named: Mapping[str, str], *, by: User) -> PlanTopic | None:
    """The topic of a plan that this person keeps."""
    rows = PlanTopic.objects.for_user(by).filter(pk=_number(named.get("plan_topic", "")))
    found = rows.select_related("plan__unit", "topic", "wave").first()
    return found if found and planning.may_keep(by, found.plan.unit) else None


def _figure(wave: Wave, named: Mapping[str, str], by: User) -> PublishedFigure | None:
    results = publications.latest(wave, by)
    question, breakdown, cell = (named.get(name, "") for name in ("question", "breakdown", "cell"))
    if results is None:
        return None
    group = results.by(breakdown).get(cell) if breakdown else results.everybody
    if group is None:
        return None
    kind = Kind.MEAN
    if question.startswith(INDICATOR):
        indicator = group.indicators.get(question.removeprefix(INDICATOR))
        value, kind = (indicator.value, Kind(indicator.kind)) if indicator else (None, kind)
    else:
        asked = group.questions.get(question)
        value = asked.mean if asked else None
    if value is None:
        return None
    shown = {"kind": kind.value, "value": value.value, "low": value.low, "high": value.high, "n": value.n}
    return PublishedFigure(wave, results.publication.number, question, breakdown, cell, shown)


@transaction.atomic
def make(
    *,
    source: Source,
    title: str,
    unit: Unit,
    by: User,
    due_on: date | None = None,
    plan_topic: PlanTopic | None = None,
    at: datetime | None = None,
) -> Action:
    """With `plan_topic` it is the plan's answer to it."""
    topics, service = [], None
    if isinstance(source, Voice):
        topics, service = list(source.item.topics.all()), source.item.service
    elif isinstance(source, About):
        topics = [source.topic]
    action = propose(
        title=title,
        unit=unit,
        by=by,
        due_on=due_on,
        topics=topics,
        service=service,
        sources=[source],
        at=at,
    )
    if plan_topic:
        planning.take_up(plan_topic=plan_topic, action=action)
    _end(source, Outcome.BECAME_ACTION, by, at)
    return action


@transaction.atomic
def join(
    *,
    source: Source,
    action: Action,
    by: User,
    plan_topic: PlanTopic | None = None,
    at: datetime | None = None,
) -> None:
    add_evidence(action=action, sources=[source], by=by, at=at)
    if plan_topic:
        planning.take_up(plan_topic=plan_topic, action=action)
    _end(source, Outcome.JOINED_ACTION, by, at)


def _end(source: Source, outcome: Outcome, by: User, at: datetime | None) -> None:
    """The parts of this voice that are in the person's hands have their outcome by that."""
    if not isinstance(source, Voice):
        return
    for assignment in Assignment.objects.open().filter(item=source.item.head_id).select_related("item"):
        if triage.may_handle(assignment, by):
            triage.close(assignment=assignment, outcome=outcome, by=by, at=at)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
