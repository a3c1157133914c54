"""Before and after: the same figures as an independent computation, and no claim where nothing happened."""

import random
from datetime import timedelta

import numpy as np
import pytest
from django.urls import reverse
from django.utils import timezone
from scipy import stats

from actions.digest_section import actions_of_week
from actions.effect import (
    Comparison,
    Verdict,
    compare,
    effect_of,
    say_effects,
    with_effect_state,
    words_beside,
    words_of,
)
from actions.models import Action, ExpectedEffect
from cxportal.digest_sections import Week
from surveys import publication_making, waves
from surveys.statistics import estimates
from surveys.statistics.change import Kind, Stratum, difference_in_differences
from tests.factories import ActionFactory, CollectorFactory, UnitFactory, WaveFactory
from tests.surveys.results import closed, fill


def sample(seed: int, n: int, centre: float = 3.0) -> np.ndarray:
    """Ratings 1 to 5."""
    rng = np.random.default_rng(seed)
    return np.clip(np.round(rng.normal(centre, 1.1, n)), 1, 5)


def estimate(numbers: np.ndarray) -> estimates.Estimate:
    return estimates.mean(len(numbers), float(numbers.sum()), float((numbers**2).sum()))


def independent(own: tuple, others: list[tuple], shares: list[float]) -> tuple[float, float, float]:
    """Difference in differences from the single answers: means, variances and Satterthwaite by their textbook forms."""
    weights = np.array(shares) / np.sum(shares)
    samples = [(1.0, own[1]), (-1.0, own[0])]
    for weight, (first, second) in zip(weights, others, strict=True):
        samples += [(-weight, second), (weight, first)]
    value = sum(weight * group.mean() for weight, group in samples)
    variances = np.array([weight**2 * group.var(ddof=1) / len(group) for weight, group in samples])
    degrees = variances.sum() ** 2 / sum(
        variance**2 / (len(group) - 1) for variance, (_weight, group) in zip(variances, samples, strict=True)
    )
    half = stats.t.ppf(0.975, degrees) * np.sqrt(variances.sum())
    return value, value - half, value + half


@pytest.mark.parametrize("seed", range(20))
def test_the_own_change_equals_the_test_of_welch_in_scipy(seed):
    before, after = sample(seed, 40 + seed), sample(seed + 500, 60)
    change = compare(Kind.MEAN, estimate(before), estimate(after)).change
    limits = stats.ttest_ind(after, before, equal_var=False).confidence_interval()
    assert (change.value, change.low, change.high) == pytest.approx(
        (after.mean() - before.mean(), limits.low, limits.high), abs=1e-9
    )


@pytest.mark.parametrize("seed", range(20))
def test_the_change_beside_others_equals_an_independent_computation(seed):
    own = (sample(seed, 35), sample(seed + 100, 45, 3.4))
    others = [(sample(seed + k, 20 + 9 * k), sample(seed + 50 * k, 90 - k)) for k in range(2, 6)]
    found = compare(Kind.MEAN, *map(estimate, own), [tuple(map(estimate, pair)) for pair in others]).beside
    expected = independent(own, others, [len(first) for first, _second in others])
    assert (found.value, found.low, found.high) == pytest.approx(expected, abs=1e-9)


def test_a_worked_example():
    """Own 2 to 3, others 2.0 to 2.5 (share 3) and 3 to 3 (share 1): 1 - (0.75 * 0.5 + 0) = 0.625."""

    def around(value):
        return estimates.Estimate(value, value - 0.2, value + 0.2, 50)

    others = [Stratum(3, around(2.0), around(2.5)), Stratum(1, around(3.0), around(3.0))]
    assert difference_in_differences(around(2.0), around(3.0), others).value == pytest.approx(0.625)


def test_of_200_actions_without_any_effect_few_are_said_to_have_moved_it():
    """5 % of 200 are 10; more than 20 would come by chance once in 600 such runs."""
    moved, other_than_others = 0, 0
    for seed in range(200):
        groups = [estimate(sample(1000 * seed + k, 60)) for k in range(6)]
        found = compare(Kind.MEAN, groups[0], groups[1], [(groups[2], groups[3]), (groups[4], groups[5])])
        moved += found.verdict is Verdict.MOVED
        other_than_others += found.beside.excludes_zero
    assert (0 < moved <= 20, 0 < other_than_others <= 20) == (True, True)


def test_a_true_change_is_found():
    found = compare(Kind.MEAN, estimate(sample(1, 200)), estimate(sample(2, 200, 4.0)))
    assert found.verdict is Verdict.MOVED
    assert words_of(found).startswith("It moved beyond its margin: by +0.")


def test_shares_are_said_in_per_cent():
    found = compare(Kind.SHARE, estimates.share(40, 100), estimates.share(44, 100))
    assert words_of(found) == "No clear change: +4.0 %, between -9.5 % and +17.3 %."


@pytest.mark.parametrize("verdict", [Verdict.NOT_YET, Verdict.CHANGED_QUESTION, Verdict.TOO_FEW])
def test_where_nothing_can_be_compared_the_words_claim_no_change(verdict):
    words = words_of(Comparison(verdict))
    assert words
    assert "moved" not in words
    assert words_beside(Comparison(verdict)) == ""


# ---------- from publications ----------


