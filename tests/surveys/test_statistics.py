"""Against scipy and against published examples."""

import random
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from surveys.statistics import change, estimates, weighted, weighting
from surveys.statistics.change import Difference, Kind, Stratum, Verdict
from surveys.statistics.estimates import Answered, Estimate, Sums
from surveys.statistics.weighted import WeightedSums
from surveys.statistics.weighting import CannotWeight, Margin

TABLES = 1000


def sums_of(numbers) -> Sums:
    return Sums(len(numbers), float(np.sum(numbers)), float(np.sum(np.square(numbers))))


def random_numbers(rng) -> list[int]:
    low, high = rng.choice([(1, 5), (1, 6), (1, 10), (0, 10), (1, 7)])
    numbers = [rng.randint(low, high) for _each in range(rng.randint(2, 400))]
    return [*numbers, low, high]  # never all the same


def random_share(rng) -> tuple[int, int]:
    n = rng.randint(1, 2000)
    return rng.randint(0, n), n


# ---------- 1,000 random tables ----------


def test_means_equal_scipy():
    rng = random.Random(1)
    for _each in range(TABLES):
        numbers = random_numbers(rng)
        found = estimates.mean(*sums_of(numbers))
        low, high = stats.t.interval(0.95, len(numbers) - 1, np.mean(numbers), stats.sem(numbers))
        assert (found.value, found.low, found.high) == pytest.approx((np.mean(numbers), low, high), rel=1e-9)


def test_shares_equal_scipy():
    rng = random.Random(2)
    for _each in range(TABLES):
        k, n = random_share(rng)
        found = estimates.share(k, n)
        wilson = stats.binomtest(k, n).proportion_ci(0.95, "wilson")
        assert (found.low, found.high) == pytest.approx((wilson.low, wilson.high), rel=1e-9, abs=1e-12)


def test_differences_of_means_equal_scipy():
    rng = random.Random(3)
    for _each in range(TABLES):
        one, other = random_numbers(rng), random_numbers(rng)
        found = change.difference_of_means(sums_of(one), sums_of(other))
        theirs = stats.ttest_ind(other, one, equal_var=False)
        interval = theirs.confidence_interval(0.95)
        assert found[:4] == pytest.approx(
            (np.mean(other) - np.mean(one), interval.low, interval.high, theirs.pvalue), rel=1e-9, abs=1e-12
        )


def test_paired_differences_equal_scipy():
    rng = random.Random(4)
    for _each in range(TABLES):
        first = random_numbers(rng)
        second = [number + rng.randint(-2, 3) for number in first]
        found = change.paired_difference_of_means(sums_of(np.subtract(second, first)))
        theirs = stats.ttest_rel(second, first)
        interval = theirs.confidence_interval(0.95)
        if np.var(np.subtract(second, first)) == 0:
            continue
        assert found[1:4] == pytest.approx((interval.low, interval.high, theirs.pvalue), rel=1e-9, abs=1e-12)


def test_differences_of_shares_are_made_of_scipys_wilson_limits():
    rng = random.Random(5)
    for _each in range(TABLES):
        (k1, n1), (k2, n2) = random_share(rng), random_share(rng)
        found = change.difference_of_shares(k1 / n1, n1, k2 / n2, n2)
        one, other = (stats.binomtest(k, n).proportion_ci(0.95, "wilson") for k, n in ((k1, n1), (k2, n2)))
        p1, p2 = k1 / n1, k2 / n2
        low = p2 - p1 - sqrt((p2 - other.low) ** 2 + (one.high - p1) ** 2)
        high = p2 - p1 + sqrt((other.high - p2) ** 2 + (p1 - one.low) ** 2)
        assert (found.low, found.high) == pytest.approx((low, high), rel=1e-9, abs=1e-12)


