"""The messages of the portal itself."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from cxportal.digest_sections import Block, Line, Section, Week
from cxportal.dispatch.rendering import register_template
from cxportal.portal import weekly_digest


def _digest_of_nobody() -> dict:
    lines = [
        Line("After a visit to a counter", "79 %", "no clear change · 168 answers", percent=79),
        Line("After a phone call", "71 %", "better · 121 answers", "up", 71),
        Line("Website", "66 %", "worse · 123 answers", "down", 66),
    ]
    block = Block("Your visit: North Street", lines, ["Clearly better than the time before: phone calls."])
    return weekly_digest.values_of(
        Week(date(2026, 11, 9)), [Section("What people answered", [block], "/en/admin/")]
    )


register_template(
    weekly_digest.TEMPLATE,
    name=_("Weekly mail with results"),
    sample=_digest_of_nobody,
    purposes=("digest",),
    written_when_sent=weekly_digest.written,
)
