"""Drawing: sizes are exact, the same seed draws the same people, every person is as likely as the next."""

from collections import Counter

import pytest

from panels.models import Sample
from panels.sampling import Candidate, draw, proportional

PEOPLE = [Candidate(n, "north" if n % 4 else "south") for n in range(1, 401)]


def test_everybody_is_everybody():
    assert draw(PEOPLE, Sample()).people == set(range(1, 401))


def test_a_random_sample_has_its_size_and_nobody_twice():
    drawn = draw([Candidate(n) for n in range(1000)], Sample(method="random", size=90, seed="a"))
    assert (len(drawn.people), drawn.frame, drawn.groups) == (90, 1000, {"": (1000, 90)})


def test_the_same_seed_draws_the_same_people_in_whatever_order_they_come():
    sample = Sample(method="random", size=50, seed="autumn")
    people = [Candidate(candidate.person) for candidate in PEOPLE]
    assert draw(people, sample).people == draw(reversed(people), sample).people


def test_a_sample_drawn_today_is_drawn_again_in_years():
    drawn = draw([Candidate(n) for n in range(100)], Sample(method="random", size=5, seed="autumn"))
    assert sorted(drawn.people) == [12, 40, 50, 70, 86]


def test_another_seed_draws_others():
    people = [Candidate(n) for n in range(400)]
    one, other = (draw(people, Sample(method="random", size=50, seed=seed)).people for seed in "ab")
    assert len(one & other) < 25


def test_nobody_is_likelier_than_anybody_else():
    people = [Candidate(n) for n in range(20)]
    times = Counter(
        person
        for seed in range(2000)
        for person in draw(people, Sample(method="random", size=5, seed=str(seed))).people
    )
    # 2,000 x 5 / 20 = 500 each; five standard deviations of the binomial
    assert all(abs(times[n] - 500) < 5 * (2000 * 0.25 * 0.75) ** 0.5 for n in range(20))


def test_a_proportional_sample_mirrors_the_groups():
    drawn = draw(PEOPLE, Sample(method="proportional", size=40, strata="unit", seed="a"))
    assert drawn.groups == {"north": (300, 30), "south": (100, 10)}


def test_the_sizes_of_groups_add_up_by_largest_remainders():
    assert proportional(10, {"a": 50, "b": 33, "c": 17}) == {"a": 5, "b": 3, "c": 2}


@pytest.mark.parametrize("size", [0, 1, 7, 99, 100, 1000])
def test_a_proportional_sample_never_has_another_size_than_asked_for(size):
    there = {"a": 61, "b": 1, "c": 37, "d": 1}
    sizes = proportional(size, there)
    assert sum(sizes.values()) == min(size, 100)
    assert all(sizes[group] <= there[group] for group in there)


def test_a_fixed_sample_takes_the_same_number_of_each_group():
    drawn = draw(PEOPLE, Sample(method="fixed", size=25, strata="unit", seed="a"))
    assert drawn.groups == {"north": (300, 25), "south": (100, 25)}


def test_a_fixed_sample_may_name_its_groups_and_never_takes_more_than_there_are():
    sample = Sample(method="fixed", size=10, strata="unit", sizes={"south": 500}, seed="a")
    assert draw(PEOPLE, sample).groups == {"north": (300, 10), "south": (100, 100)}


def test_nobody_at_all_gives_an_empty_sample():
    assert draw([], Sample(method="proportional", size=10, strata="unit")).people == set()
