"""Places on a page that a room further up may fill, so that nobody has to import upwards.

The page of the lower room says `{% slot "queue.item" item=item %}`; the upper room, in its `AppConfig.ready()`,
says `fill("queue.item", template_name, context_function)`. An empty slot renders nothing.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

ContextFunction = Callable[..., dict[str, Any] | None]


class Filling(NamedTuple):
    template_name: str
    context: ContextFunction
    """Called with the request and the slot's keywords; `None` means: nothing to show here."""


_fillings: dict[str, list[Filling]] = defaultdict(list)


def fill(slot: str, template_name: str, context: ContextFunction) -> None:
    _fillings[slot].append(Filling(template_name, context))


def fillings(slot: str) -> tuple[Filling, ...]:
    return tuple(_fillings.get(slot, ()))
