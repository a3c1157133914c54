"""The queue: what waits for whom, narrowed by links. Everything passes `for_user`."""

from dataclasses import dataclass, field, fields
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cxportal.languages import LANGUAGES, SOURCE
from cxportal.organisation.models import Role, Topic, Unit, User
from cxportal.organisation.texts import Text, direction_of, text_of
from feedback.models import Assignment, Contact, Item, Kind, Publication, Reply, Tone
from feedback.models.item import ItemQuerySet
from feedback.replies import State
from feedback.words import with_words

PAGE = 25
MOST_OPTIONS = 40
SHOWS: dict[str, Promise] = {
    "waiting": _("Waiting"),
    "late": _("Late"),
    "approve": _("Answers to approve"),
    "release": _("Stories to release"),
    "ask": _("May be asked more"),
    "done": _("With an outcome"),
}


@dataclass(frozen=True)
class Chosen:
    """What the links of the page have narrowed; unknown values are as if they were not there."""

    show: str = "waiting"
    kind: str = ""
    tone: str = ""
    language: str = ""
    unit: str = ""
    topic: str = ""
    q: str = ""

    @classmethod
    def of(cls, given) -> "Chosen":
        values = {one.name: given.get(one.name, "").replace("\0", "").strip()[:100] for one in fields(cls)}
        allowed = {"show": SHOWS, "kind": Kind.values, "tone": Tone.values, "language": LANGUAGES}
        return cls(
            **{
                name: value
                for name, value in values.items()
                if value and (name not in allowed or value in allowed[name])
            }
        )

    def address(self, **other: str) -> str:
        """The query string of the same choice but for what is named."""
        values = {one.name: getattr(self, one.name) for one in fields(self)} | other
        default = {one.name: one.default for one in fields(self)}
        return urlencode(
            {name: value for name, value in values.items() if value and value != default.get(name)}
        )


class Option(NamedTuple):
    words: str
    address: str
    is_current: bool
    language: str = ""
    """Of the words, if it is not that of the page."""


@dataclass
class Filter:
    title: Promise | str
    options: list[Option] = field(default_factory=list)

    @property
    def is_active(self) -> bool:
        return any(option.is_current for option in self.options[1:])


def waiting_for(user: User) -> ItemQuerySet:
    """Items with something open in the hands of this person; for the CX team all that is open."""
    items = Item.objects.for_user(user)
    return items.open() if user.scope.is_cx_team else items.of_queue().filter(_part(user, outcome=""))


def late_for(user: User) -> ItemQuerySet:
    late = _part(user, outcome="", due_at__lt=timezone.now())
    return Item.objects.for_user(user).of_queue().filter(late)


def to_approve(user: User) -> QuerySet[Reply]:
    """Drafts that somebody else has written."""
    drafts = Reply.objects.filter(state=State.DRAFT).exclude(drafted_by=user)
    if user.scope.is_cx_team:
        return drafts
    return drafts.filter(assignment__unit__in=user.scope.unit_ids(Role.MANAGER))


def to_release(user: User) -> QuerySet[Publication]:
    waiting = Publication.objects.for_user(user).filter(state=Publication.State.PROPOSED)
    if user.scope.is_cx_team:
        return waiting
    managed = Assignment.objects.filter(item=OuterRef("item"), unit__in=user.scope.unit_ids(Role.MANAGER))
    return waiting.filter(Exists(managed))


def items_of(user: User, chosen: Chosen) -> ItemQuerySet:
    """Oldest first: what has waited longest is next."""
    items = _shown(user, chosen.show)
    same = {name: value for name in ("kind", "tone", "language") if (value := getattr(chosen, name))}
    items = items.filter(**same)
    if chosen.unit:
        items = items.filter(Q(unit__code=chosen.unit) | _part(user, unit__code=chosen.unit))
    if chosen.topic:
        through = Item.topics.through.objects
        items = items.filter(Exists(through.filter(item=OuterRef("pk"), topic__code=chosen.topic)))
    if chosen.q:
        items = with_words(items, chosen.q)
    return items.order_by("received_at", "pk")


def of_page(items: ItemQuerySet, number: int) -> ItemQuerySet:
    return items.select_related("unit").with_first_due()[(number - 1) * PAGE : number * PAGE]


def beside(items: ItemQuerySet, item: Item) -> tuple[UUID | None, UUID | None]:
    """Previous and next of an item in the order of age, also when it has just left the list."""
    older = Q(received_at__lt=item.received_at) | Q(received_at=item.received_at, pk__lt=item.pk)
    younger = Q(received_at__gt=item.received_at) | Q(received_at=item.received_at, pk__gt=item.pk)
    keys = items.values_list("pk", flat=True)
    return (
        keys.filter(older).order_by("-received_at", "-pk").first(),
        keys.filter(younger).order_by("received_at", "pk").first(),
    )


def filters_of(user: User, chosen: Chosen) -> list[Filter]:
    """Kinds, tones and the agency's own lists. Units are those that have something open in scope."""
    units = Assignment.objects.for_user(user).open().order_by().values("unit")
    return [
        _filter(chosen, "kind", _("Kind"), [(value, _said(label)) for value, label in Kind.choices]),
        _filter(chosen, "tone", _("Tone"), [(value, _said(label)) for value, label in Tone.choices]),
        _filter(
            chosen,
            "topic",
            _("Topic"),
            [
                (topic.code, text_of(topic, "name"))
                for topic in Topic.objects.filter(is_active=True)[:MOST_OPTIONS]
            ],
        ),
        _filter(
            chosen,
            "unit",
            _("Unit"),
            [
                (unit.code, text_of(unit, "name"))
                for unit in Unit.objects.for_user(user).filter(pk__in=units)[:MOST_OPTIONS]
            ],
        ),
        _filter(
            chosen,
            "language",
            _("Language"),
            [
                (code, Text(language.native_name, code, language.direction))
                for code, language in LANGUAGES.items()
            ],
        ),
    ]


def _said(label: Promise | str) -> Text:
    language = get_language() or SOURCE
    return Text(str(label), language, direction_of(language))


def _filter(chosen: Chosen, name: str, title: Promise, choices: list[tuple[str, Text]]) -> Filter:
    current = getattr(chosen, name)
    everything = Option(str(_("All")), chosen.address(**{name: ""}), not current)
    options = [
        Option(
            words.text,
            chosen.address(**{name: value}),
            value == current,
            words.language if words.language != get_language() else "",
        )
        for value, words in choices
    ]
    return Filter(title, [everything, *options])


def _shown(user: User, show: str) -> ItemQuerySet:
    items = Item.objects.for_user(user)
    if show == "late":
        return late_for(user)
    if show == "approve":
        return items.filter(pk__in=to_approve(user).values("assignment__item"))
    if show == "release":
        return items.filter(pk__in=to_release(user).values("item"))
    if show == "ask":
        return waiting_for(user).filter(contact__purpose=Contact.Purpose.QUESTIONS)
    if show == "done":
        return items.closed()
    return waiting_for(user)


def _part(user: User, **condition) -> Exists:
    return Exists(Assignment.objects.for_user(user).filter(item=OuterRef("pk"), **condition))
