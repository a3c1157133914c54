"""What is followed of feedback. Who wrote something down is never kept, so items are followed by use cases only."""

from cxportal.organisation.audit import follow
from feedback.models import (
    CasePattern,
    Integration,
    Publication,
    PublicationText,
    Reply,
    RetentionRule,
    RoutingRule,
    StaffName,
)

follow(CasePattern, RetentionRule, RoutingRule)
follow(StaffName)
follow(Integration, leave_out=["key_hash", "last_used_on"])
follow(Publication, PublicationText, leave_out=["folded"])
follow(Reply)
