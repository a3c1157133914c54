"""Annual plans of the reception centres, and what bodies outside were asked to change."""

from dataclasses import dataclass
from datetime import timedelta

from actions import adjusting, planning
from actions.from_source import make
from actions.models import Action, Adjustment, Plan, PlanTopic, Status
from actions.moves import move
from cxportal.portal.demo.stage import Stage

ANSWERS = {
    "accommodation": "Six beds instead of eight in the rooms of the north wing",
    "sanitary": "Showers repaired within three days",
    "food": "Residents choose the dishes of the week",
    "treatment": "The same two people at the desk every week",
    "safety": "Somebody awake on every floor at night",
    "well-being": "A quiet room for an hour of one's own",
}
"""Topic -> what a centre does when its residents rate it low."""
NO_SAY = "It is built and furnished by others; we have asked for it."


@dataclass(frozen=True)
class Year:
    """What a centre says to its lowest-rated topics, the lowest first."""

    unit: str
    says: tuple[str, ...]
    """"act", "hand" to the unit above, "body" for a body outside, "" for not yet."""
    is_approved: bool = False


YEARS = [
    Year("helsinki-reception", ("act", "act", "hand"), is_approved=True),
    Year("joutseno-reception", ("act", "body", "")),
    Year("kemi-reception", ("", "", "")),
]
"""One more centre has no plan yet."""


@dataclass(frozen=True)
class Request:
    action: str
    body: str
    email: str
    text: str
    asked: int
    until: int
    """Days before today; below zero they lie ahead."""
    state: str = ""
    answer: str = ""
    answered: int = 0


REQUESTS = [
    Request(
        *("Kitchen that residents may use", "Town of Northhaven", "office@town.example"),
        "The kitchen of the centre may be used by the caterer only. Please allow residents to cook in the evening.",
        asked=90,
        until=60,
        state="partly",
        answer="From five to eight, two families at a time; more when the fire alarm is new.",
        answered=66,
    ),
    Request(
        *("Room for talks that nobody overhears", "State Property Office", "rooms@property.example"),
        "We need a wall between the queue and desk 3. Please say when it can be built.",
        asked=50,
        until=8,
    ),
    Request(
        *(
            "Interpreter by phone at every desk within five minutes",
            "Interpreting Service",
            "orders@interpreters.example",
        ),
        "Today somebody answers after twenty minutes. Please make it five between nine and three.",
        asked=20,
        until=-15,
    ),
]


# ---------- plans ----------


def fill_plans(stage: Stage) -> None:
    tarek = stage.person("tarek")
    for wanted in YEARS:
        plan = planning.begin(unit=stage.unit(wanted.unit), year=stage.today.year, by=tarek)
        for row, says in zip(plan.topics.select_related("topic").order_by("pk"), wanted.says, strict=False):
            _answered(stage, plan, row, says)
        if wanted.is_approved:
            planning.approve(plan=plan, at=stage.ago(100))


def _answered(stage: Stage, plan: Plan, row: PlanTopic, says: str) -> None:
    if says == "act":
        _acted_on(stage, plan, row)
    elif says == "hand":
        planning.say_no_influence(plan_topic=row, reason=NO_SAY, unit=stage.unit("reception"))
    elif says == "body":
        planning.say_no_influence(plan_topic=row, reason=NO_SAY, who_has="State Property Office")


def _acted_on(stage: Stage, plan: Plan, row: PlanTopic) -> None:
    tarek, begins = stage.person("tarek"), 140
    action = make(
        source=planning.source_of(row),
        title=ANSWERS[row.topic.code],
        unit=plan.unit,
        by=tarek,
        due_on=stage.ago(-40).date(),
        plan_topic=row,
        at=stage.ago(begins),
    )
    Action.objects.filter(pk=action.pk).update(owner=tarek, feasibility=4, usefulness=5)
    statuses = {status.code: status for status in Status.objects.all()}
    for days, step in [(130, "assessed"), (110, "decided"), (80, "under_way")]:
        move(action=action, to=statuses[step], by=tarek, reason="", at=stage.ago(days))


# ---------- requests to bodies outside ----------


def fill_requests(stage: Stage) -> None:
    for wanted in REQUESTS:
        draft = Adjustment(
            action=Action.objects.get(title=wanted.action),
            body=wanted.body,
            email=wanted.email,
            text=wanted.text,
            answer_until=stage.ago(wanted.until).date(),
        )
        adjusting.ask(adjustment=draft, by=stage.person("chiara"), at=stage.ago(wanted.asked))


def fill_answers_to_requests(stage: Stage) -> None:
    for wanted in REQUESTS:
        if wanted.state:
            asked = Adjustment.objects.get(action__title=wanted.action, body=wanted.body)
            at = stage.ago(wanted.answered) + timedelta(hours=2)
            adjusting.answer(adjustment=asked, state=wanted.state, text=wanted.answer, at=at)
