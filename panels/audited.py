"""What is followed of panels. The line of a person holds their number and nothing else of them."""

from cxportal.organisation.audit import follow
from panels.models import Attribute, ContactRule, Mailing, Member, Membership, Panel, Sample, Trigger, Wording

follow(Attribute, ContactRule, Panel, Sample, Wording)
follow(Mailing, leave_out=["leased_until", "figures", "seen_hash"], with_lists=["panels"])
follow(Trigger, leave_out=["key_hash"])
follow(Member, leave_out=["email_folded", "email_hash", "phone_hash"])
follow(Membership, leave_out=["subject"])
