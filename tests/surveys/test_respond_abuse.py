import random
import secrets

import pytest
from django.conf import settings
from redis.exceptions import ConnectionError as NoRedis

from surveys import abuse
from surveys.abuse import Decision, OwnBook, SharedBook

START = 1_900_000_000.0
LINK, OTHER_LINK = 1, 2


@pytest.fixture(autouse=True)
def _nobody_sent_yet():
    abuse.forget()
    yield
    abuse.forget()


def decided(at: float, address: str, link: int = LINK, *, people_per_hour=1200, **more) -> Decision:
    return abuse.verdict(link, address, now=START + at, people_per_hour=people_per_hour, **more).decision


def counted(sendings: list[tuple[float, str]], **more) -> list[bool]:
    return [decided(at, address, **more) == Decision.COUNT for at, address in sorted(sendings)]


def test_200_honest_answers_in_ten_minutes_from_one_address_are_all_counted():
    rng = random.Random(5)
    assert all(counted([(rng.uniform(0, 600), "10.0.0.1") for _person in range(200)]))


def test_a_class_of_50_people_behind_one_address_who_finish_together_are_all_counted():
    assert all(counted([(at, "10.0.0.1") for at in range(50)]))


@pytest.mark.parametrize("addresses", [1, 200])
@pytest.mark.parametrize("begins_at", [0, 31])
def test_of_10_000_answers_a_minute_from_robots_at_most_300_are_counted(addresses, begins_at):
    flood = [(begins_at + n * 60 / 10_000, f"10.0.{n % addresses}.1") for n in range(10_000)]
    assert sum(counted(flood)) <= 300


def test_a_flood_that_goes_on_is_not_counted_minute_by_minute():
    flood = [(n * 60 / 1000, f"10.0.{n % 200}.1") for n in range(5000)]
    assert sum(counted(flood)) <= 300


def test_people_are_counted_while_known_robots_send():
    robots = [(at / 100, f"10.0.{at % 200}.1") for at in range(12_000)]
    people = [(65 + n, f"172.16.0.{n}") for n in range(30)]
    answers = dict(zip(sorted(robots + people), counted(robots + people), strict=True))
    assert all(answers[person] for person in people)


def test_whoever_shares_the_address_of_a_robot_is_held_not_turned_away():
    counted([(n / 100, "10.0.0.1") for n in range(1000)])
    assert decided(12, "10.0.0.1") == Decision.HOLD


def test_in_a_flood_what_was_filled_in_faster_than_anybody_reads_is_turned_away():
    counted([(n / 100, "10.0.0.1") for n in range(1000)])
    assert decided(12, "10.0.0.1", is_hurried=True) == Decision.REFUSE


def test_without_a_flood_nobody_is_asked_how_fast_they_were():
    assert decided(0, "10.0.0.1", is_hurried=True) == Decision.COUNT


def test_where_more_people_are_expected_more_are_counted():
    crowd = [(n / 100, "10.0.0.1") for n in range(500)]
    assert (sum(counted(crowd)), sum(counted(crowd, link=OTHER_LINK, people_per_hour=12_000))) == (60, 500)


def test_a_flood_at_one_link_leaves_other_links_alone():
    counted([(n / 1000, "10.0.0.1") for n in range(1000)])
    assert decided(1, "10.0.0.1", OTHER_LINK) == Decision.COUNT


def test_after_a_flood_an_address_is_counted_again():
    counted([(n / 1000, "10.0.0.1") for n in range(200)])
    assert decided(1, "10.0.0.1") == Decision.HOLD
    assert decided(61, "10.0.0.1") == Decision.COUNT


def test_who_sends_again_and_again_is_told_from_a_family():
    sent = [abuse.verdict(LINK, "10.0.0.1", people_per_hour=1200, now=START).is_frequent for _ in range(7)]
    assert sent == [False] * 5 + [True] * 2


def test_a_robot_with_a_whole_network_is_one_address():
    flood = [(n / 1000, f"2001:db8:1:2::{n:x}") for n in range(1000)]
    assert sum(counted(flood)) <= 60


def test_without_redis_answers_are_still_counted(monkeypatch):
    def lost(*_args, **_more):
        raise NoRedis

    monkeypatch.setattr(SharedBook, "note", lost)
    monkeypatch.setattr(abuse, "_shared_book", lambda: SharedBook("redis://127.0.0.1:1/0"))
    assert decided(0, "10.0.0.1") == Decision.COUNT


# ---------- what is kept of an address ----------


def test_no_address_stands_in_the_memory_of_the_limits():
    decided(0, "192.0.2.77")
    assert abuse._own_book._numbers
    assert "192.0.2.77" not in str(vars(abuse._own_book))


def test_the_key_of_the_hash_changes_every_day():
    book = OwnBook()
    today, tomorrow = (book.name_of("192.0.2.77", START + day * 24 * 3600) for day in (0, 1))
    assert today != tomorrow


def test_addresses_are_forgotten_after_twenty_minutes():
    decided(0, "192.0.2.77")
    name = abuse._own_book.name_of("192.0.2.77", START)
    decided(1201, "192.0.2.1", OTHER_LINK)
    assert not [key for key in abuse._own_book._numbers if name in key]


def test_the_memory_of_the_limits_does_not_grow_without_end(monkeypatch):
    monkeypatch.setattr(abuse, "MOST_NAMES", 100)
    counted([(0, f"10.0.{n // 200}.{n % 200}") for n in range(500)])
    assert len(abuse._own_book._numbers) <= 100


# ---------- several web processes ----------


@pytest.fixture
def two_processes():
    if not settings.REDIS_URL:
        pytest.skip("one process has a book of its own")
    return SharedBook(settings.REDIS_URL), SharedBook(settings.REDIS_URL)


@pytest.mark.services
def test_several_web_processes_count_together(two_processes):
    limits = abuse.Limits.of(1200)
    seen = [two_processes[n % 2].note(LINK, "10.0.0.1", START + n / 100) for n in range(300)]
    assert sum(abuse.fits(one, limits) for one in seen) == 60


@pytest.mark.services
def test_of_robots_at_several_web_processes_at_most_300_are_counted(two_processes):
    limits = abuse.Limits.of(1200)
    seen = [two_processes[n % 2].note(LINK, f"10.0.{n // 2 % 200}.1", START + n / 30) for n in range(1500)]
    assert sum(abuse.fits(one, limits) for one in seen) <= 300


@pytest.mark.services
def test_redis_learns_a_group_of_addresses_and_half_a_key(two_processes):
    book = two_processes[0]
    book.note(LINK, "192.0.2.77", START)
    kept = b" ".join(book._redis.scan_iter(f"{book.prefix}*"))
    assert int(book.name_of("192.0.2.77", START)) < abuse.GROUPS_OF_ADDRESSES
    assert b"192.0.2.77" not in kept
    key = book._redis.get(next(book._redis.scan_iter(f"{book.prefix}key:*")))
    assert key != book._key


def test_all_groups_of_addresses_are_used():
    book = SharedBook("redis://127.0.0.1:1/0")
    book._key, book._key_until = secrets.token_bytes(32), float("inf")
    groups = {book.name_of(f"10.{n // 65536}.{n // 256 % 256}.{n % 256}", START) for n in range(100_000)}
    assert len(groups) > 0.99 * abuse.GROUPS_OF_ADDRESSES
