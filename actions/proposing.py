"""Making an action, with what it comes from."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from actions.evidence import Source, add_evidence
from actions.models import Action, Event
from actions.moves import first_status
from cxportal.organisation.models import Service, Topic, Unit, User


@transaction.atomic
def begin(*, action: Action, by: User, at: datetime | None = None) -> Action:
    """Save a new action at the beginning of the line."""
    at = at or timezone.now()
    action.status = first_status()
    action.made_on = timezone.localdate(at)
    action.save()
    Event.objects.create(action=action, before=None, after=action.status, by=by, at=at)
    return action


@transaction.atomic
def propose(
    *,
    title: str,
    unit: Unit,
    by: User,
    what_and_why: str = "",
    service: Service | None = None,
    topics: Iterable[Topic] = (),
    owner: User | None = None,
    due_on: date | None = None,
    horizon: str = "",
    sources: Iterable[Source] = (),
    at: datetime | None = None,
) -> Action:
    action = Action(
        title=title,
        what_and_why=what_and_why,
        unit=unit,
        service=service,
        owner=owner,
        due_on=due_on,
        horizon=horizon,
    )
    begin(action=action, by=by, at=at)
    action.topics.set(topics)
    add_evidence(action=action, sources=sources, by=by, at=at)
    return action
