"""Figures of a unit before and after: shown, and never judged, because a single count has no margin."""

from datetime import date

import pytest
from django.urls import reverse

from actions.figure_effect import figure_effects_of, pair_of, words_of
from actions.models import ExpectedEffect
from tests.factories import ActionFactory, FigureFactory, UnitFigureFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def figure():
    return FigureFactory(code="days", name="Days until the decision", direction="down")


@pytest.fixture
def effect(unit_a, figure):
    """Works from 1 March 2026 on."""
    action = ActionFactory(unit=unit_a, at_status="done")
    return ExpectedEffect.objects.create(action=action, figure=figure, starts_on=date(2026, 3, 1))


def value(unit, figure, month: int, number: str, *, until: date | None = None):
    last = until or date(2026, month, 28 if month == 2 else 30)
    return UnitFigureFactory(
        unit=unit, figure=figure, starts_on=date(2026, month, 1), ends_on=last, value=number
    )


def test_the_last_value_before_stands_beside_the_newest_since(effect, unit_a, figure, chiara):
    for month, number in [(1, "50"), (2, "48"), (3, "47"), (4, "41.5")]:
        value(unit_a, figure, month, number)
    pair = pair_of(effect, reader=chiara)
    assert (pair.before.value, pair.after.value, pair.change) == (48, 41.5, -6.5)
    assert words_of(pair) == (
        "48 (1 Feb 2026 to 28 Feb 2026), then 41.50 (1 Apr 2026 to 30 Apr 2026): -6.50. No margin is known for this "
        "figure, so it is not said whether this is more than chance."
    )


@pytest.mark.parametrize(
    ("months", "words"),
    [
        ([], "There is no value since it began to work."),
        ([2], "There is no value since it began to work."),
        ([3], "There is no value from before to compare with."),
    ],
)
def test_what_is_missing_is_said(effect, unit_a, figure, chiara, months, words):
    for month in months:
        value(unit_a, figure, month, "48")
    assert words_of(pair_of(effect, reader=chiara)) == words


def test_a_month_is_not_compared_with_two_months(effect, unit_a, figure, chiara):
    value(unit_a, figure, 1, "90", until=date(2026, 2, 28))
    value(unit_a, figure, 3, "47")
    words = words_of(pair_of(effect, reader=chiara))
    assert words == "The values before are of periods of another length: they cannot be compared."


def test_a_period_in_which_it_began_counts_on_neither_side(unit_a, figure, chiara):
    effect = ExpectedEffect.objects.create(
        action=ActionFactory(unit=unit_a), figure=figure, starts_on=date(2026, 3, 15)
    )
    for month, number in [(2, "48"), (3, "10"), (4, "47")]:
        value(unit_a, figure, month, number)
    pair = pair_of(effect, reader=chiara)
    assert (pair.before.value, pair.after.value) == (48, 47)


def test_values_of_another_unit_are_neither_compared_nor_shown(effect, unit_a, unit_b, figure, chiara, bram):
    value(unit_b, figure, 2, "1")
    for month, number in [(2, "48"), (4, "47")]:
        value(unit_a, figure, month, number)
    assert pair_of(effect, reader=chiara).before.value == 48
    assert words_of(pair_of(effect, reader=bram)) == "There is no value since it began to work."


def test_the_form_of_the_action_shows_both_values_and_claims_nothing(
    effect, unit_a, figure, aino_client, aino
):
    for month, number in [(2, "48"), (4, "41.5")]:
        value(unit_a, figure, month, number)
    page = aino_client.get(reverse("admin:actions_action_change", args=[effect.action_id])).content.decode()
    assert ("Days until the decision" in page, "No margin is known for this figure" in page) == (True, True)
    assert "moved beyond its margin" not in page
    assert len(figure_effects_of(effect.action, reader=aino)) == 1
