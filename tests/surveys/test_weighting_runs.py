import random

import pytest

from surveys import indicators, pseudonymous, weighting
from surveys.models import Response, WeightedTally, WeightingRun
from surveys.recount import recount
from surveys.weighting import CannotWeigh, MarginGiven
from tests.factories import IndicatorFactory
from tests.surveys.contents import content, rating, yes_no
from tests.surveys.counted import answer, close, figures, opened, sums_of, weighed, weighted_sums_of

pytestmark = [pytest.mark.django_db, pytest.mark.services]

ASKED = content([rating("overall"), rating("staff"), yes_no("solved"), rating("recommend", "recommend11")])
INDICATORS = {
    "overall": {"questions": ["overall"], "target": 3.5},
    "good": {"questions": ["overall"], "formula": "share"},
    "both": {"questions": ["overall", "staff"], "formula": "pooled_share"},
    "all_three": {"questions": ["overall", "staff", "solved"], "formula": "all_of"},
    "care": {"questions": ["overall", "staff"], "formula": "composite"},
    "nps": {"questions": ["recommend"], "formula": "nps"},
}
BY_LANGUAGE = MarginGiven(("language",), {"fi": 700, "sv": 200, "ar": 100})
BY_MODE = MarginGiven(("mode",), {"full": 600, "simple": 400})


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


def random_answers(rng, n, mode="full"):
    points = ["bad", "between", "good"] if mode == "simple" else ["1", "2", "3", "4", "5", ":empty"]
    return [
        [
            ["overall", rng.choice(points)],
            ["staff", rng.choice(points)],
            ["solved", rng.choice(["yes", "no", ":not_for_me"])],
            ["recommend", str(rng.randint(0, 10))],
        ]
        for _each in range(n)
    ]


@pytest.fixture
def wave(chiara):
    rng = random.Random(5)
    wave = opened(chiara, ASKED, indicators=INDICATORS, unit="A")
    for language, mode, n in [
        ("fi", "full", 40),
        ("fi", "simple", 12),
        ("sv", "full", 20),
        ("sv", "simple", 11),
        ("ar", "full", 15),
    ]:
        answer(wave, random_answers(rng, n, mode), language=language, mode=mode)
    return close(wave, chiara)


def test_the_weighted_answers_agree_with_every_margin(chiara, wave):
    run = weighed(wave=wave, margins=[BY_LANGUAGE, BY_MODE], by=chiara)
    weights = {
        (row.breakdown, row.cell): row.weight
        for row in run.tallies.filter(question="", breakdown__in=["language", "mode"])
    }
    assert weights == pytest.approx(
        {
            ("language", "fi"): 98 * 0.7,
            ("language", "sv"): 98 * 0.2,
            ("language", "ar"): 98 * 0.1,
            ("mode", "full"): 98 * 0.6,
            ("mode", "simple"): 98 * 0.4,
        }
    )


def test_one_margin_is_post_stratified_and_several_are_raked(chiara, wave):
    post = weighed(wave=wave, margins=[BY_LANGUAGE], by=chiara)
    raked = weighed(wave=wave, margins=[BY_LANGUAGE, BY_MODE], by=chiara)
    assert [(run.number, run.method) for run in (post, raked)] == [(1, "post"), (2, "raking")]


def test_a_run_says_what_its_weights_cost(chiara, wave):
    run = weighed(wave=wave, margins=[MarginGiven(("language",), {"fi": 1, "sv": 1, "ar": 1})], by=chiara)
    w = {"fi": 98 / 3 / 52, "sv": 98 / 3 / 31, "ar": 98 / 3 / 15}
    squares = 52 * w["fi"] ** 2 + 31 * w["sv"] ** 2 + 15 * w["ar"] ** 2
    assert (run.n, run.effective_n, run.design_effect) == (
        98,
        pytest.approx(98**2 / squares),
        pytest.approx(squares / 98),
    )


def test_limits_hold_the_weights(chiara, wave):
    margin = MarginGiven(("language",), {"fi": 100, "sv": 100, "ar": 800})
    run = weighed(wave=wave, margins=[margin], lowest=0.3, highest=3, by=chiara)
    weights = [one["weight"] for one in run.weights]
    assert (min(weights) >= 0.3 - 1e-12, max(weights) <= 3 + 1e-12, run.held) == (True, True, 52 + 15)
    assert run.distance > 0.1


