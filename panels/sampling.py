"""Drawing a sample: everybody, at random, or at random within groups.

Each person gets a number from the seed and nothing else but themselves; the lowest numbers are drawn. So the same
seed draws the same people whatever order they come in and whichever Python draws.
"""

import hashlib
import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from panels.models import Sample

PER_GROUP = ""
"""In `Sample.sizes`: for every group that is not named."""


class Candidate(NamedTuple):
    """`person` identifies whoever may be drawn, `group` is the stratum."""

    person: int
    group: str = ""


class Drawn(NamedTuple):
    people: set[int]
    frame: int
    """Among how many was drawn."""
    groups: dict[str, tuple[int, int]]
    """Stratum -> (in the frame, drawn)."""


def draw(candidates: Iterable[Candidate], sample: Sample) -> Drawn:
    """Memory: two numbers a person."""
    groups: dict[str, list[int]] = defaultdict(list)
    for candidate in candidates:
        groups[candidate.group].append(candidate.person)
    there = {group: len(people) for group, people in groups.items()}
    sizes = sizes_of(sample, there)
    chosen = {group: _lowest(people, sizes[group], sample.seed) for group, people in groups.items()}
    return Drawn(
        people=set().union(*chosen.values()),
        frame=sum(there.values()),
        groups={group: (there[group], len(chosen[group])) for group in sorted(there)},
    )


def sizes_of(sample: Sample, there: Mapping[str, int]) -> dict[str, int]:
    """How many are drawn from each group, never more than it has."""
    if sample.method == Sample.Method.EVERYBODY:
        return dict(there)
    if sample.method == Sample.Method.FIXED:
        every = sample.sizes.get(PER_GROUP, sample.size or 0)
        return {group: min(n, sample.sizes.get(group, every)) for group, n in there.items()}
    return proportional(sample.size or 0, there)


def proportional(size: int, there: Mapping[str, int]) -> dict[str, int]:
    """Largest remainders: the sum is exactly `size`, or everybody."""
    total = sum(there.values())
    size = min(size, total)
    exact = {group: Fraction(size * n, total) for group, n in there.items()} if total else {}
    sizes = {group: int(share) for group, share in exact.items()}
    by_remainder = sorted(exact, key=lambda group: (sizes[group] - exact[group], group))
    for group in by_remainder[: size - sum(sizes.values())]:
        sizes[group] += 1
    return sizes


def _lowest(people: list[int], size: int, seed: str) -> set[int]:
    if size >= len(people):
        return set(people)
    key = hashlib.sha256(seed.encode()).digest()
    return set(heapq.nsmallest(size, people, key=lambda person: (_number(key, person), person)))


def _number(key: bytes, person: int) -> bytes:
    return hashlib.blake2b(person.to_bytes(8, "big"), key=key, digest_size=8).digest()
