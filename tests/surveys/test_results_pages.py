"""The pages of results for staff: what they say, to whom, and in how many queries."""

import html
import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from cxportal.languages import LANGUAGES
from surveys.models import Change, Comment, Count, Tally
from tests.conftest import client_of
from tests.factories import (
    CollectorFactory,
    FigureFactory,
    IndicatorFactory,
    StaffRoleFactory,
    SurveyFactory,
    TopicFactory,
    UnitFactory,
    UnitFigureFactory,
    UserFactory,
    VersionFactory,
    WaveFactory,
)
from tests.surveys.contents import content, digest_of, grid, long_text, multiple, rating, yes_no
from tests.surveys.published import HIDDEN, NOBODY, figures, publish

pytestmark = pytest.mark.django_db

PAGES = ["overview", "groups", "answered", "comparison", "trend", "importance", "comments"]
GOOD, MIDDLING, BAD = {"4": 30, "5": 30}, {"2": 20, "3": 20, "4": 20}, {"1": 30, "2": 30}


def asked():
    made = content(
        [
            rating("overall"),
            grid("things", ["time", "staff"], not_for_me=True),
            rating("need_time", "importance5", topic="time"),
            rating("need_staff", "importance5", topic="staff"),
        ],
        [yes_no("solved", "form"), multiple("spoken", "fi", "sv"), long_text("why", band_of="overall")],
    )
    for item in made["parts"][0]["questions"][1]["items"]:
        item["topic"] = item["code"]
    return made


def counts(overall=MIDDLING, *, time=BAD, staff=GOOD):
    return {
        "overall": overall,
        "things.time": time,
        "things.staff": staff,
        "need_time": {"4": 20, "5": 40},
        "need_staff": {"2": 30, "3": 30},
        "solved": {"yes": 45, "no": 15},
        "spoken": {"fi": 40, "sv": 30},
    }


@pytest.fixture
def version(db):
    for code, name in [("time", "Waiting time"), ("staff", "Our staff")]:
        TopicFactory(code=code, name=name)
    made = VersionFactory(survey=SurveyFactory(), content=asked(), digest=digest_of(asked()))
    IndicatorFactory(survey=made.survey, code="top", name="Overall rating", questions=["overall"], target=3.5)
    return made


@pytest.fixture
def new_wave(version, agency_unit, unit_a, unit_b):
    def make(year, **more):
        fields = {
            "unit": agency_unit,
            "name": f"Wave of {year}",
            "breakdowns": ["unit", "language"],
            "pairs": [],
            "opens_at": datetime(year, 3, 1, 8, tzinfo=UTC),
            "unit_paths": {"A": ["agency"], "B": ["agency"]},
        }
        return WaveFactory(version=version, confidential=True, **(fields | more))

    return make


@pytest.fixture
def indicator(version):
    return version.survey.indicators.get()


@pytest.fixture
def earlier(new_wave, indicator):
    wave = new_wave(2025)
    cells = {"A": figures(40, counts(BAD), of=indicator), "B": figures(20, counts(BAD), of=indicator)}
    publish(wave, figures(60, counts(BAD), of=indicator), {"unit": cells})
    return wave


@pytest.fixture
def wave(new_wave, indicator):
    """Of 64 people; counter A is shown, counter B is not, C stayed silent."""
    wave = new_wave(2026)
    units = {
        "agency": figures(64, counts(GOOD), of=indicator),
        "A": figures(60, counts(GOOD), of=indicator),
        "B": dict(HIDDEN),
        "C": dict(NOBODY),
    }
    languages = {"fi": figures(40, counts(GOOD), of=indicator), "ar": figures(24, counts(), of=indicator)}
    publish(
        wave, figures(64, counts(GOOD), of=indicator), {"unit": units, "language": languages}, comments={}
    )
    return wave


@pytest.fixture
def counted(wave):
    way = CollectorFactory(wave=wave, kind="tickets")
    for language, n in [("fi", 100), ("ar", 400)]:
        Count.objects.create(collector=way, kind="sampled", language=language, n=n)
        Count.objects.create(collector=way, kind="begun", language=language, n=50)
    return wave


