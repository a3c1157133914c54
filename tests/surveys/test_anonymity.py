"""The attack on an anonymous wave of 500 people with tickets and profiles, and on a leaky one as its control."""

import io
import json
import logging
import random
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from surveys import ballot_box, waves
from surveys.models import Answer, Profile, Response, Submission, Ticket
from surveys.release import release, shuffle_closed
from tests.factories import CollectorFactory, UnitFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

PEOPLE, PROFILES = 500, 5
TICK_EVERY = 45
ATTACK = Path(__file__).with_name("attack.py")
TABLES = [
    "response",
    "answer",
    "comment",
    "mark",
    "ticket",
    "profile",
    "submission",
    "collector",
    "wave",
    "tally",
]


def upper_bound(trials: int, chance: float, confidence: float = 0.99) -> int:
    """How many lucky guesses of `trials` are still chance: the quantile of the binomial distribution."""
    probability, total, hits = (1 - chance) ** trials, 0.0, 0
    while total + probability < confidence:
        total += probability
        hits += 1
        probability *= (trials - hits + 1) / hits * chance / (1 - chance)
    return hits


def dump(folder: Path) -> None:
    """Every table as JSON lines, with where PostgreSQL or SQLite keeps each row."""
    folder.mkdir()
    where = "xmin::text AS xmin, ctid::text AS ctid" if connection.vendor == "postgresql" else "rowid"
    for table in TABLES:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {where}, t.* FROM surveys_{table} t")
            names = [column[0] for column in cursor.description]
            lines = [json.dumps(dict(zip(names, row, strict=True)), default=str) for row in cursor.fetchall()]
        (folder / f"surveys_{table}.jsonl").write_text("\n".join(lines))


