"""Actions in the weekly digest: what is overdue, due soon or without a source, and effects that can be judged now."""

from datetime import timedelta

from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from actions import effect
from actions.models import Action, ExpectedEffect
from actions.models.action import ActionQuerySet
from cxportal import digest_sections
from cxportal.digest_sections import Block, Line, Section, Week
from cxportal.organisation.models import User

MOST_LINES = 5
MOST_EFFECTS = 20
SOON = timedelta(days=7)


def actions_of_week(user: User, week: Week) -> Section | None:
    mine = Action.objects.for_user(user)
    today = timezone.localdate()
    soon = mine.open().filter(due_on__range=(today, today + SOON))
    blocks = [
        _block(_("Overdue"), mine.overdue(today)),
        _block(_("Due within a week"), soon),
        _block(_("Without a source"), mine.open().without_evidence()),
        _effects(user, week),
    ]
    found = [block for block in blocks if block]
    return Section(_("Actions"), found, reverse("actions:board")) if found else None


def _block(heading: str, actions: ActionQuerySet) -> Block | None:
    count = actions.count()
    if not count:
        return None
    by_day = actions.select_related("unit", "status").order_by(F("due_on").asc(nulls_last=True), "pk")
    lines = [_line(action) for action in by_day[:MOST_LINES]]
    more = count - len(lines)
    sentences = [ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more}] if more else []
    return Block(heading, lines, sentences)


def _line(action: Action) -> Line:
    late = action.days_late()
    if late:
        value = ngettext("%(days)d day late", "%(days)d days late", late) % {"days": late}
    else:
        value = date_format(action.due_on, "SHORT_DATE_FORMAT") if action.due_on else ""
    return Line(action.title, value, str(action.unit), "down" if late else "")


def _effects(user: User, week: Week) -> Block | None:
    """Of waves that were published in this week."""
    published = ExpectedEffect.objects.for_user(user).filter(
        follow_up__publications__made_at__gte=week.begins,
        follow_up__publications__made_at__lt=week.ends,
        follow_up__publications__superseded_by__isnull=True,
    )
    rows = published.select_related(
        "action__unit", "baseline__version", "baseline__unit", "follow_up__version", "follow_up__unit"
    )
    judged = [(row, effect.effect_of(row, reader=user)) for row in rows.distinct()[:MOST_EFFECTS]]
    lines = [
        Line(row.action.title, "", effect.words_of(found))
        for row, found in judged
        if found.verdict is not effect.Verdict.NOT_YET
    ]
    return Block(_("What became of the figure"), lines) if lines else None


digest_sections.register("actions", actions_of_week, position=30)
