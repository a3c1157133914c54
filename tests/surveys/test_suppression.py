"""What is hidden stays hidden: whole waves of random people, attacked with linear programmes."""

import random

import numpy as np
import pytest

from surveys import suppression
from surveys.suppression import EVERYBODY, Groups
from tests.surveys import random_tables

THRESHOLD = 10
PAIRS = [("unit", "language")]
CHUNKS = 10


def random_wave(seed: int, *, questions: int = 1):
    rng = random.Random(seed)
    people = random_tables.random_people(rng, n=rng.choice([60, 150, 400, 900]), steps=3, questions=questions)
    return random_tables.counted(people, PAIRS, random_tables.UNIT_PATHS, 3)


def broken_waves(seeds, *, is_complementary: bool = True) -> list[int]:
    return [seed for seed in seeds if is_broken(seed, is_complementary=is_complementary)]


def is_broken(seed: int, *, is_complementary: bool) -> bool:
    counts = random_wave(seed)
    shown = random_tables.published(counts, THRESHOLD, is_complementary=is_complementary)
    return next(random_tables.broken(counts, shown, THRESHOLD), None) is not None


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_nothing_comes_out_of_thirty_random_waves(chunk):
    assert broken_waves(range(3 * chunk, 3 * chunk + 3)) == []


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(100))
def test_nothing_comes_out_of_a_thousand_random_waves(chunk):
    assert broken_waves(range(1000 + 10 * chunk, 1010 + 10 * chunk)) == []


def test_twenty_who_all_agreed_in_one_publication_tell_it_of_their_parts_only_there():
    assert broken_waves([1058]) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3000, 3020))
def test_nothing_comes_out_of_two_questions_in_one_programme(seed):
    counts = random_wave(seed, questions=2)
    shown = random_tables.published(counts, THRESHOLD)
    assert list(random_tables.broken_together(counts, shown, THRESHOLD)) == []


def test_two_questions_in_one_programme_tell_what_one_of_them_tells():
    counts = random_wave(3005, questions=2)
    shown = random_tables.published(counts, THRESHOLD, is_complementary=False)
    assert any(random_tables.broken_together(counts, shown, THRESHOLD))


@pytest.mark.parametrize("seed", [1597, 1772, 1899])
def test_where_the_answers_of_few_cannot_be_hidden_alone_their_number_is_hidden_too(seed):
    assert broken_waves([seed]) == []


def test_a_group_hidden_for_the_sake_of_others_tells_nothing_of_its_parts_any_more():
    assert broken_waves([1583]) == []


def test_most_waves_are_broken_without_complementary_hiding():
    assert len(broken_waves(range(3), is_complementary=False)) == 3


# ---------- what it costs ----------


def offices_by_agencies(seed: int):
    """15 offices, 10 agencies, 3,933 forms: some offices and some agencies are much larger than others."""
    rng = random.Random(seed)
    people = [
        random_tables.Person(
            {
                "unit": f"office{rng.choices(range(15), [1 / (1 + i) ** 0.7 for i in range(15)])[0]}",
                "service": f"agency{rng.choices(range(10), [1 / (1 + i) ** 0.9 for i in range(10)])[0]}",
            },
            (rng.choices(range(6), [2, 3, 5, 20, 15, 2])[0],),
            0,
        )
        for _ in range(3933)
    ]
    return random_tables.counted(people, [("unit", "service")], {}, 1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_table_of_fifteen_by_ten_keeps_most_of_its_cells(seed):
    counts = offices_by_agencies(seed)
    shown = random_tables.published(counts, THRESHOLD)
    pairs = np.array(["×" in breakdown for breakdown, _cell in counts.groups.places])
    large = pairs & (counts.responses[0] >= 30)
    for decided in (shown.groups[0], shown.answers[0][0]):
        assert (pairs & ~decided).sum() <= 0.4 * 150
        assert (large & decided).sum() >= 0.95 * large.sum()


# ---------- how groups hang together ----------


def sizes(**cells) -> tuple[list, np.ndarray]:
    places = [EVERYBODY, *(("unit", name) for name in cells if name != "all")]
    return places, np.array([[float(cells["all"]), *(n for name, n in cells.items() if name != "all")]])


def shown_in(places, steps, paths) -> set[str]:
    groups = Groups(places, suppression.relations(places, paths), steps)
    table = suppression.decide_groups(groups, steps, np.zeros((0, len(places)), bool), THRESHOLD)
    return {cell for (_name, cell), shown in zip(places, table.shown[-1], strict=False) if shown and cell}


def test_a_parent_does_not_give_away_its_small_child():
    places, steps = sizes(all=100, region=43, a=40, b=3, c=57)
    shown = shown_in(places, steps, {"a": ["region"], "b": ["region"]})
    assert "b" not in shown
    assert not {"region", "a"} <= shown


def test_the_few_who_belong_to_the_parent_itself_are_protected_too():
    places, steps = sizes(all=100, region=43, a=20, b=20, c=57)
    shown = shown_in(places, steps, {"a": ["region"], "b": ["region"]})
    assert not {"region", "a", "b"} <= shown


def test_two_small_groups_that_are_small_together_need_a_third():
    places, steps = sizes(all=108, a=3, b=5, c=40, d=60)
    assert len(shown_in(places, steps, {})) == 1


def test_a_group_without_anybody_small_beside_it_is_shown_whole():
    places, steps = sizes(all=100, a=30, b=70)
    assert shown_in(places, steps, {}) == {"a", "b"}


def test_the_few_who_are_left_of_a_group_that_was_shown_are_hidden():
    places, steps = sizes(all=52, a=12, b=40)
    steps = np.vstack([steps, [[-10.0, -10.0, 0.0]]])
    groups = Groups(places, suppression.relations(places, {}), steps)
    table = suppression.decide_groups(groups, steps, np.ones((1, 3), bool), THRESHOLD)
    assert dict(zip(places, table.shown[-1].tolist(), strict=True)) == {
        EVERYBODY: True,
        ("unit", "a"): False,
        ("unit", "b"): False,
    }


def test_a_way_in_lies_in_its_unit():
    combinations = [({"unit": "a", "collector": "1"}, 30), ({"unit": "a", "collector": "2"}, 20)]
    combinations += [({"unit": "b", "collector": "3"}, 12)]
    found = suppression.neighbours(combinations, {}, THRESHOLD)
    assert (("unit", "a"), [("collector", "1"), ("collector", "2")]) in found
    assert (("collector", "3"), [("unit", "b")]) in found
