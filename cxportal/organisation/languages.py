"""Offering a language to the public, or taking it back."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from cxportal.organisation.coverage import Coverage, coverage_of
from cxportal.organisation.models import Language, User


class DecisionNeeded(Exception):
    """Texts of the language are unread or missing, and nobody has written why it is offered all the same."""

    def __init__(self, coverage: Coverage):
        super().__init__(f"{coverage.open} texts in {coverage.language} are unread or missing.")
        self.coverage = coverage


def offer(*, language: str, by: User, decision: str = "", at: datetime | None = None) -> Language:
    """Respondents may choose the language from now on. Raises DecisionNeeded."""
    coverage = coverage_of(language)
    if coverage.open and not decision.strip():
        raise DecisionNeeded(coverage)
    return _decide(language, is_offered=True, by=by, decision=decision.strip(), at=at)


def withdraw(*, language: str, by: User, at: datetime | None = None) -> Language:
    """The texts stay; surveys that are open in the language go on in it."""
    return _decide(language, is_offered=False, by=by, decision="", at=at)


def _decide(language: str, *, is_offered: bool, by: User, decision: str, at: datetime | None) -> Language:
    with transaction.atomic():
        row, _made = Language.objects.select_for_update().get_or_create(code=language)
        row.is_offered = is_offered
        row.decision = decision
        row.decided_by = by
        row.decided_at = at or timezone.now()
        row.save()
    return row