def page_of(client, name, *args, **query):
    answer = client.get(reverse(f"results:{name}", args=args), query)
    assert answer.status_code == 200
    return answer


def words_of(answer):
    main = answer.content.decode().partition("<main")[2].partition("</main")[0]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main))).strip()


def sentences(client, wave, **query):
    return page_of(client, "overview", wave.pk, **query).context["sentences"]


# ---------- overview ----------


def test_plain_words_say_what_is_best_what_changed_and_who_is_missing(chiara_client, earlier, counted):
    assert sentences(chiara_client, counted) == [
        "Customers rate “Question overall?” best (4.50) and “Thing time” worst (1.50).",
        "Since “Wave of 2025” these got better: Overall rating, Question overall?. Nothing clearly got worse.",
        "People asked in this language answered least: العربية (6 %; at most 40 %).",
        "1 unit is not shown, so that nobody can be recognised.",
    ]


def test_plain_words_say_that_nothing_stands_out_where_margins_overlap(chiara_client, new_wave):
    wave = new_wave(2026)
    publish(wave, figures(60, counts(GOOD, time=GOOD, staff={"4": 31, "5": 29})))
    assert sentences(chiara_client, wave)[0] == (
        "Nothing stands out: the ratings lie between 4.48 and 4.50, no further apart than chance could make them."
    )


def test_plain_words_say_that_the_first_wave_has_nothing_to_compare_with(chiara_client, wave):
    assert sentences(chiara_client, wave)[1] == "There is no earlier wave to compare with."


def test_plain_words_say_when_nobody_knows_who_could_have_answered(chiara_client, wave):
    assert sentences(chiara_client, wave)[2] == (
        "Nobody has counted how many could have answered, so it is not known who is missing."
    )


def test_plain_words_claim_no_change_that_chance_could_make(chiara_client, new_wave, indicator):
    for year, overall in [(2025, {"3": 30, "4": 30}), (2026, {"3": 28, "4": 32})]:
        wave = new_wave(year)
        publish(wave, figures(60, counts(overall), of=indicator))
    assert sentences(chiara_client, wave)[1] == (
        "Since “Wave of 2025” nothing changed by more than chance could."
    )


def test_things_are_listed_best_first_with_mean_margin_and_change(chiara_client, earlier, wave):
    (scale,) = page_of(chiara_client, "overview", wave.pk).context["scales"]
    assert [
        (str(row.figure.name), row.figure.shown, row.figure.margin, row.figure.n, row.change.words)
        for row in scale.rows
    ] == [
        ("Question overall?", "4.50", "0.13", 60, "better by 3.00"),
        ("Thing staff", "4.50", "0.13", 60, "no clear change"),
        ("Thing time", "1.50", "0.13", 60, "no clear change"),
    ]


def test_every_bar_stands_in_words_beside_it(chiara_client, wave):
    words = words_of(page_of(chiara_client, "overview", wave.pk))
    assert "50 % Very bad, 50 % Bad, 0 % In between, 0 % Good, 0 % Very good" in words


def test_a_reworded_question_is_not_compared(chiara_client, earlier, new_wave, indicator, version):
    later = VersionFactory(survey=version.survey, number=2, content=asked(), digest="2")
    Change.objects.create(version=later, question_code="overall", kind="scale_changed")
    wave = new_wave(
        2026,
    )
    wave.version = later
    wave.save()
    publish(wave, figures(60, counts(GOOD), of=indicator))
    answer = page_of(chiara_client, "overview", wave.pk)
    (scale,) = answer.context["scales"]
    assert {row.figure.code: row.change.words for row in scale.rows} == {
        "overall": "changed since, not comparable",
        "things.staff": "no clear change",
        "things.time": "no clear change",
    }
    assert [change.words for _figure, change in answer.context["headlines"]] == [
        "changed since, not comparable"
    ]
    assert len(answer.context["trend"].chart.breaks) == 1


def test_a_group_is_chosen_by_its_address(chiara_client, wave):
    answer = page_of(chiara_client, "overview", wave.pk, group="language=ar")
    (figure, _change), *_more = answer.context["headlines"]
    assert (str(answer.context["group_name"]), figure.shown) == ("العربية", "3.00")


