"""How many were invited and answered."""

import pytest

from surveys.models import Count, Response, Wave
from surveys.participation import collectors_with_figures, response_percent, waves_with_figures
from tests.factories import CollectorFactory, WaveFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def wave():
    return WaveFactory()


def answered(collector, count: int) -> None:
    version = collector.wave.version
    Response.objects.bulk_create(
        Response(wave=collector.wave, version=version, collector=collector) for _ in range(count)
    )


def figures() -> Wave:
    return waves_with_figures(Wave.objects.all()).get()


def test_answers_and_invited_are_added_up_over_the_ways_in(wave):
    for invited, answers in [(10, 3), (20, 4)]:
        collector = CollectorFactory(wave=wave)
        Count.objects.create(collector=collector, kind="offered", n=invited, language="")
        Count.objects.create(collector=collector, kind="begun", n=99)
        answered(collector, answers)
    assert (figures().answer_count, figures().invited_count, response_percent(figures())) == (7, 30, 23)


def test_answers_by_an_open_link_are_not_set_against_those_invited_elsewhere(wave):
    mailing, link = CollectorFactory(wave=wave), CollectorFactory(wave=wave)
    Count.objects.create(collector=mailing, kind="sampled", n=100)
    answered(mailing, 10)
    answered(link, 500)
    assert (figures().answer_count, response_percent(figures())) == (510, 10)


@pytest.mark.parametrize(("invited", "answers"), [(0, 5), (5, 0), (0, 0)])
def test_there_is_no_response_without_both_figures(wave, invited, answers):
    collector = CollectorFactory(wave=wave)
    if invited:
        Count.objects.create(collector=collector, kind="offered", n=invited)
    answered(collector, answers)
    assert response_percent(figures()) is None


def test_each_way_in_has_its_own_figures(wave):
    first, second = CollectorFactory(wave=wave), CollectorFactory(wave=wave)
    answered(first, 2)
    Count.objects.create(collector=second, kind="begun", language="fi", n=4)
    Count.objects.create(collector=second, kind="begun", language="sv", n=1)
    rows = collectors_with_figures(wave.collectors.order_by("pk"))
    assert [(row.answer_count, row.begun_count, row.invited_count) for row in rows] == [(2, 0, 0), (0, 5, 0)]
