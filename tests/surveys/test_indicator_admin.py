import pytest
from django.urls import reverse

from surveys import indicators, tasks, weighting
from surveys.models import Indicator, Wave, WeightingRun
from surveys.recount import recount
from tests.factories import IndicatorFactory, VersionFactory, WaveFactory
from tests.surveys.contents import content, rating
from tests.surveys.counted import answer, close, opened, spread, weighed

pytestmark = [pytest.mark.django_db]

ASKED = content([rating("overall")])


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


@pytest.fixture
def survey():
    return VersionFactory().survey


def change(indicator):
    return reverse("admin:surveys_indicator_change", args=[indicator.pk])


def form_of(indicator, **changed):
    return {
        "name_en": indicator.name,
        "formula": indicator.formula,
        "questions": indicator.questions,
        "favourable": indicator.favourable,
        "values": indicator.values,
        "target": "",
        "position": 0,
        "high_is_good": "on",
    } | changed


def faults_on(page) -> list[str]:
    return [str(fault) for faults in page.context["errors"] for fault in faults]


def test_a_new_indicator_leads_to_its_questions(chiara_client, survey):
    page = chiara_client.post(
        reverse("admin:surveys_indicator_add"),
        {"survey": survey.pk, "code": "cx", "formula": "mean", "name_en": "Overall"},
    )
    made = Indicator.objects.get()
    assert (page.url, made.survey, made.questions) == (change(made), survey, [])


def test_the_questions_of_the_published_version_are_offered(chiara_client, survey):
    page = chiara_client.get(change(IndicatorFactory(survey=survey)))
    offered = [code for code, _words in page.context["adminform"].form.fields["questions"].choices]
    assert offered == ["overall", "staff", "solved", "visits"]


def test_a_formula_that_does_not_fit_is_refused_in_words(chiara_client, survey):
    indicator = IndicatorFactory(survey=survey)
    page = chiara_client.post(change(indicator), form_of(indicator, formula="nps"))
    assert faults_on(page) == ["NPS needs a scale from 0 to 10; “overall” has another one."]


def test_an_indicator_is_changed(chiara_client, survey):
    indicator = IndicatorFactory(survey=survey)
    chiara_client.post(
        change(indicator), form_of(indicator, formula="all_of", questions=["overall", "solved"], target="60")
    )
    indicator.refresh_from_db()
    assert (indicator.formula, indicator.questions, indicator.target) == ("all_of", ["overall", "solved"], 60)


@pytest.mark.parametrize("indicators", [1, 3])
def test_the_list_needs_a_fixed_number_of_queries(
    chiara_client, survey, indicators, django_assert_num_queries
):
    IndicatorFactory.create_batch(indicators, survey=survey)
    with django_assert_num_queries(15):
        chiara_client.get(reverse("admin:surveys_indicator_changelist"))


def test_waves_that_have_begun_count_a_later_indicator(chiara):
    wave = answer(opened(chiara, ASKED), spread({"5": 8, "1": 4}, "overall"))
    draft = WaveFactory(version=wave.version)
    IndicatorFactory(survey=wave.survey, code="cx", formula="pooled_share")
    tasks.count_indicators()
    assert [row.code for row in indicators.counted_in(wave)] == ["cx"]
    assert indicators.counted_in(draft) == []
    wave.survey.indicators.all().delete()
    tasks.count_indicators()
    assert (indicators.counted_in(wave), recount(wave)) == ([], [])


# ---------- weights ----------


@pytest.fixture
def wave(chiara):
    wave = opened(chiara, ASKED, unit="kiosk")
    for language, n in [("fi", 30), ("sv", 15), ("ar", 4)]:
        answer(wave, spread({"5": n - 2, "1": 2}, "overall"), language=language)
    return close(wave, chiara)


def weights_page(wave, query="?by=language"):
    return reverse("admin:surveys_wave_weights", args=[wave.pk]) + query


def test_groups_large_enough_are_offered_by_name(chiara_client, wave):
    form = chiara_client.get(weights_page(wave)).context["form"]
    assert [(group.cell, group.label) for group in form.groups] == [("fi", "Suomi"), ("sv", "Svenska")]


