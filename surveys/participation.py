"""How many were invited, began and answered: figures about participation, never about answers."""

from django.db.models import Count as CountRows
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from surveys.models import Collector, Count, HeldSubmission, Response, Wave

INVITED = (Count.Kind.SAMPLED, Count.Kind.OFFERED)


def waves_with_figures(waves: QuerySet[Wave]) -> QuerySet[Wave]:
    """With `answer_count`, `invited_count`, and `answers_of_invited`: the answers that came by ways in of which it
    is known how many were invited. Only those may be set against the invited.
    """
    known = Count.objects.filter(kind__in=INVITED).values("collector")
    return waves.annotate(
        answer_count=_rows(Response.objects.filter(wave=OuterRef("pk")), "wave"),
        invited_count=_sum("collector__wave", INVITED),
        answers_of_invited=_rows(Response.objects.filter(wave=OuterRef("pk"), collector__in=known), "wave"),
    )


def collectors_with_figures(collectors: QuerySet[Collector]) -> QuerySet[Collector]:
    """With `answer_count`, `held_count`, `begun_count` and `invited_count`."""
    return collectors.annotate(
        answer_count=_rows(Response.objects.filter(collector=OuterRef("pk")), "collector"),
        held_count=_rows(HeldSubmission.objects.filter(collector=OuterRef("pk")), "collector"),
        begun_count=_sum("collector", (Count.Kind.BEGUN,)),
        invited_count=_sum("collector", INVITED),
    )


def response_percent(wave: Wave) -> int | None:
    """Answers per hundred invited, rounded; `None` where nobody knows how many were invited or nobody answered."""
    answers, invited = wave.answers_of_invited, wave.invited_count  # type: ignore[attr-defined]
    return min(100, round(100 * answers / invited)) if answers and invited else None


def _rows(responses: QuerySet, column: str) -> Coalesce:
    return Coalesce(Subquery(responses.order_by().values(column).annotate(n=CountRows("pk")).values("n")), 0)


def _sum(column: str, kinds: tuple[str, ...]) -> Coalesce:
    rows = Count.objects.filter(**{column: OuterRef("pk"), "kind__in": kinds}).order_by().values(column)
    return Coalesce(Subquery(rows.annotate(sum=Sum("n")).values("sum")), 0)