@pytest.fixture
def two_waves(chiara, agency_unit, unit_a, unit_b, settings, tmp_path):
    """At counter A ratings rise from about 2 to about 4, at B and C they stay; D has three answers."""
    settings.KEYS_FOLDER = tmp_path / "keys"
    units = {"A": unit_a, "B": unit_b, "C": UnitFactory(code="C", parent=agency_unit)}
    first = WaveFactory(confidential=True, unit=agency_unit, breakdowns=["unit"], pairs=[])
    second = WaveFactory(
        confidential=True,
        unit=agency_unit,
        breakdowns=["unit"],
        pairs=[],
        survey=first.survey,
        version=first.version,
    )
    rng = random.Random(1)
    for wave, centre in [(first, 2), (second, 4)]:
        collectors = [CollectorFactory(wave=wave, unit=unit, name=name) for name, unit in units.items()]
        opened = waves.open_wave(wave=wave, by=chiara)
        for collector in collectors:
            collector.wave = opened
            middle = centre if collector.name == "A" else 3
            answers = [("fi", {"overall": str(middle + rng.choice([-1, 0, 1]))}) for _ in range(40)]
            fill(collector, answers)
        publication_making.make(wave=closed(opened))
    return first, second


def expected(unit, pair, **more) -> ExpectedEffect:
    action = ActionFactory(unit=unit, at_status="done")
    first, second = pair
    row = ExpectedEffect.objects.create(
        action=action, question="overall", **{"baseline": first, "follow_up": second} | more
    )
    return ExpectedEffect.objects.get(pk=row.pk)


@pytest.mark.django_db
def test_an_effect_is_read_from_the_publications_of_both_waves(two_waves, chiara, unit_a):
    found = effect_of(expected(unit_a, two_waves), reader=chiara)
    assert (found.verdict, found.before.n, found.after.n, found.others) == (Verdict.MOVED, 40, 40, 2)
    assert found.beside.excludes_zero


@pytest.mark.django_db
def test_a_unit_where_another_action_aims_at_the_same_is_not_put_beside_it(two_waves, chiara, unit_a, unit_b):
    expected(unit_b, two_waves)
    assert effect_of(expected(unit_a, two_waves), reader=chiara).others == 1


@pytest.mark.django_db
def test_a_manager_reads_no_figure_of_other_units_beside_the_own(two_waves, aino, unit_a):
    found = effect_of(expected(unit_a, two_waves), reader=aino)
    assert (found.verdict, found.beside, found.others) == (Verdict.MOVED, None, 0)


@pytest.mark.django_db
def test_without_a_wave_after_nothing_is_said_yet(two_waves, chiara, unit_a):
    found = effect_of(expected(unit_a, two_waves, follow_up=None), reader=chiara)
    assert found.verdict is Verdict.NOT_YET


@pytest.mark.django_db
def test_a_unit_that_is_not_shown_has_too_few_answers(two_waves, chiara, agency_unit):
    small = UnitFactory(code="D", parent=agency_unit)
    assert effect_of(expected(small, two_waves), reader=chiara).verdict is Verdict.TOO_FEW


@pytest.mark.django_db
def test_the_form_of_an_action_says_the_effect_and_that_it_proves_no_cause(two_waves, chiara_client, unit_a):
    action = expected(unit_a, two_waves).action
    page = chiara_client.get(reverse("admin:actions_action_change", args=[action.pk])).content.decode()
    assert "It moved beyond its margin: by +" in page
    assert "does not show that the action caused it" in page


@pytest.mark.django_db
def test_list_and_board_say_in_a_few_words_what_came_of_it(two_waves, chiara_client, unit_a, unit_b):
    moved, stayed = expected(unit_a, two_waves).action, expected(unit_b, two_waves).action
    awaited = expected(unit_a, two_waves, follow_up=None).action
    page = chiara_client.get(reverse("admin:actions_action_changelist"))
    said = {row.pk: row.effect_words for row in page.context["cl"].result_list}
    assert said[moved.pk].startswith("moved: +")
    assert (said[stayed.pk], said[awaited.pk]) == ("no clear change", "awaited")
    board = chiara_client.get(reverse("actions:board")).content.decode()
    assert f"effect: <b>{said[moved.pk]}</b>" in board


@pytest.mark.django_db
def test_where_two_figures_should_move_both_are_said(two_waves, chiara, unit_a):
    row = expected(unit_a, two_waves)
    first, second = two_waves
    ExpectedEffect.objects.create(action=row.action, question="unknown", baseline=first, follow_up=second)
    (action,) = with_effect_state(Action.objects.filter(pk=row.action_id), reader=chiara)
    say_effects([action], reader=chiara)
    assert action.effect_words.startswith("moved: +")
    assert action.effect_words.endswith(" · too few answers")


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 4])
def test_what_came_of_many_actions_is_read_in_a_fixed_number_of_queries(
    two_waves, aino, unit_a, number, django_assert_num_queries
):
    for _action in range(number):
        expected(unit_a, two_waves)
    actions = list(with_effect_state(Action.objects.all(), reader=aino))
    aino.scope  # noqa: B018  read once per request, not here
    with django_assert_num_queries(12):
        say_effects(actions, reader=aino)


@pytest.mark.django_db
def test_the_weekly_mail_says_which_figures_moved_when_the_wave_after_was_published(
    two_waves, chiara, unit_a
):
    action = expected(unit_a, two_waves).action
    today = timezone.localdate()
    weeks = [Week(today - timedelta(days=today.weekday() + days)) for days in (0, 7)]
    sections = [actions_of_week(chiara, week) for week in weeks]
    found = [line for section in sections if section for block in section.blocks for line in block.lines]
    effects = [(line.name, line.note) for line in found if line.note.startswith("It moved beyond its margin")]
    assert [name for name, _note in effects] == [action.title]
