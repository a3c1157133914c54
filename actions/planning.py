"""The annual plan of a unit: the topics it was rated lowest on, each with actions or with who else has influence on it."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from actions.evidence import About, PublishedFigure, Source
from actions.models import Action, Plan, PlanTopic
from actions.models.plan import READING_ROLES
from cxportal.organisation.models import Topic, Unit, User
from surveys import publications
from surveys.models import Publication, PublishedBreakdown
from surveys.publications import Group, QuestionFigures, Results, Value
from surveys.result_figures import is_high_good, is_rated, scale_of

LOWEST = 3
"""So many of the lowest-rated topics a unit has to answer in its plan."""


class Refused(Exception):
    """Says in one sentence why the plan stays as it is."""


# ---------- how the unit is rated ----------


class Rated(NamedTuple):
    """A topic in one publication; `place` is where it lies on its scale, 0 the worst and 1 the best."""

    topic: Topic
    place: float
    question: str
    value: Value


class Ratings(NamedTuple):
    """The latest publication that has the unit, and its topics, the lowest first."""

    publication: Publication
    rated: list[Rated]
    is_hidden: bool


def ratings_of(unit: Unit, *, reader: User) -> Ratings | None:
    """None where no publication that this person may read has the unit."""
    cells = PublishedBreakdown.objects.filter(
        publication=OuterRef("pk"), breakdown="unit", cells__has_key=unit.code
    )
    current = Publication.objects.for_user(reader).current().filter(Q(wave__unit=unit) | Exists(cells))
    newest = current.select_related("wave").defer("counted", "comments").order_by("-wave__opens_at", "-pk")
    publication = newest.first()
    if publication is None:
        return None
    group = _group_of(publications.of_publication(publication, reader), unit)
    if group is None:
        return None
    return Ratings(publication, _rated_in(group), group.is_hidden)


def _group_of(results: Results, unit: Unit) -> Group | None:
    return results.everybody if results.wave.unit_id == unit.pk else results.by("unit").get(unit.code)


def _rated_in(group: Group) -> list[Rated]:
    """A topic stands where its questions stand on average; its figure is that of the lowest of them."""
    by_topic: dict[str, list[tuple[float, QuestionFigures]]] = {}
    for one in group.questions.values():
        if one.mean and one.asked.topic and is_rated(one.asked) and is_high_good(one.asked) is not None:
            by_topic.setdefault(one.asked.topic, []).append((_place(one, one.mean), one))
    topics = {topic.code: topic for topic in Topic.objects.filter(code__in=by_topic, is_active=True)}
    rated = []
    for code, topic in topics.items():
        places = sorted(by_topic[code], key=lambda pair: (pair[0], pair[1].asked.code))
        lowest = places[0][1]
        if lowest.mean:
            mean = sum(place for place, _figures in places) / len(places)
            rated.append(Rated(topic, mean, lowest.asked.code, lowest.mean))
    return sorted(rated, key=lambda one: (one.place, one.topic.code))


def _place(one: QuestionFigures, mean: Value) -> float:
    low, high = scale_of(one.asked)
    place = (mean.value - low) / (high - low)
    return place if is_high_good(one.asked) else 1 - place


# ---------- keeping the plan ----------


def may_keep(user: User, unit: Unit) -> bool:
    return user.scope.is_cx_team or unit.pk in user.scope.unit_ids("manager")


@transaction.atomic
def begin(*, unit: Unit, year: int, by: User) -> Plan:
    """The plan with the lowest-rated topics and those that were handed to the unit. Again, it adds what came since."""
    plan, _is_new = Plan.objects.get_or_create(unit=unit, year=year, defaults={"owner": by})
    ratings = ratings_of(unit, reader=by)
    rows = [_row(plan, one, ratings.publication) for one in ratings.rated[:LOWEST]] if ratings else []
    PlanTopic.objects.bulk_create(rows, ignore_conflicts=True)
    for topic in Topic.objects.filter(pk__in=handed_to(unit, year).values("topic")):
        add_topic(plan=plan, topic=topic)
    return plan


def _row(plan: Plan, one: Rated, publication: Publication) -> PlanTopic:
    value = one.value
    figure = {"value": value.value, "low": value.low, "high": value.high, "n": value.n}
    named = {"question": one.question, "publication": publication.number}
    return PlanTopic(plan=plan, topic=one.topic, wave=publication.wave, figure=figure | named)


def add_topic(*, plan: Plan, topic: Topic) -> PlanTopic:
    """One chosen by hand; what is there already stays as it is."""
    return PlanTopic.objects.get_or_create(plan=plan, topic=topic)[0]


def take_out(*, plan_topic: PlanTopic) -> None:
    if plan_topic.figure:
        raise Refused(_("It is among the lowest-rated: it needs an answer."))
    if handed_to(plan_topic.plan.unit, plan_topic.plan.year).filter(topic=plan_topic.topic).exists():
        raise Refused(_("It was handed to this unit: it needs an answer."))
    plan_topic.delete()


def approve(*, plan: Plan, at: datetime | None = None) -> None:
    if open_topics(plan.topics.all()).exists():
        raise Refused(_("Every topic needs an answer first."))
    Plan.objects.filter(pk=plan.pk).update(approved_on=timezone.localdate(at))


@transaction.atomic
def say_no_influence(
    *, plan_topic: PlanTopic, reason: str, unit: Unit | None = None, who_has: str = ""
) -> None:
    """Somebody else has it: a unit, on whose plan it then stands, or a body outside, in words."""
    plan = plan_topic.plan
    if bool(unit) == bool(who_has):
        raise Refused(_("Name either a unit or a body outside."))
    if unit and unit.pk == plan.unit_id:
        raise Refused(_("This is the unit itself."))
    if unit and handed_to(plan.unit, plan.year).filter(topic=plan_topic.topic, plan__unit=unit).exists():
        raise Refused(_("It came from there."))
    plan_topic.answer = PlanTopic.Answer.NO_INFLUENCE
    plan_topic.handed_to, plan_topic.who_has, plan_topic.reason = unit, who_has, reason
    plan_topic.save()
    # without the figure: it is one of another unit
    for theirs in Plan.objects.filter(unit=unit, year=plan.year) if unit else ():
        add_topic(plan=theirs, topic=plan_topic.topic)


def take_back_answer(*, plan_topic: PlanTopic) -> None:
    plan_topic.answer, plan_topic.handed_to, plan_topic.who_has, plan_topic.reason = "", None, "", ""
    plan_topic.save()


def handed_to(unit: Unit, year: int) -> QuerySet[PlanTopic]:
    """What other units say this one has influence on."""
    return PlanTopic.objects.filter(handed_to=unit, plan__year=year)


def take_up(*, plan_topic: PlanTopic, action: Action) -> None:
    """The action answers the topic."""
    if plan_topic.plan_id != action.plan_id:
        Action.objects.filter(pk=action.pk).update(plan=plan_topic.plan_id)
    action.topics.add(plan_topic.topic)


def source_of(plan_topic: PlanTopic) -> Source:
    """What an action on this topic comes from."""
    figure = dict(plan_topic.figure)
    if plan_topic.wave is None or not figure:
        return About(plan_topic.topic)
    question, number = figure.pop("question"), figure.pop("publication")
    unit = plan_topic.plan.unit
    place = ("", "") if plan_topic.wave.unit_id == unit.pk else ("unit", unit.code)
    return PublishedFigure(plan_topic.wave, number, question, *place, figure)


# ---------- reading ----------


def living(actions: QuerySet) -> QuerySet:
    """All but those that ended without being done."""
    return actions.exclude(status__ends_here=True, status__is_done=False)


def open_topics(topics: QuerySet) -> QuerySet:
    """Without an answer: nobody acts on it, and nobody else was named."""
    acting = living(Action.objects.filter(plan=OuterRef("plan"), topics=OuterRef("topic")))
    return topics.filter(~Q(answer=PlanTopic.Answer.NO_INFLUENCE), ~Exists(acting))


class PlannedTopic(NamedTuple):
    row: PlanTopic
    actions: list[Action]
    handed_by: list[Unit]

    @property
    def is_open(self) -> bool:
        return not self.row.answer and not any(
            one.status.is_done or one.status.is_open for one in self.actions
        )


def topics_of(plan: Plan) -> list[PlannedTopic]:
    """With their actions and the units that handed them over: four queries."""
    rows = list(plan.topics.select_related("topic", "wave", "handed_to"))
    actions: dict[int, list[Action]] = {}
    listed = plan.actions.select_related("status", "owner", "unit").prefetch_related("topics")
    for action in listed.order_by("due_on", "pk"):
        for topic in action.topics.all():
            actions.setdefault(topic.pk, []).append(action)
    givers: dict[int, list[Unit]] = {}
    for given in handed_to(plan.unit, plan.year).select_related("plan__unit"):
        givers.setdefault(given.topic_id, []).append(given.plan.unit)
    return [PlannedTopic(row, actions.get(row.topic_id, []), givers.get(row.topic_id, [])) for row in rows]


class UnitYear(NamedTuple):
    """One unit in the overview; `plan` is None where it has none."""

    unit: Unit
    plan: Plan | None
    topics: int
    open: int
    actions: int
    waiting: int
    """Topics that other units have handed to it."""


def units_planning(user: User) -> QuerySet[Unit]:
    """Units that keep a plan: a desk is part of the plan of its unit."""
    units = Unit.objects.active().exclude(kind=Unit.Kind.DESK)
    return units if user.scope.is_cx_team else units.filter(pk__in=user.scope.unit_ids(*READING_ROLES))


def overview(units: Iterable[Unit], year: int) -> list[UnitYear]:
    """Five queries, however many units there are."""
    units = list(units)
    plans = {plan.unit_id: plan for plan in Plan.objects.filter(unit__in=units, year=year)}
    topics = PlanTopic.objects.filter(plan__in=plans.values())
    named = _counts(topics, "plan__unit")
    unanswered = _counts(open_topics(topics), "plan__unit")
    actions = _counts(Action.objects.filter(plan__in=plans.values()), "plan__unit")
    handed = _counts(PlanTopic.objects.filter(handed_to__in=units, plan__year=year), "handed_to")
    return [
        UnitYear(
            unit,
            plans.get(unit.pk),
            named.get(unit.pk, 0),
            unanswered.get(unit.pk, 0),
            actions.get(unit.pk, 0),
            handed.get(unit.pk, 0),
        )
        for unit in units
    ]


def _counts(rows: QuerySet, by: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(by).annotate(n=Count("pk")))


def without_plan(units: QuerySet[Unit], year: int) -> QuerySet[Unit]:
    return units.exclude(plans__year=year)