def test_a_hidden_group_says_that_it_is_hidden_and_shows_no_figure(chiara_client, wave):
    answer = page_of(chiara_client, "overview", wave.pk, group="unit=B")
    assert "This group is not shown. It has fewer than 10 answers" in words_of(answer)
    assert {row.figure.n for scale in answer.context["scales"] for row in scale.rows} == {None}


@pytest.mark.parametrize(
    "query", [{"group": "unit=X"}, {"group": "mode=full"}, {"group": "x"}, {"with": "0"}]
)
def test_what_was_not_declared_is_not_there(chiara_client, wave, query):
    assert chiara_client.get(reverse("results:overview", args=[wave.pk]), query).status_code == 404


def test_units_stand_by_topics_with_hidden_and_silent_ones_told_apart(chiara_client, wave):
    heat = page_of(chiara_client, "overview", wave.pk).context["heat"]
    assert {
        row.cell: [(cell.figure and cell.figure.shown, cell.shade, cell.is_hidden) for cell in row.cells]
        for row in heat.rows
        if row.cell in "ABC" and row.cell
    } == {
        "A": [("4.50", 5, False), ("1.50", 1, False), ("4.50", 5, False)],
        "B": [(None, 0, True)] * 3,
        "C": [(None, 0, False)] * 3,
    }


# ---------- the other pages ----------


def test_importance_beside_rating_names_what_to_fix_first(chiara_client, wave):
    answer = page_of(chiara_client, "importance", wave.pk)
    assert [
        (str(one.name), one.importance.shown, one.rating.shown, one.field)
        for one in answer.context["important"]
    ] == [("Thing time", "4.67", "1.50", "fix_first"), ("Thing staff", "2.50", "4.50", "good_enough")]


def test_who_answered_shows_steps_and_names_each_rate(chiara_client, counted):
    answer = page_of(chiara_client, "answered", counted.pk)
    who = answer.context["answered"]
    assert [(step.code, step.n, step.percent) for step in who.steps] == [
        ("sampled", 500, 100),
        ("begun", 100, 20),
        ("submitted", 64, 13),
    ]
    assert [(str(part.name), part.percent) for part in who.by_language] == [
        ("suomi", 40),
        ("العربية", 6),
    ] or [part.percent for part in who.by_language] == [40, 6]
    assert "Response rate (AAPOR RR1)" in words_of(answer)


def test_why_people_were_not_asked_stands_in_words_the_commonest_first(chiara_client, counted):
    way = counted.collectors.get()
    for reason, n in [("opted_out", 12), ("no_channel", 30), ("stopped", 4)]:
        Count.objects.create(collector=way, kind="excluded", cell=reason, n=n)
    words = words_of(page_of(chiara_client, "answered", counted.pk))
    assert words.partition("Not asked ")[2].startswith(
        "no address for the channel of this mailing 30 said no to surveys 12 the mailing was stopped 4"
    )


def test_the_trend_of_any_figure_can_be_read(chiara_client, earlier, wave):
    trend = page_of(chiara_client, "trend", wave.pk, figure="things.time").context["trend"]
    assert [(column.wave.name, column.shown, column.n) for column in trend.columns] == [
        ("Wave of 2025", "1.50", 60),
        ("Wave of 2026", "1.50", 60),
    ]


def test_two_groups_of_a_wave_are_compared_where_nobody_is_in_both(chiara_client, wave):
    rows = page_of(
        chiara_client, "comparison", wave.pk, group="language=fi", with_group="language=ar"
    ).context["rows"]
    assert [(figure.shown, before.shown, change.words) for figure, before, change in rows[:1]] == [
        ("4.50", "3.00", "better by 1.50")
    ]


@pytest.mark.parametrize(
    ("group", "other"), [("unit=A", "unit=agency"), ("unit=A", "language=fi"), ("", "language=fi")]
)
def test_groups_that_share_people_are_not_judged(chiara_client, wave, group, other):
    rows = page_of(chiara_client, "comparison", wave.pk, group=group, with_group=other).context["rows"]
    assert {change.words for _figure, _before, change in rows} == {"one contains the other"}


