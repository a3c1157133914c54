"""Limits against robots that know an open link: a reception centre behind one address is no robot.

An open link takes so many answers a minute; part of that is kept for addresses that have not sent anything lately, so
that a flood leaves room for people. What comes above is held for a person to decide (`surveys.held`), and what was
filled in faster than anybody reads is asked to come again. How much is much follows from how many people are expected
in an hour at one place, which the CX team can say for each way in.

Addresses are forgotten after twenty minutes and never written down. One process keeps them as hashes under a random
key of the day. Several processes count together in Redis, which may keep a file: there stands only to which of 16,384
groups an address belongs, and a quarter of a million addresses share each group.
"""

import hashlib
import hmac
import ipaddress
import secrets
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Protocol

import redis
from django.conf import settings

MINUTE, TEN_MINUTES, TWENTY_MINUTES = 60, 600, 1200
FREQUENT = 5
"""So many answers of one address in ten minutes may come from a family; more are a place, or a robot."""
GROUPS_OF_ADDRESSES = 1 << 14
MOST_NAMES = 200_000
SECONDS_TO_KEEP_THE_KEY = 60


KEPT_SECONDS = (2 * MINUTE, TEN_MINUTES, TWENTY_MINUTES)
NOTE = """
local told = {}
for place = 1, 3 do
    told[place] = redis.call("INCR", KEYS[place])
    redis.call("EXPIRE", KEYS[place], ARGV[place])
end
local whom = told[3] > 1 and KEYS[4] or KEYS[6]
redis.call("INCR", whom)
redis.call("EXPIRE", whom, 180)
for place = 4, 6 do
    told[place] = tonumber(redis.call("GET", KEYS[place]) or 0)
end
return told
"""


class Decision(StrEnum):
    COUNT = "count"
    HOLD = "hold"
    REFUSE = "refuse"


class Verdict(NamedTuple):
    decision: Decision
    is_frequent: bool
    """The address has sent more than a family would."""


@dataclass(frozen=True)
class Limits:
    """How many answers are counted without a person having looked at them."""

    one_address_a_minute: int
    one_address_in_ten_minutes: int
    known_addresses_a_minute: int
    new_addresses_in_a_flood: int
    all_a_minute: int
    """Two minutes that meet may hold twice as much."""

    @classmethod
    @lru_cache(maxsize=256)
    def of(cls, people_per_hour: int) -> "Limits":
        """1,200 people an hour at one place: 60 a minute from one address, 140 a minute in all."""
        known, new = people_per_hour // 12, people_per_hour // 30
        return cls(
            one_address_a_minute=people_per_hour // 20,
            one_address_in_ten_minutes=people_per_hour // 4,
            known_addresses_a_minute=known,
            new_addresses_in_a_flood=new,
            all_a_minute=known + new,
        )

    @property
    def flood_a_minute(self) -> int:
        """So many answers from known addresses are no crowd any more."""
        return 2 * self.known_addresses_a_minute


class Seen(NamedTuple):
    """What is known when one more answer comes, this one included. `known` and `new` are of the whole way in."""

    in_minute: int
    in_ten_minutes: int
    times: int
    known: int
    known_before: int
    """In the minute before."""
    new: int

    @property
    def is_known(self) -> bool:
        return self.times > 1


class Book(Protocol):
    def note(self, about: str, address: str, now: float) -> Seen:
        """Count one answer of an address: of one seen lately as known, else as new."""


def verdict(
    collector_id: int,
    address: str,
    *,
    people_per_hour: int,
    is_hurried: bool = False,
    now: float | None = None,
) -> Verdict:
    """What happens to one more answer through this open link now. Asking counts."""
    now = time.time() if now is None else now
    seen = _noted(f"{collector_id}", address, now)
    is_frequent = seen.in_ten_minutes > FREQUENT
    if fits(seen, Limits.of(people_per_hour)):
        return Verdict(Decision.COUNT, is_frequent)
    return Verdict(Decision.REFUSE if is_hurried else Decision.HOLD, is_frequent)


class FormLimits(NamedTuple):
    """Of a form that is no answer: how often it is taken."""

    one_address_a_minute: int
    one_address_in_ten_minutes: int
    known_a_minute: int
    """From all addresses that have sent before; a flood of these leaves room for people who come once."""
    all_a_minute: int


def may_send_form(about: str, address: str, limits: FormLimits, *, now: float | None = None) -> bool:
    """Whether one more such form is taken from this address now. Asking counts."""
    seen = _noted(about, address, time.time() if now is None else now)
    return (
        seen.in_minute <= limits.one_address_a_minute
        and seen.in_ten_minutes <= limits.one_address_in_ten_minutes
        and (not seen.is_known or seen.known <= limits.known_a_minute)
        and min(seen.known, limits.known_a_minute) + seen.new <= limits.all_a_minute
    )


def _noted(about: str, address: str, now: float) -> Seen:
    if shared := _shared_book():
        try:
            return shared.note(about, address, now)
        except redis.RedisError:  # each process keeps its own book then: better than losing answers
            pass
    return _own_book.note(about, address, now)