def test_nps_equals_the_mean_of_its_points():
    rng = random.Random(6)
    for _each in range(TABLES):
        counts = [rng.randint(1, 300) for _kind in range(3)]
        points = np.repeat([100, 0, -100], counts)
        found = estimates.nps(*counts)
        half = stats.norm.ppf(0.975) * np.std(points) / sqrt(len(points))
        expected = (np.mean(points), max(-100, np.mean(points) - half), min(100, np.mean(points) + half))
        assert found[:3] == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_holm_equals_its_definition():
    rng = random.Random(7)
    for _each in range(TABLES):
        p_values = [rng.random() ** 3 for _test in range(rng.randint(1, 30))]
        adjusted = change.holm(p_values)
        order = np.argsort(p_values)
        steps = np.maximum.accumulate(np.sort(p_values) * np.arange(len(p_values), 0, -1)).clip(max=1)
        assert [adjusted[place] for place in order] == pytest.approx(list(steps), rel=1e-12)


def test_weighted_means_equal_the_sums_over_single_answers():
    rng = np.random.default_rng(8)
    for _each in range(TABLES):
        n = int(rng.integers(3, 200))
        x, w = rng.integers(1, 11, n).astype(float), rng.uniform(0.2, 4, n)
        x[:2] = 1, 10
        sums = WeightedSums(n, w.sum(), (w**2).sum(), w @ x, w @ x**2, (w**2) @ x, (w**2) @ x**2)
        found = weighted.weighted_mean(sums)
        value = np.average(x, weights=w)
        variance = n / (n - 1) * ((w * (x - value)) ** 2).sum() / w.sum() ** 2
        half = stats.t.ppf(0.975, n - 1) * sqrt(variance)
        assert found[:3] == pytest.approx((value, value - half, value + half), rel=1e-9)


def test_equal_weights_change_nothing():
    rng = random.Random(9)
    for _each in range(TABLES):
        numbers = random_numbers(rng)
        n, total, squares = sums_of(numbers)
        w = rng.uniform(0.1, 10)
        sums = WeightedSums(n, n * w, n * w * w, w * total, w * squares, w * w * total, w * w * squares)
        plain, found = estimates.mean(n, total, squares), weighted.weighted_mean(sums)
        assert found[:3] == pytest.approx(plain[:3], rel=1e-9)
        assert found.design_effect == pytest.approx(1, rel=1e-6)


# ---------- published examples ----------


@pytest.mark.parametrize(
    ("k", "n", "limits"), [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0, 0.1611))]
)
def test_wilson_as_newcombe_1998_table_1(k, n, limits):
    found = estimates.share(k, n)
    assert (round(found.low, 4), round(found.high, 4)) == limits


@pytest.mark.parametrize(
    ("first", "second", "limits"),
    [
        ((48, 80), (56, 70), (0.0524, 0.3339)),
        ((3, 10), (9, 10), (0.1705, 0.8090)),
    ],
)
def test_newcombe_1998_differences_of_independent_shares(first, second, limits):
    found = change.difference_of_shares(first[0] / first[1], first[1], second[0] / second[1], second[1])
    assert (round(found.low, 4), round(found.high, 4)) == limits


def test_newcombe_1998_difference_of_paired_shares():
    found = change.paired_difference_of_shares(both=36, only_first=2, only_second=12, neither=0)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0569, 0.3404)


# Kalton and Flores-Cervantes, Weighting Methods, Journal of Official Statistics 19 (2003) 81-97, tables 1 and 2
ROWS, COLUMNS = ["A1", "A2", "A3", "A4"], ["B1", "B2", "B3"]
RESPONDENTS = [20, 40, 40, 50, 140, 310, 100, 50, 50, 30, 100, 70]
POPULATION = [80, 40, 55, 60, 150, 340, 170, 60, 200, 55, 165, 125]
ROW_OF = [row for row in ROWS for _column in COLUMNS]
COLUMN_OF = COLUMNS * len(ROWS)


def margin(name, category_of, population=POPULATION) -> Margin:
    known: dict[str, float] = {}
    for category, number in zip(category_of, population, strict=True):
        known[category] = known.get(category, 0) + number
    return Margin(name, category_of, known)


