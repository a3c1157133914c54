from actions.models.action import Action
from actions.models.adjustment import Adjustment
from actions.models.effect import ExpectedEffect
from actions.models.evidence import Evidence
from actions.models.plan import Plan, PlanTopic
from actions.models.steps import Event, Milestone, Note
from actions.models.told_back import ToldBack
from actions.models.workflow import Move, Status

__all__ = [
    "Action",
    "Adjustment",
    "Event",
    "Evidence",
    "ExpectedEffect",
    "Milestone",
    "Move",
    "Note",
    "Plan",
    "PlanTopic",
    "Status",
    "ToldBack",
]