def test_answers_that_do_not_state_a_margin_keep_their_share(chiara, wave):
    wave.responses.filter(language="ar").update(cells={"mode": "full", "unit": "A"})
    margin = MarginGiven(("language",), {"fi": 1, "sv": 1})
    run = weighed(wave=wave, margins=[margin], by=chiara)
    assert {one["key"]: one["weight"] for one in run.weights} == pytest.approx(
        {"fi": 41.5 / 52, "sv": 41.5 / 31, "": 1}
    )


def test_groups_without_a_number_keep_their_share(chiara, wave):
    run = weighed(wave=wave, margins=[MarginGiven(("language",), {"fi": 1, "sv": 1})], by=chiara)
    assert {one["key"]: one["weight"] for one in run.weights} == pytest.approx(
        {"fi": 41.5 / 52, "sv": 41.5 / 31, "ar": 1}
    )


def test_the_run_in_use_gives_weighted_figures_of_the_whole_wave(chiara, wave):
    run = weighed(wave=wave, margins=[BY_LANGUAGE], by=chiara)
    found = weighting.weighted_figures(run)
    by_language = {
        language: figures(wave, "language", language)["care"].estimate for language in ("fi", "sv", "ar")
    }
    people = {"fi": 52, "sv": 31, "ar": 15}
    weights = {language: BY_LANGUAGE.population[language] / people[language] for language in people}
    total = sum(weights[one] * by_language[one].n for one in people)
    expected = sum(weights[one] * by_language[one].n * by_language[one].value for one in people) / total
    assert set(found) == set(INDICATORS)
    assert found["care"].value == pytest.approx(expected)


def test_a_crossed_margin_weights_each_combination(chiara, wave):
    population = {"fi×full": 50, "fi×simple": 20, "sv×full": 10, "sv×simple": 10, "ar×full": 10}
    run = weighed(wave=wave, margins=[MarginGiven(("language", "mode"), population)], by=chiara)
    assert {
        one["key"]: one["weight"] * n for one, n in zip(run.weights, [15, 40, 12, 20, 11], strict=True)
    } == (pytest.approx({key: 98 * n / 100 for key, n in population.items()}))


def test_equal_weights_give_the_unweighted_figures(chiara, wave):
    margin = MarginGiven(("language",), {"fi": 52, "sv": 31, "ar": 15})
    run = weighed(wave=wave, margins=[margin], by=chiara)
    plain, sums = figures(wave), weighted_sums_of(run)
    for definition in indicators.counted_in(wave):
        weighted = indicators.weighted_estimate_of(definition, sums)
        assert weighted.value == pytest.approx(plain[definition.code].estimate.value)
        assert weighted.n == plain[definition.code].estimate.n
        # Wald and Wilson at an effective n from n - 1 differ in the third digit at most
        assert weighted.low == pytest.approx(plain[definition.code].estimate.low, rel=0.05, abs=2e-3)


@pytest.mark.parametrize(
    ("margins", "sentence"),
    [
        ([], "at least one margin"),
        ([MarginGiven(("service",), {"a": 1})], "no breakdown"),
        ([MarginGiven(("language",), {"fi": 1})], "at least two groups"),
        ([MarginGiven(("language",), {"fi": 1, "sv": 1, "ar": 1, "so": 1})], "“so” has fewer than 10"),
        ([MarginGiven(("language",), {"fi": 1, "sv": 1, "ar": 0})], "cannot be 0"),
    ],
)
def test_margins_that_do_not_fit_are_refused_in_words(chiara, wave, margins, sentence):
    with pytest.raises(CannotWeigh, match=sentence):
        weighed(wave=wave, margins=margins, by=chiara)
    assert WeightedTally.objects.count() == 0


def test_an_open_wave_is_not_weighted(chiara):
    wave = answer(opened(chiara, ASKED), random_answers(random.Random(1), 20), language="fi")
    with pytest.raises(CannotWeigh, match="closed"):
        weighed(wave=wave, margins=[MarginGiven(("language",), {"fi": 1})], by=chiara)


def test_one_run_at_a_time_is_shown(chiara, wave):
    first = weighed(wave=wave, margins=[BY_LANGUAGE], by=chiara)
    second = weighed(wave=wave, margins=[BY_MODE], by=chiara)
    weighting.use(run=first, by=chiara)
    weighting.use(run=second, by=chiara)
    assert list(wave.weighting_runs.values_list("number", "is_used")) == [(2, True), (1, False)]


# ---------- in the background ----------


def test_a_run_is_worked_out_once(chiara, wave):
    run = weighting.ask(wave=wave, margins=[BY_LANGUAGE], by=chiara)
    assert [weighting.weigh(run.pk), weighting.weigh(run.pk)] == [True, False]