BOTH = [margin("A", ROW_OF), margin("B", COLUMN_OF)]


def test_post_stratification_weights_of_kalton_and_flores_cervantes():
    cells = [a + b for a, b in zip(ROW_OF, COLUMN_OF, strict=True)]
    found = weighting.post_stratify(RESPONDENTS, margin("A×B", cells))
    printed = [4, 1, 1.38, 1.2, 1.07, 1.1, 1.7, 1.2, 4, 1.83, 1.65, 1.79]
    assert [round(weight, 2) for weight in found.per_group.tolist()] == printed


def test_raking_weights_of_kalton_and_flores_cervantes():
    found = weighting.rake(RESPONDENTS, BOTH)
    printed = [1.81, 1.45, 2.02, 1.08, 0.87, 1.21, 2.2, 1.76, 2.45, 1.83, 1.47, 2.04]
    assert [round(weight, 2) for weight in found.per_group.tolist()] == printed


# ---------- weights ----------


def test_raked_weights_meet_every_margin():
    found = weighting.rake(RESPONDENTS, BOTH)
    weighted_counts = found.per_group * RESPONDENTS
    sums = {
        category: sum(n for n, own in zip(weighted_counts, names, strict=True) if own == category)
        for names in (ROW_OF, COLUMN_OF)
        for category in set(names)
    }
    assert sums == pytest.approx(BOTH[0].population | BOTH[1].population)


def test_limits_are_kept_and_the_margins_met_where_they_can_be():
    found = weighting.rake(RESPONDENTS, BOTH, lowest=0.6, highest=1.5)
    mean = 1500 / 1000
    assert (found.per_group >= 0.6 * mean - 1e-9).all()
    assert (found.per_group <= 1.5 * mean + 1e-9).all()
    assert (found.trimmed > 0, found.distance < 1e-9) == (True, True)


def test_limits_too_narrow_for_the_margins_say_how_far_they_are_off():
    found = weighting.rake(RESPONDENTS, BOTH, lowest=0.9, highest=1.1)
    assert found.distance > 0.01


def test_raking_from_base_weights_keeps_their_ratios():
    base = [2.0 if column == "B1" else 1.0 for column in COLUMN_OF]
    found = weighting.rake(RESPONDENTS, [margin("A", ROW_OF)], base=base).per_group
    assert found[0] / found[1] == pytest.approx(2)


def test_kishs_design_effect_and_effective_number():
    counts, weights = [50, 50], [1.0, 3.0]
    assert weighting.design_effect(counts, weights) == pytest.approx(1.25)
    assert weighting.effective_n(counts, weights) == pytest.approx(80)


def test_a_category_with_nobody_on_either_side_is_left_alone():
    found = weighting.rake([10, 0], [Margin("A", ["x", "y"], {"x": 30, "y": 0})])
    assert found.per_group[0] == 3


@pytest.mark.parametrize(
    ("counts", "margins", "sentence"),
    [
        ([], [Margin("A", [], {})], "no answers"),
        ([1, 2], [], "at least one margin"),
        ([1, 2], [Margin("A", ["x", "y"], {"x": 1})], "no population number for: y"),
        ([1, 2], [Margin("A", ["x", "x"], {"x": 1, "y": 2})], "Nobody of “A: y”"),
        ([1, 2], [Margin("A", ["x", "y"], {"x": 1, "y": 0})], "cannot be 0"),
        ([1, 2], [Margin("A", ["x"], {"x": 1})], "each of the 2 groups"),
        (
            [1, 2],
            [Margin("A", ["x", "y"], {"x": 1, "y": 2}), Margin("B", ["x", "y"], {"x": 2, "y": 2})],
            "the same number",
        ),
        (
            [5, 5],
            [Margin("A", ["x", "y"], {"x": 1, "y": 9}), Margin("B", ["u", "v"], {"u": 9, "v": 1})],
            "cannot be met at once",
        ),
    ],
)
def test_margins_that_cannot_be_met_are_refused_in_words(counts, margins, sentence):
    with pytest.raises(CannotWeight, match=sentence):
        weighting.rake(counts, margins)


