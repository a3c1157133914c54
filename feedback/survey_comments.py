"""Comments of surveys become feedback, each once. Surveys knows nothing of it.

Nothing leads back to who answered: the comment comes without its answers, in random order, under a random key, and of an
anonymous wave with the day on which it was fetched instead of a time. A wave with few answers gives its comments without unit,
service and band, and only once it is closed. Its topic is that of the question.
"""

import random
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils import timezone

from cxportal.organisation.models import Topic
from feedback.intake import BATCH, Arrival, Intake, Taken
from feedback.models import Item, Kind
from surveys.models import Comment, Response, Wave
from surveys.published_rows import asked_in

_random = random.SystemRandom()


def fetch_comments(*, at: datetime | None = None) -> int:
    """Returns how many new items there are. Safe to run twice, and beside itself."""
    at = at or timezone.now()
    intake = Intake()
    return sum(_fetch(wave, intake, at) for wave in waves_with_new_comments())


def waves_with_new_comments() -> Iterable[Wave]:
    new = _new_comments().filter(wave=OuterRef("pk"))
    return Wave.objects.filter(Exists(new)).order_by("pk")


def _fetch(wave: Wave, intake: Intake, at: datetime) -> int:
    is_small = _is_small(wave)
    if is_small and wave.state != Wave.State.CLOSED:
        return 0
    moment = _moment_kept(wave, at)
    comments = list(_new_comments().filter(wave=wave))
    topics = _topics_asked(wave)
    _random.shuffle(comments)
    taken = Taken()
    for start in range(0, len(comments), BATCH):
        batch = [
            _arrival(comment, wave, moment, topics.get(comment.question, ()), is_small=is_small)
            for comment in comments[start : start + BATCH]
        ]
        taken.new += intake.take(batch, at=moment).new
    return len(taken.new)


def _new_comments():
    known = Item.objects.filter(comment_id=OuterRef("pk"))
    return Comment.objects.filter(~Exists(known)).exclude(text="")


def _arrival(
    comment: Comment, wave: Wave, moment: datetime, topics: Collection[int], *, is_small: bool
) -> Arrival:
    item = Item(
        kind=Kind.SURVEY_COMMENT,
        way_in=Item.WayIn.SURVEY,
        received_at=moment,
        text=comment.text,
        language=comment.language,
        wave=wave,
        question=comment.question,
        comment_id=comment.pk,
        receipt_hash=comment.receipt_hash,
    )
    if not is_small:
        item.unit_id, item.service_id, item.band = comment.unit_id, comment.service_id, comment.band
    return Arrival(item, topics=topics)


def _topics_asked(wave: Wave) -> dict[str, list[int]]:
    """question -> its topic, also for what was typed beside a choice."""
    content = wave.version.content if wave.version else {"parts": []}
    asked = {asked.code: asked.topic for asked in asked_in(content) if asked.topic}
    known = dict(Topic.objects.filter(code__in=asked.values()).values_list("code", "pk"))
    found = {code: [known[topic]] for code, topic in asked.items() if topic in known}
    return {**found, **{f"{code}.other": topics for code, topics in found.items()}}


def _is_small(wave: Wave) -> bool:
    counted = Response.objects.filter(wave=wave).count()
    return counted < wave.threshold


def _moment_kept(wave: Wave, at: datetime) -> datetime:
    if not wave.is_anonymous:
        return at
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
