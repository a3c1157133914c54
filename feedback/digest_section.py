"""What waits longer than its target, in the weekly digest: as it is when the mail is sent, for the unit and all above it."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cxportal import digest_sections
from cxportal.digest_sections import Block, Line, Section, Week
from cxportal.organisation.models import Unit, User
from cxportal.organisation.texts import text_of
from feedback.backlog import Waiting, backlog

MOST_UNITS = 10


def lateness(user: User, week: Week) -> Section | None:
    late = [row for row in backlog(user) if row.late]
    if not late:
        return None
    shown = late[:MOST_UNITS]
    units = Unit.objects.in_bulk([row.unit_id for row in shown if row.unit_id])
    number = sum(row.late for row in late)
    sentence = ngettext(
        "%(number)d voice has waited longer than its target.",
        "%(number)d voices have waited longer than their target.",
        number,
    )
    block = Block(
        _("Who has not answered in time"),
        [_line(row, units.get(row.unit_id) if row.unit_id else None) for row in shown],
        [sentence % {"number": number}],
    )
    return Section(_("Feedback past its day"), [block], reverse("queue:backlog"))


def _line(row: Waiting, unit: Unit | None) -> Line:
    name = text_of(unit, "name").text if unit else _("CX team")
    days = (timezone.now() - row.first_due_at).days
    late = ngettext("the first by %(days)d day", "the first by %(days)d days", days) % {"days": days}
    waiting = ngettext("%(number)d waits in all", "%(number)d wait in all", row.total)
    return Line(name, str(row.late), f"{late} · {waiting % {'number': row.total}}")


digest_sections.register("feedback", lateness, position=20)
