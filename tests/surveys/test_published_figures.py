"""Figures that others published come out of their microdata again, counted the way every wave is counted."""

import csv
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pytest

from surveys.statistics import estimates, survey_design
from surveys.statistics.survey_design import Design, DesignRefused
from tests.conftest import SAMPLES
from tests.surveys.contents import content, single
from tests.surveys.counted import answer, opened, sums_of

MICRODATA = SAMPLES / "microdata"
needs_microdata = pytest.mark.skipif(
    not MICRODATA.is_dir(), reason="The sample microdata do not lie beside the project."
)
pytestmark = [needs_microdata]
PERCENTAGE = " [PERCENTAGE]"
SURVEYS = ["rse_2016_uk", "rse_2017_nl"]


@pytest.fixture(autouse=True)
def _own_keys(tmp_path, settings):
    settings.KEYS_FOLDER = tmp_path / "keys"


# ---------- counts and shares of published tables ----------


class Column(NamedTuple):
    """One column of a published table: label -> printed figure; an empty cell is zero in a table of counts."""

    table: str
    question: str
    is_percentage: bool
    printed: dict[str, str]


def columns_of(survey: str) -> Iterator[Column]:
    for path in sorted((MICRODATA / f"{survey}_published").glob("*.csv")):
        (_corner, *heads), *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
        for place, head in enumerate(heads, 1):
            printed = {row[0].removesuffix(PERCENTAGE): row[place] for row in rows}
            yield Column(path.name, head.removesuffix(PERCENTAGE), head.endswith(PERCENTAGE), printed)


