"""Pages of the staff for feedback as a list, and for what the CX team sets."""

from feedback.admin.items import ItemAdmin
from feedback.admin.rules import (
    CasePatternAdmin,
    IntegrationAdmin,
    RetentionRuleAdmin,
    RoutingRuleAdmin,
    StaffNameAdmin,
)

__all__ = [
    "CasePatternAdmin",
    "IntegrationAdmin",
    "ItemAdmin",
    "RetentionRuleAdmin",
    "RoutingRuleAdmin",
    "StaffNameAdmin",
]
