"""Pages of the staff for actions, and for the line they move along."""

from actions.admin.actions import ActionAdmin
from actions.admin.line import MoveAdmin, StatusAdmin
from actions.admin.told import ToldBackAdmin

__all__ = ["ActionAdmin", "MoveAdmin", "StatusAdmin", "ToldBackAdmin"]
