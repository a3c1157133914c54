import random

import pytest

from surveys import release as release_module
from surveys import waves
from surveys.models import Answer, Comment, Mark, Response, Submission, Tally
from surveys.recount import recount
from surveys.release import release, shuffle_closed
from tests.factories import CollectorFactory, UnitFactory, WaveFactory
from tests.surveys.filled import send

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


@pytest.fixture
def rng():
    return random.Random(11)


def opened(by, **wave):
    parent = UnitFactory(code="region")
    collector = CollectorFactory(
        wave=WaveFactory(**wave), unit=UnitFactory(code="A", parent=parent), channel="desk"
    )
    collector.wave = waves.open_wave(wave=collector.wave, by=by)
    return collector


def tallied(wave, question="", value="", breakdown="", cell=""):
    row = Tally.objects.filter(
        wave=wave, question=question, value=value, breakdown=breakdown, cell=cell
    ).first()
    return (row.n, row.total, row.squares) if row else None


def test_a_confidential_wave_is_counted_at_once(chiara, rng):
    collector = opened(chiara, confidential=True)
    send(collector, rng)
    assert release(collector.wave) == 1
    assert (Submission.objects.count(), Response.objects.count()) == (0, 1)


@pytest.mark.parametrize(("waiting", "released"), [(29, 0), (30, 20), (45, 35)])
def test_an_anonymous_wave_waits_for_enough_and_leaves_ten_in_the_box(chiara, rng, waiting, released):
    collector = opened(chiara)
    for _ in range(waiting):
        send(collector, rng)
    assert release(collector.wave) == released
    assert Submission.objects.count() == waiting - released


def test_releasing_again_does_no_harm(chiara, rng):
    collector = opened(chiara)
    for _ in range(40):
        send(collector, rng)
    assert [release(collector.wave), release(collector.wave)] == [30, 0]
    assert Response.objects.count() == 30


def test_after_the_close_everything_is_counted(chiara, rng):
    collector = opened(chiara)
    for _ in range(12):
        send(collector, rng)
    waves.close_wave(wave=collector.wave, by=chiara)
    assert release(collector.wave) == 12
    assert tallied(collector.wave) == (12, 0, 0)


def test_an_answer_that_came_in_while_the_wave_closed_is_not_lost(chiara, rng):
    collector = opened(chiara)
    send(collector, rng)
    waves.close_wave(wave=collector.wave, by=chiara)
    release(collector.wave)
    Submission.objects.create(
        wave=collector.wave,
        version=collector.wave.version,
        collector=collector,
        content={"values": [["overall", "5"]], "texts": []},
    )
    assert release(collector.wave) == 1
    assert tallied(collector.wave) == (2, 0, 0)


def test_tallies_count_the_unit_and_every_unit_above(chiara, rng):
    collector = opened(chiara, confidential=True)
    for _ in range(5):
        send(collector, rng)
    release(collector.wave)
    assert tallied(collector.wave, breakdown="unit", cell="A") == (5, 0, 0)
    assert tallied(collector.wave, breakdown="unit", cell="region") == (5, 0, 0)


def test_a_mean_is_made_of_n_sum_and_squares(chiara):
    collector = opened(chiara, confidential=True)
    for value in ["1", "4", "5"]:
        Submission.objects.create(
            wave=collector.wave,
            version=collector.wave.version,
            collector=collector,
            content={"values": [["overall", value]], "texts": []},
        )
    release(collector.wave)
    assert tallied(collector.wave, "overall") == (3, 10, 42)
    assert tallied(collector.wave, "overall", "4") == (1, 0, 0)


def test_answers_of_the_easier_version_are_never_in_a_mean(chiara):
    collector = opened(chiara, confidential=True)
    Submission.objects.create(
        wave=collector.wave,
        version=collector.wave.version,
        collector=collector,
        mode="simple",
        content={"values": [["overall", "good"]], "texts": []},
    )
    release(collector.wave)
    assert tallied(collector.wave, "overall") is None
    assert tallied(collector.wave, "overall", "good") == (1, 0, 0)


def test_recount_agrees_with_release(chiara, rng):
    collector = opened(chiara)
    for _ in range(80):
        send(collector, rng, comment=rng.choice(["", "long queue"]))
    release(collector.wave)
    assert recount(collector.wave) == []
    waves.close_wave(wave=collector.wave, by=chiara)
    collector.wave.refresh_from_db()
    release(collector.wave)
    shuffle_closed(collector.wave)
    assert recount(collector.wave) == []
    assert tallied(collector.wave) == (80, 0, 0)


def test_recount_finds_an_error_of_one(chiara, rng):
    collector = opened(chiara, confidential=True)
    for _ in range(5):
        send(collector, rng)
    release(collector.wave)
    Tally.objects.filter(wave=collector.wave, question="", breakdown="unit", cell="A").update(n=6)
    (difference,) = recount(collector.wave)
    assert (difference.breakdown, difference.cell) == ("unit", "A")
    assert (difference.stored[0], difference.recounted[0]) == (6, 5)


def test_comments_stand_without_their_response_and_with_a_band(chiara):
    collector = opened(chiara, confidential=True)
    for value in ["1", "3", "5"]:
        Submission.objects.create(
            wave=collector.wave,
            version=collector.wave.version,
            collector=collector,
            content={"values": [["overall", value], ["why", ":given"]], "texts": [["why", f"said {value}"]]},
        )
    release(collector.wave)
    assert dict(Comment.objects.values_list("text", "band")) == {
        "said 1": "unfavourable",
        "said 3": "middle",
        "said 5": "favourable",
    }
    assert "response" not in {field.name for field in Comment._meta.get_fields()}


def test_codes_that_the_version_does_not_know_are_not_counted(chiara):
    collector = opened(chiara, confidential=True)
    Submission.objects.create(
        wave=collector.wave,
        version=collector.wave.version,
        collector=collector,
        content={"values": [["overall", "5"], ["forged", "1"]], "texts": [["forged", "x"]]},
    )
    release(collector.wave)
    assert list(Answer.objects.values_list("question", "value")) == [("overall", "5")]
    assert Comment.objects.count() == 0


def test_after_the_close_every_row_has_a_new_name_in_an_anonymous_wave(chiara, rng):
    collector = opened(chiara)
    for _ in range(50):
        send(collector, rng, comment="x")
    release(collector.wave)
    before = set(Response.objects.values_list("pk", flat=True))
    comments = set(Comment.objects.values_list("pk", flat=True))
    marks = set(Mark.objects.values_list("pk", flat=True))
    waves.close_wave(wave=collector.wave, by=chiara)
    collector.wave.refresh_from_db()
    release(collector.wave)
    assert shuffle_closed(collector.wave) == 50
    after = set(Response.objects.values_list("pk", flat=True))
    assert before.isdisjoint(after)
    assert comments <= set(Comment.objects.values_list("pk", flat=True))
    assert marks.isdisjoint(Mark.objects.values_list("pk", flat=True))
    assert shuffle_closed(collector.wave) == 0


def test_an_answer_that_arrives_while_the_box_is_shuffled_is_not_lost(chiara, rng, monkeypatch):
    collector = opened(chiara)
    for _ in range(5):
        send(collector, rng)
    shuffle = release_module._random.shuffle

    def shuffle_while_another_arrives(rows):
        monkeypatch.setattr(release_module._random, "shuffle", shuffle)
        send(collector, rng)
        shuffle(rows)

    monkeypatch.setattr(release_module._random, "shuffle", shuffle_while_another_arrives)
    assert release(collector.wave) == 0
    assert (Submission.objects.count(), Mark.objects.count()) == (6, 6)
