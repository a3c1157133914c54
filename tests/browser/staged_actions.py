"""One unit with actions, a plan and a request to a body outside, so that each of their pages has something to show."""

from datetime import date, timedelta

from django.utils import timezone

from actions import adjusting, telling_back
from actions.models import Action, Adjustment, ExpectedEffect, Milestone, Note, Plan, PlanTopic, ToldBack
from cxportal.organisation.models import Topic, Unit, User
from surveys.models import Wave
from tests.factories import (
    ActionFactory,
    EvidenceFactory,
    FigureFactory,
    ServiceFactory,
    UnitFactory,
    UnitFigureFactory,
    VoiceFactory,
)


def stage_actions(*, unit: Unit, topic: Topic, wave: Wave, owner: User, cx_team: User) -> None:
    today = timezone.localdate()
    plan = Plan.objects.create(unit=unit, year=2026, owner=owner, summary="The waiting hall comes first.")
    late = ActionFactory(
        title="Screens that say how long it takes",
        unit=unit,
        owner=owner,
        plan=plan,
        service=ServiceFactory(code="permits"),
        due_on=today - timedelta(days=9),
        at_status="under_way",
    )
    late.topics.add(topic)
    EvidenceFactory(action=late, item=VoiceFactory(unit=unit), reference="")
    Milestone.objects.create(action=late, text="Screens ordered", due_on=today)
    Note.objects.create(action=late, text="Ordered.", written_by=owner, written_at=timezone.now())
    _effect(late)
    ended = ActionFactory(title="Open on Sundays", unit=unit, at_status="declined")
    Action.objects.filter(pk=ended.pk).update(reason="The law does not allow it.", ended_on=today)
    _plan_topics(plan, topic, wave)
    draft = Adjustment(
        action=late,
        body="Town of Northhaven",
        email="office@town.example",
        text="The ramp is too steep.",
        answer_until=today + timedelta(days=9),
    )
    adjusting.ask(adjustment=draft, by=cx_team)
    told = ToldBack.objects.create(
        action=late, title="Screens in the hall", heard="Nobody says how long.", did="A screen shows it."
    )
    telling_back.release(told_back=told, by=cx_team)


def _effect(action: Action) -> None:
    figure = FigureFactory(name="Days until the decision")
    for month, value in [(1, "48"), (4, "41.5")]:
        UnitFigureFactory(
            unit=action.unit,
            figure=figure,
            starts_on=date(2026, month, 1),
            ends_on=date(2026, month, 30),
            value=value,
        )
    ExpectedEffect.objects.create(action=action, figure=figure, starts_on=date(2026, 3, 1))


def _plan_topics(plan: Plan, topic: Topic, wave: Wave) -> None:
    """One with an action and a figure, one handed to another unit, one without an answer."""
    figure = {"value": 2.4, "low": 2.1, "high": 2.7, "n": 41, "question": "hall", "publication": 1}
    PlanTopic.objects.create(plan=plan, topic=topic, wave=wave, figure=figure)
    handed, unanswered = Topic.objects.exclude(pk=topic.pk)[:2]
    PlanTopic.objects.create(
        plan=plan,
        topic=handed,
        answer=PlanTopic.Answer.NO_INFLUENCE,
        handed_to=UnitFactory(),
        reason="The building is theirs.",
    )
    PlanTopic.objects.create(plan=plan, topic=unanswered)
