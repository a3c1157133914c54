import pytest
from django.db import IntegrityError

from surveys import indicators
from surveys.models import CountedIndicator
from surveys.statistics import estimates
from tests.factories import IndicatorFactory
from tests.surveys.contents import content, grid, multiple, number, ranking, rating, single, thumbs, yes_no
from tests.surveys.counted import answer, figures, opened, spread, sums_of

pytestmark = [pytest.mark.django_db, pytest.mark.services]

ASKED = content(
    [
        rating("overall"),
        rating("effort", "effort7"),
        rating("recommend", "recommend11"),
        rating("goal", "goal3"),
        rating("expected", "expectations3"),
        rating("staff", "rating6"),
        yes_no("solved"),
        thumbs("site"),
        single("channel", "web", "desk"),
        multiple("ways", "phone", "mail", "desk"),
        grid("things", ["waiting", "clear"]),
        ranking("first", "price", "speed"),
        number("days", 0, 99),
    ]
)


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


def figure(by, filled, **fields):
    """The one indicator of these fields, over these answers."""
    wave = answer(opened(by, ASKED, indicators={"one": fields}), filled)
    return figures(wave)["one"]


# ---------- each formula ----------


def test_a_mean_has_a_t_interval_and_says_its_n(chiara):
    found = figure(chiara, spread({"3": 5, "4": 10, "5": 5, ":empty": 7}, "overall"), questions=["overall"])
    assert found.estimate == pytest.approx(estimates.mean(20, 80, 330))


def test_favourable_are_the_points_that_the_scale_declares(chiara):
    filled = spread({"1": 2, "3": 3, "4": 10, "5": 5, ":not_for_me": 4}, "overall")
    assert figure(chiara, filled, formula="share").estimate == estimates.share(15, 20)


@pytest.mark.parametrize(("favourable", "k"), [("top_one", 5), ("top_two", 15), ("declared", 15)])
def test_top_boxes_are_counted_from_the_good_end(chiara, favourable, k):
    filled = spread({"1": 5, "4": 10, "5": 5}, "overall")
    assert figure(chiara, filled, formula="share", favourable=favourable).estimate == estimates.share(k, 20)


def test_named_answers_may_be_what_counts(chiara):
    found = figure(
        chiara,
        spread({"web": 12, "desk": 8, ":empty": 3}, "channel"),
        formula="share",
        questions=["channel"],
        favourable="chosen",
        values="web",
    )
    assert found.estimate == estimates.share(12, 20)


def test_of_a_multiple_choice_people_are_counted_not_ticks(chiara):
    ticks = [["ways", "phone"], ["ways", "mail"]]
    found = figure(
        chiara,
        [ticks] * 6 + [[["ways", "desk"]]] * 3 + [[["ways", ":empty"]]] * 5,
        formula="share",
        questions=["ways"],
        favourable="chosen",
        values="phone mail",
    )
    assert found.estimate == estimates.share(6, 9)


def test_nps_is_promoters_less_detractors(chiara):
    filled = spread({"10": 30, "9": 20, "8": 25, "7": 5, "6": 10, "0": 10}, "recommend")
    found = figure(chiara, filled, formula="nps", questions=["recommend"], target=20)
    assert found.estimate == estimates.nps(50, 30, 20)
    assert (found.estimate.value, found.target.is_beyond_doubt) == (30, False)


def test_customer_effort_is_a_mean(chiara):
    found = figure(chiara, spread({"7": 10, "5": 10}, "effort"), formula="effort", questions=["effort"])
    assert found.estimate.value == 6


def test_a_goal_is_reached_only_in_full(chiara):
    found = figure(
        chiara, spread({"yes": 60, "partly": 20, "no": 20}, "goal"), formula="goal", questions=["goal"]
    )
    assert found.estimate == estimates.share(60, 100)


def test_a_pooled_share_counts_answers_but_knows_that_people_answered(chiara):
    filled = [
        *([["overall", "5"], ["expected", "at"], ["solved", "yes"]] for _each in range(30)),
        *([["overall", "1"], ["expected", "below"], ["solved", ":empty"]] for _each in range(10)),
    ]
    found = figure(chiara, filled, formula="pooled_share", questions=["overall", "expected", "solved"])
    assert (found.estimate.value, found.estimate.n) == (90 / 110, 110)
    assert found.estimate.effective_n < 50


def test_yes_to_all_asks_only_those_who_answered_all(chiara):
    filled = [
        *([["overall", "5"], ["solved", "yes"]] for _each in range(20)),
        *([["overall", "5"], ["solved", "no"]] for _each in range(5)),
        *([["overall", "5"], ["solved", ":empty"]] for _each in range(9)),
        *([["overall", "5"]] for _each in range(9)),
    ]
    found = figure(chiara, filled, formula="all_of", questions=["overall", "solved"])
    assert found.estimate == estimates.share(20, 25)


def test_a_composite_is_a_mean_of_people_who_answered_at_least_half(chiara):
    things = ["overall", "things.waiting", "things.clear"]
    filled = [
        *([["overall", "5"], ["things.waiting", "4"], ["things.clear", "3"]] for _each in range(10)),
        *([["overall", "2"], ["things.waiting", "1"], ["things.clear", ":empty"]] for _each in range(10)),
        *([["overall", "5"], ["things.waiting", ":empty"]] for _each in range(10)),
    ]
    found = figure(chiara, filled, formula="composite", questions=things)
    assert found.estimate == pytest.approx(estimates.mean(20, 10 * 4 + 10 * 1.5, 10 * 16 + 10 * 2.25))


