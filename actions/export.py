"""The board's selection as a table for spreadsheets."""

from collections.abc import Iterator

from django.db.models import Count, F
from django.utils import timezone
from django.utils.translation import gettext as _

from actions.evidence import voices_behind
from actions.models.action import ActionQuerySet
from cxportal.organisation.spreadsheets import Value

ROWS_AT_A_TIME = 1000


def headings() -> list[str]:
    return [
        _("Action"),
        _("Status"),
        _("Unit"),
        _("Name of the unit"),
        _("Service"),
        _("Topics"),
        _("Owner"),
        _("Made"),
        _("Due"),
        _("Days late"),
        _("Progress in per cent"),
        _("Horizon"),
        _("How feasible, 1 to 5"),
        _("How useful, 1 to 5"),
        _("Voices"),
        _("Sources"),
        _("Year of the plan"),
        _("Ended"),
        _("Why it ended so"),
    ]


def rows_of(actions: ActionQuerySet) -> Iterator[list[Value]]:
    """By day, those without one last; with bounded memory."""
    today = timezone.localdate()
    listed = voices_behind(actions).annotate(source_count=Count("evidence", distinct=True))
    related = listed.select_related("status", "unit", "service", "owner", "plan").prefetch_related("topics")
    for action in related.order_by(F("due_on").asc(nulls_last=True), "pk").iterator(ROWS_AT_A_TIME):
        yield [
            action.title,
            str(action.status),
            action.unit.code,
            str(action.unit),
            str(action.service) if action.service else "",
            ", ".join(str(topic) for topic in action.topics.all()),
            action.owner.display_name if action.owner else "",
            action.made_on,
            action.due_on,
            action.days_late(today),
            action.progress_shown,
            action.get_horizon_display(),
            action.feasibility,
            action.usefulness,
            action.voice_count,
            action.source_count,
            action.plan.year if action.plan else None,
            action.ended_on,
            action.reason,
        ]
