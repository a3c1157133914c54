"""Ready-made surveys: what installing one makes, and that it stands in the words of every language it has."""

import pytest

from cxportal.portal import blueprints
from panels.models import Mailing
from surveys.models import Survey, Wave

pytestmark = pytest.mark.django_db
ALL = list(blueprints.BLUEPRINTS)


def test_an_installed_blueprint_is_published_with_its_figures_and_a_wave_in_draft(chiara):
    survey = blueprints.install("C1", by=chiara)
    wave = survey.waves.get()
    assert (survey.versions.get().number, wave.state, wave.privacy) == (1, "draft", "anonymous")
    assert [figure.code for figure in survey.indicators.all()] == ["overall", "equal", "clear", "experience"]
    assert sorted(wave.collectors.values_list("kind", flat=True)) == ["link", "staff", "tickets"]
    assert {mailing.panels.get().kind for mailing in Mailing.objects.filter(wave=wave)} == {
        "customer",
        "employer",
        "stakeholder",
    }


def test_installing_twice_is_refused_in_a_sentence(chiara):
    blueprints.install("c1", by=chiara)
    with pytest.raises(blueprints.CannotInstall, match="There is a survey with the code customer_survey"):
        blueprints.install("C1", by=chiara)
    assert (Survey.objects.count(), Wave.objects.count()) == (1, 1)


def test_another_wave_of_it_has_the_same_ways_in(chiara):
    first = blueprints.install("C1", by=chiara).waves.get()
    second = blueprints.prepare_wave("C1", by=chiara)
    kinds = [sorted(wave.collectors.values_list("kind", flat=True)) for wave in (first, second)]
    assert kinds[0] == kinds[1]
    assert second.code == f"{first.code}_2" or second.code != first.code
