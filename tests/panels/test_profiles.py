"""What an answer carries is shared by enough invited people, whatever is known of them."""

import random
from collections import Counter

import pytest

from panels.profiles import NOTHING, Group, coarsen, order_of
from surveys.models import Wave

PARENTS = {1: None, 2: 1, 3: 1, 4: 2}
ORDER = ["attribute:age", "language", "unit"]


def group(unit=None, language="", **attributes) -> Group:
    return Group(unit, language, tuple(sorted(attributes.items())))


def sizes(coarsened, people):
    found = Counter()
    for known, number in people.items():
        found[coarsened.groups[known]] += number
    return found


def test_what_enough_share_is_kept_as_it_is():
    people = {group(2, "fi", age="young"): 60, group(2, "fi", age="old"): 50}
    coarsened = coarsen(people, order=ORDER, smallest=50, parents=PARENTS)
    assert coarsened.groups == {known: known for known in people}
    assert set(coarsened.lost.values()) == {0}


def test_only_those_in_too_small_a_group_lose_their_attribute():
    people = {group(2, "fi", age="young"): 60, group(2, "fi", age="old"): 30, group(2, "fi", age="mid"): 25}
    coarsened = coarsen(people, order=ORDER, smallest=50, parents=PARENTS)
    assert sizes(coarsened, people) == {group(2, "fi", age="young"): 60, group(2, "fi"): 55}
    assert coarsened.lost == {"attribute:age": 55, "language": 0, "unit": 0}


def test_rare_languages_become_one():
    people = {group(2, "fi"): 60, group(2, "so"): 30, group(2, "ti"): 20}
    assert sizes(coarsen(people, order=ORDER, smallest=50, parents=PARENTS), people) == {
        group(2, "fi"): 60,
        group(2, "other"): 50,
    }


def test_a_small_unit_becomes_the_one_above_it():
    people = {group(4): 10, group(2): 45, group(3): 80}
    assert sizes(coarsen(people, order=ORDER, smallest=50, parents=PARENTS), people) == {
        group(2): 55,
        group(3): 80,
    }


def test_what_the_wave_does_not_keep_is_given_up_in_the_declared_order():
    wave = Wave(breakdowns=["unit", "attribute:age", "language", "attribute:permit", "channel"])
    assert order_of(wave) == ["attribute:permit", "attribute:age", "language", "unit"]


def test_a_rest_that_is_too_small_takes_the_smallest_group_along():
    people = {group(2, "fi"): 80, group(3, "fi"): 50, group(None, "so"): 7}
    assert sizes(coarsen(people, order=ORDER, smallest=50, parents=PARENTS), people) == {
        group(2, "fi"): 80,
        NOTHING: 57,
    }


def test_fewer_invited_than_one_group_needs_say_nothing():
    people = {group(2, "fi", age="old"): 12, group(3, "sv", age="young"): 9}
    coarsened = coarsen(people, order=ORDER, smallest=50, parents=PARENTS)
    assert (set(coarsened.groups.values()), coarsened.smallest) == ({NOTHING}, 21)


@pytest.mark.parametrize("seed", range(60))
def test_no_profile_is_ever_shared_by_fewer_than_the_wave_demands(seed):
    rng = random.Random(seed)
    people = Counter()
    for _person in range(rng.choice([50, 300, 2000])):
        attributes = {name: rng.choice("abcdefg"[: rng.randint(1, 7)]) for name in ("age", "permit")}
        people[group(rng.choice([None, 1, 2, 3, 4]), rng.choice(["fi", "sv", "so", "ti"]), **attributes)] += 1
    order = ["attribute:permit", "attribute:age", "language", "unit"]
    coarsened = coarsen(people, order=order, smallest=50, parents=PARENTS)
    found = sizes(coarsened, people)
    assert sum(found.values()) == sum(people.values())
    assert min(found.values()) == coarsened.smallest >= 50
