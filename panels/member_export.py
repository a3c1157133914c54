"""The people of a panel as a table that can be brought in again. Cells are made inert where they are written."""

from collections.abc import Iterator

from django.db.models import OuterRef, Subquery

from cxportal.organisation.spreadsheets import Value
from panels.models import Consent, ConsentKind, Membership, Panel

COLUMNS = ("email", "phone", "name", "organisation", "language", "unit", "channel", "joined_on", "consent_on")
ROWS_AT_A_TIME = 2000


def headings_of(panel: Panel) -> list[str]:
    return [*COLUMNS, *panel.attributes.values_list("code", flat=True)]


def rows_of(panel: Panel) -> Iterator[list[Value]]:
    """One row per person who is in the panel now, read a few thousand at a time."""
    codes = list(panel.attributes.values_list("code", flat=True))
    last = Consent.objects.filter(membership=OuterRef("pk")).order_by("-at", "-pk")
    memberships = (
        Membership.objects.filter(panel=panel)
        .current()
        .select_related("member", "unit")
        .annotate(last_kind=Subquery(last.values("kind")[:1]), last_at=Subquery(last.values("at")[:1]))
        .order_by("pk")
    )
    for one in memberships.iterator(chunk_size=ROWS_AT_A_TIME):
        member = one.member
        agreed = one.last_at.date() if one.last_kind == ConsentKind.GIVEN else None
        yield [
            *(member.email, member.phone, member.name, member.organisation, member.language),
            *(one.unit.code if one.unit else "", one.channel, one.joined_on, agreed),
            *(one.attributes.get(code, "") for code in codes),
        ]