def test_a_question_shows_its_answers_and_each_group(chiara_client, wave):
    answer = page_of(chiara_client, "question", wave.pk, "solved", by="unit")
    assert [(str(one.label), one.n, one.percent) for one in answer.context["answers"]] == [
        ("No", 15, 25),
        ("Yes", 45, 75),
    ]
    assert [(str(name), own.n, share) for name, own, _mean, share in answer.context["rows"]][:2] == [
        ("Everybody", 60, 75),
        ("Service Agency", 60, 75),
    ]


@pytest.mark.parametrize("code", ["why", "nothing"])
def test_texts_and_unknown_questions_have_no_page_of_figures(chiara_client, wave, code):
    assert chiara_client.get(reverse("results:question", args=[wave.pk, code])).status_code == 404


def test_comments_are_read_by_how_people_rated(chiara_client, wave):
    texts = {"unfavourable": "Two hours in the rain", "favourable": "A kind welcome"}
    rows = [
        (Comment.objects.create(wave=wave, question="why", text=text, language="en", band=band), band)
        for band, text in texts.items()
    ]
    wave.publications.update(comments={"why": [[str(one.pk), None, band] for one, band in rows]})
    words = words_of(page_of(chiara_client, "comments", wave.pk, band="unfavourable"))
    assert ("Two hours in the rain" in words, "A kind welcome" in words) == (True, False)


def test_figures_of_units_stand_beside_their_rating_with_their_periods(chiara_client, wave, unit_a, unit_b):
    desks = FigureFactory(code="desks", name="Desks open", measured_in="desks")
    for unit, month, value in [(unit_a, 3, 4), (unit_a, 4, "5.5"), (unit_b, 3, 2), (unit_a, 1, 9)]:
        days = {"starts_on": date(2026, month, 1), "ends_on": date(2026, month, 28)}
        UnitFigureFactory(unit=unit, figure=desks, value=value, **days)
    beside = page_of(chiara_client, "groups", wave.pk, by="unit").context["beside"]
    assert [str(column.name) for column in beside.columns] == ["Desks open"]
    assert [
        (str(row.name), row.quality.shown, row.quality.n, [float(one.value) for one in row.cells[0]])
        for row in beside.rows
    ] == [("Counter A", "4.50", 60, [5.5, 4.0]), ("Counter B", "", None, [2.0])]


def test_the_overview_of_a_unit_shows_its_own_figures_only(chiara_client, wave, unit_a, unit_b):
    for unit in (unit_a, unit_b):
        days = {"starts_on": date(2026, 3, 1), "ends_on": date(2026, 3, 31)}
        UnitFigureFactory(unit=unit, value=4, **days)
    beside = page_of(chiara_client, "overview", wave.pk, group="unit=A").context["beside"]
    assert [str(row.name) for row in beside.rows] == ["Counter A"]


def test_a_change_stands_with_its_interval(chiara_client, earlier, wave):
    words = words_of(page_of(chiara_client, "overview", wave.pk))
    assert "better by 3.00 change 2.82 to 3.18" in words


# ---------- nothing, and hardly anything ----------


@pytest.mark.parametrize("name", PAGES)
def test_a_wave_without_a_publication_says_so_on_every_page(chiara_client, new_wave, name):
    words = words_of(page_of(chiara_client, name, new_wave(2026).pk))
    assert "No results yet" in words


@pytest.mark.parametrize("name", PAGES)
def test_a_wave_in_which_everything_is_hidden_reads_well(chiara_client, new_wave, name):
    wave = new_wave(2026)
    publish(wave, figures(12, {key: {} for key in counts()}), {"unit": {"A": HIDDEN, "B": HIDDEN}})
    assert "Traceback" not in words_of(page_of(chiara_client, name, wave.pk))


@pytest.mark.parametrize("name", PAGES)
def test_a_survey_without_ratings_reads_well(chiara_client, name):
    one = content([yes_no("solved"), long_text("why")])
    wave = WaveFactory(version=VersionFactory(content=one, digest=digest_of(one)), breakdowns=[], pairs=[])
    publish(wave, figures(30, {"solved": {"yes": 30}}))
    assert "Wave" in words_of(page_of(chiara_client, name, wave.pk))


