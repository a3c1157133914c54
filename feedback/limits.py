"""How often somebody may send or try, against robots. A reception centre behind one address is no robot."""

from typing import NamedTuple

from surveys import abuse
from surveys.abuse import FormLimits


class Limit(NamedTuple):
    name: str
    limits: FormLimits

    def allows(self, sender: str, *, now: float | None = None) -> bool:
        """Whether one more is taken from this address (or system). Asking counts."""
        return abuse.may_send_form(f"feedback:{self.name}", sender, self.limits, now=now)


TELLING = Limit("tell", FormLimits(20, 100, known_a_minute=60, all_a_minute=120))
CODES = Limit("codes", FormLimits(10, 30, known_a_minute=300, all_a_minute=600))
API = Limit("api", FormLimits(600, 6000, known_a_minute=6000, all_a_minute=6000))
"""Counted by the system that sends, not by its address."""
