"""What is followed of actions. Their moves are events of their own, with reasons."""

from actions.models import (
    Action,
    Adjustment,
    Evidence,
    ExpectedEffect,
    Milestone,
    Move,
    Plan,
    PlanTopic,
    Status,
    ToldBack,
)
from cxportal.organisation.audit import follow

follow(Evidence, ExpectedEffect, Milestone, Move, Plan, PlanTopic, Status, ToldBack)
follow(Action, with_lists=["topics"])
follow(Adjustment, leave_out=["token_hash"])