@pytest.fixture
def collector(chiara, tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"
    collector = CollectorFactory(unit=UnitFactory(code="A"), kind="tickets")
    collector.wave = waves.open_wave(wave=collector.wave, by=chiara)
    return collector


@pytest.fixture
def tokens(collector):
    """Ticket id -> token; tickets of the profiles come one after the other, as a mailing makes them."""
    wave, tokens = collector.wave, {}
    profiles = [
        Profile.objects.create(wave=wave, invited=100, attributes={"group": str(n)}) for n in range(PROFILES)
    ]
    for number in range(PEOPLE):
        token = secrets.token_urlsafe(24)
        ticket = Ticket.objects.create(
            wave=wave,
            collector=collector,
            profile=profiles[number % PROFILES],
            token_hash=ballot_box.hash_of(token),
        )
        tokens[ticket.pk] = token
    return tokens


def answer_of(number: int) -> dict:
    """Each person's answers are their own: the number of visits is who they are, for keeping the score."""
    return {"values": [["overall", str(number % 5 + 1)], ["visits", str(number)]], "texts": []}


def who_gave() -> dict[str, int]:
    """Response -> the person, by the answers; what the attack is scored against."""
    rows = Answer.objects.filter(question="visits").values_list("response_id", "value")
    return {str(key) if connection.vendor == "postgresql" else key.hex: int(value) for key, value in rows}


def answered_in_the_order_of_the_mailing(collector, tokens, folder, *, at_half) -> None:
    for number, token in enumerate(tokens.values()):
        outcome = ballot_box.put_in(
            collector=collector,
            version=collector.wave.version,
            content=answer_of(number),
            form_number=secrets.token_bytes(16),
            token=token,
        )
        assert outcome.result == "accepted"
        if number % TICK_EVERY == TICK_EVERY - 1:
            release(collector.wave)
        if number == PEOPLE // 2:
            at_half()
    waves.close_wave(wave=collector.wave, by=None)
    collector.wave.refresh_from_db()
    release(collector.wave)
    shuffle_closed(collector.wave)


def hits(folder: Path, tokens, truth: dict[str, dict[str, int]]) -> dict[str, int]:
    done = subprocess.run([sys.executable, ATTACK, folder], capture_output=True, text=True, check=True)
    person = {str(ticket): number for number, ticket in enumerate(tokens)}
    guesses = json.loads(done.stdout)
    assert guesses.pop("leaks") == {}
    return {
        name: sum(truth[name[:5]].get(response) == person[ticket] for ticket, response in guess.items())
        for name, guess in guesses.items()
    }


def listed(found: dict[str, int]) -> str:
    return "".join(f"  {count:3d} linked by {name}\n" for name, count in sorted(found.items()))


def test_an_operator_links_no_more_than_chance(collector, tokens, tmp_path):
    folder, truth = tmp_path / "operator", {}
    folder.mkdir()
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logging.getLogger().addHandler(handler)

    def at_half():
        dump(folder / "dump1")
        truth["dump1"] = who_gave()

    answered_in_the_order_of_the_mailing(collector, tokens, folder, at_half=at_half)
    logging.getLogger().removeHandler(handler)
    (folder / "logs.txt").write_text(written.getvalue())
    dump(folder / "dump2")
    truth["dump2"] = truth["both "] = who_gave()
    assert (Response.objects.count(), Submission.objects.count()) == (PEOPLE, 0)

    assert len(truth["dump1"]) >= 100  # there is something to attack before the close
    found = hits(folder, tokens, truth)
    before = upper_bound(len(truth["dump1"]), 1 / 20)
    after = upper_bound(PEOPLE, PROFILES / PEOPLE)
    sys.stdout.write(
        f"{connection.vendor}: {len(truth['dump1'])} counted before the close (chance allows {before}), "
        f"{PEOPLE} after (chance allows {after})\n{listed(found)}"
    )
    too_many = {
        name: count
        for name, count in found.items()
        if count > (after if name.startswith("dump2") else before)
    }
    assert too_many == {}


def test_the_attack_is_not_blind(collector, tokens, tmp_path):
    """The control: the same wave, counted in the order the answers came."""
    folder = tmp_path / "operator"
    folder.mkdir()
    profiles = dict(Ticket.objects.values_list("pk", "profile_id"))
    order = list(enumerate(tokens))
    rng = random.Random(3)
    for _ in range(PEOPLE // 20):  # not everybody answers in the order of the mailing
        one = rng.randrange(PEOPLE - 1)
        order[one], order[one + 1] = order[one + 1], order[one]
    for number, ticket in order:
        response = Response.objects.create(
            wave=collector.wave,
            version=collector.wave.version,
            collector=collector,
            profile_id=profiles[ticket],
        )
        Answer.objects.create(response=response, question="visits", value=str(number), number=number)
    for name in ("dump1", "dump2"):
        dump(folder / name)
    truth = who_gave()
    found = hits(folder, tokens, {"dump1": truth, "dump2": truth, "both ": truth})
    sys.stdout.write(f"{connection.vendor}, leaky control of {PEOPLE}:\n{listed(found)}")
    assert found["dump2: transaction"] > 0.6 * PEOPLE
    assert found["dump2: transaction within the profile"] > 0.6 * PEOPLE
    assert found["dump2: order of the answers"] > 0.6 * PEOPLE


def bytes_of(file: Path) -> bytes:
    """Read by another process: to close the file here would drop the locks SQLite holds on it for this one."""
    return subprocess.run(["cat", file], capture_output=True, check=True).stdout


def test_after_the_release_the_data_file_holds_nothing_of_the_box(collector, tokens, tmp_path):
    """On SQLite: the bytes of the file, freed pages and the write-ahead log included."""
    if connection.vendor != "sqlite":
        pytest.skip("a physical copy of PostgreSQL holds its write-ahead log: see docs/anonymity.md")
    needle = b'"needle-in-the-box"'
    content = {"values": [["overall", "5"], ["why", ":given"]], "texts": [["unknown", "needle-in-the-box"]]}
    Submission.objects.create(
        wave=collector.wave, version=collector.wave.version, collector=collector, content=content
    )
    data = Path(str(connection.settings_dict["NAME"]))
    files = [data, data.with_name(data.name + "-wal")]
    assert any(needle in bytes_of(file) for file in files if file.exists())
    waves.close_wave(wave=collector.wave, by=None)
    collector.wave.refresh_from_db()
    release(collector.wave)
    assert not any(needle in bytes_of(file) for file in files if file.exists())
