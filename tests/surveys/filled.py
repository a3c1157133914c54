"""Filled questionnaires for the tests of counting."""

import random
import secrets

from surveys.ballot_box import Outcome, put_in
from surveys.models import Collector


def content(rng: random.Random, *, comment: str = "") -> dict:
    values = [["overall", str(rng.randint(1, 5))], ["solved", rng.choice(["yes", "no"])]]
    values.append(["staff", rng.choice([":empty", ":not_for_me", "1", "5"])])
    if rng.random() < 0.7:
        values.append(["visits", str(rng.randint(0, 9))])
    values.append(["why", ":given" if comment else ":empty"])
    return {"values": values, "texts": [["why", comment]] if comment else []}


def send(collector: Collector, rng: random.Random, **more) -> Outcome:
    return put_in(
        **{
            "collector": collector,
            "version": collector.wave.version,
            "content": content(rng, comment=more.pop("comment", "")),
            "form_number": secrets.token_bytes(16),
            "language": rng.choice(["fi", "ar"]),
        }
        | more
    )
