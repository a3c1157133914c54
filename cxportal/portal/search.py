"""One search field for everything a member of staff may see. A room that is built adds its model here."""

from typing import NamedTuple, cast

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse

from actions.models import Action
from cxportal.organisation.admin_base import ScopedAdmin, StaffRequest
from cxportal.organisation.models import Service, Topic, Unit, User
from surveys.models import Question, Survey, Wave

SEARCHED: list[type[Model]] = [Unit, Service, Topic, Survey, Question, Wave, Action, User]
SHOWN_PER_MODEL = 20


class Hits(NamedTuple):
    title: str
    icon: str
    rows: list[tuple[str, Model]]
    list_address: str
    has_more: bool


def find(request: StaffRequest, query: str) -> list[Hits]:
    """What each list would find, for lists this person may open; lists without a hit are left out."""
    hits = [_find_in(request, model, query) for model in SEARCHED]
    return [found for found in hits if found]


def _find_in(request: StaffRequest, model: type[Model], query: str) -> Hits | None:
    page = cast(ScopedAdmin, admin.site.get_model_admin(model))
    if not page.has_view_permission(request):
        return None
    rows, has_duplicates = page.get_search_results(request, page.get_queryset(request), query)
    found = list((rows.distinct() if has_duplicates else rows)[: SHOWN_PER_MODEL + 1])
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    return (
        Hits(
            title=str(model._meta.verbose_name_plural),
            icon=page.icon,
            rows=[(reverse(f"{name}_change", args=[row.pk]), row) for row in found[:SHOWN_PER_MODEL]],
            list_address=reverse(f"{name}_changelist"),
            has_more=len(found) > SHOWN_PER_MODEL,
        )
        if found
        else None
    )
