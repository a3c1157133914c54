"""What the public reads: released stories with the answers to them, narrowed and searched. Nothing here reads an item's text."""

from typing import NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.translation import get_language

from cxportal.organisation.models import Service, Topic
from feedback.models import Publication, PublicationText, Reply
from feedback.words import with_words

PAGE = 20
LONGEST_SEARCH = 100


class Story(NamedTuple):
    publication: Publication
    translation: PublicationText | None
    """In the language of the page, made by hand; the original always stands beside it."""
    answers: list[Reply]


def stories(
    *, service: str = "", topic: str = "", words: str = "", page: str = "1"
) -> tuple[list[Story], Page]:
    """One page of them, newest first, in a fixed number of queries. An item that supports another has that one's answers."""
    found = _found(service, topic, words).select_related("item__service")
    chosen = Paginator(found.prefetch_related("texts", "item__topics"), PAGE).get_page(page)
    publications = list(chosen.object_list)
    answers = _answers({one.item.head_id for one in publications})
    language = get_language()
    return [
        Story(
            one,
            next(
                (text for text in one.texts.all() if text.language == language != one.language),
                None,
            ),
            answers.get(one.item.head_id, []),
        )
        for one in publications
    ], chosen


def services_with_stories() -> QuerySet[Service]:
    return Service.objects.filter(pk__in=Publication.objects.released().values("item__service"))


def topics_with_stories() -> QuerySet[Topic]:
    return Topic.objects.filter(pk__in=Publication.objects.released().values("item__topics"))


def _found(service: str, topic: str, words: str) -> QuerySet[Publication]:
    found = Publication.objects.released()
    if service:
        found = found.filter(item__service__code=service)
    if topic:
        found = found.filter(item__topics__code=topic)
    return with_words(found, words[:LONGEST_SEARCH].replace("\0", ""))


def _answers(heads: set) -> dict:
    answers: dict = {}
    sent = Reply.objects.sent().filter(is_public=True, assignment__item__in=heads)
    for reply in sent.select_related("assignment__unit").order_by("sent_at", "pk"):
        answers.setdefault(reply.assignment.item_id, []).append(reply)
    return answers
