"""A wave with answers whose results the CX team has made public."""

from datetime import UTC, datetime

from surveys import publications
from surveys.models import Wave
from surveys.publication_making import make
from tests.surveys.contents import content, grid, multiple, rating, words
from tests.surveys.counted import opened
from tests.surveys.results import fill

ASKED = content(
    [
        rating("overall", text=words("How was our service today?")),
        grid("things", ["waiting", "staff"]),
        multiple("by", "web", "desk"),
    ]
)


def public_wave(chiara, code="w1", values="1455555555", opens_at=None, survey=None, version=None) -> Wave:
    more = {"survey": survey, "version": version} if survey else {"content": ASKED}
    wave = opened(chiara, code=code, opens_at=opens_at or datetime(2026, 3, 1, 12, tzinfo=UTC), **more)
    rows = [
        ("fi" if number % 2 else "ar", {"overall": value, "things.waiting": "3"})
        for number, value in enumerate(values)
    ]
    fill(wave.collectors.select_related("wave").get(), rows)
    publications.make_public(publication=make(wave=wave), by=chiara)
    return wave