# ---------- where there is nothing to say ----------


def test_nobody_answered_is_no_figure():
    assert estimates.mean(0, 0, 0) is None
    assert estimates.share(0, 0) is None
    assert estimates.nps(0, 0, 0) is None
    assert estimates.pooled_share([]) is None
    assert weighted.weighted_mean(WeightedSums()) is None


@pytest.mark.parametrize("sums", [(1, 4, 16), (30, 120, 480)])
def test_one_answer_or_all_alike_have_no_interval(sums):
    assert estimates.mean(*sums) == Estimate(4, None, None, sums[0])


@pytest.mark.parametrize("sums", [(2, 10, 20), (-1, 0, 0), (1.5, 2, 4), (3, 1, -1)])
def test_sums_that_no_answers_can_have_are_refused(sums):
    with pytest.raises(ValueError):
        estimates.mean(*sums)


@pytest.mark.parametrize(("k", "n"), [(3, 2), (-1, 2), (0, -1)])
def test_more_than_all_is_no_share(k, n):
    with pytest.raises(ValueError):
        estimates.share(k, n)


# ---------- pooled shares ----------


def test_a_pooled_share_of_one_question_is_a_share_of_people():
    found = estimates.pooled_share([Answered(1, 200, 150, 150)])
    plain = estimates.share(150, 200)
    assert found.value == plain.value
    assert found.effective_n == pytest.approx(199)


def test_people_who_answer_alike_everywhere_count_once():
    # 5 questions, 100 people: all five favourable or none
    found = estimates.pooled_share([Answered(5, 100, 5 * 60, 25 * 60)])
    assert (found.value, found.n) == (0.6, 500)
    assert found.effective_n == pytest.approx(99)
    assert found.design_effect == pytest.approx(500 / 99)


def test_independent_answers_count_each():
    rng = np.random.default_rng(3)
    k = rng.binomial(4, 0.7, size=20_000)
    found = estimates.pooled_share([Answered(4, len(k), float(k.sum()), float((k**2).sum()))])
    assert found.effective_n == pytest.approx(80_000, rel=0.05)


# ---------- targets ----------


@pytest.mark.parametrize(
    ("estimate", "reached", "beyond_doubt"),
    [
        (Estimate(0.90, 0.89, 0.91, 900), True, True),
        (Estimate(0.62, 0.58, 0.66, 900), True, False),
        (Estimate(0.58, 0.55, 0.61, 900), False, False),
        (Estimate(0.50, 0.45, 0.55, 900), False, True),
        (Estimate(0.90, None, None, 1), True, False),
    ],
)
def test_a_target_is_reached_beyond_doubt_only_with_the_whole_interval(estimate, reached, beyond_doubt):
    assert estimates.against_target(estimate, 0.6) == (0.6, reached, beyond_doubt)


def test_where_low_is_good_a_target_is_reached_from_above():
    assert estimates.against_target(Estimate(2.5, 2.3, 2.7, 50), 3, high_is_good=False) == (3, True, True)


# ---------- change ----------

shares = st.tuples(st.integers(1, 400), st.integers(0, 400)).map(lambda pair: (min(pair), max(pair)))


@given(shares.filter(lambda pair: pair[1] > 0), shares.filter(lambda pair: pair[1] > 0))
def test_interval_and_p_never_contradict_each_other(first, second):
    (k1, n1), (k2, n2) = first, second
    found = change.difference_of_shares(k1 / n1, n1, k2 / n2, n2)
    if abs(found.p - 0.05) > 1e-6:
        assert found.excludes_zero == (found.p < 0.05)