@pytest.mark.parametrize("name", PAGES)
def test_a_group_in_which_nobody_answered_says_so_on_every_page(chiara_client, wave, name):
    words = words_of(page_of(chiara_client, name, wave.pk, group="unit=C"))
    assert ("Nobody of this group answered." in words, "This group is not shown" in words) == (True, False)


def closed_with(answers, new_wave):
    """Closed long ago, with so many answers and no publication."""
    opened, ended = datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2026, 3, 21, 8, tzinfo=UTC)
    wave = new_wave(2026, state="closed", privacy_frozen_at=opened, closes_at=ended)
    Tally.objects.create(wave=wave, n=answers)
    return wave


@pytest.mark.parametrize("name", PAGES)
def test_results_that_should_be_there_and_are_not_never_look_like_too_few_answers(
    chiara_client, new_wave, name
):
    wave = closed_with(12, new_wave)
    words = words_of(page_of(chiara_client, name, wave.pk))
    assert ("The results could not be made" in words, "No results yet" in words) == (True, False)


@pytest.mark.parametrize("n", [0, 1, 9])
def test_a_closed_wave_with_few_answers_says_that_nothing_is_ever_shown(chiara_client, new_wave, n):
    wave = closed_with(n, new_wave)
    words = words_of(page_of(chiara_client, "overview", wave.pk))
    assert "with fewer, nothing is ever shown" in words


def test_a_question_that_was_never_asked_is_told_from_one_that_is_hidden(chiara_client, new_wave):
    wave = new_wave(2026)
    everybody = figures(60, counts(GOOD) | {"things.time": {}})
    everybody["questions"]["solved"] = dict(NOBODY)
    publish(wave, everybody)
    pages = [
        words_of(page_of(chiara_client, "question", wave.pk, code)) for code in ("solved", "things.time")
    ]
    assert [("nobody answered" in words, "are not shown" in words) for words in pages] == [
        (True, False),
        (False, True),
    ]


def test_a_question_all_answered_alike_has_no_margin(chiara_client, new_wave):
    wave = new_wave(2026)
    publish(wave, figures(60, counts({"5": 60})))
    (scale,) = page_of(chiara_client, "overview", wave.pk).context["scales"]
    assert next((row.figure.shown, row.figure.margin) for row in scale.rows) == ("5.00", "")


# ---------- who may read what ----------


def test_a_manager_reads_own_units_and_the_whole_but_not_the_neighbour(aino_client, wave):
    answer = page_of(aino_client, "groups", wave.pk)
    assert [row.cell for row in answer.context["heat"].rows] == ["", "agency", "A"]
    address = reverse("results:overview", args=[wave.pk])
    assert aino_client.get(address, {"group": "unit=B"}).status_code == 404
    assert aino_client.get(address, {"group": "unit=A"}).status_code == 200


@pytest.fixture
def wave_of_another_agency(version):
    wave = WaveFactory(version=version, unit=UnitFactory(code="other"), name="A secret wave", pairs=[])
    publish(wave, figures(60, counts()))
    return wave


@pytest.mark.parametrize("name", [*PAGES, "question"])
def test_a_wave_out_of_reach_is_not_there(aino_client, wave_of_another_agency, name):
    args = [wave_of_another_agency.pk, *(["overall"] if name == "question" else [])]
    assert aino_client.get(reverse(f"results:{name}", args=args)).status_code == 404


def test_the_list_holds_the_waves_in_reach_only(aino_client, chiara_client, wave, wave_of_another_agency):
    lists = [words_of(page_of(client, "waves")) for client in (aino_client, chiara_client)]
    assert ["Wave of 2026" in words for words in lists] == [True, True]
    assert ["A secret wave" in words for words in lists] == [False, True]


def test_a_wave_out_of_reach_cannot_be_compared_with(aino_client, wave, wave_of_another_agency):
    address = reverse("results:overview", args=[wave.pk])
    assert aino_client.get(address, {"with": wave_of_another_agency.pk}).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_desk_staff_and_administrators_have_no_results(bram_client, dimitri_client, wave, name):
    address = reverse(f"results:{name}", args=[wave.pk])
    assert [client.get(address).status_code for client in (bram_client, dimitri_client)] == [403, 403]


