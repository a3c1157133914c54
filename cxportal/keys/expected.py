"""What the rooms above say about the keys they use, so that `manage.py keys check` can tell what is missing.

A room says in its `AppConfig.ready()`: `expect(needed=names_of_open_waves, destroyed=days_of_destroyed_waves)`.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple


class Expectation(NamedTuple):
    needed: Callable[[], Iterable[str]]
    destroyed: Callable[[], dict[str, date]]
    """Name -> day: a restored backup must not bring these back."""


_expectations: list[Expectation] = []


def nothing_destroyed() -> dict[str, date]:
    return {}


def expect(
    needed: Callable[[], Iterable[str]], destroyed: Callable[[], dict[str, date]] = nothing_destroyed
) -> None:
    _expectations.append(Expectation(needed, destroyed))


def needed_names() -> set[str]:
    return {name for expectation in _expectations for name in expectation.needed()}


def destroyed_days() -> dict[str, date]:
    return {name: day for expectation in _expectations for name, day in expectation.destroyed().items()}