def test_a_run_whose_worker_died_is_worked_out_by_the_clock(chiara, wave):
    run = weighting.ask(wave=wave, margins=[BY_LANGUAGE], by=chiara)
    WeightingRun.objects.update(state="running", claimed_at="2026-01-01T00:00Z")
    weighting.weigh_waiting()
    run.refresh_from_db()
    assert (run.state, run.n, run.tallies.exists()) == ("ready", 98, True)


def test_a_run_that_broke_off_says_so_and_leaves_no_sums(chiara, wave, monkeypatch):
    run = weighting.ask(wave=wave, margins=[BY_LANGUAGE], by=chiara)
    monkeypatch.setattr(weighting, "_row", None)
    with pytest.raises(TypeError):
        weighting.weigh(run.pk)
    run.refresh_from_db()
    assert (run.state, run.fault.partition(".")[0], run.tallies.exists()) == ("failed", "It broke off", False)


def test_answers_taken_out_meanwhile_are_in_no_weighted_sum(chiara, wave, monkeypatch):
    run = weighting.ask(wave=wave, margins=[BY_LANGUAGE], by=chiara)
    count, taken = weighting._sums, iter([wave.responses.first()])

    def while_somebody_withdraws(*given):
        found = count(*given)
        for response in taken:
            Response.objects.filter(pk=response.pk).update(pseudonym="p" * 64)
            pseudonymous.withdraw(["p" * 64])
        return found

    monkeypatch.setattr(weighting, "_sums", while_somebody_withdraws)
    weighting.weigh(run.pk)
    run.refresh_from_db()
    assert (run.n, run.tallies.get(question="", breakdown="", cell="").n, recount(wave)) == (97, 97, [])


# ---------- recount ----------


def test_recount_agrees_with_indicators_and_weights(chiara, wave):
    weighed(wave=wave, margins=[BY_LANGUAGE, BY_MODE], lowest=0.3, highest=3, by=chiara)
    assert sums_of(wave)["=all_three", ""].n > 0
    assert WeightedTally.objects.filter(question="=both").count() > 0
    assert recount(wave) == []


@pytest.mark.parametrize("code", ["=both", "=all_three", "=care"])
def test_recount_finds_an_error_of_one_in_an_indicator(wave, code):
    row = wave.tallies.filter(question=code, breakdown="language", cell="sv").first()
    wave.tallies.filter(question=code, value=row.value, breakdown="language", cell="sv").update(n=row.n + 1)
    (found,) = recount(wave)
    assert (found.question, found.cell, found.stored[0] - found.recounted[0]) == (code, "sv", 1)


@pytest.mark.parametrize(
    ("name", "by"), [("n", 1), ("weight", 1e-5), ("total_by_squares", -1e-5), ("squares_by_squares", 1e-5)]
)
def test_recount_finds_a_wrong_weighted_sum(chiara, wave, name, by):
    run = weighed(wave=wave, margins=[BY_LANGUAGE, BY_MODE], by=chiara)
    where = {"question": "=care", "value": "", "breakdown": "mode", "cell": "full"}
    run.tallies.filter(**where).update(**{name: getattr(run.tallies.get(**where), name) + by})
    (found,) = recount(wave)
    assert (found.question, found.breakdown, found.cell) == ("=care", "mode", "full")


def test_an_indicator_added_later_is_counted_in_the_wave_and_in_its_runs(chiara, wave):
    run = weighed(wave=wave, margins=[BY_LANGUAGE], by=chiara)
    IndicatorFactory(
        survey=wave.survey, code="later", formula="pooled_share", questions=["overall", "solved"]
    )
    assert weighting.bring_up_to_date(wave) == ["later"]
    assert weighting.bring_up_to_date(wave) == []
    assert run.tallies.filter(question="=later").exists()
    assert recount(wave) == []


def test_a_deleted_indicator_leaves_no_sums(wave):
    wave.survey.indicators.filter(code="both").delete()
    assert weighting.bring_up_to_date(wave) == ["both"]
    assert not wave.tallies.filter(question="=both").exists()
    assert recount(wave) == []


def test_another_target_changes_no_sums(wave):
    wave.survey.indicators.update(target=4)
    assert weighting.bring_up_to_date(wave) == []
    assert {definition.target for definition in indicators.counted_in(wave)} == {4}


def test_what_is_erased_leaves_indicators_and_weighted_sums_too(chiara, wave):
    weighed(wave=wave, margins=[BY_LANGUAGE], by=chiara)
    erased = wave.responses.first()
    Response.objects.filter(pk=erased.pk).update(pseudonym="p" * 64)
    pseudonymous.withdraw(["p" * 64])
    assert (wave.responses.count(), recount(wave)) == (97, [])
