"""You said, we did: what the CX team releases of an action for everybody, and what the public then reads."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Case, CharField, Count, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from actions.effect import INDICATOR, shown
from actions.evidence import voices_behind
from actions.models import Action, Evidence, ToldBack
from cxportal.languages import SOURCE
from cxportal.organisation.models import Service, Topic, User
from cxportal.organisation.texts import Text, direction_of
from feedback.models import Item
from surveys import publications
from surveys.statistics.change import Kind

FEWEST_VOICES = 10
"""Fewer are not counted in public: who spoke could be guessed."""
DONE, UNDER_WAY, NOT_POSSIBLE = "done", "under_way", "not_possible"


class NotReady(Exception):
    """Says in one sentence what is missing before the public may read it."""


@transaction.atomic
def release(*, told_back: ToldBack, by: User, at: datetime | None = None) -> None:
    """From now on everybody may read it, with the voices and the figure as they are today."""
    told = ToldBack.objects.select_for_update(of=("self",)).get(pk=told_back.pk)
    action = voices_behind(Action.objects.select_related("status")).get(pk=told.action_id)
    if fault := _fault_of(told, action, by):
        raise NotReady(fault)
    told.state = ToldBack.State.RELEASED
    told.voices = action.voice_count if action.voice_count >= FEWEST_VOICES else None
    told.figure = _public_figure(action)
    told.released_by, told.released_at = by, at or timezone.now()
    told.save()


@transaction.atomic
def withdraw(*, told_back: ToldBack, by: User) -> None:
    """The public no longer reads it; who did both stands in the log."""
    if not by.scope.is_cx_team:
        raise NotReady(_("Only the CX team decides what the public reads."))
    rows = ToldBack.objects.filter(pk=told_back.pk, state=ToldBack.State.RELEASED)
    rows.update(state=ToldBack.State.WITHDRAWN)


def _fault_of(told: ToldBack, action: Action, by: User) -> str:
    if not by.scope.is_cx_team:
        return _("Only the CX team decides what the public reads.")
    if action.status.is_first:
        return _("The action has not been looked at yet.")
    ended_without = action.status.ends_here and not action.status.is_done
    if ended_without and not told.cannot:
        return _("Say what cannot be done, and why.")
    if action.status.is_done and not told.did:
        return _("Say what was done.")
    return ""


def _public_figure(action: Action) -> dict[str, Any]:
    """The first figure behind the action that everybody may read anyway; nothing else leaves by this way."""
    for row in Evidence.objects.filter(action=action, wave__isnull=False).select_related("wave"):
        results = publications.public(row.wave) if row.wave else None
        if results and (figure := _figure_in(results, row)):
            return figure
    return {}


def _figure_in(results: publications.Results, row: Evidence) -> dict[str, Any]:
    group = results.by(row.breakdown).get(row.cell) if row.breakdown else results.everybody
    if group is None:
        return {}
    code = row.question.removeprefix(INDICATOR)
    if row.question.startswith(INDICATOR):
        indicator = group.indicators.get(code)
        value, names = (indicator.value, indicator.name) if indicator else (None, {})
        kind = indicator.kind if indicator else ""
    else:
        asked = group.questions.get(code)
        value, names, kind = (asked.mean, asked.asked.text, "mean") if asked else (None, {}, "")
    if value is None:
        return {}
    return {
        "names": dict(names),
        "kind": kind,
        "value": value.value,
        "low": value.low,
        "high": value.high,
        "n": value.n,
    }


# ---------- what the public reads ----------


class PublicFigure(NamedTuple):
    name: Text
    value: str
    n: int
    low: str
    high: str


def figure_of(told: ToldBack) -> PublicFigure | None:
    figure = told.figure
    if not figure:
        return None
    kind = Kind(figure["kind"])
    low, high = ("" if figure[side] is None else shown(figure[side], kind) for side in ("low", "high"))
    return PublicFigure(_in_language(figure["names"]), shown(figure["value"], kind), figure["n"], low, high)


def _in_language(names: Mapping[str, str]) -> Text:
    for code in (get_language() or SOURCE, SOURCE, *names):
        if names.get(code):
            return Text(names[code], code, direction_of(code))
    return Text("", SOURCE, "ltr")


def public_rows() -> QuerySet:
    """Newest first; `outcome` is where the action stands now."""
    is_done, ends = Q(action__status__is_done=True), Q(action__status__ends_here=True)
    outcome = Case(
        When(is_done, then=Value(DONE)),
        When(ends, then=Value(NOT_POSSIBLE)),
        default=Value(UNDER_WAY),
        output_field=CharField(),
    )
    rows = ToldBack.objects.released().select_related("action__status").annotate(outcome=outcome)
    return rows.order_by("-released_at", "-pk")


def counts(rows: QuerySet) -> dict[str, int]:
    found = dict(rows.order_by().values_list("outcome").annotate(n=Count("pk")))
    return {name: found.get(name, 0) for name in (DONE, UNDER_WAY, NOT_POSSIBLE)}


def topics_told() -> list[Topic]:
    """Topics with something to read; `told` is how much of it there is, `done` and the like how much of each outcome.

    Counted from what was told, in one group for each topic and outcome: asked of the topics, PostgreSQL joins and
    sorts everything four times over.
    """
    rows = public_rows().order_by().values_list("action__topics", "outcome").annotate(n=Count("pk"))
    found: dict[int, dict[str, int]] = {}
    for topic, outcome, n in rows:
        found.setdefault(topic, {})[outcome] = n
    topics = list(Topic.objects.filter(pk__in=[topic for topic in found if topic]))
    for topic in topics:
        outcomes = found[topic.pk]
        by_outcome = {name: outcomes.get(name, 0) for name in (DONE, UNDER_WAY, NOT_POSSIBLE)}
        vars(topic).update(by_outcome, told=sum(outcomes.values()))
    return topics


def services_told() -> QuerySet:
    """Services with something to read."""
    return Service.objects.filter(pk__in=public_rows().order_by().values("action__service"))


def told_of_voices(items: Collection[UUID]) -> dict[UUID, list[ToldBack]]:
    """What became public of the actions behind which these voices stand, themselves or by one that says the same.

    Three queries, however many voices there are.
    """
    head = Coalesce("merged_into", "pk")
    head_of = dict(Item.objects.filter(pk__in=items).annotate(head=head).values_list("pk", "head"))
    heads = set(head_of.values())
    said = Evidence.objects.filter(Q(item__in=heads) | Q(item__merged_into__in=heads))
    actions: dict[UUID, set[int]] = {}
    for one, action in said.values_list(Coalesce("item__merged_into", "item"), "action"):
        actions.setdefault(one, set()).add(action)
    told = list(public_rows().filter(action__in=set().union(*actions.values())))
    return {
        item: [row for row in told if row.action_id in actions.get(of, ())] for item, of in head_of.items()
    }
