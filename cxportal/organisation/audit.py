"""Who did what: actor, time, object, verb and the names of the changed fields. Never what stood in them.

A room says in its module `audited.py` which of its models are followed: `follow(Unit, Service)`. Bulk writes pass by
unseen: a use case that writes in bulk for a person calls `note_change`, an import `note_import` with its counts.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from auditlog.context import set_extra_data
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from modeltranslation.translator import NotRegistered, translator

from cxportal.organisation.models import User

IMPORTED = "imported"
"""Stands in a line in place of a field."""
STAFF_PAGES = re.compile(r"/[a-z-]+/(admin|account)/")


def follow(*models: type[Model], leave_out: Collection[str] = (), with_lists: Collection[str] = ()) -> None:
    """Keep a line for every row that is added, changed or deleted from now on.

    The line holds `str(row)`: it must be neutral for people and for what they wrote. `with_lists` are many-to-many
    fields; the names of the rows put in or taken out are kept, so only lists of the agency's own words.
    """
    for model in models:
        names = _own_fields(model) - set(leave_out)
        auditlog.register(
            model,
            include_fields=sorted(names),
            mask_fields=sorted(names),
            mask_callable=f"{__name__}.{nothing_of.__name__}",
            m2m_fields=set(with_lists),
        )


def nothing_of(value: str) -> str:
    """What is kept of an old or new value."""
    return ""


def note_change(rows: Iterable[Model], *field_names: str) -> None:
    """For changes that do not pass through `save()`."""
    for row in rows:
        LogEntry.objects.log_create(
            row, action=LogEntry.Action.UPDATE, changes={name: ["", ""] for name in field_names}
        )


def note_import(into: Model | type[Model], **counts: int) -> None:
    """One line for a whole file brought into a row, or a table: what was done with how many of its rows."""
    line = {"action": LogEntry.Action.UPDATE, "changes": {IMPORTED: ["", ""]}, "additional_data": counts}
    if isinstance(into, Model):
        LogEntry.objects.log_create(into, **line)
        return
    LogEntry.objects.create(
        content_type=ContentType.objects.get_for_model(into),
        object_repr=capfirst(into._meta.verbose_name_plural),
        **line,
    )


@contextmanager
def acting(user: User | AnonymousUser | None) -> Iterator[None]:
    """Changes made inside are those of this person. Address, port and e-mail of the person are not kept."""
    with set_extra_data(context_data={"actor": user, "actor_email": None}):
        yield


class AuditMiddleware:
    """The person of staff pages is the actor. `request.user` is lazy: it is not looked at before a line is written,
    and never on public pages, which stay without session and cookie.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not STAFF_PAGES.match(request.path_info):
            return self.get_response(request)
        with acting(request.user):
            return self.get_response(request)


def _own_fields(model: type[Model]) -> set[str]:
    """Columns of the model, each language of a translated text on its own, without the key."""
    return {field.name for field in model._meta.concrete_fields if not field.primary_key} - _translated(model)


def _translated(model: type[Model]) -> set[str]:
    try:
        return set(translator.get_options_for_model(model).get_field_names())
    except NotRegistered:
        return set()