def fits(seen: Seen, limits: Limits) -> bool:
    """Whether it is counted. Whatever the order in which they come, no more than `all_a_minute` are."""
    if (
        seen.in_minute > limits.one_address_a_minute
        or seen.in_ten_minutes > limits.one_address_in_ten_minutes
    ):
        return False
    is_flood = max(seen.known, seen.known_before) > limits.flood_a_minute
    if seen.is_known:
        is_room = seen.known + min(seen.new, limits.all_a_minute) <= limits.all_a_minute
        return not is_flood and is_room and seen.known <= limits.known_addresses_a_minute
    if is_flood:
        return seen.new <= limits.new_addresses_in_a_flood
    return seen.new + min(seen.known, limits.known_addresses_a_minute) <= limits.all_a_minute


def _names(about: str, place: str, now: float) -> tuple[str, ...]:
    """Of the address in this minute, in these ten minutes and at all; of known, known before and new ones."""
    here, minute = f"{about}:{place}", int(now // MINUTE)
    return (
        f"{here}:{minute}",
        f"{here}:ten:{int(now // TEN_MINUTES)}",
        f"{here}:seen",
        f"{about}:known:{minute}",
        f"{about}:known:{minute - 1}",
        f"{about}:new:{minute}",
    )


def place_of(address: str) -> str:
    """One household or house: of IPv6 the network, because everybody has billions of addresses in it."""
    if ":" not in address:
        return address
    try:
        return ipaddress.ip_network((address.partition("%")[0], 64), strict=False).with_prefixlen
    except ValueError:
        return address


def _day(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).date().isoformat()


class OwnBook:
    """In the memory of this process alone; addresses as a hash under a random key of the day."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._day, self._key = "", b""
        self._numbers: dict[str, tuple[float, int]] = {}
        self._sweep_at = 0.0

    def name_of(self, address: str, now: float) -> str:
        with self._lock:
            if _day(now) != self._day:
                self._day, self._key, self._numbers = _day(now), secrets.token_bytes(32), {}
            return hmac.digest(self._key, place_of(address).encode(), "sha256")[:16].hex()

    def note(self, about: str, address: str, now: float) -> Seen:
        in_minute, ten, seen, known, known_before, new = _names(about, self.name_of(address, now), now)
        with self._lock:
            if now >= self._sweep_at:
                self._numbers = {name: held for name, held in self._numbers.items() if held[0] > now}
                self._sweep_at = now + MINUTE
            counts = [
                self._add(name, seconds, now)
                for name, seconds in zip((in_minute, ten, seen), KEPT_SECONDS, strict=True)
            ]
            self._add(known if counts[-1] > 1 else new, 3 * MINUTE, now)
            return Seen(*counts, *(self._read(name, now) for name in (known, known_before, new)))

    def _add(self, name: str, seconds: int, now: float) -> int:
        number = self._read(name, now) + 1
        self._numbers.pop(name, None)
        self._numbers[name] = now + seconds, number
        if len(self._numbers) > MOST_NAMES:
            self._numbers.pop(next(iter(self._numbers)))
        return number

    def _read(self, name: str, now: float) -> int:
        expires, number = self._numbers.get(name, (0, 0))
        return number if expires > now else 0


class SharedBook:
    """In Redis, for all web processes together; of an address only its group."""

    def __init__(self, url: str) -> None:
        installation = hashlib.sha256(f"sent{settings.SECRET_KEY}".encode()).hexdigest()[:12]
        self.prefix = f"cx:surveys:{installation}:"  # several portals may share one Redis
        self._redis = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
        self._script = self._redis.register_script(NOTE)
        self._key, self._key_until = b"", 0.0

    def name_of(self, address: str, now: float) -> str:
        digest = hmac.digest(self._key_of_the_day(now), place_of(address).encode(), "sha256")
        return str(int.from_bytes(digest[:4]) % GROUPS_OF_ADDRESSES)

    def _key_of_the_day(self, now: float) -> bytes:
        """Half of it stands in Redis, half in the settings: neither alone says which group an address is in."""
        if time.monotonic() > self._key_until:
            name = f"{self.prefix}key:{_day(now)}"
            self._redis.set(name, secrets.token_bytes(32), nx=True, ex=24 * 3600)
            half = self._redis.get(name) or b""
            self._key = hmac.digest(settings.SECRET_KEY.encode(), half, "sha256")  # type: ignore[arg-type]
            self._key_until = time.monotonic() + SECONDS_TO_KEEP_THE_KEY
        return self._key

    def note(self, about: str, address: str, now: float) -> Seen:
        names = _names(about, self.name_of(address, now), now)
        return Seen(*self._script(keys=[self.prefix + name for name in names], args=KEPT_SECONDS))


_own_book = OwnBook()


def _shared_book() -> SharedBook | None:
    return _shared_book_at(settings.REDIS_URL) if settings.REDIS_URL else None


@lru_cache(maxsize=4)
def _shared_book_at(url: str) -> SharedBook:
    return SharedBook(url)


def forget() -> None:
    """For tests: an empty book."""
    global _own_book
    _own_book = OwnBook()
    _shared_book_at.cache_clear()
