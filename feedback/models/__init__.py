from feedback.models.handling import Assignment, Reply
from feedback.models.item import Contact, Item, Kind, Tone
from feedback.models.outcome import NEED_A_REASON, Outcome
from feedback.models.publication import Publication, PublicationText
from feedback.models.rules import CasePattern, Integration, RetentionRule, RoutingRule, StaffName
from feedback.models.tombstone import Tombstone

__all__ = [
    "NEED_A_REASON",
    "Assignment",
    "CasePattern",
    "Contact",
    "Integration",
    "Item",
    "Kind",
    "Outcome",
    "Publication",
    "PublicationText",
    "Reply",
    "RetentionRule",
    "RoutingRule",
    "StaffName",
    "Tombstone",
    "Tone",
]