def test_numbers_become_a_run(chiara_client, chiara, wave):
    chiara_client.post(
        weights_page(wave), {"n0": "60", "n1": "40", "source": "Register", "lowest": "0.3", "highest": "3"}
    )
    weighting.weigh_waiting()
    run = WeightingRun.objects.get()
    assert (run.margins, run.source, run.made_by) == (
        [{"breakdowns": ["language"], "population": {"fi": 60, "sv": 40}}],
        "Register",
        chiara,
    )
    assert {one["key"]: one["weight"] for one in run.weights} == pytest.approx(
        {"fi": 27 / 30, "sv": 18 / 15, "ar": 1}
    )


def test_a_run_that_is_not_ready_says_how_far_it_is_and_cannot_be_used(chiara_client, chiara, wave):
    margin = weighting.MarginGiven(("language",), {"fi": 60, "sv": 40})
    run = weighting.ask(wave=wave, margins=[margin], by=chiara)
    WeightingRun.objects.update(state="running", counted=5000)
    page = chiara_client.get(weights_page(wave)).content.decode()
    use = reverse("admin:surveys_wave_use_weights", args=[wave.pk, run.pk, "use"])
    assert ("5000 rows counted so far" in page, use in page) == (True, False)
    assert chiara_client.post(use).status_code == 404


def test_a_run_that_failed_says_why_on_the_page(chiara_client, chiara, wave):
    margin = weighting.MarginGiven(("language",), {"fi": 60, "sv": 0})
    weighting.ask(wave=wave, margins=[margin], by=chiara)
    weighting.weigh_waiting()
    assert "cannot be 0" in chiara_client.get(weights_page(wave)).content.decode()


def test_one_group_alone_is_refused_on_the_page(chiara_client, wave):
    page = chiara_client.post(weights_page(wave), {"n0": "60", "n1": "", "source": "Register"})
    assert "needs numbers for at least two groups" in page.content.decode()
    assert WeightingRun.objects.count() == 0


def test_a_run_is_used_and_put_aside(chiara_client, chiara, wave):
    margin = weighting.MarginGiven(("language",), {"fi": 60, "sv": 40})
    run = weighed(wave=wave, margins=[margin], by=chiara)
    for verb, is_used in [("use", True), ("put-aside", False)]:
        chiara_client.post(reverse("admin:surveys_wave_use_weights", args=[wave.pk, run.pk, verb]))
        run.refresh_from_db()
        assert run.is_used == is_used


def test_no_count_of_a_group_stands_on_the_page(chiara_client, chiara, wave):
    page = chiara_client.get(weights_page(wave)).content.decode()
    assert ("Suomi" in page, "العربية" in page, ">30<" in page, ">4<" in page) == (True, False, False, False)


def test_an_open_wave_says_when_weights_are_made(chiara_client, wave):
    Wave.objects.filter(pk=wave.pk).update(state="open")
    page = chiara_client.get(weights_page(wave))
    assert ("when the wave is closed" in page.content.decode(), page.context["form"]) == (True, None)


@pytest.mark.parametrize(
    ("who", "statuses"),
    [
        ("aino_client", (404, 404)),
        ("bram_client", (404, 404)),
        ("dimitri_client", (404, 404)),
        ("elif_client", (404, 404)),
    ],
)
def test_others_reach_no_weights(request, chiara, wave, who, statuses):
    margin = weighting.MarginGiven(("language",), {"fi": 60, "sv": 40})
    run = weighed(wave=wave, margins=[margin], by=chiara)
    client = request.getfixturevalue(who)
    codes = (
        client.get(weights_page(wave)).status_code,
        client.post(reverse("admin:surveys_wave_use_weights", args=[wave.pk, run.pk, "use"])).status_code,
    )
    run.refresh_from_db()
    assert (codes, run.is_used) == (statuses, False)


def test_a_manager_reads_the_runs_of_the_own_wave_and_changes_nothing(aino_client, unit_a, wave):
    Wave.objects.filter(pk=wave.pk).update(unit=unit_a)
    assert aino_client.get(weights_page(wave, "")).status_code == 200
    assert aino_client.post(weights_page(wave), {"n0": "60", "n1": "40", "source": "x"}).status_code == 403
    assert WeightingRun.objects.count() == 0
