"""Pairs of answers that cannot both be true, declared below the settings of a survey."""

from cxportal.organisation.admin_base import ScopedInline
from cxportal.organisation.models import Role
from surveys.models import Contradiction


class ContradictionInline(ScopedInline):
    model = Contradiction
    fields = ["code", "first_question", "first_values", "second_question", "second_values"]
    roles_view = (Role.CX_TEAM, Role.MANAGER)
    roles_add = roles_change = roles_delete = (Role.CX_TEAM,)
