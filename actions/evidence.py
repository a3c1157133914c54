"""What an action comes from, and how many voices stand behind it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from actions.models import Action, Evidence
from cxportal.organisation.models import Topic, UnitFigure, User
from feedback.models import Item, Tombstone
from feedback.purge import Burial
from surveys.models import Wave


@dataclass(frozen=True)
class Voice:
    item: Item


@dataclass(frozen=True)
class About:
    topic: Topic


@dataclass(frozen=True)
class PublishedFigure:
    """One question, or an indicator ("=" and its code), of one publication, for one cell of one breakdown."""

    wave: Wave
    publication_number: int
    question: str
    breakdown: str = ""
    cell: str = ""
    figure: Mapping[str, Any] | None = None
    """kind (see `surveys.statistics.change`), value, low, high, n, as the publication showed them; a share from 0 to 1."""


@dataclass(frozen=True)
class OperationalFigure:
    unit_figure: UnitFigure


@dataclass(frozen=True)
class Reference:
    text: str


Source = Voice | About | PublishedFigure | OperationalFigure | Reference


class LastEvidence(Exception):
    """Says that an action under way keeps at least one source."""


def columns_of(source: Source) -> dict[str, Any]:
    match source:
        case Voice(item):
            return {"item": item}
        case About(topic):
            return {"topic": topic}
        case OperationalFigure(unit_figure):
            return {"unit_figure": unit_figure}
        case Reference(text):
            return {"reference": text}
        case PublishedFigure():
            return {
                "wave": source.wave,
                "publication_number": source.publication_number,
                "question": source.question,
                "breakdown": source.breakdown,
                "cell": source.cell,
                "figure": dict(source.figure or {}),
            }


def add_evidence(
    *, action: Action, sources: Iterable[Source], by: User, at: datetime | None = None
) -> list[Evidence]:
    """Rows for what is not there yet; what is there already stays as it is."""
    rows = [
        Evidence(action=action, added_by=by, added_at=at or timezone.now(), **columns_of(source))
        for source in sources
    ]
    return Evidence.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def remove_evidence(*, evidence: Evidence) -> None:
    action = (
        Action.objects.select_for_update(of=("self",)).select_related("status").get(pk=evidence.action_id)
    )
    if not action.status.is_first and action.evidence.count() == 1:
        raise LastEvidence(_("An action that has been taken up keeps at least one source."))
    evidence.delete()


def bury(burials: Sequence[Burial]) -> None:
    """Voices are about to go: from now on tombstones stand for them, and what leads to them leads to their heirs."""
    rows: list[Evidence] = []
    for burial in burials:
        head = burial.item.merged_into_id or burial.item.pk
        among = Evidence.objects.filter(Q(item=head) | Q(item__merged_into=head))
        for one in among:
            if burial.tombstone:
                rows.append(_like(one, tombstone=burial.tombstone))
            if one.item_id == burial.item.pk and burial.heir:
                rows.append(_like(one, item=burial.heir))
    Evidence.objects.bulk_create(rows, ignore_conflicts=True)
    Evidence.objects.filter(item__in=[burial.item for burial in burials]).delete()


def _like(row: Evidence, **source: Item | Tombstone) -> Evidence:
    return Evidence(action_id=row.action_id, added_by_id=row.added_by_id, added_at=row.added_at, **source)


def voices_behind(actions: QuerySet) -> QuerySet:
    """`voice_count`: how many voices stand behind each action."""
    return actions.annotate(voice_count=voices())


def voices() -> Combinable:
    """The number of voices behind an action, of whose queryset this is a part.

    A voice is an item of feedback that is evidence itself or says the same as one that is (merged, either way),
    counted once; a purged one counts by its tombstone.
    """
    # Heads are found in the evidence and those who say the same from there: asked for items of many heads at once, a
    # database may read all that nobody merged.
    said = Evidence.objects.filter(action=OuterRef("pk"), item__isnull=False).order_by()
    heads = said.annotate(head=Coalesce("item__merged_into", "item"))
    supported = heads.annotate(supporters=_number(Item.objects.filter(merged_into=OuterRef("head"))))
    buried = Evidence.objects.filter(action=OuterRef("pk"), tombstone__isnull=False)
    return OfHeads(supported.values("head", "supporters").distinct()) + _number(buried)


def voices_of_all() -> Counter[int]:
    """action -> the same number, of every action at once: for an order by it.

    One by one, as `voices` counts them, a list of thousands takes several times as long. Few voices are merged: they
    are read once, and not looked up for each link.
    """
    with connection.cursor() as cursor:
        cursor.execute(VOICES_OF_ALL)
        return Counter(dict(cursor.fetchall()))


VOICES_OF_ALL = """
    WITH merged AS MATERIALIZED (
        SELECT id, merged_into_id AS head FROM feedback_item WHERE merged_into_id IS NOT NULL
    ), supporters AS MATERIALIZED (
        SELECT head, COUNT(*) AS n FROM merged GROUP BY head
    ), heads AS (
        SELECT DISTINCT action_id, COALESCE(merged.head, item_id) AS head
        FROM actions_evidence LEFT JOIN merged ON merged.id = item_id WHERE item_id IS NOT NULL
    ), counted AS (
        SELECT action_id, 1 + COALESCE(supporters.n, 0) AS voices FROM heads LEFT JOIN supporters USING (head)
        UNION ALL
        SELECT action_id, 1 FROM actions_evidence WHERE tombstone_id IS NOT NULL
    )
    SELECT action_id, CAST(SUM(voices) AS INTEGER) FROM counted GROUP BY action_id
"""


class OfHeads(Subquery):
    """Every head once, and those who say the same."""

    template = "(SELECT COALESCE(SUM(1 + supporters), 0) FROM (%(subquery)s) heads)"
    output_field = IntegerField()


def _number(rows: QuerySet) -> Coalesce:
    counted = rows.order_by().annotate(one=Value(1)).values("one").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