def test_a_viewer_reads_results_and_nothing_can_be_sent_to_them(agency_unit, wave):
    viewer = StaffRoleFactory(user=UserFactory(username="vera"), role="viewer", unit=agency_unit).user
    client = client_of(viewer)
    assert "Overall rating" in words_of(page_of(client, "overview", wave.pk))
    assert client.post(reverse("results:overview", args=[wave.pk])).status_code == 405


# ---------- how much it costs ----------


@pytest.fixture
def large(new_wave, indicator):
    """Of 400 units and as many waves as asked for."""

    def make(units, waves=1):
        cells = {f"u{number:03}": figures(60, counts(GOOD), of=indicator) for number in range(units)}
        languages = {code: figures(60, counts(GOOD), of=indicator) for code in list(LANGUAGES)[:units]}
        for year in range(2026 - waves, 2027):
            wave = new_wave(year)
            publish(wave, figures(60, counts(GOOD), of=indicator), {"unit": cells, "language": languages})
        return wave

    return make


QUERIES = {
    "overview": 22,
    "groups": 15,
    "answered": 14,
    "comparison": 19,
    "trend": 16,
    "comments": 15,
    "importance": 13,
}


@pytest.mark.parametrize("units", [1, 400])
@pytest.mark.parametrize("name", QUERIES)
def test_each_page_needs_a_fixed_number_of_queries(
    chiara_client, large, django_assert_num_queries, name, units
):
    wave = large(units)
    with time_machine.travel(timezone.now(), tick=False):  # what is kept in memory stays there
        page_of(chiara_client, name, wave.pk)
        with django_assert_num_queries(QUERIES[name]):
            page_of(chiara_client, name, wave.pk)


WITH_MANY = {
    "unit": {"A": 60},
    "language": {"fi": 30, "ar": 30},
    "mode": {"full": 60},
    "channel": {"desk": 60},
    "question:solved": {"yes": 60},
    "unit×language": {"A×fi": 30, "A×ar": 30},
}


@pytest.mark.parametrize("breakdowns", [["unit"], list(WITH_MANY)], ids=["one", "six"])
def test_more_breakdowns_need_no_more_queries(
    chiara_client, new_wave, indicator, django_assert_num_queries, breakdowns
):
    wave = new_wave(2026)
    cells = {
        name: {cell: figures(n, counts(GOOD), of=indicator) for cell, n in WITH_MANY[name].items()}
        for name in breakdowns
    }
    publish(wave, figures(60, counts(GOOD), of=indicator), cells)
    with time_machine.travel(timezone.now(), tick=False):
        page_of(chiara_client, "importance", wave.pk)
        with django_assert_num_queries(QUERIES["importance"]):
            answer = page_of(chiara_client, "importance", wave.pk)
    assert len(answer.context["choices"]) == len(breakdowns)


@pytest.mark.parametrize("waves", [1, 3])
def test_the_overview_needs_as_many_queries_for_more_waves(
    chiara_client, large, django_assert_num_queries, waves
):
    wave = large(30, waves)
    with time_machine.travel(timezone.now(), tick=False):
        page_of(chiara_client, "overview", wave.pk)
        with django_assert_num_queries(QUERIES["overview"]):
            page_of(chiara_client, "overview", wave.pk)


def test_of_400_units_the_overview_shows_the_first_and_leads_to_all(chiara_client, large):
    answer = page_of(chiara_client, "overview", large(400).pk)
    assert [row.cell for row in answer.context["heat"].rows] == ["", *(f"u{n:03}" for n in range(25))]
    assert "All 400 units" in words_of(answer)


@pytest.mark.parametrize(("name", "more"), [("groups", []), ("question", ["overall"])])
def test_400_units_stand_on_pages_each_with_everybody_on_top(chiara_client, large, name, more):
    answer = page_of(chiara_client, name, large(400).pk, *more, by="unit", page="4")
    context = answer.context
    rows = (
        [str(row.name) for row in context["heat"].rows]
        if name == "groups"
        else [str(label) for label, *_more in context["rows"]]
    )
    assert (rows[:2], rows[-1], len(rows)) == (["Everybody", "u300"], "u399", 101)
