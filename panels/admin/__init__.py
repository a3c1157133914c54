"""Pages of the staff for panels and mailings."""

from panels.admin.asking import ContactRuleAdmin, TriggerAdmin
from panels.admin.mailings import MailingAdmin
from panels.admin.members import MemberAdmin
from panels.admin.register import PanelAdmin

__all__ = ["ContactRuleAdmin", "MailingAdmin", "MemberAdmin", "PanelAdmin", "TriggerAdmin"]
