"""Waves with answers, put in as rows of people: the shortest way from groups and answers to a publication."""

import secrets
from collections.abc import Iterable

from surveys import release, waves
from surveys.models import Collector, Submission, Wave


def fill(collector: Collector, answers: Iterable[tuple[str, dict[str, str]]]) -> None:
    """(language, question -> value) of each."""
    Submission.objects.bulk_create(
        Submission(
            wave=collector.wave,
            version=collector.wave.version,
            collector=collector,
            language=language,
            pseudonym=secrets.token_hex(16),
            content={"values": [list(pair) for pair in values.items()], "texts": []},
        )
        for language, values in answers
    )
    release.release(collector.wave)


def closed(wave: Wave) -> Wave:
    waves.close_wave(wave=wave, by=None)
    wave.refresh_from_db()
    release.release(wave)
    return wave