def test_ranks_and_numbers_have_means(chiara):
    filled = [[["first.price", "1"], ["first.speed", "2"], ["days", "10"]]] * 3
    wave = opened(
        chiara,
        ASKED,
        indicators={"rank": {"questions": ["first.speed"]}, "days": {"questions": ["days"]}},
    )
    found = figures(answer(wave, filled))
    assert (found["rank"].estimate.value, found["days"].estimate.value) == (2, 10)


# ---------- the easier version is never stretched ----------


def in_both_versions(by, **fields):
    wave = opened(by, ASKED, indicators={"one": fields})
    answer(wave, spread({"5": 10, "1": 5}, "overall"), mode="full")
    answer(wave, spread({"good": 6, "bad": 2, ":empty": 1}, "overall"), mode="simple")
    return figures(wave)["one"]


def test_a_mean_says_how_many_answers_of_the_easier_version_are_not_in_it(chiara):
    found = in_both_versions(chiara)
    assert (found.estimate.n, found.estimate.value, found.left_out) == (15, 55 / 15, 8)


def test_a_declared_share_holds_both_versions(chiara):
    found = in_both_versions(chiara, formula="share")
    assert (found.estimate, found.left_out) == (estimates.share(16, 23), 0)


def test_a_top_box_leaves_the_easier_version_out_and_says_so(chiara):
    found = in_both_versions(chiara, formula="share", favourable="top_one")
    assert (found.estimate, found.left_out) == (estimates.share(10, 15), 8)


# ---------- cells ----------


def test_a_cell_has_its_own_figure(chiara):
    wave = opened(
        chiara, ASKED, indicators={"one": {"questions": ["overall", "solved"], "formula": "all_of"}}
    )
    answer(wave, [[["overall", "5"], ["solved", "yes"]]] * 12, language="fi")
    answer(wave, [[["overall", "5"], ["solved", "no"]]] * 8, language="sv")
    in_finnish, of_all = figures(wave, "language", "fi")["one"], figures(wave)["one"]
    assert (in_finnish.estimate, of_all.estimate) == (estimates.share(12, 12), estimates.share(12, 20))


def test_where_nobody_answered_there_is_no_figure(chiara):
    wave = opened(chiara, ASKED, indicators={"one": {"questions": ["overall"]}})
    assert figures(wave) == {"one": None}
    assert figures(answer(wave, [[["solved", "yes"]]] * 3)) == {"one": None}


# ---------- targets ----------


def test_targets_of_shares_are_in_per_cent(chiara):
    found = figure(chiara, spread({"5": 90, "1": 10}, "overall"), formula="share", target=60)
    assert found.target == (0.6, True, True)


def test_where_low_is_good_the_target_is_a_ceiling(chiara):
    found = figure(
        chiara,
        [[["days", str(days)]] for days in range(20)],
        questions=["days"],
        target=30,
        high_is_good=False,
    )
    assert found.target == (30, True, True)


# ---------- frozen with the wave ----------


def test_a_wave_that_opened_goes_on_counting_what_it_counted(chiara):
    wave = opened(chiara, ASKED, indicators={"one": {"questions": ["overall"], "formula": "share"}})
    wave.survey.indicators.update(questions=["solved"])
    answer(wave, [[["overall", "5"], ["solved", "no"]]] * 3)
    assert figures(wave)["one"].estimate == estimates.share(3, 3)


def test_what_the_version_cannot_be_counted_by_is_left_out(chiara):
    wave = opened(
        chiara, ASKED, indicators={"one": {"questions": ["gone"]}, "two": {"questions": ["overall"]}}
    )
    assert [row.code for row in CountedIndicator.objects.filter(wave=wave)] == ["two"]


def test_release_and_counting_later_come_to_the_same(chiara):
    fields = {"formula": "pooled_share", "questions": ["overall", "solved"]}
    before = opened(chiara, ASKED, indicators={"one": fields})
    filled = [[["overall", str(n % 5 + 1)], ["solved", ["yes", "no", ":empty"][n % 3]]] for n in range(40)]
    answer(before, filled, language="fi")
    later = answer(opened(chiara, ASKED), filled, language="fi")
    IndicatorFactory(survey=later.survey, code="one", **fields)
    indicators.synchronise(later)
    assert sums_of(later) == sums_of(before)
    assert sums_of(later, "language", "fi") == sums_of(before, "language", "fi")


# ---------- faults ----------


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"questions": []}, "no question yet"),
        ({"questions": ["overall", "gone"]}, "not asked: gone"),
        ({"questions": ["overall", "staff"]}, "a figure of one question"),
        ({"questions": ["channel"]}, "its points are no numbers"),
        ({"questions": ["overall"], "formula": "nps"}, "from 0 to 10"),
        ({"questions": ["channel"], "formula": "share"}, "counts as favourable"),
        ({"questions": ["overall", "staff"], "formula": "composite"}, "different scales"),
        (
            {"questions": ["channel"], "formula": "share", "favourable": "chosen", "values": "letter"},
            "counts as favourable",
        ),
    ],
)
def test_what_cannot_be_counted_is_said_in_words(fields, sentence):
    (fault,) = indicators.faults_in(IndicatorFactory.build(survey=None, code="one", **fields), ASKED)
    assert sentence in fault


def test_named_answers_have_names():
    with pytest.raises(IntegrityError):
        IndicatorFactory(formula="share", favourable="chosen", values="")