def test_published_figures_are_compared_as_their_sums_are():
    rng = random.Random(10)
    for _each in range(100):
        one, other = sums_of(random_numbers(rng)), sums_of(random_numbers(rng))
        direct = change.difference_of_means(one, other)
        published = change.difference_of_estimates(estimates.mean(*one), estimates.mean(*other), Kind.MEAN)
        assert published == pytest.approx(direct, rel=1e-9)
        counts = [tuple(rng.randint(30, 60) for _kind in range(3)) for _wave in range(2)]
        nps = [estimates.nps(*group) for group in counts]
        assert change.difference_of_estimates(*nps, Kind.NPS)[:4] == pytest.approx(
            change.difference_of_nps(*counts)[:4], rel=1e-9
        )


def test_a_change_inside_the_margin_is_no_clear_change():
    # C1: 3.46 and then 3.55, with the spread that such ratings have
    first, second = (
        Sums(310, 310 * 3.46, 309 * 1.2**2 + 310 * 3.46**2),
        Sums(620, 620 * 3.55, 619 * 1.2**2 + 620 * 3.55**2),
    )
    found = change.difference_of_means(first, second)
    assert (round(found.value, 2), found.low < 0 < found.high) == (0.09, True)
    assert change.verdicts([found]) == [Verdict.NO_CLEAR_CHANGE]


def test_of_many_at_once_fewer_are_called_clear():
    clear, doubtful = Difference(1, 0.5, 1.5, 0.0001), Difference(1, 0.1, 1.9, 0.03)
    assert change.verdicts([doubtful]) == [Verdict.BETTER]
    assert change.verdicts([clear, doubtful, doubtful, None]) == [
        Verdict.BETTER,
        Verdict.NO_CLEAR_CHANGE,
        Verdict.NO_CLEAR_CHANGE,
        Verdict.CANNOT_SAY,
    ]


def test_where_nothing_changed_hardly_any_page_claims_a_change():
    rng = np.random.default_rng(11)
    pages_with_a_claim = 0
    for _page in range(400):
        differences = []
        for _unit in range(15):
            k1, k2 = rng.binomial(60, 0.8, size=2)
            differences.append(change.difference_of_shares(k1 / 60, 60, k2 / 60, 60))
        pages_with_a_claim += set(change.verdicts(differences)) != {Verdict.NO_CLEAR_CHANGE}
    assert pages_with_a_claim / 400 < 0.075  # 5 % and three standard errors at most


def test_down_is_better_where_low_is_good():
    down = Difference(-1, -1.5, -0.5, 0.001)
    assert change.verdicts([down], high_is_good=False) == [Verdict.BETTER]
    assert change.verdicts([down]) == [Verdict.WORSE]
    assert change.verdicts([down], high_is_good=None) == [Verdict.DIFFERENT]


def test_one_answer_says_nothing_about_change():
    found = change.difference_of_means(Sums(1, 5, 25), Sums(40, 120, 500))
    assert (found.p, change.verdicts([found])) == (None, [Verdict.CANNOT_SAY])


def test_at_constant_mix_a_change_that_is_only_mix_disappears():
    # the same means in both waves; the group that rates low became large
    def group(mean, n):
        return estimates.mean(n, n * mean, n * (mean**2 + 1) - 1)

    first = estimates.mean(200, 180 * 4 + 20 * 2, 180 * 17 + 20 * 5)
    second = estimates.mean(200, 100 * 4 + 100 * 2, 100 * 17 + 100 * 5)
    plain = change.difference_of_estimates(first, second, Kind.MEAN)
    steady = change.difference_at_constant_mix(
        [Stratum(180, group(4, 180), group(4, 100)), Stratum(20, group(2, 20), group(2, 100))]
    )
    assert change.verdicts([plain]) == [Verdict.WORSE]
    assert steady.value == pytest.approx(0, abs=1e-12)
    assert change.verdicts([steady]) == [Verdict.NO_CLEAR_CHANGE]
    assert change.mix_distance([180, 20], [100, 100]) == pytest.approx(0.4)


def test_constant_mix_with_one_group_is_the_plain_comparison():
    one, other = estimates.mean(50, 180, 700), estimates.mean(60, 230, 950)
    assert change.difference_at_constant_mix([Stratum(7, one, other)]) == pytest.approx(
        change.difference_of_estimates(one, other, Kind.MEAN)
    )
