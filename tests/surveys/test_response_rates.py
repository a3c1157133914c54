from datetime import date

import pytest

from surveys import response_rates
from surveys.models import Count
from surveys.response_rates import Counts, Rate, rates_of
from surveys.unit_figures import beside_wave
from tests.factories import CollectorFactory, FigureFactory, UnitFigureFactory, WaveFactory

pytestmark = [pytest.mark.django_db]


def count(collector, kind, n, **more):
    Count.objects.create(collector=collector, kind=kind, n=n, **more)


def percentages(counts, submitted):
    return {found.rate: round(100 * found.value, 1) for found in rates_of(counts, submitted)}


@pytest.fixture
def collectors():
    wave = WaveFactory()
    mailing = CollectorFactory(wave=wave, kind="tickets")
    desk = CollectorFactory(wave=wave, kind="paper")
    for kind, n in [("sampled", 1000), ("accepted", 960), ("bounced", 40), ("refused", 15), ("begun", 300)]:
        for language, part in (("fi", n * 3 // 5), ("ar", n * 2 // 5)):
            count(mailing, kind, part, language=language)
    count(mailing, "excluded", 30, cell="no_address")
    count(mailing, "excluded", 12, cell="opted_out")
    for month in (10, 11):
        count(desk, "eligible", 400, period_starts_on=date(2026, month, 1))
        count(desk, "offered", 100, period_starts_on=date(2026, month, 1))
    return mailing, desk


def test_a_sample_has_the_lowest_aapor_rate_and_the_undelivered_are_in_it(collectors):
    counts = response_rates.counts_by_collector(collectors)[str(collectors[0].pk)]
    assert percentages(counts, 240) == {Rate.RR1: 24.0, Rate.OF_DELIVERED: 25.0, Rate.BREAK_OFF: 20.0}


def test_what_was_offered_at_a_desk_has_a_participation_rate_and_its_coverage(collectors):
    counts = response_rates.counts_by_collector(collectors)[str(collectors[1].pk)]
    assert percentages(counts, 140) == {Rate.PARTICIPATION: 70.0, Rate.COVERAGE: 25.0}


def test_each_rate_carries_its_name_and_definition():
    (found,) = rates_of(Counts(sampled=10), 5)
    assert (found.name, "AAPOR Response Rate 1" in found.definition) == ("Response rate (AAPOR RR1)", True)
    assert set(response_rates.NAMES) == set(response_rates.DEFINITIONS) == set(Rate)


def test_languages_have_rates_where_their_counts_are_known(collectors):
    by_language = response_rates.counts_by_language(collectors)
    assert {code: percentages(by_language[code], 120)[Rate.RR1] for code in by_language} == {
        "fi": 20.0,
        "ar": 30.0,
    }


def test_reasons_for_not_being_asked_are_kept_apart(collectors):
    found = response_rates.counts_of_all(collectors)
    assert found.not_asked == {"no_address": 30, "opted_out": 12}
    assert (found.sampled, found.offered, found.served) == (1000, 200, None)


def test_an_open_link_has_no_response_rate():
    assert rates_of(Counts(begun=50), 30) == [(Rate.BREAK_OFF, 0.4, 20, 50)]


@pytest.mark.parametrize(
    ("counts", "submitted"), [(Counts(sampled=10), None), (Counts(sampled=10), 11), (Counts(), 5)]
)
def test_hidden_or_impossible_numbers_give_no_rate(counts, submitted):
    assert rates_of(counts, submitted) == []


def test_the_counts_need_one_query(collectors, django_assert_num_queries):
    with django_assert_num_queries(1):
        response_rates.counts_by_collector(collectors)


# ---------- operational figures ----------


def test_figures_of_units_stand_beside_the_wave_in_which_they_fall(aino, unit_a, unit_b):
    wave = WaveFactory(opens_at="2026-10-05T08:00Z", closes_at="2026-11-20T08:00Z")
    wave.refresh_from_db()
    desks = FigureFactory(code="desks", name="Desks open", measured_in="desks")
    for unit, month, value in [(unit_a, 9, 3), (unit_a, 10, 4), (unit_a, 11, 5), (unit_b, 10, 9)]:
        UnitFigureFactory(
            unit=unit,
            figure=desks,
            value=value,
            starts_on=date(2026, month, 1),
            ends_on=date(2026, month, 28),
        )
    found = beside_wave(wave, user=aino, today=date(2026, 11, 22))
    assert {code: [(row.name.text, int(row.value)) for row in rows] for code, rows in found.items()} == {
        unit_a.code: [("Desks open", 5), ("Desks open", 4)]
    }