def answers_of(survey: str) -> list[dict[str, str]]:
    with (MICRODATA / f"{survey}_answers.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Coded(NamedTuple):
    """The questions of the tables with codes of our own: heading -> (code, label -> code)."""

    codes: dict[str, tuple[str, dict[str, str]]]
    filled: list[list[list[str]]]


def coded(survey: str) -> Coded:
    rows = answers_of(survey)
    codes: dict[str, tuple[str, dict[str, str]]] = {}
    for column in columns_of(survey):
        (heading,) = [heading for heading in rows[0] if column.question in heading]
        labels = dict.fromkeys([*column.printed, *(row[heading] for row in rows if row[heading])])
        codes.setdefault(
            heading, (f"q{len(codes)}", {label: f"a{place}" for place, label in enumerate(labels)})
        )
    filled = [
        [
            [code, choices[row[heading]] if row[heading] else ":empty"]
            for heading, (code, choices) in codes.items()
        ]
        for row in rows
    ]
    return Coded(codes, filled)


@pytest.fixture
def counted(request, chiara):
    """(published columns, question -> label -> n) of one survey, through ballot box, release and tallies."""
    survey = request.param
    of_tables = coded(survey)
    asked = content([single(code, *choices.values()) for code, choices in of_tables.codes.values()])
    wave = answer(opened(chiara, asked), of_tables.filled)
    sums = sums_of(wave)
    found = {}
    for heading, (code, choices) in of_tables.codes.items():
        found[heading] = {
            label: sums[code, value].n for label, value in choices.items() if (code, value) in sums
        }
    return list(columns_of(survey)), found


def counts_for(column: Column, found: dict[str, dict[str, int]]) -> dict[str, int]:
    (counts,) = [counts for heading, counts in found.items() if column.question in heading]
    return counts


@pytest.mark.django_db
@pytest.mark.parametrize("counted", SURVEYS, indirect=True)
def test_counts_are_exactly_the_published_ones(counted):
    columns, found = counted
    tables = [column for column in columns if not column.is_percentage]
    assert len(tables) > 15
    for column in tables:
        printed = {label: int(float(figure)) for label, figure in column.printed.items() if figure}
        assert (column.table, counts_for(column, found)) == (column.table, printed)


@pytest.mark.django_db
@pytest.mark.parametrize("counted", SURVEYS, indirect=True)
def test_shares_are_exactly_the_published_ones(counted):
    columns, found = counted
    compared = 0
    for column in columns:
        counts = counts_for(column, found)
        n = sum(counts.values())
        for label, figure in column.printed.items():
            if column.is_percentage and figure:
                share = estimates.share(counts.get(label, 0), n)
                assert 100 * share.value == pytest.approx(float(figure), rel=1e-14)
                compared += 1
    assert compared > 10


# ---------- stratified samples: R package survey, data(api) ----------


def table(name: str) -> list[dict[str, str]]:
    with (MICRODATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def numbers(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in rows])


def names(rows: list[dict[str, str]], name: str) -> list[str]:
    return [row[name] for row in rows]


def stratified(rows, **more) -> Design:
    return Design.of(
        len(rows),
        **{"weights": numbers(rows, "pw"), "strata": names(rows, "stype"), "population": numbers(rows, "fpc")}
        | more,
    )


def published() -> dict[str, tuple[str, str]]:
    rows = table("published_figures.csv")
    return {row["statistic"]: (row["published_value"], row["published_se"]) for row in rows}


def as_printed(value: float, printed: str) -> str:
    """Rounded to as many digits as were printed."""
    _whole, point, digits = printed.partition(".")
    return f"{value:.{len(digits) if point else 0}f}"


@pytest.mark.parametrize(
    ("statistic", "estimate"), [("mean api00", survey_design.mean), ("total enroll", survey_design.total)]
)
def test_weighted_means_and_totals_with_their_standard_errors(statistic, estimate):
    rows = table("api_apistrat.csv")
    value, error = published()[statistic]
    found = estimate(numbers(rows, statistic.split()[1]), stratified(rows))
    assert as_printed(found.value, value) == value
    assert as_printed(found.standard_error, error) == error


def test_population_sizes():
    rows = table("api_apistrat.csv")
    sizes = survey_design.population_sizes(names(rows, "stype"), stratified(rows))
    words = "; ".join(f"{name} {sizes[name]:.0f}" for name in sorted(sizes))
    assert words == published()["N by stype"][0]


def test_weights_follow_from_the_population_sizes():
    rows = table("api_apistrat.csv")
    api = numbers(rows, "api00")
    given = survey_design.mean(api, stratified(rows))
    worked_out = survey_design.mean(api, stratified(rows, weights=None))
    assert worked_out[:2] == pytest.approx(given[:2], rel=1e-7)


# svymean and svytotal of apisrs in the documentation of the R package survey
@pytest.mark.parametrize(
    ("estimate", "variable", "value", "error"),
    [
        (survey_design.mean, "api00", "656.58", "9.2497"),
        (survey_design.mean, "enroll", "584.61", "27.368"),
        (survey_design.total, "enroll", "3621074", "169520"),
    ],
)
def test_a_simple_random_sample_is_one_stratum(estimate, variable, value, error):
    rows = table("api_apisrs.csv")
    design = Design.of(len(rows), weights=numbers(rows, "pw"), population=numbers(rows, "fpc"))
    found = estimate(numbers(rows, variable), design)
    assert float(as_printed(found.value, value)) == pytest.approx(float(value), abs=0.01)
    assert as_printed(found.standard_error, error) == error


def test_a_part_of_the_population_is_estimated_with_the_whole_sample():
    rows = table("api_apistrat.csv")
    values = numbers(rows, "api00")
    elementary = survey_design.by(values, names(rows, "stype"), stratified(rows))["E"]
    of_stratum = values[np.array(names(rows, "stype")) == "E"]
    error = np.std(of_stratum, ddof=1) / 10 * np.sqrt(1 - 100 / 4421)
    assert elementary[:2] == pytest.approx((of_stratum.mean(), error), rel=1e-9)


def test_a_share_is_the_mean_of_yes_and_no():
    rows = table("api_apistrat.csv")
    flags = [row["sch.wide"] == "Yes" for row in rows]
    found = survey_design.share(flags, stratified(rows))
    weights = numbers(rows, "pw")
    assert found.value == pytest.approx(weights[np.array(flags)].sum() / weights.sum())
    assert 0 < found.low < found.value < found.high < 1


def test_post_stratification_to_the_strata_leaves_their_variance():
    rows = table("api_apistrat.csv")
    values = numbers(rows, "enroll")
    plain = survey_design.mean(values, stratified(rows))
    calibrated = survey_design.mean(values, stratified(rows, margins=[names(rows, "stype")]))
    assert calibrated.standard_error == pytest.approx(plain.standard_error, rel=1e-9)


def test_post_stratification_explains_a_part_of_the_variance():
    rows = table("api_apisrs.csv")
    design = Design.of(len(rows), population=numbers(rows, "fpc"))
    by_type = Design.of(len(rows), population=numbers(rows, "fpc"), margins=[names(rows, "stype")])
    values = numbers(rows, "enroll")
    error, smaller = (survey_design.total(values, one).standard_error for one in (design, by_type))
    within = np.concatenate(
        [
            values[mask] - values[mask].mean()
            for mask in (np.array(names(rows, "stype")) == kind for kind in "EMH")
        ]
    )
    expected = 6194 * np.sqrt((1 - 200 / 6194) * within @ within / 199 / 200)
    assert (smaller < error, smaller) == (True, pytest.approx(expected, rel=1e-9))


# ---------- what is refused, in words ----------


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"clusters": ["a", "a", "b", "c"]}, "cluster samples are not offered"),
        ({"strata": ["a", "a", "a", "b"]}, "Only one answer was drawn from the stratum “b”"),
        ({"strata": ["a", "a"]}, "2 strata for 4 answers"),
        ({"weights": [1, 1, 1, 0]}, "must be positive"),
        ({"weights": [1, 1, 1, np.nan]}, "Some weights are missing"),
        ({"population": [9, 9, 9, 8]}, "the same for all answers of a stratum"),
        ({"population": [3, 3, 3, 3]}, "fewer people than were drawn"),
    ],
)
def test_designs_that_cannot_be_are_refused_in_words(given, sentence):
    with pytest.raises(DesignRefused, match=sentence):
        Design.of(4, **given)


def test_cluster_samples_of_the_microdata_are_refused():
    rows = table("api_apistrat.csv")
    with pytest.raises(DesignRefused, match="cluster"):
        stratified(rows, clusters=names(rows, "dnum"))


def test_clusters_of_one_are_no_clusters():
    rows = table("api_apistrat.csv")
    assert stratified(rows, clusters=names(rows, "cds")).n == 200


def test_missing_values_are_refused_until_it_is_said_whose_count():
    design = Design.of(4)
    values = [1.0, 2.0, np.nan, 3.0]
    with pytest.raises(DesignRefused, match="1 values are missing"):
        survey_design.mean(values, design)
    assert survey_design.mean(values, design, where=np.isfinite(values)).value == 2


def test_a_fraction_does_as_well_as_a_size():
    by_size = survey_design.total([1, 2, 3, 4], Design.of(4, population=[40] * 4))
    by_fraction = survey_design.total([1, 2, 3, 4], Design.of(4, population=[0.1] * 4))
    assert by_fraction == pytest.approx(by_size)
