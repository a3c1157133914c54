"""The worker is killed in the middle of a release, again and again: no answer is lost, none is doubled."""

import random
import sys
import time

import pytest
from django.db import connection

from surveys import release as release_module
from surveys import waves
from surveys.models import Answer, Comment, Response, Submission, Wave
from surveys.recount import recount
from surveys.release import release, shuffle_closed
from tests.factories import CollectorFactory, UnitFactory
from tests.nursery import Nursery
from tests.surveys.filled import content

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

KILLS = 20
SUBMISSIONS = 4000


def release_in_small_batches() -> None:
    release_module.BATCH_AT_MOST = 150
    wave = Wave.objects.get()
    release(wave)
    shuffle_closed(wave)


@pytest.fixture
def wave(chiara, tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"
    collector = CollectorFactory(unit=UnitFactory(code="A"))
    wave = waves.open_wave(wave=collector.wave, by=chiara)
    rng = random.Random(5)
    Submission.objects.bulk_create(
        Submission(
            wave=wave,
            version=wave.version,
            collector=collector,
            language=rng.choice(["fi", "ar"]),
            content=content(rng, comment=rng.choice(["", f"comment {number}"])),
        )
        for number in range(SUBMISSIONS)
    )
    waves.close_wave(wave=wave, by=chiara)
    wave.refresh_from_db()
    return wave


def everything(submissions):
    return sorted(tuple(pair) for submission in submissions for pair in submission["values"])


@pytest.mark.begun_first
def test_kill_9_in_the_middle_of_a_release_loses_and_doubles_nothing(wave):
    sent = everything(Submission.objects.values_list("content", flat=True))
    texts = sorted(
        text for row in Submission.objects.values_list("content", flat=True) for _, text in row["texts"]
    )
    rng = random.Random()
    killed = 0
    with Nursery(release_in_small_batches) as nursery:
        for _ in range(KILLS):
            nursery.begin()
            time.sleep(rng.uniform(0.02, 0.25))
            killed += nursery.kill()
            assert nursery.said() == ""
            assert Submission.objects.count() + Response.objects.count() == SUBMISSIONS
            assert recount(wave) == []
    release(wave)
    shuffle_closed(wave)
    sys.stdout.write(
        f"{connection.vendor}: killed {killed} of {KILLS} workers within {SUBMISSIONS} submissions, no errors\n"
    )
    assert killed > KILLS / 2
    assert sorted(Answer.objects.values_list("question", "value")) == sent
    assert sorted(Comment.objects.values_list("text", flat=True)) == texts
    assert (Response.objects.count(), Submission.objects.count()) == (SUBMISSIONS, 0)
    assert recount(wave) == []
