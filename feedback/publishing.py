"""A story becomes public: the machine takes out what it marks, a person reads the rest and releases it."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cxportal.languages import LANGUAGES
from cxportal.organisation.audit import acting
from cxportal.organisation.models import User
from feedback.folding import folded
from feedback.masking import masked
from feedback.models import Assignment, Item, Outcome, Publication, PublicationText
from feedback.screening import Screener
from feedback.triage import Refused

State = Publication.State


def may_release(item: Item, by: User) -> bool:
    """The CX team, or a manager in whose hands it is."""
    if by.scope.is_cx_team:
        return True
    return Assignment.objects.filter(item=item.head_id, unit__in=by.scope.unit_ids("manager")).exists()


def propose(*, item: Item, by: User) -> Publication:
    """A copy without what the screening marked waits for somebody who reads it. Proposed twice, it waits once."""
    _require_sight(item, by)
    _refuse_unwilling(item)
    with acting(by):
        publication, is_new = Publication.objects.get_or_create(
            item=item, defaults={"text": masked(item.text, item.marks), "language": item.language}
        )
        if not is_new and publication.state == State.WITHDRAWN:
            publication.state, publication.withdrawn_at, publication.released_at = State.PROPOSED, None, None
            publication.save()
    return publication


def release(
    *, publication: Publication, text: str, language: str, by: User, at: datetime | None = None
) -> None:
    """These words are public from now on. What the machine marks in them is left out, whoever releases it."""
    _require(may_release(publication.item, by))
    _refuse_unwilling(publication.item)
    if publication.state == State.WITHDRAWN:
        raise Refused(_("It was withdrawn. Propose it anew."))
    publication.text, publication.language = _clean(text), _known(language)
    publication.state, publication.released_by = State.RELEASED, by
    publication.released_at = publication.released_at or at or timezone.now()
    with transaction.atomic(), acting(by):
        _save(publication)


def withdraw(*, publication: Publication, by: User, at: datetime | None = None) -> None:
    _require(may_release(publication.item, by))
    publication.state, publication.withdrawn_at = State.WITHDRAWN, at or timezone.now()
    with acting(by):
        publication.save(update_fields=["state", "withdrawn_at"])


def translate(*, publication: Publication, language: str, text: str, by: User) -> None:
    """A translation by hand; an empty text takes it away."""
    _require(may_release(publication.item, by))
    if _known(language) == publication.language:
        raise Refused(_("The story is in this language already."))
    with transaction.atomic(), acting(by):
        if text.strip():
            PublicationText.objects.update_or_create(
                publication=publication, language=language, defaults={"text": _clean(text)}
            )
        else:
            publication.texts.filter(language=language).delete()
        _save(publication)


def _save(publication: Publication) -> None:
    texts = publication.texts.values_list("text", flat=True)
    publication.folded = folded("\n".join([publication.text, *texts]))
    publication.save()


def _clean(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if not text:
        raise Refused(_("There is no text yet."))
    return masked(text, Screener.of_agency().screen(text).marks)


def _known(language: str) -> str:
    if language not in LANGUAGES:
        raise Refused(_("Choose the language it is written in."))
    return language


def _refuse_unwilling(item: Item) -> None:
    if not item.may_publish:
        raise Refused(_("The writer did not agree to this being public."))
    if item.looks_like_spam or Assignment.objects.filter(item=item.head_id, outcome=Outcome.SPAM).exists():
        raise Refused(_("It is spam."))


def _require_sight(item: Item, by: User) -> None:
    _require(Item.objects.for_user(by).filter(pk=item.pk).exists())


def _require(may: bool) -> None:
    if not may:
        raise PermissionDenied
