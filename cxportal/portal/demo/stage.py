"""What every chapter of the demo stands on: the day it counts back from, its size, its dice, its people and units."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from cxportal.organisation.models import Unit, User

SEED = "a portal that has lived for two years"


@dataclass(frozen=True)
class Stage:
    today: datetime
    size: float = 1.0
    """1 is what `make run` fills; tests fill less, with the same shares."""

    def ago(self, days: float, *, hour: int = 10) -> datetime:
        """That many days before, at this hour of the agency's time; days below zero lie ahead."""
        day = timezone.localtime(self.today - timedelta(days=days))
        moment = day.replace(hour=hour, minute=0, second=0, microsecond=0)
        return moment if days < 0 else min(moment, self.today)

    def scaled(self, number: int, *, least: int) -> int:
        return max(least, round(number * self.size))

    def dice(self, name: str) -> random.Random:
        """The same for the same step, whatever was filled before it."""
        return random.Random(f"{SEED}: {name}")  # noqa: S311  seeded on purpose

    def person(self, username: str) -> User:
        return User.objects.get(username=username)

    def unit(self, code: str) -> Unit:
        return Unit.objects.get(code=code)
