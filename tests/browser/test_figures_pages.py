"""Indicators and weights in a real browser."""

import pytest
from django.urls import reverse
from django.utils import translation

from surveys import weighting
from surveys.weighting import MarginGiven
from tests.browser.test_editor_pages import faults_of
from tests.surveys.contents import content, rating
from tests.surveys.counted import answer, close, opened, spread, weighed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def wave(chiara, tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"
    fields = {"overall": {"questions": ["overall"], "target": 3.5}, "none_yet": {"questions": []}}
    wave = opened(chiara, content([rating("overall")]), indicators=fields)
    for language, n in [("fi", 30), ("sv", 15)]:
        answer(wave, spread({"5": n - 2, "1": 2}, "overall"), language=language)
    close(wave, chiara)
    for population in ({"fi": 60, "sv": 40}, {"fi": 700, "sv": 300}):
        run = weighed(
            wave=wave,
            margins=[MarginGiven(("language",), population)],
            source="Register of permits, 1 January 2026",
            by=chiara,
        )
    weighting.use(run=run, by=chiara)
    return wave


@pytest.mark.parametrize(
    ("language", "width", "dark"), [("en", 1280, False), ("ar", 390, True)], ids=["desktop", "phone"]
)
def test_the_pages_of_indicators_and_weights_are_accessible(browser, chiara, wave, language, width, dark):
    with translation.override(language):
        weights = reverse("admin:surveys_wave_weights", args=[wave.pk])
        indicator = wave.survey.indicators.first()
        paths = [
            reverse("admin:surveys_indicator_changelist"),
            reverse("admin:surveys_indicator_change", args=[indicator.pk]),
            weights,
            f"{weights}?by=language&by=mode",
        ]
    tab = browser(user=chiara, width=width, dark=dark).new_page()
    assert {path: faults for path in paths if (faults := faults_of(tab, path))} == {}
